//! Workflows: applications in the order of what comes after what, against timelines worked out by
//! hand and, for any graph, its longest path.

use crate::simulate::{mean, scenarios, text as run};
use proptest::prelude::*;
use sparksim::{experiment, report, scenario};
use std::fmt::Write;

/// An application of one task of so many seconds on one slot, with more keys.
fn app(name: &str, length: u32, more: &str) -> String {
    format!(
        "[apps.{name}]\n{more}\n[apps.{name}.conf]\n\"spark.executor.instances\" = 1\n\
         \"spark.task.maxFailures\" = 1\n[apps.{name}.stages.s]\ntasks = 1\ntask-time = \
         \"{length}s\"\n"
    )
}

/// Ingest (10 s), then clean (5 s) and join (20 s) side by side, then report (3 s), at given times.
fn nightly(more: &str, times: &str) -> String {
    let apps = [
        app("ingest", 10, ""),
        app("clean", 5, "after = [\"ingest\"]"),
        app("join", 20, "after = [\"ingest\"]"),
        app("report", 3, "after = [\"clean\", \"join\"]"),
    ];
    format!(
        "[run]\nhorizon = \"terminating\"\nreplications = 1\n{}[workflows.nightly]\napps = \
         [\"report\", \"ingest\", \"clean\", \"join\"]\n{more}\n[workloads.clock]\ntarget = \
         \"workflows.nightly\"\narrivals = {{ at = {times} }}\n",
        apps.concat()
    )
}

#[test]
fn an_application_starts_when_those_that_it_comes_after_have_ended() {
    let results = run(&nightly("", "[\"0s\", \"7s\"]"));
    for (name, expected) in [
        ("workflows.nightly.submitted", 2.0),
        ("workflows.nightly.finished", 2.0),
        ("workflows.nightly.failed", 0.0),
        ("workflows.nightly.unfinished", 0.0),
        ("workflows.nightly.latency.mean", 33.0),
        ("workloads.clock.latency.mean", 33.0),
        ("workloads.clock.completed", 2.0),
        ("apps.report.submitted", 2.0),
        ("apps.report.latency.mean", 3.0),
        ("apps.join.latency.mean", 20.0),
    ] {
        assert_eq!(mean(&results, name), expected, "{name}");
    }
}

fn traced(text: &str) -> String {
    let loaded = scenario::load_text("test", text, &scenarios(), &[]).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let mut trace = report::Trace::create(&loaded.model, directory.path()).unwrap();
    experiment::trace(&loaded.model, &mut trace);
    let files = trace.finish().unwrap();
    let file = files.iter().find(|path| path.ends_with("workflows.csv"));
    std::fs::read_to_string(file.unwrap()).unwrap()
}

#[test]
fn a_run_can_be_followed_by_hand() {
    insta::assert_snapshot!(traced(&nightly("", "[\"1s\"]")), @r"
    workflow,run,app,submitted,ended,outcome
    nightly,1,ingest,1,11,completed
    nightly,1,clean,11,16,completed
    nightly,1,join,11,31,completed
    nightly,1,report,31,34,completed
    nightly,1,,1,34,completed
    ");
}

#[test]
fn what_comes_after_a_failure_does_not_start_and_the_rest_does() {
    let text = nightly("", "[\"1s\"]").replace(
        "[apps.clean.stages.s]\n",
        "[apps.clean.stages.s]\ntask-failure = 1.0\n",
    );
    let results = run(&text);
    assert_eq!(mean(&results, "workflows.nightly.failed"), 1.0);
    assert_eq!(mean(&results, "workflows.nightly.finished"), 0.0);
    assert_eq!(mean(&results, "workloads.clock.failed"), 1.0);
    assert_eq!(mean(&results, "apps.join.finished"), 1.0);
    assert_eq!(mean(&results, "apps.report.submitted"), 0.0);
    // The run ends when `join` does, half a minute after it was submitted.
    let rows: Vec<String> = traced(&text).lines().skip(2).map(str::to_owned).collect();
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert!(rows[0].starts_with("nightly,1,clean,11,") && rows[0].ends_with(",failed"));
    assert_eq!(rows[1], "nightly,1,join,11,31,completed");
    assert_eq!(rows[2], "nightly,1,,1,31,failed");
}

#[test]
fn runs_overlap_are_refused_or_take_the_place_of_the_earlier() {
    let times = "[\"0s\", \"15s\"]";
    let forbid = run(&nightly("overlap = \"forbid\"", times));
    assert_eq!(mean(&forbid, "workflows.nightly.skipped"), 1.0);
    assert_eq!(mean(&forbid, "workflows.nightly.finished"), 1.0);
    assert_eq!(mean(&forbid, "workloads.clock.rejected"), 1.0);
    // At 15 s `clean` of the first run has just ended, and `join` is called off.
    let replace = run(&nightly("overlap = \"replace\"", times));
    assert_eq!(mean(&replace, "workflows.nightly.cancelled"), 1.0);
    assert_eq!(mean(&replace, "workflows.nightly.finished"), 1.0);
    assert_eq!(mean(&replace, "workflows.nightly.latency.mean"), 33.0);
    assert_eq!(mean(&replace, "workloads.clock.failed"), 1.0);
    assert_eq!(mean(&replace, "apps.ingest.finished"), 2.0);
    assert_eq!(mean(&replace, "apps.join.finished"), 1.0);
    // Every run of an application is somewhere.
    for (app, cancelled) in [
        ("ingest", 0.0),
        ("clean", 0.0),
        ("join", 1.0),
        ("report", 0.0),
    ] {
        let of = |quantity: &str| mean(&replace, &format!("apps.{app}.{quantity}"));
        assert_eq!(of("cancelled"), cancelled, "{app}");
        let ended = of("finished") + of("cancelled");
        assert_eq!(of("submitted"), ended + of("unfinished"), "{app}");
    }
}

#[test]
fn a_deadline_counts_from_the_submission_of_the_run() {
    let miss = |deadline: &str| {
        let results = run(&nightly(&format!("deadline = \"{deadline}\""), "[\"5s\"]"));
        mean(&results, "workflows.nightly.deadline_miss_ratio")
    };
    assert_eq!((miss("33s"), miss("32s")), (0.0, 1.0));
}

#[test]
fn what_has_not_ended_is_unfinished() {
    let text = nightly("deadline = \"1m\"", "[\"0s\", \"20s\"]").replace(
        "horizon = \"terminating\"",
        "duration = \"40s\"\nwarmup = \"10s\"",
    );
    let results = run(&text);
    assert_eq!(mean(&results, "workflows.nightly.submitted"), 1.0);
    assert_eq!(mean(&results, "workflows.nightly.finished"), 1.0);
    assert_eq!(mean(&results, "workflows.nightly.unfinished"), 1.0);
    assert_eq!(mean(&results, "workflows.nightly.deadlines_ahead"), 1.0);
}

/// `ingest` at 0 (10 s), and submissions of `report` (3 s), which comes after it, with no workflow.
fn alone(more: &str, times: &str) -> String {
    format!(
        "[run]\nhorizon = \"terminating\"\nreplications = 1\n{}{}[workloads.first]\ntarget = \
         \"apps.ingest\"\narrivals = {{ at = [\"0s\"] }}\n[workloads.second]\ntarget = \
         \"apps.report\"\narrivals = {{ at = {times} }}\n",
        app("ingest", 10, ""),
        app("report", 3, &format!("after = [\"ingest\"]\n{more}")),
    )
}

#[test]
fn without_a_workflow_a_submission_waits_for_what_is_under_way() {
    // At 4 s it waits for six seconds; at 15 s nothing is under way.
    let results = run(&alone("", "[\"4s\", \"15s\"]"));
    assert_eq!(mean(&results, "apps.report.finished"), 2.0);
    assert_eq!(mean(&results, "apps.report.failed"), 0.0);
    assert_eq!(mean(&results, "apps.report.latency.mean"), 6.0);
    assert_eq!(mean(&results, "apps.report.start_delay.mean"), 3.0);
    // What waits is a run that has not ended, for the next one to take its place.
    let results = run(&alone("overlap = \"replace\"", "[\"4s\", \"5s\"]"));
    assert_eq!(mean(&results, "apps.report.cancelled"), 1.0);
    assert_eq!(mean(&results, "apps.report.latency.mean"), 8.0);
    let results = run(&alone("deploy = \"shared\"", "[\"4s\", \"15s\"]"));
    assert_eq!(mean(&results, "apps.report.latency.mean"), 6.0);
}

#[test]
fn without_a_workflow_a_failure_is_passed_on() {
    let text = alone("", "[\"4s\", \"15s\"]").replace(
        "[apps.ingest.stages.s]\n",
        "[apps.ingest.stages.s]\ntask-failure = 1.0\n",
    );
    let last = app("last", 1, "after = [\"report\"]");
    let text = format!(
        "{text}{last}[workloads.third]\ntarget = \"apps.last\"\narrivals = {{ at = [\"4s\"] }}\n"
    );
    // The task fails before its 10 s are over; what was submitted before that fails with it.
    let results = run(&text.replace("[\"4s\"", "[\"0s\""));
    assert_eq!(mean(&results, "apps.report.failed"), 1.0);
    assert_eq!(mean(&results, "apps.report.finished"), 1.0);
    assert_eq!(mean(&results, "apps.last.failed"), 1.0);
    assert_eq!(mean(&results, "workloads.third.failed"), 1.0);
}

#[test]
fn the_documented_workflow_runs() {
    let page = include_str!("../../docs/deployments.md");
    let block = page.split("```toml\n").nth(1).unwrap();
    let results = run(block.split("```").next().unwrap());
    assert_eq!(mean(&results, "workflows.nightly.finished"), 1.0);
    let first = mean(&results, "apps.ingest.latency.mean");
    let rest =
        mean(&results, "apps.clean.latency.mean") + mean(&results, "apps.report.latency.mean");
    let whole = mean(&results, "workflows.nightly.latency.mean");
    assert!(
        (first + rest - whole).abs() < 1e-6,
        "{first} + {rest} is not {whole}"
    );
}

fn refused(text: &str) -> String {
    let loaded = scenario::load_text("test.toml", text, &scenarios(), &[]);
    loaded.unwrap_err().to_string()
}

#[test]
fn wrong_workflows_are_shown() {
    let good = nightly("", "[\"0s\"]");
    let change = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        refused(&good.replacen(from, to, 1))
    };
    let texts = [
        change("[apps.ingest]\n", "[apps.ingest]\nafter = [\"report\"]\n"),
        change("after = [\"clean\", \"join\"]", "after = [\"claen\"]"),
        change("\"report\", \"ingest\",", "\"report\", \"ingset\","),
        change("\"report\", \"ingest\",", "\"report\","),
        change(
            "\"report\", \"ingest\",",
            "\"report\", \"report\", \"ingest\",",
        ),
        change(
            "apps = [\"report\", \"ingest\", \"clean\", \"join\"]",
            "apps = []",
        ),
        change("workflows.nightly\"", "workflows.nighty\""),
        change(
            "[apps.report]\n",
            "[apps.report]\ndeploy = \"in-replica\"\n",
        ),
        change(
            "[workflows.nightly]\n",
            "[workflows.nightly]\nafter = [\"x\"]\n",
        ),
    ];
    insta::assert_snapshot!(texts.join("\n"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn on_unlimited_resources_a_run_takes_as_long_as_its_longest_path(
        lengths in prop::collection::vec(1_u32..60, 1..9),
        edges in prop::collection::vec(any::<bool>(), 64),
    ) {
        // An edge leads from a lower number to a higher one.
        let before: Vec<Vec<usize>> = (0..lengths.len())
            .map(|app| (0..app).filter(|other| edges[8 * other + app % 8]).collect())
            .collect();
        let mut ends: Vec<u32> = Vec::new();
        for (app, length) in lengths.iter().enumerate() {
            let start = before[app].iter().map(|&other| ends[other]).max();
            ends.push(start.unwrap_or(0) + length);
        }
        let mut text = "[run]\nhorizon = \"terminating\"\nreplications = 1\n".to_owned();
        let mut names = Vec::new();
        for (number, length) in lengths.iter().enumerate() {
            let after: Vec<String> = before[number].iter().map(|it| format!("a{it}")).collect();
            text += &app(&format!("a{number}"), *length, &format!("after = {after:?}"));
            names.push(format!("a{number}"));
        }
        let _ = write!(
            text,
            "[workflows.w]\napps = {names:?}\n[workloads.x]\ntarget = \"workflows.w\"\narrivals = \
             {{ at = [\"0s\"] }}\n"
        );
        let results = run(&text);
        let longest = ends.iter().copied().max().map(f64::from);
        prop_assert_eq!(Some(mean(&results, "workflows.w.latency.mean")), longest);
        prop_assert_eq!(mean(&results, "workflows.w.finished"), 1.0);
    }

    /// Whatever fails, is refused, called off, submitted again or cut off by the end of the run: every run
    /// ends with the audit, which counts runs and adds up their presence to the nanosecond.
    #[test]
    fn whatever_becomes_of_workflows_adds_up(
        overlaps in prop::collection::vec(0_usize..3, 4),
        failures in prop::collection::vec(0_usize..3, 3),
        times in prop::collection::vec(0_u32..60, 1..6),
        ends in 20_u32..90,
        nodes in any::<bool>(),
        seed in 0_u64..1000,
    ) {
        let overlap = |which: usize| ["allow", "forbid", "replace"][overlaps[which]];
        let after = ["", "after = [\"a\"]\n", "after = [\"a\", \"b\"]\n"];
        let mut text = format!("[run]\nseed = {seed}\nduration = \"{ends}s\"\nreplications = 2\n");
        for (number, name) in ["a", "b", "c"].iter().enumerate() {
            let failure = ["0", "0.5", "1"][failures[number]];
            let more = format!(
                "{}overlap = \"{}\"\nrestart = {{ max = 1, interval = \"2s\" }}",
                after[number],
                overlap(number)
            );
            text += &app(name, 5 + 3 * number as u32, &more).replace(
                ".stages.s]\n",
                &format!(".stages.s]\ntask-failure = {failure}\n"),
            );
        }
        if nodes {
            text += "[nodes.small]\ncpu = \"4\"\nmemory = \"8Gi\"\n";
        }
        let mut sorted = times;
        sorted.sort_unstable();
        let times: Vec<String> = sorted.iter().map(|time| format!("{time}s")).collect();
        let _ = write!(
            text,
            "[workflows.w]\napps = [\"a\", \"b\", \"c\"]\noverlap = \"{}\"\ndeadline = \"20s\"\n",
            overlap(3)
        );
        for (name, target) in [("x", "workflows.w"), ("y", "apps.b"), ("z", "apps.c")] {
            let _ = write!(
                text,
                "[workloads.{name}]\ntarget = \"{target}\"\narrivals = {{ at = {times:?} }}\n"
            );
        }
        let results = run(&text);
        let [submitted, finished, failed, unfinished] =
            ["submitted", "finished", "failed", "unfinished"]
                .map(|name| mean(&results, &format!("workflows.w.{name}")));
        prop_assert!(finished + failed + unfinished <= submitted);
    }
}
