//! The pipeline: a raw article becomes an enriched record.
//!
//! Invariant: pure. Values in, values out: no clock, no network, no files, no metrics, no broker. The same
//! article with the same vocabulary always gives the same record.

pub mod clean;
pub mod fingerprint;
pub mod identity;
pub mod language;
pub mod quotes;
pub mod stats;
pub mod tags;

mod eights;
mod error;
mod guard;
mod letters;
mod limits;
mod stages;
mod words;

use std::sync::Arc;

pub use error::EnrichError;
pub use limits::Limits;
pub use stages::{Edge, Stage, Stages};

use crate::message::{EnrichedRecord, Enrichment, RawArticle, SCHEMA};
use crate::vocabulary::Vocabulary;
use clean::{CleanText, Cleaned};
use guard::guarded;

/// Enriches articles against one vocabulary. Cheap to clone, safe to share between threads.
#[derive(Debug, Clone)]
pub struct Enricher {
    vocabulary: Arc<Vocabulary>,
    limits: Limits,
    stages: Stages,
    tag_rules: tags::TagRules,
}

impl Enricher {
    /// An enricher that runs `stages` within `limits`.
    pub fn new(vocabulary: Arc<Vocabulary>, limits: Limits, stages: Stages) -> Self {
        Self {
            vocabulary,
            limits,
            stages,
            tag_rules: tags::TagRules::default(),
        }
    }

    /// The same enricher by these rules of reading tags.
    #[must_use]
    pub fn with_tag_rules(self, tag_rules: tags::TagRules) -> Self {
        Self { tag_rules, ..self }
    }

    /// The same enricher against another vocabulary.
    #[must_use]
    pub fn with_vocabulary(&self, vocabulary: Arc<Vocabulary>) -> Self {
        Self {
            vocabulary,
            limits: self.limits.clone(),
            stages: self.stages,
            tag_rules: self.tag_rules,
        }
    }

    /// The stages that it runs.
    pub fn stages(&self) -> Stages {
        self.stages
    }

    /// Runs the stages over one article.
    ///
    /// # Errors
    /// Every error is permanent: the same article would fail again. See [`EnrichError`].
    pub fn enrich(&self, article: RawArticle) -> Result<EnrichedRecord, EnrichError> {
        self.enrich_observed(article, &mut |_stage, _edge| {})
    }

    /// The same, telling `observe` when a stage is entered and left: the pipeline itself has no clock.
    ///
    /// # Errors
    /// As [`enrich`](Self::enrich).
    pub fn enrich_observed(
        &self,
        article: RawArticle,
        observe: &mut dyn FnMut(Stage, Edge),
    ) -> Result<EnrichedRecord, EnrichError> {
        self.limits.check(&article)?;
        let id = identity::of(&article);
        let Cleaned {
            text,
            metadata,
            captions,
            removed,
            keywords,
            mut warnings,
        } = observed(Stage::Clean, observe, || self.clean(&article))?;
        let language = language::identify(
            text.as_str(),
            article.language.as_deref(),
            metadata.language.as_deref(),
        );
        let quotes = observed(Stage::Quotes, observe, || self.quotes(&text, language.as_deref()))?;
        let tags::Read {
            tags,
            removed: removed_keywords,
        } = observed(Stage::Tags, observe, || {
            self.tags(
                &article,
                &keywords,
                &text,
                metadata.title.as_deref(),
                language.as_deref(),
            )
        })?;
        if text.as_str().is_empty() && self.stages.clean {
            warnings.push("no article text was found".to_owned());
        }
        let words: Vec<&str> = words::words(text.as_str()).collect();
        let fingerprint = fingerprint::of(text.as_str(), &words);
        let stats = stats::of(text.as_str(), words.len());
        Ok(EnrichedRecord {
            schema: SCHEMA.to_owned(),
            id,
            url: metadata.canonical_url.or(article.url),
            source: article.source.or(metadata.site_name),
            language,
            title: metadata.title,
            authors: metadata.authors,
            published_at: metadata.published_at,
            modified_at: metadata.modified_at,
            image: metadata.image,
            description: metadata.description,
            section: metadata.section,
            is_accessible_for_free: metadata.is_accessible_for_free,
            fingerprint,
            stats,
            text: text.into_string(),
            captions,
            removed,
            quotes,
            tags,
            removed_keywords,
            enrichment: Enrichment {
                version: crate::VERSION.to_owned(),
                vocabulary: self.vocabulary.version().to_owned(),
                warnings,
            },
            extra: article.extra,
        })
    }

    fn clean(&self, article: &RawArticle) -> Result<Cleaned, EnrichError> {
        if !self.stages.clean {
            return Ok(Cleaned::verbatim(article));
        }
        guarded(Stage::Clean, || clean::clean(article, &self.limits))?
    }

    fn quotes(
        &self,
        text: &CleanText,
        language: Option<&str>,
    ) -> Result<Vec<crate::message::Quote>, EnrichError> {
        if !self.stages.quotes {
            return Ok(Vec::new());
        }
        guarded(Stage::Quotes, || quotes::extract(text, language))
    }

    fn tags(
        &self,
        article: &RawArticle,
        keywords: &[String],
        text: &CleanText,
        title: Option<&str>,
        language: Option<&str>,
    ) -> Result<tags::Read, EnrichError> {
        if !self.stages.tags {
            return Ok(tags::Read::default());
        }
        let raw: Vec<&str> = article.tags.iter().chain(keywords).map(String::as_str).collect();
        let input = tags::Input {
            keywords: &raw,
            text,
            title,
            language,
        };
        guarded(Stage::Tags, || {
            tags::read(
                &input,
                &self.vocabulary,
                self.tag_rules,
                self.limits.removed_bytes_max,
            )
        })
    }
}

/// Runs one stage between its two edges.
fn observed<T>(stage: Stage, observe: &mut dyn FnMut(Stage, Edge), work: impl FnOnce() -> T) -> T {
    observe(stage, Edge::Entered);
    let outcome = work();
    observe(stage, Edge::Left);
    outcome
}
