//! Traces from the sender's message to the record and through a retry, as a collector gets them by OTLP.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::TcpListener;
use tokio::time::sleep;
use tokio_util::task::TaskTracker;

use super::client::{Client, Names, PATIENCE, header};
use super::ledger::article;
use super::node;
use super::worker::{WorkerProcess, program};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SENDER: &str = "b7ad6b7169203331";

/// What came, and what is answered.
#[derive(Clone)]
struct Collector {
    requests: Arc<Mutex<Vec<(HeaderMap, ExportTraceServiceRequest)>>>,
    answer: StatusCode,
}

impl Collector {
    /// Listens on a port of its own; gives its address.
    async fn start(answer: StatusCode) -> (Self, String) {
        let collector = Self {
            requests: Arc::default(),
            answer,
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new()
            .route("/v1/traces", post(Self::take))
            .with_state(collector.clone());
        TaskTracker::new().spawn(async move { axum::serve(listener, app).await });
        (collector, address)
    }

    async fn take(State(collector): State<Self>, headers: HeaderMap, body: Bytes) -> StatusCode {
        let request = ExportTraceServiceRequest::decode(body).expect("OTLP");
        collector.requests.lock().unwrap().push((headers, request));
        collector.answer
    }

    /// Waits for so many spans whose names begin like that.
    async fn spans(&self, name: &str, count: usize) -> Vec<Span> {
        let begun = Instant::now();
        loop {
            let all = self.all();
            let found: Vec<Span> = all
                .iter()
                .filter(|span| span.name.starts_with(name))
                .cloned()
                .collect();
            if found.len() >= count {
                return found;
            }
            let names: Vec<&str> = all.iter().map(|span| span.name.as_str()).collect();
            assert!(begun.elapsed() < PATIENCE, "{count} {name:?} among {names:?}");
            sleep(Duration::from_millis(50)).await;
        }
    }

    fn all(&self) -> Vec<Span> {
        let requests = self.requests.lock().unwrap();
        let resources = requests.iter().flat_map(|(_, request)| &request.resource_spans);
        let scopes = resources.flat_map(|resource| &resource.scope_spans);
        scopes.flat_map(|scope| scope.spans.clone()).collect()
    }

    /// An attribute of the resource that the spans come from.
    fn resource(&self, key: &str) -> Option<String> {
        let requests = self.requests.lock().unwrap();
        let (_, request) = requests.first()?;
        let resource = request.resource_spans.first()?.resource.as_ref()?;
        let found = resource.attributes.iter().find(|pair| pair.key == key)?;
        Some(format!("{:?}", found.value))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn traced(id: &'static str) -> BasicProperties {
    let mut headers = FieldTable::default();
    let traceparent = format!("00-{TRACE}-{SENDER}-01");
    headers.insert("traceparent".into(), AMQPValue::LongString(traceparent.into()));
    BasicProperties::default()
        .with_content_type("application/json".into())
        .with_message_id(id.into())
        .with_headers(headers)
}

fn worker(url: &str, names: &Names, collector: &str, settings: &[(&str, &str)]) -> WorkerProcess {
    let mut command = program(url, names, settings);
    command
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector)
        .env("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=s3cret")
        .env("OTEL_SERVICE_NAME", "mill")
        .env("OTEL_BSP_SCHEDULE_DELAY", "100");
    WorkerProcess::of(command)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_bears_the_trace_of_its_article_and_the_collector_gets_every_step() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("traced");
    let (collector, address) = Collector::start(StatusCode::OK).await;
    let worker = worker(url, &names, &address, &[]);
    let client = Client::connect(url).await;
    client.await_queue(&names.output).await;
    client.put(&names.input, &article(1), traced("raw-1")).await;

    let record = client.take_one(&names.output).await;
    let process = collector.spans("process ", 1).await.remove(0);
    assert_eq!(process.name, format!("process {}", names.input));
    assert_eq!(hex(&process.trace_id), TRACE);
    assert_eq!(hex(&process.parent_span_id), SENDER);
    let send = collector.spans("send ", 1).await.remove(0);
    assert_eq!(
        header(&record, "traceparent"),
        Some(format!("00-{TRACE}-{}-01", hex(&send.span_id)))
    );
    for step in ["decode", "clean", "quotes", "tags", "serialise", "send ", "ack "] {
        let part = collector.spans(step, 1).await.remove(0);
        assert_eq!(part.parent_span_id, process.span_id, "{step}");
        assert!(
            part.start_time_unix_nano >= process.start_time_unix_nano,
            "{step}"
        );
        assert!(part.end_time_unix_nano <= process.end_time_unix_nano, "{step}");
    }
    assert!(collector.resource("service.name").unwrap().contains("mill"));
    assert!(
        collector
            .resource("service.instance.id")
            .unwrap()
            .contains("worker-under-test")
    );
    let (headers, _) = collector.requests.lock().unwrap()[0].clone();
    assert_eq!(headers["x-tenant"], "s3cret");
    assert_eq!(headers["content-type"], "application/x-protobuf");

    let (_, metrics) = worker.page("/metrics").await;
    assert!(
        metrics.contains(&format!("# {{trace_id=\"{TRACE}\"}}")),
        "{metrics}"
    );
    assert!(worker.metric("newsmill_spans_total{outcome=\"exported\"}").await >= 8.0);
    assert!(!worker.log().contains("s3cret"));
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attempts_and_the_dead_letter_are_of_one_trace_and_the_log_names_it() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("traced-retry");
    let (collector, address) = Collector::start(StatusCode::OK).await;
    // The exchange is declared and nothing is bound to it.
    let worker = worker(url, &names, &address, &[("TOPOLOGY_OUTPUT_QUEUE", "")]);
    let client = Client::connect(url).await;
    worker.await_ready(200, "ready").await;
    client.put(&names.input, &article(2), traced("raw-2")).await;

    let letter = client.take_one(&names.dead).await;
    assert_eq!(
        header(&letter, "traceparent"),
        Some(format!("00-{TRACE}-{SENDER}-01")),
        "as the sender sent it"
    );
    let mut attempts = collector.spans("process ", 3).await;
    attempts.sort_by_key(|span| span.start_time_unix_nano);
    for pair in attempts.windows(2) {
        let [earlier, later] = pair else { unreachable!() };
        assert_eq!(hex(&later.trace_id), TRACE);
        assert_eq!(hex(&later.parent_span_id), SENDER);
        assert_eq!(later.links.len(), 1);
        assert_eq!(
            later.links[0].span_id, earlier.span_id,
            "linked to the one before"
        );
    }
    let last = attempts.last().unwrap();
    assert_eq!(
        header(&letter, "x-newsmill-traceparent"),
        Some(format!("00-{TRACE}-{}-01", hex(&last.span_id)))
    );
    let buried = format!("send {}", names.dead);
    assert_eq!(collector.spans(&buried, 1).await[0].parent_span_id, last.span_id);
    assert!(
        last.status
            .as_ref()
            .unwrap()
            .message
            .contains("no queue takes it")
    );
    let dead = worker.log();
    let line = dead.lines().find(|line| line.contains("dead-lettered")).unwrap();
    assert!(line.contains(TRACE), "{line}");
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_takes_nothing_holds_up_no_article() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("traced-refused");
    let (_collector, address) = Collector::start(StatusCode::BAD_REQUEST).await;
    let worker = worker(url, &names, &address, &[]);
    let client = Client::connect(url).await;
    client.await_queue(&names.output).await;
    for number in 0..3 {
        client.put(&names.input, &article(number), traced("raw")).await;
    }
    client.take(&names.output, 3).await;
    worker.await_log("spans are not exported").await;
    assert!(worker.metric("newsmill_spans_total{outcome=\"failed\"}").await > 0.0);
    assert_eq!(worker.log().matches("spans are not exported").count(), 1);
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_that_cannot_be_followed_is_told_before_anything_is_consumed() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("traced-wrong");
    let mut command = program(url, &names, &[]);
    command
        .env("OTEL_TRACES_EXPORTER", "otlp")
        .env("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
        .env("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere/ca.pem");
    let mut worker = WorkerProcess::of(command);
    assert_eq!(worker.ended().await.code(), Some(2));
    let log = worker.log();
    assert!(
        log.contains("OTEL_EXPORTER_OTLP_PROTOCOL") && log.contains("http/protobuf"),
        "{log}"
    );
}
