//! Small multiples: charts side by side that share their legend and their y axis.

use crate::report::chart::canvas::{Anchor, Area, Canvas, Xy};
use crate::report::chart::frame::{self, Frame, TICK_GAP};
use crate::report::chart::plot::{Panels, Plot};
use crate::report::chart::style::{self, HEIGHT, MARGIN, WIDTH};
use crate::report::chart::text::Fonts;

/// From one panel to the next.
const GAP: f64 = 26.0;

/// Draws `panels`, of which there is at least one.
pub(super) fn draw(panels: &Panels, fonts: &Fonts, canvas: &mut dyn Canvas) {
    let Some(first) = panels.plots.first() else {
        return;
    };
    canvas.rect(frame::paper(), style::PAPER);
    let heading = (panels.title.as_str(), panels.subtitle.as_str());
    let top = frame::heading(heading, fonts, canvas);
    let label = Xy {
        x: MARGIN,
        y: top + style::AXIS_LABEL.leading() + 5.0,
    };
    let text = &first.y.label;
    canvas.text(text, label, style::AXIS_LABEL, Anchor::Start, style::TEXT);
    let legend = if first.lines.len() > 1 {
        frame::legend_width(first, fonts) + frame::LEGEND_GAP
    } else {
        0.0
    };
    let caption = panels
        .caption
        .as_ref()
        .map_or(0.0, |_| style::CAPTION.leading());
    let whole = Area {
        left: MARGIN + frame::tick_width(first, fonts) + TICK_GAP,
        top: label.y + 8.0,
        right: f64::from(WIDTH) - MARGIN - legend,
        bottom: f64::from(HEIGHT) - MARGIN - caption,
    };
    let columns = columns(panels.plots.len());
    let rows = panels.plots.len().div_ceil(columns);
    for (index, plot) in panels.plots.iter().enumerate() {
        let (column, row) = (index % columns, index / columns);
        let part = part(whole, (column, columns), (row, rows));
        panel(plot, part, column == 0, fonts, canvas);
    }
    if first.lines.len() > 1 {
        let at = Xy {
            x: whole.right + frame::LEGEND_GAP,
            y: whole.top + style::LEGEND.leading(),
        };
        frame::legend(first, at, fonts, canvas);
    }
    frame::caption(panels.caption.as_deref(), fonts, canvas);
}

/// Columns of a grid of `count` panels on a picture that is wider than high.
fn columns(count: usize) -> usize {
    match count {
        ..=3 => count,
        4 => 2,
        5..=9 => 3,
        _ => 4,
    }
}

fn part(whole: Area, (column, columns): (usize, usize), (row, rows): (usize, usize)) -> Area {
    let width = (whole.right - whole.left + GAP) / columns as f64;
    let height = (whole.bottom - whole.top) / rows as f64;
    let left = whole.left + width * column as f64;
    let top = whole.top + height * row as f64;
    Area {
        left: left.round(),
        top: (top + style::LEGEND.leading() + 6.0).round(),
        right: (left + width - GAP).round(),
        bottom: (top + height - 2.0 * style::TICK.leading() - 12.0).round(),
    }
}

fn panel(plot: &Plot, area: Area, first: bool, fonts: &Fonts, canvas: &mut dyn Canvas) {
    let frame = Frame { plot, fonts, area };
    frame.grid(canvas);
    frame.x_axis(canvas);
    if first {
        frame.y_ticks(canvas);
    }
    frame.lines(canvas);
    let width = area.right - area.left;
    let title = Xy {
        x: area.left,
        y: area.top - 7.0,
    };
    let text = fonts.fit(&plot.title, style::LEGEND, width);
    canvas.text(&text, title, style::LEGEND, Anchor::Start, style::TEXT);
    let label = Xy {
        x: f64::midpoint(area.left, area.right),
        y: area.bottom + TICK_GAP + style::TICK.size + style::TICK.leading(),
    };
    let text = fonts.fit(&plot.x.label, style::TICK, width);
    canvas.text(&text, label, style::TICK, Anchor::Middle, style::FAINT_TEXT);
}
