//! `sweep.csv` and `runs.csv` of a sweep: tidy, a figure a row, with what was varied beside it.

use crate::experiment::SweepResults;
use crate::report::csv::{SUMMARY, cell, summary_cells, table};

/// `sweep.csv`: one row for each figure of each point.
pub(super) fn sweep(results: &SweepResults) -> Vec<u8> {
    let mut header = vec!["point".to_owned()];
    header.extend(results.layout.columns.iter().cloned());
    header.extend(SUMMARY.map(str::to_owned));
    let points = results.layout.points.iter().zip(&results.points);
    let rows = points.zip(1_u64..).flat_map(|((layout, found), number)| {
        let values = layout
            .values
            .iter()
            .map(|value| value.clone().unwrap_or_default());
        let point: Vec<String> = std::iter::once(number.to_string()).chain(values).collect();
        found
            .figures
            .iter()
            .map(move |figure| [point.clone(), summary_cells(figure)].concat())
    });
    table(header, rows)
}

/// `runs.csv`: one row for each figure of each replication of each point.
pub(super) fn runs(results: &SweepResults) -> Vec<u8> {
    let header = ["point", "replication", "metric", "unit", "value"];
    let points = results.points.iter().zip(1_u64..);
    let rows = points.flat_map(|(found, number)| {
        let replications = found
            .figures
            .iter()
            .map(|figure| figure.per_replication.len());
        (0..replications.max().unwrap_or(0)).flat_map(move |index| {
            found.figures.iter().map(move |figure| {
                vec![
                    number.to_string(),
                    (index + 1).to_string(),
                    figure.metric.clone(),
                    figure.unit.name().to_owned(),
                    cell(figure.per_replication.get(index).copied().flatten()),
                ]
            })
        })
    });
    table(header.map(str::to_owned).to_vec(), rows)
}
