//! What is no article ends in the dead-letter queue with its cause, exactly as it came, and the worker lives.

use std::sync::Arc;

use lapin::BasicProperties;
use lapin::message::Delivery;
use lapin::types::{AMQPValue, FieldTable};
use newsmill::enrich::{Enricher, Limits, Stages};
use newsmill::message::RawArticle;
use newsmill::vocabulary::Vocabulary;

use super::client::{Client, Names, header};
use super::ledger::article;
use super::node;
use super::worker::WorkerProcess;

struct Hostile {
    name: &'static str,
    body: Vec<u8>,
    content_type: &'static str,
    kind: &'static str,
    stage: &'static str,
}

fn hostile() -> Vec<Hostile> {
    let json = "application/json";
    let one = |name, body: Vec<u8>, content_type, kind| Hostile {
        name,
        body,
        content_type,
        kind,
        stage: "decode",
    };
    vec![
        one(
            "malformed JSON",
            b"{\"id\": \"a\", \"text\": \"cut sho".to_vec(),
            json,
            "json",
        ),
        one("an empty body", Vec::new(), json, "empty"),
        one("a binary blob", blob(), "text/html", "binary"),
        one(
            // Over our bound of 10 MiB, under RabbitMQ 4's own of 16 MiB.
            "14 MB of HTML",
            b"<p>more</p>".repeat((14 << 20) / 11),
            "text/html",
            "too_large",
        ),
        one(
            "a lone surrogate",
            br#"{"id": "a", "text": "\ud800 alone"}"#.to_vec(),
            json,
            "surrogate",
        ),
        one(
            "a picture's content type",
            article(1),
            "image/png",
            "content_type",
        ),
        one("a list", b"[1, 2]".to_vec(), json, "json"),
        one("no text at all", b"{\"id\": \"a\"}".to_vec(), json, "no_text"),
    ]
}

/// A picture's beginning and then noise.
fn blob() -> Vec<u8> {
    let mut state = 7u32;
    let noise = (0..50_000).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    b"\x89PNG\r\n\x1a\n".iter().copied().chain(noise).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_article_is_dead_lettered_as_it_came_and_the_worker_lives() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("hostile");
    let worker = WorkerProcess::start(url, &names, &[]);
    let client = Client::connect(url).await;
    client.await_queue(&names.output).await;

    let cases = hostile();
    for case in &cases {
        send(&client, &names, case).await;
    }
    client.put(&names.input, &article(1), json()).await;

    let dead = client.take(&names.dead, cases.len()).await;
    for case in &cases {
        let letter = dead
            .iter()
            .find(|letter| {
                letter
                    .properties
                    .message_id()
                    .as_ref()
                    .is_some_and(|id| id.as_str() == case.name)
            })
            .unwrap_or_else(|| panic!("{} is dead-lettered", case.name));
        check(letter, case, &names);
    }
    client.take_one(&names.output).await;
    let dead_lettered = worker
        .metric("newsmill_deliveries_total{outcome=\"dead_lettered\"}")
        .await;
    assert!(dead_lettered >= (cases.len() - 1) as f64, "{dead_lettered}");
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}

/// A page of nothing but 100,000 open tags: what becomes of it is what the pipeline says of it, and whatever
/// that is, the worker lives.
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_nested_tags_do_no_harm() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("nested");
    let worker = WorkerProcess::start(url, &names, &[]);
    let client = Client::connect(url).await;
    client.await_queue(&names.output).await;
    let case = Hostile {
        name: "100,000 nested tags",
        body: b"<div>".repeat(100_000),
        content_type: "text/html",
        kind: "too_deep",
        stage: "clean",
    };
    let page = RawArticle {
        html: Some(String::from_utf8(case.body.clone()).unwrap()),
        ..RawArticle::default()
    };
    let enricher = Enricher::new(Arc::new(Vocabulary::default()), Limits::default(), Stages::ALL);
    let refused = enricher.enrich(page).is_err();
    send(&client, &names, &case).await;
    if refused {
        check(&client.take_one(&names.dead).await, &case, &names);
    } else {
        client.take_one(&names.output).await;
    }
    client.put(&names.input, &article(1), json()).await;
    client.take_one(&names.output).await;
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}

fn json() -> BasicProperties {
    BasicProperties::default().with_content_type("application/json".into())
}

async fn send(client: &Client, names: &Names, case: &Hostile) {
    let mut headers = FieldTable::default();
    headers.insert("x-source".into(), AMQPValue::LongString("crawler-7".into()));
    headers.insert("depth".into(), AMQPValue::LongLongInt(3));
    let properties = BasicProperties::default()
        .with_content_type(case.content_type.into())
        .with_message_id(case.name.into())
        .with_correlation_id("batch-1".into())
        .with_app_id("crawler".into())
        .with_timestamp(1_700_000_000)
        .with_headers(headers);
    client.put(&names.input, &case.body, properties).await;
}

fn check(letter: &Delivery, case: &Hostile, names: &Names) {
    let name = case.name;
    assert!(letter.data == case.body, "{name}: the body is untouched");
    let properties = &letter.properties;
    assert_eq!(
        properties.content_type().as_ref().unwrap().as_str(),
        case.content_type,
        "{name}"
    );
    assert_eq!(
        properties.correlation_id().as_ref().unwrap().as_str(),
        "batch-1",
        "{name}"
    );
    assert_eq!(
        properties.app_id().as_ref().unwrap().as_str(),
        "crawler",
        "{name}"
    );
    assert_eq!(*properties.timestamp(), Some(1_700_000_000), "{name}");
    assert_eq!(*properties.delivery_mode(), Some(2), "{name}");
    assert_eq!(header(letter, "x-source").as_deref(), Some("crawler-7"), "{name}");
    assert_eq!(header(letter, "depth").as_deref(), Some("3"), "{name}");
    assert_eq!(
        header(letter, "x-newsmill-error-kind").as_deref(),
        Some(case.kind),
        "{name}"
    );
    assert_eq!(
        header(letter, "x-newsmill-stage").as_deref(),
        Some(case.stage),
        "{name}"
    );
    assert_eq!(
        header(letter, "x-newsmill-attempts").as_deref(),
        Some("1"),
        "{name}"
    );
    assert_eq!(
        header(letter, "x-newsmill-worker").as_deref(),
        Some("worker-under-test"),
        "{name}"
    );
    assert_eq!(
        header(letter, "x-newsmill-exchange").as_deref(),
        Some(""),
        "{name}"
    );
    assert_eq!(
        header(letter, "x-newsmill-routing-key").as_deref(),
        Some(names.input.as_str()),
        "{name}"
    );
    let error = header(letter, "x-newsmill-error").unwrap();
    assert!(!error.is_empty() && !error.contains('\n'), "{name}: {error}");
    for time in ["x-newsmill-first-failed-at", "x-newsmill-failed-at"] {
        let time = header(letter, time).unwrap();
        assert!(time.parse::<jiff::Timestamp>().is_ok(), "{name}: {time}");
    }
}
