//! How often `compare` and `check` are wrong, and how often they find what is there.

use crate::ledger::Ledger;
use crate::models::loaded;
use sparksim::experiment::{Baseline, CheckRun, Comparison, Unwatched, Verdict};
use sparksim::model::Model;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What is asked in every trial, in the order of the answers.
const QUESTIONS: [&str; 8] = [
    "`compare` calls a neutral change (fresh streams) a difference",
    "`compare` finds mean latency 5 % longer",
    "`check`, margin 0, fails a neutral change (fresh streams)",
    "`check`, margin 0, passes a neutral change, which is not better",
    "`check` passes an effect that stands at the margin (18.9 %)",
    "`check` fails an effect that stands at the margin (18.9 %)",
    "`check`, margin 0, finds mean latency 5 % longer",
    "`check`, margin 0, passes mean latency 5 % longer",
];

/// All questions, as Markdown.
pub(crate) fn table(ledger: &Ledger, trials: u32) -> String {
    eprintln!("decisions");
    let found = ledger.trials("decisions", trials, trial);
    let mut text = format!("| question | yes, of {trials} |\n| --- | ---: |\n");
    for (index, question) in QUESTIONS.iter().enumerate() {
        let yes = found
            .iter()
            .filter(|answers| answers.as_bytes().get(index) == Some(&b'y'));
        let _ = writeln!(text, "| {question} | {} |", yes.count());
    }
    text
}

/// The answers, a letter each.
fn trial(seed: u32) -> String {
    let old = desk(seed, 1.0, "users", 0.0);
    let neutral = desk(seed, 1.0, "others", 0.0);
    // The service time that makes the mean latency 5 % longer: 1/(1/s − 0.7) = 1.05/0.3.
    let slower = desk(seed, 1.0 / (0.3 / 1.05 + 0.7), "users", 0.0);
    let at_margin = desk(seed, 1.05, "others", slowdown());
    let baseline = baseline(&old);
    let verdict = |model: &Model| verdict(model, &baseline);
    let (of_neutral, of_margin, of_slower) =
        (verdict(&neutral), verdict(&at_margin), verdict(&slower));
    let answers = [
        is_different(&old, &neutral),
        is_different(&old, &slower),
        of_neutral == Verdict::Fail,
        of_neutral == Verdict::Pass,
        of_margin == Verdict::Pass,
        of_margin == Verdict::Fail,
        of_slower == Verdict::Fail,
        of_slower == Verdict::Pass,
    ];
    let letters = answers.map(|yes| if yes { 'y' } else { 'n' });
    letters.into_iter().collect()
}

/// M/M/1 at 70 % with a service time, a name for its streams, and a margin.
fn desk(seed: u32, mean: f64, workload: &str, margin: f64) -> Model {
    let text = format!(
        "[run]\nduration = \"3300s\"\nwarmup = \"300s\"\n[services.desk]\n\
         service-time = {{ exponential = {{ mean = {mean} }} }}\n[workloads.{workload}]\n\
         target = \"services.desk\"\narrivals = {{ poisson = {{ rate = \"0.7/s\" }} }}\n\
         [[checks]]\nmetric = \"services.desk.latency.mean\"\nmargin = {margin}\n"
    );
    loaded(&text, seed).model
}

/// By how much a service that is 5 % slower makes latencies longer, as a share.
fn slowdown() -> f64 {
    (1.0 / (1.0 / 1.05 - 0.7)) / (1.0 / 0.3) - 1.0
}

fn is_different(old: &Model, new: &Model) -> bool {
    let comparison = Comparison {
        alternatives: vec![("old".to_owned(), old), ("new".to_owned(), new)],
        metrics: vec!["services.desk.latency.mean".to_owned()],
        all_pairs: false,
        replications: 20,
        threads: 1,
    };
    let compared = comparison.run(&Unwatched).expect("the audit holds");
    compared.rows[0].is_decided()
}

fn check<'a>(model: &'a Model, baseline: Option<&'a Baseline>) -> CheckRun<'a> {
    CheckRun {
        model,
        settings: BTreeMap::new(),
        baseline,
        threads: 1,
    }
}

fn baseline(model: &Model) -> Baseline {
    check(model, None)
        .baseline(&Unwatched)
        .expect("the audit holds")
}

fn verdict(model: &Model, baseline: &Baseline) -> Verdict {
    let report = check(model, Some(baseline)).run(&Unwatched);
    report.expect("the baseline fits").verdict()
}
