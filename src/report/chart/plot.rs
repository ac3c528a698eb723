//! What a chart shows, as plain data in the units of its axes.

/// What is in a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Picture {
    /// One chart.
    Plot(Plot),
    /// Several side by side.
    Panels(Panels),
    /// A heat map.
    Heat(Heat),
}

/// Charts side by side with one title and one legend; each has the lines of the first, and its y
/// axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Panels {
    pub(super) title: String,
    pub(super) subtitle: String,
    /// Their titles say what is special about each.
    pub(super) plots: Vec<Plot>,
    pub(super) caption: Option<String>,
}

/// A value at each combination of two dimensions.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Heat {
    pub(super) title: String,
    pub(super) subtitle: String,
    pub(super) x_label: String,
    pub(super) y_label: String,
    /// The columns, from the left.
    pub(super) x: Vec<String>,
    /// The rows, from below.
    pub(super) y: Vec<String>,
    pub(super) cells: Vec<HeatCell>,
    /// Shares of the shades with the values that they stand for.
    pub(super) scale: Vec<(f64, String)>,
}

/// One cell of a heat map.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct HeatCell {
    pub(super) column: usize,
    pub(super) row: usize,
    /// How dark, 0 to 1; `None`: there is no value.
    pub(super) share: Option<f64>,
    /// The value.
    pub(super) text: String,
    /// What stands below it, where there is room.
    pub(super) detail: String,
}

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
    /// Each whole number is a thing of its own, and nothing lies between.
    Categories,
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
            Spacing::Linear | Spacing::Categories => (value - self.low) / (self.high - self.low),
            Spacing::Logarithmic if value <= self.low => 0.0,
            Spacing::Logarithmic => libm::log(value / self.low) / libm::log(self.high / self.low),
        };
        share.clamp(0.0, 1.0)
    }
}
