//! One stage alone: which, and what of the record is its answer.

use clap::ValueEnum;
use serde::Serialize;

use crate::enrich::{Stage, Stages};
use crate::message::{Caption, EnrichedRecord, Enrichment, Quote, Removed, RemovedKeyword, Tag};

/// The stages by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Only {
    /// The article's own words and metadata
    Clean,
    /// Quotes of `text` exactly as it is given: offsets count in it
    Quotes,
    /// Canonical tags of `tags` and `keywords`; no text is needed
    Tags,
}

impl Only {
    /// The stages that run.
    pub(crate) fn stages(self) -> Stages {
        Stages::only(match self {
            Self::Clean => Stage::Clean,
            Self::Quotes => Stage::Quotes,
            Self::Tags => Stage::Tags,
        })
    }
}

/// What of a record is written.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Part<'a> {
    Clean {
        id: &'a str,
        url: &'a Option<String>,
        source: &'a Option<String>,
        language: &'a Option<String>,
        title: &'a Option<String>,
        authors: &'a [String],
        published_at: &'a Option<String>,
        modified_at: &'a Option<String>,
        image: &'a Option<String>,
        description: &'a Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        section: &'a Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        is_accessible_for_free: Option<bool>,
        text: &'a str,
        captions: &'a [Caption],
        removed: &'a [Removed],
        enrichment: &'a Enrichment,
    },
    Quotes {
        id: &'a str,
        quotes: &'a [Quote],
    },
    Tags {
        id: &'a str,
        tags: &'a [Tag],
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        removed_keywords: &'a [RemovedKeyword],
    },
}

impl<'a> Part<'a> {
    /// The fields of the stage that ran, and the id.
    pub(crate) fn of(record: &'a EnrichedRecord, only: Only) -> Self {
        let id = &record.id;
        match only {
            Only::Clean => Self::Clean {
                id,
                url: &record.url,
                source: &record.source,
                language: &record.language,
                title: &record.title,
                authors: &record.authors,
                published_at: &record.published_at,
                modified_at: &record.modified_at,
                image: &record.image,
                description: &record.description,
                section: &record.section,
                is_accessible_for_free: record.is_accessible_for_free,
                text: &record.text,
                captions: &record.captions,
                removed: &record.removed,
                enrichment: &record.enrichment,
            },
            Only::Quotes => Self::Quotes {
                id,
                quotes: &record.quotes,
            },
            Only::Tags => Self::Tags {
                id,
                tags: &record.tags,
                removed_keywords: &record.removed_keywords,
            },
        }
    }
}
