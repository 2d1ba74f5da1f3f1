//! The seed articles: raw text as a crawler really delivered it, and what a careful editor expects of it.
//!
//! They are not part of this repository. The test reads `NEWSMILL_SEED_DIR`, or a folder `shared/samples/seed`
//! beside the checkout; where there is none it says so and holds nothing.

use std::path::PathBuf;
use std::sync::Arc;

use newsmill::enrich::{Enricher, Limits, Stages};
use newsmill::message::RawArticle;
use newsmill::vocabulary::Vocabulary;
use serde_json::{Value, json};

fn folder() -> Option<PathBuf> {
    let folder = match std::env::var_os("NEWSMILL_SEED_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/samples/seed"),
    };
    folder.is_dir().then_some(folder)
}

#[test]
fn the_seed_articles_come_out_as_their_editor_expects() {
    let Some(folder) = folder() else {
        println!("skipped: there is no seed folder");
        return;
    };
    let enricher = Enricher::new(Arc::new(Vocabulary::builtin()), Limits::default(), Stages::ALL);
    let mut differences = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        let article = RawArticle {
            text: Some(std::fs::read_to_string(&path).unwrap()),
            ..RawArticle::default()
        };
        let expected = std::fs::read_to_string(path.with_extension("expected.json")).unwrap();
        let expected: Value = serde_json::from_str(&expected).unwrap();
        let record = enricher.enrich(article).unwrap();
        compare(
            &expected,
            &serde_json::to_value(&record).unwrap(),
            &mut differences,
        );
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

fn compare(expected: &Value, actual: &Value, differences: &mut Vec<String>) {
    for field in ["title", "language", "text", "captions"] {
        if actual[field] != expected[field] {
            differences.push(format!(
                "{field}\n  expected {}\n  found    {}",
                expected[field], actual[field]
            ));
        }
    }
    expect_all(
        "removed",
        &expected["removed"],
        list(&actual["removed"]),
        |wanted, found| wanted == found,
        differences,
    );
    let quotes: Vec<Value> = list(&actual["quotes"]).iter().map(without_extras).collect();
    expect_all("quote", &expected["quotes"], &quotes, |a, b| a == b, differences);
    for extra in quotes
        .iter()
        .filter(|quote| !list(&expected["quotes"]).contains(quote))
    {
        differences.push(format!("quote too many: {extra}"));
    }
    for (field, origin) in [("tags_from_keywords", "keywords"), ("tags_from_text", "text")] {
        expect_all(
            field,
            &expected[field],
            list(&actual["tags"]),
            |wanted, found| tag_matches(wanted, found, origin),
            differences,
        );
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Each value of `wanted` must match one of `found` of its own: what stands twice must be found twice.
fn expect_all(
    what: &str,
    wanted: &Value,
    found: &[Value],
    matches: impl Fn(&Value, &Value) -> bool,
    differences: &mut Vec<String>,
) {
    let mut left: Vec<&Value> = found.iter().collect();
    for wanted in list(wanted) {
        match left.iter().position(|found| matches(wanted, found)) {
            Some(at) => {
                left.remove(at);
            }
            None => differences.push(format!("{what} missing: {wanted}")),
        }
    }
}

/// The fields of a quote that an editor can judge.
fn without_extras(quote: &Value) -> Value {
    json!({
        "start": quote["start"], "end": quote["end"], "text": quote["text"], "kind": quote["kind"],
        "speaker": quote["speaker"], "cue": quote["cue"],
    })
}

fn tag_matches(wanted: &Value, found: &Value, origin: &str) -> bool {
    let raw = wanted
        .get("raw")
        .is_none_or(|raw| list(&found["raw"]).contains(raw));
    let ids = wanted.get("ids").and_then(Value::as_object).is_none_or(|ids| {
        ids.iter()
            .all(|(scheme, id)| found["ids"].get(scheme) == Some(id))
    });
    raw && ids
        && found["label"] == wanted["label"]
        && found["kind"] == wanted["kind"]
        && list(&found["from"]).contains(&json!(origin))
}
