//! Heat maps: a value at each combination of two dimensions, as a shade and as a number.
//!
//! The shades run from light to dark, so they read the same in grey.

use crate::report::chart::canvas::{Anchor, Area, Canvas, Xy};
use crate::report::chart::frame::{self, TICK_GAP};
use crate::report::chart::plot::{Heat, HeatCell};
use crate::report::chart::style::{self, HEIGHT, MARGIN, WIDTH};
use crate::report::chart::text::Fonts;

/// What the bar of shades and its numbers take on the right.
const SCALE_WIDTH: f64 = 130.0;
/// The width of that bar.
const BAR_WIDTH: f64 = 18.0;
/// Steps of the bar of shades.
const STEPS: u32 = 64;
/// Paper between cells.
const SEAM: f64 = 2.0;

/// Draws `heat`.
pub(super) fn draw(heat: &Heat, fonts: &Fonts, canvas: &mut dyn Canvas) {
    canvas.rect(frame::paper(), style::PAPER);
    let heading = (heat.title.as_str(), heat.subtitle.as_str());
    let top = frame::heading(heading, fonts, canvas);
    let widths = heat.y.iter().map(|label| fonts.width(label, style::TICK));
    let widest = widths.fold(0.0, f64::max).min(240.0);
    let area = Area {
        left: (MARGIN + widest + TICK_GAP).round(),
        top: (top + style::AXIS_LABEL.leading() + 24.0).round(),
        right: (f64::from(WIDTH) - MARGIN - SCALE_WIDTH).round(),
        bottom: (f64::from(HEIGHT) - MARGIN - style::TICK.leading() - 24.0).round(),
    };
    let map = Map { heat, fonts, area };
    for cell in &heat.cells {
        map.cell(cell, canvas);
    }
    map.labels(widest, canvas);
    map.scale(canvas);
}

struct Map<'a> {
    heat: &'a Heat,
    fonts: &'a Fonts,
    area: Area,
}

impl Map<'_> {
    /// The place of the cell at `column` and `row`; rows rise.
    fn place(&self, column: usize, row: usize) -> Area {
        let width = (self.area.right - self.area.left) / self.heat.x.len() as f64;
        let height = (self.area.bottom - self.area.top) / self.heat.y.len() as f64;
        let left = self.area.left + width * column as f64;
        let bottom = self.area.bottom - height * row as f64;
        Area {
            left: left.round(),
            right: (left + width - SEAM).round(),
            top: (bottom - height + SEAM).round(),
            bottom: bottom.round(),
        }
    }

    fn cell(&self, cell: &HeatCell, canvas: &mut dyn Canvas) {
        let place = self.place(cell.column, cell.row);
        if let Some(share) = cell.share {
            canvas.rect(place, style::shade(share));
        }
        let ink = match cell.share {
            Some(share) if share > 0.5 => style::PAPER,
            _ => style::TEXT,
        };
        let room = place.right - place.left - 6.0;
        let middle = Xy {
            x: f64::midpoint(place.left, place.right),
            y: f64::midpoint(place.top, place.bottom),
        };
        let two_lines = place.bottom - place.top > 2.6 * style::LEGEND.leading();
        let fits = |text: &str, lettering| self.fonts.width(text, lettering) <= room;
        let details = two_lines && !cell.detail.is_empty() && fits(&cell.detail, style::DETAIL);
        let raised = if details {
            style::DETAIL.leading() / 2.0
        } else {
            0.0
        };
        let lettering = if fits(&cell.text, style::LEGEND) {
            style::LEGEND
        } else {
            style::DETAIL
        };
        // A number that is cut off would be another number.
        if fits(&cell.text, lettering) && lettering.size < place.bottom - place.top {
            let at = Xy {
                y: middle.y + lettering.size * 0.36 - raised,
                ..middle
            };
            canvas.text(&cell.text, at, lettering, Anchor::Middle, ink);
        }
        if details {
            let at = Xy {
                y: middle.y + style::DETAIL.size * 0.36 + style::LEGEND.leading() / 2.0,
                ..middle
            };
            canvas.text(&cell.detail, at, style::DETAIL, Anchor::Middle, ink);
        }
    }

    fn labels(&self, widest: f64, canvas: &mut dyn Canvas) {
        for (column, label) in self.heat.x.iter().enumerate() {
            let place = self.place(column, 0);
            let text = self.fonts.fit(label, style::TICK, place.right - place.left);
            let at = Xy {
                x: f64::midpoint(place.left, place.right),
                y: self.area.bottom + TICK_GAP + style::TICK.size,
            };
            canvas.text(&text, at, style::TICK, Anchor::Middle, style::TEXT);
        }
        for (row, label) in self.heat.y.iter().enumerate() {
            let place = self.place(0, row);
            let text = self.fonts.fit(label, style::TICK, widest);
            let at = Xy {
                x: self.area.left - TICK_GAP,
                y: f64::midpoint(place.top, place.bottom) + style::TICK.size * 0.36,
            };
            canvas.text(&text, at, style::TICK, Anchor::End, style::TEXT);
        }
        let at = Xy {
            x: f64::midpoint(self.area.left, self.area.right),
            y: self.area.bottom + TICK_GAP + style::TICK.size + style::AXIS_LABEL.leading() + 4.0,
        };
        let label = &self.heat.x_label;
        canvas.text(label, at, style::AXIS_LABEL, Anchor::Middle, style::TEXT);
        let at = Xy {
            x: MARGIN,
            y: self.area.top - 14.0,
        };
        let label = &self.heat.y_label;
        canvas.text(label, at, style::AXIS_LABEL, Anchor::Start, style::TEXT);
    }

    /// The bar that says which shade is which value.
    fn scale(&self, canvas: &mut dyn Canvas) {
        let left = self.area.right + 24.0;
        let height = self.area.bottom - self.area.top;
        let at = |share: f64| self.area.bottom - height * share;
        for step in 0..STEPS {
            let (from, to) = (f64::from(step), f64::from(step + 1));
            let part = Area {
                left,
                right: left + BAR_WIDTH,
                top: at(to / f64::from(STEPS)).floor(),
                bottom: at(from / f64::from(STEPS)).ceil(),
            };
            canvas.rect(
                part,
                style::shade(f64::midpoint(from, to) / f64::from(STEPS)),
            );
        }
        for (share, label) in &self.heat.scale {
            let place = Xy {
                x: left + BAR_WIDTH + 6.0,
                y: at(*share) + style::TICK.size * 0.36,
            };
            canvas.text(label, place, style::TICK, Anchor::Start, style::TEXT);
        }
    }
}
