//! A proving ground: queues of its own on somebody's broker, what comes out of them, and their end.
//!
//! Invariant: it never touches what was there before. It is claimed only where none of its names exist, and only
//! those names are deleted; only connections that bear a given worker's name are closed.

use std::time::Duration;

use futures_util::StreamExt;
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicQosOptions, ExchangeDeclareOptions, ExchangeDeleteOptions,
    QueueDeclareOptions, QueueDeleteOptions,
};
use lapin::types::{FieldTable, ShortString};
use lapin::{Channel, Consumer, ExchangeKind};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::connection::{Dialer, Dialled};
use super::error::{BrokerError, reply, reply_code, words};
use super::headers;
use super::management::{ConnectionInfo, Management};
use super::topology::Topology;
use super::wire::Wire;
use crate::config::{BrokerConfig, TopologyConfig};

/// Messages that are read ahead from each of the two queues.
const PREFETCH: u16 = 500;

/// Where a message came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// In the output queue.
    Record,
    /// In the dead-letter queue.
    DeadLetter,
}

/// A message that came out.
#[derive(Debug)]
pub struct Taken {
    /// Where.
    pub outcome: Outcome,
    /// What it holds.
    pub body: Vec<u8>,
    /// Its own id, empty where it has none.
    pub message_id: String,
    /// The id of the message that it was made of, empty where it has none.
    pub correlation_id: String,
    /// Why it is dead, as the worker said; none where the broker put it there.
    pub error_kind: Option<String>,
    /// It was handed to this reader before, which lost its connection meanwhile.
    pub redelivered: bool,
}

/// Why there is no ground to prove on.
#[derive(Debug, thiserror::Error)]
pub enum GroundError {
    /// Something of a name exists.
    #[error(
        "{} on the broker already, and would be deleted at the end; choose another --prefix, or delete what an \
         earlier run left",
        in_words(names)
    )]
    Taken {
        /// Kinds and names.
        names: Vec<String>,
    },
    /// The broker.
    #[error(transparent)]
    Broker(#[from] BrokerError),
}

fn in_words(names: &[String]) -> String {
    match names {
        [one] => format!("{one} is"),
        several => format!("{} are", several.join(", ")),
    }
}

/// A proving ground.
pub struct Ground {
    dialer: Dialer,
    topology: Topology,
    management: Option<Management>,
}

impl Ground {
    /// Claims it: nothing of these names may exist. Declares everything.
    ///
    /// # Errors
    /// A name that is taken, or what the broker says.
    pub async fn claim(
        broker: &BrokerConfig,
        topology: &TopologyConfig,
        delays: &[Duration],
    ) -> Result<Self, GroundError> {
        let management = match &broker.management_url {
            Some(url) => Some(Management::new(url, broker)?),
            None => Management::at_usual_port(broker).await,
        };
        let ground = Self {
            dialer: Dialer::new(broker, "prove")?,
            topology: Topology::new(topology, delays)?,
            management,
        };
        let dialled = ground.dialer.dial().await?;
        let mut names = Vec::new();
        for (_, name, _) in ground.topology.queues() {
            if ground.depth(&dialled, &name).await?.is_some() {
                names.push(format!("queue `{name}`"));
            }
        }
        if ground.has_exchange(&dialled).await? {
            names.push(format!("exchange `{}`", ground.topology.exchange));
        }
        if !names.is_empty() {
            dialled.connection.close(ground.dialer.operation_timeout).await;
            return Err(GroundError::Taken { names });
        }
        ground
            .topology
            .ensure(&dialled, ground.dialer.operation_timeout)
            .await?;
        dialled.connection.close(ground.dialer.operation_timeout).await;
        Ok(ground)
    }

    /// The management API, if it is there and lists connections; else why not.
    ///
    /// # Errors
    /// Why connections cannot be closed.
    pub async fn can_close_connections(&self) -> Result<(), String> {
        let Some(management) = &self.management else {
            return Err("no management API was found; give --management-url".to_owned());
        };
        self.connections(management).await.map(drop)
    }

    async fn connections(&self, management: &Management) -> Result<Vec<ConnectionInfo>, String> {
        let vhost = self.dialer.vhost();
        let path = ["vhosts", vhost.as_str(), "connections"];
        management
            .get(&path, &[])
            .await
            .map_err(|why| format!("{}: {why}", management.shown()))
    }

    /// Has the broker close the connections of the worker of this name. Returns how many.
    ///
    /// # Errors
    /// Why the API did not.
    pub async fn close_connections(&self, worker: &str) -> Result<usize, String> {
        let Some(management) = &self.management else {
            return Err("no management API".to_owned());
        };
        let mut closed = 0;
        for connection in self.connections(management).await? {
            let shown = connection.client_properties.get("connection_name");
            let is_its = shown
                .and_then(|name| name.as_str())
                .is_some_and(|name| name.split(' ').next_back() == Some(worker));
            // One that has gone meanwhile was not closed here.
            if is_its
                && management
                    .delete(&["connections", connection.name.as_str()])
                    .await
                    .is_ok()
            {
                closed += 1;
            }
        }
        Ok(closed)
    }

    /// Ready messages of every queue that a message may be left in, by name; the outcomes' queues are not among them.
    ///
    /// # Errors
    /// What the broker says.
    pub async fn left(&self) -> Result<Vec<(String, u32)>, BrokerError> {
        let dialled = self.dialer.dial().await?;
        let mut left = Vec::new();
        for (_, name, _) in self.topology.queues() {
            let is_outcome =
                name == self.topology.dead_letters || Some(&name) == self.topology.output.as_ref();
            if let (false, Some(depth)) = (is_outcome, self.depth(&dialled, &name).await?) {
                left.push((name.to_string(), depth));
            }
        }
        dialled.connection.close(self.dialer.operation_timeout).await;
        Ok(left)
    }

    /// Deletes everything of its names, and only that.
    ///
    /// # Errors
    /// What the broker says; what comes after it is still there.
    pub async fn remove(&self) -> Result<(), BrokerError> {
        let dialled = self.dialer.dial().await?;
        for (_, name, _) in self.topology.queues() {
            self.attempt(&dialled, async |channel| {
                channel
                    .queue_delete(name.clone(), QueueDeleteOptions::default())
                    .await
                    .map(drop)
            })
            .await?;
        }
        self.attempt(&dialled, async |channel| {
            let exchange = self.topology.exchange.clone();
            channel
                .exchange_delete(exchange, ExchangeDeleteOptions::default())
                .await
        })
        .await?;
        dialled.connection.close(self.dialer.operation_timeout).await;
        Ok(())
    }

    /// Ready messages of a queue, if it is there.
    async fn depth(&self, dialled: &Dialled, name: &ShortString) -> Result<Option<u32>, BrokerError> {
        let options = QueueDeclareOptions {
            passive: true,
            ..QueueDeclareOptions::durable()
        };
        self.attempt(dialled, async |channel| {
            channel
                .queue_declare(name.clone(), options, FieldTable::default())
                .await
                .map(|queue| queue.message_count())
        })
        .await
    }

    async fn has_exchange(&self, dialled: &Dialled) -> Result<bool, BrokerError> {
        let options = ExchangeDeclareOptions {
            passive: true,
            ..ExchangeDeclareOptions::default()
        };
        let found = self.attempt(dialled, async |channel| {
            let exchange = self.topology.exchange.clone();
            channel
                .exchange_declare(exchange, ExchangeKind::Topic, options, FieldTable::default())
                .await
        });
        Ok(found.await?.is_some())
    }

    /// On a channel of its own: a refusal closes the channel that asked. What is not there is `None`.
    async fn attempt<T>(
        &self,
        dialled: &Dialled,
        ask: impl AsyncFnOnce(&Channel) -> lapin::Result<T>,
    ) -> Result<Option<T>, BrokerError> {
        let asked = async {
            let channel = dialled.connection.create_channel().await?;
            let answer = ask(&channel).await?;
            channel.close(200, "asked".into()).await?;
            Ok::<_, lapin::Error>(answer)
        };
        let deadline = self.dialer.operation_timeout;
        let answer = timeout(deadline, asked)
            .await
            .map_err(|_elapsed| BrokerError::Unavailable {
                address: dialled.address.clone(),
                problem: format!("no answer within {} s", deadline.as_secs()),
            })?;
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(error) => match reply_code(&error) {
                Some(reply::NOT_FOUND) => Ok(None),
                Some(reply::ACCESS_REFUSED) => Err(BrokerError::AccessRefused {
                    address: dialled.address.clone(),
                    problem: words(&error),
                }),
                _ => Err(BrokerError::Unavailable {
                    address: dialled.address.clone(),
                    problem: words(&error),
                }),
            },
        }
    }

    /// Takes everything that comes out and hands it on, until it is told to stop. Reconnects by itself; what was
    /// handed out and not acknowledged then comes again, marked as redelivered.
    pub async fn read(&self, to: mpsc::Sender<Taken>, stop: CancellationToken) {
        let mut pace = self.dialer.pace();
        while !stop.is_cancelled() && !to.is_closed() {
            let Ok(reader) = self.reader().await else {
                let delay = pace.delay();
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = sleep(delay) => continue,
                }
            };
            let Reader {
                connection,
                mut records,
                mut dead,
            } = reader;
            loop {
                let (outcome, next) = tokio::select! {
                    () = stop.cancelled() => break,
                    next = records.next() => (Outcome::Record, next),
                    next = dead.next() => (Outcome::DeadLetter, next),
                };
                let Some(Ok(delivery)) = next else { break };
                let acker = delivery.acker.clone();
                if to.send(taken(outcome, delivery)).await.is_err() {
                    break;
                }
                // An acknowledgement that fails ends the stream as well.
                if acker.ack(BasicAckOptions::default()).await.is_err() {
                    break;
                }
            }
            connection.close(self.dialer.operation_timeout).await;
        }
    }

    async fn reader(&self) -> Result<Reader, BrokerError> {
        let Dialled { connection, address } = self.dialer.dial().await?;
        let output = self.topology.output.clone().unwrap_or_default();
        let dead = self.topology.dead_letters.clone();
        let opened = async {
            Ok::<_, lapin::Error>((
                consume(&connection, output).await?,
                consume(&connection, dead).await?,
            ))
        };
        let deadline = self.dialer.operation_timeout;
        let unavailable = |problem: String| BrokerError::Unavailable {
            address: address.clone(),
            problem,
        };
        let (records, dead) = timeout(deadline, opened)
            .await
            .map_err(|_elapsed| unavailable(format!("no answer within {} s", deadline.as_secs())))?
            .map_err(|error| unavailable(words(&error)))?;
        Ok(Reader {
            connection,
            records,
            dead,
        })
    }
}

struct Reader {
    connection: Wire,
    records: Consumer,
    dead: Consumer,
}

async fn consume(connection: &Wire, queue: ShortString) -> lapin::Result<Consumer> {
    let channel = connection.create_channel().await?;
    channel.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
    let options = BasicConsumeOptions::default();
    channel
        .basic_consume(queue, "newsmill-prove".into(), options, FieldTable::default())
        .await
}

fn taken(outcome: Outcome, delivery: Delivery) -> Taken {
    let properties = &delivery.properties;
    let text = |value: &Option<ShortString>| value.as_ref().map(ToString::to_string).unwrap_or_default();
    Taken {
        outcome,
        message_id: text(properties.message_id()),
        correlation_id: text(properties.correlation_id()),
        error_kind: headers::text_of(properties.headers().as_ref(), headers::KIND),
        redelivered: delivery.redelivered,
        body: delivery.data,
    }
}
