//! One delivery's life.
//!
//! Invariant: it ends in exactly one of five ways, and is counted once: its record is confirmed and it is
//! acknowledged; its copy in a delay queue or in the dead-letter queue is confirmed and it is acknowledged; it
//! is handed back; or its connection ended and the broker hands it out again. There is no sixth.

use std::time::{Instant, SystemTime};

use tokio_util::sync::CancellationToken;
use tracing::Instrument;
use tracing::field::Empty;

use super::Worker;
use super::delay;
use super::fate::{CopyFate, Failure, Fate, fate_of_copy};
use super::hold::Hold;
use super::life::Life;
use super::points;
use super::ports::{
    Confirmed, Delivery, Envelope, FailureNote, Fatal, FatalKind, Outbox, OutgoingRecord, PublishError,
    Settled,
};
use crate::telemetry::{Arrived, DeliveryTrace, Destination, Held};

/// Bytes of an error's text in a header: a table of headers must fit into one frame.
const ERROR_BYTES_MAX: usize = 2048;

/// Why a delivery is not acknowledged for its record.
enum Trouble {
    /// Something went wrong; the table says what that means.
    Failed(Failure),
    /// The connection that it came by has ended.
    Stale,
    /// It goes back to where it was.
    HandBack,
}

impl Trouble {
    fn kind(&self) -> &'static str {
        match self {
            Self::Failed(failure) => failure.kind(),
            Self::Stale => "stale",
            Self::HandBack => "handed_back",
        }
    }
}

/// Where a copy goes.
#[derive(Clone, Copy)]
enum Target {
    DelayQueue { step: usize },
    DeadLetters,
}

impl From<Target> for Destination {
    fn from(target: Target) -> Self {
        match target {
            Target::DelayQueue { step } => Self::Delay(step),
            Target::DeadLetters => Self::DeadLetters,
        }
    }
}

impl<O: Outbox> Worker<O> {
    /// Takes a delivery through to its settlement. When `abandon` is cancelled it is handed back at once.
    pub(super) async fn handle(&self, delivery: O::Delivery, abandon: &CancellationToken) {
        let envelope = delivery.envelope();
        let attempt = envelope.failures.saturating_add(1);
        let body_bytes = delivery.body().len();
        let life = Life::begin(&self.metrics, body_bytes);
        let trace = self.traces.begin(&Arrived {
            headers: &envelope.trace,
            last_attempt: envelope.last_attempt.as_deref(),
            message_id: envelope.message_id.as_deref(),
            correlation_id: envelope.correlation_id.as_deref(),
            body_bytes,
            attempt,
        });
        let span = tracing::info_span!(
            "delivery",
            article = Empty,
            message_id = envelope.message_id,
            attempt,
            redelivered = envelope.redelivered,
            trace_id = trace.trace_id(),
        );
        let outcome = async {
            tokio::select! {
                biased;
                () = abandon.cancelled() => {}
                ended = self.through(&delivery, &trace) => return self.settle(delivery, ended, &trace).await,
            }
            tracing::warn!("the drain's time is over; handing back");
            self.settle(delivery, Err(Trouble::HandBack), &trace).await
        }
        .instrument(span)
        .await;
        life.end(outcome, trace);
    }

    /// What the delivery comes to, and the broker's word for it.
    async fn through(
        &self,
        delivery: &O::Delivery,
        trace: &DeliveryTrace,
    ) -> Result<(&'static str, Confirmed), Trouble> {
        match self.enrich_and_publish(delivery, trace).await {
            Ok(confirmed) => Ok(("enriched", confirmed)),
            Err(Trouble::Failed(failure)) => {
                trace.failed(failure.kind(), &failure.to_string());
                self.divert(delivery, failure, trace).await
            }
            Err(trouble) => Err(trouble),
        }
    }

    /// Settles by value: whatever was made of the delivery is confirmed by now, or nothing was.
    async fn settle(
        &self,
        delivery: O::Delivery,
        ended: Result<(&'static str, Confirmed), Trouble>,
        trace: &DeliveryTrace,
    ) -> &'static str {
        let (begun, since) = (Instant::now(), SystemTime::now());
        let body = delivery.body();
        let (how, outcome, settled) = match ended {
            // The record or the copy is confirmed, so the original may go.
            Ok((outcome, confirmed)) => ("ack", outcome, delivery.acknowledge(confirmed).await),
            Err(Trouble::Stale) => {
                tracing::info!("its connection ended; the broker hands it out again");
                return "stale";
            }
            Err(Trouble::HandBack | Trouble::Failed(_)) => {
                ("nack", "handed_back", delivery.hand_back().await)
            }
        };
        self.metrics.stage("settle", begun.elapsed());
        trace.settled(how, since);
        points::reach("settled", &body);
        match settled {
            Settled::Sent => outcome,
            Settled::Stale => {
                self.metrics.stale_settle();
                tracing::info!(outcome, "settled too late; the broker hands it out again");
                "stale"
            }
        }
    }

    async fn enrich_and_publish(
        &self,
        delivery: &O::Delivery,
        trace: &DeliveryTrace,
    ) -> Result<Confirmed, Trouble> {
        let body = delivery.body();
        points::reach("taken", &body);
        let mut product = self.make(delivery, trace).await.map_err(Trouble::Failed)?;
        points::reach("enriched", &body);
        let shown = product.record.take();
        let envelope = delivery.envelope();
        let sending = trace.send(Destination::Records);
        let record = product.outgoing(envelope, sending.headers());
        let published = self.publish(delivery, &record).await;
        sending.end(published.as_ref().err().map(Trouble::kind));
        let confirmed = published?;
        points::reach("confirmed", &body);
        tracing::debug!(record_bytes = record.body.len(), "enriched");
        self.show(envelope, body, shown);
        Ok(confirmed)
    }

    /// Publishes the record, holding the delivery while the way to the broker is shut.
    async fn publish(&self, delivery: &O::Delivery, record: &OutgoingRecord) -> Result<Confirmed, Trouble> {
        let mut hold = Hold::new(&self.health, Held::Record);
        let mut refused_before = false;
        loop {
            if !delivery.is_live() {
                // Publishing now would only make a twin: the broker hands the article out again.
                return Err(Trouble::Stale);
            }
            let begun = Instant::now();
            let published = self.outbox.publish(record).await;
            self.metrics.stage("publish", begun.elapsed());
            let failure = match published {
                Ok(confirmed) => return Ok(confirmed),
                Err(error) => Failure::Publish(error),
            };
            // A queue that was deleted while the record was on its way to it, as a watcher's is when the watcher
            // leaves, makes the broker refuse once. Only what is refused twice is a downstream that takes nothing.
            let refused = failure == Failure::Publish(PublishError::Refused);
            if refused && !refused_before {
                refused_before = true;
                continue;
            }
            // Without a delay queue there is nowhere to put it off to.
            let held_long = hold.since.elapsed() >= self.settings.hold_max && self.settings.retry_steps > 0;
            if failure.fate() != Fate::HoldOn || held_long {
                return Err(Trouble::Failed(failure));
            }
            self.tell(delivery, &failure, "held");
            hold.pause(&failure.to_string()).await;
        }
    }

    /// Sends a copy of what failed to where it belongs.
    async fn divert(
        &self,
        delivery: &O::Delivery,
        failure: Failure,
        trace: &DeliveryTrace,
    ) -> Result<(&'static str, Confirmed), Trouble> {
        let failures = delivery.envelope().failures;
        let step = usize::try_from(failures).unwrap_or(usize::MAX);
        let fate = failure.fate();
        let note = self.note(delivery.envelope(), &failure, trace);
        points::reach("diverting", &delivery.body());
        match fate {
            Fate::Stop => {
                self.tell(delivery, &failure, "handed_back");
                self.stop(Fatal {
                    text: failure.to_string(),
                    exit: FatalKind::Access,
                });
                Err(Trouble::HandBack)
            }
            Fate::HoldOn => {
                // As a new message it begins anew with the broker's consumer timeout and its count of deliveries.
                // The last delay, or the same articles would come and go all the time.
                let step = self.spread(self.settings.retry_steps.saturating_sub(1));
                let confirmed = self
                    .copy(delivery, Target::DelayQueue { step }, &note, trace)
                    .await?;
                self.tell(delivery, &failure, "put_off");
                tracing::warn!(kind = note.kind, error = note.error, "put off, at no cost");
                Ok(("put_off", confirmed))
            }
            Fate::RetryLater if step < self.settings.retry_steps => {
                let step = self.spread(step);
                let confirmed = self
                    .copy(delivery, Target::DelayQueue { step }, &note, trace)
                    .await?;
                self.metrics.retried(step.saturating_add(1));
                self.tell(delivery, &failure, "retried");
                tracing::warn!(
                    kind = note.kind,
                    stage = note.stage,
                    error = note.error,
                    "failed; tried again later"
                );
                Ok(("retried", confirmed))
            }
            Fate::DeadLetter | Fate::RetryLater => {
                let confirmed = self.copy(delivery, Target::DeadLetters, &note, trace).await?;
                self.metrics.dead_lettered(note.kind);
                self.tell(delivery, &failure, "dead_lettered");
                tracing::warn!(
                    kind = note.kind,
                    stage = note.stage,
                    error = note.error,
                    "dead-lettered"
                );
                Ok(("dead_lettered", confirmed))
            }
        }
    }

    /// Makes a copy, for as long as it takes: until then the original stays where it is.
    async fn copy(
        &self,
        delivery: &O::Delivery,
        target: Target,
        note: &FailureNote,
        trace: &DeliveryTrace,
    ) -> Result<Confirmed, Trouble> {
        // The copy keeps the sender's trace headers: what comes of it later is of that trace, too.
        let sending = trace.send(target.into());
        let copied = self.copied(delivery, target, note).await;
        sending.end(copied.as_ref().err().map(Trouble::kind));
        copied
    }

    async fn copied(
        &self,
        delivery: &O::Delivery,
        target: Target,
        note: &FailureNote,
    ) -> Result<Confirmed, Trouble> {
        let mut hold = Hold::new(&self.health, Held::Copy);
        loop {
            if !delivery.is_live() {
                return Err(Trouble::Stale);
            }
            let published = match target {
                Target::DelayQueue { step } => self.outbox.retry_later(delivery, step, note).await,
                Target::DeadLetters => self.outbox.dead_letter(delivery, note).await,
            };
            let error = match published {
                Ok(confirmed) => {
                    points::reach("copied", &delivery.body());
                    return Ok(confirmed);
                }
                Err(error) => error,
            };
            match fate_of_copy(&error) {
                CopyFate::TryAgain => hold.pause(&error.to_string()).await,
                CopyFate::HandBack => {
                    tracing::error!(%error, "the broker does not take a copy; handing back");
                    // A pause, so that what goes straight back does not come straight again.
                    hold.pause(&error.to_string()).await;
                    return Err(Trouble::HandBack);
                }
                CopyFate::Stop => {
                    self.stop(Fatal {
                        text: format!("a copy was not published: {error}"),
                        exit: FatalKind::Access,
                    });
                    return Err(Trouble::HandBack);
                }
            }
        }
    }

    fn spread(&self, due: usize) -> usize {
        delay::spread(due, self.settings.retry_steps, self.settings.retry_jitter_percent)
    }

    fn note(&self, envelope: &Envelope, failure: &Failure, trace: &DeliveryTrace) -> FailureNote {
        let now = jiff::Timestamp::now().to_string();
        FailureNote {
            error: one_line(&failure.to_string()),
            kind: failure.kind(),
            stage: failure.stage(),
            attempts: match failure.fate() {
                // Not the article's fault, so not at its expense.
                Fate::HoldOn => envelope.failures,
                Fate::DeadLetter | Fate::RetryLater | Fate::Stop => envelope.failures.saturating_add(1),
            },
            first_failed_at: envelope.first_failed_at.clone().unwrap_or_else(|| now.clone()),
            failed_at: now,
            worker: self.settings.name.clone(),
            traceparent: trace.of_attempt(),
        }
    }
}

/// One line, cut at a character where it would outgrow a header.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(ERROR_BYTES_MAX));
    for character in text.chars() {
        let character = if character.is_control() { ' ' } else { character };
        if line.len() + character.len_utf8() > ERROR_BYTES_MAX {
            break;
        }
        line.push(character);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_line_of_bounded_bytes() {
        let line = one_line(&"é\n".repeat(5000));
        assert!(line.len() <= ERROR_BYTES_MAX);
        assert!(!line.contains('\n'));
    }
}
