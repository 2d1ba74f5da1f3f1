//! Mentions: what the text names, without being told.
//!
//! Invariant: precision before recall. A label counts where its letters and its neighbours say that it is meant:
//! a name in capitals as it is written, not inside a longer name that nothing knows. The longest label that is
//! itself acceptable wins. A label that several concepts bear equally means the one that the keywords or the rest
//! of the text name, or none.

use std::cell::LazyCell;
use std::ops::Range;

use foldhash::{HashMap, HashSet};

use super::elision;
use super::likelihood::CLOSE;
use super::merge::Merged;
use super::reading::Reading;
use super::resolve::Resolver;
use super::short_names;
use super::site::Site;
use super::sport::Sport;
use crate::message::{TagKind, TagRule};
use crate::vocabulary::fold::{is_unspaced, tokens};
use crate::vocabulary::{ConceptId, Hit, form};

/// Single words at the beginning of a sentence need this rank, or another mention elsewhere.
const RANK_OPENING: u8 = 100;
/// People from this rank on are known by one name alone, where nobody else in the text bears it.
const RANK_FAMOUS: u8 = 100;
/// Places of two Chinese characters below this rank need support.
const RANK_PAIR: u8 = 110;
/// A topic of several words that only the text names must be named this often, or in the title.
const TOPIC_MENTIONS: usize = 2;

/// A label found at a place.
#[derive(Debug, Clone)]
pub(super) struct Mention {
    pub(super) concept: ConceptId,
    pub(super) kind: TagKind,
    pub(super) first: usize,
    pub(super) count: usize,
    /// At the beginning of a sentence, where the capital says nothing.
    pub(super) opening: bool,
    pub(super) rank: u8,
    /// By a name that counts only when another mention supports it.
    pub(super) weak: bool,
    /// By a name that the text gives in full elsewhere.
    pub(super) supported: bool,
}

/// Finds the concepts that `text` mentions and adds them to `merged`.
pub(super) fn find<'v>(text: &str, title: Option<&str>, resolver: Resolver<'v>, merged: &mut Merged<'v>) {
    if text.is_empty() {
        return;
    }
    let Resolver {
        vocabulary,
        language,
        rules,
    } = resolver;
    let words = elision::without(text, tokens(text), language, vocabulary);
    let reading = Reading::new(text, &words, vocabulary.scanner(text, &words), language);
    let finder = Finder {
        resolver,
        sport: Sport::of(&reading, language),
    };
    let mentions = finder.mentions(&reading, merged);
    let mentions = if rules.has(TagRule::ShortName) {
        let short_names = short_names::of(&mentions, &reading);
        merged.adopt_short_names(&short_names);
        short_names::add(mentions, &short_names, &reading)
    } else {
        mentions
    };
    let titled: HashSet<ConceptId> = title.map_or_else(HashSet::default, |title| {
        let words = elision::without(title, tokens(title), language, vocabulary);
        let reading = Reading::new(title, &words, vocabulary.scanner(title, &words), language);
        let mentions = finder.mentions(&reading, merged);
        mentions.into_iter().map(|mention| mention.concept).collect()
    });
    let mut order: Vec<ConceptId> = Vec::new();
    let mut by_concept: HashMap<ConceptId, Vec<&Mention>> = HashMap::default();
    for mention in &mentions {
        by_concept
            .entry(mention.concept)
            .or_insert_with(|| {
                order.push(mention.concept);
                Vec::new()
            })
            .push(mention);
    }
    let mut taken = vec![false; words.len()];
    for concept in order {
        let Some(found) = by_concept.get(&concept) else {
            continue;
        };
        let meant = || rules.has(TagRule::Text) && is_meant(found, titled.contains(&concept));
        if !merged.in_keywords(concept) && !meant() {
            continue;
        }
        for mention in found {
            let covered = mention.first..mention.first + mention.count;
            taken
                .get_mut(covered)
                .into_iter()
                .flatten()
                .for_each(|slot| *slot = true);
        }
        let ranges = found
            .iter()
            .filter_map(|mention| reading.range(mention.first, mention.count))
            .collect();
        let confidence = confidence_of(found, titled.contains(&concept));
        merged.add_mentions(concept, ranges, confidence);
    }
    find_unknown(&reading, &taken, merged);
}

/// Finds the keywords that no concept is known for.
fn find_unknown(reading: &Reading<'_, '_>, taken: &[bool], merged: &mut Merged<'_>) {
    let names = merged.unknown_names();
    let longest = names.values().map(|(count, _)| *count).max().unwrap_or(0);
    let beginnings: HashSet<[u8; 2]> = names.keys().map(|name| beginning(name)).collect();
    let is_begun = |start: usize| {
        let [first, second] = beginning(reading.scanner.squashed(start, start + longest));
        beginnings.contains(&[first, second]) || beginnings.contains(&[first, 0])
    };
    let mut found: HashMap<usize, Vec<Range<usize>>> = HashMap::default();
    let mut start = 0;
    while longest > 0 && start < reading.words.len() {
        if !is_begun(start) {
            start += 1;
            continue;
        }
        let most = longest.min(reading.words.len() - start);
        let hit = (1..=most).rev().find_map(|count| {
            let (tokens, entry) = names.get(reading.scanner.squashed(start, start + count))?;
            let free = taken.get(start..start + count)?.iter().all(|taken| !taken);
            let written = merged.is_written_small(*entry) || reading.is_named(start, count);
            (free && written && *tokens == count).then_some((count, *entry))
        });
        if let Some((count, entry)) = hit {
            found
                .entry(entry)
                .or_default()
                .extend(reading.range(start, count));
            start += count;
        } else {
            start += 1;
        }
    }
    for (entry, ranges) in found {
        merged.add_unknown_mentions(entry, ranges);
    }
}

/// The first two bytes of a name, nought for one that it lacks: few places of a text begin as one of the names does.
fn beginning(squashed: &str) -> [u8; 2] {
    let mut bytes = squashed.bytes();
    [bytes.next().unwrap_or(0), bytes.next().unwrap_or(0)]
}

/// Whether mentions of a concept that no keyword names make it a tag.
fn is_meant(found: &[&Mention], titled: bool) -> bool {
    let Some(first) = found.first() else { return false };
    if found.iter().all(|mention| mention.weak && !mention.supported) {
        return false;
    }
    let longer = found.iter().any(|mention| mention.count > 1);
    match first.kind {
        TagKind::Topic if longer => titled || found.len() >= TOPIC_MENTIONS,
        // A common word says little: it takes a keyword to make it a tag.
        TagKind::Topic => false,
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

/// A place in the text and the concepts that may be meant there, likeliest first.
struct Place<'v> {
    first: usize,
    count: usize,
    hits: Vec<(i32, Hit<'v>)>,
}

struct Finder<'v> {
    resolver: Resolver<'v>,
    sport: Sport,
}

impl<'v> Finder<'v> {
    fn mentions(&self, reading: &Reading<'v, '_>, merged: &Merged<'_>) -> Vec<Mention> {
        let places = self.places(reading, merged);
        let sure: HashSet<ConceptId> = places
            .iter()
            .filter(|place| self.contenders(place).count() == 1)
            .filter_map(|place| place.hits.first().map(|(_, hit)| hit.concept))
            .collect();
        let full: HashSet<ConceptId> = places
            .iter()
            .filter(|place| place.count > self.short_of(reading, place))
            .flat_map(|place| place.hits.iter())
            .filter(|(_, hit)| !hit.is(form::WEAK))
            .map(|(_, hit)| hit.concept)
            .collect();
        let covered: HashSet<usize> = places
            .iter()
            .filter(|place| place.count > 1)
            .flat_map(|place| place.first..place.first + place.count)
            .collect();
        // Few texts have a place where it counts.
        let others = LazyCell::new(|| reading.last_names(&covered));
        places
            .iter()
            .filter_map(|place| {
                let named = |hit: &&Hit<'v>| merged.in_keywords(hit.concept) || sure.contains(&hit.concept);
                let mut contenders = self.contenders(place);
                let hit = match (contenders.next()?, contenders.next()) {
                    (only, None) => only,
                    _ => {
                        let mut named = place.hits.iter().map(|(_, hit)| hit).filter(named);
                        named.next().filter(|_| named.next().is_none())?
                    }
                };
                let supported = merged.in_keywords(hit.concept) || full.contains(&hit.concept);
                let alone = hit.kind == TagKind::Person && place.count == 1 && !hit.is(form::PRIMARY);
                let key = reading.scanner.squashed(place.first, place.first + 1);
                let known = supported || hit.rank >= RANK_FAMOUS && !others.contains(key);
                (!alone || known).then(|| Mention {
                    concept: hit.concept,
                    kind: hit.kind,
                    first: place.first,
                    count: place.count,
                    opening: reading.opens_sentence(place.first),
                    rank: hit.rank,
                    weak: hit.is(form::WEAK) || self.is_common_pair(reading, place, hit),
                    supported,
                })
            })
            .collect()
    }

    /// Whether two characters of a script without spaces are too often part of other words to be a small town.
    fn is_common_pair(&self, reading: &Reading<'v, '_>, place: &Place<'v>, hit: &Hit<'v>) -> bool {
        place.count == 2
            && self.short_of(reading, place) == 2
            && hit.kind == TagKind::Place
            && hit.rank < RANK_PAIR
            && !self.resolver.vocabulary.has_id(hit.concept, "iso3166")
    }

    /// Words of a name that is too short to support others: one, or two characters of a script without spaces.
    fn short_of(&self, reading: &Reading<'v, '_>, place: &Place<'v>) -> usize {
        if reading.word(place.first).chars().next().is_some_and(is_unspaced) {
            2
        } else {
            1
        }
    }

    /// The hits of a place that are about as likely as its likeliest.
    fn contenders<'p>(&'p self, place: &'p Place<'v>) -> impl Iterator<Item = &'p Hit<'v>> {
        let best = place.hits.first().map_or(0, |(likelihood, _)| *likelihood);
        place
            .hits
            .iter()
            .filter(move |(likelihood, _)| *likelihood + CLOSE > best)
            .map(|(_, hit)| hit)
    }

    fn places(&self, reading: &Reading<'v, '_>, merged: &Merged<'_>) -> Vec<Place<'v>> {
        let mut places = Vec::new();
        let mut start = 0;
        while start < reading.words.len() {
            // A word in small letters is a name of nothing, whatever follows it.
            let place = if reading.is_small(start) {
                self.place(reading, start, merged, reading.scanner.common_at(start))
            } else {
                self.place(reading, start, merged, reading.scanner.at(start))
            };
            start += place.as_ref().map_or(1, |place| place.count);
            places.extend(place);
        }
        places
    }

    /// The longest of the labels that begin at a word, of which one can be meant there.
    fn place(
        &self,
        reading: &Reading<'v, '_>,
        start: usize,
        merged: &Merged<'_>,
        mut labels: impl Iterator<Item = (usize, Vec<Hit<'v>>)>,
    ) -> Option<Place<'v>> {
        labels.find_map(|(count, mut hits)| {
            let site = Site::of(reading, start, count)?;
            hits.retain(|hit| {
                site.accepts(hit, merged.in_keywords(hit.concept), &self.resolver, &self.sport)
            });
            let rivals = hits.len() > 1;
            let likelihood = |hit: &Hit<'_>| {
                if rivals {
                    self.resolver.likelihood(hit, site.surface)
                } else {
                    0
                }
            };
            let mut hits: Vec<(i32, Hit<'v>)> = hits.into_iter().map(|hit| (likelihood(&hit), hit)).collect();
            hits.sort_by_key(|(likelihood, _)| std::cmp::Reverse(*likelihood));
            (!hits.is_empty()).then_some(Place {
                first: start,
                count,
                hits,
            })
        })
    }
}
