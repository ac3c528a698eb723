//! Figures and series as CSV files.
//!
//! Numbers are the shortest decimals that read back as the same `f64`, without an exponent unless
//! they are too long or too short for one. An absent figure leaves its cells empty.

use crate::experiment::{Figure, Point, Results, Series, Share};
use crate::report::name::MetricName;

/// The columns of `summary.csv`.
pub(super) const SUMMARY: [&str; 7] = [
    "metric",
    "unit",
    "mean",
    "ci_low",
    "ci_high",
    "std_dev",
    "replications",
];

/// `summary.csv`: one row for each figure.
pub(super) fn summary(results: &Results) -> Vec<u8> {
    let rows = results.figures.iter().map(summary_cells);
    table(SUMMARY.map(str::to_owned).to_vec(), rows)
}

/// What stands of a figure in the columns of `summary.csv`.
pub(super) fn summary_cells(figure: &Figure) -> Vec<String> {
    let estimate = figure.estimate.as_ref().ok();
    let interval = estimate.and_then(|estimate| estimate.interval);
    let std_dev = estimate.and_then(|estimate| estimate.std_dev);
    vec![
        figure.metric.clone(),
        figure.unit.name().to_owned(),
        cell(estimate.map(|estimate| estimate.mean)),
        cell(interval.map(|(low, _)| low)),
        cell(interval.map(|(_, high)| high)),
        cell(std_dev),
        estimate.map_or_else(String::new, |estimate| estimate.replications.to_string()),
    ]
}

/// `runs.csv`: one row for each figure of each replication.
pub(super) fn runs(results: &Results) -> Vec<u8> {
    let header = ["replication", "metric", "unit", "value"];
    let rows = (0..results.replications as usize).flat_map(|index| {
        results.figures.iter().map(move |figure| {
            vec![
                (index + 1).to_string(),
                figure.metric.clone(),
                figure.unit.name().to_owned(),
                cell(figure.per_replication.get(index).copied().flatten()),
            ]
        })
    });
    table(header.map(str::to_owned).to_vec(), rows)
}

/// `series.csv`: one row for each instant, three columns for each series.
pub(super) fn series(results: &Results) -> Vec<u8> {
    let mut header = vec!["time".to_owned()];
    for series in &results.series {
        header.push(series.metric.clone());
        header.push(format!("{}.ci_low", series.metric));
        header.push(format!("{}.ci_high", series.metric));
    }
    let rows = instants(&results.series).into_iter().map(|time| {
        let mut row = vec![number(time)];
        for series in &results.series {
            let point = point_at(series, time);
            let band = point.and_then(|point| point.band);
            row.push(cell(point.map(|point| point.mean)));
            row.push(cell(band.map(|(low, _)| low)));
            row.push(cell(band.map(|(_, high)| high)));
        }
        row
    });
    table(header, rows)
}

/// `in_system.csv`: one row for each number that was in system at a service.
pub(super) fn in_system(results: &Results) -> Vec<u8> {
    let header = [
        "service",
        "number",
        "time_share",
        "time_ci_low",
        "time_ci_high",
        "found_share",
        "found_ci_low",
        "found_ci_high",
    ];
    let rows = results.numbers.iter().flat_map(|one| {
        let service = MetricName::parse(&one.metric).label();
        one.shares.iter().enumerate().map(move |(number, shares)| {
            let mut row = vec![service.clone(), number.to_string()];
            for Share { mean, band } in [shares.time, shares.found] {
                row.push(cell(Some(mean)));
                row.push(cell(band.map(|(low, _)| low)));
                row.push(cell(band.map(|(_, high)| high)));
            }
            row
        })
    });
    table(header.map(str::to_owned).to_vec(), rows)
}

/// Every instant at which some series has a point, ascending.
fn instants(series: &[Series]) -> Vec<f64> {
    let points = series.iter().flat_map(|series| &series.points);
    let mut times: Vec<f64> = points.map(|point| point.time).collect();
    times.sort_by(f64::total_cmp);
    times.dedup_by(|a, b| a.total_cmp(b).is_eq());
    times
}

fn point_at(series: &Series, time: f64) -> Option<&Point> {
    let found = series
        .points
        .binary_search_by(|point| point.time.total_cmp(&time));
    found.ok().map(|index| &series.points[index])
}

/// A header and rows as CSV.
pub(super) fn table(header: Vec<String>, rows: impl Iterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    for row in std::iter::once(header).chain(rows) {
        writer
            .write_record(row)
            .expect("rows have the header's length and memory does not fail");
    }
    writer.into_inner().expect("memory does not fail")
}

/// A number, or nothing.
pub(super) fn cell(value: Option<f64>) -> String {
    value.map_or_else(String::new, number)
}

/// The shortest decimal that reads back as `value`.
pub(super) fn number(value: f64) -> String {
    // Minus zero reads as a small negative number that was rounded; it is just zero.
    let value = value + 0.0;
    let magnitude = value.abs();
    if magnitude > 0.0 && !(1e-9..1e18).contains(&magnitude) {
        format!("{value:e}")
    } else {
        format!("{value}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::results;

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn the_summary_has_a_row_for_each_figure_and_empty_cells_for_what_is_absent() {
        let mut results = results();
        results.figures.truncate(4);
        results.figures[2].estimate = Err("fewer than 200 exceedances".to_owned());
        let estimate = results.figures[3].estimate.as_mut().unwrap();
        (estimate.interval, estimate.std_dev) = (None, None);
        insta::assert_snapshot!(text(summary(&results)), @r"
        metric,unit,mean,ci_low,ci_high,std_dev,replications
        workloads.users.arrivals,count,720.35,708.25,732.45,24.2,20
        workloads.users.completed,count,719.9,707.8,732,24.2,20
        workloads.users.latency.mean,s,,,,,
        workloads.users.latency.p50,s,0.004297512519471661,,,,20
        ");
    }

    #[test]
    fn runs_number_replications_from_one() {
        let mut results = results();
        results.replications = 3;
        results.figures.truncate(2);
        results.figures[1].per_replication[0] = None;
        insta::assert_snapshot!(text(runs(&results)), @r"
        replication,metric,unit,value
        1,workloads.users.arrivals,count,696.15
        1,workloads.users.completed,count,
        2,workloads.users.arrivals,count,698.57
        2,workloads.users.completed,count,698.12
        3,workloads.users.arrivals,count,700.99
        3,workloads.users.completed,count,700.54
        ");
    }

    #[test]
    fn series_stand_side_by_side_with_their_bands() {
        let mut results = results();
        results.series.truncate(2);
        for series in &mut results.series {
            series.points.truncate(3);
        }
        results.series[1].points.remove(1);
        results.series[0].points[2].band = None;
        insta::assert_snapshot!(text(series(&results)), @r"
        time,services.gateway.queue_length,services.gateway.queue_length.ci_low,services.gateway.queue_length.ci_high,services.auth.queue_length,services.auth.queue_length.ci_low,services.auth.queue_length.ci_high
        30,2.00701773013805,1.4576594409207813,2.5563760193553184,0,0,0.796944533773209
        60,2.3457081750378643,1.9602490123052203,2.7311673377705086,,,
        90,2.1068680287423494,,,0,0,0.8390776973682734
        ");
    }

    #[test]
    fn numbers_in_system_have_their_shares_of_time_and_arrivals() {
        let mut results = results();
        results.numbers.truncate(1);
        results.numbers[0].shares.truncate(2);
        insta::assert_snapshot!(text(in_system(&results)), @r"
        service,number,time_share,time_ci_low,time_ci_high,found_share,found_ci_low,found_ci_high
        gateway,0,0.6,0.54,0.66,0.612,,
        gateway,1,0.24,0.216,0.264,0.2448,,
        ");
    }

    #[test]
    fn without_series_the_file_has_only_its_header() {
        let mut results = results();
        results.series.clear();
        assert_eq!(text(series(&results)), "time\n");
    }

    #[test]
    fn numbers_are_short_and_read_back_exactly() {
        let written = |value: f64| {
            let text = number(value);
            assert_eq!(
                text.parse::<f64>().unwrap().to_bits(),
                (value + 0.0).to_bits()
            );
            text
        };
        assert_eq!(written(0.1 + 0.2), "0.30000000000000004");
        assert_eq!(written(-0.0), "0");
        assert_eq!(written(1e-7), "0.0000001");
        assert_eq!(written(123_456_789_012.0), "123456789012");
        assert_eq!(written(4.9e-324), "5e-324");
        assert_eq!(written(f64::MAX), "1.7976931348623157e308");
    }
}
