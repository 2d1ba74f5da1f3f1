//! Keywords in a row, and lines that a label says are keywords.

use std::sync::LazyLock;

use foldhash::{HashMap, HashSet};

use super::{Fate, Learned, Line, View};
use crate::enrich::clean::lexicon::{self, Fit};
use crate::enrich::letters::is_of_word;
use crate::message::RemovedReason;

/// Words from which a row of names is no headline.
const ROW_WORDS: usize = 8;
/// Lines to either side among which the nearest text is looked for.
const NEAR: usize = 10;
/// Words of it that must stand elsewhere in the text.
const ROW_KNOWN: usize = 3;

/// Marks keyword lines and keeps their content.
pub(super) fn mark(lines: &mut [Line], views: &[View], learned: &mut Learned) {
    // Counted only where a line could be a row at all: few articles have one.
    if !lines
        .iter()
        .zip(views)
        .any(|(line, view)| line.fate == Fate::Text && is_candidate(&line.text, view))
    {
        mark_labelled(lines, views, learned);
        return;
    }
    let mut counts: HashMap<&str, usize> = HashMap::default();
    let mut pairs: HashMap<(&str, &str), usize> = HashMap::default();
    let mut common: HashSet<&str> = HashSet::default();
    for line in lines.iter() {
        let words = line.text.split(|char: char| !is_of_word(char));
        common.extend(words.filter(|word| word.starts_with(char::is_lowercase)));
    }
    for view in views {
        let mut before = "";
        for word in words_of(&view.folded) {
            *counts.entry(word).or_default() += 1;
            *pairs.entry((before, word)).or_default() += 1;
            before = word;
        }
    }
    let rows: Vec<usize> = lines
        .iter()
        .zip(views)
        .enumerate()
        .filter(|(at, (line, view))| {
            line.fate == Fate::Text
                && !line.heading
                && is_candidate(&line.text, view)
                && stands_in_prose(lines, views, *at)
                && is_row(&line.text, view, &counts, &pairs, &common)
        })
        .map(|(at, _)| at)
        .collect();
    for at in rows {
        if let Some(line) = lines.get_mut(at) {
            learned.keywords.push(line.text.clone());
            line.fate = Fate::Removed(RemovedReason::KeywordLine);
        }
    }
    mark_labelled(lines, views, learned);
}

fn mark_labelled(lines: &mut [Line], views: &[View], learned: &mut Learned) {
    for (line, view) in lines
        .iter_mut()
        .zip(views)
        .filter(|(line, _)| line.fate == Fate::Text)
    {
        if let Some(rest) = labelled(&line.text, view) {
            if !rest.is_empty() {
                learned.keywords.push(rest.to_owned());
            }
            line.fate = Fate::Removed(RemovedReason::KeywordLine);
        }
    }
}

fn words_of(folded: &str) -> impl Iterator<Item = &str> {
    folded
        .split(|char: char| !is_of_word(char))
        .filter(|word| !word.is_empty())
}

/// Whether a line's length and capitals allow it to be a row.
fn is_candidate(text: &str, view: &View) -> bool {
    (ROW_WORDS..=40).contains(&view.words)
        && !view.ends_sentence
        && text.split_whitespace().all(|word| {
            word.chars()
                .next()
                .is_some_and(|char| char.is_uppercase() || char.is_ascii_digit())
        })
}

/// What follows "Tags:" and its kind.
fn labelled<'a>(text: &'a str, view: &View) -> Option<&'a str> {
    if view.words > 40 || view.ends_sentence {
        return None;
    }
    let hit = view
        .hits()
        .iter()
        .any(|hit| hit.reason == RemovedReason::Navigation && hit.fit == Fit::Starts);
    let (label, rest) = text.split_once([':', '：'])?;
    (hit && label.split_whitespace().count() <= 4 && is_label(label)).then(|| rest.trim())
}

/// Whether a line stands between whole sentences: a table's headings stand before its cells.
fn stands_in_prose(lines: &[Line], views: &[View], at: usize) -> bool {
    let text = |(line, view): (&Line, &View)| match line.fate {
        Fate::Text => Some(view.ends_sentence),
        Fate::Caption(_) => Some(true),
        _ => None,
    };
    let before = lines.iter().zip(views).take(at).rev().take(NEAR).find_map(text);
    let after = lines.iter().zip(views).skip(at + 1).take(NEAR).find_map(text);
    before.unwrap_or(true) && after.unwrap_or(true)
}

/// What a line's label says are keywords, of a line that is no text.
pub(in crate::enrich::clean) fn of_label(text: &str) -> Option<&str> {
    if text.len() >= 400 {
        return None;
    }
    let (label, rest) = text.split_once([':', '：'])?;
    let rest = rest.trim();
    (!rest.is_empty() && is_label(label)).then_some(rest)
}

/// Words that say that keywords follow, in any language of the tables.
fn is_label(label: &str) -> bool {
    static LABELS: LazyLock<foldhash::HashSet<&str>> = LazyLock::new(|| {
        let labels = include_str!("../lexicon/keyword_labels.txt");
        labels.lines().map(str::trim).collect()
    });
    LABELS.contains(lexicon::fold(label).as_str())
}

/// Names one after another: every word begins with a capital or digit, no mark between them, none of the words that
/// sentences and headlines need, none twice, several of them what the text speaks of, one of those never
/// written small, and never two together as they
/// stand here, as the words of a product's or a body's name would be.
fn is_row(
    text: &str,
    view: &View,
    counts: &HashMap<&str, usize>,
    pairs: &HashMap<(&str, &str), usize>,
    common: &HashSet<&str>,
) -> bool {
    const LINKING: &str = include_str!("../lexicon/linking_words.txt");
    let mut known = HashSet::default();
    let mut names = false;
    for word in text.split_whitespace() {
        let marks = word
            .chars()
            .any(|char| !char.is_alphanumeric() && !matches!(char, '-' | '\'' | '’' | '.' | '&' | '#' | '/'));
        let folded = lexicon::fold(word);
        if marks || LINKING.lines().any(|linking| linking == folded) {
            return false;
        }
        let again = counts.get(folded.as_str()).is_some_and(|count| *count > 1);
        if folded.len() > 2 && again {
            names |= !common.contains(folded.as_str());
            known.insert(folded);
        }
    }
    let row: Vec<&str> = words_of(&view.folded).collect();
    let distinct: HashSet<&&str> = row.iter().collect();
    let together = row.windows(2).filter(
        |pair| matches!(pair, [left, right] if pairs.get(&(left, right)).is_some_and(|count| *count > 1)),
    );
    if distinct.len() < row.len()
        || together.count() * 4 > row.len()
        || text.starts_with(|char: char| char.is_ascii_digit())
    {
        return false;
    }
    let shouted = !text.chars().any(char::is_lowercase);
    !shouted && names && known.len() >= ROW_KNOWN
}
