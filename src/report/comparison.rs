//! A comparison for people, as CSV and as a chart.

use crate::experiment::{Compare, Compared, Scale};
use crate::report::chart::forest;
use crate::report::csv::{number, table};
use crate::report::human;
use crate::report::wrap::wrap;
use std::fmt::Write;

/// The comparison as text of at most `width` columns.
pub fn comparison_text(compared: &Compared, title: &str, width: usize) -> String {
    let mut text = wrap(title, width, "");
    let head = format!(
        "{} replications on common random numbers, seed {}; decisions hold together at 95 %",
        compared.replications, compared.seed
    );
    text.push_str(&wrap(&head, width, ""));
    let mut last = "";
    for row in &compared.rows {
        if row.metric != last {
            let _ = writeln!(text, "\n{}", row.metric);
            last = &row.metric;
        }
        text.push_str("  ");
        text.push_str(&wrap(&sentence(compared, row), width - 2, "    "));
    }
    for (metric, reason) in &compared.left_out {
        let _ = write!(
            text,
            "\n{}",
            wrap(&format!("– {metric}: {reason}"), width, "  ")
        );
    }
    text
}

/// What is known of one difference, in a sentence.
fn sentence(compared: &Compared, row: &Compare) -> String {
    let new = &compared.alternatives[row.new];
    let old = &compared.alternatives[row.old];
    let contrast = &row.contrast;
    let values = format!(
        "{} against {} of {old}",
        human::value(contrast.new, row.unit),
        human::value(contrast.old, row.unit)
    );
    if contrast.identical {
        return format!("{new} and {old} are identical in every replication: {values}");
    }
    let amount = |on_scale: f64| match contrast.scale {
        Scale::Ratio => format!(
            "{} %",
            human::short_number(contrast.readable(on_scale).abs() * 100.0)
        ),
        Scale::Absolute => human::value(on_scale.abs(), row.unit),
    };
    let controls = match contrast.narrower {
        Some(share) if 0.005 <= share => {
            format!(
                "; control variates make this interval {:.0} % narrower",
                share * 100.0
            )
        }
        _ => String::new(),
    };
    let (low, high) = row.interval;
    let mean = contrast.difference.mean;
    if row.is_decided() {
        let direction = if mean < 0.0 { "lower" } else { "higher" };
        let half = match contrast.scale {
            Scale::Ratio => {
                let width = contrast.readable(high) - contrast.readable(low);
                format!("{} %", human::short_number(width / 2.0 * 100.0))
            }
            Scale::Absolute => human::value((high - low) / 2.0, row.unit),
        };
        return format!(
            "{new} is {} ± {half} {direction}: {values} (p {}){controls}",
            amount(mean),
            p_value(row.p),
        );
    }
    let largest = if low.abs() < high.abs() { high } else { low };
    let mut text = format!(
        "no difference is seen between {new} and {old}: {values}; one larger than {} can be \
         excluded (p {})",
        amount(largest),
        p_value(row.p),
    );
    if let Some(count) = contrast.replications_to_decide(crate::experiment::ALPHA)
        && (compared.replications as usize) < count
    {
        let _ = write!(
            text,
            "; about {} replications would decide a difference as small as the {} that was found",
            human::grouped(count as f64, 0),
            amount(mean),
        );
    }
    text + &controls
}

fn p_value(p: f64) -> String {
    if p < 0.0001 {
        "< 0.0001".to_owned()
    } else if 1.0 <= p {
        "1".to_owned()
    } else {
        format!("{p:.4}")
    }
}

/// The files of a comparison: names and contents.
pub fn comparison_files(compared: &Compared, title: &str) -> Vec<(String, Vec<u8>)> {
    let header = [
        "metric",
        "unit",
        "alternative",
        "against",
        "mean",
        "mean_against",
        "scale",
        "difference",
        "ci_low",
        "ci_high",
        "p_adjusted",
        "decided",
        "replications",
    ];
    let rows = compared.rows.iter().map(|row| {
        let contrast = &row.contrast;
        let scale = match contrast.scale {
            Scale::Ratio => "ratio",
            Scale::Absolute => "absolute",
        };
        vec![
            row.metric.clone(),
            row.unit.name().to_owned(),
            compared.alternatives[row.new].clone(),
            compared.alternatives[row.old].clone(),
            number(contrast.new),
            number(contrast.old),
            scale.to_owned(),
            number(contrast.readable(contrast.difference.mean)),
            number(contrast.readable(row.interval.0)),
            number(contrast.readable(row.interval.1)),
            number(row.p),
            row.is_decided().to_string(),
            contrast.difference.count.to_string(),
        ]
    });
    let csv = table(header.map(str::to_owned).to_vec(), rows);
    let mut files = vec![("comparison.csv".to_owned(), csv)];
    files.extend(forest::render(compared, title));
    files
}
