//! What may pass is tried again, later, and in the end dead-lettered; nothing is tried again at once.

use std::time::{Duration, Instant};

use lapin::BasicProperties;
use lapin::message::Delivery;
use lapin::options::{BasicConsumeOptions, QueueBindOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Connection, ConnectionProperties};

use futures_util::StreamExt;

use super::client::{Client, Names, PATIENCE, header};
use super::ledger::article;
use super::node;
use super::worker::WorkerProcess;

#[tokio::test(flavor = "multi_thread")]
async fn an_unroutable_record_goes_through_the_delay_queues_and_is_dead_lettered() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("unroutable");
    // The exchange is declared and nothing is bound to it.
    let worker = WorkerProcess::start(url, &names, &[("TOPOLOGY_OUTPUT_QUEUE", "")]);
    let client = Client::connect(url).await;
    worker.await_ready(200, "ready").await;

    let begun = Instant::now();
    let properties = BasicProperties::default()
        .with_content_type("application/json".into())
        .with_message_id("m-1".into());
    let body = article(3);
    client.put(&names.input, &body, properties).await;
    let letter = client.take_one(&names.dead).await;

    // Delays of one and of two seconds.
    assert!(begun.elapsed() >= Duration::from_secs(3), "{:?}", begun.elapsed());
    assert_eq!(letter.data, body);
    assert_eq!(
        header(&letter, "x-newsmill-error-kind").as_deref(),
        Some("unroutable")
    );
    assert_eq!(header(&letter, "x-newsmill-stage").as_deref(), Some("publish"));
    assert_eq!(header(&letter, "x-newsmill-attempts").as_deref(), Some("3"));
    assert_eq!(header(&letter, "x-newsmill-exchange").as_deref(), Some(""));
    assert_eq!(
        header(&letter, "x-newsmill-routing-key").as_deref(),
        Some(names.input.as_str())
    );
    let first: jiff::Timestamp = header(&letter, "x-newsmill-first-failed-at")
        .unwrap()
        .parse()
        .unwrap();
    let last: jiff::Timestamp = header(&letter, "x-newsmill-failed-at").unwrap().parse().unwrap();
    assert!(last.as_second() - first.as_second() >= 2);
    // What the broker wrote on it in the delay queues has come off.
    let headers = letter.properties.headers().as_ref().unwrap();
    for name in [
        "x-death",
        "x-first-death-queue",
        "x-first-death-reason",
        "x-delivery-count",
    ] {
        assert!(!headers.contains_key(name), "{name}");
    }
    assert_eq!(letter.properties.message_id().as_ref().unwrap().as_str(), "m-1");
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_downstream_that_appears_in_time_gets_the_record() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("late");
    let worker = WorkerProcess::start(
        url,
        &names,
        &[("TOPOLOGY_OUTPUT_QUEUE", ""), ("RETRY_DELAYS_SECS", "2,5")],
    );
    let client = Client::connect(url).await;
    worker.await_ready(200, "ready").await;
    client
        .put(
            &names.input,
            &article(4),
            BasicProperties::default().with_content_type("application/json".into()),
        )
        .await;
    worker.await_log("tried again later").await;

    let connection = Connection::connect(url, ConnectionProperties::default())
        .await
        .unwrap();
    let channel = connection.create_channel().await.unwrap();
    client.declare(&names.output, &[]).await;
    channel
        .queue_bind(
            names.output.as_str().into(),
            names.exchange.as_str().into(),
            "article".into(),
            QueueBindOptions::default(),
            FieldTable::default(),
        )
        .await
        .unwrap();
    let record = client.take_one(&names.output).await;
    let body: serde_json::Value = serde_json::from_slice(&record.data).unwrap();
    assert_eq!(body["id"], "article-00004");
    worker.stop().await;
    client.clean(&names, &[2, 5]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_jitter_a_retry_takes_the_neighbouring_delay() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("jitter");
    let settings = [
        ("TOPOLOGY_OUTPUT_QUEUE", ""),
        ("RETRY_DELAYS_SECS", "1,60"),
        ("RETRY_JITTER_PERCENT", "100"),
    ];
    let worker = WorkerProcess::start(url, &names, &settings);
    let client = Client::connect(url).await;
    worker.await_ready(200, "ready").await;
    let properties = BasicProperties::default().with_content_type("application/json".into());
    client.put(&names.input, &article(7), properties).await;
    let retry = client.take_one(&format!("{}.60s", names.retry)).await;
    assert_eq!(retry.data, article(7));
    assert_eq!(header(&retry, "x-newsmill-attempts").as_deref(), Some("1"));
    let begun = Instant::now();
    // It is counted once the broker has confirmed the copy, which may be here by then.
    while worker.metric("newsmill_retries_total{step=\"2\"}").await < 1.0 {
        assert!(begun.elapsed() < PATIENCE, "the retry is counted");
    }
    worker.stop().await;
    client.clean(&names, &[1, 60]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_kills_its_workers_is_dead_lettered_by_the_broker() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("killer");
    let settings = [("TOPOLOGY_DELIVERY_LIMIT", "3")];
    let worker = WorkerProcess::start(url, &names, &settings);
    let client = Client::connect(url).await;
    worker.await_ready(200, "ready").await;
    worker.stop().await;
    client
        .put(
            &names.input,
            b"killer",
            BasicProperties::default().with_message_id("m-1".into()),
        )
        .await;

    // Workers that die with the message in their hands.
    for _ in 0..4 {
        let connection = Connection::connect(url, ConnectionProperties::default())
            .await
            .unwrap();
        let channel = connection.create_channel().await.unwrap();
        let mut consumer = channel
            .basic_consume(
                names.input.as_str().into(),
                "".into(),
                BasicConsumeOptions::default(),
                FieldTable::default(),
            )
            .await
            .unwrap();
        let taken = tokio::time::timeout(Duration::from_secs(60), consumer.next()).await;
        assert!(matches!(taken, Ok(Some(Ok(_)))), "it is handed out again");
        connection.close(320, "died".into()).await.unwrap();
    }
    let letter = client.take_one(&names.dead).await;
    assert_eq!(letter.data, b"killer");
    assert_eq!(letter.properties.message_id().as_ref().unwrap().as_str(), "m-1");
    client.clean(&names, &[1, 2]).await;
}

/// What a sender may put on a message, of every type that travels.
fn rich() -> BasicProperties {
    let mut inner = FieldTable::default();
    inner.insert("deep".into(), AMQPValue::Boolean(true));
    let mut headers = FieldTable::default();
    let values = [
        ("text", AMQPValue::LongString("väl".into())),
        ("int", AMQPValue::LongInt(-7)),
        ("long", AMQPValue::LongLongInt(1 << 40)),
        ("double", AMQPValue::Double(0.5)),
        ("bool", AMQPValue::Boolean(false)),
        ("time", AMQPValue::Timestamp(1_700_000_000)),
        ("nothing", AMQPValue::Void),
        ("table", AMQPValue::FieldTable(inner)),
        (
            "list",
            AMQPValue::FieldArray(vec![AMQPValue::LongInt(1), AMQPValue::LongInt(2)].into()),
        ),
    ];
    for (name, value) in values {
        headers.insert(name.into(), value);
    }
    BasicProperties::default()
        .with_content_type("application/json".into())
        .with_priority(3)
        .with_correlation_id("c-1".into())
        .with_reply_to("answers".into())
        .with_message_id("m-1".into())
        .with_timestamp(1_700_000_000)
        .with_type("raw".into())
        .with_app_id("crawler".into())
        .with_headers(headers)
}

/// All that the sender wrote is on it, unchanged.
fn check_rich(letter: &Delivery) {
    let (sent, got) = (rich(), &letter.properties);
    assert_eq!(got.content_type(), sent.content_type());
    assert_eq!(got.priority(), sent.priority());
    assert_eq!(got.correlation_id(), sent.correlation_id());
    assert_eq!(got.reply_to(), sent.reply_to());
    assert_eq!(got.message_id(), sent.message_id());
    assert_eq!(got.timestamp(), sent.timestamp());
    assert_eq!(got.kind(), sent.kind());
    assert_eq!(got.app_id(), sent.app_id());
    let headers = got.headers().as_ref().unwrap().inner();
    for (name, value) in sent.headers().as_ref().unwrap().inner() {
        assert_eq!(headers.get(name), Some(value), "{name}");
    }
    let others: Vec<&str> = headers
        .keys()
        .map(|name| name.as_str())
        .filter(|name| !name.starts_with("x-newsmill-"))
        .filter(|name| !sent.headers().as_ref().unwrap().contains_key(name))
        .collect();
    assert!(others.is_empty(), "nobody else's: {others:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn attempts_and_properties_survive_every_hop_and_a_kill_at_each() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("hops");
    let settings = [("TOPOLOGY_OUTPUT_QUEUE", ""), ("RETRY_DELAYS_SECS", "2,3")];
    let mut worker = WorkerProcess::start(url, &names, &settings);
    let client = Client::connect(url).await;
    worker.await_ready(200, "ready").await;
    client.put(&names.input, &article(5), rich()).await;
    for _ in 0..2 {
        worker.await_log("tried again later").await;
        worker.kill();
        worker = WorkerProcess::start(url, &names, &settings);
    }
    let letter = client.take_one(&names.dead).await;
    assert_eq!(letter.data, article(5));
    check_rich(&letter);
    assert_eq!(header(&letter, "x-newsmill-attempts").as_deref(), Some("3"));
    worker.stop().await;
    client.clean(&names, &[2, 3]).await;
}

/// Queues that somebody else declared, as classic ones: the same attempts, the same message.
#[tokio::test(flavor = "multi_thread")]
async fn on_classic_queues_it_is_the_same() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("classic");
    let client = Client::connect(url).await;
    client.declare_classic(&names.input, &[]).await;
    client.declare_classic(&names.dead, &[]).await;
    for delay in [1u32, 2] {
        let arguments = [
            ("x-message-ttl", AMQPValue::LongUInt(delay * 1000)),
            ("x-dead-letter-exchange", AMQPValue::LongString("".into())),
            (
                "x-dead-letter-routing-key",
                AMQPValue::LongString(names.input.as_str().into()),
            ),
        ];
        client
            .declare_classic(&format!("{}.{delay}s", names.retry), &arguments)
            .await;
    }
    client.declare_exchange(&names.exchange).await;
    let settings = [("TOPOLOGY_MODE", "check"), ("TOPOLOGY_OUTPUT_QUEUE", "")];
    let worker = WorkerProcess::start(url, &names, &settings);
    worker.await_ready(200, "ready").await;
    client.put(&names.input, &article(6), rich()).await;
    let letter = client.take_one(&names.dead).await;
    assert_eq!(letter.data, article(6));
    check_rich(&letter);
    assert_eq!(header(&letter, "x-newsmill-attempts").as_deref(), Some("3"));
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}
