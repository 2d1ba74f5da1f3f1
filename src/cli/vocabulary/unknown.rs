//! `newsmill vocabulary unknown`: the tags that a vocabulary lacks, the most frequent first.
//!
//! Invariant: memory is bounded: of a stream with more different tags than are counted at once, the rarest are
//! forgotten, and that is said.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use serde::Deserialize;
use serde_json::json;

use super::open;
use crate::cli::input::Inputs;
use crate::cli::outcome::{FAILED, print, say};
use crate::vocabulary::Vocabulary;
use crate::vocabulary::fold::{fold, key_of};

/// Different tags that are counted at once.
const TAGS_MAX: usize = 1_000_000;
/// Examples of a tag.
const EXAMPLES_MAX: usize = 3;
/// Different sources of a tag that are counted.
const SOURCES_MAX: usize = 1_000;
/// A record of an article with much text.
const RECORD_BYTES_MAX: usize = 64 << 20;

/// Collects the most frequent tags of enriched records that no vocabulary knows
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  newsmill enrich articles/ | newsmill vocabulary unknown -
  newsmill vocabulary unknown --jsonl --top 200 records.ndjson.gz > own.jsonl   # fill in, then compile

Exit codes: 0 done; 1 a record could not be read; 2 wrong usage.")]
pub(super) struct Args {
    /// Enriched records, one a line (.gz, .zst or not); - or none: stdin
    records: Vec<PathBuf>,
    /// A compiled vocabulary, laid over the built-in one: what it knows by now is left out
    #[arg(long, value_name = "FILE")]
    vocabulary: Option<PathBuf>,
    /// How many tags; 0: all
    #[arg(long, value_name = "N", default_value_t = 50)]
    top: usize,
    /// Articles that a tag must be in
    #[arg(long, value_name = "N", default_value_t = 2)]
    min: u64,
    /// A line a tag that `compile` reads once somebody has filled in type and ids
    #[arg(long)]
    jsonl: bool,
}

/// What is read of a record.
#[derive(Debug, Deserialize)]
struct Record {
    #[serde(default)]
    id: String,
    source: Option<String>,
    url: Option<String>,
    language: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
struct Tag {
    label: String,
    #[serde(default)]
    ids: BTreeMap<String, String>,
    #[serde(default)]
    raw: Vec<String>,
}

/// A tag that nothing knows.
#[derive(Debug, Default)]
struct Unknown {
    /// Spellings, with how many articles have each.
    labels: BTreeMap<String, u64>,
    articles: u64,
    sources: BTreeSet<String>,
    languages: BTreeMap<String, u64>,
    raw: Vec<String>,
    ids: Vec<String>,
}

#[derive(Debug, Default)]
struct Counted {
    tags: HashMap<String, Unknown>,
    records: u64,
    forgotten: u64,
}

pub(super) fn unknown(args: &Args) -> anyhow::Result<ExitCode> {
    let vocabulary = open(args.vocabulary.as_deref(), false)?;
    let mut counted = Counted::default();
    let mut failed = 0u64;
    let _ended = Inputs::new(&args.records, RECORD_BYTES_MAX).read(&mut |item| {
        let record = item.body.map_err(|error| error.to_string()).and_then(|body| {
            serde_json::from_slice::<Record>(&body)
                .map_err(|error| format!("not an enriched record: {error}"))
        });
        match record {
            Ok(record) => counted.add(record, &vocabulary, TAGS_MAX),
            Err(error) => {
                failed += 1;
                say(&format!("{}: {error}", item.place));
            }
        }
        ControlFlow::Continue(())
    });
    if counted.forgotten > 0 {
        say(&format!(
            "more than {TAGS_MAX} different tags: {} rare ones were forgotten, their counts are too low",
            counted.forgotten
        ));
    }
    let records = counted.records;
    let found = counted.most_frequent(args.min, args.top);
    print(&if args.jsonl {
        skeleton(&found)
    } else {
        told(&found)?
    })?;
    say(&format!(
        "{} unknown tags shown, of {records} records",
        found.len()
    ));
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FAILED)
    })
}

impl Counted {
    fn add(&mut self, record: Record, vocabulary: &Vocabulary, tags_max: usize) {
        self.records += 1;
        let source = record.source.or_else(|| {
            let url = url::Url::parse(record.url.as_deref()?).ok()?;
            url.host_str().map(str::to_owned)
        });
        for tag in record.tags {
            let key = key_of(&tag.label);
            // A concept without ids is known too.
            if !tag.ids.is_empty() || key.is_empty() || vocabulary.knows_squashed(&key) {
                continue;
            }
            let unknown = self.tags.entry(key).or_default();
            unknown.articles += 1;
            *unknown.labels.entry(tag.label).or_default() += 1;
            if let Some(language) = &record.language {
                *unknown.languages.entry(language.clone()).or_default() += 1;
            }
            if let Some(source) = source.as_ref().filter(|_| unknown.sources.len() < SOURCES_MAX) {
                unknown.sources.insert(source.clone());
            }
            for raw in tag.raw {
                if unknown.raw.len() < EXAMPLES_MAX && !unknown.raw.contains(&raw) {
                    unknown.raw.push(raw);
                }
            }
            if unknown.ids.len() < EXAMPLES_MAX {
                unknown.ids.push(record.id.clone());
            }
        }
        let mut rarest = 1;
        while self.tags.len() > tags_max {
            let before = self.tags.len();
            self.tags.retain(|_, unknown| unknown.articles > rarest);
            self.forgotten += (before - self.tags.len()) as u64;
            rarest += 1;
        }
    }

    fn most_frequent(self, min: u64, top: usize) -> Vec<Unknown> {
        let mut found: Vec<(String, Unknown)> = self
            .tags
            .into_iter()
            .filter(|(_, unknown)| unknown.articles >= min)
            .collect();
        found.sort_by(|(one_key, one), (other_key, other)| {
            let order = |unknown: &Unknown| std::cmp::Reverse((unknown.articles, unknown.sources.len()));
            order(one).cmp(&order(other)).then_with(|| one_key.cmp(other_key))
        });
        if top > 0 {
            found.truncate(top);
        }
        found.into_iter().map(|(_, unknown)| unknown).collect()
    }
}

impl Unknown {
    /// The spelling that most articles have.
    fn label(&self) -> &str {
        most(&self.labels)
    }

    fn language(&self) -> &str {
        most(&self.languages)
    }
}

fn most(counts: &BTreeMap<String, u64>) -> &str {
    let most = counts
        .iter()
        .max_by_key(|(name, count)| (**count, std::cmp::Reverse(*name)));
    most.map_or("", |(name, _)| name)
}

fn told(found: &[Unknown]) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    if !found.is_empty() {
        writeln!(text, "articles  sources  tag")?;
    }
    for unknown in found {
        writeln!(
            text,
            "{:>8}  {:>7}  {}  ({})  raw: {}  in: {}",
            unknown.articles,
            unknown.sources.len(),
            unknown.label(),
            unknown.language(),
            unknown.raw.join(" | "),
            unknown.ids.join(", "),
        )?;
    }
    Ok(text)
}

/// Lines that `compile` reads. What `seen` says is for the editor; `compile` passes over it.
fn skeleton(found: &[Unknown]) -> String {
    let line = |unknown: &Unknown| {
        let label = unknown.label();
        let others: Vec<_> = unknown
            .labels
            .keys()
            .filter(|other| *other != label && fold(other) != fold(label))
            .map(|other| json!([other, unknown.language()]))
            .collect();
        json!({
            "label": label,
            "type": "",
            "ids": {},
            "labels": others,
            "seen": {
                "articles": unknown.articles,
                "sources": unknown.sources.len(),
                "language": unknown.language(),
                "raw": unknown.raw,
                "in": unknown.ids,
            },
        })
    };
    found
        .iter()
        .map(|unknown| format!("{}\n", line(unknown)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: u32, tags: &[&str]) -> Record {
        Record {
            id: format!("a-{id}"),
            source: None,
            url: Some(format!("https://site-{}.example/{id}", id % 2)),
            language: Some("en".to_owned()),
            tags: tags
                .iter()
                .map(|label| Tag {
                    label: (*label).to_owned(),
                    ids: BTreeMap::new(),
                    raw: vec![label.to_lowercase()],
                })
                .collect(),
        }
    }

    #[test]
    fn spellings_of_one_tag_are_counted_together_and_known_ones_not_at_all() {
        let vocabulary = Vocabulary::default();
        let mut counted = Counted::default();
        counted.add(record(1, &["Port Ansgar", "Quay-Strike"]), &vocabulary, 10);
        counted.add(record(2, &["port ansgar"]), &vocabulary, 10);
        counted.add(record(3, &["Port Ansgar"]), &vocabulary, 10);
        let found = counted.most_frequent(2, 0);
        assert_eq!(found.len(), 1);
        let unknown = &found[0];
        assert_eq!(
            (unknown.label(), unknown.articles, unknown.sources.len()),
            ("Port Ansgar", 3, 2)
        );
        assert_eq!(unknown.ids, ["a-1", "a-2", "a-3"]);
        let mut known = Counted::default();
        known.add(record(1, &["Denmark"]), &Vocabulary::builtin(), 10);
        assert!(known.tags.is_empty());
    }

    #[test]
    fn the_rarest_are_forgotten_before_memory_grows() {
        let vocabulary = Vocabulary::default();
        let mut counted = Counted::default();
        for id in 0..50 {
            let rare = format!("Rare {id} thing");
            counted.add(record(id, &["Port Ansgar", &rare]), &vocabulary, 10);
            assert!(counted.tags.len() <= 10);
        }
        assert!(counted.forgotten > 0);
        assert_eq!(counted.most_frequent(2, 5)[0].articles, 50);
    }
}
