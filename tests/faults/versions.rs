//! Two versions of the worker on the same queues, as during a rolling upgrade.
//!
//! `NEWSMILL_TEST_OLD_BINARY` names an older build to be the old version. Without it this build plays both: the old
//! one has another retry schedule, other bounds and fewer stages, so its records and its copies differ as those of
//! another version would, and messages bear headers that neither has ever heard of.

use std::process::Command;
use std::time::Duration;

use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};

use super::client::{Client, Names, header};
use super::downstream::bind;
use super::ledger::{Ledger, article};
use super::node;
use super::worker::{WorkerProcess, in_place_of, program};

const NEW: [(&str, &str); 3] = [
    ("TOPOLOGY_OUTPUT_QUEUE", ""),
    ("RETRY_DELAYS_SECS", "1,2,3"),
    ("WORKER_NAME", "new"),
];
const OLD: [(&str, &str); 5] = [
    ("TOPOLOGY_OUTPUT_QUEUE", ""),
    ("RETRY_DELAYS_SECS", "2,1"),
    ("WORKER_NAME", "old"),
    ("WORKER_PREFETCH", "8"),
    ("ENRICH_STAGES", "clean"),
];

fn old(url: &str, names: &Names) -> Command {
    let command = program(url, names, &OLD);
    let Some(binary) = std::env::var_os("NEWSMILL_TEST_OLD_BINARY") else {
        return command;
    };
    in_place_of(&command, binary)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_versions_side_by_side_and_an_upgrade_under_load_lose_nothing() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("versions");
    let client = Client::connect(url).await;
    client.declare(&names.output, &[]).await;
    let mut workers = vec![
        WorkerProcess::of(old(url, &names)),
        WorkerProcess::of(old(url, &names)),
    ];
    for worker in &workers {
        worker.await_ready(200, "ready").await;
    }
    let new = WorkerProcess::start(url, &names, &NEW);
    new.await_ready(200, "ready").await;

    // Nothing is bound yet: each goes through delay queues, and whoever takes it next may be of the other version.
    let mut ledger = Ledger::default();
    let mut headers = FieldTable::default();
    headers.insert(
        "x-newsmill-of-the-future".into(),
        AMQPValue::LongString("kept".into()),
    );
    for number in 0..40 {
        let properties = BasicProperties::default()
            .with_content_type("application/json".into())
            .with_message_id(format!("travels-{number}").into())
            .with_headers(headers.clone());
        client
            .put(&names.input, &article(50_000 + number), properties)
            .await;
    }
    client
        .put(
            &names.input,
            b"no article",
            BasicProperties::default()
                .with_content_type("application/json".into())
                .with_headers(headers),
        )
        .await;
    let letter = client.take_one(&names.dead).await;
    assert_eq!(
        header(&letter, "x-newsmill-of-the-future").as_deref(),
        Some("kept")
    );
    bind(url, &names).await;
    let mut records = client.collect(&names.output).await;
    let mut dead = client.collect(&names.dead).await;

    // One old one after the other goes, under load, and a new one takes its place.
    ledger.feed(&client, &names.input, 100).await;
    for place in &mut workers {
        ledger.feed(&client, &names.input, 50).await;
        let next = WorkerProcess::start(url, &names, &NEW);
        let mut gone = std::mem::replace(place, next);
        gone.terminate();
        ledger.feed(&client, &names.input, 50).await;
        assert_eq!(gone.ended().await.code(), Some(0), "{}", gone.log());
    }
    records.until(|taken| taken.len() >= ledger.fed() + 40).await;
    ledger.feed(&client, &names.input, 1).await;
    records.until_quiet(Duration::from_secs(4)).await;
    dead.until_quiet(Duration::from_millis(500)).await;

    let (travelled, fed): (Vec<_>, Vec<_>) =
        std::mem::take(&mut records.taken)
            .into_iter()
            .partition(|record| {
                let sent_as = record.properties.correlation_id().as_ref();
                sent_as.is_some_and(|id| id.as_str().starts_with("travels-"))
            });
    assert_eq!(ledger.verdict(&fed), Default::default());
    assert_eq!(travelled.len(), 40, "each once; {} dead", dead.taken.len());
    assert!(dead.taken.is_empty());
    for worker in workers {
        worker.stop().await;
    }
    new.stop().await;
    client.clean(&names, &[1, 2, 3]).await;
}
