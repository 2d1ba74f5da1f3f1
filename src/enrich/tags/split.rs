//! Splitting: one string that names several things.
//!
//! Invariant: a mark that can be part of a name (comma, slash, ampersand, hyphen) parts a string only where what
//! it parts looks like names of its own. Deliberately absent: looking a whole up; who splits has tried that.

use super::junk;
use super::resolve::{Resolver, strip_marks};
use super::tables::{GENDER_ENDINGS, REGION_CODES, STOP_WORDS};
use crate::message::TagKind;
use crate::vocabulary::fold::tokens;
use crate::vocabulary::{ConceptId, form};

/// Strings are glued only from this many known concepts; fewer are a name that contains names.
const GLUED_MIN: usize = 4;
/// Share of the words that known concepts must cover, in percent, and from how many concepts less than all do.
const GLUED_COVER: usize = 80;
/// So many of them must have names of their own in a row that is not all small letters.
const GLUED_NAMES_MIN: usize = 3;
/// Share of the words, in percent, that so many names must cover where every other word is a capitalised one.
const GLUED_NAMES_COVER: usize = 70;
/// Letters of a word in a row that is written together.
const HUMP_LETTERS_MIN: usize = 3;
/// A name that ends in a number has at most this many words.
const NUMBERED_WORDS_MAX: usize = 4;
/// Concepts below are too obscure to be read out of a row of words. Subjects weigh less than names.
const GLUED_RANK_MIN: u8 = 80;
const GLUED_SUBJECT_RANK_MIN: u8 = 70;
/// Longest row of words that is searched.
const GLUED_WORDS_MAX: usize = 120;
/// A label with commas in it has at most this many.
const JOINED_PARTS_MAX: usize = 4;

/// Single words from which a list can be a headline.
const HEADLINE_PARTS: usize = 5;

/// Slugs from which a row of them is no name.
const SLUGS_MIN: usize = 3;

/// A piece of a row of words: its text, and the concept where there is one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece<'t> {
    pub(super) text: &'t str,
    pub(super) concept: Option<ConceptId>,
}

/// The parts that delimiters of `text` part, or none where it is one name.
pub(super) fn parts<'t>(text: &'t str, resolver: &Resolver<'_>) -> Option<Vec<&'t str>> {
    by_strong(text)
        .or_else(|| by_comma(text, resolver))
        .or_else(|| by_slash(text, resolver))
        .or_else(|| {
            by_word(text, &[" vs ", " vs. ", " v ", " v. ", " x "])
                .filter(|parts| parts.iter().all(|part| is_capital(part)))
        })
        .or_else(|| by_and(text, resolver))
        .or_else(|| by_dash(text, resolver))
        .or_else(|| by_hashes(text))
        .or_else(|| by_slugs(text))
}

/// Whether parts are the words of a headline, not names: single words, some of which no name is.
pub(super) fn is_cut_headline(parts: &[&str]) -> bool {
    parts.len() >= HEADLINE_PARTS
        && parts.iter().all(|part| !part.contains(' '))
        && parts.iter().any(|part| {
            (part.chars().all(char::is_numeric) && part.len() < 4)
                || part.starts_with(char::is_lowercase) && STOP_WORDS.has(part)
        })
}

fn parted(text: &str, is: impl Fn(char) -> bool) -> Option<Vec<&str>> {
    let parts: Vec<&str> = text
        .split(is)
        .map(str::trim)
        .filter(|part| !strip_marks(part).is_empty())
        .collect();
    (parts.len() > 1).then_some(parts)
}

/// Marks that no name contains.
pub(super) fn by_strong(text: &str) -> Option<Vec<&str>> {
    parted(text, |char| ";|\n\t•·¦؛；、，،>»→\u{1F}".contains(char))
        .or_else(|| by_word(text, &[" / ", " || ", " -- ", " :: "]))
}

fn by_word<'t>(text: &'t str, words: &[&str]) -> Option<Vec<&'t str>> {
    let word = words.iter().find(|word| text.contains(**word))?;
    let parts: Vec<&str> = text
        .split(word)
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    (parts.len() > 1).then_some(parts)
}

/// Commas, but for those of a known label, between digits, and in "City, Region".
fn by_comma<'t>(text: &'t str, resolver: &Resolver<'_>) -> Option<Vec<&'t str>> {
    let mut depth = 0usize;
    let mut cuts = Vec::new();
    for (at, char) in text.char_indices() {
        match char {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 && !between_digits(text, at) => cuts.push(at),
            _ => {}
        }
    }
    if cuts.is_empty() || (cuts.len() == 1 && is_place_in_region(text)) {
        return None;
    }
    let starts: Vec<usize> = std::iter::once(0).chain(cuts.iter().map(|at| at + 1)).collect();
    let ends: Vec<usize> = cuts.iter().copied().chain(std::iter::once(text.len())).collect();
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(start) = starts.get(at) {
        // "crime, law and justice" inside a list is one subject.
        let joined = (2..=JOINED_PARTS_MAX).rev().find_map(|count| {
            let part = text.get(*start..*ends.get(at + count - 1)?)?.trim();
            (count < starts.len() && resolver.plain(part).is_some()).then_some((count, part))
        });
        let (count, part) = match joined {
            Some(joined) => joined,
            None => (
                1,
                text.get(*start..ends.get(at).copied().unwrap_or(text.len()))
                    .unwrap_or_default()
                    .trim(),
            ),
        };
        if !strip_marks(part).is_empty() {
            parts.push(part);
        }
        at += count;
    }
    (parts.len() > 1).then_some(parts)
}

fn between_digits(text: &str, at: usize) -> bool {
    let digit = |char: Option<char>| char.is_some_and(char::is_numeric);
    digit(text.get(..at).and_then(|before| before.chars().next_back()))
        && digit(text.get(at + 1..).and_then(|after| after.chars().next()))
}

/// "Manchester, New Hampshire", "Helena, MT": the second part tells the first from its namesakes.
pub(super) fn is_place_in_region(text: &str) -> bool {
    text.split_once(", ").is_some_and(|(place, region)| {
        is_capital(place) && (REGION_CODES.get(region.trim()).is_some() || REGION_CODES.names(region.trim()))
    })
}

/// A slash between names of their own.
fn by_slash<'t>(text: &'t str, resolver: &Resolver<'_>) -> Option<Vec<&'t str>> {
    let parts = parted(text, |char| char == '/')?;
    let gender = parts.iter().skip(1).any(|part| {
        part.split(' ')
            .next()
            .is_some_and(|ending| ending.chars().all(char::is_lowercase) && GENDER_ENDINGS.has(ending))
    });
    let short = parts
        .iter()
        .any(|part| part.chars().count() < 2 || part.chars().all(char::is_numeric));
    let known = || {
        parts
            .iter()
            .any(|part| resolver.resolve(part).is_some() || junk::is_phrase(part))
    };
    let capital = parts.iter().all(|part| is_capital(part));
    (!gender && !short && (capital || known())).then_some(parts)
}

/// "Politics & Government", but not "Trier & Region".
fn by_and<'t>(text: &'t str, resolver: &Resolver<'_>) -> Option<Vec<&'t str>> {
    let parts = by_word(text, &[" & ", " + "])?;
    let topic = |part: &&str| {
        resolver
            .resolve(part)
            .is_some_and(|found| resolver.vocabulary.kind(found.concept) == TagKind::Topic)
    };
    let kinds: Vec<TagKind> = parts
        .iter()
        .filter_map(|part| Some(resolver.vocabulary.kind(resolver.resolve(part)?.concept)))
        .collect();
    // A city and a topic are one region's desk; two things of one kind are two things.
    let all = kinds.len() == parts.len() && kinds.windows(2).all(|pair| pair.first() == pair.last());
    let compound = parts.iter().any(topic) && parts.iter().all(|part| topic(part) || part.contains(' '));
    (all || compound).then_some(parts)
}

/// A hyphen or dash between known concepts, with blanks or in a slug.
fn by_dash<'t>(text: &'t str, resolver: &Resolver<'_>) -> Option<Vec<&'t str>> {
    let spaced = by_word(text, &[" - ", " – ", " — "]);
    if let Some(parts) = spaced {
        return parts
            .iter()
            .all(|part| resolver.resolve(part).is_some() || junk::is_phrase(part))
            .then_some(parts);
    }
    let slug = !text.contains(' ') && !text.chars().any(char::is_uppercase);
    let parts = parted(text, |char| matches!(char, '-' | '_')).filter(|parts| slug && parts.len() <= 3)?;
    let topics = parts.iter().all(|part| {
        resolver
            .resolve(part)
            .is_some_and(|found| resolver.vocabulary.kind(found.concept) == TagKind::Topic)
    });
    topics.then_some(parts)
}

/// `#one #two`, `#one#two`; but not `C#`.
fn by_hashes(text: &str) -> Option<Vec<&str>> {
    let parts = parted(text, |char| char == '#')?;
    let words = parts
        .iter()
        .all(|part| part.chars().count() > 1 && part.starts_with(char::is_alphabetic));
    let glued = words && !text.contains("# ") && !text.ends_with('#');
    (text.matches('#').count() > 1 || text.contains(" #") || glued).then_some(parts)
}

/// `middle-east un climate-change`: slugs parted by blanks.
fn by_slugs(text: &str) -> Option<Vec<&str>> {
    let parts: Vec<&str> = text.split(' ').collect();
    let slugs = parts.iter().filter(|part| part.contains('-')).count();
    let all = parts.iter().all(|part| {
        part.split('-').all(|word| {
            !word.is_empty()
                && word
                    .chars()
                    .all(|char| char.is_alphanumeric() && !char.is_uppercase())
        })
    });
    (parts.len() >= SLUGS_MIN && slugs > 1 && all).then_some(parts)
}

fn is_capital(text: &str) -> bool {
    text.chars()
        .next()
        .is_some_and(|char| char.is_uppercase() || char.is_numeric())
}

/// A row of words without delimiters, cut into the concepts that it is made of; none where it is one name.
pub(super) fn glued<'t>(text: &'t str, resolver: &Resolver<'_>) -> Option<Vec<Piece<'t>>> {
    let words = match tokens(text) {
        words if words.len() == 1 => humps(text),
        words => words,
    };
    if words.len() < GLUED_MIN || words.len() > GLUED_WORDS_MAX {
        return None;
    }
    let scanner = resolver.vocabulary.scanner(text, &words);
    // From the end: the most words covered, then the fewest pieces.
    let mut best: Vec<Cut> = vec![(0, 0, 0, None); words.len() + 1];
    for start in (0..words.len()).rev() {
        let after = best.get(start + 1).map_or((0, 0), |rest| (rest.0, rest.1));
        let mut choice = (after.0, after.1 + 1, 1, None);
        for (count, hits) in scanner.at(start) {
            let likely: Vec<_> = hits
                .into_iter()
                .filter(|hit| !hit.is(form::WEAK))
                .filter(|hit| match hit.kind {
                    TagKind::Topic => hit.rank >= GLUED_SUBJECT_RANK_MIN,
                    _ => hit.rank >= GLUED_RANK_MIN,
                })
                .collect();
            let Some((hit, _)) = resolver.best(&likely, span_of(text, &words, start, count)) else {
                continue;
            };
            let key = scanner.squashed(start, start + count);
            if STOP_WORDS.has_squashed(key) {
                continue;
            }
            take(&best, start, count, hit.concept, &mut choice);
        }
        // "World War 3" where the vocabulary has "World War III".
        let number =
            |word: &str| !word.is_empty() && word.len() < 3 && word.bytes().all(|byte| byte.is_ascii_digit());
        for count in (2..=NUMBERED_WORDS_MAX).filter(|count| start + count <= words.len()) {
            if number(span_of(text, &words, start + count - 1, 1))
                && let Some(found) = resolver.resolve(span_of(text, &words, start, count))
            {
                take(&best, start, count, found.concept, &mut choice);
            }
        }
        if let Some(slot) = best.get_mut(start) {
            *slot = choice;
        }
    }
    let covered = best.first()?.0;
    let mut pieces = Vec::new();
    let mut start = 0;
    while let Some((_, _, count, concept)) = best.get(start).filter(|_| start < words.len()) {
        let text = span_of(text, &words, start, *count);
        if concept.is_some() || !STOP_WORDS.has(text) {
            pieces.push(Piece {
                text,
                concept: *concept,
            });
        }
        start += count;
    }
    let known = pieces.iter().filter(|piece| piece.concept.is_some()).count();
    // Common words in a row are the name of something that nobody here knows.
    let names = pieces
        .iter()
        .filter_map(|piece| piece.concept)
        .filter(|concept| {
            !matches!(
                resolver.vocabulary.kind(*concept),
                TagKind::Topic | TagKind::Other
            )
        })
        .count();
    if names < GLUED_NAMES_MIN && text.chars().any(char::is_uppercase) {
        return None;
    }
    let whole = covered == words.len() && known >= GLUED_MIN;
    let most = known > GLUED_MIN && covered * 100 >= words.len() * GLUED_COVER;
    // One keyword that nobody knows does not make a name of the row.
    let rest_named = || {
        pieces
            .iter()
            .filter(|piece| piece.concept.is_none())
            .all(|piece| is_capital(piece.text))
    };
    let none_dropped = pieces.len() - known + covered == words.len();
    let named = names >= GLUED_NAMES_MIN
        && covered * 100 >= words.len() * GLUED_NAMES_COVER
        && none_dropped
        && rest_named();
    (whole || most || named).then_some(pieces)
}

/// The words of a row that is written together, each with a capital; none where it is not such a row.
fn humps(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut starts: Vec<usize> = Vec::new();
    let mut small = true;
    for (at, char) in text.char_indices() {
        if char.is_uppercase() && small {
            starts.push(at);
        }
        small = char.is_lowercase();
    }
    let ends = starts.iter().skip(1).copied().chain(std::iter::once(text.len()));
    let words: Vec<_> = starts
        .iter()
        .copied()
        .zip(ends)
        .map(|(start, end)| start..end)
        .collect();
    let whole = starts.first() == Some(&0)
        && words.iter().all(|word| {
            text.get(word.clone()).is_some_and(|word| {
                word.chars().count() >= HUMP_LETTERS_MIN && word.chars().all(char::is_alphabetic)
            })
        });
    if whole { words } else { Vec::new() }
}

/// How the words from one on are best cut: words covered, pieces, words of the first piece and what it names.
type Cut = (usize, usize, usize, Option<ConceptId>);

/// Takes a piece of `count` words from `start` where that covers more words, or as many with fewer pieces.
fn take(best: &[Cut], start: usize, count: usize, concept: ConceptId, choice: &mut Cut) {
    let rest = best.get(start + count).map_or((0, 0), |rest| (rest.0, rest.1));
    let with = (rest.0 + count, rest.1 + 1, count, Some(concept));
    if with.0 > choice.0 || with.0 == choice.0 && with.1 < choice.1 {
        *choice = with;
    }
}

/// The text of `count` words from `start`.
fn span_of<'t>(text: &'t str, words: &[std::ops::Range<usize>], start: usize, count: usize) -> &'t str {
    words
        .get(start)
        .zip(words.get((start + count).saturating_sub(1)))
        .and_then(|(first, last)| text.get(first.start..last.end))
        .unwrap_or_default()
}
