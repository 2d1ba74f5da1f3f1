//! `newsmill vocabulary diff`: what changed from one vocabulary to another, and what that does to articles.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::{Value, json};

use super::open;
use crate::cli::input::Inputs;
use crate::cli::outcome::{FAILED, print, say};
use crate::enrich::{Enricher, Limits, Stages};
use crate::message::{DecodeOptions, Tag, decode};
use crate::vocabulary::{self, Changed, Diff, Entry, Vocabulary};

/// Tells what changed from one compiled vocabulary to another, in itself and in the tags of articles
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  newsmill vocabulary diff old.nmv new.nmv
  newsmill vocabulary diff old.nmv new.nmv --articles articles/

Exit codes: 0 compared, whatever differs; 1 a vocabulary or an article could not be read; 2 wrong usage.")]
pub(super) struct Args {
    /// The compiled vocabulary as it was
    old: PathBuf,
    /// The compiled vocabulary as it is
    new: PathBuf,
    /// Raw articles (a file or folder as `enrich` takes it) whose tags are compared
    #[arg(long, value_name = "FILE")]
    articles: Vec<PathBuf>,
    /// Tag the articles without the built-in vocabulary under both
    #[arg(long, requires = "articles")]
    alone: bool,
    /// One JSON object a concept and article, all of them
    #[arg(long)]
    json: bool,
    /// Concepts and articles shown of each sort; 0: all
    #[arg(long, value_name = "N", default_value_t = 20, conflicts_with = "json")]
    limit: usize,
}

/// The tags of an article under both vocabularies, where they differ.
struct Retagged {
    id: String,
    removed: Vec<Tag>,
    added: Vec<Tag>,
}

pub(super) fn diff(args: &Args) -> anyhow::Result<ExitCode> {
    let found = {
        let (old, new) = (open(Some(&args.old), true)?, open(Some(&args.new), true)?);
        vocabulary::diff(&old, &new)
    };
    if args.json {
        print(&json_lines(&found))?;
    } else {
        print(&told(&found, args.limit)?)?;
    }
    if args.articles.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let old = enricher(open(Some(&args.old), args.alone)?);
    let new = enricher(open(Some(&args.new), args.alone)?);
    compare_articles(args, &old, &new)
}

/// Quotes have nothing to do with a vocabulary.
fn enricher(vocabulary: Vocabulary) -> Enricher {
    let stages = Stages {
        quotes: false,
        ..Stages::ALL
    };
    Enricher::new(Arc::new(vocabulary), Limits::default(), stages)
}

fn compare_articles(args: &Args, old: &Enricher, new: &Enricher) -> anyhow::Result<ExitCode> {
    let options = DecodeOptions {
        text_required: false,
        ..DecodeOptions::default()
    };
    let (mut articles, mut retagged, mut failed) = (0usize, 0usize, 0usize);
    let mut broken = None;
    let _ended = Inputs::new(&args.articles, options.body_bytes_max).read(&mut |item| {
        articles += 1;
        let both = item.body.map_err(anyhow::Error::new).and_then(|body| {
            let article = decode(&body, item.content_type, None, &options)?;
            Ok((old.enrich(article.clone())?, new.enrich(article)?))
        });
        match both {
            Err(error) => {
                failed += 1;
                say(&format!("{}: {error:#}", item.place));
            }
            Ok((before, after)) => {
                let Some(found) = retag(after.id, before.tags, after.tags) else {
                    return ControlFlow::Continue(());
                };
                retagged += 1;
                let text = if args.json {
                    format!("{}\n", retagged_json(&found))
                } else if args.limit == 0 || retagged <= args.limit {
                    retagged_text(&found)
                } else {
                    return ControlFlow::Continue(());
                };
                if let Err(error) = print(&text) {
                    broken = Some(error);
                    return ControlFlow::Break(());
                }
            }
        }
        ControlFlow::Continue(())
    });
    if let Some(error) = broken {
        return Err(error);
    }
    say(&format!("the tags of {retagged} of {articles} articles differ"));
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FAILED)
    })
}

/// Two tags are one where label, kind, ids and raw strings are; where they were found and how surely is no matter.
fn retag(id: String, old: Vec<Tag>, new: Vec<Tag>) -> Option<Retagged> {
    let is_same = |one: &Tag, other: &Tag| {
        one.label == other.label && one.kind == other.kind && one.ids == other.ids && one.raw == other.raw
    };
    let removed: Vec<Tag> = old
        .iter()
        .filter(|tag| !new.iter().any(|other| is_same(tag, other)))
        .cloned()
        .collect();
    let added: Vec<Tag> = new
        .into_iter()
        .filter(|tag| !old.iter().any(|other| is_same(tag, other)))
        .collect();
    (!removed.is_empty() || !added.is_empty()).then_some(Retagged { id, removed, added })
}

fn retagged_text(found: &Retagged) -> String {
    let mut text = format!("article {}\n", found.id);
    for (sign, tags) in [("-", &found.removed), ("+", &found.added)] {
        for tag in tags {
            let ids = ids_text(&tag.ids);
            let raw = if tag.raw.is_empty() {
                String::new()
            } else {
                format!("  from {}", tag.raw.join(" | "))
            };
            text.push_str(&format!("  {sign} {}{ids}{raw}\n", tag.label));
        }
    }
    text
}

fn retagged_json(found: &Retagged) -> Value {
    json!({"change": "article", "id": found.id, "tags_removed": found.removed, "tags_added": found.added})
}

fn ids_text(ids: &BTreeMap<String, String>) -> String {
    let ids: Vec<String> = ids.iter().map(|(scheme, id)| format!("{scheme} {id}")).collect();
    if ids.is_empty() {
        String::new()
    } else {
        format!(" ({})", ids.join(", "))
    }
}

fn told(found: &Diff, limit: usize) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    writeln!(
        text,
        "concepts: {} added, {} removed, {} changed, {} the same",
        found.added.len(),
        found.removed.len(),
        found.changed.len(),
        found.unchanged
    )?;
    let limit = if limit == 0 { usize::MAX } else { limit };
    let more = |text: &mut String, count: usize, what: &str| {
        if count > limit {
            writeln!(text, "… and {} more {what}", count - limit)
        } else {
            Ok(())
        }
    };
    for (sign, what, entries) in [("+", "added", &found.added), ("-", "removed", &found.removed)] {
        for entry in entries.iter().take(limit) {
            let kind = format!("{:?}", entry.kind).to_lowercase();
            writeln!(
                text,
                "{sign} {}{}  {kind}, {} labels",
                entry.label,
                ids_text(&entry.ids),
                entry.labels.len()
            )?;
        }
        more(&mut text, entries.len(), what)?;
    }
    for changed in found.changed.iter().take(limit) {
        writeln!(text, "~ {}{}", changed.new.label, ids_text(&changed.new.ids))?;
        for line in changes(changed) {
            writeln!(text, "    {line}")?;
        }
    }
    more(&mut text, found.changed.len(), "changed")?;
    Ok(text)
}

fn changes(changed: &Changed) -> Vec<String> {
    let (old, new) = (&changed.old, &changed.new);
    let mut lines = Vec::new();
    if old.label != new.label {
        lines.push(format!("label: {} → {}", old.label, new.label));
    }
    if old.kind != new.kind {
        lines.push(format!("kind: {:?} → {:?}", old.kind, new.kind).to_lowercase());
    }
    if old.rank != new.rank {
        lines.push(format!("rank: {} → {}", old.rank, new.rank));
    }
    for (sign, ids) in [("-", changed.ids_removed()), ("+", changed.ids_added())] {
        lines.extend(ids.iter().map(|(scheme, id)| format!("{sign} {scheme} {id}")));
    }
    lines.extend(changed.labels_removed().map(|label| format!("- label {label}")));
    lines.extend(changed.labels_added().map(|label| format!("+ label {label}")));
    lines
}

fn json_lines(found: &Diff) -> String {
    let whole = |change: &str, entry: &Entry| {
        json!({
            "change": change,
            "label": entry.label,
            "kind": entry.kind,
            "rank": entry.rank,
            "ids": entry.ids,
            "labels": entry.labels,
        })
    };
    let added = found.added.iter().map(|entry| whole("added", entry));
    let removed = found.removed.iter().map(|entry| whole("removed", entry));
    let changed = found.changed.iter().map(|changed| {
        json!({
            "change": "changed",
            "label": changed.new.label,
            "label_before": changed.old.label,
            "kind": changed.new.kind,
            "kind_before": changed.old.kind,
            "rank": changed.new.rank,
            "rank_before": changed.old.rank,
            "ids": changed.new.ids,
            "ids_added": changed.ids_added(),
            "ids_removed": changed.ids_removed(),
            "labels_added": changed.labels_added().collect::<Vec<_>>(),
            "labels_removed": changed.labels_removed().collect::<Vec<_>>(),
        })
    });
    added
        .chain(removed)
        .chain(changed)
        .map(|value| format!("{value}\n"))
        .collect()
}
