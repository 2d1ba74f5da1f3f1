//! IPTC ninjs 2 and 3: the same names, in 2 all lower case, in 3 camelCase.
//!
//! Names of people, places, subjects and the like become tags and stay in `extra` too, since their URIs say more
//! than the tags can.

use serde_json::{Map, Value};

use super::reading::Reading;
use crate::message::fields::Field;
use crate::message::output;

/// Lists whose items' names are tags.
const NAMED: &[&str] = &[
    "people",
    "organisations",
    "places",
    "subjects",
    "events",
    "objects",
];

/// Moves a ninjs item's fields to the article; whether the document is one.
pub(super) fn take(object: &mut Map<String, Value>, reading: &mut Reading) -> bool {
    if !(object.contains_key("uri") && object.get("bodies").is_some_and(Value::is_array)) {
        return false;
    }
    if !reading.has(Field::Html) && !reading.has(Field::Text) {
        reading.offer(Field::Html, take_item(object, "bodies", is_page));
        reading.offer(Field::Text, take_item(object, "bodies", |item| !is_page(item)));
    }
    let uri = take_text(object, &["uri"]);
    reading.offer(Field::Id, uri.map(|uri| output::id_of_uri(&uri).unwrap_or(uri)));
    if !reading.has(Field::Url) {
        reading.offer(Field::Url, address(object));
    }
    if !reading.has(Field::Title) {
        let headline = take_item(object, "headlines", |_| true);
        reading.offer(Field::Title, headline.or_else(|| take_text(object, &["title"])));
    }
    if !reading.has(Field::Description) {
        reading.offer(Field::Description, take_item(object, "descriptions", |_| true));
    }
    if !reading.has(Field::Byline) {
        reading.offer(Field::Byline, take_text(object, &["by"]));
    }
    if !reading.has(Field::PublishedAt) {
        let first = take_text(object, &["firstCreated", "firstcreated"]);
        let date = first.or_else(|| take_text(object, &["versionCreated", "versioncreated"]));
        reading.offer(Field::PublishedAt, date);
    }
    reading.offer(Field::Language, take_text(object, &["language"]));
    reading.offer(Field::Source, source(object));
    reading.offer(Field::Image, image(object));
    let names = NAMED.iter().flat_map(|list| items(object, list)).filter_map(name);
    let names: Vec<String> = names.collect();
    reading.offer(Field::Tags, names);
    true
}

fn items<'a>(object: &'a Map<String, Value>, list: &str) -> impl Iterator<Item = &'a Map<String, Value>> {
    object
        .get(list)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
}

fn name(item: &Map<String, Value>) -> Option<String> {
    text(item, &["name", "literal"]).map(str::to_owned)
}

/// The first of these keys that holds a string.
fn text<'a>(object: &'a Map<String, Value>, keys: &[&str]) -> Option<&'a str> {
    keys.iter().find_map(|key| object.get(*key)?.as_str())
}

fn take_text(object: &mut Map<String, Value>, keys: &[&str]) -> Option<String> {
    let key = keys
        .iter()
        .find(|key| object.get(**key).is_some_and(Value::is_string))?;
    match object.shift_remove(*key) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// Takes the value of the list's main item of some sort, else of its first of that sort.
fn take_item(
    object: &mut Map<String, Value>,
    list: &str,
    sort: impl Fn(&Map<String, Value>) -> bool,
) -> Option<String> {
    let array = object.get_mut(list)?.as_array_mut()?;
    let fits = |item: &Value| {
        item.as_object()
            .is_some_and(|item| item.get("value").is_some_and(Value::is_string) && sort(item))
    };
    let is_main = |item: &Value| item.get("role").and_then(Value::as_str) == Some("main");
    let at = array
        .iter()
        .position(|item| fits(item) && is_main(item))
        .or_else(|| array.iter().position(fits))?;
    let item = array.remove(at);
    if array.is_empty() {
        object.shift_remove(list);
    }
    match item {
        Value::Object(mut item) => take_text(&mut item, &["value"]),
        _ => None,
    }
}

/// Whether a body is a page: by its content type, else by its first character.
fn is_page(item: &Map<String, Value>) -> bool {
    match text(item, &["contentType", "contenttype"]) {
        Some(content_type) => content_type.contains("html") || content_type.contains("xml"),
        None => text(item, &["value"]).is_some_and(|value| value.trim_start().starts_with('<')),
    }
}

/// Where the item stands, as one of its other ids says.
fn address(object: &Map<String, Value>) -> Option<String> {
    let is_address = |id: &&Map<String, Value>| text(id, &["role"]) == Some("url");
    let id = items(object, "altIds").find(is_address)?;
    text(id, &["value"]).map(str::to_owned)
}

fn source(object: &mut Map<String, Value>) -> Option<String> {
    let named = ["infoSources", "infosources"]
        .iter()
        .find_map(|list| items(object, list).find_map(name));
    named.or_else(|| text(object, &["copyrightHolder", "copyrightholder"]).map(str::to_owned))
}

/// The address of the first picture that the item has or is associated with.
fn image(object: &Map<String, Value>) -> Option<String> {
    let of_item = |item: &Map<String, Value>| {
        let is_picture = |rendition: &&Map<String, Value>| {
            text(rendition, &["contentType", "contenttype"]).is_none_or(|kind| kind.starts_with("image/"))
        };
        items(item, "renditions")
            .filter(is_picture)
            .find_map(|rendition| text(rendition, &["href"]).map(str::to_owned))
    };
    let is_picture = |item: &&Map<String, Value>| text(item, &["type"]) == Some("picture");
    items(object, "associations")
        .filter(is_picture)
        .find_map(of_item)
        .or_else(|| of_item(object))
}
