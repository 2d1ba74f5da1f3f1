//! One publishing connection and its channels: ONE publish in flight on each.
//!
//! Invariant: a [`Confirmed`] is made of the confirm of that very message. With several publishes in flight on
//! one channel the client swaps confirms and hangs returned messages on the wrong one; with one it cannot.
//! A channel whose publish was refused, or ended in anything but an answer, never carries another.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::ShortString;
use lapin::{BasicProperties, Channel, Confirmation};
use tokio::sync::{Notify, Semaphore};
use tokio::time::timeout;

use super::connection::Dialled;
use super::error::{reply, reply_code, words};
use crate::worker::points::reach;
use crate::worker::{Confirmed, PublishError};

/// How often the connection's own idea of its state is looked at.
const WATCH_EVERY: Duration = Duration::from_millis(250);

/// One connection and its channels.
pub(super) struct Session {
    pub(super) dialled: Dialled,
    /// One permit a channel.
    slots: Semaphore,
    /// Open channels with nothing in flight.
    idle: Mutex<Vec<Channel>>,
    /// Somebody saw the connection fail.
    failed: Notify,
    since: Instant,
}

/// A message and where it goes.
pub(super) struct Outgoing<'a> {
    pub(super) exchange: ShortString,
    pub(super) routing_key: ShortString,
    pub(super) body: &'a [u8],
    pub(super) properties: BasicProperties,
}

impl Session {
    /// A session of up to `channels` channels, none of them open yet.
    pub(super) fn new(dialled: Dialled, channels: u16) -> Self {
        Self {
            dialled,
            slots: Semaphore::new(usize::from(channels)),
            idle: Mutex::new(Vec::new()),
            failed: Notify::new(),
            since: Instant::now(),
        }
    }

    /// How long it has stood.
    pub(super) fn age(&self) -> Duration {
        self.since.elapsed()
    }

    /// Returns when it is of no more use; tells meanwhile whether the broker blocks it.
    pub(super) async fn ended(&self, blocked: impl Fn(bool)) {
        loop {
            if timeout(WATCH_EVERY, self.failed.notified()).await.is_ok() {
                return;
            }
            let status = self.dialled.connection.status();
            if !status.connected() {
                return;
            }
            blocked(status.blocked());
        }
    }

    /// Publishes one message and waits for the broker's answer to it.
    pub(super) async fn publish(
        &self,
        message: Outgoing<'_>,
        deadline: Duration,
    ) -> Result<Confirmed, PublishError> {
        let disconnected = |problem: String| PublishError::Disconnected { problem };
        let _slot = self
            .slots
            .acquire()
            .await
            .map_err(|_closed| disconnected("the session is closed".to_owned()))?;
        let channel = self.channel(deadline).await?;
        let answer = self.confirmed(&channel, message, deadline).await;
        match answer {
            Ok(Confirmation::Ack(None)) => {
                self.put_back(channel);
                Ok(Confirmed::by_broker())
            }
            // The broker confirms what it could route nowhere, after having returned it.
            Ok(Confirmation::Ack(Some(returned)) | Confirmation::Nack(Some(returned))) => {
                self.put_back(channel);
                Err(PublishError::Unroutable {
                    problem: format!("{} {}", returned.reply_code, returned.reply_text),
                })
            }
            Ok(Confirmation::Nack(None)) => {
                // A channel remembers that a quorum queue was full until the queue says otherwise, and the queue
                // does not when its bound is taken away: the channel would refuse for ever (seen on 3.10.8). So it
                // goes; the next one asks the queue. The idle ones were told as well and go with it, or each would
                // have to be found out by a refusal of its own.
                drop(channel);
                drop(self.take_idle());
                Err(PublishError::Refused)
            }
            Ok(Confirmation::NotRequested) => Err(disconnected("the channel does not confirm".to_owned())),
            Err(error) => Err(error),
        }
    }

    /// Sends the message and waits for its confirm. Time under a block by the broker does not count.
    async fn confirmed(
        &self,
        channel: &Channel,
        message: Outgoing<'_>,
        deadline: Duration,
    ) -> Result<Confirmation, PublishError> {
        let options = BasicPublishOptions {
            mandatory: true,
            ..BasicPublishOptions::default()
        };
        let body = message.body;
        let publish = async {
            let confirm = channel
                .basic_publish(
                    message.exchange,
                    message.routing_key,
                    options,
                    message.body,
                    message.properties,
                )
                .await?;
            reach("sent", body);
            confirm.await
        };
        let mut publish = std::pin::pin!(publish);
        loop {
            match timeout(deadline, publish.as_mut()).await {
                Ok(Ok(confirmation)) => return Ok(confirmation),
                Ok(Err(error)) => return Err(self.failure(&error)),
                Err(_elapsed) if self.dialled.connection.status().blocked() => {}
                Err(_elapsed) => return Err(PublishError::TimedOut { after: deadline }),
            }
        }
    }

    fn failure(&self, error: &lapin::Error) -> PublishError {
        let problem = words(error);
        match reply_code(error) {
            Some(reply::NOT_FOUND) => PublishError::Unroutable { problem },
            Some(reply::ACCESS_REFUSED) => PublishError::AccessRefused { problem },
            Some(reply::CONTENT_TOO_LARGE) => PublishError::TooLarge { problem },
            // An oversize message is a failed precondition, by its text.
            Some(reply::PRECONDITION_FAILED) if problem.contains("size") => {
                PublishError::TooLarge { problem }
            }
            _ => {
                if !self.dialled.connection.status().connected() {
                    self.failed.notify_one();
                }
                PublishError::Disconnected { problem }
            }
        }
    }

    async fn channel(&self, deadline: Duration) -> Result<Channel, PublishError> {
        loop {
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            match idle {
                Some(channel) if channel.status().connected() => return Ok(channel),
                Some(_dead) => {}
                None => break,
            }
        }
        let opened = async {
            let channel = self.dialled.connection.create_channel().await?;
            channel.confirm_select(ConfirmSelectOptions::default()).await?;
            Ok::<_, lapin::Error>(channel)
        };
        let mut opened = std::pin::pin!(opened);
        loop {
            match timeout(deadline, opened.as_mut()).await {
                Ok(Ok(channel)) => return Ok(channel),
                Ok(Err(error)) => {
                    self.failed.notify_one();
                    return Err(PublishError::Disconnected {
                        problem: words(&error),
                    });
                }
                Err(_elapsed) if self.dialled.connection.status().blocked() => {}
                Err(_elapsed) => {
                    // A connection that opens no channel is of no use, whatever its heartbeats say.
                    self.failed.notify_one();
                    return Err(PublishError::Disconnected {
                        problem: format!("no channel within {} s", deadline.as_secs()),
                    });
                }
            }
        }
    }

    fn take_idle(&self) -> Vec<Channel> {
        std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn put_back(&self, channel: Channel) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(channel);
    }
}
