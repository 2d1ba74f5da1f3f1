//! What is carried: texts of a given size, and pages as they are.

use std::path::Path;

use serde_json::json;

/// A message of the input.
#[derive(Debug, Clone)]
pub struct Message {
    pub body: Vec<u8>,
    pub content_type: &'static str,
}

/// Messages that are carried over and over.
#[derive(Debug)]
pub struct Load {
    pub name: &'static str,
    pub messages: Vec<Message>,
}

/// Texts of about 4, 30 and 200 KB, made of the samples' own, and pages.
pub fn loads(articles: Option<&Path>) -> Vec<Load> {
    let texts = texts();
    let sized = |name, bytes| Load {
        name,
        messages: (0..16).map(|at| text(&texts, at, bytes)).collect(),
    };
    vec![
        sized("text4", 4_000),
        sized("text30", 30_000),
        sized("text200", 200_000),
        Load {
            name: "pages",
            messages: pages(articles),
        },
    ]
}

/// The clean texts of the samples, as the golden records have them.
fn texts() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/expected");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("tests/golden is part of the repository")
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths
        .iter()
        .filter_map(|path| serde_json::from_slice::<serde_json::Value>(&std::fs::read(path).ok()?).ok())
        .filter_map(|record| Some(record.get("text")?.as_str()?.to_owned()))
        .filter(|text| text.is_ascii() || text.chars().filter(char::is_ascii).count() * 10 > text.len() * 9)
        .collect()
}

fn text(texts: &[String], at: usize, bytes: usize) -> Message {
    let mut text = String::new();
    // Each begins with another one, and no paragraph is the same as one before it, or it would be taken for a twin.
    for (round, paragraph) in texts
        .iter()
        .cycle()
        .skip(at)
        .flat_map(|text| text.split("\n\n"))
        .enumerate()
    {
        if text.len() >= bytes {
            break;
        }
        text.push_str(&format!("{paragraph} This is passage {round}.\n\n"));
    }
    let body = json!({"id": format!("a-{at}"), "title": "What was carried", "text": text, "tags": ["Ghana", "Elections 2024"]});
    Message {
        body: body.to_string().into_bytes(),
        content_type: "application/json",
    }
}

fn pages(articles: Option<&Path>) -> Vec<Message> {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/raw");
    let from = articles.unwrap_or(&samples);
    if from.is_file() {
        let lines = std::fs::read_to_string(from).expect("a readable file of raw articles");
        return lines
            .lines()
            .map(|line| Message {
                body: line.as_bytes().to_vec(),
                content_type: "application/json",
            })
            .collect();
    }
    let mut paths: Vec<_> = std::fs::read_dir(from)
        .expect("a folder of pages")
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "html"))
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| Message {
            body: std::fs::read(path).unwrap(),
            content_type: "text/html; charset=utf-8",
        })
        .collect()
}
