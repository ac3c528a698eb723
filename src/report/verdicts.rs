//! What became of a scenario's promises: for the terminal, and as Markdown for GitHub.

use crate::experiment::{CheckReport, Checked, Verdict};
use crate::model::{Limit, Worse};
use crate::report::human;
use crate::report::wrap::wrap;
use std::fmt::Write;

/// Lines of differences from the baseline that are shown; the rest is counted.
const DIFFERENCES_MAX: usize = 20;

/// The verdicts on one scenario as text of at most `width` columns.
pub fn verdicts_text(report: &CheckReport, name: &str, width: usize) -> String {
    let mut text = wrap(&heading(report, name), width, "");
    for line in differences(report) {
        text.push_str("  ");
        text.push_str(&wrap(&line, width - 2, "    "));
    }
    for checked in &report.checked {
        let line = format!(
            "{:<9} {}: {}",
            checked.verdict.name(),
            promised(checked),
            found(checked)
        );
        text.push_str("  ");
        text.push_str(&wrap(&line, width - 2, "    "));
    }
    let _ = writeln!(text, "  → {}", verdict(report));
    text
}

/// The verdicts on several scenarios as GitHub-flavoured Markdown.
pub fn verdicts_markdown(reports: &[(String, CheckReport)]) -> String {
    let mut text = String::from("## sparksim check\n");
    for (name, report) in reports {
        let _ = write!(text, "\n### {} {name}\n\n", mark(report.verdict()));
        let _ = writeln!(text, "{}\n", heading(report, name));
        let _ = writeln!(text, "| | promise | found | replications |");
        let _ = writeln!(text, "| --- | --- | --- | ---: |");
        for checked in &report.checked {
            let _ = writeln!(
                text,
                "| {} {} | {} | {} | {} |",
                mark(checked.verdict),
                checked.verdict.name(),
                cell(&promised(checked)),
                cell(&found(checked)),
                checked.replications
            );
        }
        let changes = differences(report);
        if !changes.is_empty() {
            let _ = writeln!(
                text,
                "\n<details><summary>Changes since the baseline</summary>\n"
            );
            for line in changes {
                let _ = writeln!(text, "- {}", cell(&line));
            }
            let _ = writeln!(text, "\n</details>");
        }
        let _ = writeln!(text, "\n{}", verdict(report));
    }
    text
}

/// What was promised of a figure.
pub(super) fn promised(checked: &Checked) -> String {
    let promise = &checked.promise;
    let value = |bound| human::value(bound, promise.unit);
    let limit = match promise.limit {
        Limit::Below(bound) => format!("below {}", value(bound)),
        Limit::Above(bound) => format!("above {}", value(bound)),
        Limit::Margin { share, worse } => {
            let direction = match worse {
                Worse::Higher => "higher",
                Worse::Lower => "lower",
            };
            let share = human::short_number(share * 100.0);
            format!("at most {share} % {direction} than the baseline")
        }
    };
    format!("{} {limit}", promise.metric)
}

/// What was found of it, with the bound that decides.
pub(super) fn found(checked: &Checked) -> String {
    let evidence = &checked.evidence;
    let Some(estimate) = evidence.estimate else {
        let obstacle = evidence.obstacle.as_deref().unwrap_or("nothing is known");
        return obstacle.to_owned();
    };
    let unit = checked.promise.unit;
    if evidence.contrast.is_some_and(|contrast| contrast.identical) {
        return "identical in every replication".to_owned();
    }
    let confidence = human::short_number((1.0 - checked.alpha) * 100.0);
    let show = |value: f64| match (checked.promise.limit, &evidence.contrast) {
        (Limit::Margin { .. }, Some(contrast)) if contrast.is_ratio() => change(value),
        _ => human::value(value, unit),
    };
    let readable = |value: f64| match &evidence.contrast {
        Some(contrast) => contrast.readable(value),
        None => value,
    };
    let mut text = show(estimate);
    if let Some(difference) = &evidence.difference {
        let low = readable(difference.lower_bound(checked.alpha));
        let high = readable(difference.upper_bound(checked.alpha));
        let _ = write!(
            text,
            ", above {} and below {} ({confidence} % each)",
            show(low),
            show(high)
        );
    }
    if let Some(obstacle) = &evidence.obstacle
        && checked.verdict != Verdict::Fail
    {
        let _ = write!(text, "; {obstacle}");
    }
    text
}

/// A change as a signed share.
fn change(share: f64) -> String {
    let sign = if share < 0.0 { "−" } else { "+" };
    format!("{sign}{} %", human::short_number(share.abs() * 100.0))
}

fn heading(report: &CheckReport, name: &str) -> String {
    let identical = if report.identical {
        "; every figure is identical to the baseline's, byte by byte"
    } else {
        ""
    };
    format!(
        "{name}: {} replications, seed {}{identical}",
        report.replications, report.seed
    )
}

fn differences(report: &CheckReport) -> Vec<String> {
    let mut lines: Vec<String> = report.differences.clone();
    if lines.len() > DIFFERENCES_MAX {
        let more = lines.len() - DIFFERENCES_MAX;
        lines.truncate(DIFFERENCES_MAX);
        lines.push(format!("… and {more} more"));
    }
    lines
}

fn verdict(report: &CheckReport) -> String {
    let count = |verdict| {
        let all = report.checked.iter();
        all.filter(|checked| checked.verdict == verdict).count()
    };
    let all = report.checked.len();
    match report.verdict() {
        Verdict::Pass if all == 1 => "pass: the promise is kept".to_owned(),
        Verdict::Pass => format!("pass: all {all} promises are kept"),
        Verdict::Fail if all == 1 => "fail: the promise is broken".to_owned(),
        Verdict::Fail => format!(
            "fail: {} of {all} promises are broken",
            count(Verdict::Fail)
        ),
        Verdict::Undecided => format!(
            "undecided: {} neither kept nor broken for certain after {} replications; more \
             (`run.replications`), longer ones or a wider margin would decide",
            match all {
                1 => "the promise is".to_owned(),
                _ => format!("{} of {all} promises are", count(Verdict::Undecided)),
            },
            report.replications
        ),
    }
}

fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✅",
        Verdict::Undecided => "❔",
        Verdict::Fail => "❌",
    }
}

/// Text that does not end its cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
