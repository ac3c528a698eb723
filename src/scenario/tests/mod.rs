//! Scenarios in, models and messages out.

mod arrivals;
mod balancing;
mod conf;
mod diagnostics;
mod examples;
mod extends;
mod idle;
mod locality;
mod meaning;
mod model;
mod mutations;
mod overrides;
mod points;
mod promises;
mod scaling;
mod schema;
mod transport;

use super::{LoadError, Loaded, load_text};
use std::path::Path;

/// Loads a scenario that needs no files, with changes.
fn load_with(text: &str, overrides: &[&str]) -> Result<Loaded, LoadError> {
    let overrides: Vec<String> = overrides.iter().map(|&text| text.to_owned()).collect();
    load_text("bad.toml", text, Path::new("."), &overrides)
}

fn load(text: &str) -> Loaded {
    load_with(text, &[]).unwrap_or_else(|error| panic!("{error}"))
}

/// Everything that is wrong with a scenario, as the user sees it.
fn problems(text: &str) -> String {
    problems_with(text, &[])
}

fn problems_with(text: &str, overrides: &[&str]) -> String {
    match load_with(text, overrides) {
        Ok(loaded) => panic!("no problem was found, the model is {:#?}", loaded.model),
        Err(error) => shortened(&error.to_string()),
    }
}

/// Long lists of what is allowed grow with every new key: only how they begin is compared.
fn shortened(problems: &str) -> String {
    let lines = problems.lines().map(|line| {
        let names: Vec<_> = line.split(", ").collect();
        if line.starts_with("help: allowed here: ") && names.len() > 5 {
            format!("{}, …\n", names[..2].join(", "))
        } else {
            format!("{line}\n")
        }
    });
    lines.collect()
}
