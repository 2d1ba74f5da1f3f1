//! What is done with a body on a CPU thread: decode, enrich, serialise.
//!
//! Invariant: never panics and never waits. Whatever happens inside comes out as a value that names the stage.
//!
//! Absent on purpose: the broker, and any second try. Every failure here is permanent: the same bytes would
//! fail again.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::points;
use super::ports::{Envelope, OutgoingRecord};
use super::progress::Progress;
use super::reconcile::Answers;
use crate::enrich::{Edge, EnrichError, Enricher, identity, tags};
use crate::message::{DecodeError, DecodeOptions, EnrichedRecord, Output, QuoteKind, Written, decode};
use crate::telemetry::{ArticleFacts, TraceHeaders};
use crate::vocabulary::LiveVocabulary;

/// Turns bodies into records. A trait, so that the worker's own tests need no pipeline.
pub trait Enrich: std::fmt::Debug + Send + Sync + 'static {
    /// Works on one body, and says in `progress` where it is.
    fn enrich(&self, body: &[u8], envelope: &Envelope, progress: &Progress) -> Worked<Made>;

    /// Writes a record that had questions, with what was answered or why nothing was.
    fn complete(&self, draft: Draft, answers: &Answers, body: &[u8], progress: &Progress) -> Worked<Product>;
}

/// What came of a body, and how long each stage took.
#[derive(Debug)]
pub struct Worked<T> {
    /// What was made, or why nothing was.
    pub outcome: Result<T, ArticleError>,
    /// Stage and time, in order.
    pub timings: Vec<(&'static str, Duration)>,
}

/// What enriching comes to.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "the large one is the usual one, and moves twice"
)]
pub enum Made {
    /// A record, ready to go.
    Product(Product),
    /// A record with questions for whoever knows more names than the vocabulary.
    Draft(Draft),
}

/// A record whose unknown tags are to be asked for.
#[derive(Debug)]
pub struct Draft {
    /// The record as far as it is known.
    pub record: Box<EnrichedRecord>,
    /// The labels of its unknown tags.
    pub names: Vec<String>,
}

/// A record ready to be published.
#[derive(Debug, Clone, PartialEq)]
pub struct Product {
    /// The record's id.
    pub article_id: String,
    /// The record as it is published.
    pub written: Written,
    /// Name and version of its form.
    pub schema: &'static str,
    /// The same for the same article.
    pub message_id: String,
    /// For the metrics.
    pub facts: ArticleFacts,
    /// For people who look at it later, where there are any.
    pub record: Option<Box<EnrichedRecord>>,
}

impl Product {
    /// The record on its way out, for the message that it came of, at its place in a trace.
    pub(super) fn outgoing(self, came_by: &Envelope, trace: &TraceHeaders) -> OutgoingRecord {
        OutgoingRecord {
            body: self.written.body,
            message_id: self.message_id,
            content_type: self.written.content_type,
            content_encoding: self.written.content_encoding,
            schema: self.schema,
            correlation_id: came_by
                .correlation_id
                .clone()
                .or_else(|| came_by.message_id.clone()),
            trace: trace.clone(),
        }
    }
}

/// Why a body does not become a record. Permanent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct ArticleError {
    /// Of a small closed set: header and label.
    pub kind: &'static str,
    /// Where it happened.
    pub stage: &'static str,
    /// What happened.
    pub text: String,
    /// The article, if it got that far.
    pub article_id: Option<String>,
}

/// The real pipeline.
#[derive(Debug, Clone)]
pub struct Pipeline {
    enricher: Enricher,
    vocabulary: Arc<LiveVocabulary>,
    options: DecodeOptions,
    output: Output,
    record_bytes_max: usize,
    /// Whether a product comes with its record.
    is_shown: bool,
    /// Unknown tags of an article that are asked for; 0: nobody is asked.
    names_max: usize,
}

impl Pipeline {
    /// Decodes by `options`, enriches against the vocabulary that is in force when an article's turn comes, writes by
    /// `output`, and refuses what is then over `record_bytes_max` bytes. Nobody is asked for unknown tags; see
    /// [`asking`](Self::asking).
    pub fn new(
        enricher: Enricher,
        vocabulary: Arc<LiveVocabulary>,
        options: DecodeOptions,
        output: Output,
        record_bytes_max: usize,
    ) -> Self {
        Self {
            enricher,
            vocabulary,
            options,
            output,
            record_bytes_max,
            is_shown: false,
            names_max: 0,
        }
    }

    /// The same, with the record beside what is written of it, if it `is_shown` to people.
    #[must_use]
    pub fn showing(self, is_shown: bool) -> Self {
        Self { is_shown, ..self }
    }

    /// The same, leaving up to `names_max` unknown tags of an article to be asked for.
    #[must_use]
    pub fn asking(self, names_max: usize) -> Self {
        Self { names_max, ..self }
    }

    fn work(&self, body: &[u8], envelope: &Envelope, clock: &mut Clock<'_>) -> Result<Made, ArticleError> {
        let article = clock.time("decode", || {
            decode(
                body,
                envelope.content_type.as_deref(),
                envelope.content_encoding.as_deref(),
                &self.options,
            )
        })?;
        let article_id = identity::of(&article);
        let record = self
            .enricher
            .with_vocabulary(self.vocabulary.current())
            .enrich_observed(article, &mut |stage, edge| clock.edge(stage.name(), edge))
            .map_err(|error| ArticleError {
                article_id: Some(article_id),
                ..error.into()
            })?;
        let names = tags::unknown_labels(&record.tags, self.names_max);
        if names.is_empty() {
            self.write(record, clock).map(Made::Product)
        } else {
            Ok(Made::Draft(Draft {
                record: Box::new(record),
                names,
            }))
        }
    }

    fn write(&self, record: EnrichedRecord, clock: &mut Clock<'_>) -> Result<Product, ArticleError> {
        let refused = |kind, text| ArticleError {
            kind,
            stage: "serialise",
            text,
            article_id: Some(record.id.clone()),
        };
        let schema = self.output.format.schema();
        let message_id = message_id(schema, &record.id);
        let written = clock
            .time("serialise", || {
                self.output.write(&record, &message_id, Timestamp::now())
            })
            .map_err(|error| refused("record", format!("the record cannot be written: {error}")))?;
        if written.body.len() > self.record_bytes_max {
            let (bytes, most) = (written.body.len(), self.record_bytes_max);
            let text = format!("the record is {bytes} bytes, over the limit of {most}");
            return Err(refused("too_large", text));
        }
        Ok(Product {
            message_id,
            facts: facts(&record),
            article_id: record.id.clone(),
            written,
            schema,
            record: self.is_shown.then(|| Box::new(record)),
        })
    }
}

impl Enrich for Pipeline {
    fn enrich(&self, body: &[u8], envelope: &Envelope, progress: &Progress) -> Worked<Made> {
        Clock::guard(body, progress, |clock| self.work(body, envelope, clock))
    }

    fn complete(&self, draft: Draft, answers: &Answers, body: &[u8], progress: &Progress) -> Worked<Product> {
        Clock::guard(body, progress, |clock| {
            let mut record = *draft.record;
            match answers {
                Ok(answers) => {
                    for (name, known) in draft.names.iter().zip(answers) {
                        if let Some(known) = known {
                            tags::reconcile(&mut record.tags, name, known);
                        }
                    }
                }
                Err(error) => record.enrichment.warnings.push(format!("unknown tags: {error}")),
            }
            self.write(record, clock)
        })
    }
}

/// Notes how long each stage takes.
struct Clock<'a> {
    /// What a fail point looks for its mark in.
    body: &'a [u8],
    progress: &'a Progress,
    running: Option<(&'static str, Instant)>,
    timings: Vec<(&'static str, Duration)>,
}

impl<'a> Clock<'a> {
    /// Times `work`, and makes an error of its panic.
    fn guard<T>(
        body: &'a [u8],
        progress: &'a Progress,
        work: impl FnOnce(&mut Self) -> Result<T, ArticleError>,
    ) -> Worked<T> {
        let mut clock = Self {
            body,
            progress,
            running: None,
            timings: Vec::new(),
        };
        // The stages catch their own panics; this is for what stands between them.
        let outcome = catch_unwind(AssertUnwindSafe(|| work(&mut clock)));
        let outcome = outcome.unwrap_or_else(|payload| {
            let stage = clock.running.map_or("enrich", |(stage, _)| stage);
            Err(ArticleError {
                kind: "panicked",
                stage,
                text: format!("{stage} panicked: {}", message_of(payload.as_ref())),
                article_id: None,
            })
        });
        Worked {
            outcome,
            timings: clock.timings,
        }
    }

    fn time<T>(&mut self, stage: &'static str, work: impl FnOnce() -> T) -> T {
        self.edge(stage, Edge::Entered);
        let outcome = work();
        self.edge(stage, Edge::Left);
        outcome
    }

    fn edge(&mut self, stage: &'static str, edge: Edge) {
        match edge {
            Edge::Entered => {
                self.progress.enter(stage);
                self.running = Some((stage, Instant::now()));
                points::reach(stage, self.body);
            }
            Edge::Left => {
                if let Some((stage, since)) = self.running.take() {
                    self.timings.push((stage, since.elapsed()));
                }
            }
        }
    }
}

impl From<DecodeError> for ArticleError {
    fn from(error: DecodeError) -> Self {
        Self {
            kind: error.kind(),
            stage: "decode",
            text: error.to_string(),
            article_id: None,
        }
    }
}

impl From<EnrichError> for ArticleError {
    fn from(error: EnrichError) -> Self {
        Self {
            kind: match &error {
                EnrichError::TooLarge { .. } => "too_large",
                EnrichError::TooDeep { .. } => "too_deep",
                EnrichError::Panicked { .. } => "panicked",
            },
            stage: error.stage().name(),
            text: error.to_string(),
            article_id: None,
        }
    }
}

/// 128 bits of SHA-256 over schema and id: what a consumer downstream drops twins by.
fn message_id(schema: &str, id: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(schema.as_bytes());
    hash.update([0]);
    hash.update(id.as_bytes());
    hash.finalize()
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn facts(record: &EnrichedRecord) -> ArticleFacts {
    let known = record.tags.iter().filter(|tag| !tag.ids.is_empty()).count() as u64;
    ArticleFacts {
        language: record.language.clone(),
        words: record.stats.words,
        text_bytes: record.text.len(),
        removed: record
            .removed
            .iter()
            .map(|removed| (removed.reason.name(), removed.text.len()))
            .collect(),
        quotes: record
            .quotes
            .iter()
            .map(|quote| {
                let kind = match quote.kind {
                    QuoteKind::Direct => "direct",
                    QuoteKind::Mixed => "mixed",
                    QuoteKind::Indirect => "indirect",
                };
                (kind, quote.speaker.is_some())
            })
            .collect(),
        tags_known: known,
        tags_unknown: record.tags.len() as u64 - known,
        keywords_removed: record
            .removed_keywords
            .iter()
            .map(|removed| removed.reason.name())
            .collect(),
        warnings: record.enrichment.warnings.len() as u64,
    }
}

fn message_of(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enrich::{Limits, Stages};
    use crate::message::{TagCandidate, TagKind, TagRule};
    use crate::vocabulary::Vocabulary;
    use crate::worker::ReconcileError;

    fn pipeline(record_bytes_max: usize) -> Pipeline {
        let vocabulary = Arc::new(Vocabulary::default());
        let enricher = Enricher::new(Arc::clone(&vocabulary), Limits::default(), Stages::ALL);
        let live = Arc::new(LiveVocabulary::fixed(vocabulary));
        Pipeline::new(
            enricher,
            live,
            DecodeOptions::default(),
            Output::default(),
            record_bytes_max,
        )
    }

    fn json(text: &str) -> Envelope {
        Envelope {
            content_type: Some("application/json".to_owned()),
            message_id: Some(text.to_owned()),
            ..Envelope::default()
        }
    }

    #[test]
    fn the_same_article_always_gives_the_same_message_id() {
        let worked = |body: &[u8]| match pipeline(1 << 20)
            .enrich(body, &json("m"), &Progress::default())
            .outcome
            .unwrap()
        {
            Made::Product(product) => product.message_id,
            Made::Draft(draft) => panic!("nobody is to be asked: {draft:?}"),
        };
        let first = worked(br#"{"id": "a-1", "text": "One."}"#);
        assert_eq!(first, worked(br#"{"id": "a-1", "text": "Another."}"#));
        assert_ne!(first, worked(br#"{"id": "a-2", "text": "One."}"#));
        assert_eq!(first.len(), 32);
    }

    #[test]
    fn a_failure_names_its_stage_and_kind() {
        let error = pipeline(1 << 20)
            .enrich(b"{", &json("m"), &Progress::default())
            .outcome
            .unwrap_err();
        assert_eq!((error.kind, error.stage), ("json", "decode"));
        let error = pipeline(10)
            .enrich(
                br#"{"id": "a-1", "text": "One."}"#,
                &json("m"),
                &Progress::default(),
            )
            .outcome
            .unwrap_err();
        assert_eq!((error.kind, error.stage), ("too_large", "serialise"));
        assert_eq!(error.article_id.as_deref(), Some("a-1"));
    }

    #[test]
    fn every_stage_is_timed() {
        let worked = pipeline(1 << 20).enrich(
            br#"{"id": "a-1", "text": "One."}"#,
            &json("m"),
            &Progress::default(),
        );
        let stages: Vec<_> = worked.timings.iter().map(|(stage, _)| *stage).collect();
        assert_eq!(stages, ["decode", "clean", "quotes", "tags", "serialise"]);
    }

    #[test]
    fn unknown_tags_are_left_to_be_asked_for_and_answers_stand_in_the_record() {
        let pipeline = pipeline(1 << 20).asking(10);
        let body = br#"{"id": "a-1", "text": "One.", "tags": ["Quillfen", "Brask"]}"#;
        let draft = || match pipeline.enrich(body, &json("m"), &Progress::default()).outcome {
            Ok(Made::Draft(draft)) => draft,
            other => panic!("{other:?}"),
        };
        assert_eq!(draft().names, ["Quillfen", "Brask"]);
        let written = |answers: &Answers| {
            let worked = pipeline.complete(draft(), answers, body, &Progress::default());
            let record: EnrichedRecord =
                serde_json::from_slice(&worked.outcome.unwrap().written.body).unwrap();
            record
        };
        let known = TagCandidate {
            label: "Quillfen Society".to_owned(),
            kind: TagKind::Organisation,
            ids: [("desk".to_owned(), "7".to_owned())].into(),
        };
        let record = written(&Ok(vec![Some(known), None]));
        let tags: Vec<_> = record
            .tags
            .iter()
            .map(|tag| (tag.label.as_str(), tag.rule))
            .collect();
        assert_eq!(
            tags,
            [
                ("Quillfen Society", TagRule::Reconciled),
                ("Brask", TagRule::Unknown)
            ]
        );
        assert!(record.enrichment.warnings.is_empty());
        let record = written(&Err(ReconcileError::Unanswered("status 503".to_owned())));
        assert_eq!(record.tags.len(), 2);
        assert_eq!(
            record.enrichment.warnings,
            ["unknown tags: the reconciliation service gave no answer: status 503"]
        );
    }
}
