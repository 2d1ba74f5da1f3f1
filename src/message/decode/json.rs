//! A JSON message to an article: by the field map, else by a shape that is known, else by the fields' own names.
//!
//! Invariant: what was not read into a field is in `extra`, as it came and in its order.

use serde_json::{Map, Value};

use super::reading::{Reading, name_of};
use super::{DecodeError, DecodeOptions, cloud_event, json_ld, ninjs, object, record};
use crate::message::RawArticle;
use crate::message::fields::Field;

/// Reads a JSON document.
pub(super) fn article(text: &str, options: &DecodeOptions) -> Result<RawArticle, DecodeError> {
    let document = match object::read(text) {
        Some(object) => Value::Object(object),
        None => serde_json::from_str(text).map_err(|error| syntax_error(text, &error))?,
    };
    let mut object = match document {
        Value::Object(object) => object,
        // JSON-LD: an array is a graph.
        Value::Array(nodes) if nodes.iter().any(json_ld::is_article) => {
            Map::from_iter([("@graph".to_owned(), Value::Array(nodes))])
        }
        other => {
            return Err(DecodeError::NotAnObject {
                found: name_of(&other),
            });
        }
    };

    let mut reading = Reading::default();
    options.field_map.take(&mut object, &mut reading)?;
    cloud_event::open(&mut object);
    record::take(&mut object, &mut reading);
    let known_shape = ninjs::take(&mut object, &mut reading) || json_ld::take(&mut object, &mut reading);
    let mut extra = Map::new();
    for (name, value) in object {
        match Field::named(&name) {
            // In another standard's shape a name may mean something of its own, so only what fits is read.
            Some(field) if known_shape => match value {
                Value::String(text) if !reading.has(field) => reading.offer(field, [text]),
                other => _ = extra.insert(name, other),
            },
            Some(field) if !reading.has(field) => reading.set(field, value, field.name())?,
            Some(_) | None => _ = extra.insert(name, value),
        }
    }

    let (mut article, redundant_byline) = reading.finish();
    if !redundant_byline.is_empty() {
        let byline = redundant_byline.into_iter().map(Value::String).collect();
        extra.insert(Field::Byline.name().to_owned(), one_or_many(byline));
    }
    article.extra = extra;
    if options.text_required && article.html.is_none() && article.text.is_none() {
        return Err(DecodeError::NoText);
    }
    Ok(article)
}

fn one_or_many(mut values: Vec<Value>) -> Value {
    match values.len() {
        1 => values.pop().unwrap_or(Value::Null),
        _ => Value::Array(values),
    }
}

/// The parser's error with the byte it happened at.
fn syntax_error(text: &str, error: &serde_json::Error) -> DecodeError {
    let (line, column) = (error.line(), error.column());
    let line_start = match line.checked_sub(2) {
        None => 0,
        Some(newlines_before) => memchr::memchr_iter(b'\n', text.as_bytes())
            .nth(newlines_before)
            .map_or(0, |newline| newline + 1),
    };
    let byte = line_start + column.saturating_sub(1);
    let told = error.to_string();
    let detail = told
        .rsplit_once(" at line ")
        .map_or(told.as_str(), |(detail, _)| detail);
    // The parser says the second where the other half of a pair does not follow.
    if detail.contains("surrogate") || detail == "unexpected end of hex escape" {
        return DecodeError::LoneSurrogate { line, column, byte };
    }
    DecodeError::Json {
        line,
        column,
        byte,
        detail: detail.to_owned(),
    }
}
