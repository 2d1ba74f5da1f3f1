//! What the worker needs of a broker, and no more.
//!
//! Invariant: a delivery is settled by value, so it cannot be settled twice; and it is acknowledged only
//! against a [`Confirmed`], which only a broker that has confirmed a message hands out. "Confirmed, then
//! settled" is thereby held by the compiler.
//!
//! Absent on purpose: AMQP. Properties, headers, exchanges and channels stay behind these traits.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::telemetry::TraceHeaders;

/// Proof that the broker has taken a message over: it is durable, wherever it went.
#[derive(Debug)]
#[must_use = "an input may be acknowledged only against this"]
pub struct Confirmed(());

impl Confirmed {
    /// To be made by a broker, out of its confirm alone.
    pub(crate) fn by_broker() -> Self {
        Self(())
    }
}

/// Why a message was not published, or may not have been.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// No queue takes messages with this key, or the exchange is missing.
    #[error("no queue takes it: {problem}")]
    Unroutable {
        /// The broker's words.
        problem: String,
    },
    /// The broker said no: the queue is full, or it lost its majority.
    #[error("the broker refused it: the queue is full or has no majority")]
    Refused,
    /// The broker said neither yes nor no. The message may still arrive.
    #[error("no confirm within {} s", .after.as_secs())]
    TimedOut {
        /// How long it was waited for.
        after: Duration,
    },
    /// There is no connection, or it ended before the confirm. The message may have arrived.
    #[error("the publishing connection is down: {problem}")]
    Disconnected {
        /// What was seen.
        problem: String,
    },
    /// Larger than the broker takes.
    #[error("the broker takes no message this large: {problem}")]
    TooLarge {
        /// The broker's words.
        problem: String,
    },
    /// We may not publish there.
    #[error("the broker refuses access: {problem}")]
    AccessRefused {
        /// The broker's words.
        problem: String,
    },
}

/// What the worker has to know of a message beside its body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Envelope {
    /// Media type as sent.
    pub content_type: Option<String>,
    /// `gzip`, `zstd`, or nothing.
    pub content_encoding: Option<String>,
    /// The sender's id of the message.
    pub message_id: Option<String>,
    /// The id by which the sender knows the exchange of messages.
    pub correlation_id: Option<String>,
    /// Attempts that failed before this one.
    pub failures: u32,
    /// When the first of them failed, RFC 3339.
    pub first_failed_at: Option<String>,
    /// Its place in a trace, carried on to the record.
    pub trace: TraceHeaders,
    /// `traceparent` of the attempt that failed before this one.
    pub last_attempt: Option<String>,
    /// Whether the broker has handed it out before.
    pub redelivered: bool,
}

/// One message that the broker has handed out and wants an answer about.
pub trait Delivery: Send + Sync + Sized + 'static {
    /// The body as it came.
    fn body(&self) -> Arc<Vec<u8>>;

    /// What is known beside the body.
    fn envelope(&self) -> &Envelope;

    /// Whether it can still be settled. Once the connection it came by has ended it cannot, and the broker
    /// hands the message out again.
    fn is_live(&self) -> bool;

    /// Takes the message off the queue: what became of it is confirmed.
    fn acknowledge(self, proof: Confirmed) -> impl Future<Output = Settled> + Send;

    /// Puts the message back where it was, for the next worker.
    fn hand_back(self) -> impl Future<Output = Settled> + Send;
}

/// Whether a settlement reached the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Settled {
    /// It was sent.
    Sent,
    /// The connection had ended: the broker hands the message out again.
    Stale,
}

/// The stream of deliveries. Reconnects by itself; the worker never sees a connection.
pub trait Inbox: Send + 'static {
    /// What it hands out.
    type Delivery: Delivery;

    /// The next delivery; `None` once it was stopped and nothing is buffered any more. Cancelling is safe.
    ///
    /// # Errors
    /// Only what a human must mend: everything else is tried again for ever.
    fn next(&mut self) -> impl Future<Output = Result<Option<Self::Delivery>, Fatal>> + Send;

    /// Asks the broker to hand out no more. What is buffered still comes out of `next`.
    fn stop(&mut self) -> impl Future<Output = ()> + Send;

    /// Ends the connection, after everything was settled.
    fn close(self) -> impl Future<Output = ()> + Send;
}

/// Where messages go: each call returns when the broker has confirmed, or has not.
pub trait Outbox: Send + Sync + 'static {
    /// What the inbox hands out: copies need its properties and headers.
    type Delivery: Delivery;

    /// Publishes a record downstream.
    fn publish(
        &self,
        record: &OutgoingRecord,
    ) -> impl Future<Output = Result<Confirmed, PublishError>> + Send;

    /// Copies a delivery, as it came, into the delay queue of `step`.
    fn retry_later(
        &self,
        delivery: &Self::Delivery,
        step: usize,
        note: &FailureNote,
    ) -> impl Future<Output = Result<Confirmed, PublishError>> + Send;

    /// Copies a delivery, as it came, into the dead-letter queue.
    fn dead_letter(
        &self,
        delivery: &Self::Delivery,
        note: &FailureNote,
    ) -> impl Future<Output = Result<Confirmed, PublishError>> + Send;
}

/// A record on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingRecord {
    /// The serialised record.
    pub body: Vec<u8>,
    /// Derived from the article's id and the schema: the same article always has the same.
    pub message_id: String,
    /// Media type of the body.
    pub content_type: &'static str,
    /// `gzip`, `zstd`, or nothing.
    pub content_encoding: Option<&'static str>,
    /// The form's schema, as the message's `type`.
    pub schema: &'static str,
    /// The sender's id of the raw message.
    pub correlation_id: Option<String>,
    /// Its place in a trace.
    pub trace: TraceHeaders,
}

/// What is written on a copy about why it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureNote {
    /// One line.
    pub error: String,
    /// Of a small closed set.
    pub kind: &'static str,
    /// Where it happened.
    pub stage: &'static str,
    /// Attempts so far, this one included.
    pub attempts: u32,
    /// RFC 3339.
    pub first_failed_at: String,
    /// RFC 3339.
    pub failed_at: String,
    /// The worker's name.
    pub worker: String,
    /// `traceparent` of the attempt that failed, where its trace is made here.
    pub traceparent: Option<String>,
}

/// What only a human can mend: the worker hands everything back, stops and says why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Fatal {
    /// What to do about it.
    pub text: String,
    /// What the process exits with.
    pub exit: FatalKind,
}

/// Kinds of fatal failures, one exit code each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FatalKind {
    /// A queue or exchange is missing, or is another than the one we need.
    Topology,
    /// Credentials or permissions.
    Access,
    /// A setting that cannot work.
    Settings,
    /// As many threads are stuck in articles as the worker has: only a new process gets them back.
    Stuck,
}
