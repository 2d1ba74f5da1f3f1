//! The hand-written vocabularies of cleaning: class and id names, and phrases that stand on news pages beside the
//! article, by language.
//!
//! Invariant: everything here is data out of `lexicon/*.txt`; a rule of language is a line there, not code.

mod fold;

use std::borrow::Cow;
use std::sync::LazyLock;

use xxhash_rust::xxh3::xxh3_64;

pub(super) use fold::{fold, fold_into};

use super::automaton::Automaton;
use super::beginnings::Beginnings;
use crate::enrich::letters::is_of_word;
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
    /// The container of a product that asks for consent.
    Consent,
}

impl Role {
    /// How many there are.
    pub(super) const COUNT: usize = Role::Consent as usize + 1;

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
        ("consent", Role::Consent),
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
    automaton: Automaton,
    /// Of each word its role, its bytes, and whether it must be a whole word.
    roles: Vec<(u32, usize, bool)>,
}

/// Most phrases must stand at a line's beginning: looked for only there, they cost a few bytes of the line.
struct Phrases {
    /// Those that begin a line or are one.
    beginning: (Beginnings, Vec<Entry>),
    /// Those that end a line or stand in it.
    anywhere: (Automaton, Vec<Entry>),
}

/// What a phrase says, how it must stand, and its bytes.
type Entry = (RemovedReason, Fit, usize);

/// Roles of names seen before: a page has few names, each many times, and a site's pages have the same ones.
#[derive(Debug, Default)]
pub(super) struct Roles(Vec<(u64, u32)>);

const ROLES_KEPT: usize = 2048;

impl Roles {
    /// The roles that an attribute's words speak of, as a set of [`Role::bit`]s.
    pub(super) fn of(&mut self, value: &str) -> u32 {
        if self.0.is_empty() {
            self.0.resize(ROLES_KEPT, (0, 0));
        }
        let hash = xxh3_64(value.as_bytes()) | 1;
        // A slot that another name holds is taken over: work stays linear whatever the names are.
        match self.0.get_mut((hash >> 1) as usize % ROLES_KEPT) {
            Some((known, roles)) if *known == hash => *roles,
            Some(slot) => {
                *slot = (hash, roles_of(value));
                slot.1
            }
            None => roles_of(value),
        }
    }
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
            let word = whole.unwrap_or(word);
            patterns.push(word);
            roles.push((role.bit(), word.len(), whole.is_some()));
        }
    }
    let automaton = Automaton::new(&patterns)?;
    Some(Classes { automaton, roles })
}

fn read_phrases(sources: &[&str]) -> Option<Phrases> {
    let mut beginning = (Vec::new(), Vec::new());
    let mut anywhere = (Vec::new(), Vec::new());
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
            let (patterns, entries) = match section.1 {
                Fit::Starts | Fit::Whole => &mut beginning,
                Fit::Ends | Fit::Has => &mut anywhere,
            };
            if !phrase.is_empty() {
                entries.push((section.0, section.1, phrase.len()));
                patterns.push(phrase);
            }
        }
    }
    Some(Phrases {
        beginning: (Beginnings::new(&beginning.0)?, beginning.1),
        anywhere: (Automaton::new(&anywhere.0)?, anywhere.1),
    })
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

/// Characters read of an attribute.
const NAME_CHARS: usize = 600;

/// A name in lower case, its words parted: `articleBody` is two.
fn parted_words(value: &str) -> String {
    let mut folded = String::with_capacity(value.len() + 8);
    let mut lower_before = false;
    for char in value.chars().take(NAME_CHARS) {
        if char.is_ascii_uppercase() && lower_before {
            folded.push('-');
        }
        lower_before = char.is_ascii_lowercase() || char.is_ascii_digit();
        folded.push(char.to_ascii_lowercase());
    }
    folded
}

/// The roles that an attribute's words speak of, as a set of [`Role::bit`]s.
pub(super) fn roles_of(value: &str) -> u32 {
    let Some(classes) = CLASSES.as_ref() else { return 0 };
    let folded = if value.len() <= NAME_CHARS && !value.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Borrowed(value)
    } else {
        Cow::Owned(parted_words(value))
    };
    let bytes = folded.as_bytes();
    let mut set = 0;
    let letter = |at: Option<&u8>| at.is_some_and(u8::is_ascii_alphabetic);
    classes.automaton.each(bytes, |found| {
        let Some((bit, length, whole)) = classes.roles.get(found.word) else {
            return;
        };
        let before = found.end.checked_sub(length + 1).and_then(|at| bytes.get(at));
        if !whole || (!letter(before) && !letter(bytes.get(found.end))) {
            set |= bit;
        }
    });
    set
}

/// Phrases that a folded line holds.
pub(super) fn hits(folded: &str) -> Vec<Hit> {
    let mut hits = Vec::new();
    if let Some(Phrases { beginning, anywhere }) = PHRASES.as_ref() {
        let (beginnings, entries) = beginning;
        beginnings.each(folded.as_bytes(), |which, end| {
            hits.extend(entries.get(which).and_then(|entry| hit(folded, *entry, end)));
        });
        let (automaton, entries) = anywhere;
        automaton.each(folded.as_bytes(), |found| {
            hits.extend(
                entries
                    .get(found.word)
                    .and_then(|entry| hit(folded, *entry, found.end)),
            );
        });
    }
    hits
}

/// A phrase that ends at byte `end` of a folded line, if it stands there as it must.
fn hit(folded: &str, (reason, wanted, bytes): Entry, end: usize) -> Option<Hit> {
    let start = end.checked_sub(bytes)?;
    let before = folded.get(..start)?.chars().next_back();
    let after = folded.get(end..)?.chars().next();
    let first = folded.get(start..)?.chars().next();
    let last = folded.get(..end)?.chars().next_back();
    let whole = before.is_none() && after.is_none();
    let fits = match wanted {
        Fit::Whole => whole,
        Fit::Starts => before.is_none() && parted(last, after),
        Fit::Ends => after.is_none() && parted(before, first),
        Fit::Has => parted(before, first) && parted(last, after),
    };
    let fit = if whole { Fit::Whole } else { wanted };
    fits.then_some(Hit { reason, fit, bytes })
}

/// Whether a word ends between two characters. Scripts written without spaces end one anywhere.
fn parted(left: Option<char>, right: Option<char>) -> bool {
    let joins = |char: char| is_of_word(char) && !is_unspaced(char);
    match (left, right) {
        (Some(left), Some(right)) => !(joins(left) && joins(right)),
        _ => true,
    }
}

/// Whether a character belongs to a script that is written without spaces.
pub(super) fn is_unspaced(char: char) -> bool {
    char >= '\u{e00}'
        && matches!(u32::from(char), 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3040..=0x30FF | 0x3400..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x2FA1F)
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
    fn the_container_of_a_product_that_asks_for_consent_is_known_as_the_product_writes_it() {
        for id in [
            "onetrust-consent-sdk",
            "CybotCookiebotDialog",
            "BorlabsCookieBox",
            "tarteaucitronRoot",
            "sp_message_container_12",
            "qc-cmp2-container",
        ] {
            assert_ne!(roles_of(id) & Role::Consent.bit(), 0, "{id}");
        }
        assert_eq!(roles_of("cookie-recipe") & Role::Consent.bit(), 0);
    }

    #[test]
    fn a_phrase_is_found_wherever_its_table_allows_it() {
        let reasons = |line: &str| {
            hits(&fold(line))
                .iter()
                .map(|hit| (hit.reason, hit.fit))
                .collect::<Vec<_>>()
        };
        assert!(reasons("Comments").contains(&(RemovedReason::Comments, Fit::Whole)));
        assert!(reasons("Sign up for our letters").contains(&(RemovedReason::Newsletter, Fit::Starts)));
        assert!(reasons("It comes to your inbox daily").contains(&(RemovedReason::Newsletter, Fit::Has)));
        assert!(reasons("Today: 4 min read").contains(&(RemovedReason::Dateline, Fit::Ends)));
        assert!(
            reasons("He said: sign up for our letters")
                .iter()
                .all(|(_, fit)| *fit != Fit::Starts)
        );
    }

    #[test]
    fn a_phrase_ends_with_its_word() {
        assert!(
            hits("related newspapers of the region")
                .iter()
                .all(|hit| hit.fit != Fit::Whole)
        );
        assert!(
            hits(&fold("Related news:"))
                .iter()
                .any(|hit| hit.reason == RemovedReason::RelatedLinks)
        );
    }
}
