//! Traces: each delivery as a span of the sender's trace, carried on to whatever is made of it.
//!
//! Names and attributes are those of OpenTelemetry's conventions for messaging and for RabbitMQ. Spans are sent by
//! OTLP when the environment asks for it (`export`); when it does not, trace headers pass through untouched and
//! all of this costs the reading of one header.
//!
//! Invariant: no trace can hold up or fail an article. Spans go into a bounded queue that a thread of its own
//! empties; what does not fit is dropped.
//!
//! Absent on purpose: a global tracer, and any link to `tracing`'s spans, which are for the logs.

mod client;
mod export;
mod settings;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{
    Link, SpanBuilder, SpanContext, SpanKind, Status, TraceContextExt, TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};

pub use settings::TracesError;

use super::Metrics;

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";
/// Longer than any export takes to end when the worker stops.
const LAST_EXPORT_WITHIN: Duration = Duration::from_secs(5);

/// A message's place in a trace, by the W3C's Trace Context, as it stands in the headers of that name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TraceHeaders {
    /// `00-<trace id>-<span id>-<flags>`.
    pub traceparent: Option<String>,
    /// What vendors add.
    pub tracestate: Option<String>,
}

impl TraceHeaders {
    /// The place, if the headers are well formed.
    fn context(&self) -> Option<SpanContext> {
        self.traceparent.as_ref()?;
        let context = TraceContextPropagator::new().extract_with_context(&Context::new(), self);
        let place = context.span().span_context().clone();
        place.is_valid().then_some(place)
    }

    fn of(context: &Context) -> Self {
        let mut headers = Self::default();
        TraceContextPropagator::new().inject_context(context, &mut headers);
        headers
    }
}

impl Extractor for TraceHeaders {
    fn get(&self, key: &str) -> Option<&str> {
        match key {
            TRACEPARENT => self.traceparent.as_deref(),
            TRACESTATE => self.tracestate.as_deref(),
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT, TRACESTATE]
    }
}

impl Injector for TraceHeaders {
    fn set(&mut self, key: &str, value: String) {
        match key {
            TRACEPARENT => self.traceparent = Some(value),
            TRACESTATE if !value.is_empty() => self.tracestate = Some(value),
            _ => {}
        }
    }
}

/// Where messages come from and go to, as the spans name it.
#[derive(Debug, Clone, Default)]
pub struct Route {
    /// The broker's kind: `rabbitmq`.
    pub system: &'static str,
    /// Host and port of the first broker.
    pub server: Option<(String, u16)>,
    /// The queue that is consumed.
    pub input: String,
    /// `exchange:routing key` of records.
    pub records: String,
    /// The delay queues, by step.
    pub delays: Vec<String>,
    /// The queue of dead letters.
    pub dead_letters: String,
}

/// What a span tells of a delivery.
#[derive(Debug, Clone, Copy)]
pub struct Arrived<'a> {
    /// Its trace headers.
    pub headers: &'a TraceHeaders,
    /// `traceparent` of the attempt before this one.
    pub last_attempt: Option<&'a str>,
    /// The message's id.
    pub message_id: Option<&'a str>,
    /// The sender's id of the exchange of messages.
    pub correlation_id: Option<&'a str>,
    /// Bytes.
    pub body_bytes: usize,
    /// Counted from one.
    pub attempt: u32,
}

/// Where a message is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    /// A record, downstream.
    Records,
    /// A copy, into the delay queue of a step.
    Delay(usize),
    /// A copy, to the dead letters.
    DeadLetters,
}

/// Makes spans, if anybody wants them.
#[derive(Debug, Default)]
pub struct Traces {
    to: Option<Collector>,
}

#[derive(Debug)]
struct Collector {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    route: Arc<Route>,
}

impl Traces {
    /// None are made; headers are carried on as they came.
    pub fn off() -> Self {
        Self::default()
    }

    /// As the environment says, by OpenTelemetry's `OTEL_…` variables. `worker` names this process among others.
    ///
    /// # Errors
    /// All that is wrong with the variables.
    pub fn from_environment(
        environment: &dyn Fn(&str) -> Option<String>,
        route: Route,
        worker: &str,
        metrics: Arc<Metrics>,
    ) -> Result<Self, TracesError> {
        let Some(settings) = settings::read(environment)? else {
            return Ok(Self::off());
        };
        tracing::info!(endpoint = settings.shown_endpoint(), "traces are exported");
        let provider = export::provider(settings, worker, metrics)?;
        Ok(Self::to(provider, route))
    }

    fn to(provider: SdkTracerProvider, route: Route) -> Self {
        Self {
            to: Some(Collector {
                tracer: provider.tracer("newsmill"),
                provider,
                route: Arc::new(route),
            }),
        }
    }

    /// A delivery's part of its trace, which begins now.
    pub fn begin(&self, arrived: &Arrived<'_>) -> DeliveryTrace {
        let came_by = arrived.headers.context();
        let Some(collector) = &self.to else {
            return DeliveryTrace {
                trace_id: came_by.map(|place| place.trace_id().to_string()),
                came: arrived.headers.clone(),
                span: None,
            };
        };
        let span = collector.begin(arrived, came_by);
        DeliveryTrace {
            trace_id: Some(span.context.span().span_context().trace_id().to_string()),
            came: arrived.headers.clone(),
            span: Some(span),
        }
    }

    /// Sends what is still queued, and no more. Blocks for some seconds at the most.
    pub fn end(&self) {
        if let Some(collector) = &self.to
            && let Err(error) = collector.provider.shutdown_with_timeout(LAST_EXPORT_WITHIN)
        {
            tracing::warn!(%error, "the last spans may not have been exported");
        }
    }
}

impl Collector {
    fn begin(&self, arrived: &Arrived<'_>, came_by: Option<SpanContext>) -> DeliverySpan {
        let last = TraceHeaders {
            traceparent: arrived.last_attempt.map(ToOwned::to_owned),
            tracestate: None,
        };
        let last = last.context();
        // All attempts belong to the sender's span. Where the sender has none, to the first attempt.
        let parent = came_by.or_else(|| last.clone());
        let links = last.into_iter().map(|last| {
            let attributes = vec![KeyValue::new("newsmill.link", "last_attempt")];
            Link::new(last, attributes, 0)
        });
        let context = match parent {
            Some(parent) => Context::new().with_remote_span_context(parent),
            None => Context::new(),
        };
        let mut attributes = operation(&self.route, "process", "process", &self.route.input);
        attributes.push(KeyValue::new(
            "messaging.message.body.size",
            count(arrived.body_bytes),
        ));
        attributes.push(KeyValue::new("newsmill.attempt", i64::from(arrived.attempt)));
        if let Some(id) = arrived.message_id {
            attributes.push(KeyValue::new("messaging.message.id", id.to_owned()));
        }
        if let Some(id) = arrived.correlation_id {
            attributes.push(KeyValue::new("messaging.message.conversation_id", id.to_owned()));
        }
        let span = SpanBuilder::from_name(format!("process {}", self.route.input))
            .with_kind(SpanKind::Consumer)
            .with_links(links.collect())
            .with_attributes(attributes)
            .start_with_context(&self.tracer, &context);
        DeliverySpan {
            tracer: self.tracer.clone(),
            route: Arc::clone(&self.route),
            context: context.with_span(span),
        }
    }
}

/// One delivery's span, and what it is in the logs. Ends when dropped, if it was not ended before.
#[derive(Debug)]
pub struct DeliveryTrace {
    trace_id: Option<String>,
    came: TraceHeaders,
    span: Option<DeliverySpan>,
}

#[derive(Debug)]
struct DeliverySpan {
    tracer: SdkTracer,
    route: Arc<Route>,
    context: Context,
}

impl DeliveryTrace {
    /// 32 hexadecimal digits; of the sender's trace, or of the one that began here.
    pub fn trace_id(&self) -> Option<&str> {
        self.trace_id.as_deref()
    }

    /// The trace's id, if a span of it is exported from here.
    pub fn exported_id(&self) -> Option<&str> {
        let span = self.span.as_ref()?;
        let sampled = span.context.span().span_context().is_sampled();
        self.trace_id.as_deref().filter(|_| sampled)
    }

    /// `traceparent` of this attempt, for the copy that is made of a failed one.
    pub fn of_attempt(&self) -> Option<String> {
        TraceHeaders::of(&self.span.as_ref()?.context).traceparent
    }

    /// What is known of the article by now.
    pub fn article(&self, id: &str) {
        if let Some(span) = self.recording() {
            let id = KeyValue::new("newsmill.article.id", id.to_owned());
            span.context.span().set_attribute(id);
        }
    }

    /// Stages that followed on each other from `begun` on.
    pub fn stages(&self, begun: SystemTime, timings: &[(&'static str, Duration)]) {
        let Some(span) = self.recording() else { return };
        let mut at = begun;
        for (stage, took) in timings {
            let ended = at + *took;
            let part = SpanBuilder::from_name(*stage)
                .with_kind(SpanKind::Internal)
                .with_start_time(at)
                .start_with_context(&span.tracer, &span.context);
            end(part, ended);
            at = ended;
        }
    }

    /// A message is sent from now on.
    pub fn send(&self, to: Destination) -> SendTrace {
        let Some(span) = &self.span else {
            return SendTrace {
                headers: self.came.clone(),
                context: None,
            };
        };
        let name: Cow<'_, str> = match to {
            Destination::Records => span.route.records.as_str().into(),
            Destination::Delay(step) => match span.route.delays.get(step) {
                Some(queue) => queue.as_str().into(),
                None => span.route.dead_letters.as_str().into(),
            },
            Destination::DeadLetters => span.route.dead_letters.as_str().into(),
        };
        let sending = SpanBuilder::from_name(format!("send {name}"))
            .with_kind(SpanKind::Producer)
            .with_attributes(operation(&span.route, "send", "send", &name))
            .start_with_context(&span.tracer, &span.context);
        let context = span.context.with_span(sending);
        SendTrace {
            headers: TraceHeaders::of(&context),
            context: Some(context),
        }
    }

    /// Its settlement began at `begun` and has ended now.
    pub fn settled(&self, how: &'static str, begun: SystemTime) {
        let Some(span) = self.recording() else { return };
        let settling = SpanBuilder::from_name(format!("{how} {}", span.route.input))
            .with_kind(SpanKind::Client)
            .with_start_time(begun)
            .with_attributes(operation(&span.route, "settle", how, &span.route.input))
            .start_with_context(&span.tracer, &span.context);
        end(settling, SystemTime::now());
    }

    /// Why there is no record, as the attempt stands now.
    pub fn failed(&self, kind: &'static str, text: &str) {
        if let Some(span) = self.recording() {
            fail(&span.context, kind, text);
        }
    }

    /// The delivery's life is over.
    pub fn end(self, outcome: &'static str) {
        if let Some(span) = self.recording() {
            let outcome = KeyValue::new("newsmill.outcome", outcome);
            span.context.span().set_attribute(outcome);
        }
        if let Some(span) = &self.span {
            span.context.span().end();
        }
    }

    fn recording(&self) -> Option<&DeliverySpan> {
        self.span
            .as_ref()
            .filter(|span| span.context.span().is_recording())
    }
}

/// A message on its way.
#[derive(Debug)]
pub struct SendTrace {
    headers: TraceHeaders,
    context: Option<Context>,
}

impl SendTrace {
    /// What the message bears.
    pub fn headers(&self) -> &TraceHeaders {
        &self.headers
    }

    /// The broker has answered; `failed` says why the message is not there, by its kind.
    pub fn end(self, failed: Option<&'static str>) {
        let Some(context) = self.context else { return };
        if let Some(kind) = failed {
            fail(&context, kind, kind);
        }
        context.span().end();
    }
}

fn fail(context: &Context, kind: &'static str, text: &str) {
    context.span().set_attribute(KeyValue::new("error.type", kind));
    context.span().set_status(Status::error(text.to_owned()));
}

fn end(mut span: impl opentelemetry::trace::Span, at: SystemTime) {
    span.end_with_timestamp(at);
}

/// What every span of an operation on the broker says.
fn operation(route: &Route, kind: &'static str, name: &'static str, destination: &str) -> Vec<KeyValue> {
    let mut attributes = vec![
        KeyValue::new("messaging.system", route.system),
        KeyValue::new("messaging.operation.type", kind),
        KeyValue::new("messaging.operation.name", name),
        KeyValue::new("messaging.destination.name", destination.to_owned()),
    ];
    if let Some((host, port)) = &route.server {
        attributes.push(KeyValue::new("server.address", host.clone()));
        attributes.push(KeyValue::new("server.port", i64::from(*port)));
    }
    attributes
}

fn count(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
