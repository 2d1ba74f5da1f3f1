//! `newsmill vocabulary lookup`: who bears a label.

use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;

use serde_json::json;

use super::open;
use crate::cli::outcome::print;
use crate::vocabulary::{Hit, Vocabulary, form};

/// The exit code says whether every label is known.
pub(super) fn lookup(
    path: Option<&Path>,
    alone: bool,
    json: bool,
    labels: &[String],
) -> anyhow::Result<ExitCode> {
    let vocabulary = open(path, alone)?;
    let mut text = String::new();
    let mut all_known = true;
    for label in labels {
        let hits = vocabulary.find(label);
        if hits.is_empty() {
            all_known = false;
            crate::cli::outcome::say(&format!("no concept bears {label:?}"));
        }
        for hit in &hits {
            if json {
                writeln!(text, "{}", as_json(&vocabulary, label, hit))?;
            } else {
                write_hit(&mut text, &vocabulary, label, hit)?;
            }
        }
    }
    print(&text)?;
    Ok(if all_known {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(crate::cli::outcome::FAILED)
    })
}

fn as_json(vocabulary: &Vocabulary, label: &str, hit: &Hit<'_>) -> serde_json::Value {
    json!({
        "query": label,
        "label": vocabulary.label(hit.concept),
        "kind": hit.kind,
        "ids": vocabulary.ids(hit.concept),
        "rank": hit.rank,
        "alias": !hit.is(form::PRIMARY),
        "weak": hit.is(form::WEAK),
        "languages": hit.languages.split(',').filter(|tag| !tag.is_empty()).collect::<Vec<_>>(),
    })
}

fn write_hit(text: &mut String, vocabulary: &Vocabulary, label: &str, hit: &Hit<'_>) -> std::fmt::Result {
    write!(
        text,
        "{label}\t{}\t{}\trank {}",
        vocabulary.label(hit.concept),
        format!("{:?}", hit.kind).to_lowercase(),
        hit.rank
    )?;
    for (scheme, id) in vocabulary.ids(hit.concept) {
        write!(text, "\t{scheme} {id}")?;
    }
    if hit.is(form::WEAK) {
        write!(text, "\tweak")?;
    }
    writeln!(text)
}
