//! The tables in docs/trust.md.

use std::fs;
use std::path::Path;

/// Puts a table between the marks of its section.
pub(crate) fn write(section: &str, table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/trust.md");
    let text = fs::read_to_string(&path).expect("docs/trust.md is there");
    let (begin, end) = (
        format!("<!-- {section} -->\n"),
        format!("<!-- /{section} -->"),
    );
    let (before, rest) = text.split_once(&begin).expect("the section begins");
    let (_, after) = rest.split_once(&end).expect("the section ends");
    let text = format!("{before}{begin}{table}{end}{after}");
    fs::write(&path, text).expect("docs/trust.md can be written");
}
