//! Which tasks go first: FIFO, FAIR, pools, minimal shares, against timelines by hand.

use crate::simulate::{mean, text};

/// Two jobs on two slots: `first` has four tasks of 1 s, `second` two.
fn two_jobs(rest: &str) -> sparksim::experiment::Results {
    text(&format!(
        r#"
[run]
horizon = "terminating"
replications = 1
[apps.a]
conf = {{ "spark.executor.instances" = 1, "spark.executor.cores" = 2, "spark.scheduler.mode" = "FAIR" }}
{rest}
[workloads.once]
target = "apps.a"
arrivals = {{ at = ["0s"] }}
"#
    ))
}

/// Both have pools of their own. `first` is there first and takes both slots; from 1 s on each has
/// one. `first` is done at 3 s, `second` too.
#[test]
fn pools_of_equal_weight_share_equally() {
    let results = two_jobs(
        r#"
[apps.a.jobs.first]
pool = "a"
stages.s = { tasks = 4, task-time = "1s" }
[apps.a.jobs.second]
pool = "b"
stages.s = { tasks = 2, task-time = "1s" }
"#,
    );
    assert_eq!(mean(&results, "apps.a.jobs.first.latency.mean"), 3.0);
    assert_eq!(mean(&results, "apps.a.jobs.second.latency.mean"), 3.0);
}

/// In one pool they are served as they came.
#[test]
fn one_pool_serves_jobs_as_they_came() {
    let results = two_jobs(
        r#"
[apps.a.jobs.first]
stages.s = { tasks = 4, task-time = "1s" }
[apps.a.jobs.second]
stages.s = { tasks = 2, task-time = "1s" }
"#,
    );
    assert_eq!(mean(&results, "apps.a.jobs.first.latency.mean"), 2.0);
    assert_eq!(mean(&results, "apps.a.jobs.second.latency.mean"), 3.0);
}

/// Four slots, two pools that always want more, weights 3 and 1: three slots and one. The tasks all
/// take 1 s; in each second the heavy pool runs three, the light one one. Both have 12 tasks: the
/// heavy one is done at 4 s, the light one has run 4 then and needs two seconds more.
#[test]
fn weights_divide_slots() {
    let results = text(
        r#"
[run]
horizon = "terminating"
replications = 1
[apps.a]
conf = { "spark.executor.instances" = 4, "spark.executor.cores" = 1, "spark.scheduler.mode" = "FAIR" }
pools.heavy = { weight = 3 }
[apps.a.jobs.filler]
pool = "filler"
stages.one = { tasks = 4, task-time = "1s" }
[apps.a.jobs.heavy]
pool = "heavy"
stages.s = { tasks = 12, task-time = "1s" }
[apps.a.jobs.light]
pool = "light"
stages.s = { tasks = 12, task-time = "1s" }
[workloads.once]
target = "apps.a"
arrivals = { at = ["0s"] }
"#,
    );
    // The filler holds all slots for the first second. They come back one after the other, each to
    // the pool with the smaller part of its share: heavy 0/3, light 0/1 (heavy by name), heavy 1/3
    // against light 0/1, ...: heavy, light, heavy, heavy.
    assert_eq!(mean(&results, "apps.a.jobs.heavy.latency.mean"), 5.0);
    assert_eq!(mean(&results, "apps.a.jobs.light.latency.mean"), 7.0);
}

/// A minimal share of two goes first, whatever the weights.
#[test]
fn a_minimal_share_goes_first() {
    let results = text(
        r#"
[run]
horizon = "terminating"
replications = 1
[apps.a]
conf = { "spark.executor.instances" = 2, "spark.executor.cores" = 1, "spark.scheduler.mode" = "FAIR" }
pools.urgent = { min-share = 2 }
pools.heavy = { weight = 100 }
[apps.a.jobs.filler]
pool = "filler"
stages.one = { tasks = 2, task-time = "1s" }
[apps.a.jobs.heavy]
pool = "heavy"
stages.s = { tasks = 4, task-time = "1s" }
[apps.a.jobs.urgent]
pool = "urgent"
stages.s = { tasks = 4, task-time = "1s" }
[workloads.once]
target = "apps.a"
arrivals = { at = ["0s"] }
"#,
    );
    assert_eq!(mean(&results, "apps.a.jobs.urgent.latency.mean"), 3.0);
    assert_eq!(mean(&results, "apps.a.jobs.heavy.latency.mean"), 5.0);
}

/// Two cores a task: two executors of four cores run four at once.
#[test]
fn a_task_may_take_several_cores() {
    let results = text(
        r#"
[run]
horizon = "terminating"
replications = 1
[apps.a]
conf = { "spark.executor.instances" = 2, "spark.executor.cores" = 4, "spark.task.cpus" = 2 }
stages.s = { tasks = 9, task-time = "1s" }
[workloads.once]
target = "apps.a"
arrivals = { at = ["0s"] }
"#,
    );
    assert_eq!(mean(&results, "apps.a.latency.mean"), 3.0);
}

/// What docs/spark.md shows can be run: each example with a workload, and nothing in it is left
/// unmodelled.
#[test]
fn the_examples_of_the_reference_are_scenarios() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let reference = std::fs::read_to_string(root.join("docs/spark.md")).unwrap();
    let examples: Vec<&str> = reference
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        // Those that are whole are run elsewhere.
        .filter(|example| !example.starts_with("# complete scenario"))
        .collect();
    assert_eq!(examples.len(), 7);
    for example in examples {
        let app = example.split("[apps.").nth(1).unwrap();
        let app = app.split(['.', ']']).next().unwrap();
        let workload =
            format!("[workloads.w]\ntarget = \"apps.{app}\"\narrivals = {{ at = [0] }}\n");
        let run = "[run]\nhorizon = \"terminating\"\nreplications = 1\n";
        let scenario = format!("{run}{example}{workload}");
        let loaded = sparksim::scenario::load_text("example", &scenario, root, &[]);
        let loaded = loaded.unwrap_or_else(|error| panic!("{error}\n{scenario}"));
        assert!(loaded.notes.is_empty(), "{:?}", loaded.notes);
        let results = crate::simulate::run(&loaded, 1);
        assert_eq!(mean(&results, &format!("apps.{app}.finished")), 1.0);
    }
}
