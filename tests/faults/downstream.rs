//! A downstream that is full: the worker holds what it has, says so, and goes on by itself.

use std::time::{Duration, Instant};

use lapin::options::QueueBindOptions;
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Connection, ConnectionProperties};
use tokio::time::sleep;

use super::client::{Client, Names, PATIENCE};
use super::ledger::Ledger;
use super::node;
use super::worker::WorkerProcess;

/// Arguments of a queue that takes few messages and refuses more.
pub fn full() -> [(&'static str, AMQPValue); 2] {
    [
        ("x-max-length", AMQPValue::LongLongInt(5)),
        ("x-overflow", AMQPValue::LongString("reject-publish".into())),
    ]
}

/// Binds a test's output queue to its exchange.
pub async fn bind(url: &str, names: &Names) {
    let connection = Connection::connect(url, ConnectionProperties::default())
        .await
        .unwrap();
    let channel = connection.create_channel().await.unwrap();
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
    connection.close(200, "done".into()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_downstream_is_waited_for() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("full");
    let client = Client::connect(url).await;
    client.declare(&names.output, &full()).await;
    let worker = WorkerProcess::start(
        url,
        &names,
        &[("TOPOLOGY_OUTPUT_QUEUE", ""), ("WORKER_PREFETCH", "8")],
    );
    worker.await_ready(200, "ready").await;
    bind(url, &names).await;
    let mut ledger = Ledger::default();
    ledger.feed(&client, &names.input, 60).await;
    worker
        .await_ready(503, "wait because the broker does not take")
        .await;
    assert!(worker.metric("newsmill_held").await > 0.0);
    assert!(
        worker.metric("newsmill_in_flight").await <= 8.0,
        "it takes no more than it can hold"
    );

    let mut records = client.collect(&names.output).await;
    records.until(|taken| ledger.complete(taken)).await;
    records.until_quiet(Duration::from_secs(1)).await;
    assert_eq!(ledger.verdict(&records.taken), Default::default());
    worker.await_ready(200, "ready").await;
    assert_eq!(
        client.depth(&names.dead).await,
        0,
        "no article pays for a full queue"
    );
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}

/// Nobody empties the dead-letter queue, and it has a bound: what is no article is held, and articles go on.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_dead_letter_queue_does_not_stop_the_articles_that_are_well() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("full-dead");
    let declaring = WorkerProcess::start(url, &names, &[]);
    declaring.await_ready(200, "ready").await;
    declaring.stop().await;
    let client = Client::connect(url).await;
    client.delete(&names.dead).await;
    client.declare(&names.dead, &full()).await;
    let worker = WorkerProcess::start(url, &names, &[("TOPOLOGY_MODE", "check")]);
    worker.await_ready(200, "ready").await;
    // A quorum queue tells its publishers that it is full only once it is: what is published at the same moment is
    // still taken, so the bound is reached first, by eight letters that it either has or refused.
    for _ in 0..8 {
        client.put(&names.input, b"", BasicProperties::default()).await;
    }
    let begun = Instant::now();
    while client.depth(&names.dead).await < 8 && worker.metric("newsmill_held").await == 0.0 {
        assert!(
            begun.elapsed() < PATIENCE,
            "the letters are neither taken nor held"
        );
        sleep(Duration::from_millis(20)).await;
    }
    for _ in 0..20 {
        client.put(&names.input, b"", BasicProperties::default()).await;
    }
    worker
        .await_ready(503, "wait because the broker does not take")
        .await;
    let mut ledger = Ledger::default();
    ledger.feed(&client, &names.input, 30).await;
    let mut records = client.collect(&names.output).await;
    records.until(|taken| ledger.complete(taken)).await;
    assert_eq!(worker.metric("newsmill_paused").await, 0.0);
    assert!(worker.metric("newsmill_held").await > 0.0);

    let mut dead = client.collect(&names.dead).await;
    dead.until(|taken| taken.len() >= 28).await;
    dead.until_quiet(Duration::from_secs(1)).await;
    records.until_quiet(Duration::from_millis(500)).await;
    assert_eq!(dead.taken.len(), 28);
    assert_eq!(ledger.verdict(&records.taken), Default::default());
    worker.await_ready(200, "ready").await;
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}
