//! How a record leaves: in which form, in which envelope, packed or not.
//!
//! The record's own form is the default and says all. [`ninjs`] and [`json_ld`] say in the words of those standards
//! what they have words for, and the rest under one key of our own; what they write, [`decode`](super::decode) reads.
//!
//! Invariant: the same record gives the same message, but for the time in an event's envelope.

mod cloud_event;
mod json_ld;
mod ninjs;
mod vocabularies;

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;

use super::record::{EnrichedRecord, SCHEMA};
use super::schema::SCHEMA_URI;

pub(super) use vocabularies::id_of_uri;

/// Form of what is published.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OutputFormat {
    /// Our own, as the schema `enriched` has it.
    #[default]
    Record,
    /// IPTC ninjs 3.
    Ninjs,
    /// A schema.org `NewsArticle` in JSON-LD.
    JsonLd,
}

/// What is put around it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OutputEnvelope {
    /// Nothing.
    #[default]
    None,
    /// A CloudEvent 1.0 in structured mode.
    CloudEvents,
}

/// How the body is packed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OutputCompression {
    /// It is not.
    #[default]
    None,
    /// RFC 1952, level 6.
    Gzip,
    /// RFC 8878, level 3.
    Zstd,
}

/// A record, ready to be written in some form.
#[derive(Serialize)]
#[serde(untagged)]
enum Form<'a> {
    Record(&'a EnrichedRecord),
    Ninjs(Box<ninjs::Item<'a>>),
    JsonLd(Box<json_ld::Article<'a>>),
}

/// How records are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    /// Form.
    pub format: OutputFormat,
    /// Envelope.
    pub envelope: OutputEnvelope,
    /// Packing.
    pub compression: OutputCompression,
    /// `source` of events: a URI reference that names who sends them.
    pub event_source: String,
}

/// A message's body and what its properties say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The bytes to send.
    pub body: Vec<u8>,
    /// Media type of the unpacked body.
    pub content_type: &'static str,
    /// `gzip` or `zstd`.
    pub content_encoding: Option<&'static str>,
}

impl OutputFormat {
    /// Name and version of the form: the message's AMQP `type`.
    pub fn schema(self) -> &'static str {
        match self {
            Self::Record => SCHEMA,
            Self::Ninjs => "ninjs/3.1",
            Self::JsonLd => "schema.org/NewsArticle",
        }
    }

    /// Where the form is described.
    fn schema_uri(self) -> &'static str {
        match self {
            Self::Record => SCHEMA_URI,
            Self::Ninjs => ninjs::SCHEMA,
            Self::JsonLd => "https://schema.org/NewsArticle",
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Record | Self::Ninjs => "application/json",
            Self::JsonLd => "application/ld+json",
        }
    }

    /// Writes a record in this form.
    ///
    /// # Errors
    /// None that is known: all keys are strings.
    pub fn write<W: Write>(self, record: &EnrichedRecord, to: W, pretty: bool) -> serde_json::Result<()> {
        let form = self.form(record);
        if pretty {
            serde_json::to_writer_pretty(to, &form)
        } else {
            serde_json::to_writer(to, &form)
        }
    }

    fn form(self, record: &EnrichedRecord) -> Form<'_> {
        match self {
            Self::Record => Form::Record(record),
            Self::Ninjs => Form::Ninjs(Box::new(ninjs::Item::of(record))),
            Self::JsonLd => Form::JsonLd(Box::new(json_ld::Article::of(record))),
        }
    }
}

impl Output {
    /// The message of a record. `message_id` and `time` are an event's.
    ///
    /// # Errors
    /// As [`OutputFormat::write`].
    pub fn write(&self, record: &EnrichedRecord, message_id: &str, time: Timestamp) -> io::Result<Written> {
        let mut body = Vec::with_capacity(record.text.len().saturating_mul(2));
        let content_type = match self.envelope {
            OutputEnvelope::None => {
                self.format.write(record, &mut body, false)?;
                self.format.content_type()
            }
            OutputEnvelope::CloudEvents => {
                cloud_event::write(self, record, message_id, time, &mut body)?;
                cloud_event::CONTENT_TYPE
            }
        };
        let (body, content_encoding) = match self.compression {
            OutputCompression::None => (body, None),
            OutputCompression::Gzip => {
                let room = Vec::with_capacity(body.len() / 2);
                let mut packer = flate2::write::GzEncoder::new(room, flate2::Compression::new(6));
                packer.write_all(&body)?;
                (packer.finish()?, Some("gzip"))
            }
            OutputCompression::Zstd => (zstd::bulk::compress(&body, 3)?, Some("zstd")),
        };
        Ok(Written {
            body,
            content_type,
            content_encoding,
        })
    }
}
