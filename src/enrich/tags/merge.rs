//! Merging: equal concepts, and unknown names of one folded form, become one tag.
//!
//! Invariant: tags stand in the order in which they were first named, keywords before text; each raw string is
//! listed once.

use std::collections::BTreeMap;
use std::ops::Range;

use foldhash::HashMap;

use super::context::{self, Whereabouts};
use super::keywords::Named;
use super::likelihood::CLOSE;
use super::resolve::Resolver;
use crate::message::{CodePoints, Tag, TagCandidate, TagKind, TagOrigin, TagRule};
use crate::vocabulary::ConceptId;
use crate::vocabulary::fold::{fold, key_of, squash};

/// Longer unknown names are not searched for in the text.
const NAME_TOKENS_MAX: usize = 12;
/// How sure it is that a keyword means what the text names in full and then by this short name.
const SHORT_NAME_CONFIDENCE: f32 = 0.8;

/// Places of an article that are told apart by each other; what names more is a gazetteer.
const PLACES_MAX: usize = 200;
/// How sure it is that of places of one name the one near the article's other places is meant.
const CONTEXT_CONFIDENCE: f32 = 0.8;
/// More are no help to anybody.
const CANDIDATES_MAX: usize = 5;

/// Tags in the making.
#[derive(Debug)]
pub(super) struct Merged<'v> {
    resolver: Resolver<'v>,
    entries: Vec<Entry>,
    by_key: HashMap<Key, usize>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
enum Key {
    Known(ConceptId),
    Unknown(String),
}

#[derive(Debug, Default)]
struct Entry {
    concept: Option<ConceptId>,
    name: String,
    raw: Vec<String>,
    keywords: bool,
    mentions: Vec<Range<usize>>,
    rule: TagRule,
    confidence: f32,
}

impl Entry {
    /// The other concepts that bear the name by which this one was found, the likeliest first.
    fn namesakes(&self, concept: ConceptId, text: &str, resolver: &Resolver<'_>) -> Vec<(ConceptId, i32)> {
        let written = self.raw.first().map(String::as_str);
        let mentioned = || text.get(self.mentions.first()?.clone());
        let bearing = |name: &str| {
            let found = resolver.namesakes(name);
            let bears = found.iter().any(|(other, _)| *other == concept);
            bears.then_some(found)
        };
        written
            .or_else(mentioned)
            .and_then(bearing)
            .or_else(|| bearing(&resolver.vocabulary.label(concept)))
            .unwrap_or_default()
    }

    /// What else may be meant, where that is not certain.
    fn candidates(&self, text: &str, resolver: &Resolver<'_>) -> Vec<TagCandidate> {
        let Some(concept) = self.concept.filter(|_| self.rule != TagRule::Context) else {
            return Vec::new();
        };
        let namesakes = self.namesakes(concept, text, resolver);
        let own = namesakes.iter().find(|(other, _)| *other == concept);
        let Some((_, likelihood)) = own else {
            return Vec::new();
        };
        let vocabulary = resolver.vocabulary;
        namesakes
            .iter()
            .filter(|(other, rival)| *other != concept && rival + CLOSE >= *likelihood)
            .take(CANDIDATES_MAX)
            .map(|(other, _)| TagCandidate {
                label: vocabulary.label(*other),
                kind: vocabulary.kind(*other),
                ids: vocabulary.ids(*other),
            })
            .collect()
    }

    /// Takes the surest rule.
    fn rate(&mut self, rule: TagRule, confidence: f32) {
        if confidence > self.confidence {
            self.rule = rule;
            self.confidence = confidence;
        }
    }
}

impl<'v> Merged<'v> {
    pub(super) fn new(resolver: Resolver<'v>) -> Self {
        Self {
            resolver,
            entries: Vec::new(),
            by_key: HashMap::default(),
        }
    }

    pub(super) fn add_keyword(&mut self, named: Named) {
        let key = match named.concept {
            Some(concept) => Key::Known(concept),
            None => Key::Unknown(key_of(&named.name)),
        };
        let Some(entry) = self.entry(key, named.concept) else {
            return;
        };
        if entry.raw.is_empty() {
            entry.name = named.name;
        }
        entry.keywords = true;
        entry.rate(named.rule, named.confidence);
        if !entry.raw.contains(&named.raw) {
            entry.raw.push(named.raw);
        }
    }

    /// Whether the keywords name a concept.
    pub(super) fn in_keywords(&self, concept: ConceptId) -> bool {
        self.by_key.contains_key(&Key::Known(concept))
    }

    /// Adds a concept that the text mentions there.
    pub(super) fn add_mentions(&mut self, concept: ConceptId, mentions: Vec<Range<usize>>, confidence: f32) {
        if let Some(entry) = self.entry(Key::Known(concept), Some(concept)) {
            entry.mentions = mentions;
            entry.rate(TagRule::Text, confidence);
        }
    }

    /// Names that nothing knows, as a text would be searched for them: folded without spaces, how many tokens, and
    /// whose they are.
    pub(super) fn unknown_names(&self) -> HashMap<String, (usize, usize)> {
        self.entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| entry.concept.is_none())
            .filter_map(|(at, entry)| {
                let folded = fold(&entry.name);
                let count = folded.split(' ').count();
                (!folded.is_empty() && count <= NAME_TOKENS_MAX).then(|| (squash(&folded), (count, at)))
            })
            .collect()
    }

    /// Whether an unknown name is written without a capital.
    pub(super) fn is_written_small(&self, entry: usize) -> bool {
        self.entries
            .get(entry)
            .is_some_and(|entry| !entry.name.starts_with(char::is_uppercase))
    }

    /// Adds the places where the text has an unknown name.
    pub(super) fn add_unknown_mentions(&mut self, entry: usize, mentions: Vec<Range<usize>>) {
        if let Some(entry) = self.entries.get_mut(entry) {
            entry.mentions = mentions;
        }
    }

    /// Takes an unknown keyword that is a short name of something in the text for that.
    pub(super) fn adopt_short_names(&mut self, short_names: &HashMap<&str, Option<ConceptId>>) {
        // In their order: the same article gives the same record.
        let mut certain: Vec<(&str, ConceptId)> = short_names
            .iter()
            .filter_map(|(short, concept)| Some((*short, (*concept)?)))
            .collect();
        certain.sort_unstable();
        for (short, concept) in certain {
            let Some(at) = self.by_key.get(&Key::Unknown(short.to_owned())).copied() else {
                continue;
            };
            if let Some(known) = self.by_key.get(&Key::Known(concept)).copied() {
                let raw = self
                    .entries
                    .get_mut(at)
                    .map(|entry| std::mem::take(&mut entry.raw))
                    .unwrap_or_default();
                if let Some(entry) = self.entries.get_mut(known) {
                    entry.raw.extend(raw);
                }
            } else if let Some(entry) = self.entries.get_mut(at) {
                entry.concept = Some(concept);
                entry.rule = TagRule::ShortName;
                entry.confidence = SHORT_NAME_CONFIDENCE;
                self.by_key.insert(Key::Known(concept), at);
            }
            self.by_key.remove(&Key::Unknown(short.to_owned()));
        }
    }

    fn entry(&mut self, key: Key, concept: Option<ConceptId>) -> Option<&mut Entry> {
        let at = *self.by_key.entry(key).or_insert(self.entries.len());
        if at == self.entries.len() {
            self.entries.push(Entry {
                concept,
                ..Entry::default()
            });
        }
        self.entries.get_mut(at)
    }

    /// Takes another place of the same name where the article's other places say so.
    pub(super) fn settle_places(&mut self, text: &str) {
        let vocabulary = self.resolver.vocabulary;
        let places: Vec<(usize, Whereabouts)> = self
            .entries
            .iter()
            .enumerate()
            .filter_map(|(at, entry)| Some((at, Whereabouts::of(entry.concept?, vocabulary)?)))
            .take(PLACES_MAX)
            .collect();
        if places.len() < 2 {
            return;
        }
        for (at, _) in &places {
            let Some(entry) = self.entries.get(*at) else {
                continue;
            };
            let Some(concept) = entry.concept else { continue };
            let namesakes: Vec<(ConceptId, Whereabouts)> = entry
                .namesakes(concept, text, &self.resolver)
                .into_iter()
                .filter_map(|(other, _)| Some((other, Whereabouts::of(other, vocabulary)?)))
                .collect();
            if namesakes.len() < 2 {
                continue;
            }
            let others: Vec<&Whereabouts> = places
                .iter()
                .filter(|(other, _)| other != at)
                .map(|(_, place)| place)
                .collect();
            if let Some(meant) = context::meant(&namesakes, &others) {
                self.mean(*at, meant);
            }
        }
    }

    /// An entry is of this concept, whatever was thought.
    fn mean(&mut self, at: usize, concept: ConceptId) {
        let known = *self.by_key.entry(Key::Known(concept)).or_insert(at);
        let Some(entry) = self.entries.get_mut(at) else {
            return;
        };
        if entry.concept == Some(concept) {
            entry.rate(TagRule::Context, CONTEXT_CONFIDENCE);
            return;
        }
        if known == at {
            entry.concept = Some(concept);
            entry.rule = TagRule::Context;
            entry.confidence = CONTEXT_CONFIDENCE;
            return;
        }
        let moved = std::mem::take(entry);
        if let Some(entry) = self.entries.get_mut(known) {
            entry.raw.extend(moved.raw);
            entry.keywords |= moved.keywords;
            entry.mentions.extend(moved.mentions);
            entry.mentions.sort_by_key(|range| range.start);
        }
    }

    pub(super) fn into_tags(self, text: &str) -> Vec<Tag> {
        let points = CodePoints::new(text);
        let resolver = self.resolver;
        let vocabulary = resolver.vocabulary;
        self.entries
            .into_iter()
            // What was merged into another has nothing left.
            .filter(|entry| !entry.raw.is_empty() || !entry.mentions.is_empty())
            .map(|mut entry| {
                let candidates = entry.candidates(text, &resolver);
                let (label, kind, ids) = match entry.concept {
                    Some(concept) => (
                        vocabulary.label(concept),
                        vocabulary.kind(concept),
                        vocabulary.ids(concept),
                    ),
                    None => (std::mem::take(&mut entry.name), TagKind::Other, BTreeMap::new()),
                };
                let mut from = Vec::new();
                if entry.keywords {
                    from.push(TagOrigin::Keywords);
                }
                if !entry.mentions.is_empty() {
                    from.push(TagOrigin::Text);
                }
                Tag {
                    label,
                    kind,
                    ids,
                    from,
                    raw: entry.raw,
                    mentions: entry
                        .mentions
                        .into_iter()
                        .filter_map(|range| points.span(range))
                        .collect(),
                    rule: entry.rule,
                    // Two digits: more would be false.
                    confidence: (entry.confidence * 100.0).round() / 100.0,
                    candidates,
                }
            })
            .collect()
    }
}
