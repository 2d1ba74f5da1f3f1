//! An IPTC ninjs 3.1 item.
//!
//! ninjs has no words for quotations, for what was taken out, and for where a tag stands in the text, and an item may
//! have no properties but its own. All of that is in a second body, as JSON in our own form.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value};

use super::vocabularies::{known, uri_of};
use crate::message::record::{
    Caption, EnrichedRecord, Enrichment, Fingerprint, Quote, Removed, Stats, Tag, TagKind, TagOrigin,
};

const VERSION: &str = "3.1";
pub(super) const SCHEMA: &str = "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json#";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Item<'a> {
    uri: String,
    standard: Standard,
    #[serde(rename = "type")]
    kind: &'static str,
    representation_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_created: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_created: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    headlines: Vec<Words<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    descriptions: Vec<Words<'a>>,
    bodies: [Words<'a>; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    info_sources: Vec<Source<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    people: Vec<Named<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    organisations: Vec<Named<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    places: Vec<Named<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    events: Vec<Named<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    subjects: Vec<Named<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    objects: Vec<Named<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    associations: Vec<Picture<'a>>,
    alt_ids: Vec<AltId<'a>>,
}

#[derive(Serialize)]
struct Standard {
    name: &'static str,
    version: &'static str,
    schema: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Words<'a> {
    role: &'static str,
    content_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    char_count: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    word_count: Option<usize>,
    value: Cow<'a, str>,
}

#[derive(Serialize)]
struct Source<'a> {
    name: &'a str,
}

/// Somebody or something that the article is about.
#[derive(Serialize)]
struct Named<'a> {
    name: &'a str,
    rel: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    literal: Option<&'a str>,
    /// Of a hundred; subjects alone have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence: Option<u8>,
}

#[derive(Serialize)]
struct Picture<'a> {
    name: &'static str,
    uri: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    renditions: [Rendition<'a>; 1],
}

#[derive(Serialize)]
struct Rendition<'a> {
    name: &'static str,
    href: &'a str,
}

#[derive(Serialize)]
struct AltId<'a> {
    role: &'static str,
    value: &'a str,
}

/// What ninjs has no words for.
#[derive(Serialize)]
struct Ours<'a> {
    schema: &'a str,
    authors: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    section: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_accessible_for_free: Option<bool>,
    captions: &'a [Caption],
    removed: &'a [Removed],
    quotes: &'a [Quote],
    tags: &'a [Tag],
    fingerprint: &'a Fingerprint,
    stats: &'a Stats,
    enrichment: &'a Enrichment,
    extra: &'a Map<String, Value>,
}

impl<'a> Item<'a> {
    pub(super) fn of(record: &'a EnrichedRecord) -> Self {
        let body = Words {
            char_count: Some(record.text.chars().count()),
            word_count: Some(record.stats.words),
            ..words("main", &record.text)
        };
        let ours = Words {
            role: "enrichment",
            content_type: "application/json",
            char_count: None,
            word_count: None,
            value: Ours::of(record).written().into(),
        };
        let modified = record.modified_at.as_deref();
        let mut alt_ids = vec![AltId {
            role: "id",
            value: &record.id,
        }];
        alt_ids.extend(record.url.as_deref().map(|value| AltId { role: "url", value }));
        let named = |kinds: &[TagKind]| -> Vec<Named<'a>> {
            let of_kind = record.tags.iter().filter(|tag| kinds.contains(&tag.kind));
            of_kind.map(Named::of).collect()
        };
        Self {
            uri: uri_of(&record.id),
            standard: Standard {
                name: "ninjs",
                version: VERSION,
                schema: SCHEMA,
            },
            kind: "text",
            representation_type: "full",
            first_created: record.published_at.as_deref(),
            version_created: modified.or(record.published_at.as_deref()),
            language: record.language.as_deref(),
            headlines: record.title.iter().map(|title| words("main", title)).collect(),
            descriptions: record
                .description
                .iter()
                .map(|text| words("summary", text))
                .collect(),
            bodies: [body, ours],
            by: Some(record.authors.join(", ")).filter(|by| !by.is_empty()),
            info_sources: record.source.iter().map(|name| Source { name }).collect(),
            people: named(&[TagKind::Person]),
            organisations: named(&[TagKind::Organisation]),
            places: named(&[TagKind::Place]),
            events: named(&[TagKind::Event]),
            subjects: record
                .tags
                .iter()
                .filter(|tag| tag.kind == TagKind::Topic)
                .map(Named::subject)
                .collect(),
            objects: named(&[TagKind::Work, TagKind::Other]),
            associations: record.image.iter().filter_map(|image| picture(image)).collect(),
            alt_ids,
        }
    }
}

impl<'a> Ours<'a> {
    fn of(record: &'a EnrichedRecord) -> Self {
        Self {
            schema: &record.schema,
            authors: &record.authors,
            section: record.section.as_deref(),
            is_accessible_for_free: record.is_accessible_for_free,
            captions: &record.captions,
            removed: &record.removed,
            quotes: &record.quotes,
            tags: &record.tags,
            fingerprint: &record.fingerprint,
            stats: &record.stats,
            enrichment: &record.enrichment,
            extra: &record.extra,
        }
    }

    /// All keys are strings and all values are ours, so there is nothing that JSON cannot say.
    fn written(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl<'a> Named<'a> {
    fn of(tag: &'a Tag) -> Self {
        Self {
            name: &tag.label,
            rel: if tag.from.contains(&TagOrigin::Keywords) {
                "about"
            } else {
                "mentions"
            },
            uri: known(&tag.ids).next().map(|known| known.uri),
            literal: tag.raw.first().map(String::as_str),
            confidence: None,
        }
    }

    /// For a subject the newsroom's own codes are the better address.
    fn subject(tag: &'a Tag) -> Self {
        let code = known(&tag.ids).find(|known| known.set.contains("iptc.org"));
        let named = Self::of(tag);
        Self {
            uri: code.map(|code| code.uri).or(named.uri),
            // From 0 to 1, so it fits.
            confidence: Some((tag.confidence.clamp(0.0, 1.0) * 100.0).round() as u8),
            ..named
        }
    }
}

fn words<'a>(role: &'static str, value: &'a str) -> Words<'a> {
    Words {
        role,
        content_type: "text/plain",
        char_count: None,
        word_count: None,
        value: value.into(),
    }
}

/// ninjs wants a URI; an address that is none cannot stand there.
fn picture(address: &str) -> Option<Picture<'_>> {
    url::Url::parse(address).ok()?;
    Some(Picture {
        name: "main",
        uri: address,
        kind: "picture",
        renditions: [Rendition {
            name: "original",
            href: address,
        }],
    })
}
