//! A schema.org `NewsArticle` in JSON-LD.
//!
//! Quotations are parts of the article (`Quotation` with `spokenByCharacter`), tags are `DefinedTerm`s: `about` where
//! a keyword says so, `mentions` where only the text does. What schema.org has no words for has names of our own.

use serde::Serialize;
use serde_json::{Map, Value};

use super::vocabularies::{known, uri_of};
use crate::message::Span;
use crate::message::record::{
    EnrichedRecord, Enrichment, Fingerprint, Quote, QuoteKind, Removed, Speaker, Tag, TagKind, TagOrigin, Via,
};

/// schema.org's names, and ours behind a prefix.
const CONTEXT: (&str, Ours) = (
    "https://schema.org",
    Ours {
        newsmill: "urn:newsmill:enriched/1#",
    },
);

#[derive(Serialize)]
struct Ours {
    newsmill: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Article<'a> {
    #[serde(rename = "@context")]
    context: (&'static str, Ours),
    #[serde(rename = "@type")]
    kind: &'static str,
    #[serde(rename = "@id")]
    uri: String,
    identifier: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    headline: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    author: Vec<Thing<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    publisher: Option<Thing<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_published: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_modified: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_language: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    article_section: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_accessible_for_free: Option<bool>,
    article_body: &'a str,
    word_count: usize,
    /// ISO 8601.
    time_required: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    associated_media: Vec<Media<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    has_part: Vec<Quotation<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    about: Vec<Term<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mentions: Vec<Term<'a>>,
    #[serde(rename = "newsmill:removed", skip_serializing_if = "<[_]>::is_empty")]
    removed: &'a [Removed],
    #[serde(rename = "newsmill:fingerprint")]
    fingerprint: &'a Fingerprint,
    #[serde(rename = "newsmill:enrichment")]
    enrichment: &'a Enrichment,
    #[serde(rename = "newsmill:extra", skip_serializing_if = "Map::is_empty")]
    extra: &'a Map<String, Value>,
}

#[derive(Serialize)]
struct Thing<'a> {
    #[serde(rename = "@type")]
    kind: &'static str,
    name: &'a str,
}

/// A picture of which only the words are known.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Media<'a> {
    #[serde(rename = "@type")]
    kind: &'static str,
    caption: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    credit_text: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Quotation<'a> {
    #[serde(rename = "@type")]
    kind: &'static str,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    spoken_by_character: Option<Thing<'a>>,
    #[serde(rename = "newsmill:start")]
    start: usize,
    #[serde(rename = "newsmill:end")]
    end: usize,
    #[serde(rename = "newsmill:kind")]
    how: QuoteKind,
    #[serde(rename = "newsmill:parts", skip_serializing_if = "<[_]>::is_empty")]
    parts: &'a [Span],
    #[serde(rename = "newsmill:speaker", skip_serializing_if = "Option::is_none")]
    speaker: Option<&'a Speaker>,
    #[serde(rename = "newsmill:cue", skip_serializing_if = "Option::is_none")]
    cue: Option<&'a Span>,
    #[serde(rename = "newsmill:confidence")]
    confidence: f32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Term<'a> {
    #[serde(rename = "@type")]
    kind: &'static str,
    #[serde(rename = "@id", skip_serializing_if = "Option::is_none")]
    uri: Option<String>,
    name: &'a str,
    /// What sort of thing, as schema.org calls it.
    additional_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    term_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_defined_term_set: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    same_as: Vec<String>,
    #[serde(rename = "newsmill:mentions", skip_serializing_if = "<[_]>::is_empty")]
    mentions: &'a [Span],
    #[serde(rename = "newsmill:confidence")]
    confidence: f32,
}

impl<'a> Article<'a> {
    pub(super) fn of(record: &'a EnrichedRecord) -> Self {
        let (about, mentions): (Vec<&Tag>, Vec<&Tag>) = record
            .tags
            .iter()
            .partition(|tag| tag.from.contains(&TagOrigin::Keywords));
        let terms = |tags: Vec<&'a Tag>| tags.into_iter().map(Term::of).collect();
        Self {
            context: CONTEXT,
            kind: "NewsArticle",
            uri: record.url.clone().unwrap_or_else(|| uri_of(&record.id)),
            identifier: &record.id,
            url: record.url.as_deref(),
            headline: record.title.as_deref(),
            description: record.description.as_deref(),
            author: record.authors.iter().map(|name| thing("Person", name)).collect(),
            publisher: record.source.as_deref().map(|name| thing("Organization", name)),
            date_published: record.published_at.as_deref(),
            date_modified: record.modified_at.as_deref(),
            in_language: record.language.as_deref(),
            image: record.image.as_deref(),
            article_section: record.section.as_deref(),
            is_accessible_for_free: record.is_accessible_for_free,
            article_body: &record.text,
            word_count: record.stats.words,
            time_required: format!("PT{}S", record.stats.reading_seconds),
            associated_media: record
                .captions
                .iter()
                .map(|caption| Media {
                    kind: "ImageObject",
                    caption: &caption.text,
                    credit_text: caption.credit.as_deref(),
                })
                .collect(),
            has_part: record.quotes.iter().map(Quotation::of).collect(),
            about: terms(about),
            mentions: terms(mentions),
            removed: &record.removed,
            fingerprint: &record.fingerprint,
            enrichment: &record.enrichment,
            extra: &record.extra,
        }
    }
}

impl<'a> Quotation<'a> {
    fn of(quote: &'a Quote) -> Self {
        let speaker = quote.speaker.as_ref();
        Self {
            kind: "Quotation",
            text: &quote.text,
            spoken_by_character: speaker.map(|speaker| match speaker.via {
                Via::Organisation => thing("Organization", &speaker.name),
                Via::Name | Via::Pronoun | Via::Role | Via::Continuation => thing("Person", &speaker.name),
            }),
            start: quote.start,
            end: quote.end,
            how: quote.kind,
            parts: &quote.parts,
            speaker,
            cue: quote.cue.as_ref(),
            confidence: quote.confidence,
        }
    }
}

impl<'a> Term<'a> {
    fn of(tag: &'a Tag) -> Self {
        let mut ids = known(&tag.ids);
        let first = ids.next();
        Self {
            kind: "DefinedTerm",
            uri: first.as_ref().map(|known| known.uri.clone()),
            name: &tag.label,
            additional_type: match tag.kind {
                TagKind::Person => "https://schema.org/Person",
                TagKind::Place => "https://schema.org/Place",
                TagKind::Organisation => "https://schema.org/Organization",
                TagKind::Event => "https://schema.org/Event",
                TagKind::Work => "https://schema.org/CreativeWork",
                TagKind::Topic | TagKind::Other => "https://schema.org/Thing",
            },
            term_code: first.as_ref().map(|known| known.code),
            in_defined_term_set: first.as_ref().map(|known| known.set),
            same_as: ids.map(|known| known.uri).collect(),
            mentions: &tag.mentions,
            confidence: tag.confidence,
        }
    }
}

fn thing<'a>(kind: &'static str, name: &'a str) -> Thing<'a> {
    Thing { kind, name }
}
