//! One message of the input queue, and its settlement.
//!
//! Invariant: settling takes it by value, and acknowledging it takes the broker's confirm of what was made of it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use lapin::options::{BasicAckOptions, BasicNackOptions};
use lapin::types::ShortString;
use lapin::{Acker, BasicProperties, Channel};
use tokio::time::timeout;

use super::headers;
use super::wire::Wire;
use crate::worker::{Confirmed, Delivery, Envelope, Settled};

/// One message of the input queue.
pub struct RabbitDelivery {
    body: Arc<Vec<u8>>,
    envelope: Envelope,
    pub(super) properties: BasicProperties,
    pub(super) exchange: ShortString,
    pub(super) routing_key: ShortString,
    acker: Acker,
    operation_timeout: Duration,
    last_settled: Arc<LastSettled>,
    /// Keep the session open until this delivery is settled: either is closed when nobody holds it.
    _connection: Arc<Wire>,
    _channel: Channel,
}

/// When the last settlement was sent.
#[derive(Default)]
pub(super) struct LastSettled(Mutex<Option<Instant>>);

impl LastSettled {
    fn now(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// What is left of a time that began with the last settlement.
    pub(super) fn left_of(&self, time: Duration) -> Duration {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.map_or(Duration::ZERO, |last| time.saturating_sub(last.elapsed()))
    }
}

impl RabbitDelivery {
    /// What came by a channel of a connection.
    pub(super) fn new(
        delivery: lapin::message::Delivery,
        session: (&Arc<Wire>, &Channel),
        operation_timeout: Duration,
        last_settled: Arc<LastSettled>,
    ) -> Self {
        let properties = delivery.properties;
        let table = properties.headers().as_ref();
        let owned = |value: &Option<ShortString>| value.as_ref().map(ToString::to_string);
        let envelope = Envelope {
            content_type: owned(properties.content_type()),
            content_encoding: owned(properties.content_encoding()),
            message_id: owned(properties.message_id()),
            correlation_id: owned(properties.correlation_id()),
            failures: headers::count_of(table, headers::ATTEMPTS).unwrap_or(0),
            first_failed_at: headers::text_of(table, headers::FIRST_FAILED_AT),
            trace: headers::trace_of(table),
            last_attempt: headers::text_of(table, headers::TRACEPARENT),
            redelivered: delivery.redelivered,
        };
        Self {
            body: Arc::new(delivery.data),
            envelope,
            properties,
            exchange: delivery.exchange,
            routing_key: delivery.routing_key,
            acker: delivery.acker,
            operation_timeout,
            last_settled,
            _connection: Arc::clone(session.0),
            _channel: session.1.clone(),
        }
    }

    /// Whether the settlement was written to a connection that still stood.
    async fn settled(&self, settlement: impl Future<Output = lapin::Result<bool>> + Send) -> Settled {
        match timeout(self.operation_timeout, settlement).await {
            Ok(Ok(true)) => {
                self.last_settled.now();
                Settled::Sent
            }
            Ok(Ok(false)) => Settled::Stale,
            Ok(Err(error)) => {
                tracing::debug!(%error, "not settled");
                Settled::Stale
            }
            Err(_elapsed) => {
                tracing::debug!("the settlement could not be written in time");
                Settled::Stale
            }
        }
    }
}

impl Delivery for RabbitDelivery {
    fn body(&self) -> Arc<Vec<u8>> {
        Arc::clone(&self.body)
    }

    fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    fn is_live(&self) -> bool {
        self.acker.usable()
    }

    async fn acknowledge(self, _proof: Confirmed) -> Settled {
        self.settled(self.acker.ack(BasicAckOptions::default())).await
    }

    async fn hand_back(self) -> Settled {
        let requeue = BasicNackOptions {
            requeue: true,
            ..BasicNackOptions::default()
        };
        self.settled(self.acker.nack(requeue)).await
    }
}
