//! The charts of a report: which there are and what their files are called.

use crate::experiment::{Results, SeriesKind};
use crate::report::chart::plot::Plot;
use crate::report::chart::text::Fonts;
use crate::report::chart::{frame, latency, numbers, png, svg, time_series, welch};

/// Every chart that has data, each as SVG and as PNG: file names and contents.
pub(in crate::report) fn render(results: &Results) -> Vec<(String, Vec<u8>)> {
    let fonts = Fonts::embedded();
    let mut files = Vec::new();
    for (stem, plot) in plots(results) {
        let picture = svg::picture(&plot.title, |canvas| frame::draw(&plot, &fonts, canvas));
        files.push((format!("{stem}.svg"), picture));
        let picture = png::picture(&fonts, |canvas| frame::draw(&plot, &fonts, canvas));
        files.push((format!("{stem}.png"), picture));
    }
    files
}

fn plots(results: &Results) -> Vec<(&'static str, Plot)> {
    let kinds = [
        SeriesKind::InSystem,
        SeriesKind::QueueLength,
        SeriesKind::Utilization,
        SeriesKind::Replicas,
        SeriesKind::Executors,
        SeriesKind::PendingContainers,
    ];
    let mut plots = Vec::new();
    for kind in kinds {
        if let Some(plot) = time_series::plot(results, kind) {
            plots.push((time_series::stem(kind), plot));
        }
    }
    if let Some(plot) = welch::plot(results) {
        plots.push(("welch", plot));
    }
    if let Some(plot) = numbers::plot(results) {
        plots.push(("in-system-distribution", plot));
    }
    if let Some(plot) = latency::plot(results) {
        plots.push(("latency-distribution", plot));
    }
    plots
}

#[cfg(test)]
mod tests;
