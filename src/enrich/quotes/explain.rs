//! Why each quotation is one, why that speaker, and why other words in marks are none, for a person to look at.
//!
//! Invariant: the quotes are those that [`extract`](super::extract) gives, by the same code. Absent on purpose: how
//! it is shown.

use std::ops::Range;

use serde::Serialize;

use super::attribution::{self, Attribution};
use super::names::NameTable;
use super::reader::Reader;
use super::rule::Rule;
use super::speakers::{Reason, Speakers};
use super::{quote_of, read_with};
use crate::enrich::clean::CleanText;
use crate::message::{CodePoints, Quote, Span};

/// A text's quotations and what else stands in marks.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Explained {
    /// The quotations, in the order of the text.
    pub quotes: Vec<Told>,
    /// Words in marks that are nobody's.
    pub refused: Vec<Refused>,
}

/// A quotation and why it is one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Told {
    /// As it stands in the record.
    pub quote: Quote,
    /// How it was found.
    pub rule: Rule,
    /// The same in words.
    pub because: &'static str,
    /// Of attributions that are found so, the share that is right: 0 to 1.
    pub trust: f32,
    /// How far the speaker's name is to be trusted, if there is one: 0 to 1.
    pub speaker_trust: Option<f32>,
    /// Who else was weighed as the person meant, the best first; none where the mention itself names somebody.
    pub candidates: Vec<Candidate>,
}

/// Somebody who may be meant by a pronoun or a role.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Candidate {
    /// The fullest name.
    pub name: String,
    /// The sum of what counts for and against; the highest is taken.
    pub score: f64,
    /// What counts, and how much.
    pub reasons: Vec<(Reason, f64)>,
}

/// Words in marks that are nobody's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Refused {
    /// Where they stand.
    pub span: Span,
    /// Why they are no quotation.
    pub why: Refusal,
}

/// Why words in marks are no quotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The title of a work: capitalised words behind a word such as *film* or *in*.
    Title,
    /// A word or three, and nobody in the sentence says them: a nickname, a sneer, a term.
    FewWords,
    /// Somebody in the sentence says something, but these words are no part of it.
    OtherWords,
    /// Nothing in the sentence or beside it says whose they are.
    Nobody,
}

impl Refusal {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Title => "the title of a work",
            Self::FewWords => "few words that nobody in the sentence says",
            Self::OtherWords => "no part of what is said in the sentence",
            Self::Nobody => "nothing says whose words they are",
        }
    }
}

/// Fewer words in marks need a verb of saying to be a quotation.
const FEW: usize = 4;

/// Finds the quotations of a text as [`extract`](super::extract) does, and tells why.
pub fn explain(text: &CleanText, language: Option<&str>) -> Explained {
    read_with(text, language, |reader| {
        let attributions = attribution::find(reader);
        let points = CodePoints::new(reader.text);
        let refused = refused(reader, &attributions, &points);
        let names = NameTable::read(reader);
        let mut speakers = Speakers::new(reader, &names).telling();
        let quotes = attributions.iter().filter_map(|attribution| {
            let resolved = speakers.resolve(attribution);
            let mut candidates: Vec<Candidate> = speakers
                .weighed()
                .into_iter()
                .filter_map(|weighed| {
                    let reasons: Vec<(Reason, f64)> = weighed
                        .terms
                        .into_iter()
                        .filter(|(_, worth)| *worth != 0.0)
                        .collect();
                    Some(Candidate {
                        name: names.people.get(weighed.person)?.name.clone(),
                        score: weighed.score,
                        reasons,
                    })
                })
                .collect();
            candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
            candidates.dedup_by(|later, earlier| later.name == earlier.name);
            let speaker_trust = resolved.as_ref().map(|resolved| resolved.confidence);
            Some(Told {
                quote: quote_of(reader, &points, attribution, resolved)?,
                rule: attribution.rule,
                because: attribution.rule.words(),
                trust: attribution.rule.trust(reader.lexicon.has_possessive()),
                speaker_trust,
                candidates,
            })
        });
        Explained {
            quotes: quotes.collect(),
            refused,
        }
    })
    .unwrap_or_default()
}

fn refused(reader: &Reader<'_>, attributions: &[Attribution], points: &CodePoints<'_>) -> Vec<Refused> {
    let mut parts: Vec<&Range<usize>> = attributions.iter().flat_map(|found| &found.parts).collect();
    parts.sort_by_key(|part| part.start);
    let is_taken = |inner: &Range<usize>| {
        let before = parts.partition_point(|part| part.start <= inner.start);
        parts
            .iter()
            .take(before)
            .rev()
            .take(4)
            .any(|part| inner.end <= part.end)
    };
    let mut refused = Vec::new();
    for segment in reader.segments {
        let says = segment
            .tokens
            .clone()
            .any(|at| reader.cue_at(segment, at).is_ok());
        for at in segment.tokens.clone() {
            let marked = reader
                .token(at)
                .and_then(|token| reader.marked.get(token.quote()?));
            let Some(marked) = marked.filter(|marked| !is_taken(&marked.inner)) else {
                continue;
            };
            let why = if reader.is_title(at) {
                Refusal::Title
            } else if says {
                Refusal::OtherWords
            } else if marked.words < FEW {
                Refusal::FewWords
            } else {
                Refusal::Nobody
            };
            refused.extend(
                points
                    .span(marked.inner.clone())
                    .map(|span| Refused { span, why }),
            );
        }
    }
    refused
}
