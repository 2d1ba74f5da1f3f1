//! A CloudEvent 1.0 in structured mode: JSON with the record as `data`.
//!
//! `source` and `id` together are the same for the same article, which is by the standard how a consumer knows a
//! twin.

use jiff::Timestamp;
use serde::Serialize;

use super::{Form, Output};
use crate::message::record::EnrichedRecord;

pub(super) const CONTENT_TYPE: &str = "application/cloudevents+json";
const TYPE: &str = "newsmill.article.enriched";

#[derive(Serialize)]
struct Event<'a> {
    specversion: &'static str,
    id: &'a str,
    source: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    subject: &'a str,
    /// RFC 3339.
    time: Timestamp,
    datacontenttype: &'static str,
    dataschema: &'static str,
    data: Form<'a>,
}

pub(super) fn write(
    output: &Output,
    record: &EnrichedRecord,
    message_id: &str,
    time: Timestamp,
    to: &mut Vec<u8>,
) -> serde_json::Result<()> {
    let event = Event {
        specversion: "1.0",
        id: message_id,
        source: &output.event_source,
        kind: TYPE,
        subject: &record.id,
        time,
        datacontenttype: output.format.content_type(),
        dataschema: output.format.schema_uri(),
        data: output.format.form(record),
    };
    serde_json::to_writer(to, &event)
}
