//! Budgets and their allocation: timelines by hand, and what holds whatever the policy.

use crate::simulate::{mean, scenarios, text};
use proptest::prelude::*;
use sparksim::scenario;

/// A node of 9 cores and 18 GB, and somebody who does something.
pub(crate) const NODE: &str = r#"
[run]
duration = "100s"
replications = 1
[nodes.worker]
cpu = "9"
memory = "18GB"
[services.desk]
service-time = "1s"
[workloads.visitors]
target = "services.desk"
arrivals = { deterministic = { interval = "10s" } }
"#;

/// The two users of the paper on dominant resource fairness: many containers of 1 core and 4 GB,
/// many of 3 cores and 1 GB.
const USERS: &str = r#"
[budgets.a]
[budgets.b]
[services.a]
budget = "a"
replicas = 50
requests = { cpu = "1", memory = "4GB" }
service-time = "1s"
[services.b]
budget = "b"
replicas = 50
requests = { cpu = "3", memory = "1GB" }
service-time = "1s"
"#;

fn run(rest: &str) -> sparksim::experiment::Results {
    text(&format!("{NODE}{rest}"))
}

fn users(rest: &str) -> sparksim::experiment::Results {
    run(&format!("{USERS}{rest}"))
}

/// Three and two containers: two thirds of the memory and two thirds of the cores.
#[test]
fn drf_places_the_containers_of_its_paper() {
    let results = users("[allocation]\npolicy = \"drf\"\n");
    assert_eq!(mean(&results, "budgets.a.cpu"), 3.0);
    assert_eq!(mean(&results, "budgets.a.memory"), 12e9);
    assert_eq!(mean(&results, "budgets.b.cpu"), 6.0);
    assert_eq!(mean(&results, "budgets.b.memory"), 2e9);
    for user in ["a", "b"] {
        let share = mean(&results, &format!("budgets.{user}.dominant_share"));
        assert!((share - 2.0 / 3.0).abs() < 1e-8, "{share}");
    }
    assert!((mean(&results, "budgets.fairness") - 1.0).abs() < 1e-9);
    assert_eq!(mean(&results, "budgets.a.pending_containers"), 47.0);
    // 48 containers of 3 cores are 16 times the cores there are.
    assert!((mean(&results, "budgets.b.shortfall") - 16.0).abs() < 1e-6);
    assert_eq!(mean(&results, "budgets.a.starved_seconds"), 0.0);
}

/// Whoever asks first takes all: without an allocation nothing protects the second.
#[test]
fn without_an_allocation_the_first_takes_all() {
    let results = users("");
    // Four containers of `a` fill the memory but for 2 GB, and one of `b` the cores but for two.
    assert_eq!(mean(&results, "budgets.a.cpu"), 4.0);
    assert_eq!(mean(&results, "budgets.b.cpu"), 3.0);
}

#[test]
fn priority_and_guarantee_decide_who_is_served() {
    let policy = "[allocation]\npolicy = \"priority\"\n";
    let results = users(&format!(
        "{policy}[budgets.c]\npriority = 1\n[services.c]\nbudget = \"c\"\n\
        replicas = 3\nrequests = {{ cpu = \"3\", memory = \"1GB\" }}\nservice-time = \"1s\"\n"
    ));
    assert_eq!(mean(&results, "budgets.c.cpu"), 9.0);
    assert_eq!(mean(&results, "budgets.a.cpu"), 0.0);
    assert_eq!(mean(&results, "budgets.a.starved_seconds"), 100.0);
    assert_eq!(mean(&results, "budgets.c.starved_seconds"), 0.0);
    let guarantee = "[budgets.c]\npriority = 1\n[budgets.d]\nguaranteed = { cpu = \"4\" }\n";
    let services = ["c", "d"].map(|name| {
        format!(
            "[services.{name}]\nbudget = \"{name}\"\nreplicas = 9\nrequests = {{ cpu = \"1\" }}\n\
             service-time = \"1s\"\n"
        )
    });
    let results = run(&format!("{policy}{guarantee}{}", services.concat()));
    assert_eq!(mean(&results, "budgets.c.cpu"), 5.0);
    assert_eq!(mean(&results, "budgets.d.cpu"), 4.0);
}

/// Two departments share the nodes evenly, and the three teams of one of them what it gets.
#[test]
fn a_group_s_share_is_shared_among_its_members() {
    let teams = ["x", "y", "z"].map(|name| {
        format!(
            "[budgets.{name}]\nparent = \"east\"\nweight = {weight}\n[services.{name}]\n\
             budget = \"{name}\"\nreplicas = 20\nrequests = {{ cpu = \"200m\" }}\n\
             service-time = \"1s\"\n",
            weight = if name == "x" { 2 } else { 1 }
        )
    });
    let west = "[budgets.west]\n[services.w]\nbudget = \"west\"\nreplicas = 50\n\
                requests = { cpu = \"500m\" }\nservice-time = \"1s\"\n";
    let head = "[budgets.east]\n[allocation]\npolicy = \"max-min\"\ncapacity = { cpu = \"8\" }\n";
    let results = run(&format!("{head}{}{west}", teams.concat()));
    for (budget, cores) in [
        ("west", 4.0),
        ("east", 4.0),
        ("x", 2.0),
        ("y", 1.0),
        ("z", 1.0),
    ] {
        assert_eq!(
            mean(&results, &format!("budgets.{budget}.cpu")),
            cores,
            "{budget}"
        );
    }
}

/// Claims are looked at every 30 s only: what is asked for at 40 s is placed at 60 s.
#[test]
fn a_slow_allocator_keeps_claims_waiting() {
    let scenario = |on_change: &str| {
        text(&format!(
            r#"
[run]
horizon = "terminating"
replications = 1
[nodes.worker]
cpu = "16"
memory = "64Gi"
[budgets.team]
[allocation]
policy = "max-min"
period = "30s"
{on_change}
[apps.job]
budget = "team"
conf = {{ "spark.executor.instances" = 1, "spark.executor.cores" = 1 }}
[apps.job.stages.map]
tasks = 10
task-time = "1s"
[workloads.once]
target = "apps.job"
arrivals = {{ at = ["40s"] }}
"#
        ))
    };
    // The driver at 60 s, which asks for its executor; that at 90 s; ten tasks.
    let slow = scenario("on-change = false");
    assert_eq!(mean(&slow, "apps.job.latency.mean"), 60.0);
    assert_eq!(mean(&slow, "budgets.team.starved_seconds"), 20.0);
    let quick = scenario("");
    assert_eq!(mean(&quick, "apps.job.latency.mean"), 10.0);
}

/// When one tenant has finished, the other gets what it held, at that instant.
#[test]
fn shares_follow_what_is_claimed() {
    let app = |name: &str, tasks: u32| {
        format!(
            r#"
[budgets.{name}]
[apps.{name}]
budget = "{name}"
conf = {{ "spark.executor.instances" = 4, "spark.executor.cores" = 1, "spark.kubernetes.driver.request.cores" = "1m", "spark.scheduler.minRegisteredResourcesRatio" = 0 }}
[apps.{name}.stages.map]
tasks = {tasks}
task-time = "1s"
[workloads.{name}]
target = "apps.{name}"
arrivals = {{ at = ["0s"] }}
"#
        )
    };
    let results = text(&format!(
        "[run]\nhorizon = \"terminating\"\nreplications = 1\n[nodes.worker]\ncpu = \"4100m\"\n\
         memory = \"64Gi\"\n[allocation]\npolicy = \"max-min\"\n{}{}",
        app("long", 40),
        app("short", 10)
    ));
    // Two executors each until the short one has done its ten tasks at 5 s; then four.
    assert_eq!(mean(&results, "apps.short.latency.mean"), 5.0);
    assert_eq!(
        mean(&results, "apps.long.latency.mean"),
        5.0 + 30.0 / 4.0 + 0.5
    );
}

/// The first tenant holds all executors; when the second claims its half at 3 s, the youngest two
/// are taken away at once and their tasks run again, or they run to their end.
#[test]
fn a_share_is_taken_back_where_that_is_wanted() {
    let run = |reclaim: &str| {
        let app = |name: &str, at: &str| {
            format!(
                r#"
[budgets.{name}]
{reclaim}
[apps.{name}]
budget = "{name}"
conf = {{ "spark.executor.instances" = 4, "spark.executor.cores" = 1, "spark.kubernetes.driver.request.cores" = "1m", "spark.scheduler.minRegisteredResourcesRatio" = 0 }}
[apps.{name}.stages.map]
tasks = 20
task-time = "2s"
[workloads.{name}]
target = "apps.{name}"
arrivals = {{ at = ["{at}"] }}
"#
            )
        };
        text(&format!(
            "[run]\nhorizon = \"terminating\"\nreplications = 1\n[nodes.worker]\n\
             cpu = \"4010m\"\nmemory = \"64Gi\"\n[allocation]\npolicy = \"max-min\"\n{}{}",
            app("early", "0s"),
            app("late", "3s")
        ))
    };
    // Twenty tasks on four slots: 10 s. Then the late one, which has waited for 7 s.
    let patient = run("");
    assert_eq!(mean(&patient, "apps.early.latency.mean"), 10.0);
    assert_eq!(mean(&patient, "apps.late.latency.mean"), 17.0);
    // Each has two slots from 3 s on. Four tasks of the early one are done by then, two of the four
    // that run are lost, the other two end at 4 s: 14 are left, two in each 2 s until 18 s. The late
    // one has done 14 by 17 s and begun two; at 18 s it gets two slots more, where two begin; the last
    // two begin at 19 s and end at 21 s.
    let preempting = run("reclaim = \"preempt\"");
    assert_eq!(mean(&preempting, "budgets.early.reclaimed"), 2.0);
    assert_eq!(mean(&preempting, "budgets.late.reclaimed"), 0.0);
    assert_eq!(mean(&preempting, "apps.early.latency.mean"), 18.0);
    assert_eq!(mean(&preempting, "apps.late.latency.mean"), 18.0);
}

/// What is shared is what nodes that are there have: with one of two nodes down for half of the time
/// the shares of both tenants shrink to half of what is left.
#[test]
fn nodes_that_are_down_are_not_shared() {
    let tenant = |name: &str| {
        format!(
            "[budgets.{name}]\nreclaim = \"preempt\"\n[services.{name}]\nbudget = \"{name}\"\n\
             replicas = 20\nrequests = {{ cpu = \"1\" }}\nservice-time = \"1s\"\n"
        )
    };
    let results = text(&format!(
        "[run]\nduration = \"100s\"\nreplications = 1\n[nodes.worker]\ncount = 2\ncpu = \"8\"\n\
         memory = \"64Gi\"\n[allocation]\npolicy = \"max-min\"\n{}{}\
         [faults.loss]\nnode-crash = {{ pool = \"worker\", at = [\"50s\"], repair = \"1h\" }}\n\
         [workloads.visitors]\ntarget = \"services.a\"\n\
         arrivals = {{ deterministic = {{ interval = \"10s\" }} }}\n",
        tenant("a"),
        tenant("b")
    ));
    for name in ["a", "b"] {
        assert_eq!(
            mean(&results, &format!("budgets.{name}.cpu")),
            6.0,
            "{name}"
        );
        let share = mean(&results, &format!("budgets.{name}.dominant_share"));
        assert!((share - 0.5).abs() < 1e-8, "{share}");
    }
}

/// The examples of docs/budgets.md are scenarios, beside what they refer to.
#[test]
fn the_examples_of_the_documentation_are_right() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/budgets.md")).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    write(
        "base.toml",
        r#"
[run]
duration = "1h"
[nodes.worker]
count = 12
cpu = "16"
memory = "64Gi"
[apps.etl]
stages.all = { tasks = 10, task-time = "1s" }
[services.api]
service-time = "1s"
[workloads.nightly]
target = "apps.etl"
arrivals = { poisson = { rate = "1/h" } }
"#,
    );
    std::fs::create_dir(directory.path().join("data")).unwrap();
    let teams = std::fs::read_to_string(scenarios().join("data/teams.csv")).unwrap();
    write("data/teams.csv", &teams);
    let blocks: Vec<&str> = page.split("```toml\n").skip(1).collect();
    assert_eq!(blocks.len(), 3);
    for block in blocks {
        let block = block.split("```").next().unwrap();
        let text = format!("extends = \"base.toml\"\n{block}");
        let loaded = scenario::load_text("docs.toml", &text, directory.path(), &[]);
        loaded.unwrap_or_else(|error| panic!("{error}"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Every audit of the run holds, whatever the policy: what budgets hold is what their containers
    /// hold, and nobody is placed beyond a cap.
    #[test]
    fn books_add_up_under_every_policy(
        policy in prop::sample::select(&["static", "proportional", "greedy", "lp", "max-min", "drf", "priority"][..]),
        tenants in prop::collection::vec((1..4_u32, 1..5_u32, 1..4_u32, 0..3_u32), 2..5),
        on_change in any::<bool>(),
        seed in 0..1000_u32,
    ) {
        let mut scenario = format!(
            "[run]\nseed = {seed}\nduration = \"10min\"\nreplications = 1\n[nodes.worker]\ncount = 3\n\
             cpu = \"4\"\nmemory = \"16Gi\"\n[allocation]\npolicy = \"{policy}\"\nperiod = \"20s\"\n\
             on-change = {on_change}\n[budgets.group]\nquota = {{ cpu = \"7\" }}\n"
        );
        for (index, (cores, executors, weight, cost)) in tenants.into_iter().enumerate() {
            let parent = if index % 2 == 0 { "parent = \"group\"\n" } else { "" };
            let tenant = format!(
                "[budgets.t{index}]\n{parent}weight = {weight}\ncost = 0.{cost}\n\
                 priority = {cost}\n[apps.t{index}]\nbudget = \"t{index}\"\n\
                 conf = {{ \"spark.executor.instances\" = {executors}, \"spark.executor.cores\" = {cores} }}\n\
                 [apps.t{index}.stages.map]\ntasks = 20\ntask-time = {{ exponential = {{ mean = \"2s\" }} }}\n\
                 [workloads.t{index}]\ntarget = \"apps.t{index}\"\n\
                 arrivals = {{ poisson = {{ rate = \"2/min\" }} }}\n"
            );
            scenario.push_str(&tenant);
        }
        let results = text(&scenario);
        let cores = mean(&results, "budgets.group.cpu");
        prop_assert!(cores <= 7.0);
    }
}

/// Forty teams with an application each on a node of four cores: whoever waits is told of in a few
/// lines, those with the most first, and the rest is counted.
#[test]
fn of_many_who_wait_a_few_are_named() {
    let results = text(
        r#"
[run]
horizon = "terminating"
replications = 1
[nodes.worker]
cpu = "4"
memory = "16Gi"
[for-each.team]
count = 40
[budgets."${team.name}"]
[apps."${team.name}"]
budget = "${team.name}"
conf = { "spark.executor.instances" = 2, "spark.executor.cores" = 2 }
stages.all = { tasks = 4, task-time = "1s" }
[workloads."${team.name}"]
target = "apps.${team.name}"
arrivals = { at = ["0s"] }
"#,
    );
    let notes: Vec<String> = results.notes.iter().map(|it| format!("{it:?}")).collect();
    let stalled = notes.iter().find(|note| note.contains("make progress"));
    let stalled = stalled.unwrap();
    assert!(stalled.len() < 1500, "{stalled}");
    for part in [
        "2 executors of `apps.",
        "other kinds wait",
        "` (2), `budgets.",
        "32 other budgets",
    ] {
        assert!(stalled.contains(part), "{part} is not in {stalled}");
    }
}
