//! How much of each pixel a shape covers.
//!
//! Counted in the points of a grid that is [`SCALE`] times as fine in both directions. A shape may
//! be made of many parts: where they meet they add up, and where they overlap they count once.
//!
//! # Invariants
//! * Between two calls of [`Mask::paint`] every pixel that is covered lies in the range of its row.

use std::ops::Range;

use super::png::{CHANNELS, mixed, opacity};
use crate::report::chart::canvas::{Area, Xy, scaled};
use crate::report::chart::style::{HEIGHT, Ink, SCALE, WIDTH};

/// Points of the finer grid in a pixel.
const WHOLE: usize = (SCALE * SCALE) as usize;
const STEP: u8 = SCALE as u8;

/// Of so many pixels at once the compiler makes vectors.
const MANY: usize = 16;

pub(super) struct Mask {
    /// Points covered of each pixel, row by row; where parts overlap, more than there are.
    covered: Vec<u8>,
    /// The pixels of each row that may be covered.
    touched: Vec<Range<usize>>,
    /// The rows that may be.
    rows: Range<usize>,
}

impl Mask {
    /// Of nothing.
    pub(super) fn empty() -> Self {
        Self {
            covered: vec![0; (WIDTH * HEIGHT) as usize],
            touched: vec![0..0; HEIGHT as usize],
            rows: 0..0,
        }
    }

    /// Adds a rectangle.
    pub(super) fn add_rect(&mut self, area: Area) {
        let (a, b) = (scaled(area.left), scaled(area.right));
        let (c, d) = (scaled(area.top), scaled(area.bottom));
        for row in clipped(c.min(d), c.max(d), HEIGHT) {
            self.add_row(row, (a.min(b), a.max(b)));
        }
    }

    /// Adds a convex shape.
    pub(super) fn add_convex(&mut self, corners: &[Xy]) {
        let ys = corners.iter().map(|corner| scaled(corner.y));
        let (Some(top), Some(bottom)) = (ys.clone().min(), ys.max()) else {
            return;
        };
        for row in clipped(top, bottom.saturating_add(1), HEIGHT) {
            let y = (row as f64 + 0.5) / f64::from(SCALE);
            let nexts = corners.iter().cycle().skip(1);
            let edges = corners.iter().zip(nexts);
            let crossings = edges.filter_map(|(a, b)| crossing(*a, *b, y));
            let (left, right) = crossings.fold((f64::MAX, f64::MIN), |(left, right), x| {
                (left.min(x), right.max(x))
            });
            if left < right {
                self.add_row(row, (scaled(left), scaled(right)));
            }
        }
    }

    /// Adds a circle.
    pub(super) fn add_disc(&mut self, center: Xy, radius: f64) {
        let (top, bottom) = (scaled(center.y - radius), scaled(center.y + radius));
        for row in clipped(top, bottom.saturating_add(1), HEIGHT) {
            let y = (row as f64 + 0.5) / f64::from(SCALE) - center.y;
            let half_squared = radius * radius - y * y;
            if half_squared > 0.0 {
                let half = half_squared.sqrt();
                self.add_row(row, (scaled(center.x - half), scaled(center.x + half)));
            }
        }
    }

    /// Adds what lies between two points of a row of the finer grid.
    fn add_row(&mut self, fine_row: usize, (left, right): (i32, i32)) {
        let step = SCALE as usize;
        let points = clipped(left, right, WIDTH);
        if points.is_empty() {
            return;
        }
        let row = fine_row / step;
        let pixels = points.start / step..points.end.div_ceil(step);
        let line = &mut self.covered[row * WIDTH as usize..][pixels.clone()];
        for pixel in &mut *line {
            *pixel = pixel.saturating_add(STEP);
        }
        // The ends are covered in part. No sum can have been cut off unless the pixel is whole.
        let before = (points.start % step) as u8;
        let after = (pixels.end * step - points.end) as u8;
        if let Some(first) = line.first_mut() {
            *first -= before;
        }
        if let Some(last) = line.last_mut() {
            *last -= after;
        }
        join(&mut self.touched[row], pixels);
        join(&mut self.rows, row..row + 1);
    }

    /// Puts a colour over the pixels that are covered, and forgets them.
    pub(super) fn paint(&mut self, pixels: &mut [u8], ink: Ink) {
        let brush = Brush::new(ink);
        for row in std::mem::take(&mut self.rows) {
            let touched = std::mem::take(&mut self.touched[row]);
            let first = row * WIDTH as usize + touched.start;
            let covered = &mut self.covered[first..][..touched.len()];
            let row = &mut pixels[first * CHANNELS..][..touched.len() * CHANNELS];
            brush.put_over(row, covered);
            covered.fill(0);
        }
    }
}

/// The part of a stretch that lies in the picture, which is `end` pixels long.
fn clipped(from: i32, to: i32, end: u32) -> Range<usize> {
    let within = |position: i32| position.clamp(0, (end * SCALE).cast_signed()) as usize;
    within(from)..within(to)
}

/// Widens a range so that it holds another.
fn join(range: &mut Range<usize>, other: Range<usize>) {
    *range = if Range::is_empty(range) {
        other
    } else {
        range.start.min(other.start)..range.end.max(other.end)
    };
}

/// Where the edge from `a` to `b` crosses the height `y`.
fn crossing(a: Xy, b: Xy, y: f64) -> Option<f64> {
    let spans = (a.y <= y && y < b.y) || (b.y <= y && y < a.y);
    spans.then(|| a.x + (b.x - a.x) * (y - a.y) / (b.y - a.y))
}

/// A colour for pixels that are covered in part.
struct Brush {
    color: [u8; CHANNELS],
    /// Opacity by the number of points covered.
    opacities: [u16; WHOLE + 1],
}

impl Brush {
    fn new(ink: Ink) -> Self {
        let (red, green, blue) = ink.rgb;
        Self {
            color: [red, green, blue],
            opacities: std::array::from_fn(|points| {
                opacity(ink.alpha * points as f64 / WHOLE as f64)
            }),
        }
    }

    /// Puts the colour over a stretch of a row.
    fn put_over(&self, row: &mut [u8], covered: &[u8]) {
        let blocks = row.chunks_mut(MANY * CHANNELS);
        for (block, covered) in blocks.zip(covered.chunks(MANY)) {
            let first = covered[0];
            if covered.iter().any(|points| *points != first) {
                for (pixel, points) in block.chunks_exact_mut(CHANNELS).zip(covered) {
                    self.put(pixel, *points);
                }
            } else if first > 0 {
                self.put_evenly(block, first);
            }
        }
    }

    fn opacity(&self, points: u8) -> u16 {
        self.opacities[usize::from(points).min(WHOLE)]
    }

    #[inline]
    fn put(&self, pixel: &mut [u8], points: u8) {
        let opacity = self.opacity(points);
        for (below, color) in pixel.iter_mut().zip(self.color) {
            *below = mixed(*below, u16::from(color) * opacity, opacity);
        }
    }

    /// Over pixels that are covered alike.
    fn put_evenly(&self, block: &mut [u8], points: u8) {
        let opacity = self.opacity(points);
        if opacity == 256 {
            let (pixels, _) = block.as_chunks_mut();
            pixels.fill(self.color);
            return;
        }
        let mut colors = [0; MANY * CHANNELS];
        let (pixels, _) = colors.as_chunks_mut();
        pixels.fill(self.color.map(|value| u16::from(value) * opacity));
        for (below, color) in block.iter_mut().zip(colors) {
            *below = mixed(*below, color, opacity);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLACK: Ink = Ink {
        rgb: (0, 0, 0),
        alpha: 1.0,
    };

    fn area(left: f64, top: f64, right: f64, bottom: f64) -> Area {
        Area {
            left,
            top,
            right,
            bottom,
        }
    }

    /// Red values of the first pixels of a row of white paper.
    fn painted(mask: &mut Mask, ink: Ink, row: usize, count: usize) -> Vec<u8> {
        let mut pixels = vec![255; (WIDTH * HEIGHT) as usize * CHANNELS];
        mask.paint(&mut pixels, ink);
        let row = &pixels[row * WIDTH as usize * CHANNELS..];
        row.chunks(CHANNELS).take(count).map(|rgb| rgb[0]).collect()
    }

    #[test]
    fn a_pixel_darkens_by_the_part_of_it_that_is_covered() {
        let mut mask = Mask::empty();
        mask.add_rect(area(1.0 / 3.0, 1.0, 2.0 + 2.0 / 3.0, 2.0));
        assert_eq!(painted(&mut mask, BLACK, 1, 4), [85, 0, 85, 255]);
        // A third of the height, and nothing is left of the last shape.
        mask.add_rect(area(0.0, 1.0, 1.0, 4.0 / 3.0));
        assert_eq!(painted(&mut mask, BLACK, 1, 4), [170, 255, 255, 255]);
    }

    #[test]
    fn parts_of_a_shape_meet_without_a_seam_and_overlap_without_a_stain() {
        let half = Ink {
            alpha: 0.5,
            ..BLACK
        };
        let mut whole = Mask::empty();
        whole.add_rect(area(0.0, 0.0, 5.0, 3.0));
        let mut parts = Mask::empty();
        parts.add_rect(area(0.0, 0.0, 2.4, 3.0));
        parts.add_rect(area(2.4, 0.0, 5.0, 3.0));
        for _ in 0..100 {
            parts.add_rect(area(1.0, 0.0, 4.0, 3.0));
        }
        let expected = painted(&mut whole, half, 1, 8);
        assert_eq!(expected, [127, 127, 127, 127, 127, 255, 255, 255]);
        assert_eq!(painted(&mut parts, half, 1, 8), expected);
    }

    #[test]
    fn what_lies_outside_the_picture_is_cut() {
        let mut mask = Mask::empty();
        mask.add_rect(area(-1e9, -1e9, 1e9, 1e9));
        mask.add_disc(Xy { x: -5.0, y: -5.0 }, 2.0);
        let edge = f64::from(WIDTH);
        mask.add_convex(&[
            Xy { x: edge, y: -9.0 },
            Xy {
                x: edge + 9.0,
                y: 3.0,
            },
            Xy { x: edge, y: 9.0 },
        ]);
        assert_eq!(painted(&mut mask, BLACK, 0, 1200), vec![0; 1200]);
    }
}
