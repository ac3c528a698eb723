//! The canvas that becomes a PNG file.
//!
//! Drawn several times as large and averaged down: that smooths edges, for which plotters draws
//! thin shapes only roughly. Lines are drawn one stretch at a time, as plotters fills the outline
//! of a whole line with holes where it crosses itself, and letters are drawn from their outlines,
//! as plotters drops the space on their left.

use ab_glyph::Font;
use plotters::backend::BitMapBackend;
use plotters::prelude::DrawingBackend;
use plotters::style::{Color, RGBAColor};

use crate::report::chart::canvas::{Anchor, Area, Canvas, Xy, scaled, scaled_xy};
use crate::report::chart::style::{HEIGHT, Ink, LINE_WIDTH, Lettering, SCALE, WIDTH};
use crate::report::chart::text::Fonts;

const IN_MEMORY: &str = "drawing in memory does not fail";
const CHANNELS: usize = 3;

/// A picture is drawn and averaged so many times, one strip of it at a time: the memory of the finer
/// pixels is that of a strip.
const STRIPS: u32 = 5;
const STRIP_HEIGHT: u32 = HEIGHT / STRIPS;
const _: () = assert!(STRIP_HEIGHT * STRIPS == HEIGHT, "strips cover the picture");

/// The file of what `draw` draws.
pub(super) fn picture(fonts: &Fonts, draw: impl Fn(&mut dyn Canvas)) -> Vec<u8> {
    let size = (WIDTH * SCALE, STRIP_HEIGHT * SCALE);
    let mut fine = vec![0; size.0 as usize * size.1 as usize * CHANNELS];
    let mut pixels = Vec::with_capacity(WIDTH as usize * HEIGHT as usize * CHANNELS);
    for strip in 0..STRIPS {
        let mut bitmap = Bitmap {
            backend: BitMapBackend::with_buffer(&mut fine, size),
            fonts,
            top: (strip * size.1).cast_signed(),
        };
        draw(&mut bitmap);
        bitmap.backend.present().expect(IN_MEMORY);
        drop(bitmap);
        append_averaged(&fine, &mut pixels);
    }
    encode(&pixels)
}

struct Bitmap<'a> {
    backend: BitMapBackend<'a>,
    fonts: &'a Fonts,
    /// Where the strip begins, in finer pixels.
    top: i32,
}

impl Bitmap<'_> {
    /// A stretch of a line; one along an axis ends half a width after its end, so that the corners
    /// of steps are square.
    fn stretch(&mut self, from: Xy, to: Xy, ink: Ink) {
        let half = LINE_WIDTH / 2.0;
        let (scaled_from, scaled_to) = (scaled_xy(from), scaled_xy(to));
        if scaled_from.0 == scaled_to.0 || scaled_from.1 == scaled_to.1 {
            let area = Area {
                left: from.x.min(to.x) - half,
                top: from.y.min(to.y) - half,
                right: from.x.max(to.x) + half,
                bottom: from.y.max(to.y) + half,
            };
            return self.rect(area, ink);
        }
        let (along_x, along_y) = (to.x - from.x, to.y - from.y);
        let length = (along_x * along_x + along_y * along_y).sqrt();
        let (across_x, across_y) = (-along_y / length * half, along_x / length * half);
        let corner = |at: Xy, sign: f64| Xy {
            x: at.x + across_x * sign,
            y: at.y + across_y * sign,
        };
        let corners = [
            corner(from, 1.0),
            corner(to, 1.0),
            corner(to, -1.0),
            corner(from, -1.0),
        ];
        self.shape(&corners, ink);
        self.disc(to, half, ink);
    }
}

impl Canvas for Bitmap<'_> {
    fn rect(&mut self, area: Area, ink: Ink) {
        let (left, right) = (scaled(area.left), scaled(area.right));
        let (top, bottom) = (scaled(area.top), scaled(area.bottom));
        self.fill((left, top), (right, bottom), ink);
    }

    fn polyline(&mut self, points: &[Xy], ink: Ink) {
        for pair in points.windows(2) {
            self.stretch(pair[0], pair[1], ink);
        }
    }

    fn band(&mut self, parts: &[Area], ink: Ink) {
        for part in parts {
            self.rect(*part, ink);
        }
    }

    fn shape(&mut self, corners: &[Xy], ink: Ink) {
        let edges: Vec<(Xy, Xy)> = (0..corners.len())
            .map(|index| (corners[index], corners[(index + 1) % corners.len()]))
            .collect();
        let ys = corners.iter().map(|corner| scaled(corner.y));
        let (Some(top), Some(bottom)) = (ys.clone().min(), ys.max()) else {
            return;
        };
        for row in top..=bottom {
            let y = (f64::from(row) + 0.5) / f64::from(SCALE);
            let crossings = edges.iter().filter_map(|(a, b)| crossing(*a, *b, y));
            let (left, right) = crossings.fold((f64::MAX, f64::MIN), |(left, right), x| {
                (left.min(x), right.max(x))
            });
            if left < right {
                self.row(row, (scaled(left), scaled(right)), ink);
            }
        }
    }

    fn disc(&mut self, center: Xy, radius: f64, ink: Ink) {
        let rows = scaled(center.y - radius)..=scaled(center.y + radius);
        for row in rows {
            let y = (f64::from(row) + 0.5) / f64::from(SCALE) - center.y;
            let half_squared = radius * radius - y * y;
            if half_squared > 0.0 {
                let half = half_squared.sqrt();
                let ends = (scaled(center.x - half), scaled(center.x + half));
                self.row(row, ends, ink);
            }
        }
    }

    fn text(&mut self, text: &str, at: Xy, lettering: Lettering, anchor: Anchor, ink: Ink) {
        let font = self.fonts.font(lettering);
        let (glyphs, width) = self.fonts.glyphs(text, lettering, f64::from(SCALE));
        let before = match anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => width / 2.0,
            Anchor::End => width,
        };
        let origin = (
            (at.x * f64::from(SCALE) - before).round() as i32,
            scaled(at.y),
        );
        for glyph in glyphs {
            let Some(outline) = font.outline_glyph(glyph) else {
                continue;
            };
            let corner = outline.px_bounds().min;
            let corner = (origin.0 + corner.x as i32, origin.1 + corner.y as i32);
            outline.draw(|x, y, coverage| {
                let at = (corner.0 + x.cast_signed(), corner.1 + y.cast_signed());
                self.dot(at, ink, f64::from(coverage).clamp(0.0, 1.0));
            });
        }
    }
}

impl Bitmap<'_> {
    fn dot(&mut self, at: (i32, i32), ink: Ink, coverage: f64) {
        let at = (at.0, at.1 - self.top);
        let outside = |position: i32, end: u32| position < 0 || end.cast_signed() <= position;
        if outside(at.0, WIDTH * SCALE) || outside(at.1, STRIP_HEIGHT * SCALE) {
            return;
        }
        let dot = color(ink, coverage).to_backend_color();
        let drawn = self.backend.draw_pixel(at, dot);
        drawn.expect(IN_MEMORY);
    }

    fn row(&mut self, row: i32, (left, right): (i32, i32), ink: Ink) {
        self.fill((left, row), (right, row + 1), ink);
    }

    fn fill(&mut self, (left, top): (i32, i32), (right, bottom): (i32, i32), ink: Ink) {
        let (top, bottom) = (top - self.top, bottom - self.top);
        if bottom < 0 || (STRIP_HEIGHT * SCALE).cast_signed() <= top {
            return;
        }
        let color = color(ink, 1.0);
        let drawn = self
            .backend
            .draw_rect((left, top), (right, bottom), &color, true);
        drawn.expect(IN_MEMORY);
    }
}

/// Where the edge from `a` to `b` crosses the height `y`.
fn crossing(a: Xy, b: Xy, y: f64) -> Option<f64> {
    let spans = (a.y <= y && y < b.y) || (b.y <= y && y < a.y);
    spans.then(|| a.x + (b.x - a.x) * (y - a.y) / (b.y - a.y))
}

fn color(ink: Ink, coverage: f64) -> RGBAColor {
    let (red, green, blue) = ink.rgb;
    RGBAColor(red, green, blue, ink.alpha * coverage)
}

/// Adds rows of pixels, each the average of the finer ones that it is made of.
fn append_averaged(fine: &[u8], pixels: &mut Vec<u8>) {
    let scale = SCALE as usize;
    let fine_row = WIDTH as usize * scale * CHANNELS;
    let mut column_sums = vec![0_u16; fine_row];
    for lines in fine.chunks_exact(fine_row * scale) {
        column_sums.fill(0);
        for line in lines.chunks_exact(fine_row) {
            for (sum, value) in column_sums.iter_mut().zip(line) {
                *sum += u16::from(*value);
            }
        }
        let parts = (SCALE * SCALE) as u16;
        for block in column_sums.chunks_exact(scale * CHANNELS) {
            for channel in 0..CHANNELS {
                let sum: u16 = block.iter().skip(channel).step_by(CHANNELS).sum();
                pixels.push(((sum + parts / 2) / parts) as u8);
            }
        }
    }
}

fn encode(pixels: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut file, WIDTH, HEIGHT);
    encoder.set_color(::png::ColorType::Rgb);
    encoder.set_depth(::png::BitDepth::Eight);
    encoder.set_adaptive_filter(::png::AdaptiveFilterType::Adaptive);
    let mut writer = encoder.write_header().expect(IN_MEMORY);
    writer.write_image_data(pixels).expect(IN_MEMORY);
    writer.finish().expect(IN_MEMORY);
    file
}
