//! Many queues, and the order of a source's articles; replays out of a stream. What is promised stands in
//! docs/scaling.md.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use lapin::message::Delivery;
use lapin::{BasicProperties, ExchangeKind};
use serde_json::{Value, json};
use tokio_util::task::TaskTracker;

use super::client::{Client, Names};
use super::ledger::{self, Ledger};
use super::node::{self, Node};
use super::worker::WorkerProcess;

/// What a worker needs to keep the order of its queue.
const IN_ORDER: [(&str, &str); 2] = [
    ("TOPOLOGY_SINGLE_ACTIVE_CONSUMER", "true"),
    ("WORKER_PREFETCH", "1"),
];

const SOURCES: usize = 4;
const ARTICLES: usize = 24;
/// So many of a source come one after the other: what overtakes is mostly of the same source.
const RUN: usize = 8;

/// Every third article is long, so that a worker that has several in hand is done with the next ones first.
fn article(source: usize, number: usize) -> Vec<u8> {
    let sentences = if number.is_multiple_of(3) { 150 } else { 2 };
    long_article(source, number, sentences)
}

fn long_article(source: usize, number: usize, sentences: usize) -> Vec<u8> {
    let sentence =
        "The harbour's board met on Tuesday, and \"nobody was content\", said Ann Example of the council. ";
    json!({
        "id": format!("{source}/{number:03}"),
        "source": format!("paper-{source}.example"),
        "title": format!("Part {number}"),
        "text": sentence.repeat(sentences),
    })
    .to_string()
    .into_bytes()
}

fn properties() -> BasicProperties {
    BasicProperties::default().with_content_type("application/json".into())
}

/// The numbers of each source's articles, in the order in which their records first came.
fn first_seen(records: &[Delivery]) -> BTreeMap<usize, Vec<usize>> {
    let mut seen = BTreeSet::new();
    let mut by_source: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for record in records {
        let body: Value = serde_json::from_slice(&record.data).unwrap();
        let id = body["id"].as_str().unwrap().to_owned();
        let (source, number) = id.split_once('/').unwrap();
        if seen.insert(id.clone()) {
            by_source
                .entry(source.parse().unwrap())
                .or_default()
                .push(number.parse().unwrap());
        }
    }
    by_source
}

fn count(records: &[Delivery]) -> usize {
    first_seen(records).values().map(Vec::len).sum()
}

/// The worker of one shard, once it consumes: whoever comes later waits in reserve.
async fn shard_worker(url: &str, names: &Names) -> WorkerProcess {
    let worker = WorkerProcess::start(url, names, &IN_ORDER);
    worker.await_log("\"consuming\"").await;
    worker
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sources_order_outlives_a_killed_worker_and_a_rolling_upgrade() {
    let Some(node) = Node::start_with("hash", "rabbitmq_consistent_hash_exchange", "") else {
        return;
    };
    let names = Names::new("order");
    let shards: Vec<Names> = (0..2)
        .map(|shard| Names {
            input: format!("{}.{shard}", names.input),
            retry: format!("{}.{shard}", names.retry),
            ..names.clone()
        })
        .collect();
    let mut working = Vec::new();
    for shard in &shards {
        working.push(shard_worker(&node.url, shard).await);
    }
    let mut reserve = Vec::new();
    for shard in &shards {
        reserve.push(shard_worker(&node.url, shard).await);
    }
    let client = Client::connect(&node.url).await;
    let by_source = format!("{}.by-source", names.input);
    client
        .declare_exchange_as(&by_source, ExchangeKind::Custom("x-consistent-hash".to_owned()))
        .await;
    for shard in &shards {
        client.bind(&shard.input, &by_source, "10").await;
    }
    let mut records = client.collect(&names.output).await;

    let feeder = Client::connect(&node.url).await;
    let exchange = by_source.clone();
    let feeding = TaskTracker::new().spawn(async move {
        for run in (0..ARTICLES).step_by(RUN) {
            for source in 0..SOURCES {
                for number in run..run + RUN {
                    let key = format!("paper-{source}.example");
                    feeder
                        .send(&exchange, &key, &article(source, number), properties())
                        .await;
                }
            }
        }
    });
    let all = SOURCES * ARTICLES;
    records.until(|taken| count(taken) >= all / 4).await;
    working[0].kill();
    // Rolling upgrades of the other shard: the old worker drains while one waits in reserve, then a new one comes.
    for quarter in [2, 3] {
        records.until(|taken| count(taken) >= all * quarter / 4).await;
        let mut old = working.remove(1);
        old.terminate();
        assert_eq!(old.ended().await.code(), Some(0), "{}", old.log());
        working.push(reserve.remove(1));
        reserve.push(shard_worker(&node.url, &shards[1]).await);
    }
    records.until(|taken| count(taken) == all).await;
    records.until_quiet(Duration::from_secs(1)).await;
    feeding.await.unwrap();

    let in_order: Vec<usize> = (0..ARTICLES).collect();
    let seen = first_seen(&records.taken);
    assert_eq!(seen.len(), SOURCES);
    for (source, numbers) in seen {
        assert_eq!(numbers, in_order, "source {source}");
    }
    let twins = records.taken.len() - all;
    assert!(twins <= 2, "{twins} twins of one kill and one drain");
    for shard in &shards {
        assert_eq!(client.depth(&shard.input).await, 0);
    }
    assert_eq!(client.depth(&names.dead).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_drains_makes_way_only_when_it_is_done() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("makes-way");
    let mut first = shard_worker(url, &names).await;
    let reserve = shard_worker(url, &names).await;
    let client = Client::connect(url).await;
    // The first takes its time, so that the one in reserve would be far ahead.
    client
        .put(&names.input, &long_article(0, 0, 4_000), properties())
        .await;
    for number in 1..10 {
        client.put(&names.input, &article(0, number), properties()).await;
    }
    first.terminate();
    let mut records = client.collect(&names.output).await;
    records.until(|taken| count(taken) == 10).await;
    assert_eq!(first.ended().await.code(), Some(0), "{}", first.log());
    let seen = first_seen(&records.taken);
    assert!(seen[&0].is_sorted(), "{seen:?}");
    reserve.stop().await;
    client.clean(&names, &[1, 2]).await;
}

/// What the setting is for: without it the test above fails.
#[tokio::test(flavor = "multi_thread")]
async fn with_several_in_hand_records_overtake_one_another() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("overtaking");
    let settings = [("WORKER_PREFETCH", "16"), ("WORKER_THREADS", "2")];
    let worker = WorkerProcess::start(url, &names, &settings);
    worker.await_ready(200, "ready").await;
    let client = Client::connect(url).await;
    for number in 0..ARTICLES {
        client.put(&names.input, &article(0, number), properties()).await;
    }
    let mut records = client.collect(&names.output).await;
    records.until(|taken| count(taken) == ARTICLES).await;
    let seen = first_seen(&records.taken);
    assert!(
        !seen[&0].is_sorted(),
        "all in order: then why one at a time? {seen:?}"
    );
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_in_reserve_waits_in_peace_and_then_takes_over() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("reserve");
    let settings = [&IN_ORDER[..], &[("BROKER_HEARTBEAT_SECS", "1")]].concat();
    // It declares the queue and goes.
    let first = WorkerProcess::start(url, &names, &IN_ORDER);
    first.await_ready(200, "ready").await;
    first.stop().await;
    // Another consumer that takes one and keeps it.
    let other = Client::connect(url).await;
    let held = other.consume_one(&names.input).await;
    let worker = WorkerProcess::start(url, &names, &settings);
    worker.await_log("\"consuming\"").await;
    let client = Client::connect(url).await;
    let mut ledger = Ledger::default();
    ledger.feed(&client, &names.input, 5).await;
    // Twice the silence after which a worker asks, and some.
    tokio::time::sleep(Duration::from_secs(9)).await;
    assert!(!worker.log().contains("connecting again"), "{}", worker.log());
    worker.await_ready(200, "ready").await;
    assert_eq!(
        worker.metric("newsmill_reconnects_total{link=\"consume\"}").await,
        0.0
    );
    assert_eq!(client.depth(&names.output).await, 0, "the other has the queue");
    drop(held);
    other.close().await;
    let mut records = client.collect(&names.output).await;
    ledger.close(&client, &names, &mut records).await;
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_as_input_is_refused_by_name() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("stream");
    let declaring = WorkerProcess::start(url, &names, &[]);
    declaring.await_ready(200, "ready").await;
    declaring.stop().await;
    let client = Client::connect(url).await;
    client.delete(&names.input).await;
    client.declare_stream(&names.input).await;
    for (mode, words) in [("check", "is a stream"), ("declare", "'stream'")] {
        let mut worker = WorkerProcess::start(url, &names, &[("TOPOLOGY_MODE", mode)]);
        assert_eq!(worker.ended().await.code(), Some(3), "{}", worker.log());
        assert!(worker.log().contains(words), "{}", worker.log());
    }
    client.clean(&names, &[1, 2]).await;
}

/// An archive beside the input queue, and a shovel that brings a part of it back.
#[tokio::test(flavor = "multi_thread")]
async fn a_replay_out_of_a_stream_makes_the_same_records_again() {
    let Some(node) = Node::start_with("shovel", "rabbitmq_shovel", "") else {
        return;
    };
    let names = Names::new("replay");
    let worker = WorkerProcess::start(&node.url, &names, &[]);
    worker.await_ready(200, "ready").await;
    let client = Client::connect(&node.url).await;
    let (articles, archive) = (
        format!("{}.articles", names.input),
        format!("{}.archive", names.input),
    );
    client.declare_exchange_as(&articles, ExchangeKind::Fanout).await;
    client.declare_stream(&archive).await;
    for queue in [&archive, &names.input] {
        client.bind(queue, &articles, "").await;
    }
    for number in 0..30 {
        client
            .send(&articles, "", &ledger::article(number), properties())
            .await;
    }
    let mut records = client.collect(&names.output).await;
    records.until(|taken| taken.len() == 30).await;

    let shovel = json!({
        "src-protocol": "amqp091", "src-uri": "amqp:///%2f", "src-queue": archive,
        "src-consumer-args": {"x-stream-offset": 20}, "src-prefetch-count": 100,
        "dest-protocol": "amqp091", "dest-uri": "amqp:///%2f", "dest-queue": names.input,
        "ack-mode": "on-confirm",
    });
    node.ctl(&["set_parameter", "shovel", "replay", &shovel.to_string()]);
    records.until(|taken| taken.len() == 40).await;
    node.ctl(&["clear_parameter", "shovel", "replay"]);
    records.until_quiet(Duration::from_secs(1)).await;
    assert_eq!(records.taken.len(), 40, "the ten from offset 20, once");
    let message_ids = |records: &[Delivery]| -> BTreeSet<String> {
        let id = |record: &Delivery| record.properties.message_id().as_ref().unwrap().to_string();
        records.iter().map(id).collect()
    };
    let (first, again) = records.taken.split_at(30);
    assert_eq!(message_ids(first).len(), 30);
    assert_eq!(message_ids(again).len(), 10);
    assert!(
        message_ids(again).is_subset(&message_ids(first)),
        "a consumer can tell a replayed record by its message id"
    );
    worker.stop().await;
}
