//! What a chart shows, as plain data in the units of its axes.

/// A chart.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plot {
    /// What was simulated.
    pub(super) title: String,
    /// What the chart shows, and of how many replications.
    pub(super) subtitle: String,
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) lines: Vec<Line>,
    /// Heights at which a line across the chart is named at its right end.
    pub(super) guides: Vec<(f64, &'static str)>,
    /// Where along the horizontal axis a line up the chart is named beside its upper end.
    pub(super) posts: Vec<(f64, &'static str)>,
    /// What the reader must know besides.
    pub(super) caption: Option<String>,
}

/// An axis with its ticks.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    /// What is along it, with the unit.
    pub(super) label: String,
    pub(super) spacing: Spacing,
    pub(super) low: f64,
    /// Above `low`.
    pub(super) high: f64,
    /// Ascending positions with their labels.
    pub(super) ticks: Vec<(f64, String)>,
}

/// How values are spaced along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spacing {
    Linear,
    /// Equal ratios take equal space; `low` is positive.
    Logarithmic,
}

/// One thing in a chart.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    /// The name people know it by.
    pub(super) name: String,
    /// Lines of smaller print below the name in the legend.
    pub(super) details: Vec<String>,
    /// Connected stretches of the line.
    pub(super) runs: Vec<Vec<(f64, f64)>>,
    /// Connected stretches of the band around it.
    pub(super) bands: Vec<Vec<Interval>>,
    /// Where its markers stand.
    pub(super) marks: Vec<(f64, f64)>,
}

/// The band over a stretch of the x axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Interval {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Axis {
    /// Where `value` lies between the ends of the axis, 0 to 1; what lies outside is moved to the
    /// nearer end.
    pub(super) fn share(&self, value: f64) -> f64 {
        let share = match self.spacing {
            Spacing::Linear => (value - self.low) / (self.high - self.low),
            Spacing::Logarithmic if value <= self.low => 0.0,
            Spacing::Logarithmic => libm::log(value / self.low) / libm::log(self.high / self.low),
        };
        share.clamp(0.0, 1.0)
    }
}
