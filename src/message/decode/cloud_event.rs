//! An article inside a CloudEvent in structured mode: `data` is the article, the rest is about the event.

use serde_json::{Map, Value};

/// What holds the event's attributes in `extra`.
const KEPT: &str = "cloudevent";

/// Puts the event's data in the place of the event, if the document is one.
pub(super) fn open(document: &mut Map<String, Value>) {
    let is_event = document.get("specversion").is_some_and(Value::is_string)
        && document.get("type").is_some_and(Value::is_string)
        && document
            .get("data")
            .is_some_and(|data| data.is_object() || data.is_string());
    if !is_event {
        return;
    }
    let mut event = std::mem::take(document);
    match event.shift_remove("data") {
        Some(Value::Object(data)) => *document = data,
        Some(Value::String(data)) => {
            let named = event.get("datacontenttype").and_then(Value::as_str);
            let is_page = named.is_some_and(|named| named.contains("html"));
            document.insert(
                if is_page { "html" } else { "text" }.to_owned(),
                Value::String(data),
            );
        }
        // As just seen, it is one of the two.
        _ => {}
    }
    document.entry(KEPT).or_insert(Value::Object(event));
}
