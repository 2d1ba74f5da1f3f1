//! The articles under `samples/raw`, as the decoder would hand them over.
//!
//! Invariant: in the order of their names, so that every run sees the same.

use std::path::{Path, PathBuf};

use newsmill::message::RawArticle;
use serde_json::{Map, Value};

/// One article and the name of its expected record.
pub(crate) struct Sample {
    /// The file's name; for a file of several articles with the line's number.
    pub(crate) name: String,
    /// The article.
    pub(crate) article: RawArticle,
}

/// Every article.
pub(crate) fn all() -> Vec<Sample> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples/raw");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths.iter().flat_map(|path| articles(path)).collect()
}

fn articles(path: &Path) -> Vec<Sample> {
    let name = path.file_name().unwrap().to_str().unwrap().to_owned();
    let body = std::fs::read_to_string(path).unwrap();
    let one = |article| {
        vec![Sample {
            name: name.clone(),
            article,
        }]
    };
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => one(RawArticle {
            html: Some(body),
            ..RawArticle::default()
        }),
        Some("txt") => one(RawArticle {
            text: Some(body),
            ..RawArticle::default()
        }),
        Some("json") => one(from_json(&body)),
        Some("ndjson") => body
            .lines()
            .enumerate()
            .map(|(line, body)| Sample {
                name: format!("{name}-{}", line + 1),
                article: from_json(body),
            })
            .collect(),
        _ => unreachable!("{name} is no kind of sample"),
    }
}

fn from_json(body: &str) -> RawArticle {
    let mut fields: Map<String, Value> = serde_json::from_str(body).unwrap();
    let strings = |value: Option<Value>| match value {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    let authors = fields.remove("authors").or_else(|| fields.remove("byline"));
    let tags = fields.remove("tags").or_else(|| fields.remove("keywords"));
    let mut text = |field: &str| {
        fields
            .remove(field)
            .and_then(|value| value.as_str().map(str::to_owned))
    };
    RawArticle {
        id: text("id"),
        url: text("url"),
        html: text("html"),
        text: text("text"),
        title: text("title"),
        published_at: text("published_at"),
        language: text("language"),
        source: text("source"),
        image: text("image"),
        description: text("description"),
        authors: strings(authors),
        tags: strings(tags),
        extra: fields,
    }
}
