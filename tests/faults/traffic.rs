//! Load without an end, and its ledger: feeds numbered articles through every fault, collects what becomes of them.
//!
//! Feeder and collector meet the same broker's faults as the workers. What *they* send or take twice is told apart
//! from what workers repeat: every sending has a message id of its own, and records bear it as their correlation id.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions,
};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties};
use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::client::Names;

/// One publish in flight on each.
const CHANNELS: usize = 24;
/// Articles that may be under way: a drain must not take minutes.
const WINDOW: u32 = 1_500;
/// No request of the broker may take longer, or the session is given up.
const DEADLINE: Duration = Duration::from_secs(8);

/// What was fed and what came of it.
#[derive(Default)]
pub struct Traffic {
    pub feeding: AtomicBool,
    pub collecting: AtomicBool,
    /// Asks for one article while nothing else is fed.
    pub one_more: AtomicBool,
    /// Messages to be fed that must end as dead letters, each with its mark; without one it is no article.
    hostile: Mutex<Vec<&'static str>>,
    fed: AtomicU32,
    hostile_fed: AtomicU32,
    tally: Mutex<Tally>,
}

#[derive(Default)]
struct Tally {
    /// Records by article and sending.
    records: BTreeMap<(u32, u32), u32>,
    /// Articles that have a record.
    articles: u32,
    /// Each article's message id.
    message_ids: BTreeMap<u32, String>,
    /// Dead letters by hostile message.
    dead: BTreeMap<u32, u32>,
    latest: Option<u32>,
    twins_of_workers: u32,
    twins_of_the_feeder: u32,
    twins_of_dead_letters: u32,
    unexpected: Vec<String>,
}

impl Traffic {
    pub fn fed(&self) -> u32 {
        self.fed.load(Ordering::SeqCst)
    }

    /// Asks for so many messages that must end as dead letters.
    pub fn feed_hostile(&self, mark: &'static str, count: usize) {
        self.hostile.lock().unwrap().extend(vec![mark; count]);
    }

    pub fn is_drained(&self) -> bool {
        let tally = self.tally.lock().unwrap();
        let hostile = self.hostile.lock().unwrap().len();
        tally.articles == self.fed() && tally.dead.len() == hostile
    }

    /// Messages that have come out as dead letters.
    pub fn dead_letters(&self) -> usize {
        self.tally.lock().unwrap().dead.len()
    }

    /// Whether an article from `mark` on has its record.
    pub fn has_since(&self, mark: u32) -> bool {
        self.tally
            .lock()
            .unwrap()
            .latest
            .is_some_and(|latest| latest >= mark)
    }

    pub fn missing(&self) -> String {
        let tally = self.tally.lock().unwrap();
        let missing: Vec<u32> = (0..self.fed())
            .filter(|number| !tally.message_ids.contains_key(number))
            .collect();
        format!(
            "{} of {} articles have no record (e.g. {:?}), {} of {} dead letters came",
            missing.len(),
            self.fed(),
            missing.iter().take(10).collect::<Vec<_>>(),
            tally.dead.len(),
            self.hostile_fed.load(Ordering::SeqCst)
        )
    }

    pub fn sum(&self) -> String {
        let tally = self.tally.lock().unwrap();
        format!(
            "fed {} articles and {} hostile messages, lost {}, unexpected {}, repeated by workers {} records and {} \
             dead letters (the feeder itself sent {} twice)",
            self.fed(),
            self.hostile_fed.load(Ordering::SeqCst),
            self.fed() - tally.articles,
            tally.unexpected.len(),
            tally.twins_of_workers,
            tally.twins_of_dead_letters,
            tally.twins_of_the_feeder,
        )
    }

    /// # Panics
    /// When something was lost or is unexpected.
    pub fn check(&self) {
        let tally = self.tally.lock().unwrap();
        assert_eq!(tally.articles, self.fed(), "nothing is lost");
        assert!(tally.unexpected.is_empty(), "{:?}", tally.unexpected);
    }

    fn record(&self, delivery: &Delivery) {
        let mut tally = self.tally.lock().unwrap();
        let properties = &delivery.properties;
        let text = |value: &Option<lapin::types::ShortString>| {
            value.as_ref().map(ToString::to_string).unwrap_or_default()
        };
        let message_id = text(properties.message_id());
        let sending = text(properties.correlation_id());
        let body: Value = serde_json::from_slice(&delivery.data).unwrap_or_default();
        let parsed = sending
            .split_once('/')
            .and_then(|(number, attempt)| Some((number.parse::<u32>().ok()?, attempt.parse::<u32>().ok()?)));
        let Some((number, attempt)) = parsed.filter(|(number, _)| body["id"] == format!("a-{number}")) else {
            tally.unexpected.push(format!("{sending}: {}", body["id"]));
            return;
        };
        let known = tally
            .message_ids
            .entry(number)
            .or_insert_with(|| message_id.clone());
        if *known != message_id {
            tally.unexpected.push(format!("{sending}: another message id"));
            return;
        }
        let is_new = !tally.records.contains_key(&(number, attempt));
        let is_first = tally
            .records
            .range((number, 0)..=(number, u32::MAX))
            .next()
            .is_none();
        if is_first {
            tally.articles += 1;
            tally.latest = tally.latest.max(Some(number));
        } else if is_new {
            tally.twins_of_the_feeder += 1;
        } else if !delivery.redelivered {
            tally.twins_of_workers += 1;
        }
        *tally.records.entry((number, attempt)).or_default() += 1;
    }

    fn dead_letter(&self, delivery: &Delivery) {
        let mut tally = self.tally.lock().unwrap();
        let sending = delivery.properties.message_id().as_ref().map(ToString::to_string);
        let hostile = sending
            .as_deref()
            .and_then(|id| id.strip_prefix("h-"))
            .and_then(|id| id.split_once('/'))
            .and_then(|(number, _)| number.parse::<u32>().ok());
        let Some(number) = hostile else {
            let headers = format!("{:?}", delivery.properties.headers());
            tally
                .unexpected
                .push(format!("dead letter {sending:?}: {headers}"));
            return;
        };
        let count = tally.dead.entry(number).or_default();
        *count += 1;
        if *count > 1 && !delivery.redelivered {
            tally.twins_of_dead_letters += 1;
        }
    }
}

/// A message on its way in.
#[derive(Clone, Copy)]
struct Sending {
    number: u32,
    attempt: u32,
    /// The mark of a message that must end as a dead letter.
    hostile: Option<&'static str>,
}

impl Sending {
    fn message_id(self) -> String {
        let kind = if self.hostile.is_some() { "h-" } else { "" };
        format!("{kind}{}/{}", self.number, self.attempt)
    }

    fn body(self) -> String {
        let number = self.number;
        match self.hostile {
            None => {}
            Some("") => return format!("{{\"id\": \"h-{number}\", \"text\": \"cut sho"),
            Some(mark) => {
                return format!("{{\"id\":\"h-{number}\",\"text\":\"This is {mark}, said Ann Example.\"}}");
            }
        }
        format!(
            "{{\"id\":\"a-{number}\",\"title\":\"Harbour plan {number}\",\"tags\":[\"harbour\"],\"text\":\"The council \
             approved the plan on Tuesday. \\\"We have waited for ten years,\\\" said Ann Example, who leads the \
             harbour's board. Work begins in spring.\"}}"
        )
    }
}

/// Feeds for ever: whatever was not confirmed is sent again.
pub async fn feed(url: String, names: Names, traffic: Arc<Traffic>) {
    let mut again: Vec<Sending> = Vec::new();
    loop {
        if let Ok(Ok((connection, channels))) = timeout(DEADLINE, channels(&url)).await {
            feed_session(&channels, &names, &traffic, &mut again).await;
            // Under an alarm it would not be answered.
            drop(timeout(Duration::from_secs(1), connection.close(200, "again".into())).await);
        }
        sleep(Duration::from_millis(250)).await;
    }
}

async fn channels(url: &str) -> lapin::Result<(Connection, Vec<Channel>)> {
    let connection = Connection::connect(url, ConnectionProperties::default()).await?;
    let mut channels = Vec::new();
    for _ in 0..CHANNELS {
        let channel = connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        channels.push(channel);
    }
    Ok((connection, channels))
}

async fn feed_session(channels: &[Channel], names: &Names, traffic: &Traffic, again: &mut Vec<Sending>) {
    loop {
        let batch = next_batch(traffic, again);
        if batch.is_empty() {
            sleep(Duration::from_millis(5)).await;
            continue;
        }
        let sent = batch.iter().zip(channels).map(|(sending, channel)| async move {
            let properties = BasicProperties::default()
                .with_content_type("application/json".into())
                .with_delivery_mode(2)
                .with_message_id(sending.message_id().into());
            let options = BasicPublishOptions {
                mandatory: true,
                ..BasicPublishOptions::default()
            };
            let body = sending.body();
            let queue = names.input.as_str().into();
            let confirm = async {
                channel
                    .basic_publish("".into(), queue, options, body.as_bytes(), properties)
                    .await?
                    .await
            };
            matches!(timeout(DEADLINE, confirm).await, Ok(Ok(Confirmation::Ack(None))))
        });
        let confirmed = join_all(sent).await;
        let mut failed = false;
        for (sending, confirmed) in batch.into_iter().zip(confirmed) {
            if confirmed {
                continue;
            }
            failed = true;
            // It may have arrived all the same.
            again.push(Sending {
                attempt: sending.attempt + 1,
                ..sending
            });
        }
        if failed {
            return;
        }
    }
}

fn next_batch(traffic: &Traffic, again: &mut Vec<Sending>) -> Vec<Sending> {
    if !again.is_empty() {
        let count = again.len().min(CHANNELS);
        return again.drain(..count).collect();
    }
    let mut batch = Vec::new();
    while batch.len() < CHANNELS {
        let number = traffic.hostile_fed.load(Ordering::SeqCst);
        let hostile = traffic.hostile.lock().unwrap().get(number as usize).copied();
        if hostile.is_none() {
            break;
        }
        traffic.hostile_fed.fetch_add(1, Ordering::SeqCst);
        batch.push(Sending {
            number,
            attempt: 0,
            hostile,
        });
    }
    let mut room = CHANNELS - batch.len();
    if !traffic.feeding.load(Ordering::SeqCst) {
        let asked = traffic.one_more.swap(false, Ordering::SeqCst);
        room = room.min(usize::from(asked));
    } else if traffic.fed() - traffic.tally.lock().unwrap().articles > WINDOW {
        room = 0;
    }
    batch.extend((0..room).map(|_| Sending {
        number: traffic.fed.fetch_add(1, Ordering::SeqCst),
        attempt: 0,
        hostile: None,
    }));
    batch
}

/// Collects for ever.
pub async fn collect(url: String, names: Names, traffic: Arc<Traffic>) {
    traffic.collecting.store(true, Ordering::SeqCst);
    loop {
        if traffic.collecting.load(Ordering::SeqCst) {
            drop(collect_session(&url, &names, &traffic).await);
        }
        sleep(Duration::from_millis(250)).await;
    }
}

async fn collect_session(url: &str, names: &Names, traffic: &Traffic) -> lapin::Result<()> {
    let opened = async {
        let connection = Connection::connect(url, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        channel.basic_qos(500, BasicQosOptions::default()).await?;
        let options = BasicConsumeOptions::default;
        let records = channel
            .basic_consume(
                names.output.as_str().into(),
                "".into(),
                options(),
                FieldTable::default(),
            )
            .await?;
        let dead = channel
            .basic_consume(
                names.dead.as_str().into(),
                "".into(),
                options(),
                FieldTable::default(),
            )
            .await?;
        Ok::<_, lapin::Error>((connection, channel, records, dead))
    };
    let Ok(opened) = timeout(DEADLINE, opened).await else {
        return Ok(());
    };
    let (connection, _channel, mut records, mut dead) = opened?;
    let all_so_far = BasicAckOptions { multiple: true };
    let mut unacked = 0;
    let mut last: Option<Delivery> = None;
    while traffic.collecting.load(Ordering::SeqCst) {
        let next = async {
            tokio::select! {
                record = records.next() => (true, record),
                letter = dead.next() => (false, letter),
            }
        };
        match timeout(Duration::from_millis(100), next).await {
            Ok((is_record, Some(Ok(delivery)))) => {
                if is_record {
                    traffic.record(&delivery);
                } else {
                    traffic.dead_letter(&delivery);
                }
                unacked += 1;
                last = Some(delivery);
            }
            Ok((_, Some(Err(error)))) => return Err(error),
            Ok((_, None)) => return Ok(()),
            Err(_elapsed) if last.is_some() => unacked = usize::MAX,
            Err(_elapsed) => {
                if !connection.status().connected() {
                    return Ok(());
                }
            }
        }
        if unacked >= 100
            && let Some(delivery) = last.take()
        {
            drop(timeout(DEADLINE, delivery.acker.ack(all_so_far)).await);
            unacked = 0;
        }
    }
    drop(timeout(DEADLINE, connection.close(200, "paused".into())).await);
    Ok(())
}
