//! The pages over HTTP, as a browser, a stranger and a scrape meet them.

use std::net::SocketAddr;

use tokio_util::sync::CancellationToken;

use super::*;
use crate::enrich::Stages;
use crate::telemetry::{Admin, Link};

/// What was answered.
struct Answer {
    status: u16,
    policy: Option<String>,
    body: String,
}

/// Pages that are served, and what they read.
struct Served {
    address: SocketAddr,
    journal: Arc<Journal>,
    stop: CancellationToken,
}

impl Served {
    async fn start() -> Self {
        let metrics = Arc::new(Metrics::new());
        let health = Health::new(vec![Link::new("consume", Arc::clone(&metrics))]);
        let journal = Arc::new(Journal::new(2, 1 << 20));
        let vocabulary = Arc::new(LiveVocabulary::open(None).unwrap());
        let admin = Admin::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
        let address = admin.address();
        let pages = Pages::new(Sources {
            metrics: Arc::clone(&metrics),
            health: Arc::clone(&health),
            journal: Arc::clone(&journal),
            enricher: Enricher::new(vocabulary.current(), Limits::default(), Stages::ALL),
            vocabulary,
            limits: Limits::default(),
            decode: DecodeOptions::default(),
            article: Duration::from_secs(60),
            settings: PagesConfig {
                enabled: true,
                local_only: true,
                hosts: vec!["localhost".to_owned()],
                recent: 2,
                recent_bytes_max: 1 << 20,
                try_bytes_max: 10_000,
            },
            listen: address.ip(),
            name: "<b>worker</b>".to_owned(),
        });
        let stop = CancellationToken::new();
        let serving = admin.serve(metrics, health, pages.router(), stop.clone());
        let tracker = tokio_util::task::TaskTracker::new();
        tracker.spawn(async move { serving.await.unwrap() });
        Self {
            address,
            journal,
            stop,
        }
    }

    /// Asks, with these headers and, if there is one, this body.
    async fn ask(&self, path: &str, headers: &[(&'static str, &'static str)], body: Option<&str>) -> Answer {
        let url = format!("http://{}{path}", self.address);
        let (headers, body) = (headers.to_vec(), body.map(ToOwned::to_owned));
        tokio::task::spawn_blocking(move || {
            let agent = ureq::Agent::config_builder()
                .http_status_as_error(false)
                .timeout_global(Some(Duration::from_secs(60)))
                .build()
                .new_agent();
            let mut request = ureq::http::Request::builder().uri(url);
            for (name, value) in headers {
                request = request.header(name, value);
            }
            let answer = match body {
                Some(body) => agent.run(request.method("POST").body(body).unwrap()),
                None => agent.run(request.method("GET").body(()).unwrap()),
            };
            let mut answer = answer.unwrap();
            let policy = answer.headers().get("content-security-policy");
            Answer {
                status: answer.status().as_u16(),
                policy: policy.map(|policy| policy.to_str().unwrap().to_owned()),
                body: answer.body_mut().read_to_string().unwrap(),
            }
        })
        .await
        .unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

const OURS: (&str, &str) = ("sec-fetch-site", "same-origin");

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_forbids_scripts_and_other_hosts() {
    let served = Served::start().await;
    let name = ("host", "rebound.example");
    for (path, headers, status) in [
        ("/", &[][..], 200),
        ("/try", &[], 200),
        ("/recent", &[], 200),
        ("/recent/1", &[], 404),
        ("/recent/one", &[], 404),
        ("/runbook", &[], 200),
        ("/docs/messages", &[], 200),
        ("/docs/..%2f..%2fCargo.toml", &[], 404),
        ("/style.css", &[], 200),
        ("/icon.svg", &[], 200),
        ("/nowhere", &[], 404),
        ("/", &[name], 403),
        ("/style.css", &[name], 403),
    ] {
        let answer = served.ask(path, headers, None).await;
        assert_eq!(answer.status, status, "{path} {headers:?}: {}", answer.body);
        let policy = answer.policy.unwrap_or_default();
        assert!(
            policy.starts_with("default-src 'none';")
                && !policy.contains("script-src")
                && !policy.contains("unsafe"),
            "{path}: {policy:?}"
        );
        assert!(
            !answer.body.contains("<script") && !answer.body.contains("<b>worker</b>"),
            "{path}"
        );
    }
    // What is for machines answers as ever.
    for path in ["/metrics", "/livez", "/readyz"] {
        let answer = served.ask(path, &[name], None).await;
        assert!(answer.status != 403 && answer.policy.is_none(), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_tried_must_come_from_here_and_be_within_bounds() {
    let served = Served::start().await;
    let article = "article=%E2%80%9CWe+were+not+asked%2C%E2%80%9D+said+Ada+Brown+in+Norway.";
    let form = ("content-type", "application/x-www-form-urlencoded");
    let strange = ("origin", "http://evil.example");
    for headers in [
        vec![form],
        vec![form, strange],
        vec![form, ("sec-fetch-site", "cross-site")],
    ] {
        let answer = served.ask("/try", &headers, Some(article)).await;
        assert_eq!(answer.status, 403, "{headers:?}");
    }
    let answer = served.ask("/try", &[form, OURS], Some(article)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(
        answer.body.contains("Ada Brown") && answer.body.contains("Q20"),
        "{}",
        answer.body
    );
    assert!(served.journal.articles().is_empty(), "nothing of it is kept");
    let answer = served.ask("/try", &[form, OURS], Some("article=%7B")).await;
    assert_eq!(answer.status, 422);
    let large = format!("article={}", "a".repeat(10_001));
    assert_eq!(served.ask("/try", &[form, OURS], Some(&large)).await.status, 413);
    let larger = format!("article={}", "a".repeat(3_000_000));
    assert_eq!(served.ask("/try", &[form, OURS], Some(&larger)).await.status, 413);
    assert_eq!(served.ask("/recent", &[form, OURS], Some("x")).await.status, 405);
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_shown_as_text_with_what_to_do() {
    let served = Served::start().await;
    served.journal.failed(
        ("json", "decode"),
        "dead_lettered",
        "invalid JSON: <script>alert(1)</script>",
        Some("<img src=x>"),
    );
    served
        .journal
        .failed(("panicked", "quotes"), "dead_lettered", "off by one", None);
    let home = served.ask("/", &[], None).await.body;
    for part in [
        "not connected yet",
        "/docs/messages#what-is-refused",
        "/runbook#newsmillpanicked",
        "off by one",
    ] {
        assert!(home.contains(part), "{part} in {home}");
    }
    assert!(!home.contains("<script") && !home.contains("<img"), "{home}");
}
