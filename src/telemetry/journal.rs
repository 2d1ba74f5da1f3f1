//! What happened last, for people: errors with what to look for, articles as they came and as they went out.
//!
//! Invariant: bounded by number and by bytes, whatever an article holds; and where nobody looks nothing is kept, so
//! that it costs a worker one comparison.
//!
//! Absent on purpose: anything that lasts. What matters after a restart is in the queues and in the logs.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::Value;

use crate::message::{EnrichedRecord, Span};

/// Errors that are kept; one that is like another counts for it.
const ERRORS: usize = 50;
/// Bytes of an error's text.
const TEXT_BYTES_MAX: usize = 1_000;

/// Something that went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// When it last did.
    pub at: Timestamp,
    /// How often it did in the same words, since it was first kept.
    pub times: u64,
    /// Of a small closed set.
    pub kind: &'static str,
    /// Where it happened.
    pub stage: &'static str,
    /// What became of the delivery.
    pub outcome: &'static str,
    /// One line.
    pub text: String,
    /// The article, or else the message, by its id; the last of several.
    pub article: Option<String>,
}

/// An article as it came, and what was published of it.
#[derive(Debug)]
pub struct Article {
    /// Counted from one, over the process's life.
    pub number: u64,
    /// When its record was confirmed.
    pub at: Timestamp,
    /// The message's body.
    pub body: Arc<Vec<u8>>,
    /// Its media type, if it told.
    pub content_type: Option<String>,
    /// How it was packed, if it told.
    pub content_encoding: Option<String>,
    /// What was published.
    pub record: Box<EnrichedRecord>,
    /// About what it takes in memory.
    bytes: usize,
}

/// About what a record takes in memory: its words, wherever they stand, and what comes with each.
fn weight(record: &EnrichedRecord) -> usize {
    /// A string's, a span's or a number's own.
    const EACH: usize = 48;
    fn of_value(value: &Value) -> usize {
        EACH + match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
            Value::String(text) => text.len(),
            Value::Array(values) => values.iter().map(of_value).sum(),
            Value::Object(members) => members
                .iter()
                .map(|(name, value)| EACH + name.len() + of_value(value))
                .sum(),
        }
    }
    let spans = |spans: &[Span]| -> usize { spans.iter().map(|span| EACH + span.text.len()).sum() };
    let texts = |texts: &[String]| -> usize { texts.iter().map(|text| EACH + text.len()).sum() };
    let captions = record
        .captions
        .iter()
        .map(|caption| 2 * EACH + caption.text.len());
    let removed = record.removed.iter().map(|removed| EACH + removed.text.len());
    let keywords = record
        .removed_keywords
        .iter()
        .map(|removed| EACH + removed.raw.len());
    let quotes = record
        .quotes
        .iter()
        .map(|quote| 6 * EACH + quote.text.len() + spans(&quote.parts));
    let tags = record.tags.iter().map(|tag| {
        let others = 8 * EACH * (tag.ids.len() + tag.candidates.len());
        4 * EACH + tag.label.len() + texts(&tag.raw) + spans(&tag.mentions) + others
    });
    let extra = record
        .extra
        .iter()
        .map(|(name, value)| EACH + name.len() + of_value(value));
    let about = [&record.title, &record.description, &record.url, &record.image];
    let about = about.into_iter().flatten().map(String::len);
    record.text.len()
        + texts(&record.authors)
        + captions
            .chain(removed)
            .chain(keywords)
            .chain(quotes)
            .chain(tags)
            .chain(extra)
            .chain(about)
            .sum::<usize>()
}

#[derive(Debug, Default)]
struct Articles {
    kept: VecDeque<Arc<Article>>,
    bytes: usize,
}

/// The last errors and articles.
#[derive(Debug)]
pub struct Journal {
    is_read: bool,
    articles_max: usize,
    bytes_max: usize,
    errors: Mutex<VecDeque<Failed>>,
    articles: Mutex<Articles>,
    count: AtomicU64,
}

impl Journal {
    /// One that nobody reads.
    pub fn off() -> Self {
        Self {
            is_read: false,
            ..Self::new(0, 0)
        }
    }

    /// Keeps up to `articles_max` articles of together up to `bytes_max` bytes, and the last errors.
    pub fn new(articles_max: usize, bytes_max: usize) -> Self {
        Self {
            is_read: true,
            articles_max,
            bytes_max,
            errors: Mutex::default(),
            articles: Mutex::default(),
            count: AtomicU64::new(0),
        }
    }

    /// Whether articles are kept.
    pub fn keeps_articles(&self) -> bool {
        self.articles_max > 0
    }

    /// Something went wrong.
    pub fn failed(
        &self,
        (kind, stage): (&'static str, &'static str),
        outcome: &'static str,
        text: &str,
        article: Option<&str>,
    ) {
        if !self.is_read {
            return;
        }
        let text = beginning(text);
        let mut errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        let like = errors.iter().position(|error| {
            (error.kind, error.stage, error.outcome) == (kind, stage, outcome) && error.text == text
        });
        let times = like
            .and_then(|like| errors.remove(like))
            .map_or(0, |error| error.times);
        errors.push_front(Failed {
            at: Timestamp::now(),
            times: times + 1,
            kind,
            stage,
            outcome,
            text: text.to_owned(),
            article: article.map(|id| beginning(id).to_owned()),
        });
        errors.truncate(ERRORS);
    }

    /// A record of this body was published.
    pub fn enriched(
        &self,
        body: Arc<Vec<u8>>,
        content_type: Option<&str>,
        content_encoding: Option<&str>,
        record: Box<EnrichedRecord>,
    ) {
        if !self.keeps_articles() {
            return;
        }
        let article = Arc::new(Article {
            number: self.count.fetch_add(1, Ordering::Relaxed) + 1,
            at: Timestamp::now(),
            content_type: content_type.map(ToOwned::to_owned),
            content_encoding: content_encoding.map(ToOwned::to_owned),
            bytes: size_of::<Article>() + body.len() + weight(&record),
            body,
            record,
        });
        let mut gone = Vec::new();
        let mut articles = self.articles.lock().unwrap_or_else(PoisonError::into_inner);
        articles.bytes += article.bytes;
        articles.kept.push_front(article);
        while articles.kept.len() > self.articles_max || articles.bytes > self.bytes_max {
            let Some(oldest) = articles.kept.pop_back() else {
                break;
            };
            articles.bytes -= oldest.bytes;
            gone.push(oldest);
        }
        // Others need not wait while large articles are freed.
        drop(articles);
        drop(gone);
    }

    /// The last errors, the newest first.
    pub fn errors(&self) -> Vec<Failed> {
        let errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        errors.iter().cloned().collect()
    }

    /// The last articles, the newest first.
    pub fn articles(&self) -> Vec<Arc<Article>> {
        let articles = self.articles.lock().unwrap_or_else(PoisonError::into_inner);
        articles.kept.iter().cloned().collect()
    }

    /// One of them.
    pub fn article(&self, number: u64) -> Option<Arc<Article>> {
        let articles = self.articles.lock().unwrap_or_else(PoisonError::into_inner);
        articles
            .kept
            .iter()
            .find(|article| article.number == number)
            .cloned()
    }
}

fn beginning(text: &str) -> &str {
    let mut end = text.len().min(TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;
    use crate::enrich::{Enricher, Limits, Stages};
    use crate::message::RawArticle;

    fn keep(journal: &Journal, text: &str) {
        keep_with(journal, text, Map::new());
    }

    fn keep_with(journal: &Journal, text: &str, extra: Map<String, Value>) {
        let enricher = Enricher::new(Arc::default(), Limits::default(), Stages::NONE);
        let article = RawArticle {
            text: Some(text.to_owned()),
            extra,
            ..RawArticle::default()
        };
        let record = Box::new(enricher.enrich(article).unwrap());
        journal.enriched(Arc::new(text.as_bytes().to_vec()), None, None, record);
    }

    #[test]
    fn the_newest_articles_are_kept_within_both_bounds() {
        let journal = Journal::new(3, 4_000);
        for text in ["one", "two", "three", "four"] {
            keep(&journal, text);
        }
        let numbers = |journal: &Journal| -> Vec<u64> {
            journal.articles().iter().map(|article| article.number).collect()
        };
        assert_eq!(numbers(&journal), [4, 3, 2]);
        assert_eq!(journal.article(3).unwrap().record.text, "three");
        assert!(journal.article(1).is_none());
        keep(&journal, &"x".repeat(1_850));
        let left = numbers(&journal);
        assert!(
            left[0] == 5 && left.len() < 3,
            "{left:?}: with all it would be over the bytes"
        );
        keep(&journal, &"x".repeat(4_000));
        assert!(numbers(&journal).is_empty(), "one alone is over them");
        keep(&journal, "six");
        assert_eq!(numbers(&journal), [7]);
        // A small message may unpack to a large record.
        let packed = json!({"packed": ["x".repeat(4_000)]});
        keep_with(&journal, "seven", packed.as_object().unwrap().clone());
        assert!(numbers(&journal).is_empty());
    }

    #[test]
    fn errors_are_bounded_and_one_that_comes_again_is_counted() {
        let journal = Journal::new(0, 0);
        for number in 0..200 {
            journal.failed(
                ("json", "decode"),
                "dead_lettered",
                &format!("error {}", number / 2),
                None,
            );
        }
        let errors = journal.errors();
        assert_eq!(errors.len(), ERRORS);
        assert_eq!((errors[0].text.as_str(), errors[0].times), ("error 99", 2));
        journal.failed(
            ("json", "decode"),
            "dead_lettered",
            &"é".repeat(5_000),
            Some("a-1"),
        );
        assert!(journal.errors()[0].text.len() <= TEXT_BYTES_MAX);
        assert_eq!(journal.errors()[0].article.as_deref(), Some("a-1"));
    }

    #[test]
    fn where_nobody_reads_nothing_is_kept() {
        let journal = Journal::off();
        journal.failed(("json", "decode"), "dead_lettered", "no", None);
        keep(&journal, "one");
        assert!(journal.errors().is_empty() && journal.articles().is_empty());
    }
}
