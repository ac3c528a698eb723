//! `--vary PATH=V1,V2` and `--sample`: the command line taken apart, before it means anything.

use super::axis::dotted;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::{Located, Span};
use crate::scenario::overrides::{Usage, ValueText, split};

const VARY: Usage = Usage {
    needs: "`--vary` needs a path and values",
    form: "write it as PATH=V1,V2,…, e.g. `--vary services.gateway.replicas=2,4,8`, or \
           `--vary variant=a,b`",
};

/// A `--vary`, taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Vary {
    /// What is varied.
    pub(super) path: Vec<Located<String>>,
    /// The values, at least one.
    pub(super) values: Vec<ValueText>,
}

impl Vary {
    /// Takes `PATH=V1,V2` apart; `start` is the offset of its first byte, at least 4. Commas within
    /// brackets, braces and quotes separate nothing.
    ///
    /// # Errors
    /// If there is no `=`, the path is not one, or a value is empty.
    pub(crate) fn new(text: &str, start: usize) -> Result<Self, Diagnostic> {
        let (path, after) = split(text, start, VARY)?;
        let mut at = start + text.len() - after.len();
        let mut values = Vec::new();
        for piece in pieces(after) {
            if piece.trim().is_empty() {
                let whole = Span::from(start..start + text.len());
                return Err(Diagnostic::at(
                    whole,
                    format!("a value for `{}` is empty", dotted(&path)),
                )
                .label("nothing stands before or after a comma")
                .help(VARY.form));
            }
            values.push(ValueText::new(piece, at));
            at += piece.len() + 1;
        }
        Ok(Self { path, values })
    }
}

/// What stands between the commas.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut depth, mut quote, mut begin) = (0_usize, None, 0);
    for (index, character) in text.char_indices() {
        if let Some(open) = quote {
            quote = quote.filter(|_| character != open);
            continue;
        }
        match character {
            '"' | '\'' => quote = Some(character),
            '[' | '{' => depth += 1,
            ']' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                pieces.push(&text[begin..index]);
                begin = index + 1;
            }
            _ => {}
        }
    }
    pieces.push(&text[begin..]);
    pieces
}

/// How points are drawn instead of trying all combinations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sampling {
    /// Whether each axis is cut into as many equal parts as there are points, and each part is used
    /// once.
    pub(crate) latin: bool,
    /// How many points.
    pub(crate) points: u32,
    /// Seed of the draws.
    pub(crate) seed: u64,
}

/// The seed of samples that have none.
pub(super) const SAMPLE_SEED: u64 = 1;

impl Sampling {
    /// Reads `random=64` or `latin-hypercube=64`; `start` is the offset of its first byte.
    ///
    /// # Errors
    /// If it is neither.
    pub(crate) fn new(text: &str, start: usize) -> Result<Self, Diagnostic> {
        let (kind, count) = text.split_once('=').unwrap_or((text, ""));
        let latin = match kind.trim() {
            "latin-hypercube" => Some(true),
            "random" => Some(false),
            _ => None,
        };
        match (latin, count.trim().parse()) {
            (Some(latin), Ok(points)) if 0 < points => Ok(Self {
                latin,
                points,
                seed: SAMPLE_SEED,
            }),
            _ => Err(Diagnostic::at(
                (start..start + text.len()).into(),
                "`--sample` needs a kind and a number of points",
            )
            .help("write `--sample latin-hypercube=64` or `--sample random=64`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_inside_lists_tables_and_quotes_separate_nothing() {
        assert_eq!(pieces("1,2"), ["1", "2"]);
        assert_eq!(
            pieces("{ a = 1, b = [2, 3] },\"x,y\",'z,'"),
            ["{ a = 1, b = [2, 3] }", "\"x,y\"", "'z,'"]
        );
        assert_eq!(pieces("a,,b"), ["a", "", "b"]);
    }
}
