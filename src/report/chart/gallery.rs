//! The charts of a report: which there are and what their files are called.

use crate::experiment::{Results, SeriesKind, SweepResults};
use crate::report::chart::canvas::Canvas;
use crate::report::chart::plot::{Picture, Plot};
use crate::report::chart::text::Fonts;
use crate::report::chart::{
    frame, heat, latency, numbers, panels, png, svg, sweep, time_series, welch,
};

/// Every chart that has data, each as SVG and as PNG: file names and contents.
pub(in crate::report) fn render(results: &Results) -> Vec<(String, Vec<u8>)> {
    let plots = plots(results).into_iter();
    files(plots.map(|(stem, plot)| (stem.to_owned(), Picture::Plot(plot))))
}

/// Every chart of a sweep that has data, for each of `metrics`.
pub(in crate::report) fn render_sweep(
    results: &SweepResults,
    metrics: &[String],
) -> Vec<(String, Vec<u8>)> {
    let pictures = metrics.iter().flat_map(|metric| {
        let stem = format!("sweep-{}", metric.replace(['.', '_'], "-"));
        let pictures = sweep::pictures(results, metric).into_iter();
        pictures.map(move |(end, picture)| (format!("{stem}{end}"), picture))
    });
    files(pictures)
}

fn files(pictures: impl Iterator<Item = (String, Picture)>) -> Vec<(String, Vec<u8>)> {
    let fonts = Fonts::embedded();
    let mut files = Vec::new();
    for (stem, picture) in pictures {
        let (title, draw): (&str, Draw<'_>) = match &picture {
            Picture::Plot(plot) => (
                &plot.title,
                Box::new(|canvas| frame::draw(plot, &fonts, canvas)),
            ),
            Picture::Panels(panels) => (
                &panels.title,
                Box::new(|canvas| panels::draw(panels, &fonts, canvas)),
            ),
            Picture::Heat(heat) => (
                &heat.title,
                Box::new(|canvas| heat::draw(heat, &fonts, canvas)),
            ),
        };
        files.push((format!("{stem}.svg"), svg::picture(title, &draw)));
        files.push((format!("{stem}.png"), png::picture(&fonts, &draw)));
    }
    files
}

type Draw<'a> = Box<dyn Fn(&mut dyn Canvas) + 'a>;

fn plots(results: &Results) -> Vec<(&'static str, Plot)> {
    let kinds = [
        SeriesKind::InSystem,
        SeriesKind::QueueLength,
        SeriesKind::Utilization,
        SeriesKind::Replicas,
        SeriesKind::Executors,
        SeriesKind::PendingContainers,
        SeriesKind::DominantShare,
        SeriesKind::Nodes,
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
