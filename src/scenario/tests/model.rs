//! What scenarios become.

use super::examples::{MM1, WHOLE, write_files};
use super::load;
use crate::model::{
    Arrivals, BalancerKind, Horizon, ManagerKind, Model, NetworkKind, PlacementKind, Target,
    TaskTimes,
};
use crate::random::Distribution;
use crate::scenario::load_text;
use crate::units::{Bandwidth, Bytes, Cpu, Duration, Rate, Time};

const GIB: u64 = 1 << 30;

fn whole() -> Model {
    let directory = tempfile::tempdir().unwrap();
    write_files(directory.path());
    let loaded = load_text("whole.toml", WHOLE, directory.path(), &[]);
    loaded.unwrap_or_else(|error| panic!("{error}")).model
}

#[test]
fn the_smallest_scenario_is_one_server_on_unlimited_resources() {
    let loaded = load(MM1);
    assert_eq!(loaded.name, "bad");
    assert!(loaded.notes.is_empty());
    let model = loaded.model;
    assert_eq!(model.title, "bad");
    assert_eq!((model.run.seed, model.run.replications), (7, 20));
    let horizon = Horizon::Requests {
        warmup: 20_000,
        requests: 200_000,
    };
    assert_eq!(model.run.horizon, horizon);
    assert!(model.cluster.is_none());
    let desk = model.services.iter().next().unwrap();
    assert_eq!(
        (desk.name.as_str(), desk.replicas, desk.concurrency),
        ("desk", 1, 1)
    );
    assert_eq!(
        (desk.queue_capacity, desk.balancer),
        (None, BalancerKind::Random)
    );
    let endpoint = &model.endpoints[desk.endpoint_ids().next().unwrap()];
    assert_eq!((endpoint.name.as_str(), endpoint.named), ("default", false));
    assert_eq!(
        endpoint.service_time,
        Distribution::Exponential { mean: 1.0 }
    );
    let visitors = model.workloads.iter().next().unwrap();
    assert_eq!(visitors.arrivals, Arrivals::Poisson { rate: Rate(0.8) });
    let target = Target::Endpoint(desk.endpoint_ids().next().unwrap());
    assert_eq!(visitors.target, target);
}

#[test]
fn a_cluster_keeps_every_quantity_that_was_written() {
    let cluster = whole().cluster.unwrap();
    assert_eq!(cluster.manager, ManagerKind::Kubernetes);
    assert_eq!(cluster.placement, PlacementKind::KubeDefault);
    assert_eq!(cluster.network, NetworkKind::MaxMin);
    assert_eq!(cluster.registry.bandwidth, Some(Bandwidth(250_000_000)));
    let pool = cluster.pools.iter().next().unwrap();
    assert_eq!((pool.name.as_str(), pool.count), ("general", 4));
    let allocatable = pool.allocatable();
    assert_eq!(
        (allocatable.cpu, allocatable.memory),
        (Cpu(15_500), Bytes(62 * GIB))
    );
    assert_eq!(pool.network, Some(Bandwidth(1_250_000_000)));
    assert_eq!(pool.unpack, Some(Bandwidth(200_000_000)));
    let layers: Vec<_> = cluster.layers.iter().collect();
    let sizes = layers
        .iter()
        .map(|it| (it.name.as_str(), it.size.0, it.unpacked.0));
    let expected = [
        ("debian", 80_000_000, 176_000_000),
        ("gateway", 25_000_000, 55_000_000),
        ("jre", 190_000_000, 420_000_000),
        ("spark-35", 420_000_000, 924_000_000),
    ];
    assert_eq!(sizes.collect::<Vec<_>>(), expected);
    let spark = cluster
        .images
        .iter()
        .find(|image| image.name == "spark")
        .unwrap();
    let names = spark
        .layers
        .iter()
        .map(|&id| cluster.layers[id].name.as_str());
    assert_eq!(names.collect::<Vec<_>>(), ["debian", "jre", "spark-35"]);
}

#[test]
fn services_and_applications_know_each_other_by_id() {
    let model = whole();
    let gateway = model
        .services
        .iter()
        .find(|it| it.name == "gateway")
        .unwrap();
    let endpoints: Vec<_> = gateway
        .endpoint_ids()
        .map(|id| &model.endpoints[id])
        .collect();
    assert_eq!(endpoints[0].name, "status");
    assert_eq!(endpoints[1].name, "submit");
    assert!(endpoints[1].named);
    let submits = endpoints[1].submits.unwrap();
    assert_eq!(
        (model.apps[submits.app].name.as_str(), submits.wait),
        ("pi", false)
    );
    assert_eq!(gateway.balancer, BalancerKind::PowerOfTwo);
    assert_eq!(gateway.queue_capacity, Some(200));
    let desk = model.services.iter().find(|it| it.name == "desk").unwrap();
    let desk = &model.endpoints[desk.endpoint_ids().next().unwrap()];
    let values = Distribution::Empirical {
        values: vec![0.5, 0.02],
    };
    assert_eq!(desk.service_time, values);
    assert!(desk.submits.unwrap().wait);
}

#[test]
fn stages_and_jobs_are_numbered_parents_first() {
    let model = whole();
    let pi = model.apps.iter().find(|app| app.name == "pi").unwrap();
    let job = &model.jobs[pi.job_ids().next().unwrap()];
    assert_eq!((job.name.as_str(), job.named), ("default", false));
    let stages: Vec<_> = job.stage_ids().map(|id| &model.stages[id]).collect();
    assert_eq!((stages[0].name.as_str(), stages[0].tasks), ("map", 10_000));
    assert_eq!(stages[1].parents, [job.stage_ids().next().unwrap()]);
    let etl = model.apps.iter().find(|app| app.name == "etl").unwrap();
    let jobs: Vec<_> = etl.job_ids().map(|id| &model.jobs[id]).collect();
    assert_eq!((jobs[0].name.as_str(), jobs[0].named), ("load", true));
    assert_eq!(jobs[1].after, [etl.job_ids().next().unwrap()]);
    assert_eq!(jobs[1].driver_gap, Duration::from_secs(2));
    let recorded = &model.stages[jobs[0].stage_ids().next().unwrap()].task_times;
    let times = [1500, 250, 2000].map(Duration::from_millis);
    assert_eq!(*recorded, TaskTimes::Recorded(times.to_vec()));
    let drawn = &model.stages[jobs[1].stage_ids().next().unwrap()].task_times;
    let erlang = Distribution::Erlang { k: 3, mean: 2.0 };
    assert_eq!(*drawn, TaskTimes::Drawn(erlang));
}

/// A job of three tasks with times that are recorded for stage 18 and dealt anew.
fn dealt(key: &str) -> Result<TaskTimes, String> {
    let directory = tempfile::tempdir().unwrap();
    write_files(directory.path());
    let recording = format!("{{ resampled = {{ file = \"etl.tasks.csv\", stage = 18{key} }} }}");
    let text = format!(
        r#"
run = {{ horizon = "terminating" }}
[workloads.once]
target = "apps.a"
arrivals = {{ at = [0] }}
[apps.a.stages.map]
tasks = 3
task-time = {recording}
"#
    );
    let loaded = load_text("x.toml", &text, directory.path(), &[]);
    let model = loaded.map_err(|error| error.to_string())?.model;
    let stage = model.stages.ids().next().unwrap();
    Ok(model.stages[stage].task_times.clone())
}

#[test]
fn recorded_times_are_dealt_to_any_place_or_to_near_ones() {
    let of = |within| TaskTimes::Resampled {
        times: [1500, 250, 2000].map(Duration::from_millis).to_vec(),
        within,
    };
    assert_eq!(dealt("").unwrap(), of(None));
    assert_eq!(dealt(", within = 2").unwrap(), of(Some(2)));
    let error = dealt(", within = 0").unwrap_err();
    assert!(error.contains("`within` is 0 places"), "{error}");
}

#[test]
fn children_that_are_written_first_still_come_after_their_parents() {
    let model = load(
        r#"
run = { horizon = "terminating" }
[workloads.once]
target = "apps.a"
arrivals = { at = [0] }
[apps.a.stages.last]
tasks = 1
task-time = 1
parents = ["left", "right"]
[apps.a.stages.right]
tasks = 1
task-time = 1
parents = ["root"]
[apps.a.stages.left]
tasks = 1
task-time = 1
parents = ["root"]
[apps.a.stages.root]
tasks = 1
task-time = 1
"#,
    )
    .model;
    let names: Vec<_> = model
        .stages
        .iter()
        .map(|stage| stage.name.as_str())
        .collect();
    assert_eq!(names, ["root", "right", "left", "last"]);
    for (id, stage) in model.stages.enumerate() {
        assert!(stage.parents.iter().all(|parent| *parent < id));
    }
    let until_the_end = Horizon::Terminating {
        arrivals_until: None,
    };
    assert_eq!(model.run.horizon, until_the_end);
}

#[test]
fn arrivals_become_gaps_rates_or_instants_in_order() {
    let model = whole();
    let arrivals = |name: &str| {
        let found = model
            .workloads
            .iter()
            .find(|workload| workload.name == name);
        found.unwrap().arrivals.clone()
    };
    let gap = |interarrival| Arrivals::Renewal { interarrival };
    assert_eq!(arrivals("users"), Arrivals::Poisson { rate: Rate(0.1) });
    assert_eq!(
        arrivals("probe"),
        gap(Distribution::Constant { value: 10.0 })
    );
    assert_eq!(
        arrivals("people"),
        gap(Distribution::Uniform { min: 1.0, max: 3.0 })
    );
    let times = vec![Time::ZERO, Time::from_nanos(3_600_000_000_000)];
    assert_eq!(arrivals("nightly"), Arrivals::At { times });
}

#[test]
fn numbers_and_texts_of_every_law_are_read() {
    let laws = [
        ("2", Distribution::Constant { value: 2.0 }),
        ("\"20ms\"", Distribution::Constant { value: 0.02 }),
        (
            "{ constant = { value = \"1m\" } }",
            Distribution::Constant { value: 60.0 },
        ),
        (
            "{ gamma = { mean = 0.1, cv = 2 } }",
            Distribution::Gamma { mean: 0.1, cv: 2.0 },
        ),
        (
            "{ weibull = { shape = 2, mean = 1 } }",
            Distribution::Weibull {
                shape: 2.0,
                mean: 1.0,
            },
        ),
        (
            "{ normal = { mean = 1, sd = 0.5 } }",
            Distribution::Normal { mean: 1.0, sd: 0.5 },
        ),
        (
            "{ hyperexponential = { mean = 1, cv = 3 } }",
            Distribution::Hyperexponential { mean: 1.0, cv: 3.0 },
        ),
        (
            "{ pareto = { shape = 2.5, min = 1 } }",
            Distribution::Pareto {
                shape: 2.5,
                min: 1.0,
                max: None,
            },
        ),
        (
            "{ pareto = { shape = 2.5, min = 1, max = \"1h\" } }",
            Distribution::Pareto {
                shape: 2.5,
                min: 1.0,
                max: Some(3600.0),
            },
        ),
    ];
    for (text, law) in laws {
        let scenario = MM1.replace("{ exponential = { mean = \"1s\" } }", text);
        let model = load(&scenario).model;
        assert_eq!(
            model.endpoints.iter().next().unwrap().service_time,
            law,
            "{text}"
        );
    }
}
