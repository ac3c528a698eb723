//! The committed schema is that of the code, and scenarios obey it.

use super::examples::{MM1, WHOLE};
use crate::files;
use crate::scenario::schema;
use serde_json::Value;
use std::path::Path;

#[test]
fn the_committed_schema_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("sparksim.schema.json");
    let mut text = serde_json::to_string_pretty(&schema()).unwrap();
    text.push('\n');
    if std::env::var_os("SPARKSIM_UPDATE_SCHEMA").is_some() {
        files::write(&path, text.as_bytes()).unwrap();
    }
    assert!(
        files::read_text(&path).unwrap_or_default() == text,
        "sparksim.schema.json is stale: run the tests once with SPARKSIM_UPDATE_SCHEMA=1"
    );
}

#[test]
fn the_schema_accepts_scenarios_and_refuses_unknown_keys_and_wrong_choices() {
    let schema = schema();
    assert!(jsonschema::meta::is_valid(&schema));
    let validator = jsonschema::validator_for(&schema).unwrap();
    let is_valid = |text: &str| {
        let value: Value = toml::from_str(text).unwrap();
        validator.is_valid(&value)
    };
    assert!(is_valid(MM1));
    assert!(is_valid(WHOLE));
    assert!(!is_valid(&MM1.replace("seed", "sede")));
    assert!(!is_valid(&MM1.replace("poisson", "poison")));
    assert!(!is_valid(&WHOLE.replace("power-of-two", "power-of-six")));
    assert!(!is_valid(&WHOLE.replace("count = 4", "count = -4")));
}

#[test]
fn the_schema_describes_every_key() {
    fn undescribed(value: &Value, path: &str, found: &mut Vec<String>) {
        let Value::Object(object) = value else {
            return;
        };
        if let Some(Value::Object(properties)) = object.get("properties") {
            for (name, property) in properties {
                // The names of choices are described one level up.
                let described = property.get("description").is_some();
                if !described && object.get("description").is_none() {
                    found.push(format!("{path}.{name}"));
                }
            }
        }
        for (name, inner) in object {
            undescribed(inner, &format!("{path}.{name}"), found);
        }
    }
    let mut found = Vec::new();
    undescribed(&schema(), "", &mut found);
    assert!(found.is_empty(), "{found:?}");
}
