//! How charts look: the one place for sizes, colours, fonts and markers.
//!
//! The colours are those of Okabe and Ito, which people with any colour vision tell apart, and
//! five darker ones of Paul Tol's; in black and white the markers tell lines apart.

/// Width of a picture in pixels.
pub(super) const WIDTH: u32 = 1200;
/// Height of a picture in pixels.
pub(super) const HEIGHT: u32 = 675;
/// Steps of a pixel in which positions are given.
pub(super) const SCALE: u32 = 3;

/// Lines that one chart can hold and still be read.
pub(super) const LINES_MAX: usize = 12;
/// Markers along a line over time.
pub(super) const MARKS: usize = 8;

/// Families for readers of the SVG; the first is the embedded one, the second has its metrics.
pub(super) const FONT_FAMILY: &str = "DejaVu Sans, Verdana, sans-serif";

pub(super) const MARGIN: f64 = 28.0;
pub(super) const LINE_WIDTH: f64 = 2.0;
pub(super) const MARK_RADIUS: f64 = 5.0;
pub(super) const LEGEND_WIDTH_MAX: f64 = 300.0;

pub(super) const TITLE: Lettering = Lettering::new(21.0, true);
pub(super) const SUBTITLE: Lettering = Lettering::new(14.5, false);
pub(super) const AXIS_LABEL: Lettering = Lettering::new(14.0, true);
pub(super) const TICK: Lettering = Lettering::new(13.5, false);
pub(super) const LEGEND: Lettering = Lettering::new(14.0, false);
pub(super) const DETAIL: Lettering = Lettering::new(11.5, false);
pub(super) const CAPTION: Lettering = Lettering::new(12.5, false);

pub(super) const PAPER: Ink = Ink::opaque(0xFF, 0xFF, 0xFF);
pub(super) const TEXT: Ink = Ink::opaque(0x22, 0x22, 0x22);
pub(super) const FAINT_TEXT: Ink = Ink::opaque(0x59, 0x59, 0x59);
pub(super) const GRID: Ink = Ink::opaque(0xE4, 0xE4, 0xE4);
pub(super) const GUIDE: Ink = Ink::opaque(0xBB, 0xBB, 0xBB);
pub(super) const AXIS: Ink = Ink::opaque(0x80, 0x80, 0x80);
const BAND_ALPHA: f64 = 0.2;

const COLORS: [Ink; LINES_MAX] = [
    Ink::opaque(0x00, 0x72, 0xB2),
    Ink::opaque(0xD5, 0x5E, 0x00),
    Ink::opaque(0x00, 0x9E, 0x73),
    Ink::opaque(0xCC, 0x79, 0xA7),
    Ink::opaque(0xE6, 0x9F, 0x00),
    Ink::opaque(0x56, 0xB4, 0xE9),
    Ink::opaque(0x40, 0x40, 0x40),
    Ink::opaque(0x88, 0x22, 0x55),
    Ink::opaque(0x33, 0x22, 0x88),
    Ink::opaque(0x80, 0x80, 0x26),
    Ink::opaque(0x11, 0x55, 0x33),
    Ink::opaque(0x8C, 0x51, 0x0A),
];

/// A colour and how much of what is below it covers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ink {
    pub(super) rgb: (u8, u8, u8),
    pub(super) alpha: f64,
}

/// Size of letters in pixels to the em, and whether they are bold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Lettering {
    pub(super) size: f64,
    pub(super) bold: bool,
}

/// The outline of a marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Disc,
    Square,
    TriangleUp,
    Diamond,
    TriangleDown,
    Pentagon,
}

/// How one line of a chart is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct LineStyle {
    pub(super) ink: Ink,
    pub(super) band: Ink,
    pub(super) shape: Shape,
    /// Whether the marker is filled with its colour.
    pub(super) filled: bool,
}

impl Ink {
    const fn opaque(red: u8, green: u8, blue: u8) -> Self {
        Self {
            rgb: (red, green, blue),
            alpha: 1.0,
        }
    }
}

impl Lettering {
    const fn new(size: f64, bold: bool) -> Self {
        Self { size, bold }
    }

    /// From one line of text to the next.
    pub(super) fn leading(self) -> f64 {
        self.size * 1.35
    }
}

/// The style of the line at `index` of its chart.
pub(super) fn line(index: usize) -> LineStyle {
    let shapes = [
        Shape::Disc,
        Shape::Square,
        Shape::TriangleUp,
        Shape::Diamond,
        Shape::TriangleDown,
        Shape::Pentagon,
    ];
    let ink = COLORS[index % COLORS.len()];
    LineStyle {
        ink,
        band: Ink {
            alpha: BAND_ALPHA,
            ..ink
        },
        shape: shapes[index % shapes.len()],
        filled: (index / shapes.len()).is_multiple_of(2),
    }
}

/// The colour of a share of the way from the least to the most, from light to dark.
pub(super) fn shade(share: f64) -> Ink {
    let (light, dark) = ((0xEA, 0xF1, 0xFA), (0x08, 0x30, 0x6B));
    let share = share.clamp(0.0, 1.0);
    let mix = |light: u8, dark: u8| {
        let (light, dark) = (f64::from(light), f64::from(dark));
        (light + (dark - light) * share).round() as u8
    };
    Ink::opaque(
        mix(light.0, dark.0),
        mix(light.1, dark.1),
        mix(light.2, dark.2),
    )
}

/// The corners of a marker's outline around the origin, within a circle of radius one; a disc has
/// none.
pub(super) fn corners(shape: Shape) -> &'static [(f64, f64)] {
    match shape {
        Shape::Disc => &[],
        Shape::Square => &[(-0.88, -0.88), (0.88, -0.88), (0.88, 0.88), (-0.88, 0.88)],
        Shape::TriangleUp => &[(0.0, -1.2), (1.1, 0.8), (-1.1, 0.8)],
        Shape::Diamond => &[(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)],
        Shape::TriangleDown => &[(0.0, 1.2), (1.1, -0.8), (-1.1, -0.8)],
        Shape::Pentagon => &[
            (0.0, -1.15),
            (1.09, -0.36),
            (0.68, 0.93),
            (-0.68, 0.93),
            (-1.09, -0.36),
        ],
    }
}
