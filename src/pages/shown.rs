//! One article and what is made of it: text with quotations, tags, what was kept and removed, the record; and why.
//!
//! Invariant: the record is shown as it is; what is told beside it comes out of the same code that made it.

use maud::{Markup, html};

use super::{cleaned, quoted, tagged, words};
use crate::enrich::clean::{self, CleanText};
use crate::enrich::{Limits, Stages, quotes};
use crate::message::{EnrichedRecord, RawArticle};

/// Bytes of a record that are shown.
const RECORD_BYTES: usize = 1 << 20;

/// What there is to see of an article.
#[derive(Debug)]
pub(super) struct Look {
    record: EnrichedRecord,
    cleaned: Option<clean::Explained>,
    quotes: quotes::Explained,
}

impl Look {
    /// Looks at an article and its record; without the article, at the record alone.
    pub(super) fn at(
        record: EnrichedRecord,
        article: Option<&RawArticle>,
        stages: Stages,
        limits: &Limits,
    ) -> Self {
        let cleaned = article.filter(|_| stages.clean).and_then(|article| {
            // The same bounds were kept when the record was made.
            clean::explain(article, limits).ok()
        });
        let quotes = if stages.quotes {
            let text = CleanText::verbatim(record.text.clone());
            quotes::explain(&text, record.language.as_deref())
        } else {
            quotes::Explained::default()
        };
        Self {
            record,
            cleaned,
            quotes,
        }
    }

    /// Its headline, or what else it goes by.
    pub(super) fn title(&self) -> &str {
        title_of(&self.record)
    }

    /// All of it, under a heading that the page gives.
    pub(super) fn sections(&self) -> Markup {
        let record = &self.record;
        html! {
            (facts(record))
            nav class="parts" aria-label="On this page" {
                ul {
                    li { a href="#text" { "Text and quotations" } }
                    li { a href="#tags" { "Tags" } }
                    li { a href="#why" { "Why these quotations" } }
                    @if self.cleaned.is_some() { li { a href="#lines" { "Kept and removed" } } }
                    li { a href="#record" { "The record" } }
                }
            }
            @for warning in &record.enrichment.warnings { p class="warning" { b { "Warning: " } (warning) } }
            section id="text" aria-labelledby="text-head" {
                h2 id="text-head" { "Text and quotations " small { "(" (words::several(self.quotes.quotes.len(), "quotation")) ")" } }
                (quoted::key())
                @if record.text.is_empty() { p { "No article text was found." } }
                (quoted::marked_text(&self.quotes, &record.text))
                @for caption in &record.captions {
                    p class="caption" dir="auto" {
                        span class="label" { "caption " } (caption.text)
                        @if let Some(credit) = &caption.credit { " · " (credit) }
                    }
                }
            }
            section id="tags" aria-labelledby="tags-head" {
                h2 id="tags-head" { "Tags " small { "(" (record.tags.len()) ")" } }
                (tagged::table(&record.tags))
            }
            section id="why" aria-labelledby="why-head" {
                h2 id="why-head" { "Why these quotations" }
                (quoted::whys(&self.quotes))
            }
            @if let Some(cleaned) = &self.cleaned {
                section id="lines" aria-labelledby="lines-head" {
                    h2 id="lines-head" { "Kept and removed" }
                    (cleaned::lines(cleaned))
                }
            }
            section id="record" aria-labelledby="record-head" {
                h2 id="record-head" { "The record" }
                details {
                    summary { "as JSON" }
                    (json(record))
                }
            }
        }
    }
}

fn json(record: &EnrichedRecord) -> Markup {
    let json = serde_json::to_string_pretty(record).unwrap_or_default();
    let shown = json
        .get(..json.floor_char_boundary(RECORD_BYTES))
        .unwrap_or_default();
    html! {
        pre tabindex="0" { (shown) }
        @if shown.len() < json.len() {
            p class="hint" { "The beginning of " (words::bytes(json.len())) "." }
        }
    }
}

/// A record's headline, or what else it goes by.
pub(super) fn title_of(record: &EnrichedRecord) -> &str {
    record.title.as_deref().unwrap_or(&record.id)
}

fn facts(record: &EnrichedRecord) -> Markup {
    let authors = (!record.authors.is_empty()).then(|| record.authors.join(", "));
    let facts = [
        ("by", authors),
        ("published", record.published_at.as_deref().map(words::date)),
        ("source", record.source.clone()),
        ("language", record.language.clone()),
        ("words", Some(words::number(record.stats.words as u64))),
        ("id", Some(record.id.clone())),
        ("address", record.url.clone().filter(|url| *url != record.id)),
        ("vocabulary", Some(record.enrichment.vocabulary.clone())),
    ];
    html! {
        p class="facts" dir="auto" {
            @for (what, value) in facts {
                @if let Some(value) = value { span { (what) " " b { (value) } } " " }
            }
        }
        @if let Some(description) = &record.description { p class="deck" dir="auto" { (description) } }
    }
}
