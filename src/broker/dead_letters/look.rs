//! A look at the dead-letter queue: letters are taken out, held, and put back when the look ends.
//!
//! AMQP has no other way to see what is in a queue, so:
//! - Each look is a delivery, which quorum queues count, and RabbitMQ drops what is over its queue's limit (measured
//!   on 3.10.8 and 4.0.5: by `basic.nack`, a closed channel or a closed connection alike). A letter that comes near
//!   RabbitMQ 4's default limit is renewed before it goes back: published once more, confirmed, then removed.
//! - Letters that are held cannot be put back one page at a time, or they would be the next page. They stay
//!   unsettled, and all of them go back in one frame, in their order. What is kept of each on our side is nothing.
//! - `basic.get` would be simplest and took 4 ms a letter; a consumer takes a fiftieth of that, and its prefetch
//!   counts what is held. So each page has a consumer of its own, with the page's size for its prefetch, which is
//!   cancelled before anything of the page is settled: it can hand out no more than was asked for.
//!
//! Invariant: at most [`PAGE`] bodies in memory, and no more letters than stood ready when the look began. What
//! comes meanwhile (a replayed letter that failed once more) is not for this look.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream;
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicGetOptions, BasicNackOptions,
    BasicQosOptions,
};
use lapin::types::{FieldTable, ShortString};
use lapin::{Acker, Channel};
use tokio::time::{sleep, timeout};

use super::letter::Letter;
use super::returner::{Returner, Target};
use crate::broker::connection::{Dialer, Dialled};
use crate::broker::error::{BrokerError, reply, reply_code, words};
use crate::broker::topology::Topology;
use crate::broker::wire::Wire;
use crate::config::{BrokerConfig, TopologyConfig};
use crate::worker::Confirmed;

/// Letters in memory at once.
const PAGE: u16 = 64;
/// A letter that was looked at so often is renewed. Half of RabbitMQ 4's default limit: crashes and other tools
/// count, too.
pub const RENEW_AT: u32 = 10;
/// So long nothing comes that should: others took it.
const IDLE: Duration = Duration::from_secs(2);
/// The channel stays open so long after the last removal: see the inbox.
const LINGER: Duration = Duration::from_secs(1);

/// Why a look failed or ended early. Nothing is lost by it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LookError {
    /// The broker.
    #[error(transparent)]
    Broker(#[from] BrokerError),
    /// There is no such queue.
    #[error(
        "there is no queue `{queue}` on broker {address}: no worker has run there yet, or topology.dead_letter_queue or broker.urls name another place"
    )]
    NoQueue {
        /// Its name.
        queue: String,
        /// Host, port and virtual host.
        address: String,
    },
    /// The look ended before it was over.
    #[error(
        "the look at `{queue}` was cut off: {problem}; every letter that was not settled is back in the queue: run it again{advice}"
    )]
    CutOff {
        /// The queue's name.
        queue: String,
        /// What was seen.
        problem: String,
        /// What else would help.
        advice: &'static str,
    },
}

/// Letters that are taken out of the queue, page by page.
pub struct Look {
    connection: Wire,
    channel: Channel,
    broker: BrokerConfig,
    settings: TopologyConfig,
    topology: Topology,
    deadline: Duration,
    /// Letters that stood ready in the beginning.
    ready: u64,
    /// How many of them are looked at.
    wanted: u64,
    seen: u64,
    first: Option<Delivery>,
    last_removed: Arc<LastRemoved>,
    renewals: Renewals,
    /// The last delivery of each page that goes back. Handed back at once, the pages would go in any order.
    going_back: Vec<u64>,
}

/// What became of letters that had been looked at too often.
#[derive(Default)]
struct Renewals {
    returner: Option<Returner>,
    done: u64,
    /// Once one failed the others are not tried: the broker takes nothing, and a look must not wait for that.
    problem: Option<String>,
}

#[derive(Default)]
struct LastRemoved(Mutex<Option<Instant>>);

/// A letter that is held: out of the queue, and not settled. It goes back unless it is removed.
pub struct Held {
    /// The letter.
    pub letter: Letter,
    tag: u64,
    acker: Acker,
    queue: ShortString,
    deadline: Duration,
    last_removed: Arc<LastRemoved>,
}

impl Look {
    /// Begins a look at up to `scan` letters, in the order of the queue. Tries until the broker is there: put a deadline around
    /// it if one is wanted.
    ///
    /// # Errors
    /// What only a human can mend.
    pub async fn begin(
        broker: &BrokerConfig,
        topology: &TopologyConfig,
        scan: Option<u64>,
    ) -> Result<Self, LookError> {
        let dialer = Dialer::new(broker, "dead-letters")?;
        let names = Topology::new(topology, &[])?;
        let mut pace = dialer.pace();
        let dialled = loop {
            match dialer.dial().await {
                Ok(dialled) => break dialled,
                Err(error) if error.is_fatal() => return Err(error.into()),
                Err(error) => {
                    let delay = pace.delay();
                    tracing::warn!(%error, retry_in_ms = delay.as_millis() as u64, "no session with the broker");
                    sleep(delay).await;
                }
            }
        };
        let Dialled { connection, address } = dialled;
        let deadline = dialer.operation_timeout;
        let queue = names.dead_letters.clone();
        // The first is got, not consumed: the answer tells how many stand behind it, or that there is none.
        let got = timeout(deadline, async {
            let channel = connection.create_channel().await?;
            let got = channel
                .basic_get(queue.clone(), BasicGetOptions::default())
                .await?;
            Ok::<_, lapin::Error>((channel, got))
        });
        let unavailable = |problem| BrokerError::Unavailable {
            address: address.clone(),
            problem,
        };
        let (channel, got) = match got.await {
            Ok(Ok(opened)) => opened,
            Ok(Err(error)) => {
                return Err(match reply_code(&error) {
                    Some(reply::NOT_FOUND) => LookError::NoQueue {
                        queue: queue.to_string(),
                        address,
                    },
                    Some(reply::ACCESS_REFUSED) => LookError::Broker(BrokerError::AccessRefused {
                        problem: format!(
                            "{}; the user needs the permission to read `{queue}`",
                            words(&error)
                        ),
                        address,
                    }),
                    _ => LookError::Broker(unavailable(words(&error))),
                });
            }
            Err(_elapsed) => {
                let problem = format!("no answer within {} s", deadline.as_secs());
                return Err(LookError::Broker(unavailable(problem)));
            }
        };
        let ready = got.as_ref().map_or(0, |got| u64::from(got.message_count) + 1);
        Ok(Self {
            connection,
            channel,
            broker: broker.clone(),
            settings: topology.clone(),
            topology: names,
            deadline,
            ready,
            wanted: scan.map_or(ready, |scan| scan.min(ready)),
            seen: 0,
            first: got.map(|got| got.delivery),
            last_removed: Arc::default(),
            renewals: Renewals::default(),
            going_back: Vec::new(),
        })
    }

    /// Letters that stood ready when the look began.
    pub fn ready(&self) -> u64 {
        self.ready
    }

    /// Letters that this look is after.
    pub fn wanted(&self) -> u64 {
        self.wanted
    }

    /// Letters looked at so far.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// Letters that were looked at too often and are published anew.
    pub fn renewed(&self) -> u64 {
        self.renewals.done
    }

    /// Why letters that were looked at too often went back as they were, if so.
    pub fn not_renewed(&self) -> Option<&str> {
        self.renewals.problem.as_deref()
    }

    /// The next letters, in the order of the queue; none when the look is over.
    ///
    /// # Errors
    /// The look was cut off.
    pub async fn page(&mut self) -> Result<Vec<Held>, LookError> {
        let left = self.wanted.saturating_sub(self.seen);
        let first = self.first.take();
        let deliveries = match first {
            _ if left == 0 => Vec::new(),
            Some(first) => vec![first],
            None => {
                let page = u16::try_from(left).unwrap_or(PAGE).min(PAGE);
                let taken = self.take(page).await;
                taken.map_err(|error| self.cut_off(&error))?
            }
        };
        self.seen += deliveries.len() as u64;
        if deliveries.is_empty() {
            self.wanted = self.seen;
        }
        Ok(deliveries
            .into_iter()
            .map(|delivery| Held {
                letter: Letter::read(delivery.properties, delivery.data, &self.topology),
                tag: delivery.delivery_tag,
                acker: delivery.acker,
                queue: self.topology.dead_letters.clone(),
                deadline: self.deadline,
                last_removed: Arc::clone(&self.last_removed),
            })
            .collect())
    }

    /// Lets letters go back when the look ends. Those that were looked at too often are renewed.
    ///
    /// # Errors
    /// The look was cut off. A letter that cannot be renewed is no error: see [`Look::not_renewed`].
    pub async fn keep(&mut self, letters: Vec<Held>) -> Result<(), LookError> {
        let (worn, fresh): (Vec<Held>, Vec<Held>) = letters
            .into_iter()
            .partition(|held| held.letter.looks >= RENEW_AT && self.renewals.problem.is_none());
        self.go_back(&fresh);
        if worn.is_empty() {
            return Ok(());
        }
        if self.renewals.returner.is_none() {
            let connected = timeout(self.deadline, Returner::connect(&self.broker, &self.settings)).await;
            match connected {
                Ok(Ok(returner)) => self.renewals.returner = Some(returner),
                Ok(Err(error)) => self.renewals.problem = Some(error.to_string()),
                Err(_elapsed) => self.renewals.problem = Some("no second connection in time".to_owned()),
            }
        }
        let Some(returner) = &self.renewals.returner else {
            self.go_back(&worn);
            return Ok(());
        };
        let mut sent = stream::iter(worn)
            .map(|held| async {
                let sent = returner.send(&held.letter, Target::DeadLetters).await;
                (held, sent)
            })
            .buffered(usize::from(PAGE));
        let mut not_sent = Vec::new();
        while let Some((held, sent)) = sent.next().await {
            match sent {
                Ok(confirmed) => {
                    held.remove(confirmed).await?;
                    self.renewals.done += 1;
                }
                Err(error) => {
                    self.renewals.problem = Some(error.to_string());
                    not_sent.push(held);
                }
            }
        }
        drop(sent);
        self.go_back(&not_sent);
        Ok(())
    }

    /// Marks what is handed back up to here. What stands below the last mark goes with it.
    fn go_back(&mut self, letters: &[Held]) {
        let last = letters.iter().map(|held| held.tag).max();
        if let Some(last) = last.filter(|last| self.going_back.last().is_none_or(|before| before < last)) {
            self.going_back.push(last);
        }
    }

    /// Ends the look: what was not removed goes back to where it stood.
    pub async fn end(self) {
        if let Some(returner) = self.renewals.returner {
            returner.close().await;
        }
        // Handed back, not left to the end of the connection: RabbitMQ 4.3 counts only the latter. Zero is whatever
        // is left.
        let all = BasicNackOptions {
            multiple: true,
            requeue: true,
        };
        for tag in self.going_back.into_iter().chain([0]) {
            let back = timeout(self.deadline, self.channel.basic_nack(tag, all)).await;
            if !matches!(back, Ok(Ok(()))) {
                tracing::debug!(
                    "the letters could not be handed back in order; the broker does it by itself"
                );
                break;
            }
        }
        sleep(self.last_removed.left_of(LINGER)).await;
        let closed = timeout(self.deadline, self.channel.close(200, "bye".into())).await;
        if !matches!(closed, Ok(Ok(()))) {
            tracing::debug!("the channel did not close in order");
        }
        self.connection.close(self.deadline).await;
    }

    /// Up to `page` letters by a consumer of their own.
    async fn take(&self, page: u16) -> Result<Vec<Delivery>, String> {
        let within = format!("no answer within {} s", self.deadline.as_secs());
        let opened = timeout(self.deadline, async {
            self.channel.basic_qos(page, BasicQosOptions::default()).await?;
            self.channel
                .basic_consume(
                    self.topology.dead_letters.clone(),
                    ShortString::default(),
                    BasicConsumeOptions::default(),
                    FieldTable::default(),
                )
                .await
        });
        let mut consumer = opened
            .await
            .map_err(|_elapsed| within.clone())?
            .map_err(|error| words(&error))?;
        let mut taken = Vec::with_capacity(usize::from(page));
        let mut is_idle = false;
        while taken.len() < usize::from(page) {
            match timeout(IDLE, consumer.next()).await {
                Ok(Some(Ok(delivery))) => taken.push(delivery),
                Ok(Some(Err(error))) => return Err(words(&error)),
                Ok(None) => return Err("the broker cancelled it, as when the queue is deleted".to_owned()),
                Err(_elapsed) => {
                    is_idle = true;
                    break;
                }
            }
        }
        let cancelled = self
            .channel
            .basic_cancel(consumer.tag(), BasicCancelOptions::default());
        timeout(self.deadline, cancelled)
            .await
            .map_err(|_elapsed| within.clone())?
            .map_err(|error| words(&error))?;
        // What was on its way when the consumer was cancelled.
        while let Ok(Some(Ok(delivery))) = timeout(IDLE, consumer.next()).await {
            taken.push(delivery);
        }
        if taken.is_empty() && is_idle {
            // A slow broker, or none left? The queue itself knows.
            let got = self
                .channel
                .basic_get(self.topology.dead_letters.clone(), BasicGetOptions::default());
            let got = timeout(self.deadline, got)
                .await
                .map_err(|_elapsed| within)?
                .map_err(|error| words(&error))?;
            taken.extend(got.map(|got| got.delivery));
        }
        Ok(taken)
    }

    fn cut_off(&self, problem: &str) -> LookError {
        cut_off(&self.topology.dead_letters, problem)
    }
}

fn cut_off(queue: &ShortString, problem: &str) -> LookError {
    let is_slow = problem.contains("timed out") || problem.contains("timeout");
    LookError::CutOff {
        queue: queue.to_string(),
        problem: problem.to_owned(),
        advice: if is_slow {
            ", with a smaller --scan, since the broker lets nobody hold a letter longer than its consumer_timeout"
        } else {
            ""
        },
    }
}

impl LastRemoved {
    fn now(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn left_of(&self, time: Duration) -> Duration {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.map_or(Duration::ZERO, |last| time.saturating_sub(last.elapsed()))
    }
}

impl Held {
    /// Takes the letter out of the queue for good: what became of it is confirmed.
    ///
    /// # Errors
    /// The look was cut off, and the letter is still in the queue.
    pub async fn remove(self, _proof: Confirmed) -> Result<(), LookError> {
        self.settle().await
    }

    /// Takes the letter out of the queue for good, and nothing becomes of it.
    ///
    /// # Errors
    /// The look was cut off, and the letter is still in the queue.
    pub async fn discard(self) -> Result<(), LookError> {
        self.settle().await
    }

    async fn settle(self) -> Result<(), LookError> {
        let problem = match timeout(self.deadline, self.acker.ack(BasicAckOptions::default())).await {
            Ok(Ok(true)) => {
                self.last_removed.now();
                return Ok(());
            }
            Ok(Ok(false)) => "the channel had ended".to_owned(),
            Ok(Err(error)) => words(&error),
            Err(_elapsed) => format!("no answer within {} s", self.deadline.as_secs()),
        };
        Err(cut_off(&self.queue, &problem))
    }
}
