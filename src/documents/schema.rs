//! JSON Schemas (draft 2020-12) for editors, made from the tables that check the documents.

use super::yaml::shape::{Built, Kind, Shape};
use serde_json::{Map, Value, json};

/// The schema of a workflow.
pub fn workflow_schema() -> Value {
    document(
        "A workflow of harness-tui",
        &super::workflow::keys::WORKFLOW,
    )
}

/// The schema of harness.yaml.
pub fn settings_schema() -> Value {
    document(
        "The settings of harness-tui",
        &super::settings::keys::SETTINGS,
    )
}

fn document(title: &str, shape: &Shape) -> Value {
    let mut schema = Map::new();
    schema.insert(
        "$schema".to_owned(),
        json!("https://json-schema.org/draft/2020-12/schema"),
    );
    schema.insert("title".to_owned(), json!(title));
    if let Value::Object(inner) = record(shape) {
        schema.extend(inner);
    }
    Value::Object(schema)
}

fn record(shape: &Shape) -> Value {
    let mut properties = Map::new();
    for field in shape.fields.iter().filter(|f| f.built.is_built()) {
        let mut value = match field.built {
            Built::Only(words) => of(&Kind::Word(words)),
            _ => of(&field.kind),
        };
        if let Value::Object(map) = &mut value {
            map.insert("description".to_owned(), json!(field.doc));
        }
        properties.insert(field.name.to_owned(), value);
    }
    let required: Vec<_> = shape
        .fields
        .iter()
        .filter(|f| f.required)
        .map(|f| f.name)
        .collect();
    let mut schema = json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    });
    let built = |name: &&&str| {
        shape
            .fields
            .iter()
            .any(|f| f.name == **name && f.built.is_built())
    };
    let choices: Vec<_> = shape
        .one_of
        .iter()
        .filter(built)
        .map(|name| json!({ "required": [name] }))
        .collect();
    if let (false, Value::Object(map)) = (choices.is_empty(), &mut schema) {
        map.insert("oneOf".to_owned(), Value::Array(choices));
    }
    schema
}

fn of(kind: &Kind) -> Value {
    match kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Scalar => json!({ "type": ["string", "number", "boolean"] }),
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Count(min, u64::MAX) => json!({ "type": "integer", "minimum": min }),
        Kind::Count(min, max) => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Kind::Amount => json!({ "type": "number", "minimum": 0 }),
        Kind::Until => {
            json!({ "type": "string", "pattern": "^(([0-9]+[smhd])+|[0-2]?[0-9]:[0-5][0-9])$" })
        }
        Kind::Duration => json!({ "type": "string", "pattern": "^([0-9]+[smhd])+$" }),
        Kind::Size => {
            json!({ "type": "string", "pattern": "^[0-9]+([.][0-9])? ?([KMGTkmgt][Ii]?[Bb])$" })
        }
        Kind::Word(words) => json!({ "type": "string", "enum": words }),
        Kind::List(inner) => json!({ "type": "array", "items": of(inner) }),
        Kind::OneOrMore(inner) => {
            json!({ "anyOf": [of(inner), { "type": "array", "items": of(inner) }] })
        }
        Kind::Map(inner) => json!({ "type": "object", "additionalProperties": of(inner) }),
        Kind::Record(shape) => record(shape),
        Kind::Either(kinds) => json!({ "anyOf": kinds.iter().map(of).collect::<Vec<_>>() }),
        Kind::Any => json!({}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schemas_say_what_the_check_says() {
        let workflow = workflow_schema();
        assert_eq!(workflow["additionalProperties"], json!(false));
        let stage = &workflow["properties"]["stages"]["items"];
        assert_eq!(stage["required"], json!(["id"]));
        assert!(stage["properties"].get("for_each").is_none(), "not built");
        let settings = settings_schema();
        let driver = &settings["properties"]["agents"]["items"]["properties"]["driver"];
        assert_eq!(driver["type"], json!("string"));
        assert_eq!(
            settings["properties"]["tree"]["properties"]["setup"]["anyOf"][1]["type"],
            json!("array")
        );
    }
}
