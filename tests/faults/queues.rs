//! Queues that are deleted under a working worker.

use std::time::Duration;

use super::client::{Client, Names};
use super::ledger::Ledger;
use super::node;
use super::worker::WorkerProcess;

/// Deleting a queue loses what is in it, and that is the operator's doing. What is nobody's doing must not be lost:
/// what was in hand, and what is sent once the worker has declared the queue again.
#[tokio::test(flavor = "multi_thread")]
async fn an_input_queue_deleted_under_load_is_declared_again_and_what_was_in_hand_is_not_lost() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("deleted-input");
    let settings = [("WORKER_PREFETCH", "32"), ("BROKER_PUBLISH_CHANNELS", "1")];
    let worker = WorkerProcess::start(url, &names, &settings);
    worker.await_ready(200, "ready").await;
    let client = Client::connect(url).await;
    let mut records = client.collect(&names.output).await;
    let mut ledger = Ledger::default();
    // In hand and no further: it stands still, and the queue is empty but for what it has.
    ledger.feed(&client, &names.input, 3).await;
    records.until(|taken| ledger.complete(taken)).await;
    ledger.feed(&client, &names.input, 30).await;
    let waiting = client.depth(&names.input).await;
    client.delete(&names.input).await;

    // The stream ends without an error; the worker must not take that for an end.
    client.await_queue(&names.input).await;
    worker.await_log("connecting again").await;
    records.until_quiet(Duration::from_secs(2)).await;
    let lost = ledger.verdict(&records.taken).lost;
    assert!(
        lost.len() <= waiting as usize,
        "{} lost, {waiting} were in the queue that was deleted",
        lost.len()
    );
    let fed_after = ledger.fed();
    ledger.feed(&client, &names.input, 100).await;
    records
        .until(|taken| ledger.verdict(taken).lost.len() <= waiting as usize && taken.len() >= 100)
        .await;
    records.until_quiet(Duration::from_secs(1)).await;
    let verdict = ledger.verdict(&records.taken);
    assert!(verdict.unexpected.is_empty(), "{verdict:?}");
    assert!(
        verdict.lost.iter().all(|id| *id < super::ledger::id(fed_after)),
        "nothing that was sent after it: {verdict:?}"
    );
    assert_eq!(client.depth(&names.dead).await, 0);
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}

/// A record that finds no queue comes back; the worker declares the queue again and tries once more.
#[tokio::test(flavor = "multi_thread")]
async fn an_output_queue_deleted_under_load_is_declared_again_and_no_record_is_lost() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("deleted-output");
    let worker = WorkerProcess::start(url, &names, &[("WORKER_PREFETCH", "32"), ("WORKER_THREADS", "1")]);
    worker.await_ready(200, "ready").await;
    let client = Client::connect(url).await;
    let mut records = client.collect(&names.output).await;
    let mut ledger = Ledger::default();
    ledger.feed(&client, &names.input, 200).await;
    records.until(|taken| taken.len() >= 20).await;
    // Nothing may be in the queue when it goes, or the operator would have lost it.
    worker.freeze();
    records.until_quiet(Duration::from_secs(1)).await;
    client.delete(&names.output).await;
    // A fast worker may be done with all the others.
    ledger.feed(&client, &names.input, 50).await;
    worker.thaw();

    client.await_queue(&names.output).await;
    // Whoever consumes a quorum queue in the moment of its declaration may be forgotten by the broker.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let so_far = std::mem::take(&mut records.taken);
    let mut records = client.collect(&names.output).await;
    records.taken = so_far;
    ledger.close(&client, &names, &mut records).await;
    assert_eq!(client.depth(&names.dead).await, 0);
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}
