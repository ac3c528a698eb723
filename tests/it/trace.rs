//! `--trace`: what a student follows by hand, against timelines worked out by hand.

use crate::simulate::{figure, run, scenarios};
use sparksim::{experiment, report, scenario};
use std::collections::BTreeMap;

/// The files of the trace of a scenario.
fn traced(text: &str) -> BTreeMap<String, String> {
    let loaded = scenario::load_text("test", text, &scenarios(), &[]);
    let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
    let directory = tempfile::tempdir().unwrap();
    let mut trace = report::Trace::create(&loaded.model, directory.path()).unwrap();
    experiment::trace(&loaded.model, &mut trace);
    let files = trace.finish().unwrap();
    let name = |path: &std::path::Path| path.file_name().unwrap().to_string_lossy().into_owned();
    let files = files.iter();
    files
        .map(|path| (name(path), std::fs::read_to_string(path).unwrap()))
        .collect()
}

/// Served for 1.5 s each: the second waits, the third too, the fourth finds no waiting place.
#[test]
fn a_queue_can_be_followed_by_hand() {
    let files = traced(
        "[run]\nduration = \"10s\"\n\
         [services.desk]\nservice-time = \"1.5s\"\nqueue-capacity = 1\n\
         [workloads.visitors]\ntarget = \"services.desk\"\n\
         arrivals = { at = [\"0s\", \"1s\", \"2s\", \"2.5s\"] }\n",
    );
    assert_eq!(
        files.keys().collect::<Vec<_>>(),
        ["events.csv", "requests.csv"]
    );
    insta::assert_snapshot!(files["events.csv"], @r"
    time,event,service,replica,workload,request,attempt,endpoint,queue_length,in_system
    0,running,desk,1,,,,,0,0
    0,arrived,desk,1,visitors,1,1,,0,1
    0,started,desk,1,visitors,1,1,,0,1
    1,arrived,desk,1,visitors,2,2,,0,2
    1,queued,desk,1,visitors,2,2,,1,2
    1.5,completed,desk,1,visitors,1,1,,1,1
    1.5,started,desk,1,visitors,2,2,,0,1
    2,arrived,desk,1,visitors,3,3,,0,2
    2,queued,desk,1,visitors,3,3,,1,2
    2.5,rejected,desk,,visitors,4,,,1,2
    3,completed,desk,1,visitors,2,2,,1,1
    3,started,desk,1,visitors,3,3,,0,1
    4.5,completed,desk,1,visitors,3,3,,0,0
    ");
    insta::assert_snapshot!(files["requests.csv"], @r"
    workload,request,attempt,service,endpoint,class,replica,arrived,ended,outcome,wait,service_time
    visitors,1,1,desk,,default,1,0,1.5,completed,0,1.5
    visitors,4,,desk,,default,,2.5,2.5,rejected,,1.5
    visitors,2,2,desk,,default,1,1,3,completed,0.5,1.5
    visitors,3,3,desk,,default,1,2,4.5,completed,1,1.5
    ");
}

/// Gold takes bronze's place for a second; a timeout leaves the server working.
#[test]
fn preemption_and_timeouts_are_steps_of_their_own() {
    let files = traced(
        "[run]\nduration = \"10s\"\n[classes.gold]\npriority = 1\n\
         [services.desk]\nservice-time = \"2s\"\ndiscipline = \"priority-preemptive\"\n\
         timeout = \"3s\"\n\
         [workloads.bronze]\ntarget = \"services.desk\"\narrivals = { at = [\"0s\"] }\n\
         [workloads.gold]\ntarget = \"services.desk\"\nclass = \"gold\"\n\
         arrivals = { at = [\"1s\"] }\n",
    );
    let events: Vec<String> = files["events.csv"]
        .lines()
        .skip(2)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            [cells[0], cells[1], cells[4], cells[8], cells[9]].join(" ")
        })
        .collect();
    let expected = [
        "0 arrived bronze 0 1",
        "0 started bronze 0 1",
        "1 arrived gold 0 2",
        "1 preempted bronze 1 2",
        "1 started gold 1 2",
        "3 completed gold 1 1",
        "3 started bronze 0 1",
        "3 timed_out bronze 0 1",
        "4 freed bronze 0 0",
    ];
    assert_eq!(events, expected);
}

/// The trace and the figures are two ways to the same numbers.
#[test]
fn a_trace_adds_up_to_the_figures_of_its_replication() {
    let text = "[run]\nseed = 5\nrequests = 500\nreplications = 2\n\
                [services.desk]\nservice-time = { exponential = { mean = \"1s\" } }\n\
                replicas = 2\nbalancer = \"join-shortest-queue\"\n\
                [workloads.visitors]\ntarget = \"services.desk\"\n\
                arrivals = { poisson = { rate = \"1.6/s\" } }\n";
    let loaded = scenario::load_text("test", text, &scenarios(), &[]);
    let results = run(&loaded.unwrap_or_else(|error| panic!("{error}")), 0);
    let first = |metric: &str| figure(&results, metric).per_replication[0].unwrap();
    let files = traced(text);
    let mut reader = csv::Reader::from_reader(files["requests.csv"].as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let number = |row: &csv::StringRecord, column: usize| row[column].parse::<f64>().unwrap();
    let mean = |value: &dyn Fn(&csv::StringRecord) -> f64| {
        rows.iter().map(value).sum::<f64>() / rows.len() as f64
    };
    assert_eq!(rows.len(), 500);
    let latency = mean(&|row| number(row, 8) - number(row, 7));
    let wait = mean(&|row| number(row, 10));
    assert!((latency - first("services.desk.latency.mean")).abs() < 1e-9);
    assert!((wait - first("services.desk.wait.mean")).abs() < 1e-9);
    // ∫ in system dt from the steps.
    let mut reader = csv::Reader::from_reader(files["events.csv"].as_bytes());
    let (mut area, mut before, mut level) = (0.0, 0.0, 0.0);
    for row in reader.records().map(Result::unwrap) {
        let time = number(&row, 0);
        area += level * (time - before);
        (before, level) = (time, number(&row, 9));
    }
    assert!((area / before - first("services.desk.in_system")).abs() < 1e-9);
}

/// Containers, jobs and tasks have files of their own where there are any.
#[test]
fn a_cluster_has_containers_jobs_and_tasks_to_follow() {
    let files = traced(
        "[run]\nhorizon = \"terminating\"\n[nodes.general]\ncount = 2\ncpu = \"8\"\n\
         memory = \"32Gi\"\n\
         [apps.pi.conf]\n\"spark.executor.instances\" = 1\n\
         [apps.pi.stages.map]\ntasks = 2\ntask-time = \"3s\"\n\
         [workloads.users]\ntarget = \"apps.pi\"\narrivals = { at = [\"1s\"] }\n",
    );
    insta::assert_snapshot!(files["containers.csv"], @r"
    container,node,pending,placed,pulled,unpacked,running,ended,end,placed_because,refusals,refused_because
    apps.pi/executor,general/2,1,1,1,1,1,7,released,kube-default among 2 of 2 nodes,,
    apps.pi/driver,general/1,1,1,1,1,1,7,released,kube-default among 2 of 2 nodes,,
    ");
    insta::assert_snapshot!(files["jobs.csv"], @r"
    app,job,submitted,ended
    pi,,1,7
    ");
    insta::assert_snapshot!(files["tasks.csv"], @r"
    app,job,stage,started,ended
    pi,,map,1,4
    pi,,map,4,7
    ");
    assert!(!files.contains_key("events.csv"));
}

/// One node of two cores. The replica has it from the start, and the first application, of a higher
/// priority, stops it. Its driver and executor run until 10 s, those of the second follow, and at
/// 12 s the node goes for good.
#[test]
fn why_a_container_waited_can_be_followed() {
    let files = traced(
        "[run]\nduration = \"15s\"\n[nodes.general]\ncpu = \"2\"\nmemory = \"8Gi\"\n\
         [apps.pi]\nplacement = { priority = 1 }\n\
         [apps.pi.conf]\n\"spark.executor.instances\" = 1\n\
         [apps.pi.stages.map]\ntasks = 1\ntask-time = \"10s\"\n\
         [services.api]\nservice-time = \"1s\"\nrequests = { cpu = \"2\" }\n\
         placement = { node-selector = { kind = \"any\" }, priority = -1 }\n\
         [nodes.general.labels]\nkind = \"any\"\n\
         [workloads.a]\ntarget = \"apps.pi\"\narrivals = { at = [\"0s\", \"1s\"] }\n\
         [faults.lost]\nnode-crash = { node = 0, at = [\"12s\"] }\n\
         [workloads.b]\ntarget = \"services.api\"\narrivals = { at = [\"14s\"] }\n",
    );
    insta::assert_snapshot!(files["containers.csv"], @r"
    container,node,pending,placed,pulled,unpacked,running,ended,end,placed_because,refusals,refused_because
    services.api/1,general/1,0,0,0,0,0,0,preempted,kube-default among 1 of 1 nodes,,
    apps.pi/executor,general/1,0,0,0,0,0,10,released,kube-default among 1 of 1 nodes,,
    apps.pi/driver,general/1,0,0,0,0,0,10,released,others of a lower priority gave way,,
    apps.pi/driver,general/1,1,10,10,10,10,12,node_lost,kube-default among 1 of 1 nodes,1,1 without the cpu
    apps.pi/executor,general/1,10,10,10,10,10,12,node_lost,kube-default among 1 of 1 nodes,,
    services.api/1,,0,,,,,,,,3,2 times: 1 without the cpu | once: 1 closed
    ");
}
