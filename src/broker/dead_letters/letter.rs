//! One dead letter, read: why it is there, whose it is, where it came from.
//!
//! Three hands put letters into the queue, and each tells its cause in another way: a worker in the
//! `x-newsmill-…` headers, the broker in `x-death` (an article that was delivered too often), strangers not at all.

use jiff::Timestamp;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};

use xxhash_rust::xxh3::Xxh3;

use super::body::Told;
use super::original::again;
use crate::broker::headers::{self, bytes, count_of, text_of};
use crate::broker::topology::Topology;

/// Who put a letter into the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CauseBy {
    /// A worker, with its reasons.
    Worker,
    /// The broker by itself.
    Broker,
    /// Somebody else: nothing tells why.
    Stranger,
}

/// Why a letter is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// Who put it there.
    pub by: CauseBy,
    /// A worker's kind of error, the broker's reason (such as `delivery_limit`), or `none`.
    pub kind: String,
    /// The worker's stage, `broker`, or `none`.
    pub stage: String,
    /// In a line, where there is more to say.
    pub error: Option<String>,
}

/// Where a message was published to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Empty: the default exchange.
    pub exchange: String,
    /// With the default exchange, the queue.
    pub routing_key: String,
}

/// One dead letter.
#[derive(Debug, Clone, PartialEq)]
pub struct Letter {
    /// Why it is there.
    pub cause: Cause,
    /// Who sent it, as well as can be told: the article's `source`, else the host of its `url`, else the message's
    /// `app_id`, else where it was published to.
    pub source: String,
    /// The message's id.
    pub message_id: Option<String>,
    /// The article's own id.
    pub article_id: Option<String>,
    /// The article's address.
    pub url: Option<String>,
    /// Tries of a worker.
    pub attempts: Option<u32>,
    /// First failure.
    pub first_failed_at: Option<Timestamp>,
    /// Last failure, after which it came here. Of a stranger's letter, when the message was made.
    pub failed_at: Option<Timestamp>,
    /// The worker that gave it up.
    pub worker: Option<String>,
    /// Where it was published to before it failed; unknown of a stranger's.
    pub origin: Option<Origin>,
    /// How often it was taken out of this queue and put back. RabbitMQ may drop what was so too often.
    pub looks: u32,
    /// As it came.
    pub body: Vec<u8>,
    pub(super) properties: BasicProperties,
}

/// The newest entry of `x-death`, and the one of the input queue.
struct Death {
    reason: String,
    queue: String,
    count: u64,
    at: Option<Timestamp>,
    exchange: String,
    routing_key: Option<String>,
}

impl Letter {
    /// Reads a message of the dead-letter queue. Nothing in it is taken for granted.
    pub(in crate::broker) fn read(
        mut properties: BasicProperties,
        body: Vec<u8>,
        topology: &Topology,
    ) -> Self {
        let looks = take_looks(&mut properties);
        let table = properties.headers().as_ref();
        let owned =
            |value: &Option<lapin::types::ShortString>| value.as_ref().map(|value| value.as_str().to_owned());
        let time = |name| text_of(table, name).and_then(|text| text.parse::<Timestamp>().ok());
        let told = if properties.content_encoding().is_none() {
            Told::by(&body)
        } else {
            Told::default()
        };
        let deaths = deaths(table);
        let failed_at = time(headers::FAILED_AT);
        let (cause, failed_at) = cause(table, deaths.first(), failed_at, || {
            let seconds = i64::try_from((*properties.timestamp())?).ok()?;
            Timestamp::from_second(seconds).ok()
        });
        let origin = origin(table, &deaths, topology);
        let source = told
            .sender()
            .or_else(|| owned(properties.app_id()).filter(|id| !id.is_empty()))
            .or_else(|| origin.as_ref().map(Origin::to_string))
            .unwrap_or_else(|| "unknown".to_owned());
        Self {
            cause,
            source,
            message_id: owned(properties.message_id()),
            article_id: told.id,
            url: told.url,
            attempts: count_of(table, headers::ATTEMPTS),
            first_failed_at: time(headers::FIRST_FAILED_AT),
            failed_at,
            worker: text_of(table, headers::WORKER),
            origin,
            looks,
            body,
            properties,
        }
    }

    /// A number that tells this letter from others, over looks and renewals. Twins have the same.
    pub fn fingerprint(&self) -> u64 {
        let mut hash = Xxh3::new();
        hash.update(format!("{:?}", again(&self.properties)).as_bytes());
        hash.update(&self.body);
        hash.digest()
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.exchange.is_empty() {
            write!(formatter, "queue {}", self.routing_key)
        } else {
            write!(formatter, "exchange {} key {}", self.exchange, self.routing_key)
        }
    }
}

/// What the broker counted, which is no part of the letter.
fn take_looks(properties: &mut BasicProperties) -> u32 {
    let looks = count_of(properties.headers().as_ref(), "x-delivery-count").unwrap_or(0);
    if let Some(table) = properties.headers() {
        let mut table = table.inner().clone();
        for name in ["x-delivery-count", "x-acquired-count"] {
            table.remove(name);
        }
        *properties = std::mem::take(properties).with_headers(FieldTable::from(table));
    }
    looks
}

/// A copy that waited in a delay queue bears a worker's headers and may yet come here by the broker's hand. The
/// later of the two is the cause. The broker tells seconds only; in the same second the worker had the last word,
/// for it strikes out no `x-death` of others.
fn cause(
    table: Option<&FieldTable>,
    death: Option<&Death>,
    failed_at: Option<Timestamp>,
    made_at: impl FnOnce() -> Option<Timestamp>,
) -> (Cause, Option<Timestamp>) {
    let kind = text_of(table, headers::KIND);
    let is_later = |death: &Death| match (death.at, failed_at) {
        (Some(died), Some(failed)) => died.as_second() > failed.as_second(),
        _ => kind.is_none(),
    };
    if let Some(death) = death.filter(|death| kind.is_none() || is_later(death)) {
        let times = if death.count == 1 { "" } else { " times" };
        let cause = Cause {
            by: CauseBy::Broker,
            kind: death.reason.clone(),
            stage: "broker".to_owned(),
            error: Some(match death.reason.as_str() {
                "delivery_limit" => format!(
                    "{} handed it out to its delivery limit and nobody settled it: workers died or were cut off with it in hand",
                    death.queue
                ),
                reason => format!("left {} for {reason}, {}{times}", death.queue, death.count),
            }),
        };
        return (cause, death.at);
    }
    let Some(kind) = kind else {
        let cause = Cause {
            by: CauseBy::Stranger,
            kind: "none".to_owned(),
            stage: "none".to_owned(),
            error: None,
        };
        return (cause, made_at());
    };
    let cause = Cause {
        by: CauseBy::Worker,
        kind,
        stage: text_of(table, headers::STAGE).unwrap_or_else(|| "none".to_owned()),
        error: text_of(table, headers::ERROR),
    };
    (cause, failed_at)
}

fn origin(table: Option<&FieldTable>, deaths: &[Death], topology: &Topology) -> Option<Origin> {
    let by_worker = || {
        Some(Origin {
            exchange: text_of(table, headers::EXCHANGE)?,
            routing_key: text_of(table, headers::ROUTING_KEY)?,
        })
    };
    let by_broker = || {
        let death = deaths
            .iter()
            .find(|death| death.queue == topology.input.as_str())?;
        Some(Origin {
            exchange: death.exchange.clone(),
            routing_key: death.routing_key.clone()?,
        })
    };
    by_worker().or_else(by_broker)
}

/// The entries of `x-death`, newest first, as far as they are what they should be.
fn deaths(table: Option<&FieldTable>) -> Vec<Death> {
    let Some(AMQPValue::FieldArray(entries)) = table.and_then(|table| table.inner().get("x-death")) else {
        return Vec::new();
    };
    let read = |entry: &AMQPValue| {
        let AMQPValue::FieldTable(entry) = entry else {
            return None;
        };
        let text = |name| text_of(Some(entry), name);
        let keys = match entry.inner().get("routing-keys") {
            Some(AMQPValue::FieldArray(keys)) => keys.as_slice(),
            _ => &[],
        };
        let at = match entry.inner().get("time") {
            Some(AMQPValue::Timestamp(seconds)) => i64::try_from(*seconds)
                .ok()
                .and_then(|seconds| Timestamp::from_second(seconds).ok()),
            _ => None,
        };
        Some(Death {
            reason: text("reason")?,
            queue: text("queue")?,
            count: count_of(Some(entry), "count").map_or(1, u64::from),
            at,
            exchange: text("exchange").unwrap_or_default(),
            routing_key: keys
                .first()
                .and_then(bytes)
                .and_then(|key| String::from_utf8(key.to_vec()).ok()),
        })
    };
    entries.as_slice().iter().filter_map(read).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use lapin::types::FieldArray;

    use super::*;
    use crate::broker::topology::tests::topology;

    pub(in crate::broker::dead_letters) fn letter(
        headers: &[(&str, &str)],
        body: &[u8],
        topology: &Topology,
    ) -> Letter {
        let mut table = FieldTable::default();
        for (name, value) in headers {
            table.insert((*name).into(), headers::text(value));
        }
        with_table(table, body, topology)
    }

    fn with_table(table: FieldTable, body: &[u8], topology: &Topology) -> Letter {
        let properties = BasicProperties::default()
            .with_message_id("message-1".into())
            .with_headers(table);
        Letter::read(properties, body.to_vec(), topology)
    }

    pub(in crate::broker::dead_letters) fn death(queue: &str, reason: &str, at: u64) -> AMQPValue {
        let mut death = FieldTable::default();
        death.insert("queue".into(), headers::text(queue));
        death.insert("reason".into(), headers::text(reason));
        death.insert("count".into(), AMQPValue::LongLongInt(1));
        death.insert("time".into(), AMQPValue::Timestamp(at));
        death.insert("exchange".into(), headers::text("news"));
        death.insert(
            "routing-keys".into(),
            AMQPValue::FieldArray(FieldArray::from(vec![headers::text("raw.de")])),
        );
        AMQPValue::FieldTable(death)
    }

    fn died(deaths: Vec<AMQPValue>) -> FieldTable {
        let mut table = FieldTable::default();
        table.insert("x-death".into(), AMQPValue::FieldArray(FieldArray::from(deaths)));
        table
    }

    #[test]
    fn a_letter_of_the_broker_tells_its_reason_and_where_it_came_from() {
        let letter = with_table(
            died(vec![death("raw", "delivery_limit", 1_767_225_600)]),
            b"{}",
            &topology(),
        );
        assert_eq!(letter.cause.by, CauseBy::Broker);
        assert_eq!(
            (letter.cause.kind.as_str(), letter.cause.stage.as_str()),
            ("delivery_limit", "broker")
        );
        assert_eq!(letter.failed_at, Some("2026-01-01T00:00:00Z".parse().unwrap()));
        let origin = letter.origin.unwrap();
        assert_eq!(
            (origin.exchange.as_str(), origin.routing_key.as_str()),
            ("news", "raw.de")
        );
    }

    #[test]
    fn of_a_worker_and_the_broker_the_later_one_is_the_cause() {
        let mut table = died(vec![
            death("raw", "delivery_limit", 1_767_225_610),
            death("retry.5s", "expired", 1_767_225_605),
        ]);
        table.insert(headers::KIND.into(), headers::text("unroutable"));
        table.insert(headers::FAILED_AT.into(), headers::text("2026-01-01T00:00:00Z"));
        table.insert(headers::EXCHANGE.into(), headers::text("first"));
        table.insert(headers::ROUTING_KEY.into(), headers::text("key"));
        let broker = with_table(table.clone(), b"{}", &topology());
        assert_eq!(broker.cause.kind, "delivery_limit");
        assert_eq!(broker.origin.unwrap().exchange, "first", "before it was put off");

        table.insert(headers::FAILED_AT.into(), headers::text("2026-01-01T00:01:00Z"));
        let worker = with_table(table, b"{}", &topology());
        assert_eq!(
            (worker.cause.by, worker.cause.kind.as_str()),
            (CauseBy::Worker, "unroutable")
        );
    }

    #[test]
    fn a_strangers_letter_tells_nothing_and_is_read_all_the_same() {
        let mut table = FieldTable::default();
        table.insert("x-death".into(), AMQPValue::Boolean(true));
        table.insert("x-newsmill-failed-at".into(), AMQPValue::LongLongInt(3));
        let letter = with_table(table, b"\xff\xfe", &topology());
        assert_eq!(letter.cause.by, CauseBy::Stranger);
        assert_eq!((letter.source.as_str(), letter.origin), ("unknown", None));
        assert_eq!(letter.failed_at, None);
    }
}
