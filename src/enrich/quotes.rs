//! Quotes: who said what, with which verb.
//!
//! The way through: tokens, quotation marks, the outer view with its sentences, attributions, full names.
//!
//! Invariant: every span lies in the text on character boundaries, and a quote's text is the text there. Nothing
//! here fails: what cannot be attributed is no quote. Deliberately absent: weights; every decision is a rule over
//! hand-written tables, laid out so that a sequence model and a ranker can take their places.

pub mod sentences;

mod attribution;
mod explain;
mod incise;
mod lexicon;
mod marks;
mod media;
mod names;
mod noun;
mod outer;
mod reader;
mod rule;
mod speakers;
mod tokens;

#[cfg(test)]
mod tests;

use super::clean::CleanText;
use crate::message::{CodePoints, Quote, Span, Speaker, Via};
use attribution::Attribution;
pub use explain::{Candidate, Explained, Refusal, Refused, Told, explain};
use names::NameTable;
use reader::Reader;
pub use rule::Rule;
pub use speakers::Reason;
use speakers::{Resolved, Speakers};

/// Finds the quotations of a text in a language (BCP 47; none: English rules and every kind of mark).
pub fn extract(text: &CleanText, language: Option<&str>) -> Vec<Quote> {
    read_with(text, language, |reader| {
        let attributions = attribution::find(reader);
        if attributions.is_empty() {
            return Vec::new();
        }
        let names = NameTable::read(reader);
        let mut speakers = Speakers::new(reader, &names);
        let points = CodePoints::new(reader.text);
        attributions
            .iter()
            .filter_map(|attribution| quote_of(reader, &points, attribution, speakers.resolve(attribution)))
            .collect()
    })
    .unwrap_or_default()
}

/// Reads a text for `use_it`; nothing of a language that is not known.
fn read_with<T>(
    text: &CleanText,
    language: Option<&str>,
    use_it: impl FnOnce(&Reader<'_>) -> T,
) -> Option<T> {
    let text = text.as_str();
    let lexicon = lexicon::for_language(language)?;
    let tokens = tokens::tokenise(text, lexicon);
    let mut spans = marks::find(text, &tokens, lexicon.style());
    if lexicon.dash_speech() {
        spans = marks::dashes(&tokens, spans);
    }
    let (outer, marked) = outer::view(text, &tokens, &spans, lexicon);
    let segments = outer::segments(text, &outer, &marked, lexicon);
    Some(use_it(&Reader {
        text,
        lexicon,
        outer: &outer,
        marked: &marked,
        segments: &segments,
    }))
}

fn quote_of(
    reader: &Reader<'_>,
    points: &CodePoints<'_>,
    attribution: &Attribution,
    resolved: Option<Resolved>,
) -> Option<Quote> {
    let first = attribution.parts.first()?;
    let last = attribution.parts.last()?;
    let whole = points.span(first.start..last.end)?;
    let mut confidence = attribution.rule.trust(reader.lexicon.has_possessive());
    if let Some(resolved) = &resolved {
        confidence *= resolved.confidence;
    }
    let speaker = resolved.map(|resolved| Speaker {
        // A record's quote without an attribution of its own names nobody, wherever the speaker is named.
        mention: if attribution.continuation {
            None
        } else {
            points.span(resolved.mention)
        },
        name: resolved.name,
        via: if attribution.continuation {
            Via::Continuation
        } else {
            resolved.via
        },
    });
    let cue = attribution.cue.as_ref();
    Some(Quote {
        start: whole.start,
        end: whole.end,
        text: whole.text,
        kind: attribution.kind,
        parts: parts(attribution, points),
        speaker,
        cue: cue.and_then(|cue| points.span(reader.bytes(cue)?)),
        confidence: (confidence * 100.0).round() / 100.0,
    })
}

fn parts(attribution: &Attribution, points: &CodePoints<'_>) -> Vec<Span> {
    if attribution.parts.len() < 2 {
        return Vec::new();
    }
    attribution
        .parts
        .iter()
        .filter_map(|part| points.span(part.clone()))
        .collect()
}
