//! Workers that are killed, and workers that are asked to stop.

use std::time::Duration;

use tokio::time::sleep;

use super::client::{Client, Names};
use super::ledger::Ledger;
use super::node;
use super::worker::WorkerProcess;

/// So slow that 500 articles are still under way when it is hit.
const SLOW: [(&str, &str); 3] = [
    ("BROKER_PUBLISH_CHANNELS", "1"),
    ("WORKER_PREFETCH", "32"),
    ("WORKER_THREADS", "1"),
];
const ARTICLES: usize = 500;

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_in_the_middle_loses_nothing() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("sigkill");
    let mut first = WorkerProcess::start(url, &names, &SLOW);
    let client = Client::connect(url).await;
    client.await_queue(&names.output).await;
    let mut ledger = Ledger::default();
    let mut records = client.collect(&names.output).await;

    // Fed while it works: half before it is killed, half after.
    ledger.feed(&client, &names.input, ARTICLES / 2).await;
    records.until(|taken| taken.len() >= 20).await;
    ledger.feed(&client, &names.input, 50).await;
    first.kill();
    ledger.feed(&client, &names.input, ARTICLES / 2 - 50).await;

    let second = WorkerProcess::start(url, &names, &[]);
    records.until(|taken| ledger.complete(taken)).await;
    records.until_quiet(Duration::from_secs(1)).await;
    let verdict = ledger.verdict(&records.taken);
    assert!(verdict.lost.is_empty(), "{verdict:?}");
    assert!(verdict.unexpected.is_empty(), "{verdict:?}");
    // Only what was in its hands can come twice.
    assert!(verdict.twins <= 32, "{verdict:?}");
    second.stop().await;
    client.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_asked_to_stop_under_load_loses_nothing_and_repeats_nothing() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("sigterm");
    let mut first = WorkerProcess::start(url, &names, &SLOW);
    let client = Client::connect(url).await;
    client.await_queue(&names.output).await;
    let mut ledger = Ledger::default();
    let mut records = client.collect(&names.output).await;

    ledger.feed(&client, &names.input, ARTICLES / 2).await;
    records.until(|taken| taken.len() >= 20).await;
    ledger.feed(&client, &names.input, 50).await;
    first.terminate();
    ledger.feed(&client, &names.input, ARTICLES / 2 - 50).await;
    assert_eq!(first.ended().await.code(), Some(0), "{}", first.log());

    let second = WorkerProcess::start(url, &names, &[]);
    records.until(|taken| ledger.complete(taken)).await;
    records.until_quiet(Duration::from_secs(1)).await;
    let verdict = ledger.verdict(&records.taken);
    assert_eq!(verdict, Default::default(), "{}", first.log());
    second.stop().await;
    client.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_quits_at_once() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("second");
    // A full queue downstream holds every delivery, so that the first signal alone would drain for long.
    let client = Client::connect(url).await;
    client.declare(&names.output, &super::downstream::full()).await;
    let mut worker = WorkerProcess::start(
        url,
        &names,
        &[
            ("TOPOLOGY_OUTPUT_QUEUE", ""),
            ("WORKER_DRAIN_SECS", "600"),
            ("WORKER_PREFETCH", "8"),
        ],
    );
    worker.await_ready(200, "ready").await;
    super::downstream::bind(url, &names).await;
    // A quorum queue takes more than its bound from publishes that come at once.
    Ledger::default().feed(&client, &names.input, 60).await;
    worker.await_ready(503, "wait because the broker").await;
    worker.terminate();
    worker.await_log("draining").await;
    // Half a second apart or less they would be one wish.
    sleep(Duration::from_secs(1)).await;
    worker.terminate();
    assert_eq!(worker.ended().await.code(), Some(143), "{}", worker.log());
    client.clean(&names, &[1, 2]).await;
}
