//! Whoever watches records must never hold the fleet: watchers that come and go, and one that stands still.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use lapin::options::{BasicConsumeOptions, BasicQosOptions};
use lapin::types::AMQPValue;
use lapin::{Connection, ConnectionProperties};

use futures_util::StreamExt;
use tokio::time::sleep;

use super::client::{Client, Names};
use super::ledger::Ledger;
use super::node::{self, Node, signal};
use super::worker::{WorkerProcess, program};

/// `newsmill tail`; killed when dropped.
struct Tail(Child);

impl Tail {
    fn start(mut command: Command) -> Self {
        let child = command
            .args(["tail", "--json"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self(child.expect("tail starts"))
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn watchers_that_come_and_go_hold_nobody() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("watchers");
    let worker = WorkerProcess::start(url, &names, &[]);
    worker.await_ready(200, "ready").await;
    let client = Client::connect(url).await;
    let mut records = client.collect(&names.output).await;
    let mut ledger = Ledger::default();
    for round in 0..8 {
        let tails = [(); 2].map(|()| Tail::start(program(url, &names, &[])));
        ledger.feed(&client, &names.input, 100).await;
        sleep(Duration::from_millis(300)).await;
        ledger.feed(&client, &names.input, 50).await;
        if round % 2 == 0 {
            // Asked to go; the others are killed.
            for tail in &tails {
                signal("INT", &tail.0.id().to_string());
            }
            sleep(Duration::from_millis(100)).await;
        }
        drop(tails);
        ledger.feed(&client, &names.input, 50).await;
    }
    records.until(|taken| ledger.complete(taken)).await;
    records.until_quiet(Duration::from_secs(1)).await;
    let verdict = ledger.verdict(&records.taken);
    assert!(
        verdict.lost.is_empty() && verdict.unexpected.is_empty(),
        "{verdict:?}"
    );
    let refused = worker
        .metric("newsmill_publishes_total{outcome=\"refused\"}")
        .await;
    // Shown with --nocapture: how often a queue went while a record was on its way to it.
    eprintln!("{refused} refused, {} twins", verdict.twins);
    // A record that one queue took and another refused has a twin.
    assert!(verdict.twins as f64 <= refused, "{verdict:?}, {refused} refused");
    let log = worker.log();
    assert!(!log.contains("held until") && !log.contains("paused"), "{log}");
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}

/// What a watcher does not read must not pile up in the broker's memory, where its alarm would stop everybody.
#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_that_stands_still_is_sent_no_more_than_it_asked_for() {
    let Some(node) = Node::start("watcher") else {
        return;
    };
    let names = Names::new("frozen-watcher");
    let worker = WorkerProcess::start(&node.url, &names, &[]);
    worker.await_ready(200, "ready").await;
    let client = Client::connect(&node.url).await;
    let mut records = client.collect(&names.output).await;
    // Or the broker would give up a watcher that is silent, and its queue with it.
    let patient = [("BROKER_HEARTBEAT_SECS", "120")];
    let tail = Tail::start(program(&node.url, &names, &patient));
    let pid = tail.0.id().to_string();
    while !node
        .ctl(&["list_consumers", "consumer_tag"])
        .contains("newsmill-tail")
    {
        sleep(Duration::from_millis(100)).await;
    }
    signal("STOP", &pid);
    let mut ledger = Ledger::default();
    ledger.feed(&client, &names.input, 600).await;
    records.until(|taken| ledger.complete(taken)).await;
    let queues = node.ctl(&["list_queues", "name", "messages_ready", "messages_unacknowledged"]);
    let line = queues.lines().find(|line| line.starts_with("amq.gen")).unwrap();
    let counts: Vec<u32> = line
        .split('\t')
        .skip(1)
        .map(|count| count.parse().unwrap())
        .collect();
    assert!(
        counts[1] <= 100 && counts[0] >= 500,
        "ready, on the way: {counts:?}"
    );
    signal("CONT", &pid);
    drop(tail);
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}

/// A consumer to which the broker hands out nothing, though messages wait, connects anew. Made here with a queue
/// whose only active consumer is another.
#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_that_the_broker_has_forgotten_is_made_anew() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("forgotten");
    let declaring = WorkerProcess::start(url, &names, &[]);
    declaring.await_ready(200, "ready").await;
    declaring.stop().await;
    let client = Client::connect(url).await;
    client.delete(&names.input).await;
    client
        .declare(
            &names.input,
            &[("x-single-active-consumer", AMQPValue::Boolean(true))],
        )
        .await;
    let connection = Connection::connect(url, ConnectionProperties::default())
        .await
        .unwrap();
    let channel = connection.create_channel().await.unwrap();
    channel.basic_qos(1, BasicQosOptions::default()).await.unwrap();
    let mut other = channel
        .basic_consume(
            names.input.as_str().into(),
            "".into(),
            BasicConsumeOptions::default(),
            Default::default(),
        )
        .await
        .unwrap();
    let mut ledger = Ledger::default();
    ledger.feed(&client, &names.input, 20).await;
    assert!(matches!(other.next().await, Some(Ok(_))));
    let settings = [("TOPOLOGY_MODE", "check"), ("BROKER_HEARTBEAT_SECS", "1")];
    let worker = WorkerProcess::start(url, &names, &settings);
    worker
        .await_log("messages wait in the queue and none comes")
        .await;
    connection.close(200, "done".into()).await.unwrap();
    let mut records = client.collect(&names.output).await;
    records.until(|taken| ledger.complete(taken)).await;
    records.until_quiet(Duration::from_secs(1)).await;
    assert_eq!(ledger.verdict(&records.taken), Default::default());
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}
