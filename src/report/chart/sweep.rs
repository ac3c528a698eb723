//! Charts of a sweep: a figure over what was varied.
//!
//! What is along the x axis, what gets a line of its own and what a panel of its own is decided here
//! from the dimensions alone: numbers go along the axis, alternatives get lines. Two dimensions of
//! numbers are a heat map as well. Sampled points are shown over each dimension by itself.

use crate::experiment::{Estimate, SweepResults};
use crate::metrics::Unit;
use crate::report::chart::axis;
use crate::report::chart::levels::{self, Levels};
use crate::report::chart::plot::{
    Axis, Heat, HeatCell, Interval, Line, Panels, Picture, Plot, Spacing,
};
use crate::report::human;
use crate::report::name;
use crate::scenario::short_paths;

/// Lines of one chart; more alternatives than this get panels.
const LINES_MAX: usize = 6;
/// Panels of one picture.
const PANELS_MAX: usize = 12;
/// Slices of the band between two points.
const SLICES: u32 = 80;
/// Half the width of an interval that stands alone, as a share of the axis.
const MEASURED: f64 = 0.015;
/// The same where many points stand side by side.
const SAMPLED: f64 = 0.004;
/// Ratio of the largest to the smallest value from which equal ratios get equal space.
const WIDE: f64 = 30.0;

/// The pictures of `metric`, each with the end of its file's name; none if there is nothing to show.
pub(super) fn pictures(results: &SweepResults, metric: &str) -> Vec<(&'static str, Picture)> {
    let Some(chart) = Chart::new(results, metric) else {
        return Vec::new();
    };
    if !results.layout.grid {
        return vec![("", Picture::Panels(chart.scatter()))];
    }
    let varied: Vec<usize> = (0..results.layout.dimensions.len())
        .filter(|&dimension| results.layout.dimensions[dimension].levels.len() > 1)
        .collect();
    let numeric = |dimension: &usize| levels::numbers(chart.levels(*dimension)).is_some();
    let mut pictures = Vec::new();
    if let [x, y] = varied[..]
        && numeric(&x)
        && numeric(&y)
    {
        pictures.push(("-map", Picture::Heat(chart.heat(x, y))));
    }
    if let Some(lines) = chart.lines(&varied) {
        pictures.insert(0, ("", lines));
    }
    pictures
}

struct Chart<'a> {
    results: &'a SweepResults,
    metric: &'a str,
    unit: Unit,
    /// By point.
    estimates: Vec<Option<Estimate>>,
    y: Axis,
}

impl<'a> Chart<'a> {
    fn new(results: &'a SweepResults, metric: &'a str) -> Option<Self> {
        let figures: Vec<_> = results
            .points
            .iter()
            .map(|point| point.figures.iter().find(|one| one.metric == metric))
            .collect();
        let unit = figures.iter().flatten().next()?.unit;
        let estimates: Vec<Option<Estimate>> = figures
            .iter()
            .map(|figure| figure.and_then(|figure| figure.estimate.clone().ok()))
            .map(|estimate| estimate.filter(|estimate| estimate.mean.is_finite()))
            .collect();
        let shown = estimates.iter().flatten().count();
        (shown > 1).then(|| Self {
            y: vertical(&estimates, unit, metric),
            results,
            metric,
            unit,
            estimates,
        })
    }

    fn levels(&self, dimension: usize) -> &'a [String] {
        &self.results.layout.dimensions[dimension].levels
    }

    fn label(&self, dimension: usize) -> String {
        let names: Vec<String> = self
            .results
            .layout
            .dimensions
            .iter()
            .map(|dimension| dimension.name.clone())
            .collect();
        short_paths(&names)[dimension].clone()
    }

    /// What the points at a level are called; a number says little without what it counts.
    fn named(&self, dimension: usize, level: usize) -> String {
        let levels = self.levels(dimension);
        match levels::numbers(levels) {
            Some(_) => format!("{} {}", self.label(dimension), levels[level]),
            None => levels[level].clone(),
        }
    }

    /// What is shown, and how well it is known.
    fn subtitle(&self, over: &str) -> String {
        let replications = self
            .results
            .layout
            .points
            .iter()
            .map(|point| point.replications);
        let (least, most) = (replications.clone().min(), replications.max());
        let of = match (least, most) {
            (Some(1), Some(1)) => "One replication of each point".to_owned(),
            (Some(least), Some(most)) if least == most => {
                format!(
                    "{} replications of each point",
                    human::grouped(least.into(), 0)
                )
            }
            (Some(least), Some(most)) => format!("{least} to {most} replications of each point"),
            _ => String::new(),
        };
        let banded = self
            .estimates
            .iter()
            .flatten()
            .any(|one| one.interval.is_some());
        let what = self.metric;
        if banded {
            format!("{what} {over}. {of}, shaded: 95 % confidence interval")
        } else {
            format!("{what} {over}. {of}")
        }
    }

    /// The point at `coordinates`.
    fn at(&self, coordinates: &[usize]) -> Option<Estimate> {
        let points = &self.results.layout.points;
        let index = points
            .iter()
            .position(|point| point.coordinates == coordinates)?;
        self.estimates[index]
    }

    /// One dimension along the axis, one as lines, the others as panels.
    fn lines(&self, varied: &[usize]) -> Option<Picture> {
        let count = |dimension: &usize| self.levels(*dimension).len();
        let numeric = |dimension: &usize| levels::numbers(self.levels(*dimension)).is_some();
        // Of equals the first: that is what the user thought of first.
        let most = |candidates: Vec<usize>| {
            let longest = candidates.iter().map(count).max()?;
            candidates.into_iter().find(|one| count(one) == longest)
        };
        let numbers = varied.iter().copied().filter(numeric).collect();
        let x = most(numbers).or_else(|| most(varied.to_vec()))?;
        let rest: Vec<usize> = varied.iter().copied().filter(|one| *one != x).collect();
        let few: Vec<usize> = rest
            .iter()
            .copied()
            .filter(|one| count(one) <= LINES_MAX)
            .collect();
        let lines = most(few.iter().copied().filter(|one| !numeric(one)).collect());
        let lines = lines.or_else(|| most(few));
        let panels: Vec<usize> = rest.into_iter().filter(|one| Some(*one) != lines).collect();
        let over = match lines {
            Some(lines) => {
                let kind = if numeric(&x) { "line" } else { "mark" };
                let (x, lines) = (self.label(x), self.label(lines));
                format!("over {x}, a {kind} for each {lines}")
            }
            None => format!("over {}", self.label(x)),
        };
        let mut combinations: Vec<Vec<(usize, usize)>> = vec![Vec::new()];
        for &dimension in &panels {
            combinations = combinations
                .iter()
                .flat_map(|one| {
                    (0..count(&dimension)).map(|level| {
                        let mut longer = one.clone();
                        longer.push((dimension, level));
                        longer
                    })
                })
                .collect();
        }
        let left_out = combinations.len().saturating_sub(PANELS_MAX);
        combinations.truncate(PANELS_MAX);
        if let [only] = &combinations[..] {
            return Some(Picture::Plot(Plot {
                title: self.results.layout.title.clone(),
                subtitle: self.subtitle(&over),
                ..self.plot(x, lines, only)
            }));
        }
        let plots = combinations
            .iter()
            .map(|fixed| self.plot(x, lines, fixed))
            .collect();
        Some(Picture::Panels(Panels {
            title: self.results.layout.title.clone(),
            subtitle: self.subtitle(&over),
            plots,
            caption: (left_out > 0).then(|| format!("And {left_out} more panels; see sweep.csv")),
        }))
    }

    fn plot(&self, x: usize, lines: Option<usize>, fixed: &[(usize, usize)]) -> Plot {
        let axis = levels::axis(&self.label(x), self.levels(x));
        let mut coordinates = vec![0; self.results.layout.dimensions.len()];
        for (dimension, level) in fixed {
            coordinates[*dimension] = *level;
        }
        let alternatives = lines.map_or(1, |lines| self.levels(lines).len());
        let drawn = (0..alternatives).map(|alternative| {
            if let Some(lines) = lines {
                coordinates[lines] = alternative;
            }
            let points = (0..self.levels(x).len()).map(|level| {
                coordinates[x] = level;
                // Alternatives stand side by side where the axis has no numbers between.
                let shift = match axis.axis.spacing {
                    Spacing::Categories => (alternative as f64 + 0.5) / alternatives as f64 - 0.5,
                    _ => 0.0,
                };
                (axis.positions[level] + 0.5 * shift, self.at(&coordinates))
            });
            let mut points: Vec<(f64, Option<Estimate>)> = points.collect();
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            let name = lines.map_or_else(
                || name::in_words(self.metric),
                |lines| self.named(lines, alternative),
            );
            line(name, &points, (&axis.axis, &self.y))
        });
        let drawn = drawn.collect();
        let title = fixed
            .iter()
            .map(|(dimension, level)| self.named(*dimension, *level));
        Plot {
            title: title.collect::<Vec<_>>().join(", "),
            subtitle: String::new(),
            x: axis.axis,
            y: self.y.clone(),
            lines: drawn,
            guides: Vec::new(),
            posts: Vec::new(),
            caption: None,
        }
    }

    /// Every point over each dimension by itself.
    fn scatter(&self) -> Panels {
        let dimensions = 0..self.results.layout.dimensions.len();
        let plots = dimensions.take(PANELS_MAX).map(|dimension| {
            let axis = levels::axis(&self.label(dimension), self.levels(dimension));
            let points = self.scattered(dimension, &axis);
            let axes = (&axis.axis, &self.y);
            let mut line = line(name::in_words(self.metric), &points, axes);
            // Neighbours along one dimension differ in all others: nothing connects them.
            line.runs.clear();
            line.bands = whiskers(&points, &axis.axis, SAMPLED);
            Plot {
                title: String::new(),
                subtitle: String::new(),
                x: axis.axis,
                y: self.y.clone(),
                lines: vec![line],
                guides: Vec::new(),
                posts: Vec::new(),
                caption: None,
            }
        });
        Panels {
            title: self.results.layout.title.clone(),
            subtitle: self.subtitle("over each dimension"),
            plots: plots.collect(),
            caption: None,
        }
    }

    /// Every point along one dimension; those of one word are spread out around its place.
    fn scattered(&self, dimension: usize, axis: &Levels) -> Vec<(f64, Option<Estimate>)> {
        let levels = || {
            let points = self.results.layout.points.iter();
            points.map(|point| point.coordinates[dimension])
        };
        let mut before = vec![0_usize; axis.positions.len()];
        levels()
            .zip(&self.estimates)
            .map(|(level, estimate)| {
                let shift = match axis.axis.spacing {
                    Spacing::Categories => {
                        let all = levels().filter(|one| *one == level).count();
                        (before[level] as f64 + 0.5) / all as f64 - 0.5
                    }
                    Spacing::Linear | Spacing::Logarithmic => 0.0,
                };
                before[level] += 1;
                (axis.positions[level] + 0.7 * shift, *estimate)
            })
            .collect()
    }

    fn heat(&self, x: usize, y: usize) -> Heat {
        let means = self
            .estimates
            .iter()
            .flatten()
            .map(|estimate| estimate.mean);
        let low = means.clone().fold(f64::INFINITY, f64::min);
        let high = means.fold(f64::NEG_INFINITY, f64::max);
        let wide = 0.0 < low && low * WIDE < high;
        let share = |value: f64| match high - low {
            span if span <= 0.0 => 0.5,
            _ if wide => libm::log(value / low) / libm::log(high / low),
            span => (value - low) / span,
        };
        let order = |dimension: usize| levels::ascending(self.levels(dimension));
        let (columns, rows) = (order(x), order(y));
        let mut cells = Vec::new();
        let mut coordinates = vec![0; self.results.layout.dimensions.len()];
        for (column, &x_level) in columns.iter().enumerate() {
            for (row, &y_level) in rows.iter().enumerate() {
                (coordinates[x], coordinates[y]) = (x_level, y_level);
                let estimate = self.at(&coordinates);
                let text = estimate
                    .as_ref()
                    .map(|one| human::value(one.mean, self.unit));
                let half = estimate.as_ref().and_then(|one| one.interval);
                let half = half.map(|(low, high)| human::value((high - low) / 2.0, self.unit));
                cells.push(HeatCell {
                    column,
                    row,
                    share: estimate.map(|one| share(one.mean)),
                    text: text.unwrap_or_else(|| "–".to_owned()),
                    detail: half.map_or_else(String::new, |half| format!("± {half}")),
                });
            }
        }
        let middle = if wide {
            libm::sqrt(low * high)
        } else {
            f64::midpoint(low, high)
        };
        let labels = |dimension: usize, order: &[usize]| {
            let levels = order
                .iter()
                .map(|&level| self.levels(dimension)[level].clone());
            levels.collect()
        };
        Heat {
            title: self.results.layout.title.clone(),
            subtitle: self
                .subtitle(&format!("over {} and {}", self.label(x), self.label(y)))
                .replace(
                    ", shaded: 95 % confidence interval",
                    "; ±: half of the 95 % confidence interval",
                ),
            x_label: self.label(x),
            y_label: self.label(y),
            x: labels(x, &columns),
            y: labels(y, &rows),
            cells,
            scale: [low, middle, high]
                .map(|value| (share(value), human::value(value, self.unit)))
                .to_vec(),
        }
    }
}

fn vertical(estimates: &[Option<Estimate>], unit: Unit, metric: &str) -> Axis {
    let shown = || estimates.iter().flatten();
    let means = || shown().map(|estimate| estimate.mean);
    let largest = means().fold(0.0, f64::max);
    let smallest = means()
        .filter(|mean| 0.0 < *mean)
        .fold(f64::INFINITY, f64::min);
    let bands = shown().filter_map(|estimate| estimate.interval);
    let band = bands.map(|(_, high)| high).fold(0.0, f64::max);
    // All of the means, and as much of the bands as does not press the means to the ground.
    let top = if largest > 0.0 {
        largest.max(band.min(1.6 * largest))
    } else {
        band
    };
    let label = name::capitalized(&name::in_words(metric));
    match unit {
        Unit::Seconds if smallest * WIDE < largest => {
            axis::logarithmic_time(&format!("{label} (logarithmic)"), smallest, top)
        }
        Unit::Seconds => axis::rounded_time(&label, top * 1.04),
        Unit::Ratio => axis::share(&format!("{label} (%)"), top),
        Unit::Count => axis::from_zero(&label, top * 1.04),
        _ => axis::from_zero(&format!("{label} ({})", unit.name()), top * 1.04),
    }
}

fn line(name: String, points: &[(f64, Option<Estimate>)], (axis, y): (&Axis, &Axis)) -> Line {
    let mut line = Line {
        name,
        details: Vec::new(),
        runs: Vec::new(),
        bands: Vec::new(),
        marks: points
            .iter()
            .filter_map(|(x, estimate)| Some((*x, estimate.as_ref()?.mean)))
            .collect(),
    };
    if axis.spacing == Spacing::Categories {
        line.bands = whiskers(points, axis, MEASURED);
        return line;
    }
    let mut run: Vec<(f64, f64)> = Vec::new();
    let mut before: Option<(f64, (f64, f64))> = None;
    for (x, estimate) in points {
        let Some(estimate) = estimate else {
            line.runs.push(std::mem::take(&mut run));
            before = None;
            continue;
        };
        run.push((*x, estimate.mean));
        if let (Some((from, start)), Some(end)) = (before, estimate.interval) {
            line.bands.push(slices((axis, y), (from, start), (*x, end)));
        }
        before = estimate.interval.map(|interval| (*x, interval));
    }
    line.runs.push(run);
    line.runs.retain(|run| run.len() > 1);
    if line.bands.is_empty() {
        line.bands = whiskers(points, axis, MEASURED);
    }
    line
}

type Ends = (f64, (f64, f64));

/// The band between two points, as slices of equal width on the picture.
/// Its edges are as straight there as the line between them.
fn slices((x, y): (&Axis, &Axis), (from, start): Ends, (to, end): Ends) -> Vec<Interval> {
    let between = |axis: &Axis, a: f64, b: f64, share: f64| match axis.spacing {
        Spacing::Logarithmic => {
            // What is below the axis has no place on it.
            let (a, b) = (a.max(axis.low), b.max(axis.low));
            a * libm::pow(b / a, share)
        }
        Spacing::Linear | Spacing::Categories => a + (b - a) * share,
    };
    let slice = |number: u32| {
        let share = |offset: f64| (f64::from(number) + offset) / f64::from(SLICES);
        Interval {
            from: between(x, from, to, share(0.0)),
            to: between(x, from, to, share(1.0)),
            low: between(y, start.0, end.0, share(0.5)),
            high: between(y, start.1, end.1, share(0.5)),
        }
    };
    (0..SLICES).map(slice).collect()
}

/// A narrow band at each point, `share` of the axis to each side.
fn whiskers(points: &[(f64, Option<Estimate>)], axis: &Axis, share: f64) -> Vec<Vec<Interval>> {
    let around = |x: f64| match axis.spacing {
        Spacing::Linear | Spacing::Categories => {
            let half = share * (axis.high - axis.low);
            (x - half, x + half)
        }
        Spacing::Logarithmic => {
            let factor = libm::pow(axis.high / axis.low, share);
            (x / factor, x * factor)
        }
    };
    let whisker = |(x, estimate): &(f64, Option<Estimate>)| {
        let (low, high) = estimate.as_ref()?.interval?;
        let (from, to) = around(*x);
        Some(vec![Interval {
            from,
            to,
            low,
            high,
        }])
    };
    points.iter().filter_map(whisker).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_band_follows_its_line_on_a_logarithmic_axis() {
        let axis = |spacing: Spacing, low: f64| Axis {
            label: String::new(),
            spacing,
            low,
            high: 100.0,
            ticks: Vec::new(),
        };
        let (x, y) = (axis(Spacing::Linear, 0.0), axis(Spacing::Logarithmic, 0.01));
        let found = slices((&x, &y), (0.0, (8.0, 12.0)), (10.0, (0.08, 0.12)));
        // The line goes from 10 to 0.1 and is straight on that axis.
        for slice in &found {
            let line = 10.0 * libm::pow(0.01, f64::midpoint(slice.from, slice.to) / 10.0);
            let (low, high) = (slice.low / line, slice.high / line);
            assert!(
                (low - 0.8).abs() < 1e-9 && (high - 1.2).abs() < 1e-9,
                "{slice:?}"
            );
        }
        // An end below zero is drawn from the foot of the axis.
        let found = slices((&x, &y), (0.0, (8.0, 12.0)), (10.0, (-3.0, 0.12)));
        assert!(found.iter().all(|slice| 0.01 <= slice.low), "{found:?}");
    }
}
