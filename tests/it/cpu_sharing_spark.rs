//! Executors that share the processor of their node, against timelines by hand, a slow reference, and
//! what they do where they have it to themselves.

use crate::cpu_sharing::{Service, latency, of_services, reference};
use crate::simulate::{mean, scenarios, text};
use proptest::prelude::*;
use sparksim::experiment::Results;
use sparksim::scenario;
use std::fmt::Write;

/// An application with one executor, submitted once: thousandths of a core that the executor requests
/// and may use, and its tasks, one for each stage, which all can start at once.
#[derive(Clone, Debug)]
struct App {
    requests: u64,
    limit: Option<u64>,
    at: u64,
    tasks: Vec<u64>,
}

impl App {
    fn new(requests: u64, at: u64, tasks: &[u64]) -> Self {
        Self {
            requests,
            limit: None,
            at,
            tasks: tasks.to_vec(),
        }
    }
}

fn head(model: &str, cpu: u64) -> String {
    format!(
        "[run]\nduration = \"10000s\"\nreplications = 1\n[cluster]\ncpu-model = \"{model}\"\n\
         [nodes.n]\ncpu = \"{cpu}m\"\nmemory = \"64Gi\"\n"
    )
}

/// The applications `a0`, `a1`, …, with slots for all their tasks.
fn of_apps(apps: &[App], more: &str) -> String {
    let mut scenario = String::new();
    for (number, app) in apps.iter().enumerate() {
        let App { requests, at, .. } = app;
        let _ = write!(
            scenario,
            "[apps.a{number}.conf]\n\"spark.kubernetes.driver.request.cores\" = \"1m\"\n\
             \"spark.executor.instances\" = 1\n\"spark.executor.cores\" = 8\n\
             \"spark.kubernetes.executor.request.cores\" = \"{requests}m\"\n"
        );
        if let Some(limit) = app.limit {
            let _ = writeln!(
                scenario,
                "\"spark.kubernetes.executor.limit.cores\" = \"{limit}m\""
            );
        }
        scenario.push_str(more);
        for (stage, time) in app.tasks.iter().enumerate() {
            let _ = write!(
                scenario,
                "\n[apps.a{number}.stages.s{stage}]\ntasks = 1\ntask-time = {time}\n"
            );
        }
        let _ = write!(
            scenario,
            "[workloads.of-a{number}]\ntarget = \"apps.a{number}\"\narrivals = {{ at = [{at}] }}\n"
        );
    }
    scenario
}

fn run(cpu: u64, apps: &[App], more: &str) -> Results {
    text(&format!("{}{}", head("shared", cpu), of_apps(apps, more)))
}

fn took(results: &Results, app: usize) -> f64 {
    mean(results, &format!("apps.a{app}.latency.max"))
}

fn contended(results: &Results, app: usize) -> f64 {
    mean(results, &format!("apps.a{app}.contended_seconds"))
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
}

/// Two cores by 1 : 3. The executor has 1.5 cores for its two tasks of 3 s, which are done after 4 s.
/// The service has done 1 s of each of its two requests of 3 s by then, and does the rest on a core
/// each in 2 s.
#[test]
fn an_executor_and_a_service_slow_each_other_down() {
    let service = Service {
        requests: 300,
        limit: 2000,
        jobs: vec![(1, 3), (1, 3)],
    };
    let app = App::new(900, 1, &[3, 3]);
    let rest = of_services(&[service]) + &of_apps(&[app], "");
    let shared = text(&(head("shared", 2000) + &rest));
    close(took(&shared, 0), 4.0);
    close(contended(&shared, 0), 2.0);
    close(mean(&shared, "apps.a0.task_seconds"), 8.0);
    for job in 0..2 {
        close(latency(&shared, 0, job), 6.0);
    }
    let reserved = text(&(head("reserved", 2000) + &rest));
    close(took(&reserved, 0), 3.0);
    close(latency(&reserved, 0, 0), 3.0);
}

/// The same of two executors. The first is alone for its first second.
#[test]
fn two_executors_share_by_their_requests() {
    let apps = [App::new(300, 0, &[4, 4]), App::new(900, 1, &[3, 3])];
    let results = run(2000, &apps, "");
    close(took(&results, 1), 4.0);
    close(took(&results, 0), 7.0);
    close(contended(&results, 0), 2.0 * 3.0);
    close(contended(&results, 1), 2.0 * 1.0);
}

/// Four tasks of one executor on two cores, half a core each. At 2 s the first has done its second,
/// and the others have two thirds each; at 3.5 s the second has done its 2 s, and the others a core.
#[test]
fn a_task_that_ends_leaves_its_share_to_the_others() {
    let results = run(2000, &[App::new(500, 0, &[1, 2, 4, 5])], "");
    // At 3.5 s the others have done 2 s: at 5.5 s the third is done, at 6.5 s the last.
    close(took(&results, 0), 6.5);
    let ends = 2.0 + 3.5 + 5.5 + 6.5;
    close(contended(&results, 0), ends - (1.0 + 2.0 + 4.0 + 5.0));
}

/// Nobody else is there, and the executor may use one core of four: 3 s of work take 3 s. Without a
/// limit each task has its core.
#[test]
fn an_executor_keeps_to_its_limit() {
    let mut app = App::new(500, 0, &[1, 2]);
    app.limit = Some(1000);
    let limited = run(4000, &[app.clone()], "");
    close(took(&limited, 0), 3.0);
    app.limit = None;
    close(took(&run(4000, &[app], ""), 0), 2.0);
}

/// A task of two cores has one for its 2 s: half as fast. Two of them share that core.
#[test]
fn a_task_uses_the_cores_that_it_asks_for() {
    let cpus = "\"spark.task.cpus\" = 2\n";
    let one = run(1000, &[App::new(500, 0, &[2])], cpus);
    close(took(&one, 0), 4.0);
    let two = run(1000, &[App::new(500, 0, &[2, 2])], cpus);
    close(took(&two, 0), 8.0);
    close(took(&run(2000, &[App::new(500, 0, &[2])], cpus), 0), 2.0);
}

/// Of two equals on one core each is sent for a second, computes 2 s at half a core and reports for
/// half a second. While the second is sent the first computes alone.
#[test]
fn only_computing_needs_the_processor() {
    let overheads = "[apps.aN.overheads]\ntask-launch = \"1s\"\nresult = \"500ms\"\n";
    let apps = |at| {
        let apps = [App::new(300, 0, &[2]), App::new(300, at, &[2])];
        let text = of_apps(&apps, "");
        let both = [0, 1].map(|app| overheads.replace('N', &app.to_string()));
        head("shared", 1000) + &text + &both.concat()
    };
    let together = text(&apps(0));
    close(took(&together, 0), 1.0 + 4.0 + 0.5);
    close(took(&together, 1), 1.0 + 4.0 + 0.5);
    // The first computes from 1 s on, alone until 2 s; at 4 s it has done its 2 s, the second 1 s.
    let apart = text(&apps(1));
    close(took(&apart, 0), 4.5);
    close(took(&apart, 1), 1.0 + 3.0 + 0.5);
}

/// What a task reads and writes takes its time at the disk, whoever computes meanwhile: 1 s to read,
/// 2 s at half a core, 1 s to write. The other computes alone for a second before and after.
#[test]
fn what_is_read_and_written_needs_no_processor() {
    let apps = of_apps(&[App::new(300, 0, &[1]), App::new(300, 0, &[9])], "");
    let data = "[apps.a0.stages.s0]\ninput = \"100MB\"\noutput = \"100MB\"\n";
    let apps = apps.replace("[apps.a0.stages.s0]\n", data);
    let disk = "memory = \"64Gi\"\ndisk = \"100MB/s\"\n";
    let head = head("shared", 1000).replace("memory = \"64Gi\"\n", disk);
    let results = text(&(head + &apps));
    close(took(&results, 0), 1.0 + 2.0 + 1.0);
    close(took(&results, 1), 10.0);
}

/// Nor does what comes from another node: 1 s without anybody's core, then 2 s at half a core.
#[test]
fn what_comes_from_afar_needs_no_processor() {
    let apps = of_apps(&[App::new(300, 0, &[2]), App::new(300, 0, &[9])], "");
    let far = "[apps.a0.stages.s0]\nremote-time = 1\nlocality = { blocks = { pool = \"d\" } }\n";
    let apps = apps.replace("[apps.a0.stages.s0]\n", far);
    let too_small = "[nodes.d]\ncpu = \"1m\"\nmemory = \"1Mi\"\n";
    let results = text(&(head("shared", 1000) + too_small + &apps));
    assert_eq!(mean(&results, "apps.a0.any_tasks"), 1.0);
    close(took(&results, 0), 1.0 + 4.0);
    // 1 s alone, 2 s of the 4 s, and the other 6 s alone.
    close(took(&results, 1), 11.0);
}

/// At 2 s each has done 1 s of 4 s. The first is killed, and begins anew at once; its neighbour goes on
/// at half a core and is done at 8 s, when the first has done 3 s.
#[test]
fn an_executor_that_is_killed_gives_its_share_back() {
    let apps = [App::new(300, 0, &[4]), App::new(300, 0, &[4])];
    let kill = "[faults.kill]\ncontainer-kill = { target = \"apps.a0\", at = [\"2s\"] }\n";
    let text = head("shared", 1000) + &of_apps(&apps, "") + kill;
    let at_once = self::text(&text);
    close(took(&at_once, 0), 9.0);
    close(took(&at_once, 1), 8.0);
    close(mean(&at_once, "apps.a0.failed_tasks"), 1.0);
    // Its executors take 3 s to start, and the kill is at 4 s.
    let later = text.replace(
        "[apps.a0.conf]",
        "[apps.a0]\nexecutor-start-time = \"3s\"\n[apps.a0.conf]",
    );
    let later = self::text(&later.replace("[\"2s\"]", "[\"4s\"]"));
    // The neighbour is alone until 3 s and from 4 s on: 3 s and a half done by then, 4 s at 4.5 s.
    close(took(&later, 1), 4.5);
    // There again at 7 s, alone.
    close(took(&later, 0), 11.0);
}

/// Node 0 is gone at 2 s with both executors and back at 3 s: 8 s for the 4 s of each, anew. Nothing of
/// what they needed there is left.
#[test]
fn a_node_that_is_back_is_shared_anew() {
    let apps = [App::new(300, 0, &[4]), App::new(300, 0, &[4])];
    let drivers = "[nodes.d]\ncpu = 1\nmemory = \"64Gi\"\nlabels = { role = \"driver\" }\n";
    let crash =
        "[faults.crash]\nnode-crash = { pool = \"n\", node = 0, at = [\"2s\"], repair = \"1s\" }\n";
    let head = head("shared", 1000) + "labels = { role = \"worker\" }\n" + drivers;
    let mut scenario = head + &of_apps(&apps, "") + crash;
    for app in 0..2 {
        let placed = "placement = { node-selector = { role = \"worker\" } }\ndriver-placement = { node-selector = { role = \"driver\" } }\n";
        let name = format!("[apps.a{app}.conf]");
        scenario = scenario.replace(&name, &format!("[apps.a{app}]\n{placed}{name}"));
    }
    let results = text(&scenario);
    close(took(&results, 0), 11.0);
    close(took(&results, 1), 11.0);
    close(mean(&results, "apps.a1.failed_tasks"), 1.0);
}

/// On a node of half the speed 2 s of work take 4 s of a core.
#[test]
fn a_slow_node_has_less_to_share() {
    let apps = of_apps(&[App::new(300, 0, &[2]), App::new(300, 0, &[2])], "");
    let head = head("shared", 1000).replace("memory = ", "speed = 0.5\nmemory = ");
    close(took(&text(&(head + &apps)), 1), 8.0);
}

/// A service with copies of slow tasks, failures, killed executors, shuffles and memory: whatever
/// happens, where every executor has a core for each slot nobody notices that processors are shared.
fn busy(model: &str, seed: u64, law: &str) -> Results {
    text(&format!(
        r#"
[run]
horizon = "terminating"
replications = 2
seed = {seed}
[cluster]
cpu-model = "{model}"
[nodes.n]
count = 3
cpu = "10"
memory = "64Gi"
network = "1Gbps"
disk = "200MB/s"
[faults.kills]
container-kill = {{ target = "apps.a", at = ["4s", "9s"] }}
[apps.a]
start-time = "1s"
[apps.a.overheads]
dispatch-rate = "50/s"
task-launch = "10ms"
result = "5ms"
[apps.a.conf]
"spark.executor.instances" = 4
"spark.executor.cores" = 4
"spark.speculation" = true
"spark.task.maxFailures" = 20
[apps.a.stages.map]
tasks = 30
task-time = {law}
task-failure = 0.05
shuffle-write = "20MB"
[apps.a.stages.reduce]
parents = ["map"]
tasks = 12
task-time = {law}
[apps.a.stages.last]
parents = ["reduce"]
tasks = 5
task-time = {law}
output = "30MB"
[workloads.w]
target = "apps.a"
arrivals = {{ at = ["0s", "3s"] }}
"#
    ))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn where_executors_have_their_cores_nobody_notices(
        seed in 0_u64..1000,
        law in prop::sample::select(vec![
            "{ exponential = { mean = \"1s\" } }",
            "{ lognormal = { mean = \"1s\", cv = 1.5 } }",
        ]),
    ) {
        let [shared, reserved] = ["shared", "reserved"].map(|model| busy(model, seed, law));
        let contended = "apps.a.contended_seconds";
        let of_shared = shared.figures.iter().filter(|figure| figure.metric != contended);
        for (one, other) in of_shared.zip(&reserved.figures) {
            prop_assert_eq!(one, other);
        }
        prop_assert_eq!(mean(&shared, contended), 0.0);
    }

    /// Shares are whole thousandths of a core, so both agree to a percent, no better.
    #[test]
    fn executors_and_services_share_as_in_the_reference(
        cpu in 2000_u64..5000,
        services in prop::collection::vec(
            (100_u64..500, 500_u64..4000, prop::collection::vec((0_u64..30, 1_u64..20), 1..4)),
            1..3,
        ),
        apps in prop::collection::vec(
            (100_u64..300, 500_u64..9000, 0_u64..30, prop::collection::vec(1_u64..20, 1..5)),
            1..3,
        ),
    ) {
        let services: Vec<Service> = services
            .into_iter()
            .map(|(requests, limit, jobs)| Service { requests, limit, jobs })
            .collect();
        let apps: Vec<App> = apps
            .into_iter()
            .map(|(requests, limit, at, tasks)| App { requests, limit: Some(limit), at, tasks })
            .collect();
        let rest = of_services(&services) + &of_apps(&apps, "");
        let results = text(&(head("shared", cpu) + &rest));
        let all = apps.iter().map(|app| Service {
            requests: app.requests,
            limit: app.limit.unwrap(),
            jobs: app.tasks.iter().map(|time| (app.at, *time)).collect(),
        });
        let all: Vec<Service> = services.iter().cloned().chain(all).collect();
        let near = |found: f64, expected: f64| (found - expected).abs() <= 0.01 * expected + 0.01;
        let expected = reference(cpu, &all);
        for (service, jobs) in expected.iter().take(services.len()).enumerate() {
            for (job, &expected) in jobs.iter().enumerate() {
                let found = latency(&results, service, job);
                prop_assert!(near(found, expected), "s{service}.e{job}: {found}, {expected}");
            }
        }
        for (app, tasks) in expected.iter().skip(services.len()).enumerate() {
            let last = tasks.iter().copied().fold(0.0, f64::max);
            let found = took(&results, app);
            prop_assert!(near(found, last), "a{app}: {found} is not {last}");
            // What tasks have had is what they needed, to the nanosecond for each change.
            let had = mean(&results, &format!("apps.a{app}.task_seconds")) - contended(&results, app);
            let needed = apps[app].tasks.iter().sum::<u64>() as f64;
            prop_assert!((had - needed).abs() < 1e-5, "a{app}: {had} is not {needed}");
        }
    }

    /// On nodes where nobody has enough, everything that can happen to tasks happens, and all that
    /// must add up does.
    #[test]
    fn everything_adds_up_where_nobody_has_enough(
        seed in 0_u64..1000,
        cpu in 1_u64..4,
        crash in 1_u64..20,
    ) {
        let results = text(&format!(
            r#"
[run]
duration = "60s"
warmup = "3s"
replications = 1
seed = {seed}
[cluster]
cpu-model = "shared"
[nodes.n]
count = 3
cpu = {cpu}
memory = "64Gi"
[faults.kills]
container-kill = {{ target = "apps.a", every = {{ exponential = {{ mean = "7s" }} }} }}
[faults.crash]
node-crash = {{ pool = "n", at = ["{crash}s"], repair = "3s" }}
[faults.slow]
slow-node = {{ pool = "n", speed = 0.5, at = ["2s"], repair = "9s" }}
[services.s]
replicas = 2
service-time = 0
cpu-time = {{ exponential = {{ mean = "500ms" }} }}
requests = {{ cpu = "200m" }}
[apps.a]
deploy = "shared"
restart = {{ max = 9, interval = "1s" }}
[apps.a.conf]
"spark.kubernetes.driver.request.cores" = "10m"
"spark.executor.instances" = 4
"spark.executor.cores" = 4
"spark.kubernetes.executor.request.cores" = "200m"
"spark.kubernetes.executor.limit.cores" = "2"
"spark.speculation" = true
"spark.task.maxFailures" = 20
[apps.a.stages.map]
tasks = 20
task-time = {{ exponential = {{ mean = "1s" }} }}
task-failure = 0.05
shuffle-write = "1MB"
[apps.a.stages.reduce]
parents = ["map"]
tasks = 12
task-time = {{ exponential = {{ mean = "1s" }} }}
[workloads.w]
target = "apps.a"
arrivals = {{ poisson = {{ rate = "0.2/s" }} }}
[workloads.users]
target = "services.s"
arrivals = {{ poisson = {{ rate = "1/s" }} }}
"#
        ));
        let seconds = mean(&results, "apps.a.task_seconds");
        let contended = mean(&results, "apps.a.contended_seconds");
        prop_assert!(0.0 < contended && contended <= seconds, "{contended} of {seconds}");
    }
}

#[test]
fn what_cannot_share_is_refused() {
    let error = |conf: &str, rest: &str| {
        let apps = of_apps(&[App::new(500, 0, &[1])], conf);
        let text = head("shared", 4000) + &apps + rest;
        let loaded = scenario::load_text("test", &text, &scenarios(), &[]);
        loaded.map_or_else(|error| error.to_string(), |it| it.notes.join("\n"))
    };
    let limit = "\"spark.kubernetes.executor.limit.cores\" = \"400m\"\n";
    let wrong = error(limit, "");
    assert!(wrong.contains("this is less than 500m"), "{wrong}");
    // Elsewhere it says nothing, and is listed.
    let fine = limit.replace("400", "500");
    assert_eq!(error(&fine, ""), "");
    let apps = of_apps(&[App::new(500, 0, &[1])], &fine);
    let text = head("reserved", 4000) + &apps;
    let loaded = scenario::load_text("test", &text, &scenarios(), &[]).unwrap();
    let notes = loaded.notes.join("\n");
    assert!(notes.contains("executor.limit.cores"), "{notes}");
    let inside = "[services.s]\nservice-time = 1\nsubmits = { app = \"b\", wait = true }\n\
                  [workloads.w]\ntarget = \"services.s\"\narrivals = { at = [1] }\n\
                  [apps.b]\ndeploy = \"in-replica\"\n[apps.b.stages.s]\ntasks = 1\ntask-time = 1\n";
    let wrong = error("", inside);
    assert!(
        wrong.contains("is not modelled with `deploy = \"in-replica\"`"),
        "{wrong}"
    );
}
