//! What a chart is drawn on.
//!
//! Positions are pixels from the top left corner. Drawing happens in memory and does not fail.

use crate::report::chart::style::{Ink, Lettering, SCALE};

/// A surface to draw on.
pub(super) trait Canvas {
    /// Fills a rectangle.
    fn rect(&mut self, area: Area, ink: Ink);
    /// Draws a line of the usual width through `points`.
    fn polyline(&mut self, points: &[Xy], ink: Ink);
    /// Fills adjoining rectangles, ordered from left to right, without seams.
    fn band(&mut self, parts: &[Area], ink: Ink);
    /// Fills a convex shape.
    fn shape(&mut self, corners: &[Xy], ink: Ink);
    /// Fills a circle.
    fn disc(&mut self, center: Xy, radius: f64, ink: Ink);
    /// Writes `text` on a base line that begins, or with `Anchor::End` ends, at `at`.
    fn text(&mut self, text: &str, at: Xy, lettering: Lettering, anchor: Anchor, ink: Ink);
}

/// A position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Xy {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// A rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

/// Which point of a text its position is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A length in the fractions of a pixel that backends count in.
pub(super) fn scaled(length: f64) -> i32 {
    // Charts end long before 2^31; a cast saturates anyway.
    (length * f64::from(SCALE)).round() as i32
}

/// A position in the fractions of a pixel that backends count in.
pub(super) fn scaled_xy(at: Xy) -> (i32, i32) {
    (scaled(at.x), scaled(at.y))
}
