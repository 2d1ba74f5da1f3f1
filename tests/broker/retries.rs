//! What may pass is tried again, later, and in the end dead-lettered; nothing is tried again at once.

use std::time::{Duration, Instant};

use lapin::BasicProperties;
use lapin::options::{BasicConsumeOptions, QueueBindOptions};
use lapin::types::FieldTable;
use lapin::{Connection, ConnectionProperties};

use futures_util::StreamExt;

use super::client::{Client, Names, header};
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
