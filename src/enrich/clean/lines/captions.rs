//! Pictures' captions and credits in the text.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use foldhash::HashMap;

use super::{Fate, Line, View};
use crate::enrich::clean::lexicon::{self, Fit, fold};
use crate::message::{Caption, RemovedReason};

/// The agencies whose names begin with two bytes, the longest first: few lines begin as any of them does.
static CREDITS_BY_START: LazyLock<HashMap<[u8; 2], Vec<&'static str>>> = LazyLock::new(|| {
    let mut by_start: HashMap<[u8; 2], Vec<&'static str>> = HashMap::default();
    for credit in CREDITS.iter() {
        if let Some(start) = credit.as_bytes().first_chunk() {
            by_start.entry(*start).or_default().push(credit);
        }
    }
    by_start
});

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
        let credit = view
            .hits()
            .iter()
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
    let credits = CREDITS_BY_START.get(text.as_bytes().first_chunk()?)?;
    credits.iter().find_map(|credit| {
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
        && lexicon::hits(&folded).iter().any(|hit| {
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

/// Words that a credit may hold beside names.
const JOINING: &str = include_str!("../lexicon/credit_words.txt");
/// Words of the longest credit at a caption's end that nothing introduces.
const CREDIT_WORDS: usize = 6;

/// What introduces credits.
static MARKS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let marks = include_str!("../lexicon/credit_marks.txt")
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .build(marks)
        .ok()
});

/// A caption's words and its credit, of a line that is known to be a caption.
pub(in crate::enrich::clean) fn caption_of(text: &str) -> Caption {
    let text = without_label(without_count(text));
    closing(text)
        .filter(|caption| !caption.text.is_empty())
        .or_else(|| glued(text))
        .or_else(|| marked(text))
        .or_else(|| bracketed(text))
        .or_else(|| trailing(text))
        .unwrap_or_else(|| Caption {
            text: text.to_owned(),
            credit: None,
        })
}

/// Without the count of a gallery: "2/4 A fiddle".
fn without_count(text: &str) -> &str {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let first = digits(text);
    let Some(rest) = text.get(first..).and_then(|rest| rest.strip_prefix('/')) else {
        return text;
    };
    let second = digits(rest);
    match rest.get(second..).and_then(|rest| rest.strip_prefix(' ')) {
        Some(rest) if (1..=3).contains(&first) && (1..=3).contains(&second) => rest.trim_start(),
        _ => text,
    }
}

/// Without "Photo:" before words that are too many for a credit.
fn without_label(text: &str) -> &str {
    let label = MARKS
        .as_ref()
        .and_then(|marks| marks.find(text))
        .filter(|found| found.start() == 0);
    let rest = label
        .and_then(|found| text.get(found.end()..))
        .unwrap_or(text)
        .trim_start();
    if rest.split_whitespace().count() >= CAPTION_WORDS - 1 && !text.starts_with('©') {
        rest
    } else {
        text
    }
}

/// A caption with its credit after a mark: "… in April. Image: PA".
fn marked(text: &str) -> Option<Caption> {
    let found = MARKS.as_ref()?.find_iter(text).last()?;
    let before = text.get(..found.start())?;
    if before.ends_with(char::is_alphanumeric) {
        return None;
    }
    let before = before
        .trim()
        .trim_end_matches(['|', '/', '(', '[', '—', '–', '-'])
        .trim_end();
    let credit = text.get(found.end()..)?.trim().trim_end_matches([')', ']']);
    (!before.is_empty() && !credit.is_empty() && credit.len() < 80).then(|| Caption {
        text: before.to_owned(),
        credit: Some(credit.to_owned()),
    })
}

/// A caption with names in brackets at its end: "… seen from the lighthouse (LaPresse)".
fn bracketed(text: &str) -> Option<Caption> {
    let inner = text.trim_end().strip_suffix(')')?;
    let (before, credit) = inner.rsplit_once('(')?;
    (!before.trim().is_empty() && is_named(credit)).then(|| Caption {
        text: before.trim().to_owned(),
        credit: Some(credit.trim().to_owned()),
    })
}

/// A caption with names after its last sentence: "… in the port. ADA BELL", "… the squid. Ada Bell for The Post".
fn trailing(text: &str) -> Option<Caption> {
    let (before, credit) = text.trim_end().rsplit_once(". ")?;
    // "… of the firm A. Bell" ends in an initial, not in a sentence.
    let sentence = before.split_whitespace().next_back()?.chars().count() > 2;
    (sentence && is_named(credit)).then(|| Caption {
        text: format!("{before}."),
        credit: Some(credit.trim().to_owned()),
    })
}

/// Whether words are names and nothing else.
fn is_named(credit: &str) -> bool {
    let mut names = 0;
    let words = credit.split([' ', '/', '\u{a0}']).filter(|word| !word.is_empty());
    for (at, word) in words.enumerate() {
        let named = word.chars().next().is_some_and(char::is_uppercase);
        names += usize::from(named);
        if at >= CREDIT_WORDS || !(named || JOINING.lines().any(|joining| joining == word)) {
            return false;
        }
    }
    names > 0 && !credit.ends_with(['.', '!', '?'])
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
    fn a_caption_gives_up_its_credit() {
        for (line, text, credit) in [
            (
                "2/4 A fiddle hangs beside the squid. Owen Takeda for Lantern Weekly",
                "A fiddle hangs beside the squid.",
                Some("Owen Takeda for Lantern Weekly"),
            ),
            (
                "Inés, en el puerto. JULIA BERROCAL",
                "Inés, en el puerto.",
                Some("JULIA BERROCAL"),
            ),
            (
                "FOTO: Il porto vuoto visto dal faro (LaPresse)",
                "Il porto vuoto visto dal faro",
                Some("LaPresse"),
            ),
            (
                "Река в среднем течении. Фото: РИА «Степь»",
                "Река в среднем течении.",
                Some("РИА «Степь»"),
            ),
            ("The span in April. Image: PA", "The span in April.", Some("PA")),
            ("A man walks. He is tall.", "A man walks. He is tall.", None),
        ] {
            let caption = caption_of(line);
            assert_eq!((caption.text.as_str(), caption.credit.as_deref()), (text, credit));
        }
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
