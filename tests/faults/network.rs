//! The network between worker and broker: late, cut off in the middle of a frame, reset, half closed, silent.

use std::time::Duration;

use tokio::time::sleep;

use super::client::{Client, Names};
use super::ledger::Ledger;
use super::node;
use super::proxy::{Mode, Proxy};
use super::worker::WorkerProcess;

const SETTINGS: [(&str, &str); 3] = [
    ("WORKER_PREFETCH", "32"),
    ("BROKER_PUBLISH_CHANNELS", "8"),
    ("BROKER_CONNECT_TIMEOUT_SECS", "5"),
];

/// Each with how long it lasts and whether it must have cost the worker its connections.
const FAULTS: [(Mode, Duration, bool); 6] = [
    (
        Mode::Delay(Duration::from_millis(20)),
        Duration::from_secs(3),
        false,
    ),
    (Mode::Truncate(3_001), Duration::from_secs(2), true),
    (Mode::Reset, Duration::from_secs(2), true),
    (Mode::HalfClose, Duration::from_secs(2), true),
    // Shorter than two heartbeats, then longer.
    (Mode::Swallow, Duration::from_secs(3), false),
    (Mode::Swallow, Duration::from_secs(13), true),
];

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_network_does_nothing_is_lost() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("network");
    let proxy = Proxy::start(url).await;
    let worker = WorkerProcess::start(&proxy.url(url), &names, &SETTINGS);
    worker.await_ready(200, "ready").await;
    let client = Client::connect(url).await;
    let mut records = client.collect(&names.output).await;
    let mut ledger = Ledger::default();
    for (mode, lasts, cuts) in FAULTS {
        let opened = proxy.accepted();
        ledger.feed(&client, &names.input, 150).await;
        proxy.set(mode);
        ledger.feed(&client, &names.input, 50).await;
        sleep(lasts).await;
        proxy.set(Mode::Pass);
        records.until(|taken| ledger.complete(taken)).await;
        ledger.feed(&client, &names.input, 1).await;
        records.until(|taken| ledger.complete(taken)).await;
        worker.await_ready(200, "ready").await;
        assert_eq!(
            proxy.accepted() > opened,
            cuts,
            "{mode:?}: {opened} connections before, {} after",
            proxy.accepted()
        );
    }
    records.until_quiet(Duration::from_secs(2)).await;
    let verdict = ledger.verdict(&records.taken);
    assert!(
        verdict.lost.is_empty() && verdict.unexpected.is_empty(),
        "{verdict:?}"
    );
    // What was in hand when a connection ended, and nothing else.
    assert!(verdict.twins <= 32 * FAULTS.len(), "{verdict:?}");
    assert_eq!(client.depth(&names.dead).await, 0);
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}
