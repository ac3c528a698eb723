//! The JSON schema of scenario files, made from the spec's types and their comments.

use super::spec::ScenarioSpec;
use serde_json::Value;

/// The JSON schema of a scenario file.
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(ScenarioSpec).to_value();
    without_null(&mut schema);
    schema
}

/// TOML has no null: what may be left out is left out.
fn without_null(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if object.get("default") == Some(&Value::Null) {
                object.remove("default");
            }
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    object.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(options)) = object.get_mut("anyOf") {
                let null = serde_json::json!({ "type": "null" });
                options.retain(|option| *option != null);
                if let [Value::Object(only)] = options.as_slice() {
                    let only = only.clone();
                    object.remove("anyOf");
                    object.extend(only);
                }
            }
            object.values_mut().for_each(without_null);
        }
        Value::Array(items) => items.iter_mut().for_each(without_null),
        _ => {}
    }
}
