//! The broker killed, stopped, frozen, starved and cut off under load, on nodes of these tests' own.

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

/// Over two heartbeats of the worker's: by then it has given the connection up.
const FROZEN: Duration = Duration::from_secs(12);

/// How long a broker stays away; `NEWSMILL_TEST_OUTAGE_SECS` makes it longer.
fn outage() -> Duration {
    let secs = std::env::var("NEWSMILL_TEST_OUTAGE_SECS").ok();
    Duration::from_secs(secs.and_then(|secs| secs.parse().ok()).unwrap_or(8))
}

/// One after the other on one node: starting nodes takes longer than the faults.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_to_the_broker_nothing_is_lost() {
    let Some(node) = Node::start("faults") else { return };
    fault(
        &node,
        "kill",
        SETTLED_IN,
        async |node: &Node, _: &WorkerProcess| {
            node.kill();
            sleep(Duration::from_secs(1)).await;
            node.revive();
        },
    )
    .await;
    fault(
        &node,
        "outage",
        SETTLED_IN,
        async |node: &Node, worker: &WorkerProcess| {
            node.kill();
            sleep(outage()).await;
            worker.await_ready(503, "publish: ").await;
            node.revive();
        },
    )
    .await;
    fault(
        &node,
        "stop-app",
        SETTLED_IN,
        async |node: &Node, _: &WorkerProcess| {
            node.ctl(&["stop_app"]);
            sleep(Duration::from_secs(1)).await;
            node.ctl(&["start_app"]);
        },
    )
    .await;
    fault(
        &node,
        "frozen",
        Duration::ZERO,
        async |node: &Node, worker: &WorkerProcess| {
            node.freeze();
            sleep(FROZEN).await;
            worker.await_ready(503, "publish: ").await;
            node.thaw();
        },
    )
    .await;
}

/// What an operator does, on purpose or not.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_operator_does_nothing_is_lost() {
    let Some(node) = Node::start("operator") else {
        return;
    };
    fault(
        &node,
        "cut-off",
        Duration::ZERO,
        async |node: &Node, _: &WorkerProcess| {
            node.ctl(&["close_all_connections", "by the test"]);
        },
    )
    .await;
    fault(
        &node,
        "one-by-one",
        Duration::ZERO,
        async |node: &Node, _: &WorkerProcess| {
            let mut closed = 0;
            while closed < 4 {
                for connection in node.workers_connections() {
                    // One that has gone by itself meanwhile cannot be closed, and need not.
                    if node.try_ctl(&["close_connection", &connection, "by the test"]) {
                        closed += 1;
                    }
                }
            }
        },
    )
    .await;
    slow_consumer(&node).await;
    full_by_policy(&node).await;
    full_while_channels_rest(&node).await;
    alarm(
        &node,
        "memory",
        &["set_vm_memory_high_watermark", "0.000001"],
        &["set_vm_memory_high_watermark", "0.4"],
    )
    .await;
    alarm(
        &node,
        "disk",
        &["set_disk_free_limit", "900000000000000"],
        &["set_disk_free_limit", "50000000"],
    )
    .await;
}

/// Feeds, lets `happen` happen in the middle, drains, compares, pushes one fresh article.
async fn fault(
    node: &Node,
    name: &str,
    settled_in: Duration,
    happen: impl AsyncFnOnce(&Node, &WorkerProcess),
) {
    let names = Names::new(name);
    let worker = WorkerProcess::start(&node.url, &names, &SLOW);
    worker.await_ready(200, "ready").await;
    sleep(settled_in).await;
    let mut ledger = Ledger::default();
    let client = Client::connect(&node.url).await;
    ledger.feed(&client, &names.input, ARTICLES).await;
    client.await_depth(&names.output, 10).await;
    happen(node, &worker).await;

    let client = Client::connect(&node.url).await;
    let mut records = client.collect(&names.output).await;
    ledger.close(&client, &names, &mut records).await;
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

/// A broker that is low on memory or disk blocks whoever publishes. The worker says so, takes no more than it can
/// hold, stays as large as it was, and goes on by itself.
async fn alarm(node: &Node, name: &str, raise: &[&str], lower: &[&str]) {
    let names = Names::new(name);
    let settings = [("BROKER_OPERATION_TIMEOUT_SECS", "2"), ("WORKER_PREFETCH", "32")];
    let worker = WorkerProcess::start(&node.url, &names, &settings);
    worker.await_ready(200, "ready").await;
    let client = Client::connect(&node.url).await;
    let mut ledger = Ledger::default();
    ledger.feed(&client, &names.input, 50).await;
    client.await_depth(&names.output, 50).await;
    // It must still have something to publish when the alarm goes off, so it stands still until then.
    worker.freeze();
    ledger.feed(&client, &names.input, ARTICLES).await;
    node.ctl(raise);
    worker.thaw();
    worker.await_ready(503, "low on memory or disk").await;
    let before = worker.resident_bytes();
    assert_eq!(
        worker.metric("newsmill_blocked{link=\"publish\"}").await,
        1.0,
        "{name}"
    );
    sleep(Duration::from_secs(5)).await;
    assert!(worker.metric("newsmill_in_flight").await <= 32.0, "{name}");
    assert_eq!(
        worker.metric("newsmill_paused").await,
        1.0,
        "{name}: it takes in nothing and says so"
    );
    let grown = worker.resident_bytes().saturating_sub(before);
    assert!(grown < 8 << 20, "{name}: memory is flat, not {grown} bytes more");
    node.ctl(lower);

    let client = Client::connect(&node.url).await;
    let mut records = client.collect(&names.output).await;
    ledger.close(&client, &names, &mut records).await;
    assert_eq!(client.depth(&names.dead).await, 0, "{name}");
    worker.await_ready(200, "ready").await;
    assert_eq!(worker.metric("newsmill_paused").await, 0.0, "{name}");
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}

/// A bound on the output queue that comes by a policy, does its work, and is taken away: nothing tells a channel that
/// was refused once that it may go on.
async fn full_by_policy(node: &Node) {
    let names = Names::new("policy");
    let worker = WorkerProcess::start(&node.url, &names, &[("WORKER_PREFETCH", "32")]);
    worker.await_ready(200, "ready").await;
    let queue = format!("^{}$", names.output.replace('.', "\\."));
    let full = "{\"max-length\":20,\"overflow\":\"reject-publish\"}";
    node.ctl(&["set_policy", "full", &queue, full, "--apply-to", "queues"]);
    let client = Client::connect(&node.url).await;
    let mut ledger = Ledger::default();
    ledger.feed(&client, &names.input, 200).await;
    worker
        .await_ready(503, "wait because the broker does not take")
        .await;
    worker.await_ready(503, "paused").await;
    node.ctl(&["clear_policy", "full"]);
    let mut records = client.collect(&names.output).await;
    assert_eq!(ledger.close(&client, &names, &mut records).await, 0);
    assert_eq!(client.depth(&names.dead).await, 0);
    worker.await_ready(200, "ready").await;
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}

/// The same when hardly anything is under way, but many channels have carried records: all of them were told that the
/// queue is full, and none may have to be refused to be found out.
async fn full_while_channels_rest(node: &Node) {
    let names = Names::new("resting");
    let worker = WorkerProcess::start(&node.url, &names, &[]);
    worker.await_ready(200, "ready").await;
    let client = Client::connect(&node.url).await;
    let mut ledger = Ledger::default();
    worker.freeze();
    ledger.feed(&client, &names.input, ARTICLES).await;
    worker.thaw();
    client
        .await_depth(&names.output, u32::try_from(ARTICLES).unwrap())
        .await;
    let queue = format!("^{}$", names.output.replace('.', "\\."));
    let full = "{\"max-length\":20,\"overflow\":\"reject-publish\"}";
    node.ctl(&["set_policy", "resting", &queue, full, "--apply-to", "queues"]);
    ledger.feed(&client, &names.input, 1).await;
    worker
        .await_ready(503, "wait because the broker does not take")
        .await;
    node.ctl(&["clear_policy", "resting"]);
    let refused = "newsmill_publishes_total{outcome=\"refused\"}";
    let before = worker.metric(refused).await;
    let mut records = client.collect(&names.output).await;
    assert_eq!(ledger.close(&client, &names, &mut records).await, 0);
    let after = worker.metric(refused).await;
    assert!(after - before <= 2.0, "{} more refusals", after - before);
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}

/// Deliveries that are held for longer than the broker's consumer timeout: it takes them back and closes the channel.
async fn slow_consumer(node: &Node) {
    let names = Names::new("consumer-timeout");
    // The usual half an hour, and how often the broker looks.
    let set = |timeout_ms: u32, tick_ms: u32| {
        node.ctl(&[
            "eval",
            &format!(
                "application:set_env(rabbit, consumer_timeout, {timeout_ms}), \
                 application:set_env(rabbit, channel_tick_interval, {tick_ms})."
            ),
        ]);
    };
    set(3_000, 1_000);
    let client = Client::connect(&node.url).await;
    client.declare(&names.output, &super::downstream::full()).await;
    let settings = [("TOPOLOGY_OUTPUT_QUEUE", ""), ("WORKER_PREFETCH", "8")];
    let worker = WorkerProcess::start(&node.url, &names, &settings);
    worker.await_ready(200, "ready").await;
    super::downstream::bind(&node.url, &names).await;
    let mut ledger = Ledger::default();
    ledger.feed(&client, &names.input, 60).await;
    worker.await_log("delivery acknowledgement on channel").await;
    set(1_800_000, 60_000);

    let mut records = client.collect(&names.output).await;
    ledger.close(&client, &names, &mut records).await;
    assert_eq!(client.depth(&names.dead).await, 0);
    worker.await_ready(200, "ready").await;
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}
