//! Publishing with confirms, over sessions that are replaced whenever one fails.
//!
//! Absent on purpose: consuming. A broker under a memory or disk alarm stops reading from connections that
//! publish, and settling must go on meanwhile.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection::{Dialer, Dialled, Pace};
use super::error::BrokerError;
use super::session::{Outgoing, Session};
use super::topology::Topology;
use crate::telemetry::Link;
use crate::worker::{Confirmed, PublishError};

/// How long a publish waits for a session. Short: the caller looks meanwhile whether its delivery still stands.
const SESSION_WAIT: Duration = Duration::from_secs(1);

/// What must exist before anything is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// All of it.
    Everything,
    /// The input queue and what it dead-letters to.
    Input,
    /// Nothing: what is missing is for the message to find out.
    Nothing,
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
        Ok(Arc::new(Session::new(dialled, self.channels)))
    }

    async fn ensure(&self, dialled: &Dialled) -> Result<(), BrokerError> {
        let deadline = self.dialer.operation_timeout;
        match self.need {
            Need::Everything => self.topology.ensure(dialled, deadline).await,
            Need::Input => self.topology.ensure_input(dialled, deadline).await,
            Need::Nothing => Ok(()),
        }
    }

    /// Replaces the session whenever it has failed.
    async fn supervise(self: Arc<Self>, first: Arc<Session>, mut pace: Pace, closing: CancellationToken) {
        let mut session = first;
        loop {
            let asked_to_end = tokio::select! {
                () = closing.cancelled() => true,
                () = session.ended(|blocked| self.link.blocked(blocked)) => false,
            };
            self.session.send_replace(None);
            if asked_to_end {
                session
                    .dialled
                    .connection
                    .close(self.dialer.operation_timeout)
                    .await;
                return;
            }
            pace.stood(session.age());
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
}
