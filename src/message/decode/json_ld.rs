//! schema.org articles in JSON-LD: one object, one inside `@graph`, or one in an array.
//!
//! Values that are strings are moved to the article. Values with a structure (an author with an address, a
//! picture with a width) are read and stay in `extra` too.

use serde_json::{Map, Value};

use super::content_type::Form;
use super::reading::Reading;
use super::sniff;
use crate::message::fields::Field;

/// Types whose `articleBody` is an article.
const ARTICLE_TYPES: &[&str] = &[
    "Article",
    "NewsArticle",
    "AnalysisNewsArticle",
    "AskPublicNewsArticle",
    "BackgroundNewsArticle",
    "OpinionNewsArticle",
    "ReportageNewsArticle",
    "ReviewNewsArticle",
    "AdvertiserContentArticle",
    "SatiricalArticle",
    "BlogPosting",
    "LiveBlogPosting",
    "Report",
];

/// Whether a node is an article with its text.
pub(super) fn is_article(node: &Value) -> bool {
    node.as_object().is_some_and(has_article)
}

fn has_article(node: &Map<String, Value>) -> bool {
    let is_named = |name: &str| {
        let local = name.rsplit(['/', '#', ':']).next().unwrap_or(name);
        ARTICLE_TYPES.contains(&local)
    };
    let is_typed = match node.get("@type") {
        Some(Value::String(name)) => is_named(name),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).any(is_named),
        _ => false,
    };
    is_typed && node.get("articleBody").is_some_and(Value::is_string)
}

/// Moves a JSON-LD article's fields to the article; whether the document has one.
pub(super) fn take(document: &mut Map<String, Value>, reading: &mut Reading) -> bool {
    if has_article(document) {
        take_node(document, &[], reading);
        return true;
    }
    let Some(Value::Array(graph)) = document.get_mut("@graph") else {
        return false;
    };
    let Some(at) = graph.iter().position(is_article) else {
        return false;
    };
    // The node leaves the graph while it is read, so that the others can be looked up in it.
    let mut node = graph.get_mut(at).map(Value::take).unwrap_or_default();
    if let Some(node) = node.as_object_mut() {
        take_node(node, graph, reading);
    }
    if let Some(place) = graph.get_mut(at) {
        *place = node;
    }
    true
}

fn take_node(node: &mut Map<String, Value>, graph: &[Value], reading: &mut Reading) {
    if let Some(body) = take_text(node, &["articleBody"]) {
        let field = match sniff::form_of(&body) {
            Form::Html => Field::Html,
            Form::Json | Form::Text | Form::Unknown => Field::Text,
        };
        if !reading.has(Field::Html) && !reading.has(Field::Text) {
            reading.offer(field, [body]);
        }
    }
    if !reading.has(Field::Title) {
        reading.offer(Field::Title, take_text(node, &["headline", "name"]));
    }
    if !reading.has(Field::Url) {
        let url = take_text(node, &["url"]);
        reading.offer(
            Field::Url,
            url.or_else(|| first(node, "mainEntityOfPage", graph, &["@id", "url"])),
        );
    }
    if !reading.has(Field::Id) {
        let id = take_text(node, &["identifier"]);
        let id = id.or_else(|| first(node, "identifier", graph, &["value", "@id"]));
        reading.offer(Field::Id, id.or_else(|| text(node, "@id")));
    }
    let mut take_plain = |field, keys: &[&str], node: &mut Map<String, Value>| {
        if !reading.has(field) {
            reading.offer(field, take_text(node, keys));
        }
    };
    take_plain(Field::Description, &["description", "abstract"], node);
    take_plain(Field::PublishedAt, &["datePublished", "dateCreated"], node);
    take_plain(Field::Language, &["inLanguage"], node);
    take_plain(Field::Byline, &["author", "creator"], node);
    take_plain(Field::Source, &["publisher"], node);
    take_plain(Field::Image, &["image", "thumbnailUrl"], node);
    take_plain(Field::Keywords, &["keywords"], node);
    reading.offer(
        Field::Language,
        first(node, "inLanguage", graph, &["alternateName", "name"]),
    );
    for key in ["author", "creator"] {
        reading.offer(Field::Authors, all(node, key, graph, &["name"]));
    }
    reading.offer(Field::Source, first(node, "publisher", graph, &["name"]));
    reading.offer(Field::Image, first(node, "image", graph, &["url", "contentUrl"]));
    reading.offer(Field::Keywords, all(node, "keywords", graph, &["name"]));
    reading.offer(Field::Tags, all(node, "about", graph, &["name"]));
}

fn text(node: &Map<String, Value>, key: &str) -> Option<String> {
    node.get(key)?.as_str().map(str::to_owned)
}

fn take_text(node: &mut Map<String, Value>, keys: &[&str]) -> Option<String> {
    let key = keys
        .iter()
        .find(|key| node.get(**key).is_some_and(Value::is_string))?;
    match node.shift_remove(*key) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

fn first(node: &Map<String, Value>, key: &str, graph: &[Value], inner: &[&str]) -> Option<String> {
    all(node, key, graph, inner).into_iter().next()
}

/// The strings under a key: itself, or an object's `inner`, or those of a list; references are followed once.
fn all(node: &Map<String, Value>, key: &str, graph: &[Value], inner: &[&str]) -> Vec<String> {
    let one = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Object(object) => inner.iter().find_map(|inner| text(object, inner)).or_else(|| {
            let id = object.get("@id")?;
            let referred = graph
                .iter()
                .find(|other| other.get("@id") == Some(id))?
                .as_object()?;
            inner.iter().find_map(|inner| text(referred, inner))
        }),
        _ => None,
    };
    match node.get(key) {
        None => Vec::new(),
        Some(Value::Array(values)) => values.iter().filter_map(one).collect(),
        Some(value) => one(value).into_iter().collect(),
    }
}
