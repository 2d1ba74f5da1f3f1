//! What a letter was before it was one.
//!
//! Back come the body, the properties and the sender's headers, an `expiration` among them. Off come the
//! `x-newsmill-…` headers, so that the count of attempts begins anew, and what the broker wrote on the way through
//! our own queues. Three things stay as they are in the letter: `delivery_mode` is 2, for nothing here may be lost
//! by a restart; `x-newsmill-user-id`, for the broker takes a `user_id` from nobody but that user; and
//! `x-newsmill-cc`, `x-newsmill-bcc`, for the sender's other queues had their copy the first time.

use std::collections::BTreeMap;

use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldArray, FieldTable, ShortString};

use crate::broker::headers::{self, bytes, rebuilt, text_of};
use crate::broker::topology::Topology;

const OURS: &str = "x-newsmill-";
/// What stays of ours, since it cannot go back to where it was.
const STAYS: &[&str] = &[headers::USER_ID, headers::CC, headers::BCC];

/// The properties of the message as its sender sent it.
pub(super) fn original(letter: &BasicProperties, topology: &Topology) -> BasicProperties {
    let expiration = text_of(letter.headers().as_ref(), headers::EXPIRATION)
        .and_then(|text| ShortString::try_new(text).ok())
        .or_else(|| letter.expiration().clone());
    let mut sent = table_of(letter);
    sent.retain(|name, _| !name.as_str().starts_with(OURS) || STAYS.contains(&name.as_str()));
    strike_deaths(&mut sent, topology);
    with_expiration(rebuilt(letter, sent), expiration)
}

/// The properties of the same letter, published again: what the broker counts begins anew, the rest is as it was.
pub(super) fn again(letter: &BasicProperties) -> BasicProperties {
    with_expiration(rebuilt(letter, table_of(letter)), letter.expiration().clone())
}

/// The headers, without what the broker would refuse, or act upon once more.
fn table_of(letter: &BasicProperties) -> BTreeMap<ShortString, AMQPValue> {
    let mut table = BTreeMap::new();
    for (name, value) in letter.headers().iter().flatten() {
        let name = match name.as_str() {
            "x-delivery-count" | "x-acquired-count" => continue,
            "CC" => ShortString::from(headers::CC),
            "BCC" => ShortString::from(headers::BCC),
            _ => name.clone(),
        };
        table.insert(name, value.clone());
    }
    if let Some(user_id) = letter.user_id() {
        table.insert(
            ShortString::from(headers::USER_ID),
            headers::text(user_id.as_str()),
        );
    }
    table
}

/// Takes off what the broker wrote about our own queues.
fn strike_deaths(table: &mut BTreeMap<ShortString, AMQPValue>, topology: &Topology) {
    if let Some(AMQPValue::FieldArray(deaths)) = table.get("x-death") {
        let is_ours = |death: &AMQPValue| match death {
            AMQPValue::FieldTable(death) => death
                .inner()
                .get("queue")
                .and_then(bytes)
                .is_some_and(|queue| topology.is_own_queue(queue)),
            _ => false,
        };
        let others: Vec<AMQPValue> = deaths
            .as_slice()
            .iter()
            .filter(|death| !is_ours(death))
            .cloned()
            .collect();
        if others.is_empty() {
            table.remove("x-death");
        } else {
            table.insert("x-death".into(), AMQPValue::FieldArray(FieldArray::from(others)));
        }
    }
    for which in ["first", "last"] {
        let queue = format!("x-{which}-death-queue");
        let ours = table
            .get(queue.as_str())
            .and_then(bytes)
            .is_some_and(|queue| topology.is_own_queue(queue));
        if ours {
            for what in ["queue", "exchange", "reason"] {
                table.remove(format!("x-{which}-death-{what}").as_str());
            }
        }
    }
}

fn with_expiration(properties: BasicProperties, expiration: Option<ShortString>) -> BasicProperties {
    match expiration {
        Some(expiration) => properties.with_expiration(expiration),
        None => properties,
    }
}

/// A table of headers, for whoever makes properties.
pub(super) fn headers_of(properties: &BasicProperties) -> FieldTable {
    properties.headers().clone().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::letter::tests::death;
    use super::*;
    use crate::broker::topology::tests::topology;

    fn letter(pairs: &[(&str, AMQPValue)]) -> BasicProperties {
        let mut table = FieldTable::default();
        for (name, value) in pairs {
            table.insert((*name).into(), value.clone());
        }
        BasicProperties::default()
            .with_content_type("text/html".into())
            .with_priority(3)
            .with_headers(table)
    }

    #[test]
    fn what_was_said_of_the_failure_comes_off_and_the_senders_words_stay() {
        let letter = letter(&[
            ("x-newsmill-attempts", AMQPValue::LongUInt(3)),
            ("x-newsmill-expiration", headers::text("60000")),
            ("x-newsmill-user-id", headers::text("crawler")),
            ("x-delivery-count", AMQPValue::LongLongInt(4)),
            ("theirs", AMQPValue::Double(1.5)),
            (
                "x-death",
                AMQPValue::FieldArray(FieldArray::from(vec![
                    death("raw", "delivery_limit", 1),
                    death("theirs", "expired", 1),
                ])),
            ),
            ("x-first-death-queue", headers::text("raw")),
            ("x-first-death-reason", headers::text("delivery_limit")),
        ]);
        let back = original(&letter, &topology());
        let table = headers_of(&back);
        let names: Vec<&str> = table.inner().keys().map(ShortString::as_str).collect();
        assert_eq!(names, ["theirs", "x-death", "x-newsmill-user-id"]);
        assert_eq!(back.expiration().as_ref().unwrap().as_str(), "60000");
        assert_eq!(
            (back.content_type(), back.priority()),
            (letter.content_type(), letter.priority())
        );
        let AMQPValue::FieldArray(deaths) = table.inner().get("x-death").unwrap() else {
            panic!("an array")
        };
        assert_eq!(deaths.as_slice(), [death("theirs", "expired", 1)]);
    }

    #[test]
    fn a_letter_published_again_tells_the_same_and_would_not_be_refused() {
        let letter = letter(&[
            ("x-newsmill-error-kind", headers::text("json")),
            ("x-delivery-count", AMQPValue::LongLongInt(11)),
            ("CC", AMQPValue::FieldArray(FieldArray::default())),
        ])
        .with_user_id("crawler".into())
        .with_expiration("5".into());
        let copy = again(&letter);
        let table = headers_of(&copy);
        let names: Vec<&str> = table.inner().keys().map(ShortString::as_str).collect();
        assert_eq!(
            names,
            ["x-newsmill-cc", "x-newsmill-error-kind", "x-newsmill-user-id"]
        );
        assert_eq!((copy.user_id(), copy.expiration()), (&None, letter.expiration()));
    }
}
