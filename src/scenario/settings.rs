//! A scenario value by value: what a baseline remembers of it.

use crate::files;
use crate::scenario::LoadError;
use std::collections::BTreeMap;
use std::path::Path;
use toml::Value;

/// Every value of the scenario at `path`, by its path, with `overrides` (`PATH=VALUE` each) as they
/// were given. What cannot be read has no values: loading it says why.
///
/// # Errors
/// If the file cannot be read.
pub fn settings(path: &Path, overrides: &[String]) -> Result<BTreeMap<String, String>, LoadError> {
    let text = files::read_text(path).map_err(LoadError::Unreadable)?;
    let mut settings = BTreeMap::new();
    if let Ok(table) = toml::from_str::<toml::Table>(&text) {
        flatten("", &Value::Table(table), &mut settings);
    }
    for change in overrides {
        if let Some((path, value)) = change.split_once('=') {
            settings.insert(path.trim().to_owned(), value.trim().to_owned());
        }
    }
    Ok(settings)
}

fn flatten(path: &str, value: &Value, settings: &mut BTreeMap<String, String>) {
    match value {
        Value::Table(table) if !table.is_empty() => {
            for (key, value) in table {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                flatten(&path, value, settings);
            }
        }
        value => {
            settings.insert(path.to_owned(), value.to_string());
        }
    }
}
