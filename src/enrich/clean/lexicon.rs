//! The hand-written vocabularies of cleaning: class and id names, and phrases that stand on news pages beside the
//! article, by language.
//!
//! Invariant: everything here is data out of `lexicon/*.txt`; a rule of language is a line there, not code.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use crate::message::RemovedReason;

/// What a class or id name says of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Role {
    Content,
    Comments,
    Related,
    Share,
    Newsletter,
    Advert,
    Caption,
    Byline,
    Date,
    Keywords,
    Nav,
    Footer,
    Sidebar,
    Promo,
    Author,
    Headline,
    Deck,
    Paywall,
    Cookie,
    Login,
    Gallery,
    Widget,
    Meta,
    Embed,
    Hidden,
    Legal,
    Popup,
    Live,
    Box,
    Quote,
    Header,
}

impl Role {
    /// How many there are.
    pub(super) const COUNT: usize = Role::Header as usize + 1;

    const NAMES: [(&'static str, Role); Role::COUNT] = [
        ("content", Role::Content),
        ("comments", Role::Comments),
        ("related", Role::Related),
        ("share", Role::Share),
        ("newsletter", Role::Newsletter),
        ("advert", Role::Advert),
        ("caption", Role::Caption),
        ("byline", Role::Byline),
        ("date", Role::Date),
        ("keywords", Role::Keywords),
        ("nav", Role::Nav),
        ("footer", Role::Footer),
        ("sidebar", Role::Sidebar),
        ("promo", Role::Promo),
        ("author", Role::Author),
        ("headline", Role::Headline),
        ("deck", Role::Deck),
        ("paywall", Role::Paywall),
        ("cookie", Role::Cookie),
        ("login", Role::Login),
        ("gallery", Role::Gallery),
        ("widget", Role::Widget),
        ("meta", Role::Meta),
        ("embed", Role::Embed),
        ("hidden", Role::Hidden),
        ("legal", Role::Legal),
        ("popup", Role::Popup),
        ("live", Role::Live),
        ("box", Role::Box),
        ("quote", Role::Quote),
        ("header", Role::Header),
    ];

    /// The role's bit in a set.
    pub(super) const fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// How a phrase must stand in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// Anywhere, between word boundaries.
    Has,
    /// At the end.
    Ends,
    /// At the beginning.
    Starts,
    /// Nothing else in the line.
    Whole,
}

/// A phrase found in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) reason: RemovedReason,
    pub(super) fit: Fit,
    /// Bytes of the folded line that it covers.
    pub(super) bytes: usize,
}

struct Classes {
    automaton: AhoCorasick,
    /// Of each pattern its role, and whether it must be a whole word.
    roles: Vec<(u32, bool)>,
}

struct Phrases {
    automaton: AhoCorasick,
    entries: Vec<(RemovedReason, Fit)>,
}

static CLASSES: LazyLock<Option<Classes>> =
    LazyLock::new(|| read_classes(include_str!("lexicon/classes.txt")));
static PHRASES: LazyLock<Option<Phrases>> = LazyLock::new(|| {
    read_phrases(&[
        include_str!("lexicon/phrases/en.txt"),
        include_str!("lexicon/phrases/de.txt"),
        include_str!("lexicon/phrases/fr.txt"),
        include_str!("lexicon/phrases/es.txt"),
        include_str!("lexicon/phrases/it.txt"),
        include_str!("lexicon/phrases/pt.txt"),
        include_str!("lexicon/phrases/nl.txt"),
        include_str!("lexicon/phrases/pl.txt"),
        include_str!("lexicon/phrases/ru.txt"),
        include_str!("lexicon/phrases/uk.txt"),
        include_str!("lexicon/phrases/ar.txt"),
        include_str!("lexicon/phrases/zh.txt"),
        include_str!("lexicon/phrases/other.txt"),
        include_str!("lexicon/phrases/machine.txt"),
    ])
});

fn read_classes(source: &str) -> Option<Classes> {
    let mut patterns = Vec::new();
    let mut roles = Vec::new();
    for line in lines(source) {
        let (name, words) = line.split_once(':')?;
        let (_, role) = Role::NAMES.iter().find(|(known, _)| *known == name.trim())?;
        for word in words.split_whitespace() {
            let whole = word.strip_prefix('=');
            patterns.push(whole.unwrap_or(word));
            roles.push((role.bit(), whole.is_some()));
        }
    }
    let automaton = AhoCorasick::new(patterns).ok()?;
    Some(Classes { automaton, roles })
}

fn read_phrases(sources: &[&str]) -> Option<Phrases> {
    let mut patterns = Vec::new();
    let mut entries = Vec::new();
    for source in sources {
        let mut section = None;
        for line in lines(source) {
            if let Some(head) = head(line) {
                section = Some(head);
                continue;
            }
            let section = section?;
            let mut phrase = fold(line);
            // "More:" is a label, "more" is not; a mark at the end of a beginning counts.
            if section.1 == Fit::Starts {
                phrase.extend(
                    line.chars()
                        .rev()
                        .take_while(|char| matches!(char, ':' | '>' | '»' | '(' | '：'))
                        .take(1),
                );
            }
            if !phrase.is_empty() {
                patterns.push(phrase);
                entries.push(section);
            }
        }
    }
    let automaton = AhoCorasick::new(patterns).ok()?;
    Some(Phrases { automaton, entries })
}

/// `[reason fit]`. Any other line in brackets is a phrase.
fn head(line: &str) -> Option<(RemovedReason, Fit)> {
    let (reason, fit) = line.strip_prefix('[')?.strip_suffix(']')?.split_once(' ')?;
    Some((reason_named(reason)?, fit_named(fit)?))
}

fn lines(source: &str) -> impl Iterator<Item = &str> {
    source
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn fit_named(name: &str) -> Option<Fit> {
    match name {
        "has" => Some(Fit::Has),
        "ends" => Some(Fit::Ends),
        "starts" => Some(Fit::Starts),
        "whole" => Some(Fit::Whole),
        _ => None,
    }
}

/// Reasons by the names that the record writes.
fn reason_named(name: &str) -> Option<RemovedReason> {
    serde_json::from_value(serde_json::Value::String(name.to_owned())).ok()
}

/// The roles that an attribute's words speak of, as a set of [`Role::bit`]s.
pub(super) fn roles_of(value: &str) -> u32 {
    let Some(classes) = CLASSES.as_ref() else { return 0 };
    let mut folded = String::with_capacity(value.len() + 8);
    let mut lower_before = false;
    for char in value.chars().take(600) {
        // `articleBody` is two words.
        if char.is_ascii_uppercase() && lower_before {
            folded.push('-');
        }
        lower_before = char.is_ascii_lowercase() || char.is_ascii_digit();
        folded.push(char.to_ascii_lowercase());
    }
    let bytes = folded.as_bytes();
    let mut set = 0;
    for found in classes.automaton.find_overlapping_iter(&folded) {
        let Some((bit, whole)) = classes.roles.get(found.pattern().as_usize()) else {
            continue;
        };
        let letter = |at: Option<&u8>| at.is_some_and(u8::is_ascii_alphabetic);
        let before = found.start().checked_sub(1).and_then(|at| bytes.get(at));
        if !whole || (!letter(before) && !letter(bytes.get(found.end()))) {
            set |= bit;
        }
    }
    set
}

/// A line for comparison: lower case, white space as one space, without marks at either end.
pub(super) fn fold(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for word in line.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        for char in word.chars() {
            match char {
                '\u{2019}' | '\u{2018}' => out.push('\''),
                '\u{2010}' | '\u{2011}' => out.push('-'),
                '\u{2026}' => out.push_str("..."),
                _ => out.extend(char.to_lowercase()),
            }
        }
    }
    let inner = out.trim_matches(|char: char| {
        !char.is_alphanumeric() && !matches!(char, '©' | '[' | ']' | '{' | '}' | '&' | '@' | '#' | '$')
    });
    if inner.len() == out.len() {
        out
    } else {
        inner.to_owned()
    }
}

/// Phrases that a folded line holds.
pub(super) fn hits(folded: &str) -> impl Iterator<Item = Hit> {
    let phrases = PHRASES.as_ref();
    phrases
        .map(|phrases| {
            phrases
                .automaton
                .find_overlapping_iter(folded)
                .filter_map(|found| {
                    let (reason, wanted) = *phrases.entries.get(found.pattern().as_usize())?;
                    let before = folded.get(..found.start())?.chars().next_back();
                    let after = folded.get(found.end()..)?.chars().next();
                    let first = folded.get(found.start()..)?.chars().next();
                    let last = folded.get(..found.end())?.chars().next_back();
                    let whole = before.is_none() && after.is_none();
                    let fits = match wanted {
                        Fit::Whole => whole,
                        Fit::Starts => before.is_none() && parted(last, after),
                        Fit::Ends => after.is_none() && parted(before, first),
                        Fit::Has => parted(before, first) && parted(last, after),
                    };
                    let fit = if whole { Fit::Whole } else { wanted };
                    fits.then_some(Hit {
                        reason,
                        fit,
                        bytes: found.end() - found.start(),
                    })
                })
        })
        .into_iter()
        .flatten()
}

/// Whether a word ends between two characters. Scripts written without spaces end one anywhere.
fn parted(left: Option<char>, right: Option<char>) -> bool {
    let joins = |char: char| char.is_alphanumeric() && !is_unspaced(char);
    match (left, right) {
        (Some(left), Some(right)) => !(joins(left) && joins(right)),
        _ => true,
    }
}

/// Whether a character belongs to a script that is written without spaces.
pub(super) fn is_unspaced(char: char) -> bool {
    matches!(u32::from(char), 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3040..=0x30FF | 0x3400..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x2FA1F)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_can_be_read() {
        assert!(CLASSES.is_some());
        assert!(PHRASES.is_some());
    }

    #[test]
    fn camel_case_is_two_words() {
        assert_eq!(roles_of("articleBody") & Role::Content.bit(), Role::Content.bit());
        assert_eq!(roles_of("header") & Role::Advert.bit(), 0);
    }

    #[test]
    fn a_phrase_ends_with_its_word() {
        assert!(hits("related newspapers of the region").all(|hit| hit.fit != Fit::Whole));
        assert!(hits(&fold("Related news:")).any(|hit| hit.reason == RemovedReason::RelatedLinks));
    }
}
