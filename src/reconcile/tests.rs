//! The service against a real HTTP server on loopback: what it is asked, what it says, what its silence costs.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

use super::*;
use crate::config::{Config, Flag, Sources};

/// How the next request is answered; when all are used up: well.
#[derive(Debug, Clone, Copy)]
enum Answer {
    Status(u16),
    Garbage,
    Elsewhere,
    Silence,
}

/// A request's names, and what stood in its authorization.
type Asked = (Vec<String>, Option<String>);

#[derive(Debug, Clone, Default)]
struct Desk {
    script: Arc<Mutex<VecDeque<Answer>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Desk {
    async fn start(script: &[Answer]) -> (Self, String) {
        let desk = Self {
            script: Arc::new(Mutex::new(script.iter().copied().collect())),
            asked: Arc::default(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/reconcile", listener.local_addr().unwrap());
        let app = Router::new()
            .route("/reconcile", post(Self::answer))
            .with_state(desk.clone());
        TaskTracker::new().spawn(async move { axum::serve(listener, app).await });
        (desk, url)
    }

    async fn answer(State(desk): State<Self>, headers: HeaderMap, body: Bytes) -> Response {
        let (_, queries) = url::form_urlencoded::parse(&body).next().unwrap();
        let queries: Value = serde_json::from_str(&queries).unwrap();
        let queries = queries.as_object().unwrap();
        let names = queries
            .values()
            .map(|query| query["query"].as_str().unwrap().to_owned());
        let token = headers
            .get("authorization")
            .map(|value| value.to_str().unwrap().to_owned());
        desk.asked.lock().unwrap().push((names.collect(), token));
        let answer = desk.script.lock().unwrap().pop_front();
        match answer {
            Some(Answer::Status(status)) => StatusCode::from_u16(status).unwrap().into_response(),
            Some(Answer::Garbage) => "<html>".into_response(),
            Some(Answer::Elsewhere) => (StatusCode::FOUND, [("location", "/elsewhere")]).into_response(),
            Some(Answer::Silence) => {
                tokio::time::sleep(Duration::from_secs(60)).await;
                StatusCode::OK.into_response()
            }
            None => {
                let found = queries.iter().map(|(key, query)| {
                    let name = query["query"].as_str().unwrap();
                    let result = match name.strip_prefix("known ") {
                        Some(id) => json!([{"id": id, "name": name, "score": 1, "match": true, "type": []}]),
                        None => json!([]),
                    };
                    (key.clone(), json!({"result": result}))
                });
                let body: serde_json::Map<String, Value> = found.collect();
                Value::Object(body).to_string().into_response()
            }
        }
    }

    fn requests(&self) -> Vec<Vec<String>> {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(|(names, _)| names.clone()).collect()
    }
}

fn service(url: &str, settings: &[(&str, &str)]) -> (Service, Arc<Metrics>, Arc<Health>) {
    let flag = |(setting, value): (&str, &str)| Flag {
        flag: "--set".to_owned(),
        setting: setting.to_owned(),
        value: value.to_owned(),
    };
    let given = [("reconcile.url", url), ("reconcile.timeout_ms", "20000")];
    let config = Config::load(&Sources {
        file: None,
        environment: &|_| None,
        flags: given
            .into_iter()
            .chain(settings.iter().copied())
            .map(flag)
            .collect(),
    })
    .unwrap();
    let (metrics, health) = (Arc::new(Metrics::new()), Health::new(Vec::new()));
    let service = Service::new(&config.reconcile, Arc::clone(&metrics), Arc::clone(&health));
    (service.unwrap().unwrap(), metrics, health)
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn ids(answers: Answers) -> Vec<Option<String>> {
    let id = |known: TagCandidate| known.ids["wikidata"].clone();
    answers
        .unwrap()
        .into_iter()
        .map(|answer| answer.map(id))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_name_is_asked_for_once_in_batches_and_what_is_not_known_is_remembered_too() {
    let (desk, url) = Desk::start(&[]).await;
    let (service, metrics, _) = service(&url, &[("reconcile.batch", "2"), ("reconcile.token", "s3cret")]);
    let some = |id: &str| Some(id.to_owned());
    let asked = service.ask(&names(&["known 1", "x", "known 2"])).await;
    assert_eq!(ids(asked), [some("1"), None, some("2")]);
    let asked = service.ask(&names(&["known 2", "known 3", "x"])).await;
    assert_eq!(ids(asked), [some("2"), some("3"), None]);
    assert_eq!(
        desk.requests(),
        [names(&["known 1", "x"]), names(&["known 2"]), names(&["known 3"])]
    );
    let tokens: Vec<_> = desk
        .asked
        .lock()
        .unwrap()
        .iter()
        .map(|(_, token)| token.clone())
        .collect();
    assert_eq!(
        tokens,
        [
            some("Bearer s3cret"),
            some("Bearer s3cret"),
            some("Bearer s3cret")
        ]
    );
    let text = metrics.text();
    for sample in [
        "newsmill_reconcile_requests_total{outcome=\"answered\"} 3",
        "newsmill_reconcile_names_total{outcome=\"known\"} 3",
        "newsmill_reconcile_names_total{outcome=\"unknown\"} 1",
        "newsmill_reconcile_names_total{outcome=\"cached\"} 2",
    ] {
        assert!(text.contains(sample), "{sample} in {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_is_told_and_not_remembered() {
    let script = [
        Answer::Status(503),
        Answer::Garbage,
        Answer::Elsewhere,
        Answer::Silence,
    ];
    let (desk, url) = Desk::start(&script).await;
    let (service, metrics, _) = service(&url, &[("reconcile.timeout_ms", "1500")]);
    let mut told = Vec::new();
    for _ in script {
        told.push(service.ask(&names(&["known 1"])).await.unwrap_err().to_string());
    }
    let told: Vec<_> = told
        .iter()
        .map(|told| {
            told.strip_prefix("the reconciliation service gave no answer: ")
                .unwrap()
        })
        .collect();
    assert_eq!((told[0], told[2]), ("status 503", "status 302"));
    assert!(told[1].starts_with("the answer has another form"), "{told:?}");
    assert!(told[3].contains("timeout"), "{told:?}");
    assert_eq!(
        ids(service.ask(&names(&["known 1"])).await),
        [Some("1".to_owned())]
    );
    assert_eq!(desk.requests().len(), 5);
    assert!(
        metrics
            .text()
            .contains("newsmill_reconcile_requests_total{outcome=\"failed\"} 4")
    );
    assert!(
        metrics
            .text()
            .contains("newsmill_reconcile_names_total{outcome=\"unanswered\"} 4")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_fails_too_often_is_left_alone_and_seen_to_be() {
    let script = [Answer::Status(500), Answer::Status(500)];
    let (desk, url) = Desk::start(&script).await;
    let settings = [("reconcile.failures_max", "2"), ("reconcile.pause_secs", "3")];
    let (service, metrics, health) = service(&url, &settings);
    for _ in script {
        let told = service.ask(&names(&["known 1"])).await;
        assert!(matches!(told, Err(ReconcileError::Unanswered(_))), "{told:?}");
    }
    let told = service.ask(&names(&["known 1"])).await;
    assert_eq!(told, Err(ReconcileError::Paused));
    assert_eq!(desk.requests().len(), 2, "it was not asked");
    assert!(metrics.text().contains("newsmill_reconcile_paused 1"));
    let seen = health.shortcoming().unwrap();
    assert_eq!(
        seen,
        "reconcile: not asked for now, it has failed too often: status 500"
    );
    assert!(health.troubles().is_empty(), "the worker is ready without it");
    tokio::time::sleep(Duration::from_millis(3100)).await;
    assert_eq!(
        ids(service.ask(&names(&["known 1"])).await),
        [Some("1".to_owned())]
    );
    assert!(metrics.text().contains("newsmill_reconcile_paused 0"));
    assert_eq!(health.shortcoming(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_remembered_is_known_while_the_service_is_left_alone() {
    let (_desk, url) = Desk::start(&[]).await;
    let (service, _, _) = service(&url, &[("reconcile.failures_max", "1")]);
    assert_eq!(
        ids(service.ask(&names(&["known 1"])).await),
        [Some("1".to_owned())]
    );
    assert!(service.breaker.failed(Instant::now()));
    assert_eq!(
        ids(service.ask(&names(&["known 1"])).await),
        [Some("1".to_owned())]
    );
    assert_eq!(
        service.ask(&names(&["known 1", "known 2"])).await,
        Err(ReconcileError::Paused)
    );
}
