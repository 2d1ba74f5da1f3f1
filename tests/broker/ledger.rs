//! What was fed against what came out: the oracle of every fault.

#![allow(dead_code, reason = "two suites share this module and neither uses all of it")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use lapin::BasicProperties;
use lapin::message::Delivery;
use serde_json::{Value, json};

use super::client::{Client, Collector, Names};

/// What comes later than this after the last record does not come any more.
const LATE: Duration = Duration::from_secs(1);

/// Ids that were fed. Each is an obligation.
#[derive(Debug, Default)]
pub struct Ledger {
    fed: usize,
}

/// What became of them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    pub lost: Vec<String>,
    pub unexpected: Vec<String>,
    /// Records beyond the first of their article.
    pub twins: usize,
}

impl Ledger {
    /// Feeds `count` more articles.
    pub async fn feed(&mut self, client: &Client, queue: &str, count: usize) {
        for number in self.fed..self.fed + count {
            let properties = BasicProperties::default()
                .with_content_type("application/json".into())
                .with_message_id(format!("message-{number}").into())
                .with_app_id("feeder".into());
            client.put(queue, &article(number), properties).await;
        }
        self.fed += count;
    }

    /// How many were fed.
    pub fn fed(&self) -> usize {
        self.fed
    }

    /// Whether every fed article has a record among these.
    pub fn complete(&self, records: &[Delivery]) -> bool {
        records.len() >= self.fed && self.verdict(records).lost.is_empty()
    }

    /// The end of every fault: drains, pushes one fresh article, waits for what comes late, compares. Gives the
    /// twins.
    ///
    /// # Panics
    /// When an article is lost, or a record is of none that was fed.
    pub async fn close(&mut self, client: &Client, names: &Names, records: &mut Collector) -> usize {
        records.until(|taken| self.complete(taken)).await;
        self.feed(client, &names.input, 1).await;
        records.until(|taken| self.complete(taken)).await;
        records.until_quiet(LATE).await;
        let verdict = self.verdict(&records.taken);
        assert!(
            verdict.lost.is_empty() && verdict.unexpected.is_empty(),
            "{}: {verdict:?}",
            names.input
        );
        verdict.twins
    }

    pub fn verdict(&self, records: &[Delivery]) -> Verdict {
        let mut seen: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for record in records {
            let message_id = record
                .properties
                .message_id()
                .as_ref()
                .expect("a message id")
                .to_string();
            let body: Value = serde_json::from_slice(&record.data).expect("a record");
            let id = body["id"].as_str().expect("an id").to_owned();
            seen.entry(id).or_default().push(message_id);
        }
        let fed: BTreeSet<String> = (0..self.fed).map(id).collect();
        for (id, message_ids) in &seen {
            assert!(
                message_ids.windows(2).all(|pair| pair[0] == pair[1]),
                "twins of {id} have one message id"
            );
        }
        Verdict {
            lost: fed.iter().filter(|id| !seen.contains_key(*id)).cloned().collect(),
            unexpected: seen.keys().filter(|id| !fed.contains(*id)).cloned().collect(),
            twins: seen.values().map(|message_ids| message_ids.len() - 1).sum(),
        }
    }
}

pub fn id(number: usize) -> String {
    format!("article-{number:05}")
}

/// A small article that has something of everything.
pub fn article(number: usize) -> Vec<u8> {
    let paragraph = "The council approved the plan on Tuesday. \"We have waited for ten years,\" said Ann Example, \
                     who leads the harbour's board. Work begins in spring and ends, if all goes well, in autumn.";
    let text = [paragraph; 6].join("\n\n");
    json!({
        "id": id(number),
        "url": format!("https://news.example/{number}"),
        "title": format!("Harbour plan {number} approved"),
        "text": text,
        "tags": ["harbour", "council"],
    })
    .to_string()
    .into_bytes()
}
