//! The canvas that becomes a PNG file.
//!
//! Drawn several times as large and averaged down: that smooths edges. Everything is made of
//! rectangles of one colour, put over what is there by its opacity, and of letters drawn from their
//! outlines: plotters' own canvas draws thin shapes roughly, fills the outline of a line with holes
//! where it crosses itself, drops the space on the left of letters, and takes several times as long.

use ab_glyph::Font;

use crate::report::chart::canvas::{Anchor, Area, Canvas, Xy, scaled, scaled_xy};
use crate::report::chart::style::{HEIGHT, Ink, LINE_WIDTH, Lettering, SCALE, WIDTH};
use crate::report::chart::text::Fonts;

const IN_MEMORY: &str = "drawing in memory does not fail";
const CHANNELS: usize = 3;

/// A picture is drawn and averaged so many times, one strip of it at a time: the memory of the finer
/// pixels is that of a strip.
const STRIPS: u32 = 15;
const STRIP_HEIGHT: u32 = HEIGHT / STRIPS;
const _: () = assert!(STRIP_HEIGHT * STRIPS == HEIGHT, "strips cover the picture");

/// A row of finer pixels, in bytes.
const FINE_ROW: usize = (WIDTH * SCALE) as usize * CHANNELS;
const FINE_ROWS: u32 = STRIP_HEIGHT * SCALE;

/// The file of what `draw` draws.
pub(super) fn picture(fonts: &Fonts, draw: impl Fn(&mut dyn Canvas)) -> Vec<u8> {
    let mut bitmap = Bitmap {
        fine: vec![0; FINE_ROW * FINE_ROWS as usize],
        fonts,
        top: 0,
    };
    let mut pixels = Vec::with_capacity(WIDTH as usize * HEIGHT as usize * CHANNELS);
    for strip in 0..STRIPS {
        bitmap.top = (strip * FINE_ROWS).cast_signed();
        draw(&mut bitmap);
        append_averaged(&bitmap.fine, &mut pixels);
    }
    encode(&pixels)
}

struct Bitmap<'a> {
    /// The finer pixels of the strip.
    fine: Vec<u8>,
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
        // No letter is twice as high as its size.
        let reach = 2 * scaled(lettering.size);
        if !self.reaches(scaled(at.y) - reach, scaled(at.y) + reach) {
            return;
        }
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
            let height = outline.px_bounds().height() as i32;
            if !self.reaches(corner.1, corner.1 + height + 1) {
                continue;
            }
            outline.draw(|x, y, coverage| {
                let at = (corner.0 + x.cast_signed(), corner.1 + y.cast_signed());
                self.dot(at, ink, f64::from(coverage).clamp(0.0, 1.0));
            });
        }
    }
}

impl Bitmap<'_> {
    fn dot(&mut self, at: (i32, i32), ink: Ink, coverage: f64) {
        let opacity = opacity(ink.alpha * coverage);
        let (row, column) = (at.1 - self.top, at.0);
        let inside = |position: i32, end: u32| 0 <= position && position < end.cast_signed();
        if opacity > 0 && inside(column, WIDTH * SCALE) && inside(row, FINE_ROWS) {
            let first = row as usize * FINE_ROW + column as usize * CHANNELS;
            let (red, green, blue) = ink.rgb;
            for (below, color) in self.fine[first..].iter_mut().zip([red, green, blue]) {
                *below = mixed(*below, u16::from(color) * opacity, opacity);
            }
        }
    }

    /// Whether something between two heights is in the strip.
    fn reaches(&self, top: i32, bottom: i32) -> bool {
        self.top < bottom && top < self.top + FINE_ROWS.cast_signed()
    }

    fn row(&mut self, row: i32, (left, right): (i32, i32), ink: Ink) {
        self.fill((left, row), (right, row + 1), ink);
    }

    /// Fills a rectangle, whichever of its corners are given.
    fn fill(&mut self, a: (i32, i32), b: (i32, i32), ink: Ink) {
        let corner = (a.0.min(b.0), a.1.min(b.1));
        self.cover(corner, (a.0.max(b.0), a.1.max(b.1)), ink);
    }

    /// Puts a colour over the part of a rectangle that lies in the strip.
    fn cover(&mut self, (left, top): (i32, i32), (right, bottom): (i32, i32), ink: Ink) {
        let within = |position: i32, end: u32| position.clamp(0, end.cast_signed()) as usize;
        let columns = within(left, WIDTH * SCALE)..within(right, WIDTH * SCALE);
        let rows = within(top - self.top, FINE_ROWS)..within(bottom - self.top, FINE_ROWS);
        let opacity = opacity(ink.alpha);
        if columns.is_empty() || opacity == 0 {
            return;
        }
        let (red, green, blue) = ink.rgb;
        let brush = Brush::new([red, green, blue], opacity);
        for row in rows {
            let bytes = columns.start * CHANNELS..columns.end * CHANNELS;
            brush.put_over(&mut self.fine[row * FINE_ROW..][bytes]);
        }
    }
}

/// Opacity in parts of 256.
fn opacity(alpha: f64) -> u16 {
    (256.0 * alpha.clamp(0.0, 1.0)) as u16
}

/// What becomes of a value under a colour, given as value times opacity.
#[inline]
fn mixed(below: u8, color: u16, opacity: u16) -> u8 {
    ((u16::from(below) * (256 - opacity) + color) >> 8) as u8
}

/// Of so many pixels at once the compiler makes vectors.
const MANY: usize = 16 * CHANNELS;

/// A colour with its opacity.
struct Brush {
    opacity: u16,
    /// Of many pixels: their values.
    colors: [u8; MANY],
    /// Of many pixels: values times opacity.
    parts: [u16; MANY],
}

impl Brush {
    fn new(color: [u8; CHANNELS], opacity: u16) -> Self {
        let mut brush = Self {
            opacity,
            colors: [0; MANY],
            parts: [0; MANY],
        };
        let (colors, _) = brush.colors.as_chunks_mut();
        colors.fill(color);
        let (parts, _) = brush.parts.as_chunks_mut();
        parts.fill(color.map(|value| u16::from(value) * opacity));
        brush
    }

    /// Puts the colour over a stretch of a row.
    fn put_over(&self, row: &mut [u8]) {
        let (blocks, rest) = row.as_chunks_mut::<MANY>();
        if self.opacity == 256 {
            blocks.fill(self.colors);
            rest.copy_from_slice(&self.colors[..rest.len()]);
            return;
        }
        for block in blocks {
            for (below, color) in block.iter_mut().zip(self.parts) {
                *below = mixed(*below, color, self.opacity);
            }
        }
        for (below, color) in rest.iter_mut().zip(self.parts) {
            *below = mixed(*below, color, self.opacity);
        }
    }
}

/// Where the edge from `a` to `b` crosses the height `y`.
fn crossing(a: Xy, b: Xy, y: f64) -> Option<f64> {
    let spans = (a.y <= y && y < b.y) || (b.y <= y && y < a.y);
    spans.then(|| a.x + (b.x - a.x) * (y - a.y) / (b.y - a.y))
}

/// Adds rows of pixels, each the average of the finer ones that it is made of.
fn append_averaged(fine: &[u8], pixels: &mut Vec<u8>) {
    const PARTS: u16 = (SCALE * SCALE) as u16;
    const BLOCK: usize = SCALE as usize * CHANNELS;
    let mut column_sums = vec![0_u16; FINE_ROW];
    for lines in fine.chunks_exact(FINE_ROW * SCALE as usize) {
        let (first, others) = lines.split_at(FINE_ROW);
        for (sum, value) in column_sums.iter_mut().zip(first) {
            *sum = u16::from(*value);
        }
        for line in others.chunks_exact(FINE_ROW) {
            for (sum, value) in column_sums.iter_mut().zip(line) {
                *sum += u16::from(*value);
            }
        }
        let (blocks, _) = column_sums.as_chunks::<BLOCK>();
        pixels.extend(blocks.iter().flat_map(|block| {
            let mut sums = [PARTS / 2; CHANNELS];
            for (place, value) in block.iter().enumerate() {
                sums[place % CHANNELS] += value;
            }
            sums.map(|sum| (sum / PARTS) as u8)
        }));
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
