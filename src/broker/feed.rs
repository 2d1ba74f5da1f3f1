//! Feeding the raw queue: messages in, confirmed, many in flight.
//!
//! Invariant: `send` returns `Ok` only for what the broker has taken over for good.

use std::sync::Arc;
use std::time::{Duration, Instant};

use lapin::BasicProperties;
use lapin::types::ShortString;
use tokio::time::sleep;

use super::connection::{Dialer, short};
use super::error::BrokerError;
use super::publisher::{Need, Publisher};
use super::session::Outgoing;
use super::topology::Topology;
use crate::config::{BrokerConfig, TopologyConfig};
use crate::telemetry::{Link, Metrics};
use crate::worker::PublishError;

/// Between two tries of a message that the broker did not take.
const PAUSE: Duration = Duration::from_millis(250);

/// Feeds the raw queue. Share it by reference: `send` may run many times at once.
pub struct Feed {
    publisher: Publisher,
    input: ShortString,
    /// How long a message is tried again while the broker is away or its queue is full.
    patience: Duration,
}

impl Feed {
    /// Connects, and declares (or checks) the input queue. Tries until it is there: put a deadline around it if
    /// one is wanted.
    ///
    /// # Errors
    /// What only a human can mend: a wrong address, refused access, a queue with other arguments.
    pub async fn connect(broker: &BrokerConfig, topology: &TopologyConfig) -> Result<Self, BrokerError> {
        let topology = Arc::new(Topology::new(topology, &[])?);
        let link = Link::new("publish", Arc::new(Metrics::new()));
        let publisher = Publisher::start(
            Dialer::new(broker, "feed")?,
            Arc::clone(&topology),
            Need::Input,
            broker.publish_channels,
            link,
        )
        .await?;
        Ok(Self {
            publisher,
            input: topology.input.clone(),
            patience: broker.operation_timeout * 2,
        })
    }

    /// Sends one raw article, whose content type may be empty, and returns when the broker has confirmed it. While the broker is away or the queue
    /// is full it is tried again, for twice the operation timeout; a twin may arise then, with the same
    /// `message_id`.
    ///
    /// # Errors
    /// [`BrokerError::Publish`] with the last try's reason.
    pub async fn send(
        &self,
        body: &[u8],
        content_type: &str,
        message_id: Option<&str>,
    ) -> Result<(), BrokerError> {
        let mut properties = BasicProperties::default()
            .with_delivery_mode(2)
            .with_app_id("newsmill".into());
        if !content_type.is_empty() {
            properties = properties.with_content_type(short("content_type", content_type)?);
        }
        if let Some(message_id) = message_id {
            properties = properties.with_message_id(short("message_id", message_id)?);
        }
        let begun = Instant::now();
        loop {
            let message = Outgoing {
                exchange: ShortString::default(),
                routing_key: self.input.clone(),
                body,
                properties: properties.clone(),
            };
            let error = match self.publisher.publish(message).await {
                Ok(_confirmed) => return Ok(()),
                Err(error) => error,
            };
            match &error {
                PublishError::Unroutable { .. } => self.publisher.repair().await,
                PublishError::Refused | PublishError::TimedOut { .. } | PublishError::Disconnected { .. } => {
                }
                PublishError::TooLarge { .. } | PublishError::AccessRefused { .. } => {
                    return Err(error.into());
                }
            }
            if begun.elapsed() >= self.patience {
                return Err(error.into());
            }
            sleep(PAUSE).await;
        }
    }

    /// Ends the connection. Everything that `send` returned `Ok` for is safe without it, too.
    pub async fn close(self) {
        self.publisher.close().await;
    }
}
