//! The canvas that becomes a PNG file.
//!
//! A shape is first a [`Mask`]: how much of each pixel it covers, counted on a finer grid, so that
//! edges are smooth and the parts of one shape meet without seams. Then its colour is put over the
//! pixels that it covers. Letters are drawn from their outlines. plotters' own canvas draws thin
//! shapes roughly, fills the outline of a line with holes where it crosses itself, drops the space
//! on the left of letters, and takes many times as long.

use ab_glyph::{Font, point};

use super::mask::Mask;
use crate::report::chart::canvas::{Anchor, Area, Canvas, Xy, scaled, scaled_xy};
use crate::report::chart::style::{HEIGHT, Ink, LINE_WIDTH, Lettering, SCALE, WIDTH};
use crate::report::chart::text::Fonts;

const IN_MEMORY: &str = "drawing in memory does not fail";
pub(super) const CHANNELS: usize = 3;

/// The file of what `draw` draws.
pub(super) fn picture(fonts: &Fonts, draw: impl Fn(&mut dyn Canvas)) -> Vec<u8> {
    let mut bitmap = Bitmap {
        pixels: vec![0; WIDTH as usize * HEIGHT as usize * CHANNELS],
        mask: Mask::empty(),
        fonts,
    };
    draw(&mut bitmap);
    encode(&bitmap.pixels)
}

struct Bitmap<'a> {
    /// Red, green and blue of each pixel, row by row.
    pixels: Vec<u8>,
    /// The shape that is being made; empty between shapes.
    mask: Mask,
    fonts: &'a Fonts,
}

impl Canvas for Bitmap<'_> {
    fn rect(&mut self, area: Area, ink: Ink) {
        self.mask.add_rect(area);
        self.mask.paint(&mut self.pixels, ink);
    }

    fn polyline(&mut self, points: &[Xy], ink: Ink) {
        for pair in points.windows(2) {
            self.add_stretch(pair[0], pair[1]);
        }
        self.mask.paint(&mut self.pixels, ink);
    }

    fn band(&mut self, parts: &[Area], ink: Ink) {
        for part in parts {
            self.mask.add_rect(*part);
        }
        self.mask.paint(&mut self.pixels, ink);
    }

    fn shape(&mut self, corners: &[Xy], ink: Ink) {
        self.mask.add_convex(corners);
        self.mask.paint(&mut self.pixels, ink);
    }

    fn disc(&mut self, center: Xy, radius: f64, ink: Ink) {
        self.mask.add_disc(center, radius);
        self.mask.paint(&mut self.pixels, ink);
    }

    fn text(&mut self, text: &str, at: Xy, lettering: Lettering, anchor: Anchor, ink: Ink) {
        let font = self.fonts.font(lettering);
        let (glyphs, width) = self.fonts.glyphs(text, lettering, 1.0);
        let before = match anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => width / 2.0,
            Anchor::End => width,
        };
        let on_grid = |length: f64| (f64::from(scaled(length)) / f64::from(SCALE)) as f32;
        let origin = point(on_grid(at.x - before), on_grid(at.y));
        for mut glyph in glyphs {
            glyph.position += origin;
            let Some(outline) = font.outline_glyph(glyph) else {
                continue;
            };
            let corner = outline.px_bounds().min;
            let corner = (corner.x as i32, corner.y as i32);
            outline.draw(|x, y, coverage| {
                let at = (corner.0 + x.cast_signed(), corner.1 + y.cast_signed());
                self.dot(at, ink, f64::from(coverage).clamp(0.0, 1.0));
            });
        }
    }
}

impl Bitmap<'_> {
    /// A stretch of a line; one along an axis ends half a width after its end, so that the corners
    /// of steps are square.
    fn add_stretch(&mut self, from: Xy, to: Xy) {
        let half = LINE_WIDTH / 2.0;
        let (scaled_from, scaled_to) = (scaled_xy(from), scaled_xy(to));
        if scaled_from.0 == scaled_to.0 || scaled_from.1 == scaled_to.1 {
            self.mask.add_rect(Area {
                left: from.x.min(to.x) - half,
                top: from.y.min(to.y) - half,
                right: from.x.max(to.x) + half,
                bottom: from.y.max(to.y) + half,
            });
            return;
        }
        let (along_x, along_y) = (to.x - from.x, to.y - from.y);
        let length = (along_x * along_x + along_y * along_y).sqrt();
        let (across_x, across_y) = (-along_y / length * half, along_x / length * half);
        let corner = |at: Xy, sign: f64| Xy {
            x: at.x + across_x * sign,
            y: at.y + across_y * sign,
        };
        self.mask.add_convex(&[
            corner(from, 1.0),
            corner(to, 1.0),
            corner(to, -1.0),
            corner(from, -1.0),
        ]);
        self.mask.add_disc(to, half);
    }

    fn dot(&mut self, (column, row): (i32, i32), ink: Ink, coverage: f64) {
        let opacity = opacity(ink.alpha * coverage);
        let inside = |position: i32, end: u32| 0 <= position && position < end.cast_signed();
        if opacity > 0 && inside(column, WIDTH) && inside(row, HEIGHT) {
            let first = (row as usize * WIDTH as usize + column as usize) * CHANNELS;
            let (red, green, blue) = ink.rgb;
            for (below, color) in self.pixels[first..].iter_mut().zip([red, green, blue]) {
                *below = mixed(*below, u16::from(color) * opacity, opacity);
            }
        }
    }
}

/// Opacity in parts of 256.
pub(super) fn opacity(alpha: f64) -> u16 {
    (256.0 * alpha.clamp(0.0, 1.0)) as u16
}

/// What becomes of a value under a colour, given as value times opacity.
#[inline]
pub(super) fn mixed(below: u8, color: u16, opacity: u16) -> u8 {
    ((u16::from(below) * (256 - opacity) + color) >> 8) as u8
}

fn encode(pixels: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut file, WIDTH, HEIGHT);
    encoder.set_color(::png::ColorType::Rgb);
    encoder.set_depth(::png::BitDepth::Eight);
    // Most rows of a chart are as the one above.
    encoder.set_filter(::png::FilterType::Up);
    let mut writer = encoder.write_header().expect(IN_MEMORY);
    writer.write_image_data(pixels).expect(IN_MEMORY);
    writer.finish().expect(IN_MEMORY);
    file
}
