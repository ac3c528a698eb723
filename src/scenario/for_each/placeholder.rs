//! `${team.name}`: where a value of a row goes.

use std::ops::Range;

/// A placeholder in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Placeholder {
    /// Where it stands in the text, with its braces.
    pub(super) range: Range<usize>,
    /// Whose row.
    pub(super) table: String,
    /// Which value of it.
    pub(super) column: String,
}

/// All placeholders of a text; other uses of `${` are not meant.
pub(super) fn placeholders(text: &str) -> Vec<Placeholder> {
    let starts = text.match_indices("${").map(|(start, _)| start);
    let found = starts.filter_map(|start| {
        let inner = &text[start + 2..];
        let inner = &inner[..inner.find('}')?];
        let (table, column) = inner.split_once('.')?;
        let is_name = |part: &str| {
            let allowed = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
            !part.is_empty() && part.chars().all(allowed)
        };
        let (table, column) = (table.trim(), column.trim());
        (is_name(table) && is_name(column)).then(|| Placeholder {
            range: start..start + 2 + inner.len() + 1,
            table: table.to_owned(),
            column: column.to_owned(),
        })
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_names_a_table_and_a_column_is_one() {
        let found = placeholders("etl-${team.name}-${ team.zone }");
        let names: Vec<_> = found.iter().map(|it| it.column.as_str()).collect();
        assert_eq!(names, ["name", "zone"]);
        assert_eq!(found[0].range, 4..16);
        for other in ["${home}", "${a.b.c}", "${", "${.x}", "$x.y", "${a.b"] {
            assert_eq!(placeholders(other), [], "{other}");
        }
    }
}
