//! Results as pictures that need no explanation: titled, units on the axes, confidence bands.
//!
//! `time_series.rs`, `welch.rs`, `numbers.rs` and `latency.rs` decide what is shown and leave it as
//! plain data (`plot.rs`); `frame.rs` lays that out and draws it on a `Canvas`, of which there are two: SVG and PNG. Both
//! get the same layout from the same embedded font, on every machine. `style.rs` alone knows
//! colours, sizes and markers.
//!
//! A chart without data is not made.

mod axis;
mod canvas;
pub(super) mod forest;
mod frame;
mod gallery;
mod heat;
mod latency;
mod levels;
mod mask;
mod numbers;
mod panels;
mod plot;
mod png;
mod style;
mod svg;
mod sweep;
mod text;
mod time_series;
mod welch;

pub(super) use gallery::{render, render_sweep};
