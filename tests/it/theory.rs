//! Which model a service is taken for, what is said where none fits, and what the command prints.

use crate::simulate::{run, scenarios};
use sparksim::experiment::theory::{Comparison, Held, Label, compare};
use sparksim::scenario;
use std::fs;
use std::process::Command;

/// Runs a scenario and compares.
fn compared(text: &str) -> Vec<Comparison> {
    let loaded = scenario::load_text("test", text, &scenarios(), &[]);
    let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
    let results = run(&loaded, 0);
    compare(&loaded.model, &results)
}

const RUN: &str = "[run]\nseed = 41\nreplications = 20\nrequests = 9000\nwarmup-requests = 1500\n";
const EXPONENTIAL: &str = "service-time = { exponential = { mean = \"1s\" } }\n";
const ERLANG: &str = "service-time = { erlang = { k = 2, mean = \"1s\" } }\n";

/// A scenario of one service and one workload.
fn desk(service: &str, arrivals: &str) -> String {
    format!(
        "{RUN}[services.desk]\n{service}\n[workloads.visitors]\ntarget = \"services.desk\"\n\
         arrivals = {{ {arrivals} }}\n"
    )
}

fn poisson(rate: f64) -> String {
    format!("poisson = {{ rate = \"{rate}/s\" }}")
}

/// Every exact figure lies within 6.5 standard errors, every bound on its side.
fn agrees(comparison: &Comparison) {
    assert!(comparison.fits(), "{comparison:#?}");
    assert!(!comparison.rows.is_empty(), "{comparison:#?}");
    for row in &comparison.rows {
        let mean = row
            .mean
            .expect("every figure of theory is a figure of the run");
        let holds = match row.label {
            Label::Exact => row.z.is_none_or(|z| z.abs() < 6.5),
            Label::UpperBound => mean < row.theory * 1.02,
            Label::LowerBound => mean > row.theory * 0.98,
            Label::Approximation => (mean / row.theory - 1.0).abs() < 0.15,
            // Ten servers are not many.
            Label::Limit => (mean / row.theory - 1.0).abs() < 0.2,
        };
        assert!(holds, "{}: {row:?}", comparison.model);
    }
}

#[test]
fn every_model_is_recognised_and_agrees() {
    for (model, label, service, arrivals) in one_server().into_iter().chain(several_servers()) {
        let comparisons = compared(&desk(&service, &arrivals));
        let [comparison] = &comparisons[..] else {
            panic!("one service, one comparison: {comparisons:#?}");
        };
        assert_eq!(
            (comparison.model.as_str(), comparison.label),
            (model, label)
        );
        agrees(comparison);
    }
}

/// Name of the model, what its figures are, service, arrivals.
type Recognised = (&'static str, Label, String, String);

fn one_server() -> Vec<Recognised> {
    let mean = "{ mean = \"1s\" }";
    vec![
        ("M/M/1", Label::Exact, EXPONENTIAL.to_owned(), poisson(0.5)),
        (
            "M/D/1",
            Label::Exact,
            "service-time = \"1s\"".to_owned(),
            poisson(0.5),
        ),
        ("M/G/1", Label::Exact, ERLANG.to_owned(), poisson(0.5)),
        (
            "M/M/1",
            Label::Exact,
            format!("replicas = 3\n{EXPONENTIAL}"),
            poisson(1.5),
        ),
        (
            "M/G/1 PS",
            Label::Exact,
            format!("discipline = \"processor-sharing\"\n{ERLANG}"),
            poisson(0.5),
        ),
        (
            "M/G/1 LIFO, preemptive",
            Label::Exact,
            format!("discipline = \"lifo-preemptive\"\n{ERLANG}"),
            poisson(0.5),
        ),
        (
            "M/G/1 SJF",
            Label::Exact,
            format!("discipline = \"shortest-job\"\n{EXPONENTIAL}"),
            poisson(0.5),
        ),
        (
            "M/G/1 SRPT",
            Label::Exact,
            format!("discipline = \"shortest-remaining\"\n{ERLANG}"),
            poisson(0.5),
        ),
        (
            "M/G/1 with set-up",
            Label::Exact,
            format!(
                "setup = {{ time = \"1s\", keep-alive = {{ exponential = {mean} }} }}\n{EXPONENTIAL}"
            ),
            poisson(0.5),
        ),
        (
            "M/M/1 with breakdowns",
            Label::Exact,
            format!(
                "breakdowns = {{ every = {{ exponential = {{ mean = \"20s\" }} }}, \
                 repair = {{ exponential = {mean} }} }}\n{EXPONENTIAL}"
            ),
            poisson(0.5),
        ),
        (
            "G/M/1",
            Label::Exact,
            EXPONENTIAL.to_owned(),
            "deterministic = { interval = \"2s\" }".to_owned(),
        ),
    ]
}

fn several_servers() -> Vec<Recognised> {
    let mean = "{ mean = \"1s\" }";
    vec![
        (
            "M/G/4/4 (Erlang B)",
            Label::Exact,
            format!("concurrency = 4\nqueue-capacity = 0\n{ERLANG}"),
            poisson(3.0),
        ),
        (
            "M/G/∞",
            Label::Exact,
            format!("concurrency = 100\n{ERLANG}"),
            poisson(3.0),
        ),
        (
            "M/M/4",
            Label::Exact,
            format!("replicas = 4\nqueue = \"central\"\n{EXPONENTIAL}"),
            poisson(3.0),
        ),
        (
            "M/M/1/5",
            Label::Exact,
            format!("queue-capacity = 4\n{EXPONENTIAL}"),
            poisson(1.2),
        ),
        (
            "M/M/2+M (Erlang A)",
            Label::Exact,
            format!("concurrency = 2\npatience = {{ exponential = {mean} }}\n{EXPONENTIAL}"),
            poisson(2.0),
        ),
        (
            "E4/M/1 at each replica",
            Label::Exact,
            format!("replicas = 4\nbalancer = \"round-robin\"\n{EXPONENTIAL}"),
            poisson(2.4),
        ),
        (
            "power of 2 choices",
            Label::Limit,
            format!("replicas = 10\nbalancer = \"power-of-two\"\n{EXPONENTIAL}"),
            poisson(6.0),
        ),
        (
            "join the shortest queue",
            Label::UpperBound,
            format!("replicas = 4\nbalancer = \"join-shortest-queue\"\n{EXPONENTIAL}"),
            poisson(2.4),
        ),
        (
            "G/G/c",
            Label::Approximation,
            format!("concurrency = 2\n{ERLANG}"),
            poisson(1.5),
        ),
    ]
}

#[test]
fn priorities_are_compared_class_by_class() {
    for (discipline, model) in [
        ("priority", "M/G/1 with priorities"),
        ("priority-preemptive", "M/G/1 with preemptive priorities"),
    ] {
        let comparisons = compared(&format!(
            "{RUN}[services.desk]\ndiscipline = \"{discipline}\"\n{ERLANG}\
             [classes.gold]\npriority = 1\n\
             [workloads.gold]\ntarget = \"services.desk\"\nclass = \"gold\"\n\
             arrivals = {{ {} }}\n[workloads.plain]\ntarget = \"services.desk\"\n\
             arrivals = {{ {} }}\n",
            poisson(0.2),
            poisson(0.3),
        ));
        assert_eq!(comparisons[0].model, model);
        agrees(&comparisons[0]);
        let gold =
            |row: &sparksim::experiment::theory::Row| row.metric.starts_with("classes.gold.");
        assert!(comparisons[0].rows.iter().any(gold));
    }
}

#[test]
fn requests_that_visit_several_services_are_networks() {
    let queue = |name: &str| format!("[services.{name}]\n{EXPONENTIAL}");
    let scenario = |calls: &str| {
        format!(
            "{RUN}[services.front]\nconcurrency = 100000\nservice-time = 0\ncalls = {calls}\n{}{}\
             [workloads.visitors]\ntarget = \"services.front\"\narrivals = {{ {} }}\n",
            queue("a"),
            queue("b"),
            poisson(0.5),
        )
    };
    let subject = |comparisons: &[Comparison], name: &str| {
        let found = comparisons.iter().find(|found| found.subject == name);
        found
            .cloned()
            .expect("every service and workload is compared")
    };
    let row = compared(&scenario(
        "[{ service = \"a\" }, { service = \"b\", probability = 0.5 }]",
    ));
    let network = subject(&row, "workloads.visitors");
    assert_eq!(network.model, "open network of queues");
    agrees(&network);
    for name in ["services.a", "services.b"] {
        let queue = subject(&row, name);
        assert_eq!(queue.model, "M/M/1");
        agrees(&queue);
    }
    let fork = compared(&scenario("[[{ service = \"a\" }, { service = \"b\" }]]"));
    let fork = subject(&fork, "workloads.visitors");
    assert_eq!(
        (fork.model.as_str(), fork.label),
        ("fork and join of 2", Label::Exact)
    );
    agrees(&fork);
}

#[test]
fn finite_populations_are_machine_repair_or_closed_networks() {
    let users = "closed = { users = 6, think-time = { exponential = { mean = \"4s\" } } }";
    let repair = compared(&desk(&format!("concurrency = 2\n{EXPONENTIAL}"), users));
    assert_eq!(repair[0].model, "M/M/2//6");
    agrees(&repair[0]);
    let network = compared(&format!(
        "{RUN}[services.front]\nconcurrency = 10\nservice-time = 0\n\
         calls = [{{ service = \"a\" }}, {{ service = \"b\" }}]\n\
         [services.a]\n{EXPONENTIAL}[services.b]\ndiscipline = \"processor-sharing\"\n{ERLANG}\
         [workloads.visitors]\ntarget = \"services.front\"\narrivals = {{ {users} }}\n"
    ));
    let network = network.last().expect("the workload comes last");
    assert_eq!(network.model, "closed network of 2 queues");
    agrees(network);
}

#[test]
fn where_nothing_fits_the_nearest_model_says_what_it_lacks() {
    let failed = |scenario: &str| {
        let comparisons = compared(scenario);
        let comparison = &comparisons[0];
        assert!(!comparison.fits() && comparison.rows.is_empty());
        let failed = comparison.assumptions.iter();
        let failed = failed.filter(|assumption| assumption.held == Held::No);
        let failed: Vec<String> = failed
            .map(|assumption| format!("{}: {}", assumption.what, assumption.why))
            .collect();
        format!("{} lacks {}", comparison.model, failed.join("; "))
    };
    for (scenario, said) in [
        (
            desk(&format!("timeout = \"5s\"\n{EXPONENTIAL}"), &poisson(0.5)),
            "every request is one attempt: timeout, retries or hedges",
        ),
        (
            desk(&format!("patience = \"3s\"\n{EXPONENTIAL}"), &poisson(0.5)),
            "nobody leaves the queue: requests renege",
        ),
        (
            desk(
                &format!(
                    "autoscale = {{ hpa = {{ metric = \"concurrency\", target = 0.6, min = 1, \
                     max = 3 }} }}\n{EXPONENTIAL}"
                ),
                &poisson(0.5),
            ),
            "the number of servers does not change: replicas are scaled",
        ),
        (
            desk(EXPONENTIAL, &poisson(1.3)),
            "M/M/1 lacks less work arrives than can be done: load 130.0 %",
        ),
        (
            desk(EXPONENTIAL, &poisson(0.9))
                .replace("9000", "1000")
                .replace("1500", "10"),
            "M/M/1 lacks the run has forgotten its start: warm-up 11.11 s",
        ),
    ] {
        let found = failed(&scenario);
        assert!(found.contains(said), "`{said}` is missing in: {found}");
    }
}

#[test]
fn the_run_length_for_one_percent_is_known_before_the_run() {
    let comparisons = compared(&desk(EXPONENTIAL, &poisson(0.5)));
    let length = comparisons[0].run_length.as_ref().expect("M/M/1 has one");
    // z² σ² / (ε² L²) · λ with σ² = 24, L = 1.
    let z = 1.959_963_984_540_054;
    let expected = z * z * 24.0 / 1e-4 * 0.5;
    assert!(
        (length.requests / expected - 1.0).abs() < 1e-9,
        "{length:?}"
    );
    assert!(length.from_theory);
    // Of a model without it, the variance of the run says it.
    let comparisons = compared(&desk(ERLANG, &poisson(0.5)));
    let length = comparisons[0]
        .run_length
        .as_ref()
        .expect("there is an interval");
    assert!(
        !length.from_theory && (1e4..1e7).contains(&length.requests),
        "{length:?}"
    );
}

#[test]
fn the_command_prints_the_comparison_and_writes_it() {
    let place = tempfile::tempdir().unwrap();
    let scenario = scenarios().join("mm1.toml");
    let output = Command::new(env!("CARGO_BIN_EXE_sparksim"))
        .current_dir(place.path())
        .args(["theory", scenario.to_str().unwrap(), "--replications", "10"])
        .args([
            "--set",
            "run.requests=20000",
            "--set",
            "run.warmup-requests=2000",
        ])
        .args(["--out", "here", "--threads", "1"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    for part in [
        "10 replications, seed 7",
        "services.desk: M/M/1 (exact)",
        "Kleinrock, Queueing Systems 1 (1975), chapter 3",
        "holds   Poisson arrivals: from `visitors`",
        "holds   exponential service times: mean 1 s",
        "latency.p99",
        "the run agrees: no exact figure",
        "(by theory, known before any run); this run had",
        "here/theory.csv",
    ] {
        assert!(text.contains(part), "`{part}` is missing in:\n{text}");
    }
    let csv = fs::read_to_string(place.path().join("here/theory.csv")).unwrap();
    let head = "metric,unit,model,kind,theory,mean,ci_low,ci_high,z\n\
                services.desk.utilization,ratio,M/M/1,exact,0.8,";
    assert!(csv.starts_with(head), "{csv}");
    assert_eq!(fs::read_dir(place.path().join("here")).unwrap().count(), 1);
}

#[test]
fn replicas_that_are_lost_have_no_closed_form() {
    let nodes = "[nodes.w]\ncpu = \"4\"\nmemory = \"8Gi\"\n[nodes.other]\ncpu = \"4\"\nmemory = \
                 \"8Gi\"\nlabels = { for = \"others\" }\n";
    let never = "at = [\"1000h\"]";
    let told = |service: &str, more: &str| {
        let service = format!("{EXPONENTIAL}requests = {{ cpu = \"1\" }}\n{service}");
        let text = desk(&service, &poisson(0.5)).replace("replications = 20", "replications = 2");
        let [comparison] = &compared(&format!("{text}{nodes}{more}"))[..] else {
            panic!("one service, one comparison");
        };
        let lost = comparison.assumptions.iter();
        let lost = lost.filter(|assumption| assumption.what == "no replica is lost");
        let why: Vec<String> = lost.map(|assumption| assumption.why.clone()).collect();
        assert_eq!(comparison.fits(), why.is_empty(), "{comparison:#?}");
        assert_eq!(comparison.rows.is_empty(), !why.is_empty());
        why
    };
    for kind in [
        "node-crash = { pool = \"w\", repair = \"1s\", ",
        "container-kill = { target = \"services.desk\", ",
        "partition = { pool = \"w\", repair = \"1s\", ",
    ] {
        let fault = format!("[faults.bad]\n{kind}{never} }}\n");
        assert_eq!(told("", &fault), ["`faults.bad` takes them"], "{fault}");
    }
    // What cannot touch the replicas does not matter.
    let crash = "[faults.bad]\nnode-crash = { pool = \"w\", repair = \"1s\", at = [\"1000h\"] }\n";
    let elsewhere = "placement = { node-selector = { for = \"others\" } }\n";
    assert!(told(elsewhere, crash).is_empty());
    let slow = format!("[faults.slow]\nslow-node = {{ speed = 0.5, repair = \"1s\", {never} }}\n");
    assert!(told("", &slow).is_empty());
    let spot = "spot = { reclaim = { every = \"1000h\" } }\n";
    let pool = format!("[nodes.cheap]\ncpu = \"4\"\nmemory = \"8Gi\"\n{spot}");
    assert_eq!(
        told("", &pool),
        ["spot nodes of `nodes.cheap` are taken back"]
    );
    let memory =
        "memory-use = { base = \"1Gi\", per-request = \"1Gi\" }\nlimits = { memory = \"3Gi\" }\n";
    let killed = "replicas that use more memory than they may are killed";
    assert_eq!(told(memory, ""), [killed]);
}
