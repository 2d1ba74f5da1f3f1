//! Publishing with confirms: a pool of channels with ONE publish in flight on each.
//!
//! Invariant: a [`Confirmed`] is made of the confirm of that very message. With several publishes in flight on
//! one channel the client swaps confirms and hangs returned messages on the wrong one; with one it cannot.
//! A channel whose publish ended in anything but an answer never carries another.
//!
//! Absent on purpose: consuming. A broker under a memory or disk alarm stops reading from connections that
//! publish, and settling must go on meanwhile.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::ShortString;
use lapin::{BasicProperties, Channel, Confirmation, Connection};
use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection::{Dialer, Dialled, Pace};
use super::error::{BrokerError, reply, reply_code, words};
use super::topology::Topology;
use crate::telemetry::Link;
use crate::worker::{Confirmed, PublishError};

/// How often the connection's own idea of its state is looked at.
const WATCH_EVERY: Duration = Duration::from_millis(250);

/// How long a publish waits for a session. Short: the caller looks meanwhile whether its delivery still stands.
const SESSION_WAIT: Duration = Duration::from_secs(1);

/// What must exist before anything is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// All of it.
    Everything,
    /// The input queue and what it dead-letters to.
    Input,
}

/// Publishes. Reconnects by itself, for ever.
pub(super) struct Publisher {
    shared: Arc<Shared>,
    tasks: TaskTracker,
    closing: CancellationToken,
}

struct Shared {
    dialer: Dialer,
    topology: Arc<Topology>,
    need: Need,
    channels: u16,
    session: watch::Sender<Option<Arc<Session>>>,
    link: Arc<Link>,
}

/// One connection and its channels.
struct Session {
    dialled: Dialled,
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

impl Publisher {
    /// Opens the first session, however long that takes.
    ///
    /// # Errors
    /// What only a human can mend. Once a first session stood nothing is fatal any more: a broker that is
    /// restarted refuses and misses much before it is whole.
    pub(super) async fn start(
        dialer: Dialer,
        topology: Arc<Topology>,
        need: Need,
        channels: u16,
        link: Arc<Link>,
    ) -> Result<Self, BrokerError> {
        let shared = Arc::new(Shared {
            dialer,
            topology,
            need,
            channels: channels.max(1),
            session: watch::Sender::new(None),
            link,
        });
        let mut pace = shared.dialer.pace();
        let first = shared.connect(&mut pace, true).await?;
        shared.session.send_replace(Some(Arc::clone(&first)));
        let tasks = TaskTracker::new();
        let closing = CancellationToken::new();
        tasks.spawn(Arc::clone(&shared).supervise(first, pace, closing.clone()));
        tasks.close();
        Ok(Self {
            shared,
            tasks,
            closing,
        })
    }

    /// Publishes one message and waits for the broker's answer to it.
    ///
    /// # Errors
    /// See [`PublishError`]: after `TimedOut` and `Disconnected` the message may have arrived all the same.
    pub(super) async fn publish(&self, message: Outgoing<'_>) -> Result<Confirmed, PublishError> {
        let metrics = self.shared.link.metrics();
        let Some(session) = self.session().await else {
            metrics.published("disconnected");
            return Err(PublishError::Disconnected {
                problem: format!("connecting to {}", self.shared.dialer.shown()),
            });
        };
        let outcome = session
            .publish(message, self.shared.dialer.operation_timeout)
            .await;
        metrics.published(match &outcome {
            Ok(_) => "confirmed",
            Err(PublishError::Unroutable { .. }) => "returned",
            Err(PublishError::Refused) => "refused",
            Err(PublishError::TimedOut { .. }) => "timed_out",
            Err(PublishError::Disconnected { .. }) => "disconnected",
            Err(PublishError::TooLarge { .. }) => "too_large",
            Err(PublishError::AccessRefused { .. }) => "access_refused",
        });
        outcome
    }

    /// The session that stands, or the next one if it comes soon.
    async fn session(&self) -> Option<Arc<Session>> {
        let mut sessions = self.shared.session.subscribe();
        let next = timeout(SESSION_WAIT, sessions.wait_for(Option::is_some)).await;
        match next {
            Ok(Ok(session)) => session.clone(),
            Ok(Err(_)) | Err(_) => None,
        }
    }

    /// Declares again what may be missing of the topology, after a message found no queue.
    pub(super) async fn repair(&self) {
        let session = self.shared.session.borrow().clone();
        let Some(session) = session else { return };
        if let Err(error) = self.shared.ensure(&session.dialled).await {
            tracing::warn!(%error, "the topology could not be mended");
        }
    }

    /// Bytes of a frame, as agreed with the broker.
    pub(super) fn frame_max(&self) -> usize {
        /// What RabbitMQ offers unless it is told otherwise.
        const USUAL: u32 = 131_072;
        let agreed = self
            .shared
            .session
            .borrow()
            .as_ref()
            .map(|session| session.dialled.connection.configuration().frame_max());
        // Zero is "no limit".
        agreed.filter(|bytes| *bytes > 0).unwrap_or(USUAL) as usize
    }

    /// Ends the connection.
    pub(super) async fn close(&self) {
        self.closing.cancel();
        self.tasks.wait().await;
    }
}

impl Shared {
    /// Connects for ever; only a first session can fail for good.
    async fn connect(&self, pace: &mut Pace, first: bool) -> Result<Arc<Session>, BrokerError> {
        if !first {
            sleep(pace.delay()).await;
        }
        loop {
            let error = match self.open().await {
                Ok(session) => return Ok(session),
                Err(error) => error,
            };
            if first && error.is_fatal() {
                return Err(error);
            }
            let delay = pace.delay();
            self.link.down(&error.to_string());
            tracing::warn!(
                link = self.link.name(),
                %error,
                retry_in_ms = delay.as_millis() as u64,
                "no session with the broker"
            );
            sleep(delay).await;
        }
    }

    async fn open(&self) -> Result<Arc<Session>, BrokerError> {
        let dialled = self.dialer.dial().await?;
        self.ensure(&dialled).await?;
        self.link.up();
        tracing::info!(link = self.link.name(), address = dialled.address, "publishing");
        Ok(Arc::new(Session {
            dialled,
            slots: Semaphore::new(usize::from(self.channels)),
            idle: Mutex::new(Vec::new()),
            failed: Notify::new(),
            since: Instant::now(),
        }))
    }

    async fn ensure(&self, dialled: &Dialled) -> Result<(), BrokerError> {
        let deadline = self.dialer.operation_timeout;
        match self.need {
            Need::Everything => self.topology.ensure(dialled, deadline).await,
            Need::Input => self.topology.ensure_input(dialled, deadline).await,
        }
    }

    /// Replaces the session whenever it has failed.
    async fn supervise(self: Arc<Self>, first: Arc<Session>, mut pace: Pace, closing: CancellationToken) {
        let mut session = first;
        loop {
            let asked_to_end = tokio::select! {
                () = closing.cancelled() => true,
                () = self.watch(&session) => false,
            };
            self.session.send_replace(None);
            if asked_to_end {
                close(&session.dialled.connection, self.dialer.operation_timeout).await;
                return;
            }
            pace.stood(session.since.elapsed());
            self.link.down("the connection ended");
            self.link.metrics().reconnected(self.link.name());
            tracing::warn!(
                link = self.link.name(),
                "the broker's connection ended; connecting again"
            );
            let next = tokio::select! {
                () = closing.cancelled() => return,
                next = self.connect(&mut pace, false) => next,
            };
            match next {
                Ok(next) => session = next,
                // Only a first session can fail for good.
                Err(error) => {
                    tracing::error!(%error, "no session with the broker");
                    return;
                }
            }
            self.session.send_replace(Some(Arc::clone(&session)));
        }
    }

    /// Returns when the session is of no more use; tells meanwhile whether the broker blocks it.
    async fn watch(&self, session: &Session) {
        loop {
            if timeout(WATCH_EVERY, session.failed.notified()).await.is_ok() {
                return;
            }
            let status = session.dialled.connection.status();
            if !status.connected() {
                return;
            }
            self.link.blocked(status.blocked());
        }
    }
}

impl Session {
    async fn publish(&self, message: Outgoing<'_>, deadline: Duration) -> Result<Confirmed, PublishError> {
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
                self.put_back(channel);
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
        let publish = async {
            channel
                .basic_publish(
                    message.exchange,
                    message.routing_key,
                    options,
                    message.body,
                    message.properties,
                )
                .await?
                .await
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

    fn put_back(&self, channel: Channel) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(channel);
    }
}

/// Closes a connection politely, but not for ever: under an alarm the broker does not answer.
pub(super) async fn close(connection: &Connection, deadline: Duration) {
    if !connection.status().connected() {
        return;
    }
    match timeout(
        deadline.min(Duration::from_secs(5)),
        connection.close(200, "bye".into()),
    )
    .await
    {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "closing the connection"),
        Err(_elapsed) => tracing::debug!("the broker did not answer the close"),
    }
}
