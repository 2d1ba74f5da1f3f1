//! The broker killed, stopped, starved and cut off under load, on a node of this test's own.

use std::time::Duration;

use tokio::time::sleep;

use super::client::{Client, Names};
use super::ledger::Ledger;
use super::node::Node;
use super::worker::WorkerProcess;

/// So slow that articles are still under way when the broker is hit.
const SLOW: [(&str, &str); 3] = [
    ("BROKER_PUBLISH_CHANNELS", "2"),
    ("WORKER_PREFETCH", "32"),
    ("WORKER_THREADS", "1"),
];
const ARTICLES: usize = 400;

/// A quorum queue that is younger than this when its broker is killed may lose what it confirmed.
const SETTLED_IN: Duration = Duration::from_secs(5);

/// One after the other on one node: starting nodes takes longer than the faults.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_to_the_broker_nothing_is_lost() {
    let Some(node) = Node::start("faults") else { return };
    fault(&node, "kill", async |node: &Node| {
        node.kill();
        sleep(Duration::from_secs(1)).await;
        node.revive();
    })
    .await;
    fault(&node, "stop-app", async |node: &Node| {
        node.ctl(&["stop_app"]);
        sleep(Duration::from_secs(1)).await;
        node.ctl(&["start_app"]);
    })
    .await;
    fault(&node, "cut-off", async |node: &Node| {
        node.ctl(&["close_all_connections", "by the test"]);
    })
    .await;
    alarm(&node).await;
}

/// Feeds, lets `happen` happen in the middle, drains, compares, pushes one fresh article.
async fn fault(node: &Node, name: &str, happen: impl AsyncFnOnce(&Node)) {
    let names = Names::new(name);
    let worker = WorkerProcess::start(&node.url, &names, &SLOW);
    worker.await_ready(200, "ready").await;
    sleep(SETTLED_IN).await;
    let mut ledger = Ledger::default();
    let client = Client::connect(&node.url).await;
    ledger.feed(&client, &names.input, ARTICLES).await;
    client.await_depth(&names.output, 10).await;
    happen(node).await;

    let client = Client::connect(&node.url).await;
    let mut records = client.collect(&names.output).await;
    records.until(|taken| ledger.complete(taken)).await;
    ledger.feed(&client, &names.input, 1).await;
    records.until(|taken| ledger.complete(taken)).await;
    records.until_quiet(Duration::from_secs(2)).await;
    let verdict = ledger.verdict(&records.taken);
    assert!(
        verdict.lost.is_empty() && verdict.unexpected.is_empty(),
        "{name}: {verdict:?}"
    );
    assert_eq!(
        client.depth(&names.dead).await,
        0,
        "{name}: no article pays for a broken way"
    );
    worker.await_ready(200, "ready").await;
    assert!(
        worker.metric("newsmill_reconnects_total{link=\"consume\"}").await >= 1.0,
        "{name}"
    );
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}

/// A broker that is low on memory blocks whoever publishes; consuming and settling go on.
async fn alarm(node: &Node) {
    let names = Names::new("alarm");
    let worker = WorkerProcess::start(&node.url, &names, &[("BROKER_OPERATION_TIMEOUT_SECS", "2")]);
    worker.await_ready(200, "ready").await;
    let client = Client::connect(&node.url).await;
    let mut ledger = Ledger::default();
    ledger.feed(&client, &names.input, ARTICLES).await;
    node.ctl(&["set_vm_memory_high_watermark", "0.000001"]);
    // Only a connection that tries to publish is blocked, and all may be through already.
    sleep(Duration::from_secs(6)).await;
    node.ctl(&["set_vm_memory_high_watermark", "0.4"]);
    let client = Client::connect(&node.url).await;
    let mut records = client.collect(&names.output).await;
    ledger.feed(&client, &names.input, 50).await;
    records.until(|taken| ledger.complete(taken)).await;
    records.until_quiet(Duration::from_secs(1)).await;
    let verdict = ledger.verdict(&records.taken);
    assert!(
        verdict.lost.is_empty() && verdict.unexpected.is_empty(),
        "{verdict:?}"
    );
    worker.await_ready(200, "ready").await;
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}
