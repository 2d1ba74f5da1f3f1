//! Watching enriched records go by, from a queue of one's own.
//!
//! Invariant: nobody else's queue is touched. The watcher's queue is exclusive to its connection, goes with it,
//! and holds a bounded number of records: a slow watcher misses some, and disturbs nobody. So it takes only so many
//! ahead and acknowledges them: to a consumer without acknowledgements the broker sends all it has, bound or not, and
//! keeps in memory what the consumer does not read.
//!
//! Mind: while no other queue is bound to the exchange, a watcher's counts as one that takes records.

use std::borrow::Cow;
use std::time::Duration;

use futures_util::StreamExt;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicQosOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Consumer};
use tokio::time::{sleep, timeout};

use super::connection::{Dialer, Dialled};
use super::error::{BrokerError, words};
use super::topology::Topology;
use super::wire::Wire;
use crate::config::{BrokerConfig, TopologyConfig};
use crate::message::unpack;

/// Records that wait in the watcher's queue before the oldest is dropped, and their bytes.
const BACKLOG_MAX: i64 = 10_000;
const BACKLOG_BYTES_MAX: i64 = 32 << 20;
/// Bytes of a record that is packed.
const UNPACKED_BYTES_MAX: usize = 128 << 20;
/// Records that are sent ahead of what was read.
const AHEAD: u16 = 100;
/// From taking the binding away to deleting the queue. A record on its way to a queue that is gone is refused to its
/// worker.
const LEAVE: Duration = Duration::from_millis(300);

/// Watches enriched records.
pub struct Watch {
    dialer: Dialer,
    topology: Topology,
    session: Option<Session>,
}

struct Session {
    connection: Wire,
    channel: Channel,
    queue: ShortString,
    consumer: Consumer,
    address: String,
}

impl Watch {
    /// Connects and begins to collect. Tries until the broker is there: put a deadline around it if one is wanted.
    ///
    /// # Errors
    /// What only a human can mend.
    pub async fn connect(broker: &BrokerConfig, topology: &TopologyConfig) -> Result<Self, BrokerError> {
        let mut watch = Self {
            dialer: Dialer::new(broker, "tail")?,
            topology: Topology::new(topology, &[])?,
            session: None,
        };
        if watch.topology.exchange.as_str().is_empty() {
            return Err(BrokerError::Setting {
                setting: "topology.output_exchange",
                problem: "the default exchange goes to one queue and cannot be watched".to_owned(),
            });
        }
        watch.session = Some(watch.reconnect().await?);
        Ok(watch)
    }

    /// The next record's body, unpacked. Waits as long as it takes and reconnects by itself; what is published while
    /// there is no connection is missed. Cancelling is safe.
    ///
    /// # Errors
    /// What only a human can mend.
    pub async fn next(&mut self) -> Result<Vec<u8>, BrokerError> {
        loop {
            let session = match &mut self.session {
                Some(session) => session,
                None => {
                    let session = self.reconnect().await?;
                    self.session.insert(session)
                }
            };
            match session.consumer.next().await {
                Some(Ok(delivery)) => {
                    let all_so_far = BasicAckOptions { multiple: true };
                    match timeout(self.dialer.operation_timeout, delivery.acker.ack(all_so_far)).await {
                        Ok(Ok(_)) => {}
                        // The next call will see it.
                        Ok(Err(_)) | Err(_) => {
                            tracing::debug!("a record that was shown was not acknowledged")
                        }
                    }
                    return Ok(unpacked(delivery.data, &delivery.properties));
                }
                Some(Err(error)) => {
                    tracing::warn!(address = session.address, "watching ended: {}", words(&error))
                }
                None => tracing::warn!(
                    address = session.address,
                    "watching ended: the broker cancelled it"
                ),
            }
            self.session = None;
        }
    }

    /// Ends the connection, and the queue with it.
    pub async fn close(self) {
        if let Some(session) = self.session {
            let unbound = session.channel.queue_unbind(
                session.queue,
                self.topology.exchange.clone(),
                self.topology.routing_key.clone(),
                FieldTable::default(),
            );
            if matches!(timeout(LEAVE, unbound).await, Ok(Ok(()))) {
                sleep(LEAVE).await;
            }
            session.connection.close(self.dialer.operation_timeout).await;
        }
    }

    async fn reconnect(&self) -> Result<Session, BrokerError> {
        let mut pace = self.dialer.pace();
        loop {
            match self.open().await {
                Ok(session) => return Ok(session),
                Err(error) if error.is_fatal() => return Err(error),
                Err(error) => {
                    let delay = pace.delay();
                    tracing::warn!(%error, retry_in_ms = delay.as_millis() as u64, "not watching yet");
                    sleep(delay).await;
                }
            }
        }
    }

    async fn open(&self) -> Result<Session, BrokerError> {
        let dialled = self.dialer.dial().await?;
        let deadline = self.dialer.operation_timeout;
        self.topology.ensure_exchange(&dialled, deadline).await?;
        let Dialled { connection, address } = dialled;
        let unavailable = |problem: String| BrokerError::Unavailable {
            address: address.clone(),
            problem,
        };
        let (channel, queue, consumer) = timeout(deadline, self.consume(&connection))
            .await
            .map_err(|_elapsed| unavailable(format!("no answer within {} s", deadline.as_secs())))?
            .map_err(|error| unavailable(words(&error)))?;
        Ok(Session {
            connection,
            channel,
            queue,
            consumer,
            address,
        })
    }

    async fn consume(&self, connection: &Wire) -> lapin::Result<(Channel, ShortString, Consumer)> {
        let channel = connection.create_channel().await?;
        let options = QueueDeclareOptions {
            exclusive: true,
            auto_delete: true,
            ..QueueDeclareOptions::default()
        };
        let mut arguments = FieldTable::default();
        arguments.insert("x-max-length".into(), AMQPValue::LongLongInt(BACKLOG_MAX));
        arguments.insert(
            "x-max-length-bytes".into(),
            AMQPValue::LongLongInt(BACKLOG_BYTES_MAX),
        );
        // Said aloud, or a policy for all queues could make it refuse records, and every worker would be held.
        arguments.insert("x-overflow".into(), AMQPValue::LongString("drop-head".into()));
        // No name: the broker gives one that nobody else has.
        let queue = channel.queue_declare("".into(), options, arguments).await?;
        let queue = queue.name().clone();
        channel
            .queue_bind(
                queue.clone(),
                self.topology.exchange.clone(),
                self.topology.routing_key.clone(),
                QueueBindOptions::default(),
                FieldTable::default(),
            )
            .await?;
        channel.basic_qos(AHEAD, BasicQosOptions::default()).await?;
        let consumer = channel
            .basic_consume(
                queue.clone(),
                "newsmill-tail".into(),
                BasicConsumeOptions::default(),
                FieldTable::default(),
            )
            .await?;
        Ok((channel, queue, consumer))
    }
}

/// A body without its content encoding; what is not packed as it says is shown as it came.
fn unpacked(body: Vec<u8>, properties: &BasicProperties) -> Vec<u8> {
    let encoding = properties.content_encoding().as_ref().map(ShortString::as_str);
    match unpack(&body, encoding, UNPACKED_BYTES_MAX) {
        Ok(Cow::Owned(unpacked)) => unpacked,
        Ok(Cow::Borrowed(_)) => body,
        Err(error) => {
            tracing::warn!(%error, "a record is shown as it came");
            body
        }
    }
}
