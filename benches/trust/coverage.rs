//! How many 95 % intervals hold the truth.

use crate::ledger::Ledger;
use crate::models::{Case, cases, loaded};
use sparksim::experiment::Experiment;
use sparksim::stats::wilson_interval;
use std::fmt::Write;

/// The intervals of one figure, by where the truth lies.
#[derive(Default)]
struct Tally {
    below: u64,
    inside: u64,
    above: u64,
    /// Experiments in which the figure was marked as doubtful, or had no interval.
    doubtful: u64,
}

/// All models, as Markdown.
pub(crate) fn table(ledger: &Ledger, experiments: u32) -> String {
    let mut text = format!(
        "{experiments} experiments of each model, 20 replications each.\n\n\
         | model | figure | truth | 95 % intervals that hold it | 95 % interval of that | \
         truth below, above |\n| --- | --- | ---: | ---: | --- | --- |\n"
    );
    for case in cases() {
        eprintln!("{}", case.name);
        let found = ledger.trials(case.name, experiments, |seed| experiment(&case, seed));
        for (index, (metric, truth)) in case.truths.iter().enumerate() {
            let mut tally = Tally::default();
            for found in &found {
                let mut parts = found.split(',').skip(index);
                tally.add(parts.next().unwrap_or("-"));
            }
            row(&mut text, case.name, metric, *truth, &tally);
        }
    }
    text
}

impl Tally {
    fn add(&mut self, found: &str) {
        self.doubtful += u64::from(found.contains('?'));
        match found.trim_end_matches('?') {
            "<" => self.below += 1,
            ">" => self.above += 1,
            "=" => self.inside += 1,
            _ => {}
        }
    }
}

fn row(text: &mut String, name: &str, metric: &str, truth: f64, tally: &Tally) {
    let known = tally.below + tally.inside + tally.above;
    let percent = |count: u64| count as f64 / known.max(1) as f64 * 100.0;
    let (low, high) = wilson_interval(tally.inside, known, 0.95).unwrap_or((0.0, 1.0));
    let mark = if tally.doubtful > 0 { "*" } else { "" };
    let _ = writeln!(
        text,
        "| {name} | {metric}{mark} | {truth:.5} | {:.1} % | {:.1} to {:.1} % | {:.1} %, {:.1} % |",
        percent(tally.inside),
        low * 100.0,
        high * 100.0,
        percent(tally.below),
        percent(tally.above),
    );
}

/// Where the truth of each figure lies: `<` below its interval, `=` inside, `>` above, `-` there is
/// none; `?` behind it where the figure is marked.
fn experiment(case: &Case, seed: u32) -> String {
    let loaded = loaded(&case.text, seed);
    let experiment = Experiment {
        model: &loaded.model,
        name: &loaded.name,
        not_modelled: &[],
        threads: 1,
    };
    let results = experiment.run(|| ()).expect("the audit holds");
    let of_figure = |(metric, truth): &(&str, f64)| {
        let mut figures = results.figures.iter();
        let figure = figures.find(|figure| figure.metric == *metric);
        let estimate = figure.and_then(|figure| figure.estimate.as_ref().ok());
        let Some((low, high)) = estimate.and_then(|estimate| estimate.interval) else {
            return "-".to_owned();
        };
        let place = match () {
            () if *truth < low => "<",
            () if high < *truth => ">",
            () => "=",
        };
        let doubt = estimate.is_some_and(|estimate| estimate.doubt.is_some());
        format!("{place}{}", if doubt { "?" } else { "" })
    };
    let places: Vec<String> = case.truths.iter().map(of_figure).collect();
    places.join(",")
}
