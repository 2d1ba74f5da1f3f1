//! Properties and headers of copies: the original's, and why the copy was made.
//!
//! Invariant: a copy is the message as the sender sent it, plus `x-newsmill-…`. What the broker wrote on it on
//! the way (delivery counts, its passage through our delay queues) comes off again.
//!
//! Four things of the original would do harm on a copy and are kept under another name for the one who replays:
//! `expiration` would make a dead letter vanish, `user_id` makes the broker refuse whoever is not that user, and
//! `CC`/`BCC` would route the copy to the sender's other queues once more.

use std::collections::BTreeMap;

use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldArray, FieldTable, ShortString};

use super::topology::Topology;
use crate::telemetry::TraceHeaders;
use crate::worker::FailureNote;

pub(super) const ATTEMPTS: &str = "x-newsmill-attempts";
pub(super) const FIRST_FAILED_AT: &str = "x-newsmill-first-failed-at";
pub(super) const ERROR: &str = "x-newsmill-error";
pub(super) const KIND: &str = "x-newsmill-error-kind";
pub(super) const STAGE: &str = "x-newsmill-stage";
pub(super) const FAILED_AT: &str = "x-newsmill-failed-at";
pub(super) const WORKER: &str = "x-newsmill-worker";
pub(super) const TRACEPARENT: &str = "x-newsmill-traceparent";
pub(super) const EXCHANGE: &str = "x-newsmill-exchange";
pub(super) const ROUTING_KEY: &str = "x-newsmill-routing-key";
pub(super) const EXPIRATION: &str = "x-newsmill-expiration";
pub(super) const USER_ID: &str = "x-newsmill-user-id";
pub(super) const CC: &str = "x-newsmill-cc";
pub(super) const BCC: &str = "x-newsmill-bcc";

/// Room that the frame needs beside the table of headers: its own ends and the other properties, each of up to
/// 256 bytes.
const FRAME_RESERVE: usize = 4096;

pub(super) type Headers = BTreeMap<ShortString, AMQPValue>;

/// Where a message was published to, as it was delivered to us.
pub(super) struct Origin<'a> {
    pub(super) exchange: &'a ShortString,
    pub(super) routing_key: &'a ShortString,
}

/// The properties of a copy. `frame_max` bounds what its headers may take.
pub(super) fn of_copy(
    original: &BasicProperties,
    origin: &Origin<'_>,
    note: &FailureNote,
    topology: &Topology,
    frame_max: usize,
) -> BasicProperties {
    let mut headers = as_sent(original.headers().as_ref(), topology);
    let room = frame_max.saturating_sub(FRAME_RESERVE);
    let mut taken = table_bytes(&headers);
    let mut add = |name: &'static str, value: AMQPValue| {
        let bytes = 1 + name.len() + value_bytes(&value);
        if let Some(old) = headers.get(name) {
            taken -= (1 + name.len() + value_bytes(old)).min(taken);
        }
        // The sender's headers may leave no room. The message counts for more than what we have to say of it.
        if taken + bytes <= room {
            taken += bytes;
            headers.insert(ShortString::from(name), value);
        }
    };
    // What the retry budget hangs on comes first.
    add(ATTEMPTS, AMQPValue::LongUInt(note.attempts));
    add(KIND, text(note.kind));
    add(STAGE, text(note.stage));
    add(FIRST_FAILED_AT, text(&note.first_failed_at));
    add(FAILED_AT, text(&note.failed_at));
    // A copy that comes back from a delay queue bears where it came from first.
    let had = |name: &str| {
        original
            .headers()
            .as_ref()
            .is_some_and(|headers| headers.contains_key(name))
    };
    if !had(EXCHANGE) {
        add(EXCHANGE, text(origin.exchange.as_str()));
        add(ROUTING_KEY, text(origin.routing_key.as_str()));
    }
    add(WORKER, text(&note.worker));
    if let Some(traceparent) = &note.traceparent {
        add(TRACEPARENT, text(traceparent));
    }
    if let Some(expiration) = original.expiration() {
        add(EXPIRATION, text(expiration.as_str()));
    }
    if let Some(user_id) = original.user_id() {
        add(USER_ID, text(user_id.as_str()));
    }
    add(ERROR, text(&note.error));
    rebuilt(original, headers)
}

/// The sender's headers, without what the broker wrote on the message since.
fn as_sent(headers: Option<&FieldTable>, topology: &Topology) -> Headers {
    let mut sent = Headers::new();
    for (name, value) in headers.into_iter().flatten() {
        match (name.as_str(), value) {
            ("x-delivery-count" | "x-acquired-count", _) => {}
            ("x-death", AMQPValue::FieldArray(deaths)) => {
                let others: Vec<AMQPValue> = deaths
                    .as_slice()
                    .iter()
                    .filter(|death| !died_in_delay_queue(death, topology))
                    .cloned()
                    .collect();
                if !others.is_empty() {
                    sent.insert(name.clone(), AMQPValue::FieldArray(FieldArray::from(others)));
                }
            }
            ("CC", value) => {
                sent.insert(ShortString::from(CC), value.clone());
            }
            ("BCC", value) => {
                sent.insert(ShortString::from(BCC), value.clone());
            }
            _ => {
                sent.insert(name.clone(), value.clone());
            }
        }
    }
    for which in ["first", "last"] {
        let queue = format!("x-{which}-death-queue");
        let ours = sent
            .get(queue.as_str())
            .and_then(bytes)
            .is_some_and(|queue| topology.is_delay_queue(queue));
        if ours {
            for what in ["queue", "exchange", "reason"] {
                sent.remove(format!("x-{which}-death-{what}").as_str());
            }
        }
    }
    sent
}

fn died_in_delay_queue(death: &AMQPValue, topology: &Topology) -> bool {
    let AMQPValue::FieldTable(death) = death else {
        return false;
    };
    death
        .inner()
        .get("queue")
        .and_then(bytes)
        .is_some_and(|queue| topology.is_delay_queue(queue))
}

/// The original's properties with other headers; durable, without what would do harm.
pub(super) fn rebuilt(original: &BasicProperties, headers: Headers) -> BasicProperties {
    let mut copy = BasicProperties::default()
        .with_delivery_mode(2)
        .with_headers(FieldTable::from(headers));
    if let Some(value) = original.content_type() {
        copy = copy.with_content_type(value.clone());
    }
    if let Some(value) = original.content_encoding() {
        copy = copy.with_content_encoding(value.clone());
    }
    if let Some(value) = original.priority() {
        copy = copy.with_priority(*value);
    }
    if let Some(value) = original.correlation_id() {
        copy = copy.with_correlation_id(value.clone());
    }
    if let Some(value) = original.reply_to() {
        copy = copy.with_reply_to(value.clone());
    }
    if let Some(value) = original.message_id() {
        copy = copy.with_message_id(value.clone());
    }
    if let Some(value) = original.timestamp() {
        copy = copy.with_timestamp(*value);
    }
    if let Some(value) = original.kind() {
        copy = copy.with_type(value.clone());
    }
    if let Some(value) = original.app_id() {
        copy = copy.with_app_id(value.clone());
    }
    if let Some(value) = original.cluster_id() {
        copy = copy.with_cluster_id(value.clone());
    }
    copy
}

/// A header as text, if it is text.
pub(super) fn text_of(headers: Option<&FieldTable>, name: &str) -> Option<String> {
    let value = headers?.inner().get(name)?;
    String::from_utf8(bytes(value)?.to_vec()).ok()
}

/// The sender's place in a trace.
pub(super) fn trace_of(headers: Option<&FieldTable>) -> TraceHeaders {
    TraceHeaders {
        traceparent: text_of(headers, "traceparent"),
        tracestate: text_of(headers, "tracestate"),
    }
}

/// A header as a count, whatever integer type it was sent as.
pub(super) fn count_of(headers: Option<&FieldTable>, name: &str) -> Option<u32> {
    let count = match headers?.inner().get(name)? {
        AMQPValue::ShortShortInt(value) => i64::from(*value),
        AMQPValue::ShortShortUInt(value) => i64::from(*value),
        AMQPValue::ShortInt(value) => i64::from(*value),
        AMQPValue::ShortUInt(value) => i64::from(*value),
        AMQPValue::LongInt(value) => i64::from(*value),
        AMQPValue::LongUInt(value) => i64::from(*value),
        AMQPValue::LongLongInt(value) => *value,
        _ => return None,
    };
    u32::try_from(count).ok()
}

pub(super) fn bytes(value: &AMQPValue) -> Option<&[u8]> {
    match value {
        AMQPValue::LongString(text) => Some(text.as_bytes()),
        AMQPValue::ShortString(text) => Some(text.as_str().as_bytes()),
        _ => None,
    }
}

pub(super) fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.as_bytes().into())
}

/// Bytes that a table takes on the wire.
fn table_bytes(table: &Headers) -> usize {
    4 + table
        .iter()
        .map(|(name, value)| 1 + name.as_str().len() + value_bytes(value))
        .sum::<usize>()
}

/// Bytes that a value takes on the wire, its type's mark included.
fn value_bytes(value: &AMQPValue) -> usize {
    1 + match value {
        AMQPValue::Void => 0,
        AMQPValue::Boolean(_) | AMQPValue::ShortShortInt(_) | AMQPValue::ShortShortUInt(_) => 1,
        AMQPValue::ShortInt(_) | AMQPValue::ShortUInt(_) => 2,
        AMQPValue::LongInt(_) | AMQPValue::LongUInt(_) | AMQPValue::Float(_) => 4,
        AMQPValue::DecimalValue(_) => 5,
        AMQPValue::LongLongInt(_) | AMQPValue::Double(_) | AMQPValue::Timestamp(_) => 8,
        AMQPValue::ShortString(text) => 4 + text.as_str().len(),
        AMQPValue::LongString(text) => 4 + text.len(),
        AMQPValue::ByteArray(bytes) => 4 + bytes.len(),
        AMQPValue::FieldArray(values) => 4 + values.as_slice().iter().map(value_bytes).sum::<usize>(),
        AMQPValue::FieldTable(table) => table_bytes(table.inner()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::topology::tests::topology;

    fn note() -> FailureNote {
        FailureNote {
            error: "no".to_owned(),
            kind: "json",
            stage: "decode",
            attempts: 2,
            first_failed_at: "2026-01-01T00:00:00Z".to_owned(),
            failed_at: "2026-01-01T00:00:05Z".to_owned(),
            worker: "w".to_owned(),
            traceparent: None,
        }
    }

    fn copy(original: &BasicProperties, frame_max: usize) -> BasicProperties {
        let origin = Origin {
            exchange: &"news".into(),
            routing_key: &"raw".into(),
        };
        of_copy(original, &origin, &note(), &topology(), frame_max)
    }

    fn headers(pairs: &[(&str, AMQPValue)]) -> BasicProperties {
        let mut table = FieldTable::default();
        for (name, value) in pairs {
            table.insert((*name).into(), value.clone());
        }
        BasicProperties::default().with_headers(table)
    }

    fn death(queue: &str) -> AMQPValue {
        let mut death = FieldTable::default();
        death.insert("queue".into(), text(queue));
        AMQPValue::FieldTable(death)
    }

    #[test]
    fn what_the_broker_wrote_comes_off_and_what_the_sender_wrote_stays() {
        let original = headers(&[
            ("x-delivery-count", AMQPValue::LongLongInt(3)),
            (
                "x-death",
                AMQPValue::FieldArray(FieldArray::from(vec![death("retry.5s"), death("theirs")])),
            ),
            ("x-first-death-queue", text("retry.5s")),
            ("x-first-death-reason", text("expired")),
            ("theirs", AMQPValue::Boolean(true)),
        ]);
        let copy = copy(&original, 131_072);
        let copied = copy.headers().as_ref().unwrap().inner();
        assert!(!copied.contains_key("x-delivery-count"));
        assert!(!copied.contains_key("x-first-death-reason"));
        assert_eq!(copied.get("theirs"), Some(&AMQPValue::Boolean(true)));
        let AMQPValue::FieldArray(deaths) = copied.get("x-death").unwrap() else {
            panic!("an array")
        };
        assert_eq!(deaths.as_slice(), [death("theirs")]);
    }

    #[test]
    fn what_would_do_harm_on_a_copy_is_kept_under_another_name() {
        let original = headers(&[("CC", AMQPValue::FieldArray(FieldArray::from(vec![text("other")])))])
            .with_expiration("1000".into())
            .with_user_id("crawler".into())
            .with_message_id("m-1".into());
        let copy = copy(&original, 131_072);
        assert_eq!(copy.expiration(), &None);
        assert_eq!(copy.user_id(), &None);
        assert_eq!(copy.message_id(), original.message_id());
        let copied = copy.headers().as_ref().unwrap();
        assert!(!copied.contains_key("CC"));
        assert!(copied.contains_key("x-newsmill-cc"));
        assert_eq!(text_of(Some(copied), EXPIRATION).as_deref(), Some("1000"));
        assert_eq!(text_of(Some(copied), USER_ID).as_deref(), Some("crawler"));
    }

    #[test]
    fn headers_never_outgrow_a_frame_and_the_count_of_attempts_is_the_last_to_go() {
        let original = headers(&[("big", AMQPValue::LongString(vec![b'x'; 126_850].into()))]);
        let copy = copy(&original, 131_072);
        let copied = copy.headers().as_ref().unwrap();
        assert!(table_bytes(copied.inner()) <= 131_072 - FRAME_RESERVE);
        assert_eq!(count_of(Some(copied), ATTEMPTS), Some(2));
        assert!(!copied.contains_key(ERROR));
        assert!(copied.contains_key("big"));
    }

    #[test]
    fn where_a_message_first_came_from_survives_the_delay_queues() {
        let original = headers(&[(EXCHANGE, text("first")), (ROUTING_KEY, text("key"))]);
        let copy = copy(&original, 131_072);
        assert_eq!(
            text_of(copy.headers().as_ref(), EXCHANGE).as_deref(),
            Some("first")
        );
        assert_eq!(
            text_of(copy.headers().as_ref(), ROUTING_KEY).as_deref(),
            Some("key")
        );
    }
}
