//! The chart of the number in system: how often there were how many, and how often arrivals found
//! so many.
//!
//! Where arrivals are Poisson the two agree (PASTA: Poisson arrivals see time averages, R. W. Wolff
//! 1982), and the markers lie on the lines; where they keep their distance from each other they
//! find fewer, where they come in bursts more.

use crate::experiment::{NumberInSystem, Results};
use crate::report::chart::axis;
use crate::report::chart::plot::{Interval, Line, Plot};
use crate::report::chart::style::LINES_MAX;
use crate::report::human;
use crate::report::name;

/// Beyond the number that is not exceeded for this share of the time nothing can be seen.
const SHOWN: f64 = 0.999;
/// The axis is at least so long.
const SHORTEST: usize = 5;
/// Markers along a line at most, about.
const MARKERS: usize = 32;

/// The chart of all services; none if there is nothing to show.
pub(super) fn plot(results: &Results) -> Option<Plot> {
    let shown: Vec<&NumberInSystem> = results.numbers.iter().take(LINES_MAX).collect();
    let longest = shown.iter().map(|one| reach(one)).max()?.max(SHORTEST);
    let metrics: Vec<&str> = shown.iter().map(|one| one.metric.as_str()).collect();
    let lines: Vec<Line> = shown
        .iter()
        .zip(name::labels(&metrics))
        .enumerate()
        .map(|(index, (one, name))| line(one, name, longest, index))
        .collect();
    let heights = lines
        .iter()
        .flat_map(|line| line.runs.iter().flatten().chain(&line.marks));
    let top = heights.map(|(_, share)| *share).fold(0.0, f64::max);
    let bands = lines.iter().flat_map(|line| line.bands.iter().flatten());
    let band = bands.map(|band| band.high).fold(0.0, f64::max);
    let top = axis::with_bands(top, band);
    let of = match results.replications {
        1 => "One replication".to_owned(),
        count => format!(
            "Mean of {} replications, shaded: 95 % confidence interval",
            human::grouped(count.into(), 0)
        ),
    };
    let left_out = results.numbers.len() - shown.len();
    Some(Plot {
        title: results.title.clone(),
        subtitle: format!(
            "Number in system. Lines: the share of time with so many; markers: the share of \
             arrivals that found so many. {of}"
        ),
        x: axis::from_zero("Requests in system", longest as f64),
        y: axis::part("Share (%)", top * 1.04),
        lines,
        guides: Vec::new(),
        posts: Vec::new(),
        caption: (left_out > 0)
            .then(|| format!("The first {LINES_MAX}, and {left_out} more; see in_system.csv")),
    })
}

/// The largest number that is worth showing.
fn reach(one: &NumberInSystem) -> usize {
    let mut below = 0.0;
    let found = one.shares.iter().position(|share| {
        below += share.time.mean;
        SHOWN <= below
    });
    found.unwrap_or(one.shares.len().saturating_sub(1))
}

fn line(one: &NumberInSystem, name: String, longest: usize, index: usize) -> Line {
    let shares = || one.shares.iter().enumerate().take(longest + 1);
    let x = |number: usize| number as f64;
    let bands = shares().filter_map(|(number, share)| {
        let (low, high) = share.time.band?;
        // Each share belongs to its number alone; half a number on either side makes it visible.
        Some(Interval {
            from: (x(number) - 0.5).max(0.0),
            to: x(number) + 0.5,
            low: low.max(0.0),
            high,
        })
    });
    // Markers of several lines stand beside each other where not every number has one.
    let every = longest / MARKERS + 1;
    Line {
        name,
        details: Vec::new(),
        runs: vec![
            shares()
                .map(|(number, share)| (x(number), share.time.mean))
                .collect(),
        ],
        bands: vec![bands.collect()],
        marks: shares()
            .filter(|(number, _)| (number + every - index % every).is_multiple_of(every))
            .map(|(number, share)| (x(number), share.found.mean))
            .collect(),
    }
}
