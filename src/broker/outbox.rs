//! Where messages go: records downstream, copies into delay queues and the dead-letter queue.
//!
//! Invariant: every message is durable, mandatory and confirmed. A copy goes through the default exchange straight
//! into its queue: no binding can be missing.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use lapin::BasicProperties;
use lapin::types::{FieldTable, ShortString};

use super::delivery::RabbitDelivery;
use super::headers::{self, Origin};
use super::publisher::Publisher;
use super::session::Outgoing;
use super::topology::Topology;
use crate::worker::{Confirmed, Delivery, FailureNote, Outbox, OutgoingRecord, PublishError};

/// Between two repairs of the topology: many messages may find the same queue missing at once.
const REPAIR_EVERY: Duration = Duration::from_secs(2);

/// Publishes records and copies.
pub struct RabbitOutbox {
    publisher: Publisher,
    topology: Arc<Topology>,
    repaired: Mutex<Option<Instant>>,
}

impl RabbitOutbox {
    pub(super) fn new(publisher: Publisher, topology: Arc<Topology>) -> Self {
        Self {
            publisher,
            topology,
            repaired: Mutex::new(None),
        }
    }

    /// Ends the connection.
    pub async fn close(&self) {
        self.publisher.close().await;
    }

    async fn send(&self, message: Outgoing<'_>) -> Result<Confirmed, PublishError> {
        let published = self.publisher.publish(message).await;
        if matches!(published, Err(PublishError::Unroutable { .. })) && self.may_repair() {
            self.publisher.repair().await;
        }
        published
    }

    fn may_repair(&self) -> bool {
        let mut repaired = self.repaired.lock().unwrap_or_else(PoisonError::into_inner);
        if repaired.is_some_and(|at| at.elapsed() < REPAIR_EVERY) {
            return false;
        }
        *repaired = Some(Instant::now());
        true
    }

    async fn copy(
        &self,
        delivery: &RabbitDelivery,
        queue: &ShortString,
        note: &FailureNote,
    ) -> Result<Confirmed, PublishError> {
        let origin = Origin {
            exchange: &delivery.exchange,
            routing_key: &delivery.routing_key,
        };
        let properties = headers::of_copy(
            &delivery.properties,
            &origin,
            note,
            &self.topology,
            self.publisher.frame_max(),
        );
        let body = delivery.body();
        self.send(Outgoing {
            exchange: ShortString::default(),
            routing_key: queue.clone(),
            body: &body,
            properties,
        })
        .await
    }
}

impl Outbox for RabbitOutbox {
    type Delivery = RabbitDelivery;

    async fn publish(&self, record: &OutgoingRecord) -> Result<Confirmed, PublishError> {
        self.send(Outgoing {
            exchange: self.topology.exchange.clone(),
            routing_key: self.topology.routing_key.clone(),
            body: &record.body,
            properties: of_record(record),
        })
        .await
    }

    async fn retry_later(
        &self,
        delivery: &RabbitDelivery,
        step: usize,
        note: &FailureNote,
    ) -> Result<Confirmed, PublishError> {
        let queue = match self.topology.delays.get(step) {
            Some((_, queue)) => queue,
            // No such step: the dead-letter queue loses nothing either.
            None => &self.topology.dead_letters,
        };
        self.copy(delivery, queue, note).await
    }

    async fn dead_letter(
        &self,
        delivery: &RabbitDelivery,
        note: &FailureNote,
    ) -> Result<Confirmed, PublishError> {
        self.copy(delivery, &self.topology.dead_letters, note).await
    }
}

fn of_record(record: &OutgoingRecord) -> BasicProperties {
    let mut table = FieldTable::default();
    for (name, value) in [
        ("traceparent", &record.trace.traceparent),
        ("tracestate", &record.trace.tracestate),
    ] {
        if let Some(value) = value {
            table.insert(ShortString::from(name), headers::text(value));
        }
    }
    let seconds = u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or_default();
    let mut properties = BasicProperties::default()
        .with_delivery_mode(2)
        .with_content_type(ShortString::from(record.content_type))
        .with_type(ShortString::from(record.schema))
        .with_app_id(ShortString::from("newsmill"))
        .with_timestamp(seconds)
        .with_headers(table);
    if let Some(encoding) = record.content_encoding {
        properties = properties.with_content_encoding(ShortString::from(encoding));
    }
    if let Ok(id) = ShortString::try_new(record.message_id.as_str()) {
        properties = properties.with_message_id(id);
    }
    // As long as the sender's id, which came in such a string.
    if let Some(Ok(id)) = record.correlation_id.as_deref().map(ShortString::try_new) {
        properties = properties.with_correlation_id(id);
    }
    properties
}
