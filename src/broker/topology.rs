//! The queues and the exchange that the worker lives on: declared, or only checked.
//!
//! Invariant: everything is durable and every queue is a quorum queue. What the broker itself dead-letters (a
//! delay that is over, an article that killed its workers too often) goes at least once, never at most once.
//!
//! Absent on purpose: deleting anything.

use std::collections::BTreeMap;
use std::time::Duration;

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Channel, ExchangeKind};
use tokio::time::timeout;

use super::connection::{Dialled, short};
use super::error::{BrokerError, reply, reply_code, words};
use crate::config::{TopologyConfig, TopologyMode};

/// Names, ready for the wire.
#[derive(Debug, Clone)]
pub(super) struct Topology {
    pub(super) mode: TopologyMode,
    pub(super) input: ShortString,
    pub(super) exchange: ShortString,
    pub(super) routing_key: ShortString,
    pub(super) output: Option<ShortString>,
    pub(super) dead_letters: ShortString,
    /// Delay queues, in the order of the retry schedule; the same delay twice is one queue.
    pub(super) delays: Vec<(Duration, ShortString)>,
    retry_prefix: String,
    delivery_limit: u32,
    /// One worker at a time takes from the input queue, in its order.
    pub(super) single_active_consumer: bool,
}

/// What a queue is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Raw articles.
    Input,
    /// Articles that cannot be enriched.
    DeadLetters,
    /// Articles that are tried again after this time.
    Delay(Duration),
    /// Enriched records.
    Output,
}

impl Topology {
    /// Every queue with the arguments it is declared with.
    pub(super) fn queues(&self) -> Vec<(Role, ShortString, FieldTable)> {
        let mut queues = vec![
            (Role::Input, self.input.clone(), self.input_arguments()),
            (Role::DeadLetters, self.dead_letters.clone(), keeping()),
        ];
        for (delay, name) in &self.delays {
            // The same delay twice is one queue.
            if !queues.iter().any(|(_, other, _)| other == name) {
                queues.push((Role::Delay(*delay), name.clone(), self.delay_arguments(*delay)));
            }
        }
        queues.extend(
            self.output
                .iter()
                .map(|name| (Role::Output, name.clone(), keeping())),
        );
        queues
    }

    /// Checks the names' lengths.
    pub(super) fn new(config: &TopologyConfig, delays: &[Duration]) -> Result<Self, BrokerError> {
        let delays = delays
            .iter()
            .map(|delay| {
                let name = format!("{}.{}s", config.retry_queue_prefix, delay.as_secs());
                Ok((*delay, short("topology.retry_queue_prefix", &name)?))
            })
            .collect::<Result<Vec<_>, BrokerError>>()?;
        Ok(Self {
            mode: config.mode,
            input: short("topology.input_queue", &config.input_queue)?,
            exchange: short("topology.output_exchange", &config.output_exchange)?,
            routing_key: short("topology.output_routing_key", &config.output_routing_key)?,
            output: config
                .output_queue
                .as_deref()
                .map(|name| short("topology.output_queue", name))
                .transpose()?,
            dead_letters: short("topology.dead_letter_queue", &config.dead_letter_queue)?,
            delays,
            retry_prefix: config.retry_queue_prefix.clone(),
            delivery_limit: config.delivery_limit,
            single_active_consumer: config.single_active_consumer,
        })
    }

    /// Whether `queue` is one of our delay queues, of this schedule or of an earlier one.
    pub(super) fn is_delay_queue(&self, queue: &[u8]) -> bool {
        let Some(rest) = queue.strip_prefix(self.retry_prefix.as_bytes()) else {
            return false;
        };
        rest.strip_prefix(b".")
            .and_then(|rest| rest.strip_suffix(b"s"))
            .is_some_and(|digits| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit))
    }

    /// Whether `queue` is one that a raw article passes on its way through the worker.
    pub(super) fn is_own_queue(&self, queue: &[u8]) -> bool {
        queue == self.input.as_str().as_bytes()
            || queue == self.dead_letters.as_str().as_bytes()
            || self.is_delay_queue(queue)
    }

    /// Declares or checks all of it.
    pub(super) async fn ensure(&self, dialled: &Dialled, deadline: Duration) -> Result<(), BrokerError> {
        let site = Site {
            dialled,
            deadline,
            mode: self.mode,
        };
        // A name before what points at it: dead-lettering needs its target to exist.
        site.kept(&self.dead_letters).await?;
        site.queue(&self.input, self.input_arguments()).await?;
        for (delay, name) in &self.delays {
            site.queue(name, self.delay_arguments(*delay)).await?;
        }
        site.exchange(&self.exchange).await?;
        if let Some(output) = &self.output {
            site.kept(output).await?;
            site.bind(output, &self.exchange, &self.routing_key).await?;
        }
        Ok(())
    }

    /// Declares or checks the input queue and where it dead-letters to: all that a feeder needs.
    pub(super) async fn ensure_input(
        &self,
        dialled: &Dialled,
        deadline: Duration,
    ) -> Result<(), BrokerError> {
        let site = Site {
            dialled,
            deadline,
            mode: self.mode,
        };
        site.kept(&self.dead_letters).await?;
        site.queue(&self.input, self.input_arguments()).await
    }

    /// Declares or checks the exchange that records go to.
    pub(super) async fn ensure_exchange(
        &self,
        dialled: &Dialled,
        deadline: Duration,
    ) -> Result<(), BrokerError> {
        let site = Site {
            dialled,
            deadline,
            mode: self.mode,
        };
        site.exchange(&self.exchange).await
    }

    fn input_arguments(&self) -> FieldTable {
        let mut arguments = dead_lettering(&self.dead_letters);
        arguments.insert(
            "x-delivery-limit".into(),
            AMQPValue::LongLongInt(i64::from(self.delivery_limit)),
        );
        if self.single_active_consumer {
            arguments.insert("x-single-active-consumer".into(), AMQPValue::Boolean(true));
        }
        arguments
    }

    fn delay_arguments(&self, delay: Duration) -> FieldTable {
        let mut arguments = dead_lettering(&self.input);
        let millis = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
        arguments.insert("x-message-ttl".into(), AMQPValue::LongLongInt(millis));
        arguments
    }
}

/// Where the topology is put up.
struct Site<'a> {
    dialled: &'a Dialled,
    deadline: Duration,
    mode: TopologyMode,
}

impl Site<'_> {
    /// A queue from which others take. One that an earlier version or an operator made without the limit is taken as
    /// it is: it loses nothing by itself, and `newsmill dead-letters` renews what comes near a limit.
    async fn kept(&self, name: &ShortString) -> Result<(), BrokerError> {
        let limited = self.queue(name, keeping()).await;
        if !matches!(limited, Err(BrokerError::Mismatch { .. })) || self.queue(name, quorum()).await.is_err()
        {
            return limited;
        }
        tracing::warn!(
            queue = name.as_str(),
            "the queue has no x-delivery-limit of its own; RabbitMQ 4 drops what was taken from it and put back 20 \
             times: raise the limit by a policy, see docs/dead-letters.md"
        );
        Ok(())
    }

    async fn queue(&self, name: &ShortString, arguments: FieldTable) -> Result<(), BrokerError> {
        let options = QueueDeclareOptions {
            passive: self.mode == TopologyMode::Check,
            ..QueueDeclareOptions::durable()
        };
        self.attempt(format!("queue `{name}`"), async |channel| {
            channel
                .queue_declare(name.clone(), options, arguments)
                .await
                .map(drop)
        })
        .await
    }

    async fn exchange(&self, name: &ShortString) -> Result<(), BrokerError> {
        // The default exchange always exists and may not be declared.
        if name.as_str().is_empty() {
            return Ok(());
        }
        let options = ExchangeDeclareOptions {
            passive: self.mode == TopologyMode::Check,
            durable: true,
            ..ExchangeDeclareOptions::default()
        };
        self.attempt(format!("exchange `{name}`"), async |channel| {
            channel
                .exchange_declare(name.clone(), ExchangeKind::Topic, options, FieldTable::default())
                .await
        })
        .await
    }

    async fn bind(
        &self,
        queue: &ShortString,
        exchange: &ShortString,
        key: &ShortString,
    ) -> Result<(), BrokerError> {
        // A binding cannot be asked after, and the default exchange needs none.
        if self.mode == TopologyMode::Check || exchange.as_str().is_empty() {
            return Ok(());
        }
        self.attempt(format!("binding of `{queue}` to `{exchange}`"), async |channel| {
            channel
                .queue_bind(
                    queue.clone(),
                    exchange.clone(),
                    key.clone(),
                    QueueBindOptions::default(),
                    FieldTable::default(),
                )
                .await
        })
        .await
    }

    /// Each on a channel of its own: a refusal closes the channel that asked.
    async fn attempt(
        &self,
        what: String,
        ask: impl AsyncFnOnce(&Channel) -> lapin::Result<()>,
    ) -> Result<(), BrokerError> {
        let address = &self.dialled.address;
        let unavailable = |problem| BrokerError::Unavailable {
            address: address.clone(),
            problem,
        };
        let asked = async {
            let channel = self.dialled.connection.create_channel().await?;
            ask(&channel).await?;
            channel.close(200, "asked".into()).await
        };
        let answer = timeout(self.deadline, asked).await.map_err(|_elapsed| {
            unavailable(format!("{what}: no answer within {} s", self.deadline.as_secs()))
        })?;
        answer.map_err(|error| match reply_code(&error) {
            Some(reply::NOT_FOUND) if self.mode == TopologyMode::Check => BrokerError::Missing {
                what,
                address: address.clone(),
            },
            Some(reply::PRECONDITION_FAILED) => BrokerError::Mismatch {
                what,
                address: address.clone(),
                difference: words(&error),
            },
            Some(reply::ACCESS_REFUSED) => BrokerError::AccessRefused {
                address: address.clone(),
                problem: words(&error),
            },
            _ => unavailable(format!("{what}: {}", words(&error))),
        })
    }
}

pub(super) fn quorum() -> FieldTable {
    FieldTable::from(BTreeMap::from([("x-queue-type".into(), text("quorum"))]))
}

/// A quorum queue that drops nothing. Looking at a letter, or putting a record back, is a delivery of it on every
/// RabbitMQ up to 4.2, and from 4.0 on a quorum queue drops for good what was delivered 21 times, unless it is told
/// otherwise. A negative limit, RabbitMQ 4's "none", is undefined before.
fn keeping() -> FieldTable {
    const DELIVERIES_MAX: i64 = 1_000_000;
    let mut arguments = quorum();
    arguments.insert("x-delivery-limit".into(), AMQPValue::LongLongInt(DELIVERIES_MAX));
    arguments
}

/// A quorum queue whose dead letters go to `target` at least once. That strategy needs `reject-publish`.
fn dead_lettering(target: &ShortString) -> FieldTable {
    FieldTable::from(BTreeMap::from([
        ("x-queue-type".into(), text("quorum")),
        ("x-dead-letter-exchange".into(), text("")),
        ("x-dead-letter-routing-key".into(), text(target.as_str())),
        ("x-dead-letter-strategy".into(), text("at-least-once")),
        ("x-overflow".into(), text("reject-publish")),
    ]))
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.as_bytes().into())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Short names, one delay.
    pub(in crate::broker) fn topology() -> Topology {
        let config = TopologyConfig {
            mode: TopologyMode::Declare,
            input_queue: "raw".to_owned(),
            output_exchange: "out".to_owned(),
            output_routing_key: "article".to_owned(),
            output_queue: None,
            dead_letter_queue: "dead".to_owned(),
            retry_queue_prefix: "retry".to_owned(),
            delivery_limit: 20,
            single_active_consumer: false,
        };
        Topology::new(&config, &[Duration::from_secs(5)]).unwrap()
    }
}
