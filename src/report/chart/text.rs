//! Text in charts: the embedded font, how wide a text is, and making it fit.
//!
//! Layout measures with the embedded font on every machine, whatever font an SVG is shown with.

use ab_glyph::{Font, FontRef, Glyph, PxScale, ScaleFont, point};

use crate::report::chart::style::Lettering;

/// The embedded fonts.
pub(super) struct Fonts {
    regular: FontRef<'static>,
    bold: FontRef<'static>,
}

impl Fonts {
    /// A sans serif with letters for most European languages, Greek and Cyrillic.
    pub(super) fn embedded() -> Self {
        let parse = |bytes| FontRef::try_from_slice(bytes).expect("the embedded font is a font");
        Self {
            regular: parse(dejavu::sans::regular()),
            bold: parse(dejavu::sans::bold()),
        }
    }

    /// The font of `lettering`.
    pub(super) fn font(&self, lettering: Lettering) -> &FontRef<'static> {
        if lettering.bold {
            &self.bold
        } else {
            &self.regular
        }
    }

    /// The width of `text` in pixels.
    pub(super) fn width(&self, text: &str, lettering: Lettering) -> f64 {
        self.glyphs(text, lettering, 1.0).1
    }

    /// The glyphs of `text` along the x axis, `scale` times as large, and the width of them all.
    pub(super) fn glyphs(&self, text: &str, lettering: Lettering, scale: f64) -> (Vec<Glyph>, f64) {
        let font = self.font(lettering);
        let em = font.height_unscaled() / font.units_per_em().unwrap_or(1000.0);
        let size = PxScale::from((lettering.size * scale) as f32 * em);
        let scaled = font.as_scaled(size);
        let mut x = 0.0;
        let mut previous = None;
        let mut glyphs = Vec::new();
        for character in text.chars() {
            let id = scaled.glyph_id(character);
            if let Some(previous) = previous {
                x += scaled.kern(previous, id);
            }
            glyphs.push(id.with_scale_and_position(size, point(x, 0.0)));
            x += scaled.h_advance(id);
            previous = Some(id);
        }
        (glyphs, f64::from(x))
    }

    /// `text`, or its two ends with an ellipsis between them, so that it is at most `width` wide.
    /// Names tend to begin alike and to differ at their ends.
    pub(super) fn fit(&self, text: &str, lettering: Lettering, width: f64) -> String {
        let text = clean(text);
        let characters: Vec<char> = text.chars().collect();
        let mut kept = characters.len();
        let mut fitted = text;
        while kept > 0 && self.width(&fitted, lettering) > width {
            kept -= 1;
            let head = &characters[..kept.div_ceil(2)];
            let tail = &characters[characters.len() - kept / 2..];
            fitted = head.iter().chain(&['…']).chain(tail).collect();
        }
        fitted
    }

    /// `text` in at most `lines_max` lines of at most `width`; what is left over is cut.
    pub(super) fn lines(
        &self,
        text: &str,
        lettering: Lettering,
        (width, lines_max): (f64, usize),
    ) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let text = clean(text);
        let mut words = text.split_whitespace().peekable();
        while words.peek().is_some() && lines.len() + 1 < lines_max {
            let mut line = words.next().unwrap_or_default().to_owned();
            while let Some(word) = words.peek() {
                let longer = format!("{line} {word}");
                if self.width(&longer, lettering) > width {
                    break;
                }
                line = longer;
                words.next();
            }
            lines.push(self.fit(&line, lettering, width));
        }
        let rest: Vec<&str> = words.collect();
        if !rest.is_empty() {
            lines.push(self.cut(&rest.join(" "), lettering, width));
        }
        lines
    }

    /// `text`, or its beginning with an ellipsis, so that it is at most `width` wide.
    fn cut(&self, text: &str, lettering: Lettering, width: f64) -> String {
        let mut kept: Vec<char> = text.chars().collect();
        let mut fitted = text.to_owned();
        while !kept.is_empty() && self.width(&fitted, lettering) > width {
            kept.pop();
            fitted = kept.iter().collect::<String>().trim_end().to_owned() + "…";
        }
        fitted
    }
}

/// `text` without what has no place on a line; XML could not even hold it.
pub(super) fn clean(text: &str) -> String {
    let allowed = |character: char| match character {
        '\u{FFFE}' | '\u{FFFF}' => ' ',
        _ if character.is_control() => ' ',
        _ => character,
    };
    text.chars().map(allowed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::chart::style::{LEGEND, TITLE};

    #[test]
    fn long_names_keep_both_ends_and_long_titles_their_beginning() {
        let fonts = Fonts::embedded();
        let name = "very-long-service-name-of-the-billing-department-eu-west-1";
        let fitted = fonts.fit(name, LEGEND, 200.0);
        assert!(
            fitted.starts_with("very-long") && fitted.ends_with("west-1"),
            "{fitted}"
        );
        assert!(fonts.width(&fitted, LEGEND) <= 200.0);
        let title = "word ".repeat(100);
        let lines = fonts.lines(&title, TITLE, (500.0, 2));
        assert_eq!(lines.len(), 2);
        assert!(lines[1].ends_with('…'), "{lines:?}");
        assert!(lines.iter().all(|line| fonts.width(line, TITLE) <= 500.0));
        assert_eq!(
            fonts.lines("two\u{0}words", TITLE, (500.0, 2)),
            ["two words"]
        );
    }

    #[test]
    fn text_twice_as_large_is_twice_as_wide() {
        let fonts = Fonts::embedded();
        let (_, once) = fonts.glyphs("gateway", LEGEND, 1.0);
        let (_, twice) = fonts.glyphs("gateway", LEGEND, 2.0);
        assert!((twice / once - 2.0).abs() < 1e-3, "{once} {twice}");
    }
}
