//! A reconciliation service beside the worker: its answers in records, and what its silence costs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use lapin::BasicProperties;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

use super::client::{Client, Names, header};
use super::node;
use super::worker::WorkerProcess;

/// A name of nothing, so that no vocabulary has it.
const UNKNOWN: &str = "Quillfen Brasker";

/// Knows every name; may be down.
#[derive(Clone, Default)]
struct Service {
    down: Arc<AtomicBool>,
    requests: Arc<AtomicUsize>,
}

impl Service {
    async fn start() -> (Self, String) {
        let service = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/api", listener.local_addr().unwrap());
        let app = Router::new()
            .route("/api", post(Self::answer))
            .with_state(service.clone());
        TaskTracker::new().spawn(async move { axum::serve(listener, app).await });
        (service, url)
    }

    async fn answer(State(service): State<Self>, body: Bytes) -> Response {
        service.requests.fetch_add(1, Ordering::SeqCst);
        if service.down.load(Ordering::SeqCst) {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        let (_, queries) = url::form_urlencoded::parse(&body).next().unwrap();
        let queries: Value = serde_json::from_str(&queries).unwrap();
        let found = queries.as_object().unwrap().iter().map(|(key, query)| {
            let name = query["query"].as_str().unwrap();
            let candidate =
                json!({"id": format!("id of {name}"), "name": name, "match": true, "type": [{"id": "Q5"}]});
            (key.clone(), json!({"result": [candidate]}))
        });
        let answer: serde_json::Map<String, Value> = found.collect();
        Value::Object(answer).to_string().into_response()
    }
}

async fn feed(client: &Client, names: &Names, id: &str, tag: &str) {
    let article = json!({"id": id, "text": "One sentence stands here.", "tags": [tag, "Ghana"]});
    let properties = BasicProperties::default().with_content_type("application/json".into());
    client
        .put(&names.input, article.to_string().as_bytes(), properties)
        .await;
}

async fn record(client: &Client, names: &Names) -> Value {
    serde_json::from_slice(&client.take_one(&names.output).await.data).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_vocabulary_does_not_know_gets_the_services_id_and_is_asked_for_once() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("reconciled");
    let (service, address) = Service::start().await;
    let worker = WorkerProcess::start(
        url,
        &names,
        &[("RECONCILE_URL", &address), ("RECONCILE_SCHEME", "desk")],
    );
    let client = Client::connect(url).await;
    worker.await_ready(200, "ready").await;
    for id in ["one", "two"] {
        feed(&client, &names, id, UNKNOWN).await;
        let record = record(&client, &names).await;
        let tag = &record["tags"][0];
        assert_eq!(tag["label"], UNKNOWN);
        assert_eq!(tag["ids"], json!({"desk": format!("id of {UNKNOWN}")}));
        assert_eq!(
            (tag["kind"].clone(), tag["rule"].clone()),
            (json!("person"), json!("reconciled"))
        );
        assert_eq!(record["tags"][1]["ids"]["iso3166"], "GH", "{record}");
        assert_eq!(record["tags"].as_array().unwrap().len(), 2);
    }
    assert_eq!(service.requests.load(Ordering::SeqCst), 1);
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_down_holds_up_nothing_and_is_seen_to_be_down() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("unreconciled");
    let (service, address) = Service::start().await;
    service.down.store(true, Ordering::SeqCst);
    let settings = [
        ("RECONCILE_URL", address.as_str()),
        ("RECONCILE_FAILURES_MAX", "3"),
    ];
    let worker = WorkerProcess::start(url, &names, &settings);
    let client = Client::connect(url).await;
    worker.await_ready(200, "ready").await;
    for at in 0..6 {
        feed(&client, &names, &format!("a-{at}"), UNKNOWN).await;
        let record = record(&client, &names).await;
        assert_eq!(record["tags"][0]["ids"], json!({}));
        let warning = record["enrichment"]["warnings"][0].as_str().unwrap();
        assert!(
            warning.starts_with("unknown tags: the reconciliation service "),
            "{warning}"
        );
    }
    assert_eq!(
        service.requests.load(Ordering::SeqCst),
        3,
        "then it is left alone"
    );
    worker
        .await_ready(200, "degraded: reconcile: not asked for now")
        .await;
    let (_, metrics) = worker.page("/metrics").await;
    assert!(metrics.contains("newsmill_reconcile_paused 1"), "{metrics}");
    assert!(
        metrics.contains("newsmill_reconcile_names_total{outcome=\"unanswered\"} 6"),
        "{metrics}"
    );
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wants_no_record_without_answers_gets_it_when_the_service_is_back() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("reconciled-later");
    let (service, address) = Service::start().await;
    service.down.store(true, Ordering::SeqCst);
    let settings = [
        ("RECONCILE_URL", address.as_str()),
        ("RECONCILE_UNANSWERED", "retry"),
    ];
    let worker = WorkerProcess::start(url, &names, &settings);
    let client = Client::connect(url).await;
    worker.await_ready(200, "ready").await;
    // After delays of one and of two seconds it has been tried three times.
    feed(&client, &names, "one", UNKNOWN).await;
    let letter = client.take_one(&names.dead).await;
    assert_eq!(
        header(&letter, "x-newsmill-error-kind").as_deref(),
        Some("reconcile")
    );
    assert_eq!(header(&letter, "x-newsmill-stage").as_deref(), Some("reconcile"));
    assert_eq!(header(&letter, "x-newsmill-attempts").as_deref(), Some("3"));
    feed(&client, &names, "two", UNKNOWN).await;
    while service.requests.load(Ordering::SeqCst) < 4 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    service.down.store(false, Ordering::SeqCst);
    let record = record(&client, &names).await;
    assert_eq!(
        (record["id"].clone(), record["tags"][0]["rule"].clone()),
        (json!("two"), json!("reconciled"))
    );
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}
