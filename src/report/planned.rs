//! A plan for people and as CSV: the answer, what binds it, what else was looked at.

use crate::experiment::{AfterLoss, Headroom, Planned, Tried, Verdict};
use crate::report::csv::{number, table};
use crate::report::human;
use crate::report::wrap::wrap;
use std::fmt::Write;

/// Points that are listed; the rest is in `plan.csv`.
const LISTED_MAX: usize = 20;

/// The plan as text of at most `width` columns.
pub fn plan_text(planned: &Planned, title: &str, width: usize) -> String {
    let mut text = wrap(title, width, "");
    let objective = |tried: &Tried| human::value(tried.objective, planned.unit);
    let spent = format!(
        "{} points, {} replications where {} would have run them all to the end",
        planned.tried.len(),
        human::grouped(planned.replications as f64, 0),
        human::grouped(planned.brute_force as f64, 0)
    );
    text.push_str(&wrap(&spent, width, ""));
    match planned.best.map(|best| &planned.tried[best]) {
        Some(best) => {
            let answer = format!(
                "cheapest: {} with {} {}",
                best.name,
                planned.minimize,
                objective(best)
            );
            text.push('\n');
            text.push_str(&wrap(&answer, width, "  "));
            if let Some((promise, room)) = best.binding() {
                let line = format!(
                    "binding: {} has {} % of room to its limit",
                    promise.metric,
                    human::short_number(room * 100.0)
                );
                text.push_str("  ");
                text.push_str(&wrap(&line, width - 2, "    "));
            }
            text.push_str("  ");
            let line = headroom(planned.headroom.as_ref());
            text.push_str(&wrap(&line, width - 2, "    "));
            for loss in &planned.after_loss {
                text.push_str("  ");
                text.push_str(&wrap(&after_loss(loss), width - 2, "    "));
            }
        }
        None => text.push_str("\nno point keeps every promise\n"),
    }
    text.push('\n');
    for (index, tried) in planned.tried.iter().enumerate().take(LISTED_MAX) {
        let mark = if planned.best == Some(index) {
            "→"
        } else {
            " "
        };
        let line = format!("{}, {}: {}", objective(tried), tried.name, outcome(tried));
        let _ = write!(text, "{mark} {}", wrap(&line, width - 2, "    "));
    }
    if planned.tried.len() > LISTED_MAX {
        let more = planned.tried.len() - LISTED_MAX;
        let _ = writeln!(text, "… and {more} more: see plan.csv");
    }
    text
}

/// What becomes of the answer without some nodes of a pool.
fn after_loss(loss: &AfterLoss) -> String {
    let percent = |room: f64| human::short_number(room.abs() * 100.0);
    let binding = loss.binding().map_or_else(String::new, |(promise, room)| {
        let side = if room < 0.0 { "beyond" } else { "within" };
        format!(
            "; {} is {} % {side} its limit",
            promise.metric,
            percent(room)
        )
    });
    let fate = match loss.verdict {
        Verdict::Pass => format!(
            "every promise is kept; {}",
            headroom(loss.headroom.as_ref())
        ),
        Verdict::Fail => format!("promises are broken{binding}"),
        Verdict::Undecided => format!("undecided within the budget{binding}"),
    };
    format!("with fewer nodes of {}: {fate}", loss.pool)
}

fn headroom(headroom: Option<&Headroom>) -> String {
    let Some(headroom) = headroom else {
        return "headroom: unknown, because no workload has a rate".to_owned();
    };
    let percent = |factor: f64| human::short_number((factor - 1.0) * 100.0);
    match &headroom.breaks {
        Some((factor, metric)) => format!(
            "headroom: {} % more load; at {} % more {metric} breaks first (estimates of 20 \
             replications)",
            percent(headroom.holds),
            percent(*factor)
        ),
        None => format!(
            "headroom: more than {} % more load",
            percent(headroom.holds)
        ),
    }
}

/// What became of a point, in a few words.
fn outcome(tried: &Tried) -> String {
    if let Some(by) = &tried.ruled_out_by {
        return format!("ruled out by {by}, which fails with at least as much");
    }
    let after = format!("after {} replications", tried.replications);
    match tried.verdict {
        None => "not needed".to_owned(),
        Some(Verdict::Pass) => format!("keeps every promise, {after}"),
        Some(Verdict::Undecided) => format!("undecided {after}{}", because(tried)),
        Some(Verdict::Fail) => format!("fails {after}{}", because(tried)),
    }
}

/// The promise that stands worst.
fn because(tried: &Tried) -> String {
    let worst = tried.evidence.iter().max_by(|a, b| {
        a.1.kept
            .total_cmp(&b.1.kept)
            .then(b.1.broken.total_cmp(&a.1.broken))
    });
    match worst {
        Some((promise, evidence)) => match evidence.estimate {
            Some(estimate) => format!(
                ": {} is {}",
                promise.metric,
                human::value(estimate, promise.unit)
            ),
            None => format!(
                ": {}: {}",
                promise.metric,
                evidence.obstacle.as_deref().unwrap_or("nothing is known")
            ),
        },
        None => String::new(),
    }
}

/// The files of a plan: names and contents.
pub fn plan_files(planned: &Planned) -> Vec<(String, Vec<u8>)> {
    let header = [
        "point",
        "objective",
        "verdict",
        "ruled_out_by",
        "replications",
        "metric",
        "limit",
        "estimate",
        "p_kept",
        "p_broken",
    ];
    let rows = planned.tried.iter().flat_map(|tried| {
        let own = [
            tried.name.clone(),
            number(tried.objective),
            tried.verdict.map_or("", Verdict::name).to_owned(),
            tried.ruled_out_by.clone().unwrap_or_default(),
            tried.replications.to_string(),
        ];
        let nothing = vec![String::new(); 5];
        let mut promises: Vec<Vec<String>> = tried
            .evidence
            .iter()
            .map(|(promise, evidence)| {
                vec![
                    promise.metric.clone(),
                    number(evidence.limit),
                    evidence.estimate.map_or_else(String::new, number),
                    number(evidence.kept),
                    number(evidence.broken),
                ]
            })
            .collect();
        if promises.is_empty() {
            promises.push(nothing);
        }
        promises
            .into_iter()
            .map(move |promise| [&own[..], &promise].concat())
    });
    let csv = table(header.map(str::to_owned).to_vec(), rows);
    vec![("plan.csv".to_owned(), csv)]
}
