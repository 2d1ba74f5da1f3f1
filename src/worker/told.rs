//! What those who look at the worker are told: what failed, and what went out.
//!
//! Invariant: nothing here changes what becomes of a delivery.

use std::sync::Arc;

use super::Worker;
use super::fate::Failure;
use super::ports::{Delivery, Envelope, Outbox};
use crate::message::EnrichedRecord;

impl<O: Outbox> Worker<O> {
    /// What went wrong, and what becomes of the delivery.
    pub(super) fn tell(&self, delivery: &O::Delivery, failure: &Failure, outcome: &'static str) {
        let message_id = delivery.envelope().message_id.as_deref();
        let article = match failure {
            Failure::Article(error) => error.article_id.as_deref().or(message_id),
            Failure::Reconcile(_) | Failure::Publish(_) => message_id,
        };
        let what = (failure.kind(), failure.stage());
        self.journal.failed(what, outcome, &failure.to_string(), article);
    }

    /// A record that is confirmed, beside the message that it came of.
    pub(super) fn show(&self, came_by: &Envelope, body: Arc<Vec<u8>>, record: Option<Box<EnrichedRecord>>) {
        let Some(record) = record else { return };
        let (content_type, encoding) = (&came_by.content_type, &came_by.content_encoding);
        self.journal
            .enriched(body, content_type.as_deref(), encoding.as_deref(), record);
    }
}
