//! Workers killed between every two steps of a delivery's way. Needs the cargo feature `fail-points`.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use lapin::BasicProperties;

use super::client::{Client, Names};
use super::ledger::Ledger;
use super::node;
use super::worker::WorkerProcess;

/// Every place between two steps: of the way to a record, and of the way to a copy.
const POINTS: [&str; 12] = [
    "taken",
    "decode",
    "clean",
    "quotes",
    "tags",
    "serialise",
    "enriched",
    "sent",
    "confirmed",
    "settled",
    "diverting",
    "copied",
];
const PREFETCH: usize = 8;
const SETTINGS: [(&str, &str); 2] = [("WORKER_PREFETCH", "8"), ("WORKER_THREADS", "2")];

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_between_any_two_steps_loses_nothing() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("points");
    let client = Client::connect(url).await;
    let first = WorkerProcess::start(url, &names, &SETTINGS);
    first.await_ready(200, "ready").await;
    first.stop().await;
    let mut records = client.collect(&names.output).await;
    let mut ledger = Ledger::default();
    let mut no_articles = BTreeSet::new();
    for point in POINTS {
        let armed = format!("{point}=kill@6");
        let settings = [&SETTINGS[..], &[("FAIL_POINTS", armed.as_str())]].concat();
        let mut worker = WorkerProcess::start(url, &names, &settings);
        for _ in 0..10 {
            ledger.feed(&client, &names.input, 2).await;
            let name = format!("no-article-{}", no_articles.len());
            let properties = BasicProperties::default()
                .with_content_type("application/json".into())
                .with_message_id(name.as_str().into());
            client.put(&names.input, name.as_bytes(), properties).await;
            no_articles.insert(name);
        }
        let status = worker.ended().await;
        assert_eq!(status.signal(), Some(9), "{point}: {status}\n{}", worker.log());
    }

    let worker = WorkerProcess::start(url, &names, &SETTINGS);
    let twins = ledger.close(&client, &names, &mut records).await;
    // A death can repeat what was in hand, and nothing else.
    assert!(twins <= POINTS.len() * PREFETCH, "{twins} twins");

    let mut dead = client.collect(&names.dead).await;
    dead.until(|taken| taken.len() >= no_articles.len()).await;
    dead.until_quiet(Duration::from_secs(1)).await;
    let found: BTreeSet<String> = dead
        .taken
        .iter()
        .map(|letter| letter.properties.message_id().as_ref().unwrap().to_string())
        .collect();
    assert_eq!(found, no_articles, "dead letters: all of them, and no others");
    assert!(dead.taken.len() <= no_articles.len() + POINTS.len() * PREFETCH);
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}
