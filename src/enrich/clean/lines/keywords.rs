//! Keywords in a row, and lines that a label says are keywords.

use std::collections::{HashMap, HashSet};

use super::{Fate, Learned, Line, View};
use crate::enrich::clean::lexicon::{self, Fit};
use crate::message::RemovedReason;

/// Words from which a row of names is no headline.
const ROW_WORDS: usize = 7;
/// Words of it that must stand elsewhere in the text.
const ROW_KNOWN: usize = 3;

/// Marks keyword lines and keeps their content.
pub(super) fn mark(lines: &mut [Line], views: &[View], learned: &mut Learned) {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for view in views {
        for word in view.folded.split(|char: char| !char.is_alphanumeric()).filter(|word| word.len() > 2) {
            *counts.entry(word).or_default() += 1;
        }
    }
    for (line, view) in lines.iter_mut().zip(views) {
        if line.fate != Fate::Text {
            continue;
        }
        if let Some(rest) = labelled(&line.text, view) {
            if !rest.is_empty() {
                learned.keywords.push(rest.to_owned());
            }
            line.fate = Fate::Removed(RemovedReason::KeywordLine);
        } else if !line.heading && is_row(&line.text, view, &counts) {
            learned.keywords.push(line.text.clone());
            line.fate = Fate::Removed(RemovedReason::KeywordLine);
        }
    }
}

/// What follows "Tags:" and its kind.
fn labelled<'a>(text: &'a str, view: &View) -> Option<&'a str> {
    if view.words > 40 || view.ends_sentence {
        return None;
    }
    let hit = lexicon::hits(&view.folded).any(|hit| hit.reason == RemovedReason::Navigation && hit.fit == Fit::Starts);
    let (label, rest) = text.split_once([':', '：'])?;
    (hit && label.split_whitespace().count() <= 4 && is_label(label)).then(|| rest.trim())
}

/// Words that say that keywords follow, in any language of the tables.
fn is_label(label: &str) -> bool {
    const LABELS: &str = include_str!("../lexicon/keyword_labels.txt");
    let label = lexicon::fold(label);
    LABELS.lines().any(|known| known.trim() == label)
}

/// Names one after another: every word begins with a capital or digit, no mark between them, none of the words that
/// sentences and headlines need, and several of them are what the text speaks of.
fn is_row(text: &str, view: &View, counts: &HashMap<&str, usize>) -> bool {
    const LINKING: &str = include_str!("../lexicon/linking_words.txt");
    if view.words < ROW_WORDS || view.words > 40 || view.ends_sentence {
        return false;
    }
    let mut known = HashSet::new();
    for word in text.split_whitespace() {
        let starts = word.chars().next().is_some_and(|char| char.is_uppercase() || char.is_ascii_digit());
        let marks = word.chars().any(|char| !char.is_alphanumeric() && !matches!(char, '-' | '\'' | '’' | '.' | '&' | '#' | '/'));
        let folded = lexicon::fold(word);
        if !starts || marks || LINKING.lines().any(|linking| linking == folded) {
            return false;
        }
        if counts.get(folded.as_str()).is_some_and(|count| *count > 1) {
            known.insert(folded);
        }
    }
    let shouted = !text.chars().any(char::is_lowercase);
    !shouted && known.len() >= ROW_KNOWN
}
