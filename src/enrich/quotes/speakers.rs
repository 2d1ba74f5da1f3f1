//! From mentions to full names: names, pronouns, roles and bodies.
//!
//! Invariant: a name that is given stands in the article, or is the mention itself. Deliberately absent: guesses
//! from outside the article.

mod beside;

use std::ops::Range;

use serde::Serialize;

use super::attribution::Attribution;
use super::lexicon::Class;
use super::names::NameTable;
use super::reader::Reader;
use crate::message::Via;

/// Who a mention is.
#[derive(Debug, Clone)]
pub(super) struct Resolved {
    /// The fullest name.
    pub(super) name: String,
    /// How it was found.
    pub(super) via: Via,
    /// Bytes of the mention as the record shows it.
    pub(super) mention: Range<usize>,
    /// 0 to 1.
    pub(super) confidence: f32,
}

/// What counts for or against somebody as the one who is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// How far away the name stands.
    Distance,
    /// The name is the subject of its sentence.
    Subject,
    /// The name or an earlier pronoun tells the sex.
    Sex,
    /// Who spoke last.
    SpokeLast,
    /// How often the article names them.
    Often,
    /// The name is a possessor's: it is the thing that the sentence is about.
    Possessor,
    /// How late in the article they were given the role.
    Place,
    /// The role has the same adjective.
    Qualified,
}

impl Reason {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Distance => "distance",
            Self::Subject => "subject of its sentence",
            Self::Sex => "sex",
            Self::SpokeLast => "spoke last",
            Self::Often => "named often",
            Self::Possessor => "a possessor",
            Self::Place => "given the role late",
            Self::Qualified => "the same adjective",
        }
    }
}

/// Somebody who may be meant, and what counts for it.
#[derive(Debug, Clone)]
pub(super) struct Weighed {
    pub(super) person: usize,
    pub(super) score: f64,
    pub(super) terms: Vec<(Reason, f64)>,
}

/// Resolves the speakers of an article in reading order.
pub(super) struct Speakers<'a, 'r> {
    reader: &'r Reader<'a>,
    names: &'r NameTable,
    /// Person of the last resolved speaker.
    last: Option<usize>,
    /// What the last speaker was called.
    last_name: Option<String>,
    /// What the last speaker was called that was no body.
    last_human: Option<String>,
    /// Evidence of sex from the pronouns that were resolved so far.
    learned: Vec<i32>,
    /// Who was weighed for the last mention, where somebody wants to know.
    weighed: Option<Vec<Weighed>>,
}

impl<'a, 'r> Speakers<'a, 'r> {
    pub(super) fn new(reader: &'r Reader<'a>, names: &'r NameTable) -> Self {
        Self {
            reader,
            names,
            last: None,
            last_name: None,
            last_human: None,
            learned: vec![0; names.people.len()],
            weighed: None,
        }
    }

    /// Keeps who was weighed for each mention.
    pub(super) fn telling(self) -> Self {
        Self {
            weighed: Some(Vec::new()),
            ..self
        }
    }

    /// Who was weighed since it was last asked.
    pub(super) fn weighed(&mut self) -> Vec<Weighed> {
        self.weighed.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Who speaks in an attribution.
    pub(super) fn resolve(&mut self, attribution: &Attribution) -> Option<Resolved> {
        let tokens = attribution.speaker.clone()?;
        let resolved = self.mention(&tokens)?;
        Some(resolved)
    }

    /// What somebody's case comes to.
    fn weigh(&mut self, person: usize, terms: &[(Reason, f64)]) -> f64 {
        let score = terms.iter().map(|(_, worth)| worth).sum();
        if let Some(kept) = &mut self.weighed {
            kept.push(Weighed {
                person,
                score,
                terms: terms.to_vec(),
            });
        }
        score
    }

    fn mention(&mut self, tokens: &Range<usize>) -> Option<Resolved> {
        let reader = self.reader;
        let mention = reader.bytes(tokens)?;
        let text = reader
            .text
            .get(mention.clone())?
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        let class = reader.class(tokens.start);
        if tokens.len() == 1 && class.has(Class::RELATIVE) && !class.has(Class::PRONOUN) {
            let mut end = tokens.start;
            while end > 0
                && reader
                    .token(end - 1)
                    .is_some_and(|token| token.is_comma() || token.is_dash())
            {
                end -= 1;
            }
            let floor = end.saturating_sub(20);
            let mut antecedent = reader.phrase_before(floor, end)?;
            let governed = antecedent.clone().rev().find(|at| {
                reader.class(*at).has(Class::PREPOSITION) && !reader.class(*at).has(Class::PARTICLE)
            });
            if let Some(governed) = governed
                && reader
                    .token(governed + 1)
                    .is_some_and(|next| next.upper && !next.class.has(Class::DETERMINER))
            {
                // In sync with X, who says.
                antecedent.start = governed + 1;
            }
            let resolved = self.mention(&antecedent)?;
            return Some(Resolved {
                via: Via::Pronoun,
                mention,
                confidence: resolved.confidence * 0.9,
                name: resolved.name,
            });
        }
        let single = tokens.len() == 1;
        if single
            && class.has(Class::PRONOUN | Class::POSSESSIVE | Class::OBJECT_PRONOUN)
            && !class.has(Class::DETERMINER | Class::ROLE)
        {
            let person = self.pronoun(tokens.start, class);
            let sex = i32::from(class.has(Class::MALE)) - i32::from(class.has(Class::FEMALE));
            let (name, confidence) = match person {
                Some(person) => {
                    self.last = Some(person);
                    if let Some(learned) = self.learned.get_mut(person) {
                        *learned = sex;
                    }
                    (self.names.people.get(person)?.name.clone(), 0.85)
                }
                None => {
                    // In English only people are he and she; elsewhere nouns have a gender too.
                    let human = sex != 0 && reader.lexicon.has_possessive();
                    let last = if human { &self.last_human } else { &self.last_name };
                    match last {
                        Some(name) if !class.has(Class::SPEAKER_SELF) => (name.clone(), 0.5),
                        _ => (text, 0.6),
                    }
                }
            };
            return Some(Resolved {
                name,
                via: Via::Pronoun,
                mention,
                confidence,
            });
        }
        if let Some(person) = self.before_apposition(tokens) {
            return self.by_role(person, mention, 0.85);
        }
        // The name inside the mention, the last one that is not another's possession.
        if let Some((person, exact)) = self.named(tokens) {
            let known = self.names.people.get(person)?;
            let name = known.name.clone();
            if !known.body {
                self.last = Some(person);
                self.last_human = Some(name.clone());
            }
            self.last_name = Some(name.clone());
            return Some(Resolved {
                name,
                via: Via::Name,
                mention,
                confidence: if exact { 1.0 } else { 0.9 },
            });
        }
        if let Some(person) = self.apposed(tokens) {
            return self.by_role(person, mention, 0.9);
        }
        let outer = reader.outer(tokens.clone());
        let role = outer.iter().any(|token| token.class.has(Class::ROLE));
        let body = outer
            .iter()
            .any(|token| token.class.has(Class::BODY | Class::MEDIUM));
        let upper = outer
            .iter()
            .rev()
            .find(|token| token.is_word())
            .is_some_and(|token| token.upper);
        if role && !body {
            if let Some(person) = self.role(tokens) {
                return self.by_role(person, mention, 0.85);
            }
            self.last_name = Some(text.clone());
            self.last_human = Some(text.clone());
            return Some(Resolved {
                name: text,
                via: Via::Role,
                mention,
                confidence: 0.9,
            });
        }
        let via = if body || !upper {
            if body { Via::Organisation } else { Via::Role }
        } else {
            Via::Name
        };
        self.last_name = Some(text.clone());
        if !body {
            self.last_human = Some(text.clone());
        }
        let name = if via == Via::Name {
            self.bare(tokens).unwrap_or(text)
        } else {
            text
        };
        Some(Resolved {
            name,
            via,
            mention,
            confidence: 0.9,
        })
    }

    /// A capitalised mention without its titles.
    fn bare(&self, tokens: &Range<usize>) -> Option<String> {
        let reader = self.reader;
        let mut start = tokens.start;
        let mut lower_case = false;
        while start + 1 < tokens.end
            && (reader
                .class(start)
                .has(Class::TITLE | Class::ROLE | Class::ADJECTIVE | Class::DETERMINER)
                || !reader.token(start)?.upper)
        {
            if lower_case && reader.class(start).has(Class::PREPOSITION) {
                // A public inquiry in Manchester is not Manchester.
                return None;
            }
            lower_case |= !reader.token(start)?.upper && !reader.class(start).has(Class::DETERMINER);
            start += 1;
        }
        let bytes = reader.bytes(&(start..tokens.end))?;
        Some(
            reader
                .text
                .get(bytes)?
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
        )
    }

    /// A mention that names a person by what they are, who is the last one spoken of from here on.
    fn by_role(&mut self, person: usize, mention: Range<usize>, confidence: f32) -> Option<Resolved> {
        let name = self.names.people.get(person)?.name.clone();
        self.last = Some(person);
        self.last_name = Some(name.clone());
        self.last_human = Some(name.clone());
        Some(Resolved {
            name,
            via: Via::Role,
            mention,
            confidence,
        })
    }

    /// The person with a role: the last one before the mention who was given its head word.
    fn role(&mut self, tokens: &Range<usize>) -> Option<usize> {
        let reader = self.reader;
        let definite = reader
            .class(tokens.start)
            .has(Class::DEFINITE | Class::ROLE | Class::TITLE)
            || !reader.token(tokens.start)?.class.has(Class::DETERMINER);
        if !definite {
            return None;
        }
        let head = tokens
            .clone()
            .find(|at| reader.class(*at).has(Class::PREPOSITION))
            .unwrap_or(tokens.end);
        let word = (tokens.start..head)
            .rev()
            .find(|at| reader.class(*at).has(Class::ROLE))?;
        let word = reader.lower(word)?;
        let at = reader.token(tokens.start)?.start;
        let qualifier = tokens
            .clone()
            .find(|at| reader.class(*at).has(Class::ADJECTIVE))
            .and_then(|at| reader.lower(at));
        let mut best: Option<(f64, usize)> = None;
        for (place, index) in self.names.with_role(&word, at).take(32) {
            let Some(person) = self.names.people.get(index) else {
                continue;
            };
            let qualified = qualifier
                .as_ref()
                .is_some_and(|qualifier| person.adjectives.contains(qualifier));
            // Bytes: the last of several is meant, unless something else tells.
            let terms = [
                (Reason::Place, place as f64),
                (
                    Reason::Qualified,
                    if qualified { reader.text.len() as f64 } else { 0.0 },
                ),
                (
                    Reason::SpokeLast,
                    if self.last == Some(index) { 200.0 } else { 0.0 },
                ),
            ];
            let score = self.weigh(index, &terms);
            if best.is_none_or(|(most, _)| score > most) {
                best = Some((score, index));
            }
        }
        best.map(|(_, index)| index)
    }

    /// Whom he or she means.
    fn pronoun(&mut self, at: usize, class: Class) -> Option<usize> {
        let sex = i32::from(class.has(Class::MALE)) - i32::from(class.has(Class::FEMALE));
        if sex == 0 {
            return None;
        }
        let before = self
            .names
            .mentions
            .partition_point(|mention| mention.tokens.start < at);
        let here = self.reader.token(at)?.start;
        let mut best: Option<(f64, usize)> = None;
        let mut seen = 0;
        for mention in self.names.mentions.iter().take(before).rev() {
            let Some(place) = self.reader.token(mention.tokens.start) else {
                continue;
            };
            let distance = here.saturating_sub(place.start);
            seen += 1;
            if seen > 40 || distance > 4000 && best.is_some() {
                break;
            }
            let Some(person) = self.names.people.get(mention.person) else {
                continue;
            };
            if person.body || person.sex * sex < 0 {
                continue;
            }
            let learned = self.learned.get(mention.person).copied().unwrap_or_default();
            let possessor = self.reader.class(mention.tokens.end).has(Class::GENITIVE);
            let terms = [
                (Reason::Distance, -(distance as f64) / 250.0),
                (Reason::Subject, if mention.subject { 1.5 } else { 0.0 }),
                (
                    Reason::Sex,
                    match person.sex * sex {
                        1.. => 2.0,
                        // Who was she before is hardly he now.
                        _ if person.sex == 0 => 1.5 * f64::from(learned * sex),
                        _ => 0.0,
                    },
                ),
                (
                    Reason::SpokeLast,
                    if self.last == Some(mention.person) {
                        1.5
                    } else {
                        0.0
                    },
                ),
                (Reason::Often, (person.count.min(8) as f64) * 0.08),
                (Reason::Possessor, if possessor { -0.7 } else { 0.0 }),
            ];
            let score = self.weigh(mention.person, &terms);
            if best.is_none_or(|(most, _)| score > most) {
                best = Some((score, mention.person));
            }
        }
        best.map(|(_, person)| person)
    }
}
