//! Layout: where the parts of a chart stand, and drawing them.
//!
//! From the top: title, what is shown, the chart with its legend on the right, the caption. No
//! part covers another.

use crate::report::chart::canvas::{Anchor, Area, Canvas, Xy};
use crate::report::chart::plot::{Line, Plot, Spacing};
use crate::report::chart::style::{self, HEIGHT, LineStyle, MARGIN, MARK_RADIUS, WIDTH};
use crate::report::chart::text::Fonts;

pub(super) const TICK_GAP: f64 = 8.0;
pub(super) const LEGEND_GAP: f64 = 24.0;
/// What is left free between two labels of an axis.
const LABEL_GAP: f64 = 8.0;
/// What the names of guides take between chart and legend.
const GUIDE_WIDTH: f64 = 40.0;
/// The piece of line and the marker before a name in the legend.
const SAMPLE_WIDTH: f64 = 34.0;

/// Draws `plot`.
pub(super) fn draw(plot: &Plot, fonts: &Fonts, canvas: &mut dyn Canvas) {
    canvas.rect(paper(), style::PAPER);
    let top = heading((&plot.title, &plot.subtitle), fonts, canvas);
    let frame = Frame {
        plot,
        fonts,
        area: area(plot, fonts, top),
    };
    frame.grid(canvas);
    frame.x_axis(canvas);
    frame.y_ticks(canvas);
    frame.labels(canvas);
    frame.guides(canvas);
    frame.posts(canvas);
    frame.lines(canvas);
    frame.post_names(canvas);
    let guides = if plot.guides.is_empty() {
        0.0
    } else {
        GUIDE_WIDTH
    };
    let beside = Xy {
        x: frame.area.right + LEGEND_GAP + guides,
        y: frame.area.top + style::LEGEND.size * 0.4,
    };
    legend(plot, beside, fonts, canvas);
    caption(plot.caption.as_deref(), fonts, canvas);
}

/// The whole picture.
pub(super) fn paper() -> Area {
    Area {
        left: 0.0,
        top: 0.0,
        right: f64::from(WIDTH),
        bottom: f64::from(HEIGHT),
    }
}

/// Title and subtitle; answers with the height at which they end.
pub(super) fn heading(
    (title, subtitle): (&str, &str),
    fonts: &Fonts,
    canvas: &mut dyn Canvas,
) -> f64 {
    let width = f64::from(WIDTH) - 2.0 * MARGIN;
    let mut y = MARGIN - 8.0;
    let parts = [
        (title, style::TITLE, style::TEXT),
        (subtitle, style::SUBTITLE, style::FAINT_TEXT),
    ];
    for (text, lettering, ink) in parts {
        for line in fonts.lines(text, lettering, (width, 2)) {
            y += lettering.leading();
            canvas.text(&line, Xy { x: MARGIN, y }, lettering, Anchor::Start, ink);
        }
        y += 3.0;
    }
    y
}

/// The width of the widest label of the y axis.
pub(super) fn tick_width(plot: &Plot, fonts: &Fonts) -> f64 {
    let ticks = plot.y.ticks.iter();
    let widths = ticks.map(|tick| fonts.width(&tick.1, style::TICK));
    widths.fold(0.0, f64::max)
}

/// The rectangle between the axes, on whole pixels.
fn area(plot: &Plot, fonts: &Fonts, top: f64) -> Area {
    let tick_width = tick_width(plot, fonts);
    let guides = if plot.guides.is_empty() {
        0.0
    } else {
        GUIDE_WIDTH
    };
    let legend = legend_width(plot, fonts) + LEGEND_GAP + guides;
    let caption = match plot.caption {
        Some(_) => style::CAPTION.leading() + 6.0,
        None => 0.0,
    };
    let ticks_and_label = style::TICK.leading() + style::AXIS_LABEL.leading() + 14.0;
    Area {
        left: (MARGIN + tick_width + TICK_GAP).round(),
        top: (top + style::AXIS_LABEL.leading() + 24.0).round(),
        right: (f64::from(WIDTH) - MARGIN - legend).round(),
        bottom: (f64::from(HEIGHT) - MARGIN + 6.0 - caption - ticks_and_label).round(),
    }
}

/// How wide the legend is: as its longest text, within limits.
pub(super) fn legend_width(plot: &Plot, fonts: &Fonts) -> f64 {
    let texts = plot.lines.iter().flat_map(|line| {
        let details = line
            .details
            .iter()
            .map(|text| fonts.width(text, style::DETAIL));
        details.chain([fonts.width(&line.name, style::LEGEND)])
    });
    let widest = texts.fold(0.0, f64::max);
    (SAMPLE_WIDTH + widest.ceil()).min(style::LEGEND_WIDTH_MAX)
}

/// What the reader must know besides.
pub(super) fn caption(caption: Option<&str>, fonts: &Fonts, canvas: &mut dyn Canvas) {
    let Some(caption) = caption else {
        return;
    };
    let at = Xy {
        x: MARGIN,
        y: f64::from(HEIGHT) - MARGIN + 8.0,
    };
    let text = fonts.fit(caption, style::CAPTION, f64::from(WIDTH) - 2.0 * MARGIN);
    canvas.text(&text, at, style::CAPTION, Anchor::Start, style::FAINT_TEXT);
}

/// A marker with a rim of paper, so that it stands out from lines that it covers.
fn mark(at: Xy, style: LineStyle, canvas: &mut dyn Canvas) {
    let mut draw = |radius: f64, ink| {
        let corners = style::corners(style.shape).iter();
        let corners: Vec<Xy> = corners
            .map(|(x, y)| Xy {
                x: at.x + x * radius,
                y: at.y + y * radius,
            })
            .collect();
        if corners.is_empty() {
            canvas.disc(at, radius, ink);
        } else {
            canvas.shape(&corners, ink);
        }
    };
    draw(MARK_RADIUS + 1.5, style::PAPER);
    draw(MARK_RADIUS, style.ink);
    if !style.filled {
        draw(MARK_RADIUS - 2.2, style::PAPER);
    }
}

/// A plot and where it stands.
pub(super) struct Frame<'a> {
    pub(super) plot: &'a Plot,
    pub(super) fonts: &'a Fonts,
    /// The rectangle between the axes.
    pub(super) area: Area,
}

impl Frame<'_> {
    fn x(&self, value: f64) -> f64 {
        self.area.left + self.plot.x.share(value) * (self.area.right - self.area.left)
    }

    fn y(&self, value: f64) -> f64 {
        self.area.bottom - self.plot.y.share(value) * (self.area.bottom - self.area.top)
    }

    fn at(&self, x: f64, y: f64) -> Xy {
        Xy {
            x: self.x(x),
            y: self.y(y),
        }
    }

    /// Lines at the ticks.
    pub(super) fn grid(&self, canvas: &mut dyn Canvas) {
        for (value, _) in &self.plot.x.ticks {
            let left = self.x(*value).round();
            let line = Area {
                left,
                right: left + 1.0,
                ..self.area
            };
            canvas.rect(line, style::GRID);
        }
        for (value, _) in &self.plot.y.ticks {
            let top = self.y(*value).round();
            let line = Area {
                top,
                bottom: top + 1.0,
                ..self.area
            };
            canvas.rect(line, style::GRID);
        }
    }

    /// The base line and its labels.
    pub(super) fn x_axis(&self, canvas: &mut dyn Canvas) {
        let area = self.area;
        let base = Area {
            top: area.bottom,
            bottom: area.bottom + 1.0,
            ..area
        };
        canvas.rect(base, style::AXIS);
        let y = area.bottom + TICK_GAP + style::TICK.size;
        let ticks = &self.plot.x.ticks;
        let slot = (area.right - area.left) / ticks.len().max(1) as f64 - LABEL_GAP;
        let mut free = f64::NEG_INFINITY;
        for (value, label) in ticks {
            let x = self.x(*value);
            // Things must have their names, of numbers some are enough.
            let label = match self.plot.x.spacing {
                Spacing::Categories => &self.fonts.fit(label, style::TICK, slot),
                Spacing::Linear | Spacing::Logarithmic => label,
            };
            let half = self.fonts.width(label, style::TICK) / 2.0;
            if free <= x - half {
                canvas.text(label, Xy { x, y }, style::TICK, Anchor::Middle, style::TEXT);
                free = x + half + LABEL_GAP;
            }
        }
    }

    /// The labels of the y axis.
    pub(super) fn y_ticks(&self, canvas: &mut dyn Canvas) {
        for (value, label) in &self.plot.y.ticks {
            let at = Xy {
                x: self.area.left - TICK_GAP,
                y: self.y(*value) + style::TICK.size * 0.36,
            };
            canvas.text(label, at, style::TICK, Anchor::End, style::TEXT);
        }
    }

    /// What is along the axes.
    fn labels(&self, canvas: &mut dyn Canvas) {
        let area = self.area;
        let below = area.bottom + TICK_GAP + style::TICK.size;
        let at = Xy {
            x: f64::midpoint(area.left, area.right),
            y: below + style::AXIS_LABEL.leading() + 4.0,
        };
        let label = &self.plot.x.label;
        canvas.text(label, at, style::AXIS_LABEL, Anchor::Middle, style::TEXT);
        // Upright above its axis: read without turning the head.
        let at = Xy {
            x: MARGIN,
            y: area.top - 14.0,
        };
        let label = &self.plot.y.label;
        canvas.text(label, at, style::AXIS_LABEL, Anchor::Start, style::TEXT);
    }

    fn guides(&self, canvas: &mut dyn Canvas) {
        for (value, name) in &self.plot.guides {
            let y = self.y(*value).round();
            let line = Area {
                top: y,
                bottom: y + 1.0,
                right: self.area.right + 4.0,
                ..self.area
            };
            canvas.rect(line, style::GUIDE);
            let at = Xy {
                x: self.area.right + TICK_GAP,
                y: y + style::CAPTION.size * 0.36,
            };
            canvas.text(name, at, style::CAPTION, Anchor::Start, style::FAINT_TEXT);
        }
    }

    fn posts(&self, canvas: &mut dyn Canvas) {
        for (value, _) in &self.plot.posts {
            let x = self.x(*value).round();
            let line = Area {
                left: x,
                right: x + 1.0,
                ..self.area
            };
            canvas.rect(line, style::GUIDE);
        }
    }

    /// What the posts mean, on paper of their own: lines and bands often run where they stand.
    fn post_names(&self, canvas: &mut dyn Canvas) {
        for (value, name) in &self.plot.posts {
            let x = self.x(*value).round();
            let width = self.fonts.width(name, style::CAPTION);
            // The name stands where there is more room.
            let left = if x < f64::midpoint(self.area.left, self.area.right) {
                x + TICK_GAP
            } else {
                x - TICK_GAP - width
            };
            let y = self.area.top + style::CAPTION.leading();
            let plate = Area {
                left: left - 3.0,
                right: left + width + 3.0,
                top: y - style::CAPTION.size,
                bottom: y + style::CAPTION.size * 0.3,
            };
            canvas.rect(plate, style::PAPER);
            let at = Xy { x: left, y };
            canvas.text(name, at, style::CAPTION, Anchor::Start, style::FAINT_TEXT);
        }
    }

    fn bands(&self, line: &Line, style: LineStyle, canvas: &mut dyn Canvas) {
        for band in &line.bands {
            let parts: Vec<Area> = band
                .iter()
                .map(|part| Area {
                    left: self.x(part.from),
                    right: self.x(part.to),
                    top: self.y(part.high),
                    bottom: self.y(part.low),
                })
                .collect();
            canvas.band(&parts, style.band);
        }
    }

    fn curve(&self, line: &Line, style: LineStyle, canvas: &mut dyn Canvas) {
        for run in &line.runs {
            let points: Vec<Xy> = run.iter().map(|(x, y)| self.at(*x, *y)).collect();
            canvas.polyline(&points, style.ink);
        }
    }

    /// Bands, lines and markers.
    pub(super) fn lines(&self, canvas: &mut dyn Canvas) {
        let lines = || self.plot.lines.iter().enumerate();
        for (index, line) in lines() {
            self.bands(line, style::line(index), canvas);
        }
        for (index, line) in lines() {
            self.curve(line, style::line(index), canvas);
        }
        for (index, line) in lines() {
            for (x, y) in &line.marks {
                mark(self.at(*x, *y), style::line(index), canvas);
            }
        }
    }
}

/// The names of the lines, downwards from `at`.
pub(super) fn legend(plot: &Plot, at: Xy, fonts: &Fonts, canvas: &mut dyn Canvas) {
    let left = at.x;
    let room = style::LEGEND_WIDTH_MAX - SAMPLE_WIDTH;
    let mut y = at.y;
    for (index, line) in plot.lines.iter().enumerate() {
        let style = style::line(index);
        let sample = Area {
            left,
            right: left + SAMPLE_WIDTH - 10.0,
            top: y - style::LINE_WIDTH / 2.0,
            bottom: y + style::LINE_WIDTH / 2.0,
        };
        canvas.rect(sample, style.ink);
        let middle = f64::midpoint(sample.left, sample.right);
        mark(Xy { x: middle, y }, style, canvas);
        let x = left + SAMPLE_WIDTH;
        let name = fonts.fit(&line.name, style::LEGEND, room);
        let at = Xy {
            x,
            y: y + style::LEGEND.size * 0.36,
        };
        canvas.text(&name, at, style::LEGEND, Anchor::Start, style::TEXT);
        for detail in &line.details {
            y += style::DETAIL.leading() + 1.0;
            let at = Xy {
                x,
                y: y + style::DETAIL.size * 0.36,
            };
            let text = fonts.fit(detail, style::DETAIL, room);
            canvas.text(&text, at, style::DETAIL, Anchor::Start, style::FAINT_TEXT);
        }
        y += style::LEGEND.leading() + 5.0;
    }
}
