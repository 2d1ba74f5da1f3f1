//! Questions over AMQP that change nothing, each on a channel of its own: a refusal closes the channel that asked.
//!
//! Invariant: nothing is created, delivered or taken. A question that would do one of these when it is allowed is
//! asked in a form that the broker refuses *after* it has looked whether it is allowed: a publish with an
//! expiration that is no number, a consumer with a priority that is none, a queue with a TTL that is none. The
//! reply code tells which of the two it was.

use std::time::Duration;

use lapin::options::{
    BasicCancelOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions,
    ExchangeDeclareOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel, ExchangeKind};
use tokio::time::timeout;

use crate::broker::connection::{Dialer, Dialled};
use crate::broker::error::{BrokerError, reply, reply_code, words};

/// What is no number.
const NONSENSE: &str = "newsmill-doctor";

/// A broker's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer<T> {
    Yes(T),
    /// It said no, with its reply code.
    No {
        code: u16,
        words: String,
    },
    /// An alarm keeps it from reading what publishers send.
    Blocked,
    /// It said nothing of use.
    None(String),
}

/// Whether something is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Allowed {
    Yes,
    No(String),
    /// The queue or exchange is not there, so it cannot be told.
    Missing,
    /// The message is larger than the broker takes; with its words.
    TooLarge(String),
    Blocked,
    Unknown(String),
}

/// Asks over one connection, and over a new one when that ends.
pub(super) struct Probe {
    dialer: Dialer,
    dialled: Option<Dialled>,
    deadline: Duration,
}

impl Probe {
    pub(super) fn new(dialer: Dialer) -> Self {
        Self {
            deadline: dialer.operation_timeout,
            dialer,
            dialled: None,
        }
    }

    /// The connection that stands, or a new one.
    pub(super) async fn connection(&mut self) -> Result<&Dialled, BrokerError> {
        let stands = self
            .dialled
            .as_ref()
            .is_some_and(|dialled| dialled.connection.status().connected());
        if !stands {
            self.dialled = None;
        }
        match &mut self.dialled {
            Some(dialled) => Ok(dialled),
            none => Ok(none.insert(self.dialer.dial().await?)),
        }
    }

    pub(super) async fn close(self) {
        if let Some(dialled) = self.dialled {
            dialled
                .connection
                .close(self.deadline.min(Duration::from_secs(2)))
                .await;
        }
    }

    async fn ask<T>(&mut self, question: impl AsyncFnOnce(&Channel) -> lapin::Result<T>) -> Answer<T> {
        let deadline = self.deadline;
        let connection = match self.connection().await {
            Ok(dialled) => &dialled.connection,
            Err(error) => return Answer::None(error.to_string()),
        };
        let asked = async {
            let channel = connection.create_channel().await?;
            let answer = question(&channel).await?;
            channel.close(200, "asked".into()).await?;
            Ok::<_, lapin::Error>(answer)
        };
        let mut asked = std::pin::pin!(asked);
        let begun = std::time::Instant::now();
        loop {
            // Looked at in between: a blocked connection would let the whole deadline pass.
            match timeout(Duration::from_millis(500), asked.as_mut()).await {
                Ok(Ok(answer)) => return Answer::Yes(answer),
                Ok(Err(error)) => {
                    return match reply_code(&error) {
                        Some(code) => Answer::No {
                            code,
                            words: words(&error),
                        },
                        None => Answer::None(words(&error)),
                    };
                }
                Err(_elapsed) if connection.status().blocked() => return Answer::Blocked,
                Err(_elapsed) if begun.elapsed() >= deadline => {
                    return Answer::None(format!("no answer within {} s", deadline.as_secs()));
                }
                Err(_elapsed) => {}
            }
        }
    }

    /// Ready messages and consumers of a queue.
    pub(super) async fn queue(&mut self, name: &ShortString) -> Answer<(u32, u32)> {
        let options = QueueDeclareOptions {
            passive: true,
            ..QueueDeclareOptions::durable()
        };
        self.ask(async |channel| {
            let queue = channel
                .queue_declare(name.clone(), options, FieldTable::default())
                .await?;
            Ok((queue.message_count(), queue.consumer_count()))
        })
        .await
    }

    /// Whether an exchange is there.
    pub(super) async fn exchange(&mut self, name: &ShortString) -> Answer<()> {
        self.exchange_declare(name, true).await
    }

    /// Whether an exchange that was just seen is a durable topic exchange.
    pub(super) async fn exchange_is_as_declared(&mut self, name: &ShortString) -> Answer<()> {
        self.exchange_declare(name, false).await
    }

    async fn exchange_declare(&mut self, name: &ShortString, passive: bool) -> Answer<()> {
        let options = ExchangeDeclareOptions {
            passive,
            durable: true,
            ..ExchangeDeclareOptions::default()
        };
        self.ask(async |channel| {
            channel
                .exchange_declare(name.clone(), ExchangeKind::Topic, options, FieldTable::default())
                .await
        })
        .await
    }

    /// Whether a queue that was just seen has these arguments: a declare of what exists creates nothing.
    pub(super) async fn queue_is_as_declared(
        &mut self,
        name: &ShortString,
        arguments: FieldTable,
    ) -> Answer<()> {
        self.ask(async |channel| {
            channel
                .queue_declare(name.clone(), QueueDeclareOptions::durable(), arguments)
                .await
                .map(drop)
        })
        .await
    }

    /// Whether the user may declare a queue of this name.
    pub(super) async fn may_configure(&mut self, queue: &ShortString) -> Allowed {
        let mut arguments = FieldTable::default();
        arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
        arguments.insert("x-message-ttl".into(), AMQPValue::LongString(NONSENSE.into()));
        let answer = self
            .ask(async |channel| {
                channel
                    .queue_declare(queue.clone(), QueueDeclareOptions::durable(), arguments)
                    .await
                    .map(drop)
            })
            .await;
        allowed(answer)
    }

    /// Whether the user may consume from a queue.
    pub(super) async fn may_read(&mut self, queue: &ShortString) -> Allowed {
        let mut arguments = FieldTable::default();
        arguments.insert("x-priority".into(), AMQPValue::LongString(NONSENSE.into()));
        let answer = self
            .ask(async |channel| {
                channel.basic_qos(1, BasicQosOptions::default()).await?;
                let tag: ShortString = NONSENSE.into();
                let options = BasicConsumeOptions::default();
                channel
                    .basic_consume(queue.clone(), tag.clone(), options, arguments)
                    .await?;
                // A broker that takes any priority: whatever it handed out goes back with the channel.
                channel.basic_cancel(tag, BasicCancelOptions::default()).await
            })
            .await;
        allowed(answer)
    }

    /// Whether the user may publish `bytes` bytes to an exchange with this key. Nobody gets the message.
    pub(super) async fn may_write(
        &mut self,
        exchange: &ShortString,
        key: &ShortString,
        bytes: usize,
    ) -> Allowed {
        let body = vec![b' '; bytes];
        let properties = BasicProperties::default().with_expiration(NONSENSE.into());
        let answer = self
            .ask(async |channel| {
                channel.confirm_select(ConfirmSelectOptions::default()).await?;
                channel
                    .basic_publish(
                        exchange.clone(),
                        key.clone(),
                        BasicPublishOptions::default(),
                        &body,
                        properties,
                    )
                    .await?
                    .await
                    .map(drop)
            })
            .await;
        allowed(answer)
    }
}

fn allowed(answer: Answer<()>) -> Allowed {
    match answer {
        Answer::Yes(()) => Allowed::Yes,
        Answer::No {
            code: reply::ACCESS_REFUSED,
            words,
        } => Allowed::No(words),
        Answer::No {
            code: reply::NOT_FOUND,
            ..
        } => Allowed::Missing,
        Answer::No {
            code: reply::CONTENT_TOO_LARGE,
            words,
        } => Allowed::TooLarge(words),
        Answer::No {
            code: reply::PRECONDITION_FAILED,
            words,
        } if words.contains("message size") => Allowed::TooLarge(words),
        // It came as far as the nonsense.
        Answer::No {
            code: reply::PRECONDITION_FAILED,
            ..
        } => Allowed::Yes,
        Answer::No { words, .. } => Allowed::Unknown(words),
        Answer::Blocked => Allowed::Blocked,
        Answer::None(why) => Allowed::Unknown(why),
    }
}
