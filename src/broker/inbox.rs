//! Consuming: the stream of deliveries.
//!
//! Invariant: every end of the stream that was not asked for is a new session. A session lives until its last
//! delivery is settled: after the broker cancelled a consumer, what it had handed out can still be settled.
//!
//! A process begins carefully: it asks for one delivery at a time until one comes that nobody had in hand before.
//! An article that killed the last process is the first that the next one gets, and so it dies alone: what was
//! prefetched beside it would be counted as often as the guilty one and dead-lettered with it.
//!
//! Absent on purpose: publishing, which has a connection of its own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use lapin::options::{BasicCancelOptions, BasicConsumeOptions, BasicQosOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Channel, Consumer};
use tokio::time::{sleep, timeout};

use super::appetite::Appetite;
use super::connection::{Dialer, Dialled, Pace};
use super::delivery::{LastSettled, RabbitDelivery};
use super::error::{BrokerError, reply, reply_code, words};
use super::topology::Topology;
use super::wire::Wire;
use crate::telemetry::Link;
use crate::worker::{Fatal, Inbox};

/// How long the channel stays open after the last settlement. The broker sends settlements to a quorum queue only
/// so many at a time and keeps the rest for when those are applied; what it still keeps when the channel ends is
/// forgotten, and the messages come again. (Measured on 3.10.8: of 40 acks right before a close, 7 were lost.)
const LINGER: Duration = Duration::from_secs(1);

/// So many heartbeats without a delivery, and the broker is asked whether any waits.
const SILENCE_HEARTBEATS: u32 = 3;

/// A consumer's priority: sent as the default it is, because a stream refuses it. A stream would forget what is handed
/// back or in hand when a worker ends, and nothing else tells it from a queue where nothing may be declared.
const PRIORITY: &str = "x-priority";

/// Consumes the input queue.
pub struct RabbitInbox {
    dialer: Dialer,
    topology: Arc<Topology>,
    appetite: Appetite,
    link: Arc<Link>,
    session: Option<Session>,
    /// A delivery that came and is still to be handed out.
    came: Option<lapin::message::Delivery>,
    /// Whether a session ever stood: from then on nothing is fatal.
    had_session: bool,
    stopped: bool,
    pace: Pace,
    last_settled: Arc<LastSettled>,
}

/// One connection that consumes.
struct Session {
    connection: Arc<Wire>,
    channel: Channel,
    consumer: Consumer,
    /// What it asked for.
    prefetch: u16,
    /// It asks for no more: another one takes its place when what it had been sent is handed out.
    ending: bool,
    /// One at a time: see above.
    careful: bool,
    /// When nothing had come for long, messages waited all the same.
    passed_over: bool,
    since: Instant,
}

impl RabbitInbox {
    pub(super) fn new(dialer: Dialer, topology: Arc<Topology>, appetite: Appetite, link: Arc<Link>) -> Self {
        Self {
            pace: dialer.pace(),
            dialer,
            topology,
            appetite,
            link,
            session: None,
            came: None,
            had_session: false,
            stopped: false,
            last_settled: Arc::default(),
        }
    }

    async fn connect(&mut self) -> Result<Session, BrokerError> {
        if self.had_session {
            sleep(self.pace.delay()).await;
        }
        loop {
            let error = match self.open().await {
                Ok(session) => {
                    self.had_session = true;
                    return Ok(session);
                }
                Err(error) => error,
            };
            if error.is_fatal() && !self.had_session {
                return Err(error);
            }
            let delay = self.pace.delay();
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

    async fn open(&self) -> Result<Session, BrokerError> {
        let dialled = self.dialer.dial().await?;
        let deadline = self.dialer.operation_timeout;
        self.topology.ensure(&dialled, deadline).await?;
        let Dialled { connection, address } = dialled;
        let unavailable = |problem: String| BrokerError::Unavailable {
            address: address.clone(),
            problem,
        };
        // A connection that ended says nothing against what was on it; a process that did may.
        let careful = !self.had_session && self.appetite.now() > 1;
        let prefetch = if careful { 1 } else { self.appetite.now() };
        let consuming = async {
            let channel = connection.create_channel().await?;
            let consumer = self.consume(&channel, prefetch).await?;
            Ok::<_, lapin::Error>((channel, consumer))
        };
        let (channel, consumer) = timeout(deadline, consuming)
            .await
            .map_err(|_elapsed| unavailable(format!("no consumer within {} s", deadline.as_secs())))?
            .map_err(|error| match reply_code(&error) {
                Some(reply::PRECONDITION_FAILED) if words(&error).contains(PRIORITY) => BrokerError::Stream {
                    queue: self.topology.input.to_string(),
                    address: address.clone(),
                },
                _ => unavailable(words(&error)),
            })?;
        self.link.up();
        tracing::info!(
            link = self.link.name(),
            address,
            queue = self.topology.input.as_str(),
            "consuming"
        );
        Ok(Session {
            connection: Arc::new(connection),
            channel,
            consumer,
            prefetch,
            ending: false,
            careful,
            passed_over: false,
            since: Instant::now(),
        })
    }

    async fn consume(&self, channel: &Channel, prefetch: u16) -> lapin::Result<Consumer> {
        // Before the consumer, or the broker sends all it has: the client's buffer has no bound of its own.
        channel.basic_qos(prefetch, BasicQosOptions::default()).await?;
        let arguments = FieldTable::from(BTreeMap::from([(PRIORITY.into(), AMQPValue::LongInt(0))]));
        channel
            .basic_consume(
                self.topology.input.clone(),
                ShortString::default(),
                BasicConsumeOptions::default(),
                arguments,
            )
            .await
    }

    /// Ends the careful beginning: another consumer in the place of the one that takes one at a time.
    async fn open_up(&mut self) -> Result<(), String> {
        // Its one delivery is in our hands, so nothing is buffered that would be lost with it.
        self.end_consumer().await?;
        self.consume_anew().await
    }

    /// Asks the broker to send no more to this consumer. What it has sent still comes.
    async fn end_consumer(&mut self) -> Result<(), String> {
        let Some(session) = &mut self.session else {
            return Ok(());
        };
        let deadline = self.dialer.operation_timeout;
        let cancel = session
            .channel
            .basic_cancel(session.consumer.tag(), BasicCancelOptions::default());
        timeout(deadline, cancel)
            .await
            .map_err(|_elapsed| format!("no answer to a cancel within {} s", deadline.as_secs()))?
            .map_err(|error| words(&error))?;
        session.ending = true;
        Ok(())
    }

    /// Puts a consumer in the place of one that has ended.
    async fn consume_anew(&mut self) -> Result<(), String> {
        let Some(session) = &self.session else {
            return Ok(());
        };
        let deadline = self.dialer.operation_timeout;
        let prefetch = self.appetite.now();
        let consumer = timeout(deadline, self.consume(&session.channel, prefetch))
            .await
            .map_err(|_elapsed| format!("no consumer within {} s", deadline.as_secs()))?
            .map_err(|error| words(&error))?;
        self.link.metrics().prefetch(prefetch);
        if let Some(session) = &mut self.session {
            session.consumer = consumer;
            session.prefetch = prefetch;
            session.ending = false;
            session.careful = false;
        }
        Ok(())
    }

    /// A consumer that the broker has forgotten looks like an empty queue, for ever. It happens: on 3.10.8 to one that
    /// came in the moment of a quorum queue's declaration. Messages that wait, twice in a row with nothing handed out
    /// between, say that it did; there is room for them, or nobody would ask for the next delivery.
    async fn question_silence(&mut self) {
        let Some(session) = &self.session else { return };
        // One at a time, and that one is still in hand: each delivery holds the connection.
        let full = session.careful && Arc::strong_count(&session.connection) > 1;
        if full || self.stopped {
            return;
        }
        let asked = async {
            let channel = session.connection.create_channel().await?;
            let options = QueueDeclareOptions {
                passive: true,
                ..QueueDeclareOptions::durable()
            };
            let queue = channel
                .queue_declare(self.topology.input.clone(), options, FieldTable::default())
                .await?;
            channel.close(200, "asked".into()).await?;
            Ok::<_, lapin::Error>(queue.message_count())
        };
        // Without an answer nothing is known: the permission may be missing, and the connection's end shows itself.
        let waiting = match timeout(self.dialer.operation_timeout, asked).await {
            Ok(Ok(waiting)) => waiting > 0,
            Ok(Err(_)) | Err(_) => false,
        };
        if waiting && session.passed_over && self.topology.single_active_consumer {
            // In reserve behind another worker, most likely. A new place in the line mends it if it was forgotten, and
            // is no failure that anybody should hear of.
            tracing::debug!("messages wait and go to another worker; standing in line anew");
            self.pace.stood(session.since.elapsed());
            self.session = None;
        } else if waiting && session.passed_over {
            self.lost("messages wait in the queue and none comes");
        } else if let Some(session) = &mut self.session {
            session.passed_over = waiting;
        }
    }

    /// Whether messages have become so much larger or smaller that other numbers of them are to be asked for. Whoever
    /// stands in line for being the one active consumer stays: a new place is at the line's end.
    fn wants_another_consumer(&self) -> bool {
        let settled = |session: &Session| !session.careful && !session.ending;
        !self.stopped
            && !self.topology.single_active_consumer
            && self
                .session
                .as_ref()
                .is_some_and(|session| settled(session) && session.prefetch != self.appetite.now())
    }

    fn handed_out(&mut self) -> Option<RabbitDelivery> {
        let delivery = self.came.take()?;
        let session = self.session.as_ref()?;
        Some(RabbitDelivery::new(
            delivery,
            (&session.connection, &session.channel),
            self.dialer.operation_timeout,
            Arc::clone(&self.last_settled),
        ))
    }

    fn lost(&mut self, why: &str) {
        // The broker hands it out again.
        self.came = None;
        if let Some(session) = self.session.take() {
            self.pace.stood(session.since.elapsed());
        }
        self.link.down(why);
        self.link.metrics().reconnected(self.link.name());
        tracing::warn!(
            link = self.link.name(),
            why,
            "consuming ended unasked; connecting again"
        );
    }
}

impl Inbox for RabbitInbox {
    type Delivery = RabbitDelivery;

    async fn next(&mut self) -> Result<Option<RabbitDelivery>, Fatal> {
        loop {
            if let Some(delivery) = &self.came {
                let careful = self.session.as_ref().is_some_and(|session| session.careful);
                if careful && !delivery.redelivered && !self.stopped {
                    // Kept meanwhile, so that cancelling this loses nothing.
                    if let Err(why) = self.open_up().await {
                        self.lost(&why);
                    }
                    continue;
                }
                if let Some(delivery) = self.handed_out() {
                    return Ok(Some(delivery));
                }
            }
            if self.wants_another_consumer() {
                let prefetch = self.appetite.now();
                tracing::info!(
                    prefetch,
                    "asking for other numbers: messages are of another size now"
                );
                if let Err(why) = self.end_consumer().await {
                    self.lost(&why);
                }
            }
            let session = match &mut self.session {
                Some(session) => session,
                None if self.stopped => return Ok(None),
                None => {
                    let session = self.connect().await?;
                    self.session.insert(session)
                }
            };
            let silence = self.dialer.heartbeat * SILENCE_HEARTBEATS;
            let Ok(next) = timeout(silence, session.consumer.next()).await else {
                self.question_silence().await;
                continue;
            };
            match next {
                Some(Ok(delivery)) => {
                    session.passed_over = false;
                    self.appetite.came(delivery.data.len());
                    self.came = Some(delivery);
                }
                None if self.stopped => return Ok(None),
                None if session.ending => {
                    if let Err(why) = self.consume_anew().await {
                        self.lost(&why);
                    }
                }
                Some(Err(error)) => self.lost(&words(&error)),
                None => self.lost("the broker cancelled the consumer"),
            }
        }
    }

    async fn stop(&mut self) {
        self.stopped = true;
        let Some(session) = &self.session else { return };
        let cancel = session
            .channel
            .basic_cancel(session.consumer.tag(), BasicCancelOptions::default());
        match timeout(self.dialer.operation_timeout, cancel).await {
            Ok(Ok(())) => {}
            // A session that cannot be asked has no more to hand out.
            Ok(Err(error)) => {
                tracing::warn!(%error, "the consumer could not be cancelled");
                self.session = None;
            }
            Err(_elapsed) => {
                tracing::warn!("the broker did not answer the cancel");
                self.session = None;
            }
        }
    }

    async fn close(self) {
        let Some(session) = self.session else { return };
        sleep(self.last_settled.left_of(LINGER)).await;
        // The channel first: its answer says that every settlement before it was read.
        let closed = timeout(
            self.dialer.operation_timeout,
            session.channel.close(200, "bye".into()),
        )
        .await;
        if !matches!(closed, Ok(Ok(()))) {
            tracing::debug!("the consuming channel did not close in order");
        }
        session.connection.close(self.dialer.operation_timeout).await;
    }
}
