//! Large messages are asked for in small numbers, small ones in large, and nothing is lost over the change.

use lapin::BasicProperties;
use serde_json::json;

use super::client::{Client, Names};
use super::ledger::Ledger;
use super::node;
use super::worker::WorkerProcess;

const LARGE: usize = 1 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn large_messages_are_held_in_small_numbers_and_small_ones_as_before() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("appetite");
    let settings = [("WORKER_PREFETCH", "32"), ("WORKER_IN_HAND_BYTES_MAX", "4194304")];
    let worker = WorkerProcess::start(url, &names, &settings);
    let client = Client::connect(url).await;
    worker.await_ready(200, "ready").await;
    let mut records = client.collect(&names.output).await;
    let asked = async || worker.metric("newsmill_prefetch").await;

    let mut ledger = Ledger::default();
    ledger.feed(&client, &names.input, 50).await;
    records.until(|records| ledger.complete(records)).await;
    assert_eq!(asked().await, 32.0);

    // The ledger does not know them, and says so in the end.
    for number in 0..40 {
        let filler = "word ".repeat(LARGE / 5);
        let article = json!({"id": format!("large-{number}"), "text": "One.", "extra_weight": filler});
        let properties = BasicProperties::default().with_content_type("application/json".into());
        client
            .put(&names.input, article.to_string().as_bytes(), properties)
            .await;
    }
    records.until(|records| records.len() >= 90).await;
    let few = asked().await;
    assert!(
        (1.0..=4.0).contains(&few),
        "{few} of a MiB each, where 4 MiB may be in hand"
    );
    worker.await_log("asking for other numbers").await;

    ledger.feed(&client, &names.input, 200).await;
    records.until(|records| records.len() >= 290).await;
    assert_eq!(asked().await, 32.0);
    let verdict = ledger.verdict(&records.taken);
    assert_eq!(
        (verdict.lost.len(), verdict.unexpected.len(), verdict.twins),
        (0, 40, 0),
        "{verdict:?}"
    );
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}
