//! What is counted of the articles themselves: how much was kept and removed, what was found.
//!
//! Invariant: every label comes from a fixed list; nothing that an article says becomes one.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::{labels, languages};

type Label = [(&'static str, &'static str); 1];
type Labels2 = [(&'static str, &'static str); 2];

const WORDS: [f64; 9] = [10.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2500.0, 5000.0, 10000.0];

/// What is counted of an article that became a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArticleFacts {
    /// BCP 47.
    pub language: Option<String>,
    /// Words of the clean text.
    pub words: usize,
    /// Its bytes in UTF-8.
    pub text_bytes: usize,
    /// What cleaning took out, piece by piece: why, and its bytes in UTF-8.
    pub removed: Vec<(&'static str, usize)>,
    /// Quotes by kind and whether a speaker is named.
    pub quotes: Vec<(&'static str, bool)>,
    /// Tags with an id in the vocabulary.
    pub tags_known: u64,
    /// Tags without.
    pub tags_unknown: u64,
    /// Why keywords gave no tag, one by one.
    pub keywords_removed: Vec<&'static str>,
    /// Warnings in the record.
    pub warnings: u64,
}

/// The metrics of articles that became records.
#[derive(Debug)]
pub(super) struct Articles {
    words: Histogram,
    by_language: Family<Label, Counter>,
    empty_texts: Counter,
    cleaned_bytes: Counter,
    removed: Family<Label, Counter>,
    removed_bytes: Family<Label, Counter>,
    quotes: Family<Labels2, Counter>,
    tags: Family<Label, Counter>,
    keywords_removed: Family<Label, Counter>,
    warnings: Counter,
}

impl Default for Articles {
    fn default() -> Self {
        Self {
            words: Histogram::new(WORDS),
            by_language: Family::default(),
            empty_texts: Counter::default(),
            cleaned_bytes: Counter::default(),
            removed: Family::default(),
            removed_bytes: Family::default(),
            quotes: Family::default(),
            tags: Family::default(),
            keywords_removed: Family::default(),
            warnings: Counter::default(),
        }
    }
}

impl Articles {
    /// Under their names, in a registry that has the prefix.
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("article_words", "Words of clean texts", self.words.clone());
        registry.register(
            "articles",
            "Enriched articles by language, ISO 639-1",
            self.by_language.clone(),
        );
        registry.register(
            "empty_texts",
            "Enriched articles in which no text was found",
            self.empty_texts.clone(),
        );
        registry.register_with_unit(
            "cleaned",
            "Clean text of enriched articles, UTF-8",
            Unit::Bytes,
            self.cleaned_bytes.clone(),
        );
        registry.register(
            "removed",
            "Pieces that cleaning took out, by reason",
            self.removed.clone(),
        );
        registry.register_with_unit(
            "removed",
            "Text that cleaning took out, by reason, UTF-8",
            Unit::Bytes,
            self.removed_bytes.clone(),
        );
        registry.register(
            "quotes",
            "Quotes by kind and by whether somebody is named",
            self.quotes.clone(),
        );
        registry.register(
            "tags",
            "Tags by whether the vocabulary knows them",
            self.tags.clone(),
        );
        registry.register(
            "keywords_removed",
            "Keywords that gave no tag, by what they were taken for",
            self.keywords_removed.clone(),
        );
        registry.register("warnings", "Warnings in records", self.warnings.clone());
    }

    /// Makes the series of what any article may have; see `labels`.
    pub(super) fn begin(&self) {
        labels::begin(&self.tags, "known", ["yes", "no"]);
        for kind in ["direct", "mixed", "indirect"] {
            for speaker in ["named", "unnamed"] {
                drop(self.quotes.get_or_create(&[("kind", kind), ("speaker", speaker)]));
            }
        }
    }

    /// An article became a record.
    pub(super) fn count(&self, facts: &ArticleFacts) {
        self.words.observe(facts.words as f64);
        let language = languages::label(facts.language.as_deref());
        self.by_language.get_or_create(&[("language", language)]).inc();
        self.cleaned_bytes.inc_by(facts.text_bytes as u64);
        if facts.text_bytes == 0 {
            self.empty_texts.inc();
        }
        for &(reason, bytes) in &facts.removed {
            let label = [("reason", reason)];
            self.removed.get_or_create(&label).inc();
            self.removed_bytes.get_or_create(&label).inc_by(bytes as u64);
        }
        for (kind, named) in &facts.quotes {
            let speaker = if *named { "named" } else { "unnamed" };
            self.quotes
                .get_or_create(&[("kind", *kind), ("speaker", speaker)])
                .inc();
        }
        self.tags
            .get_or_create(&[("known", "yes")])
            .inc_by(facts.tags_known);
        self.tags
            .get_or_create(&[("known", "no")])
            .inc_by(facts.tags_unknown);
        for &reason in &facts.keywords_removed {
            self.keywords_removed.get_or_create(&[("reason", reason)]).inc();
        }
        self.warnings.inc_by(facts.warnings);
    }
}
