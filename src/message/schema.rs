//! JSON Schemas (draft 2020-12) of both messages. The raw one describes the wire form, so it is made of the
//! decoder's own table; the enriched one is made of the types.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::fields::{Accepts, Field};
use super::{EnrichedRecord, SCHEMA};

/// The `$id` of the schema of [`SCHEMA`].
pub(super) const SCHEMA_URI: &str = "urn:newsmill:schema:enriched:1";
const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Schema of a raw article as JSON.
pub fn raw_schema() -> Value {
    let properties: Map<String, Value> = Field::ALL
        .into_iter()
        .map(|field| (field.name().to_owned(), property(field)))
        .collect();
    let holds_text = |name: &str| {
        json!({
            "required": [name],
            "properties": {name: {"type": "string", "pattern": "\\S"}},
        })
    };
    json!({
        "$schema": DRAFT,
        "$id": "urn:newsmill:schema:raw:1",
        "title": "Raw article",
        "description": "What a crawler sends as application/json. Fields that are not named here are carried through under `extra`.",
        "type": "object",
        "properties": properties,
        "anyOf": [holds_text(Field::Html.name()), holds_text(Field::Text.name())],
        "additionalProperties": true,
    })
}

fn property(field: Field) -> Value {
    let types = match field.accepts() {
        Accepts::Text => json!(["string", "null"]),
        Accepts::Id | Accepts::Date => json!(["string", "number", "null"]),
        Accepts::List => json!(["string", "array", "null"]),
    };
    let mut schema = json!({"description": field.meaning(), "type": types});
    if let (Accepts::List, Some(schema)) = (field.accepts(), schema.as_object_mut()) {
        schema.insert("items".to_owned(), json!({"type": ["string", "null"]}));
    }
    schema
}

/// Schema of an enriched record.
pub fn enriched_schema() -> Value {
    let mut schema = SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<EnrichedRecord>()
        .to_value();
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("$id".to_owned(), json!(SCHEMA_URI));
        schema.insert("title".to_owned(), json!("Enriched record"));
    }
    if let Some(name) = schema
        .pointer_mut("/properties/schema")
        .and_then(Value::as_object_mut)
    {
        name.insert("const".to_owned(), json!(SCHEMA));
    }
    schema
}
