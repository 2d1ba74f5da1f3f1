//! Mentions: what the text names, without being told.
//!
//! Invariant: precision before recall. A label counts where its letters and its neighbours say that it is meant:
//! a name in capitals as it is written, not inside a longer name that nothing knows. The longest label that is
//! itself acceptable wins. Deliberately absent: resolving which of several namesakes the article is about.

use std::collections::HashMap;
use std::ops::Range;

use super::merge::Merged;
use super::resolve::Resolver;
use super::tables::{BESIDE_NAMES, STOP_WORDS};
use crate::message::TagKind;
use crate::vocabulary::fold::{is_unspaced, tokens};
use crate::vocabulary::{ConceptId, Hit, Scanner, Vocabulary, form};

/// Concepts below are named by chance more often than meant.
const RANK_MIN: u8 = 80;
/// Single words at the beginning of a sentence need this rank, or another mention elsewhere.
const RANK_OPENING: u8 = 100;
/// A topic that only the text names must be named this often, or in the title.
const TOPIC_MENTIONS: usize = 3;

/// A label found at a place.
#[derive(Debug)]
struct Mention {
    concept: ConceptId,
    kind: TagKind,
    first: usize,
    count: usize,
    opening: bool,
    rank: u8,
    /// By a name that counts only when another mention supports it.
    weak: bool,
}

/// Finds the concepts that `text` mentions and adds them to `merged`.
pub(super) fn find(
    text: &str,
    title: Option<&str>,
    language: Option<&str>,
    vocabulary: &Vocabulary,
    merged: &mut Merged<'_>,
) {
    if text.is_empty() {
        return;
    }
    let words = tokens(text);
    let reading = Reading {
        text,
        words: &words,
        scanner: vocabulary.scanner(text, &words),
        resolver: Resolver { vocabulary, language },
    };
    let mentions = reading.mentions(merged);
    let titled = title.map_or_else(Vec::new, |title| {
        let words = tokens(title);
        let reading = Reading {
            text: title,
            words: &words,
            scanner: vocabulary.scanner(title, &words),
            resolver: Resolver { vocabulary, language },
        };
        reading
            .mentions(merged)
            .into_iter()
            .map(|mention| mention.concept)
            .collect()
    });
    let mut order: Vec<ConceptId> = Vec::new();
    let mut by_concept: HashMap<ConceptId, Vec<&Mention>> = HashMap::new();
    for mention in &mentions {
        by_concept
            .entry(mention.concept)
            .or_insert_with(|| {
                order.push(mention.concept);
                Vec::new()
            })
            .push(mention);
    }
    for concept in order {
        let Some(found) = by_concept.get(&concept) else {
            continue;
        };
        if !merged.in_keywords(concept) && !is_meant(found, titled.contains(&concept)) {
            continue;
        }
        let ranges = found
            .iter()
            .filter_map(|mention| reading.range(mention))
            .collect();
        let confidence = confidence_of(found, titled.contains(&concept));
        merged.add_mentions(concept, ranges, confidence);
    }
}

/// Whether mentions of a concept that no keyword names make it a tag.
fn is_meant(found: &[&Mention], titled: bool) -> bool {
    let Some(first) = found.first() else { return false };
    if found.iter().all(|mention| mention.weak) {
        return false;
    }
    match first.kind {
        TagKind::Topic => titled || found.len() >= TOPIC_MENTIONS,
        _ => found
            .iter()
            .any(|mention| mention.count > 1 || !mention.opening || mention.rank >= RANK_OPENING),
    }
}

fn confidence_of(found: &[&Mention], titled: bool) -> f32 {
    let longest = found.iter().map(|mention| mention.count).max().unwrap_or(1);
    let more = |yes: bool| if yes { 0.1 } else { 0.0 };
    0.6 + more(longest > 1) + more(found.len() > 1) + more(titled)
}

/// A text with what is needed to read it.
struct Reading<'v, 't> {
    text: &'t str,
    words: &'t [Range<usize>],
    scanner: Scanner<'v, 't>,
    resolver: Resolver<'v>,
}

impl<'v> Reading<'v, '_> {
    fn mentions(&self, merged: &Merged<'_>) -> Vec<Mention> {
        let mut mentions: Vec<Mention> = Vec::new();
        let mut start = 0;
        while start < self.words.len() {
            let accepted = self.scanner.at(start).into_iter().find_map(|(count, hits)| {
                let meant: Vec<Hit<'v>> = hits
                    .into_iter()
                    .filter(|hit| self.accepts(hit, start, count, merged.in_keywords(hit.concept)))
                    .collect();
                let (hit, _) = self.resolver.best(&meant)?;
                Some(Mention {
                    concept: hit.concept,
                    kind: hit.kind,
                    first: start,
                    count,
                    opening: self.opens_sentence(start),
                    rank: hit.rank,
                    weak: hit.is(form::WEAK),
                })
            });
            match accepted {
                Some(mention) => {
                    start += mention.count;
                    mentions.push(mention);
                }
                None => start += 1,
            }
        }
        self.add_surnames(mentions)
    }

    /// A last name alone means the person whom the text names in full.
    fn add_surnames(&self, mut mentions: Vec<Mention>) -> Vec<Mention> {
        let mut surnames: HashMap<String, Option<usize>> = HashMap::new();
        for (at, mention) in mentions.iter().enumerate() {
            let human = match mention.kind {
                TagKind::Person => true,
                // A source that does not say what things are: two capitalised words.
                TagKind::Other => mention.count == 2,
                _ => false,
            };
            if human && mention.count > 1 {
                let last = mention.first + mention.count - 1;
                surnames
                    .entry(self.scanner.squashed(last, last + 1).to_owned())
                    .and_modify(|known| {
                        if known
                            .and_then(|known| mentions.get(known))
                            .map(|known| known.concept)
                            != Some(mention.concept)
                        {
                            *known = None;
                        }
                    })
                    .or_insert(Some(at));
            }
        }
        if surnames.is_empty() {
            return mentions;
        }
        let mut taken = vec![usize::MAX; self.words.len()];
        for (at, mention) in mentions.iter().enumerate() {
            for word in mention.first..mention.first + mention.count {
                if let Some(slot) = taken.get_mut(word) {
                    *slot = at;
                }
            }
        }
        let mut added = Vec::new();
        let mut replaced = Vec::new();
        for word in 0..self.words.len() {
            let Some(Some(full)) = surnames.get(self.scanner.squashed(word, word + 1)) else {
                continue;
            };
            let Some(full) = mentions.get(*full) else { continue };
            let holder = taken
                .get(word)
                .and_then(|at| mentions.get(*at).map(|mention| (*at, mention)));
            match holder {
                Some((_, mention)) if mention.count > 1 || mention.concept == full.concept => continue,
                Some((at, _)) => replaced.push(at),
                None if !self.is_capital(word) || self.in_longer_name(word, 1) => continue,
                None => {}
            }
            added.push(Mention {
                concept: full.concept,
                kind: full.kind,
                first: word,
                count: 1,
                opening: self.opens_sentence(word),
                rank: full.rank,
                weak: false,
            });
        }
        let mut at = 0;
        mentions.retain(|_| {
            at += 1;
            !replaced.contains(&(at - 1))
        });
        mentions.extend(added);
        mentions.sort_by_key(|mention| mention.first);
        mentions
    }

    fn range(&self, mention: &Mention) -> Option<Range<usize>> {
        let first = self.words.get(mention.first)?;
        let last = self.words.get(mention.first + mention.count - 1)?;
        Some(first.start..last.end)
    }

    /// Whether the label is meant at this place.
    fn accepts(&self, hit: &Hit<'v>, start: usize, count: usize, told: bool) -> bool {
        let Some(surface) = self
            .words
            .get(start)
            .zip(self.words.get(start + count - 1))
            .and_then(|(first, last)| self.text.get(first.start..last.end))
        else {
            return false;
        };
        if surface.chars().next().is_some_and(is_unspaced) {
            return (told || hit.rank >= RANK_MIN)
                && surface.chars().count() > 1
                && hit.kind != TagKind::Topic;
        }
        let letters = || surface.chars().filter(|char| char.is_alphabetic());
        let cased = letters().any(|char| char.is_lowercase() || char.is_uppercase());
        if hit.is(form::ACRONYM) && letters().any(char::is_lowercase) {
            return false;
        }
        if hit.kind == TagKind::Topic && !hit.is(form::CAPITAL) {
            return letters().count() > 2;
        }
        if cased && !self.is_named(start, count) {
            return false;
        }
        if !cased && letters().count() < 3 {
            return false;
        }
        if !told && (hit.rank < RANK_MIN && count < 2 || !hit.is(form::CAPITAL)) {
            return false;
        }
        if letters().count() < 2
            || (count == 1
                && STOP_WORDS.has_squashed(self.scanner.squashed(start, start + 1))
                && !hit.is(form::ACRONYM))
        {
            return false;
        }
        count > 1 || !cased || !self.in_longer_name(start, count)
    }

    /// Whether the words are written as a name: the first and the last with a capital.
    fn is_named(&self, start: usize, count: usize) -> bool {
        let capital = |word: usize| {
            self.word(word)
                .chars()
                .next()
                .is_some_and(|char| !char.is_lowercase())
        };
        capital(start) && capital(start + count - 1)
    }

    fn word(&self, at: usize) -> &str {
        self.words
            .get(at)
            .and_then(|range| self.text.get(range.clone()))
            .unwrap_or_default()
    }

    fn is_capital(&self, at: usize) -> bool {
        self.word(at).chars().next().is_some_and(char::is_uppercase)
    }

    /// What stands between two neighbouring words.
    fn between(&self, left: usize, right: usize) -> &str {
        self.words
            .get(left)
            .zip(self.words.get(right))
            .and_then(|(left, right)| self.text.get(left.end..right.start))
            .unwrap_or("\n")
    }

    /// Whether words beside these, capitalised and unknown, make a longer name of them.
    fn in_longer_name(&self, start: usize, count: usize) -> bool {
        let joins = |gap: &str| matches!(gap, " " | "-" | "\u{A0}");
        let belongs = |word: usize| {
            self.is_capital(word)
                && !BESIDE_NAMES.has_squashed(self.scanner.squashed(word, word + 1))
                && !STOP_WORDS.has_squashed(self.scanner.squashed(word, word + 1))
        };
        let after = start + count;
        let followed = after < self.words.len() && joins(self.between(after - 1, after)) && belongs(after);
        let led = start.checked_sub(1).is_some_and(|before| {
            joins(self.between(before, start)) && belongs(before) && !self.opens_sentence(before)
        });
        followed || led
    }

    /// Whether a sentence begins with this word.
    fn opens_sentence(&self, at: usize) -> bool {
        match at.checked_sub(1) {
            None => true,
            Some(before) => self.between(before, at).chars().any(|char| {
                matches!(
                    char,
                    '.' | '!' | '?' | '\n' | ':' | '"' | '“' | '”' | '«' | '…' | '„'
                )
            }),
        }
    }
}
