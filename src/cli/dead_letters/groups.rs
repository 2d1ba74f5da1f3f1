//! Letters by cause, stage and source, and how that looks.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anstyle::Style;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::text::{cut, plain};
use super::age;
use crate::broker::{CauseBy, Letter};

const HEAD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
/// Kinds and stages are few; sources may be as many as letters.
const GROUPS_MAX: usize = 5_000;
const OTHERS: &str = "(other sources)";

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    cause: String,
    stage: String,
    source: String,
}

/// Letters that have cause, stage and source in common.
#[derive(Debug)]
struct Group {
    by: CauseBy,
    count: u64,
    bytes: u64,
    oldest: Option<Timestamp>,
    newest: Option<Timestamp>,
    example: Example,
}

/// The first of them.
#[derive(Debug)]
struct Example {
    id: Option<String>,
    error: Option<String>,
}

/// All groups.
#[derive(Debug, Default)]
pub(super) struct Groups(BTreeMap<Key, Group>);

impl Groups {
    /// Counts one letter.
    pub(super) fn add(&mut self, letter: &Letter) {
        let mut key = Key {
            cause: letter.cause.kind.clone(),
            stage: letter.cause.stage.clone(),
            source: letter.source.clone(),
        };
        if self.0.len() >= GROUPS_MAX && !self.0.contains_key(&key) {
            OTHERS.clone_into(&mut key.source);
        }
        let group = self.0.entry(key).or_insert_with(|| Group {
            by: letter.cause.by,
            count: 0,
            bytes: 0,
            oldest: None,
            newest: None,
            example: Example {
                id: letter.message_id.clone().or_else(|| letter.article_id.clone()),
                error: letter.cause.error.clone(),
            },
        });
        group.count += 1;
        group.bytes += letter.body.len() as u64;
        if let Some(at) = letter.failed_at {
            group.oldest = Some(group.oldest.map_or(at, |oldest| oldest.min(at)));
            group.newest = Some(group.newest.map_or(at, |newest| newest.max(at)));
        }
    }

    /// Whether nothing was counted.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The largest first.
    fn sorted(&self) -> Vec<(&Key, &Group)> {
        let mut groups: Vec<(&Key, &Group)> = self.0.iter().collect();
        groups.sort_by_key(|(_, group)| std::cmp::Reverse(group.count));
        groups
    }

    /// For a machine.
    pub(super) fn to_json(&self) -> Value {
        let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
        self.sorted()
            .into_iter()
            .map(|(key, group)| {
                json!({
                    "cause": key.cause,
                    "stage": key.stage,
                    "source": key.source,
                    "by": match group.by {
                        CauseBy::Worker => "worker",
                        CauseBy::Broker => "broker",
                        CauseBy::Stranger => "stranger",
                    },
                    "count": group.count,
                    "bytes": group.bytes,
                    "oldest": time(group.oldest),
                    "newest": time(group.newest),
                    "example": { "id": group.example.id, "error": group.example.error },
                })
            })
            .collect()
    }

    /// For a person, in so many columns.
    pub(super) fn table(&self, now: Timestamp, width: usize) -> String {
        let cell = |text: &str, columns| {
            let text = cut(&plain(text), columns);
            let gap = columns.saturating_sub(unicode_width::UnicodeWidthStr::width(text.as_str()));
            text + &" ".repeat(gap)
        };
        // Count, ages and the gaps between take 29 columns.
        let source_columns = width.saturating_sub(16 + 10 + 29 + 4).max(12);
        let mut out = String::new();
        // Writing to a string cannot fail, here and below.
        _ = writeln!(
            out,
            "{HEAD}{:>8}  {}  {}  {}  {:>7}  {:>7}{HEAD:#}",
            "count",
            cell("cause", 16),
            cell("stage", 10),
            cell("source", source_columns),
            "oldest",
            "newest"
        );
        for (key, group) in self.sorted() {
            _ = writeln!(
                out,
                "{:>8}  {}  {}  {}  {:>7}  {:>7}",
                group.count,
                cell(&key.cause, 16),
                cell(&key.stage, 10),
                cell(&key.source, source_columns),
                age::of(group.oldest, now),
                age::of(group.newest, now)
            );
            let said = match (&group.by, &group.example.error) {
                (CauseBy::Stranger, _) => "put there by somebody else, without a cause".to_owned(),
                (_, error) => error.clone().unwrap_or_default(),
            };
            let example = match &group.example.id {
                Some(id) => format!("e.g. {id}: {said}"),
                None => format!("e.g. {said}"),
            };
            let example = cut(&plain(&example), width.saturating_sub(10));
            _ = writeln!(out, "{:10}{DIM}{example}{DIM:#}", "");
        }
        out
    }
}
