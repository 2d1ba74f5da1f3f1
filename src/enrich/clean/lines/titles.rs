//! The headline again, in the text.

use super::{Fate, Known, Learned, Line, View};
use crate::enrich::clean::evidence::{Words, words};
use crate::enrich::clean::lexicon::fold;
use crate::message::RemovedReason;

/// Lines at the beginning among which a headline may stand in other words.
const HEAD: usize = 6;

/// Marks lines that repeat the headline, and the line that is one.
pub(super) fn mark(lines: &mut [Line], views: &[View], known: &Known, learned: &mut Learned) {
    let mut titles: Vec<String> = known
        .titles
        .iter()
        .map(|title| fold(title))
        .filter(|title| title.len() > 3)
        .collect();
    if titles.is_empty()
        && let Some(title) = repeated_first(lines, views)
    {
        // The first of them is the headline itself, the others repeat it.
        if let Some(first) = lines.first_mut() {
            learned.title = Some(first.text.clone());
            first.fate = Fate::Title;
        }
        titles.push(title);
    }
    let likes: Vec<Words> = titles.iter().map(|title| Words::of(words(title))).collect();
    let near = |folded: &str| {
        let words = Words::of(words(folded));
        likes.iter().any(|title| words.likeness(title) >= 0.85)
    };
    for (at, (line, view)) in lines.iter_mut().zip(views).enumerate() {
        if line.fate != Fate::Text || view.words > 45 {
            continue;
        }
        let same = titles.contains(&view.folded) && (view.words > 2 || at < HEAD);
        if same || (at < HEAD && view.words > 3 && near(&view.folded)) {
            line.fate = Fate::Removed(RemovedReason::DuplicateTitle);
        }
    }
}

/// The first line, if it stands again in the text: only headlines do.
fn repeated_first(lines: &[Line], views: &[View]) -> Option<String> {
    let first = views.first()?;
    if first.words < 3 || first.words > 30 || lines.len() < 3 {
        return None;
    }
    views
        .iter()
        .skip(1)
        .any(|view| view.folded == first.folded)
        .then(|| first.folded.clone())
}

/// Marks a first line that is a headline because a byline or a date follows it.
pub(super) fn mark_first(lines: &mut [Line], views: &[View], known: &Known, learned: &mut Learned) {
    let (Some(first), Some(view)) = (lines.first(), views.first()) else {
        return;
    };
    let followed = lines.get(1).is_some_and(|second| {
        matches!(
            second.fate,
            Fate::Removed(RemovedReason::Byline | RemovedReason::Dateline)
        )
    });
    if known.titles.is_empty()
        && learned.title.is_none()
        && followed
        && first.fate == Fate::Text
        && (3..=25).contains(&view.words)
        && !view.ends_sentence
    {
        learned.title = Some(first.text.clone());
        if let Some(first) = lines.first_mut() {
            first.fate = Fate::Title;
        }
    }
}
