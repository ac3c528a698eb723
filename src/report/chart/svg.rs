//! The canvas that becomes an SVG file.
//!
//! plotters counts in whole units, so the picture is drawn several times as large and the header
//! scales it down again.

use plotters::prelude::{DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontDesc, FontFamily, FontStyle, RGBAColor, ShapeStyle, TextStyle};

use crate::report::chart::canvas::{Anchor, Area, Canvas, Xy, scaled, scaled_xy};
use crate::report::chart::style::{FONT_FAMILY, HEIGHT, Ink, LINE_WIDTH, Lettering, SCALE, WIDTH};
use crate::report::chart::text::clean;

const IN_MEMORY: &str = "drawing in memory does not fail";
/// plotters takes a size for the height of a line of text and divides it by this.
const LINE_HEIGHT: f64 = 1.24;
/// How far below the top of a text plotters puts its base line, in em.
const BASE_LINE: f64 = 0.76;

/// The file of what `draw` draws; `title` is what screen readers say.
pub(super) fn picture(title: &str, draw: impl FnOnce(&mut dyn Canvas)) -> Vec<u8> {
    let mut drawn = String::new();
    let (width, height) = (WIDTH * SCALE, HEIGHT * SCALE);
    {
        let mut svg = Svg {
            backend: SVGBackend::with_string(&mut drawn, (width, height)),
        };
        draw(&mut svg);
        svg.backend.present().expect(IN_MEMORY);
    }
    // Ours in place of the backend's first line, which cannot be told the size on the screen.
    let body = drawn.split_once('\n').map_or("", |(_, body)| body);
    let title = escape(&clean(title));
    let file = format!(
        "<svg width=\"{WIDTH}\" height=\"{HEIGHT}\" viewBox=\"0 0 {width} {height}\" \
         xmlns=\"http://www.w3.org/2000/svg\" role=\"img\">\n<title>{title}</title>\n{body}"
    );
    file.into_bytes()
}

struct Svg<'a> {
    backend: SVGBackend<'a>,
}

impl Canvas for Svg<'_> {
    fn rect(&mut self, area: Area, ink: Ink) {
        let from = (scaled(area.left), scaled(area.top));
        let to = (scaled(area.right), scaled(area.bottom));
        let drawn = self.backend.draw_rect(from, to, &color(ink), true);
        drawn.expect(IN_MEMORY);
    }

    fn polyline(&mut self, points: &[Xy], ink: Ink) {
        let style = ShapeStyle {
            color: color(ink),
            filled: false,
            stroke_width: scaled(LINE_WIDTH).unsigned_abs(),
        };
        let mut path: Vec<(i32, i32)> = points.iter().copied().map(scaled_xy).collect();
        path.dedup();
        self.backend.draw_path(path, &style).expect(IN_MEMORY);
    }

    fn band(&mut self, parts: &[Area], ink: Ink) {
        let above = parts.iter().flat_map(|part| {
            [(part.left, part.top), (part.right, part.top)].map(|(x, y)| (scaled(x), scaled(y)))
        });
        let below = parts.iter().rev().flat_map(|part| {
            [(part.right, part.bottom), (part.left, part.bottom)]
                .map(|(x, y)| (scaled(x), scaled(y)))
        });
        let mut outline: Vec<(i32, i32)> = above.chain(below).collect();
        outline.dedup();
        let drawn = self.backend.fill_polygon(outline, &color(ink));
        drawn.expect(IN_MEMORY);
    }

    fn shape(&mut self, corners: &[Xy], ink: Ink) {
        let outline = corners.iter().copied().map(scaled_xy);
        let drawn = self.backend.fill_polygon(outline, &color(ink));
        drawn.expect(IN_MEMORY);
    }

    fn disc(&mut self, center: Xy, radius: f64, ink: Ink) {
        let radius = scaled(radius).unsigned_abs();
        let drawn = self
            .backend
            .draw_circle(scaled_xy(center), radius, &color(ink), true);
        drawn.expect(IN_MEMORY);
    }

    fn text(&mut self, text: &str, at: Xy, lettering: Lettering, anchor: Anchor, ink: Ink) {
        let h_pos = match anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let weight = if lettering.bold {
            FontStyle::Bold
        } else {
            FontStyle::Normal
        };
        let size = lettering.size * f64::from(SCALE) * LINE_HEIGHT;
        let font = FontDesc::new(FontFamily::Name(FONT_FAMILY), size, weight);
        let color = color(ink);
        let style = TextStyle::from(font)
            .pos(Pos::new(h_pos, VPos::Top))
            .color(&color);
        let top = Xy {
            y: at.y - BASE_LINE * lettering.size,
            ..at
        };
        let drawn = self.backend.draw_text(text, &style, scaled_xy(top));
        drawn.expect(IN_MEMORY);
    }
}

fn color(ink: Ink) -> RGBAColor {
    let (red, green, blue) = ink.rgb;
    RGBAColor(red, green, blue, ink.alpha)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
