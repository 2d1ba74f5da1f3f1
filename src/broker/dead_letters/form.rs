//! A letter as one line of JSON, and back: for export, import, and for whoever wants to see all of it.
//!
//! Invariant: properties, headers and body come back as they were. `letter` is for the reader and is not read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lapin::BasicProperties;
use lapin::types::ShortString;
use serde_json::{Map, Value, json};

use super::letter::{CauseBy, Letter};
use super::original::headers_of;
use super::values::{table_from_json, table_to_json};
use crate::broker::topology::Topology;
use crate::config::TopologyConfig;

/// The name of this form, in every line.
pub const FORM: &str = "newsmill/dead-letter/1";

/// Why a line is no letter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormProblem {
    /// Not JSON.
    #[error("not JSON: {0}")]
    Json(String),
    /// Another form, or none.
    #[error("`form` is not \"{FORM}\": only lines of `newsmill dead-letters export` can be read")]
    Form,
    /// A member that cannot be what it is.
    #[error("{member}: {problem}")]
    Member {
        /// Which.
        member: &'static str,
        /// Why not.
        problem: String,
    },
    /// The queues' names in the settings.
    #[error(transparent)]
    Broker(#[from] crate::broker::BrokerError),
}

impl Letter {
    /// All of it, and what was read out of it.
    pub fn to_json(&self) -> Value {
        let mut object = Map::new();
        object.insert("form".to_owned(), json!(FORM));
        object.insert("letter".to_owned(), self.told());
        object.insert(
            "properties".to_owned(),
            Value::Object(properties_to_json(&self.properties)),
        );
        object.insert(
            "headers".to_owned(),
            Value::Object(table_to_json(&headers_of(&self.properties))),
        );
        match std::str::from_utf8(&self.body) {
            Ok(text) => object.insert("body".to_owned(), json!(text)),
            Err(_) => object.insert("body_base64".to_owned(), json!(STANDARD.encode(&self.body))),
        };
        Value::Object(object)
    }

    /// What was read out of it.
    fn told(&self) -> Value {
        let time = |at: Option<jiff::Timestamp>| at.map(|at| at.to_string());
        json!({
            "cause": self.cause.kind,
            "stage": self.cause.stage,
            "by": match self.cause.by {
                CauseBy::Worker => "worker",
                CauseBy::Broker => "broker",
                CauseBy::Stranger => "stranger",
            },
            "error": self.cause.error,
            "source": self.source,
            "message_id": self.message_id,
            "article_id": self.article_id,
            "url": self.url,
            "attempts": self.attempts,
            "first_failed_at": time(self.first_failed_at),
            "failed_at": time(self.failed_at),
            "worker": self.worker,
            "origin": self.origin.as_ref().map(|origin| json!({
                "exchange": origin.exchange,
                "routing_key": origin.routing_key,
            })),
            "looks": self.looks,
            "body_bytes": self.body.len(),
        })
    }

    /// Properties as names and values, for a person.
    pub fn properties(&self) -> Map<String, Value> {
        properties_to_json(&self.properties)
    }

    /// Headers as names and values, for a person.
    pub fn headers(&self) -> Map<String, Value> {
        table_to_json(&headers_of(&self.properties))
    }

    /// Reads a line that [`Letter::to_json`] wrote.
    ///
    /// # Errors
    /// What is wrong with the line.
    pub fn from_json(line: &[u8], topology: &TopologyConfig) -> Result<Self, FormProblem> {
        let value: Value =
            serde_json::from_slice(line).map_err(|error| FormProblem::Json(error.to_string()))?;
        if value.get("form").and_then(Value::as_str) != Some(FORM) {
            return Err(FormProblem::Form);
        }
        let problem = |member, problem: &str| FormProblem::Member {
            member,
            problem: problem.to_owned(),
        };
        let object = |member| {
            value
                .get(member)
                .and_then(Value::as_object)
                .ok_or_else(|| problem(member, "is no object"))
        };
        let body = match (value.get("body"), value.get("body_base64")) {
            (Some(Value::String(text)), None) => text.as_bytes().to_vec(),
            (None, Some(Value::String(text))) => STANDARD
                .decode(text)
                .map_err(|_| problem("body_base64", "is no base64"))?,
            _ => return Err(problem("body", "one text in `body` or `body_base64` is needed")),
        };
        let headers = table_from_json(object("headers")?).map_err(|text| problem("headers", &text))?;
        let properties = properties_from_json(object("properties")?)
            .map_err(|text| problem("properties", &text))?
            .with_headers(headers);
        Ok(Self::read(properties, body, &Topology::new(topology, &[])?))
    }
}

fn properties_to_json(properties: &BasicProperties) -> Map<String, Value> {
    let mut object = Map::new();
    for (name, value) in texts(properties) {
        if let Some(value) = value {
            object.insert(name.to_owned(), json!(value.as_str()));
        }
    }
    let numbers = [
        ("delivery_mode", properties.delivery_mode().map(u64::from)),
        ("priority", properties.priority().map(u64::from)),
        ("timestamp", *properties.timestamp()),
    ];
    for (name, value) in numbers {
        if let Some(value) = value {
            object.insert(name.to_owned(), json!(value));
        }
    }
    object
}

fn texts(properties: &BasicProperties) -> [(&'static str, &Option<ShortString>); 10] {
    [
        ("content_type", properties.content_type()),
        ("content_encoding", properties.content_encoding()),
        ("correlation_id", properties.correlation_id()),
        ("reply_to", properties.reply_to()),
        ("expiration", properties.expiration()),
        ("message_id", properties.message_id()),
        ("type", properties.kind()),
        ("user_id", properties.user_id()),
        ("app_id", properties.app_id()),
        ("cluster_id", properties.cluster_id()),
    ]
}

fn properties_from_json(object: &Map<String, Value>) -> Result<BasicProperties, String> {
    let mut properties = BasicProperties::default();
    for (name, value) in object {
        let wrong = || format!("`{name}` cannot be {value}");
        let text = || {
            let text = value.as_str().ok_or_else(wrong)?;
            ShortString::try_new(text).map_err(|_| format!("`{name}` is over 255 bytes"))
        };
        let byte = || {
            let number = value.as_u64().ok_or_else(wrong)?;
            u8::try_from(number).map_err(|_| wrong())
        };
        properties = match name.as_str() {
            "content_type" => properties.with_content_type(text()?),
            "content_encoding" => properties.with_content_encoding(text()?),
            "correlation_id" => properties.with_correlation_id(text()?),
            "reply_to" => properties.with_reply_to(text()?),
            "expiration" => properties.with_expiration(text()?),
            "message_id" => properties.with_message_id(text()?),
            "type" => properties.with_type(text()?),
            "user_id" => properties.with_user_id(text()?),
            "app_id" => properties.with_app_id(text()?),
            "cluster_id" => properties.with_cluster_id(text()?),
            "delivery_mode" => properties.with_delivery_mode(byte()?),
            "priority" => properties.with_priority(byte()?),
            "timestamp" => properties.with_timestamp(value.as_u64().ok_or_else(wrong)?),
            _ => return Err(format!("`{name}` is no property of a message")),
        };
    }
    Ok(properties)
}

#[cfg(test)]
mod tests {
    use lapin::types::{AMQPValue, FieldTable};

    use super::*;
    use crate::broker::topology::tests::topology;
    use crate::config::TopologyMode;

    fn settings() -> TopologyConfig {
        TopologyConfig {
            mode: TopologyMode::Declare,
            input_queue: "raw".to_owned(),
            output_exchange: "out".to_owned(),
            output_routing_key: "article".to_owned(),
            output_queue: None,
            dead_letter_queue: "dead".to_owned(),
            retry_queue_prefix: "retry".to_owned(),
            delivery_limit: 20,
            single_active_consumer: false,
        }
    }

    #[test]
    fn a_letter_comes_back_as_it_was_whatever_its_body() {
        let mut headers = FieldTable::default();
        headers.insert("x-newsmill-attempts".into(), AMQPValue::LongUInt(2));
        headers.insert("theirs".into(), AMQPValue::Boolean(true));
        let properties = BasicProperties::default()
            .with_content_type("text/html".into())
            .with_content_encoding("gzip".into())
            .with_correlation_id("c".into())
            .with_reply_to("r".into())
            .with_expiration("60000".into())
            .with_message_id("m".into())
            .with_type("t".into())
            .with_user_id("u".into())
            .with_app_id("a".into())
            .with_cluster_id("k".into())
            .with_delivery_mode(2)
            .with_priority(9)
            .with_timestamp(1_767_225_600)
            .with_headers(headers);
        for body in [&b"{\"a\": \"\\u0000\"}\r\n\t"[..], b"\xff\x00\xfe", b""] {
            let letter = Letter::read(properties.clone(), body.to_vec(), &topology());
            let line = letter.to_json().to_string();
            assert!(!line.contains('\n'), "{line}");
            let back = Letter::from_json(line.as_bytes(), &settings()).unwrap();
            assert_eq!(back, letter);
        }
    }

    #[test]
    fn a_line_that_is_no_letter_says_why() {
        let problem = |line: &str| {
            Letter::from_json(line.as_bytes(), &settings())
                .unwrap_err()
                .to_string()
        };
        assert!(problem("{").starts_with("not JSON"));
        assert!(problem("{\"id\":1}").contains("newsmill dead-letters export"));
        let with = |rest: &str| problem(&format!("{{\"form\":\"{FORM}\",{rest}}}"));
        assert!(with("\"headers\":{},\"properties\":{}").starts_with("body: one text"));
        assert_eq!(
            with("\"body\":\"\",\"headers\":{},\"properties\":{\"priority\":256}"),
            "properties: `priority` cannot be 256"
        );
        assert_eq!(
            with("\"body\":\"\",\"headers\":{\"a\":1.5},\"properties\":{}"),
            "headers: `a`: 1.5 names no type, such as {\"i64\": 1.5}"
        );
    }
}
