//! Sending letters: back to where they came from, into the input queue, or into the dead-letter queue anew.
//!
//! Invariant: each is durable, mandatory and confirmed, on a connection that only publishes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use lapin::types::ShortString;
use tokio::time::{sleep, timeout};

use super::letter::Letter;
use super::original::{again, original};
use crate::broker::connection::Dialer;
use crate::broker::error::BrokerError;
use crate::broker::publisher::{Need, Publisher};
use crate::broker::session::Outgoing;
use crate::broker::topology::Topology;
use crate::config::{BrokerConfig, TopologyConfig};
use crate::telemetry::{Link, Metrics};
use crate::worker::{Confirmed, PublishError};

/// How long a letter is tried again while its queue is full: a worker may be emptying it.
const FULL_PATIENCE: Duration = Duration::from_secs(5);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(200);

/// Where a letter is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Where it was published to before it failed.
    Origin,
    /// The input queue, whatever its way was.
    Input,
    /// The dead-letter queue, as the letter that it is.
    DeadLetters,
}

/// Why a letter was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReturnError {
    /// Nothing tells where it came from.
    #[error("nothing tells where it came from; give --to-input to send it into the input queue")]
    NoOrigin,
    /// A name of it is over AMQP's limit of 255 bytes.
    #[error("its exchange or routing key is over 255 bytes; give --to-input")]
    Name,
    /// The queue or exchange it came from is gone.
    #[error(
        "nothing takes it where it came from ({problem}); give --to-input to send it into the input queue"
    )]
    Unroutable {
        /// The broker's words.
        problem: String,
    },
    /// The queue that it is sent to is missing.
    #[error("there is no queue `{queue}`; a worker declares it when it starts")]
    NoQueue {
        /// Its name.
        queue: String,
    },
    /// A queue behind it is full.
    #[error(
        "a queue that it goes to is full (max-length with reject-publish); start workers, or wait, and run it again"
    )]
    Full,
    /// Larger than the broker takes now.
    #[error(
        "the broker takes no message of that size ({problem}); export it, or raise the broker's max_message_size"
    )]
    TooLarge {
        /// The broker's words.
        problem: String,
    },
    /// Nothing can be sent at all.
    #[error("the broker takes nothing now: {problem}; see to the broker and run it again")]
    Shut {
        /// What was seen.
        problem: String,
    },
    /// The user may not.
    #[error("the broker refuses: {problem}; the user needs the permission to write there")]
    AccessRefused {
        /// The broker's words.
        problem: String,
    },
}

impl ReturnError {
    /// Whether the next letter would fare the same.
    pub fn is_of_the_broker(&self) -> bool {
        match self {
            Self::NoQueue { .. } | Self::Full | Self::Shut { .. } | Self::AccessRefused { .. } => true,
            Self::NoOrigin | Self::Name | Self::Unroutable { .. } | Self::TooLarge { .. } => false,
        }
    }
}

/// Sends letters. Share it by reference: `send` may run many times at once.
pub struct Returner {
    publisher: Publisher,
    topology: Arc<Topology>,
    /// The longest that one letter may take. Under an alarm the broker answers nothing at all.
    deadline: Duration,
}

impl Returner {
    /// Connects. Tries until the broker is there: put a deadline around it if one is wanted.
    ///
    /// # Errors
    /// What only a human can mend.
    pub async fn connect(broker: &BrokerConfig, topology: &TopologyConfig) -> Result<Self, BrokerError> {
        let topology = Arc::new(Topology::new(topology, &[])?);
        let publisher = Publisher::start(
            Dialer::new(broker, "dead-letters publish")?,
            Arc::clone(&topology),
            Need::Nothing,
            broker.publish_channels,
            Link::new("publish", Arc::new(Metrics::new())),
        )
        .await?;
        Ok(Self {
            publisher,
            topology,
            deadline: broker.operation_timeout + FULL_PATIENCE,
        })
    }

    /// Sends one letter and returns when the broker has confirmed it.
    ///
    /// # Errors
    /// See [`ReturnError`]. After `Shut` it may have arrived all the same.
    pub async fn send(&self, letter: &Letter, target: Target) -> Result<Confirmed, ReturnError> {
        let short = |name: &str| ShortString::try_new(name).map_err(|_| ReturnError::Name);
        let (exchange, routing_key, properties) = match target {
            Target::Origin => {
                let origin = letter.origin.as_ref().ok_or(ReturnError::NoOrigin)?;
                let properties = original(&letter.properties, &self.topology);
                (short(&origin.exchange)?, short(&origin.routing_key)?, properties)
            }
            Target::Input => {
                let properties = original(&letter.properties, &self.topology);
                (ShortString::default(), self.topology.input.clone(), properties)
            }
            Target::DeadLetters => {
                let properties = again(&letter.properties);
                (
                    ShortString::default(),
                    self.topology.dead_letters.clone(),
                    properties,
                )
            }
        };
        let begun = Instant::now();
        loop {
            let message = Outgoing {
                exchange: exchange.clone(),
                routing_key: routing_key.clone(),
                body: &letter.body,
                properties: properties.clone(),
            };
            let published = timeout(self.deadline, self.publisher.publish(message)).await;
            return Err(match published {
                Ok(Ok(confirmed)) => return Ok(confirmed),
                Ok(Err(PublishError::Refused)) if begun.elapsed() < FULL_PATIENCE => {
                    sleep(PAUSE).await;
                    continue;
                }
                Ok(Err(PublishError::Refused)) => ReturnError::Full,
                Ok(Err(PublishError::Unroutable { problem })) if target == Target::Origin => {
                    ReturnError::Unroutable { problem }
                }
                Ok(Err(PublishError::Unroutable { .. })) => ReturnError::NoQueue {
                    queue: routing_key.to_string(),
                },
                Ok(Err(PublishError::TooLarge { problem })) => ReturnError::TooLarge { problem },
                Ok(Err(PublishError::AccessRefused { problem })) => ReturnError::AccessRefused { problem },
                Ok(Err(error @ (PublishError::TimedOut { .. } | PublishError::Disconnected { .. }))) => {
                    ReturnError::Shut {
                        problem: error.to_string(),
                    }
                }
                Err(_elapsed) => ReturnError::Shut {
                    problem: format!(
                        "no answer within {} s, as under a memory or disk alarm",
                        self.deadline.as_secs()
                    ),
                },
            });
        }
    }

    /// Ends the connection. Everything that `send` returned `Ok` for is safe without it, too.
    pub async fn close(self) {
        self.publisher.close().await;
    }
}
