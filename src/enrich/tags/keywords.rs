//! Keywords: a raw string to the things that it names.
//!
//! Invariant: every raw string ends as known concepts, as cleaned unknown names, or as junk with its reason;
//! the recursion into its parts is bounded. The order of the questions is the order of trust: a whole that is
//! known is never taken apart.

use super::decode::decode;
use super::parentheses::{self, Gloss};
use super::prefix::{self, Prefix};
use super::removed::Dropped;
use super::resolve::{Resolved, Resolver, begins_with_given_name, strip_marks, turn_round};
use super::tables::REGION_CODES;
use super::{junk, split};
use crate::message::{KeywordReason, TagRule};
use crate::vocabulary::ConceptId;

/// How deep parts of parts are read.
const DEPTH_MAX: usize = 4;
/// Longer strings are not repaired.
const REPAIR_WORDS_MAX: usize = 8;
/// Letters of a word in a hashtag.
const HUMP_LETTERS_MIN: usize = 3;

/// A thing that a raw string names.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Named {
    /// The concept, where it is known.
    pub(super) concept: Option<ConceptId>,
    /// Its name, clean, for one that is not.
    pub(super) name: String,
    /// The piece of the raw string.
    pub(super) raw: String,
    pub(super) rule: TagRule,
    /// 0 to 1.
    pub(super) confidence: f32,
}

/// Reads raw strings of one article.
#[derive(Debug)]
pub(super) struct Reader<'v> {
    resolver: Resolver<'v>,
}

impl<'v> Reader<'v> {
    pub(super) fn new(resolver: Resolver<'v>) -> Self {
        Self { resolver }
    }

    /// The things that `raw` names; what of it is junk goes to `dropped`.
    pub(super) fn read(&self, raw: &str, dropped: &mut Dropped) -> Vec<Named> {
        let text = decode(raw);
        let mut named = self.piece(&text, DEPTH_MAX, dropped);
        // What was not taken apart came from the whole.
        if let [only] = named.as_mut_slice() {
            only.raw = raw.trim().to_owned();
        }
        named
    }

    fn piece(&self, text: &str, depth: usize, dropped: &mut Dropped) -> Vec<Named> {
        let bare = strip_marks(without_number(text));
        if junk::is_code(text) {
            return dropped.names_nothing(KeywordReason::Code, text);
        }
        if junk::is_phrase(bare) {
            return dropped.names_nothing(KeywordReason::Phrase, text);
        }
        if let Some(found) = self.resolver.resolve(bare) {
            return vec![known(found, text)];
        }
        let Some(deeper) = depth.checked_sub(1) else {
            return self.unknown(bare, text, dropped);
        };
        if let Some(named) = self.prefixed(bare, deeper, dropped) {
            return named;
        }
        if let Some(turned) = self.unknown_person(bare) {
            return vec![unknown(turned, text, 0.7)];
        }
        if let Some(found) = self.misspelt(bare) {
            return vec![known(found, text)];
        }
        if let Some(parts) = split::parts(bare, &self.resolver) {
            let in_headline = split::is_cut_headline(&parts);
            let mut named = Vec::new();
            for part in parts {
                for part in self.piece(part, deeper, dropped) {
                    if in_headline && part.concept.is_none() {
                        dropped.add(KeywordReason::Sentence, &part.raw);
                    } else {
                        named.push(part);
                    }
                }
            }
            return named;
        }
        if self.resolver.rules.has(TagRule::Glued)
            && let Some(pieces) = split::glued(bare, &self.resolver)
        {
            return pieces.into_iter().map(|piece| self.glued(&piece)).collect();
        }
        self.unknown(bare, text, dropped)
    }

    fn prefixed(&self, bare: &str, deeper: usize, dropped: &mut Dropped) -> Option<Vec<Named>> {
        // A reading that is given up has dropped nothing.
        let before = dropped.keywords.len();
        match prefix::read(bare) {
            Some(Prefix::Machinery) => return Some(dropped.names_nothing(KeywordReason::Machinery, bare)),
            Some(Prefix::Subject(value)) => return Some(self.piece(value, deeper, dropped)),
            Some(Prefix::Perhaps(value)) => {
                let named = self.piece(value, deeper, dropped);
                if named.iter().all(|named| named.concept.is_some()) {
                    return Some(named);
                }
                dropped.keywords.truncate(before);
            }
            None => {}
        }
        let rest = prefix::after_lead(bare)?;
        if let Some(found) = self
            .resolver
            .resolve(rest)
            .or_else(|| self.resolver.in_genitive(rest))
        {
            return Some(vec![known(found, bare)]);
        }
        let named = self.piece(rest, deeper, dropped);
        let certain = rest.chars().next().is_some_and(char::is_uppercase) && !named.is_empty();
        if certain || named.iter().any(|named| named.concept.is_some()) {
            return Some(named);
        }
        dropped.keywords.truncate(before);
        None
    }

    /// An unknown person who stands "Last, First".
    fn unknown_person(&self, bare: &str) -> Option<String> {
        let turned = turn_round(bare)?;
        let years = bare.ends_with(')');
        let parts_known = bare
            .split(',')
            .all(|part| self.resolver.resolve(strip_marks(part)).is_some());
        let capital = turned
            .split(' ')
            .next()
            .is_some_and(|word| word.chars().next().is_some_and(char::is_uppercase));
        (years
            || (capital
                && begins_with_given_name(&turned)
                && !parts_known
                && !split::is_place_in_region(bare)))
        .then_some(turned)
    }

    fn misspelt(&self, bare: &str) -> Option<Resolved> {
        let words = bare.split_whitespace().count();
        let splits = bare.contains([';', '|', '\n', '/', '(']);
        (words <= REPAIR_WORDS_MAX && !splits)
            .then(|| self.resolver.misspelt(bare))
            .flatten()
    }

    fn glued(&self, piece: &split::Piece<'_>) -> Named {
        // What is too weak to say that the row is one of keywords is known once that is said.
        let concept = piece
            .concept
            .or_else(|| Some(self.resolver.resolve(piece.text)?.concept));
        Named {
            concept,
            name: piece.text.to_owned(),
            raw: piece.text.to_owned(),
            rule: if concept.is_some() {
                TagRule::Glued
            } else {
                TagRule::Unknown
            },
            confidence: if concept.is_some() { 0.9 } else { 0.4 },
        }
    }

    /// A string that nothing knows: junk, or a clean name.
    fn unknown(&self, bare: &str, raw: &str, dropped: &mut Dropped) -> Vec<Named> {
        if junk::is_scaffolding(bare) {
            return dropped.names_nothing(KeywordReason::Machinery, raw);
        }
        if junk::is_sentence(bare) {
            return dropped.names_nothing(KeywordReason::Sentence, raw);
        }
        let name = match parentheses::read(bare) {
            Some(Gloss::Of(before) | Gloss::Short(before, _)) => before,
            Some(Gloss::SpeltOut(inside)) => inside,
            Some(Gloss::Part) | None => bare,
        };
        let name = match raw.trim_start().strip_prefix('#').and_then(|_| humps(name)) {
            Some(words) => words,
            None => clean_name(name),
        };
        vec![unknown(name, raw, 0.5)]
    }
}

/// A string without the number in parentheses that counts it.
fn without_number(text: &str) -> &str {
    text.trim_start()
        .strip_prefix('(')
        .and_then(|rest| rest.split_once(')'))
        .filter(|(number, rest)| {
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) && !rest.trim().is_empty()
        })
        .map_or(text, |(_, rest)| rest)
}

fn known(found: Resolved, raw: &str) -> Named {
    Named {
        concept: Some(found.concept),
        name: String::new(),
        raw: raw.trim().to_owned(),
        rule: found.rule,
        confidence: found.confidence,
    }
}

fn unknown(name: String, raw: &str, confidence: f32) -> Named {
    Named {
        concept: None,
        name,
        raw: raw.trim().to_owned(),
        rule: TagRule::Unknown,
        confidence,
    }
}

/// The two words of a hashtag that was written together: `#GoogleCloud`. More are a slogan.
fn humps(name: &str) -> Option<String> {
    let words = junk::words_of(name);
    let word = |word: &String| {
        word.chars().count() >= HUMP_LETTERS_MIN
            && word.starts_with(char::is_uppercase)
            && word.chars().all(char::is_alphabetic)
    };
    (words.len() == 2 && words.concat() == name && words.iter().all(word)).then(|| words.join(" "))
}

/// An unknown name as a reader may see it.
fn clean_name(name: &str) -> String {
    let name = name.replace('_', " ");
    let name = ["'s", "’s"]
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(&name);
    if let Some((place, region)) = name.split_once(", ")
        && let Some(region) = REGION_CODES.get(region)
    {
        return format!("{place}, {region}");
    }
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}
