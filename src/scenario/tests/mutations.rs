//! What careless fingers do: no text makes the reader panic, and a misspelt key gives one error
//! that names the right one.

use super::examples::{MM1, WHOLE, write_files};
use super::load_with;
use crate::scenario::{LoadError, load_text};
use proptest::prelude::*;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// Tables whose keys are names that the writer chose; `*` is any name.
const CHOSEN: &[&str] = &[
    "nodes",
    "layers",
    "images",
    "storage",
    "services",
    "services.*.endpoints",
    "apps",
    "apps.*.stages",
    "apps.*.jobs",
    "apps.*.jobs.*.stages",
    "workloads",
];

fn is_chosen(path: &[String]) -> bool {
    CHOSEN.iter().any(|pattern| {
        let parts: Vec<&str> = pattern.split('.').collect();
        let same = |(part, key): (&&str, &String)| *part == "*" || part == key;
        parts.len() == path.len() && parts.iter().zip(path).all(same)
    })
}

/// Every key that is not a chosen name, with its place.
fn keys(table: &DeTable<'_>, path: &mut Vec<String>, found: &mut Vec<(String, Range<usize>)>) {
    for (key, value) in table {
        let name = key.get_ref().to_string();
        if !is_chosen(path) {
            found.push((name.clone(), key.span()));
        }
        if let DeValue::Table(inner) = value.get_ref() {
            path.push(name);
            keys(inner, path, found);
            path.pop();
        }
    }
}

#[test]
fn every_misspelt_key_gives_one_error_that_suggests_the_right_one() {
    let directory = tempfile::tempdir().unwrap();
    write_files(directory.path());
    let mut found = Vec::new();
    keys(
        DeTable::parse(WHOLE).unwrap().get_ref(),
        &mut Vec::new(),
        &mut found,
    );
    assert!(found.len() > 80, "{}", found.len());
    let mut wrong = Vec::new();
    for (key, span) in found {
        let written = &WHOLE[span.clone()];
        let misspelt = match written.strip_suffix('"') {
            Some(open) => format!("{open}x\""),
            None => format!("{written}x"),
        };
        let text = format!("{}{misspelt}{}", &WHOLE[..span.start], &WHOLE[span.end..]);
        match load_text("x.toml", &text, directory.path(), &[]) {
            Err(LoadError::Wrong { text, count }) => {
                if count != 1 || !text.contains(&format!("did you mean `{key}`?")) {
                    wrong.push(format!("{misspelt}: {count} errors\n{text}"));
                }
            }
            other => wrong.push(format!("{misspelt}: {other:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

proptest! {
    #[test]
    fn any_text_gives_a_model_or_a_message(text in "[ -~\\n\u{e9}\u{1f600}]{0,200}") {
        let _ = load_with(&text, &[]).map_err(|error| error.to_string());
    }

    #[test]
    fn any_damage_to_a_scenario_gives_a_model_or_a_message(
        start in 0..WHOLE.len(),
        length in 0..40_usize,
        patch in "[a-z0-9={}\\[\\]\". \\n\u{e9}*-]{0,12}",
    ) {
        let end = (start + length).min(WHOLE.len());
        let text = format!("{}{patch}{}", &WHOLE[..start], &WHOLE[end..]);
        if let Err(error) = load_with(&text, &[]) {
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn any_change_gives_a_model_or_a_message(change in "[a-z.*='\"{} \u{e9}\\n-]{0,40}") {
        let _ = load_with(MM1, &[&change]).map_err(|error| error.to_string());
        let change = format!("services.desk.{change}");
        let _ = load_with(MM1, &[&change, "services.*.replicas=2"]);
    }
}
