//! A record of our own, sent round once more: with a new vocabulary, say, or a new version.
//!
//! What is the article's is read, what enrichment made of it is left out and made anew. The keywords are what its tags
//! came from.

use serde_json::{Map, Value};

use super::reading::Reading;
use crate::message::fields::Field;

/// How the names of our records' forms begin.
const FORMS: &str = "newsmill/enriched/";
/// What enrichment makes.
const MADE: &[&str] = &[
    "schema",
    "captions",
    "removed",
    "quotes",
    "tags",
    "fingerprint",
    "stats",
    "enrichment",
];

/// Takes out of a record what was made of the article; whether the document is one.
pub(super) fn take(document: &mut Map<String, Value>, reading: &mut Reading) -> bool {
    let form = document.get("schema").and_then(Value::as_str);
    if !form.is_some_and(|form| form.starts_with(FORMS)) {
        return false;
    }
    let tags = document.get("tags").and_then(Value::as_array);
    let keywords: Vec<String> = tags.into_iter().flatten().filter_map(raw).flatten().collect();
    reading.offer(Field::Tags, keywords);
    for made in MADE {
        document.shift_remove(*made);
    }
    // What the article does not say.
    document.retain(|_, value| !value.is_null());
    // What was carried through stands where it came from.
    if let Some(Value::Object(extra)) = document.shift_remove("extra") {
        for (name, value) in extra {
            document.entry(name).or_insert(value);
        }
    }
    true
}

/// The raw strings of a tag that came from keywords.
fn raw(tag: &Value) -> Option<impl Iterator<Item = String> + '_> {
    let from = tag.get("from")?.as_array()?;
    let raw = tag.get("raw")?.as_array()?;
    from.iter()
        .any(|from| from == "keywords")
        .then(|| raw.iter().filter_map(Value::as_str).map(str::to_owned))
}
