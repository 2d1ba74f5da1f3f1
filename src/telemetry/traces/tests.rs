//! Spans as a collector would get them.

use opentelemetry_sdk::trace::{InMemorySpanExporter, SpanData};

use super::*;

const SENDER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const UNSAMPLED: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

fn headers(traceparent: &str) -> TraceHeaders {
    TraceHeaders {
        traceparent: Some(traceparent.to_owned()),
        tracestate: Some("vendor=1".to_owned()),
    }
}

fn arrived<'a>(headers: &'a TraceHeaders, last_attempt: Option<&'a str>) -> Arrived<'a> {
    Arrived {
        headers,
        last_attempt,
        message_id: Some("m-1"),
        correlation_id: None,
        body_bytes: 321,
        attempt: 2,
    }
}

fn collected() -> (Traces, InMemorySpanExporter) {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exporter.clone())
        .build();
    let route = Route {
        system: "rabbitmq",
        server: Some(("b.example".to_owned(), 5672)),
        input: "raw".to_owned(),
        records: "out:key".to_owned(),
        delays: vec!["retry.1s".to_owned()],
        dead_letters: "dead".to_owned(),
    };
    (Traces::to(provider, route), exporter)
}

fn said(span: &SpanData, key: &str) -> Option<String> {
    let found = span.attributes.iter().find(|pair| pair.key.as_str() == key);
    found.map(|pair| pair.value.to_string())
}

#[test]
fn a_delivery_is_a_span_of_the_senders_trace_and_its_parts_are_below_it() {
    let (traces, exporter) = collected();
    let came = headers(SENDER);
    let trace = traces.begin(&arrived(&came, None));
    assert_eq!(trace.trace_id(), Some("0af7651916cd43dd8448eb211c80319c"));
    assert_eq!(trace.exported_id(), trace.trace_id());
    let begun = SystemTime::UNIX_EPOCH + Duration::from_secs(9);
    let timings = [
        ("decode", Duration::from_millis(1)),
        ("clean", Duration::from_millis(2)),
    ];
    trace.stages(begun, &timings);
    trace.article("a-1");
    let sending = trace.send(Destination::Records);
    let out = sending.headers().clone();
    sending.end(None);
    trace.settled("ack", SystemTime::now());
    trace.end("enriched");

    let spans = exporter.get_finished_spans().unwrap();
    let names: Vec<&str> = spans.iter().map(|span| span.name.as_ref()).collect();
    assert_eq!(
        names,
        ["decode", "clean", "send out:key", "ack raw", "process raw"]
    );
    let [decode, clean, send, ack, process] = spans.as_slice() else {
        unreachable!("five, as just seen")
    };
    assert_eq!(process.span_kind, SpanKind::Consumer);
    assert_eq!(process.parent_span_id.to_string(), "b7ad6b7169203331");
    assert!(process.parent_span_is_remote);
    for part in [decode, clean, send, ack] {
        assert_eq!(part.parent_span_id, process.span_context.span_id());
        assert_eq!(part.span_context.trace_id(), process.span_context.trace_id());
    }
    assert_eq!(clean.start_time, decode.end_time);
    assert_eq!(clean.end_time, begun + Duration::from_millis(3));
    assert_eq!(send.span_kind, SpanKind::Producer);
    assert_eq!(
        out.traceparent,
        Some(format!(
            "00-0af7651916cd43dd8448eb211c80319c-{}-01",
            send.span_context.span_id()
        ))
    );
    assert_eq!(out.tracestate.as_deref(), Some("vendor=1"));
    for (span, key, value) in [
        (process, "messaging.system", "rabbitmq"),
        (process, "messaging.operation.type", "process"),
        (process, "messaging.destination.name", "raw"),
        (process, "messaging.message.id", "m-1"),
        (process, "messaging.message.body.size", "321"),
        (process, "server.address", "b.example"),
        (process, "server.port", "5672"),
        (process, "newsmill.attempt", "2"),
        (process, "newsmill.article.id", "a-1"),
        (process, "newsmill.outcome", "enriched"),
        (send, "messaging.operation.type", "send"),
        (ack, "messaging.operation.type", "settle"),
        (ack, "messaging.operation.name", "ack"),
    ] {
        assert_eq!(said(span, key).as_deref(), Some(value), "{key} of {}", span.name);
    }
}

#[test]
fn a_failed_attempt_is_linked_to_by_the_next_and_both_are_of_one_trace() {
    let (traces, exporter) = collected();
    let nothing = TraceHeaders::default();
    let first = traces.begin(&arrived(&nothing, None));
    first.failed("unroutable", "no queue takes it");
    let copying = first.send(Destination::Delay(0));
    copying.end(Some("refused"));
    let of_first = first.of_attempt().unwrap();
    first.end("retried");
    traces.begin(&arrived(&nothing, Some(&of_first))).end("enriched");

    let spans = exporter.get_finished_spans().unwrap();
    let [copy, first, second] = spans.as_slice() else {
        panic!("{spans:?}")
    };
    assert_eq!(copy.name, "send retry.1s");
    assert_eq!(said(copy, "error.type").as_deref(), Some("refused"));
    assert_eq!(said(first, "error.type").as_deref(), Some("unroutable"));
    assert_eq!(first.status, Status::error("no queue takes it"));
    assert_eq!(second.parent_span_id, first.span_context.span_id());
    assert_eq!(second.span_context.trace_id(), first.span_context.trace_id());
    let link = second.links.iter().next().unwrap();
    assert_eq!(link.span_context.span_id(), first.span_context.span_id());
}

#[test]
fn a_senders_trace_is_kept_over_that_of_the_last_attempt() {
    let (traces, exporter) = collected();
    let came = headers(SENDER);
    let last = "00-11111111111111111111111111111111-2222222222222222-01";
    traces.begin(&arrived(&came, Some(last))).end("enriched");
    let spans = exporter.get_finished_spans().unwrap();
    assert_eq!(spans[0].parent_span_id.to_string(), "b7ad6b7169203331");
    assert_eq!(spans[0].links.len(), 1);
}

#[test]
fn what_the_sender_does_not_sample_is_not_exported_but_carried_on() {
    let (traces, exporter) = collected();
    let came = headers(UNSAMPLED);
    let trace = traces.begin(&arrived(&came, None));
    let out = trace.send(Destination::Records).headers().clone();
    let out = out.traceparent.unwrap();
    assert!(
        out.starts_with("00-0af7651916cd43dd8448eb211c80319c-") && out.ends_with("-00"),
        "{out}"
    );
    assert_eq!(trace.exported_id(), None);
    trace.end("enriched");
    assert!(exporter.get_finished_spans().unwrap().is_empty());
}

#[test]
fn without_a_collector_headers_pass_untouched() {
    let traces = Traces::off();
    for traceparent in [SENDER, UNSAMPLED, "of another standard", ""] {
        let came = headers(traceparent);
        let trace = traces.begin(&arrived(&came, None));
        assert_eq!(trace.send(Destination::Records).headers(), &came);
        assert_eq!(trace.of_attempt(), None);
        assert_eq!(trace.exported_id(), None);
        assert_eq!(trace.trace_id().is_some(), traceparent.starts_with("00-"));
        trace.end("enriched");
    }
}

#[test]
fn a_broken_header_begins_a_trace_of_its_own() {
    let (traces, exporter) = collected();
    let came = headers("00-zz-b7ad6b7169203331-01");
    traces.begin(&arrived(&came, Some("nonsense"))).end("enriched");
    let spans = exporter.get_finished_spans().unwrap();
    assert!(spans[0].span_context.is_valid());
    assert_eq!(spans[0].parent_span_id.to_string(), "0000000000000000");
    assert_eq!(spans[0].links.len(), 0);
}
