//! Pictures' captions and credits in the text.

use std::sync::LazyLock;

use super::{Fate, Line, View};
use crate::enrich::clean::lexicon::{self, Fit, fold};
use crate::message::{Caption, RemovedReason};

/// Agencies, the longest first.
static CREDITS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut credits: Vec<&str> = include_str!("../lexicon/credits.txt")
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    credits.sort_by_key(|credit| std::cmp::Reverse(credit.len()));
    credits
});

/// Words from which a line that begins as a credit is a caption with a credit.
const CAPTION_WORDS: usize = 7;

/// Marks captions and credits.
pub(super) fn mark(lines: &mut [Line], views: &[View]) {
    for (line, view) in lines.iter_mut().zip(views) {
        if line.fate != Fate::Text || view.words > 80 {
            continue;
        }
        if let Some(caption) = glued(&line.text) {
            line.fate = Fate::Caption(caption);
            continue;
        }
        // Only what ends in a credit in brackets or after a bar, and is no long paragraph.
        if view.words <= 30
            && let Some(caption) = closing(&line.text)
        {
            line.fate = if caption.text.is_empty() {
                Fate::Removed(RemovedReason::PhotoCredit)
            } else {
                Fate::Caption(caption)
            };
            continue;
        }
        let credit = lexicon::hits(&view.folded)
            .filter(|hit| hit.reason == RemovedReason::PhotoCredit && hit.fit == Fit::Starts)
            .max_by_key(|hit| hit.bytes);
        if credit.is_some()
            && view.words <= 40
            && line
                .text
                .chars()
                .take(40)
                .any(|char| matches!(char, ':' | '©' | '：'))
        {
            line.fate = if view.words < CAPTION_WORDS {
                Fate::Removed(RemovedReason::PhotoCredit)
            } else {
                Fate::Caption(caption_of(&line.text))
            };
        }
    }
}

/// A caption with an agency's name glued to its front: "GETTYSyria has been…".
fn glued(text: &str) -> Option<Caption> {
    CREDITS.iter().find_map(|credit| {
        let rest = text.strip_prefix(credit)?;
        let mut chars = rest.chars();
        // "EPAM Systems" is a name, "EPAA bridge" is not.
        let starts = match (chars.next()?, chars.next()?) {
            ('A', ' ') => true,
            (first, second) => first.is_uppercase() && second.is_lowercase(),
        };
        // "APSummer" is glued, "AParent" could be a word; the agency's name must be followed by a word of its own.
        let long = rest.split_whitespace().count() >= 3 && credit.len() > 2;
        (starts && long).then(|| Caption {
            text: rest.trim().to_owned(),
            credit: Some((*credit).to_owned()),
        })
    })
}

/// A caption that ends in its credit: "… in Paris (Photo: AFP)", "… in Paris. Photo: Ada Bell/Reuters".
fn closing(text: &str) -> Option<Caption> {
    let trimmed = text.trim_end();
    if let Some(open) = trimmed
        .strip_suffix([')', ']'])
        .and_then(|inner| inner.rfind(['(', '[']))
    {
        let inside = trimmed.get(open + 1..trimmed.len().saturating_sub(1))?;
        let before = trimmed.get(..open)?.trim();
        if names_credit(inside) && inside.len() < 80 {
            return Some(Caption {
                text: before.to_owned(),
                credit: Some(bare(inside)),
            });
        }
    }
    None
}

/// Whether words are a credit: they begin as one and have a colon, or are an agency's name.
fn names_credit(text: &str) -> bool {
    let folded = fold(text);
    let begins = text.contains([':', '：'])
        && lexicon::hits(&folded).any(|hit| {
            hit.reason == RemovedReason::PhotoCredit && matches!(hit.fit, Fit::Starts | Fit::Whole)
        });
    begins || (text.contains('/') && is_agency(text.rsplit('/').next().unwrap_or_default()))
}

fn is_agency(text: &str) -> bool {
    let upper = text.trim().to_uppercase();
    CREDITS.iter().any(|credit| *credit == upper)
}

/// A credit without the word that introduces it.
fn bare(credit: &str) -> String {
    match credit.split_once([':', '：']) {
        Some((_, rest)) if !rest.trim().is_empty() => rest.trim().to_owned(),
        _ => credit.trim().to_owned(),
    }
}

/// A caption's words and its credit.
pub(in crate::enrich::clean) fn caption_of(text: &str) -> Caption {
    if let Some(caption) = closing(text).filter(|caption| !caption.text.is_empty()) {
        return caption;
    }
    if let Some(caption) = glued(text) {
        return caption;
    }
    for (mark, skip) in [
        ("Photo: ", 7),
        ("Foto: ", 6),
        ("Photograph: ", 12),
        ("Image: ", 7),
        ("Picture: ", 9),
        ("Credit: ", 8),
        ("Photo by ", 9),
        ("© ", 3),
    ] {
        if let Some(at) = text.rfind(mark) {
            let credit = text.get(at + skip..).unwrap_or_default().trim();
            let before = text.get(..at).unwrap_or_default().trim();
            if !before.is_empty() && !credit.is_empty() && credit.len() < 80 {
                return Caption {
                    text: before.to_owned(),
                    credit: Some(credit.to_owned()),
                };
            }
        }
    }
    Caption {
        text: text.to_owned(),
        credit: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agency_glued_to_a_caption_is_its_credit() {
        let caption = glued("GETTYSyria has been embroiled").unwrap();
        assert_eq!(
            (caption.text.as_str(), caption.credit.as_deref()),
            ("Syria has been embroiled", Some("GETTY"))
        );
        assert_eq!(glued("GETTY Images said on Monday"), None);
        assert_eq!(glued("NASAs new rocket stands"), None);
        assert_eq!(glued("EPAM Systems is a company"), None);
    }

    #[test]
    fn a_credit_in_brackets_ends_a_caption() {
        let caption = closing("The bridge at night (Photo: Ada Bell)").unwrap();
        assert_eq!(
            (caption.text.as_str(), caption.credit.as_deref()),
            ("The bridge at night", Some("Ada Bell"))
        );
        assert_eq!(closing("He said so (in French)"), None);
    }
}
