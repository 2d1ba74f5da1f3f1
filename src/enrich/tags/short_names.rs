//! Short names: a last name alone means the person whom the text names in full, an abbreviation what it stood
//! behind in parentheses.
//!
//! Invariant: a short name that two things of the text share means neither. Deliberately absent: first names, which
//! in the news mean somebody known to the speaker, not to the reader.

use foldhash::HashMap;

use super::mentions::Mention;
use super::parentheses::is_short_for;
use super::reading::Reading;
use crate::message::TagKind;
use crate::vocabulary::ConceptId;

/// Short names of what the mentions name in full; none where two share one.
pub(super) fn of<'r>(
    mentions: &[Mention],
    reading: &'r Reading<'_, '_>,
) -> HashMap<&'r str, Option<ConceptId>> {
    let mut short: HashMap<&str, Option<ConceptId>> = HashMap::default();
    for mention in mentions.iter().filter(|mention| mention.count > 1) {
        let last = mention.first + mention.count - 1;
        let abbreviation = reading
            .word_in_parentheses(mention.first, mention.count)
            .filter(|word| {
                reading
                    .range(mention.first, mention.count)
                    .and_then(|range| reading.text.get(range))
                    .is_some_and(|long| is_short_for(reading.word(*word), long))
            });
        for word in is_human(mention).then_some(last).into_iter().chain(abbreviation) {
            short
                .entry(reading.scanner.squashed(word, word + 1))
                .and_modify(|known| *known = known.filter(|known| *known == mention.concept))
                .or_insert(Some(mention.concept));
        }
    }
    short
}

fn is_human(mention: &Mention) -> bool {
    match mention.kind {
        TagKind::Person => true,
        // A source that does not say what things are: two capitalised words.
        TagKind::Other => mention.count == 2,
        _ => false,
    }
}

/// The mentions with those added that are a short name alone. What one word was taken for gives way to what the
/// text names in full.
pub(super) fn add(
    mentions: Vec<Mention>,
    short_names: &HashMap<&str, Option<ConceptId>>,
    reading: &Reading<'_, '_>,
) -> Vec<Mention> {
    if short_names.is_empty() {
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
        let named = (count == 1 && reading.is_capital(word))
            .then(|| short_names.get(reading.scanner.squashed(word, word + 1)))
            .flatten()
            .copied()
            .flatten();
        match (here, named) {
            (Some(mention), Some(named)) if mention.concept == named => all.push(Mention {
                supported: true,
                ..mention
            }),
            (Some(mention), None) => all.push(mention),
            (here, Some(named)) => {
                let alone = here.is_some() || !reading.in_longer_name(word, 1);
                if let Some((kind, rank)) = kinds.get(&named).filter(|_| alone) {
                    all.push(Mention {
                        concept: named,
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
