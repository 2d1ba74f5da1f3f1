//! A thousand messages that no sender in his senses would send. Each comes out once, as a record or as a dead letter,
//! and the worker lives.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldArray, FieldTable};

use super::client::{Client, Names};
use super::ledger::{Ledger, article};
use super::node;
use super::worker::WorkerProcess;

const MESSAGES: usize = 1_000;

/// Pseudo-random numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count)
            .map(|_| u8::try_from(self.roll(256)).unwrap())
            .collect()
    }
}

const CONTENT_TYPES: [&str; 12] = [
    "application/json",
    "application/json; charset=utf-16",
    "application/ld+json",
    "text/html",
    "text/html; charset=x-unheard-of",
    "text/html; charset=\"windows-1251",
    "text/plain",
    "text/plain; charset=gb18030",
    "image/png",
    "application/octet-stream",
    ";;;=",
    "тип/подтип",
];

fn body(dice: &mut Dice) -> Vec<u8> {
    let number = dice.roll(90_000);
    let good = article(number);
    match dice.roll(12) {
        0 => {
            let count = dice.roll(4_000);
            dice.bytes(count)
        }
        1 => {
            let mut cut = good;
            cut.truncate(dice.roll(cut.len()));
            cut
        }
        2 => {
            let mut flipped = good;
            for _ in 0..=dice.roll(20) {
                let at = dice.roll(flipped.len());
                flipped[at] ^= 1 << dice.roll(8);
            }
            flipped
        }
        3 => "[".repeat(1 + dice.roll(60_000)).into_bytes(),
        4 => "{\"text\":".repeat(1 + dice.roll(20_000)).into_bytes(),
        5 => b"<div><p>\"".repeat(1 + dice.roll(8_000)),
        6 => format!(
            "{{\"html\":\"{}\"}}",
            "<b title='&#x110000;&amp'>".repeat(dice.roll(3_000))
        )
        .into_bytes(),
        7 => "\u{201c}said\u{201d} \u{feff}\u{200b}e\u{301}\u{301}\u{301}"
            .repeat(dice.roll(3_000))
            .into_bytes(),
        8 => format!(
            "{{\"id\":{},\"text\":\"x\",\"tags\":[null,7,{{}}]}}",
            dice.roll(9)
        )
        .into_bytes(),
        9 => format!("{{\"text\":\"{}\"}}", "\\ud800".repeat(1 + dice.roll(50))).into_bytes(),
        10 => {
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            // Up to thirty megabytes, over the bound of what it may unpack to.
            packed.write_all(&vec![b' '; 1 + dice.roll(30 << 20)]).unwrap();
            packed.finish().unwrap()
        }
        _ => Vec::new(),
    }
}

fn properties(dice: &mut Dice) -> BasicProperties {
    let mut properties = BasicProperties::default();
    if dice.roll(8) > 0 {
        properties = properties.with_content_type(CONTENT_TYPES[dice.roll(CONTENT_TYPES.len())].into());
    }
    match dice.roll(8) {
        0 | 1 => properties = properties.with_content_encoding("gzip".into()),
        2 => properties = properties.with_content_encoding("zstd".into()),
        3 => properties = properties.with_content_encoding("rot13".into()),
        _ => {}
    }
    let mut headers = FieldTable::default();
    let header = match dice.roll(6) {
        // Our own headers, of types and with values that we never write.
        0 => Some(("x-newsmill-attempts", AMQPValue::LongLongInt(i64::MIN))),
        1 => Some((
            "x-newsmill-attempts",
            AMQPValue::FieldArray(FieldArray::default()),
        )),
        2 => Some((
            "x-newsmill-first-failed-at",
            AMQPValue::LongString(dice.bytes(40).into()),
        )),
        3 => Some(("traceparent", AMQPValue::LongString(vec![0xff; 3_000].into()))),
        // Nearly all that a frame can hold.
        4 => Some(("big", AMQPValue::LongString(vec![b'x'; 120_000].into()))),
        _ => None,
    };
    if let Some((name, value)) = header {
        headers.insert(name.into(), value);
    }
    properties.with_headers(headers)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_thousand_hostile_messages_each_comes_out_once() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("hostile");
    let worker = WorkerProcess::start(url, &names, &[("WORKER_PREFETCH", "32")]);
    worker.await_ready(200, "ready").await;
    let client = Client::connect(url).await;
    let mut records = client.collect(&names.output).await;
    let mut dead = client.collect(&names.dead).await;
    let mut ledger = Ledger::default();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    for number in 0..MESSAGES {
        let name = format!("hostile-{number}");
        let properties = properties(&mut dice).with_message_id(name.as_str().into());
        client.put(&names.input, &body(&mut dice), properties).await;
        outcomes.insert(name, 0);
        if number % 10 == 0 {
            // Good ones between.
            ledger.feed(&client, &names.input, 1).await;
        }
    }
    let all = ledger.fed() + MESSAGES;
    records.until(|taken| taken.len() >= ledger.fed()).await;
    let begun = std::time::Instant::now();
    while records.taken.len() + dead.taken.len() < all && begun.elapsed() < super::client::PATIENCE {
        records.until_quiet(Duration::from_millis(300)).await;
        dead.until_quiet(Duration::from_millis(300)).await;
    }
    records.until_quiet(Duration::from_secs(1)).await;
    dead.until_quiet(Duration::from_secs(1)).await;

    let mut good = Vec::new();
    for record in records.taken {
        let sent_as = record.properties.correlation_id().as_ref().unwrap().to_string();
        match outcomes.get_mut(&sent_as) {
            Some(count) => *count += 1,
            None => good.push(record),
        }
    }
    for letter in &dead.taken {
        let sent_as = letter.properties.message_id().as_ref().unwrap().to_string();
        *outcomes
            .get_mut(&sent_as)
            .expect("no good article is dead-lettered") += 1;
    }
    let wrong: Vec<_> = outcomes.iter().filter(|(_, count)| **count != 1).collect();
    assert!(wrong.is_empty(), "not once: {wrong:?}\n{}", worker.log());
    assert!(
        dead.taken.len() > MESSAGES / 4,
        "{} are hostile indeed",
        dead.taken.len()
    );
    assert_eq!(ledger.verdict(&good), Default::default());
    worker.await_ready(200, "ready").await;
    assert_eq!(worker.metric("newsmill_in_flight").await, 0.0);
    assert_eq!(
        worker.metric("newsmill_received_total").await,
        all as f64,
        "nothing came twice"
    );
    assert_eq!(
        worker.metric("newsmill_reconnects_total{link=\"publish\"}").await,
        0.0
    );
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}
