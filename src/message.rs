//! The wire: what comes in ([`RawArticle`], read by [`decode`]) and what goes out ([`EnrichedRecord`]).
//!
//! Invariant: every offset in a record counts Unicode code points into its `text`, `end` exclusive, and the
//! text at a span's offsets is the span's `text`.
//!
//! Absent on purpose: the broker. A message here is bytes with a content type, wherever they came from.

mod decode;
mod fields;
mod output;
mod raw;
mod record;
mod schema;
mod span;

pub use decode::{DecodeError, DecodeOptions, FieldMap, FieldMapProblem, decode, unpack};
pub use fields::Field;
pub use output::{Output, OutputCompression, OutputEnvelope, OutputFormat, Written};
pub use raw::RawArticle;
pub use record::{
    Caption, EnrichedRecord, Enrichment, Fingerprint, KeywordReason, Quote, QuoteKind, Removed,
    RemovedKeyword, RemovedReason, SCHEMA, Speaker, Stats, Tag, TagCandidate, TagKind, TagOrigin, TagRule,
    Via,
};
pub use schema::{enriched_schema, raw_schema};
pub use span::{CodePoints, Span};
