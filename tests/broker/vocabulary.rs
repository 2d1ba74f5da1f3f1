//! The vocabulary changes under a running worker: on a changed file, on SIGHUP, and not for a damaged file.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use lapin::BasicProperties;
use newsmill::vocabulary::{Options, Vocabulary, compile};
use serde_json::{Value, json};

use super::client::{Client, Names, PATIENCE};
use super::node::{self, signal};
use super::worker::WorkerProcess;

const FAILED: &str = "newsmill_vocabulary_reloads_total{outcome=\"failed\"}";
const LOADED: &str = "newsmill_vocabulary_reloads_total{outcome=\"loaded\"}";
const UNCHANGED: &str = "newsmill_vocabulary_reloads_total{outcome=\"unchanged\"}";

/// Compiles one concept under this desk id into `out`, and gives the version that records will name.
fn compiled(out: &Path, desk: u32) -> String {
    let source = out.with_extension("jsonl");
    let line = json!({"label": "Port Ansgar Pact", "type": "event", "ids": {"desk": desk}});
    std::fs::write(&source, format!("{line}\n")).unwrap();
    compile(&[source], &Options::default(), out, &mut |_, _| {}).unwrap();
    Vocabulary::load(out).unwrap().version().to_owned()
}

async fn feed(client: &Client, names: &Names, ids: std::ops::Range<usize>) {
    for number in ids {
        let article = json!({
            "id": format!("tagged-{number}"),
            "text": "The three ministers signed the treaty on Wednesday evening in the harbour of the old town.",
            "tags": ["port ansgar pact"],
        });
        let properties = BasicProperties::default().with_content_type("application/json".into());
        let body = serde_json::to_vec(&article).unwrap();
        client.put(&names.input, &body, properties).await;
    }
}

/// Version and desk id of each record.
async fn taken(client: &Client, names: &Names, count: usize) -> Vec<(String, String)> {
    let records = client.take(&names.output, count).await;
    records
        .iter()
        .map(|record| {
            let body: Value = serde_json::from_slice(&record.data).unwrap();
            let tag = &body["tags"][0];
            assert_eq!(tag["label"], "Port Ansgar Pact", "{body}");
            let version = body["enrichment"]["vocabulary"].as_str().unwrap();
            (
                version.to_owned(),
                tag["ids"]["desk"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
}

async fn await_metric(worker: &WorkerProcess, sample: &str, value: f64) {
    let begun = Instant::now();
    while worker.metric(sample).await < value {
        assert!(
            begun.elapsed() < PATIENCE,
            "{sample} stays below {value}; log:\n{}",
            worker.log()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn file(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("own.nmv")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_file_is_taken_while_articles_flow_and_a_cut_one_is_not() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("vocabulary");
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder);
    let old = compiled(&path, 1);
    let settings = [
        ("ENRICH_VOCABULARY", path.to_str().unwrap()),
        ("ENRICH_VOCABULARY_CHECK_SECS", "1"),
    ];
    let worker = WorkerProcess::start(url, &names, &settings);
    let client = Client::connect(url).await;
    client.await_queue(&names.output).await;

    feed(&client, &names, 0..5).await;
    for record in taken(&client, &names, 5).await {
        assert_eq!(record, (old.clone(), "1".to_owned()));
    }
    let info = |version: &str| format!("newsmill_vocabulary_info{{version=\"{version}\"}}");
    assert_eq!(worker.metric(&info(&old)).await, 1.0);

    // Cut as a copy is that stopped half way.
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 7]).unwrap();
    await_metric(&worker, FAILED, 1.0).await;
    worker.await_log("cut or padded").await;
    feed(&client, &names, 5..10).await;
    for record in taken(&client, &names, 5).await {
        assert_eq!(record, (old.clone(), "1".to_owned()));
    }

    // Articles flow while it changes: each has the one or the other, whole, and none is missing.
    let new = compiled(&path, 2);
    assert_ne!(old, new);
    let mut fed = 10;
    let begun = Instant::now();
    while worker.metric(LOADED).await < 1.0 {
        feed(&client, &names, fed..fed + 10).await;
        fed += 10;
        assert!(begun.elapsed() < PATIENCE, "log:\n{}", worker.log());
    }
    feed(&client, &names, fed..fed + 5).await;
    let records = taken(&client, &names, fed - 10 + 5).await;
    for record in &records {
        let whole = [(old.clone(), "1".to_owned()), (new.clone(), "2".to_owned())];
        assert!(whole.contains(record), "{record:?}");
    }
    assert!(
        records[records.len() - 5..]
            .iter()
            .all(|(version, _)| *version == new)
    );
    assert_eq!(worker.metric(&info(&new)).await, 1.0);
    assert_eq!(worker.metric(&info(&old)).await, 0.0, "one version is in force");
    assert_eq!(worker.metric(FAILED).await, 1.0, "a refused file is tried once");
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sighup_loads_the_file_again_and_does_not_end_the_worker() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("hangup");
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder);
    compiled(&path, 1);
    let settings = [
        ("ENRICH_VOCABULARY", path.to_str().unwrap()),
        ("ENRICH_VOCABULARY_CHECK_SECS", "0"),
    ];
    let worker = WorkerProcess::start(url, &names, &settings);
    let client = Client::connect(url).await;
    client.await_queue(&names.output).await;

    signal("HUP", &worker.pid());
    await_metric(&worker, UNCHANGED, 1.0).await;
    let new = compiled(&path, 3);
    signal("HUP", &worker.pid());
    await_metric(&worker, LOADED, 1.0).await;
    feed(&client, &names, 0..3).await;
    for record in taken(&client, &names, 3).await {
        assert_eq!(record, (new.clone(), "3".to_owned()));
    }
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}
