//! Surnames: a last name alone means the person whom the text names in full.
//!
//! Invariant: a last name that two people of the text share means neither. Deliberately absent: first names, which
//! in the news mean somebody known to the speaker, not to the reader.

use std::collections::HashMap;

use super::mentions::Mention;
use super::reading::Reading;
use crate::message::TagKind;
use crate::vocabulary::ConceptId;

/// Last names of the people whom the mentions name in full; none where two share it.
pub(super) fn of<'r>(
    mentions: &[Mention],
    reading: &'r Reading<'_, '_>,
) -> HashMap<&'r str, Option<ConceptId>> {
    let mut surnames: HashMap<&str, Option<ConceptId>> = HashMap::new();
    for mention in mentions.iter().filter(|mention| mention.count > 1) {
        let human = match mention.kind {
            TagKind::Person => true,
            // A source that does not say what things are: two capitalised words.
            TagKind::Other => mention.count == 2,
            _ => false,
        };
        if !human {
            continue;
        }
        let last = mention.first + mention.count - 1;
        surnames
            .entry(reading.scanner.squashed(last, last + 1))
            .and_modify(|known| *known = known.filter(|known| *known == mention.concept))
            .or_insert(Some(mention.concept));
    }
    surnames
}

/// The mentions with those added that are a last name alone. What one word was taken for gives way to the person.
pub(super) fn add(
    mentions: Vec<Mention>,
    surnames: &HashMap<&str, Option<ConceptId>>,
    reading: &Reading<'_, '_>,
) -> Vec<Mention> {
    if surnames.is_empty() {
        return mentions;
    }
    let kinds: HashMap<ConceptId, (TagKind, u8)> = mentions
        .iter()
        .map(|mention| (mention.concept, (mention.kind, mention.rank)))
        .collect();
    let mut all = Vec::with_capacity(mentions.len());
    let mut mentions = mentions.into_iter().peekable();
    let mut word = 0;
    while word < reading.words.len() {
        let here = mentions.next_if(|mention| mention.first == word);
        let count = here.as_ref().map_or(1, |mention| mention.count.max(1));
        let person = surnames
            .get(reading.scanner.squashed(word, word + 1))
            .copied()
            .flatten()
            .filter(|_| count == 1 && reading.is_capital(word));
        match (here, person) {
            (Some(mention), Some(person)) if mention.concept == person => all.push(Mention {
                supported: true,
                ..mention
            }),
            (Some(mention), None) => all.push(mention),
            (here, Some(person)) => {
                let alone = here.is_some() || !reading.in_longer_name(word, 1);
                if let Some((kind, rank)) = kinds.get(&person).filter(|_| alone) {
                    all.push(Mention {
                        concept: person,
                        kind: *kind,
                        first: word,
                        count: 1,
                        opening: reading.opens_sentence(word),
                        rank: *rank,
                        weak: false,
                        supported: true,
                    });
                }
            }
            (None, None) => {}
        }
        word += count;
    }
    all
}
