//! The articles under `samples/raw`, as the decoder would hand them over.
//!
//! Invariant: in the order of their names, so that every run sees the same.

use std::path::{Path, PathBuf};

use newsmill::message::{DecodeOptions, RawArticle, decode};

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
    let name = path.file_name().unwrap().to_str().unwrap();
    let body = std::fs::read_to_string(path).unwrap();
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => vec![sample(name.to_owned(), &body, "text/html")],
        Some("txt") => vec![sample(name.to_owned(), &body, "text/plain")],
        Some("json") => vec![sample(name.to_owned(), &body, "application/json")],
        Some("ndjson") => (1..)
            .zip(body.lines())
            .map(|(line, body)| sample(format!("{name}-{line}"), body, "application/json"))
            .collect(),
        _ => unreachable!("{name} is no kind of sample"),
    }
}

fn sample(name: String, body: &str, content_type: &str) -> Sample {
    let decoded = decode(
        body.as_bytes(),
        Some(content_type),
        None,
        &DecodeOptions::default(),
    );
    match decoded {
        Ok(article) => Sample { name, article },
        Err(error) => unreachable!("{name} was refused: {error}"),
    }
}
