//! A confirm is the confirm of that very message, whatever else is in flight.
//!
//! With several publishes in flight on one channel the client library reported as confirmed what the broker had
//! refused, by the hundred, and hung returned messages on the wrong publish. The tests hold the design that avoids
//! it, one publish in flight on each channel; the experiments, which `./test --soak` runs, show what they would see
//! without it, and what the pool costs.

#![expect(
    clippy::disallowed_methods,
    reason = "a test sees its tasks fail by what they do not do"
)]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions, QueueBindOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties};
use newsmill::broker::{Feed, Links, Rabbit};
use newsmill::telemetry::{Link, Metrics, TraceHeaders};
use newsmill::worker::{Outbox, OutgoingRecord, PublishError};
use tokio::time::sleep;

use super::client::{Client, Names};
use super::node;
use super::records::config;

/// A queue that takes so many messages and refuses more.
fn bounded(length: i64) -> [(&'static str, AMQPValue); 2] {
    [
        ("x-max-length", AMQPValue::LongLongInt(length)),
        ("x-overflow", AMQPValue::LongString("reject-publish".into())),
    ]
}

/// The bodies that are in a queue now.
async fn bodies(client: &Client, queue: &str, at_least: usize) -> BTreeSet<String> {
    let mut queue = client.collect(queue).await;
    queue.until(|taken| taken.len() >= at_least).await;
    queue.until_quiet(Duration::from_millis(500)).await;
    queue
        .taken
        .iter()
        .map(|delivery| String::from_utf8(delivery.data.clone()).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_full_queue_refuses_is_never_reported_as_confirmed() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("confirms");
    let client = Client::connect(url).await;
    client.declare(&names.dead, &[]).await;
    client.declare(&names.input, &bounded(300)).await;
    // The queue is the test's own, so the feeder only checks it. Its patience is twice the operation timeout.
    let more = [
        ("topology.mode", "check"),
        ("broker.operation_timeout_secs", "2"),
        ("broker.publish_channels", "32"),
    ];
    let config = config(url, &names, &more);
    let feed = Feed::connect(&config.broker, &config.topology).await.unwrap();
    let sends = futures_util::stream::iter(0..1000).map(|number| {
        let feed = &feed;
        async move {
            let id = format!("m-{number}");
            feed.send(id.as_bytes(), "text/plain", Some(&id))
                .await
                .is_ok()
                .then_some(id)
        }
    });
    let confirmed: BTreeSet<String> = sends
        .buffer_unordered(1000)
        .filter_map(async |id| id)
        .collect()
        .await;
    feed.close().await;
    assert!(confirmed.len() < 1000, "the queue refused some");
    let found = bodies(&client, &names.input, confirmed.len()).await;
    let lost: Vec<&String> = confirmed.difference(&found).collect();
    assert!(lost.is_empty(), "{} confirmed and not in the queue", lost.len());
    client.clean(&names, &[]).await;
}

/// Confirmed, refused and returned at once: a bounded queue whose binding comes and goes.
#[tokio::test(flavor = "multi_thread")]
async fn every_publish_gets_its_own_answer_while_others_are_refused_and_returned() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("answers");
    let client = Client::connect(url).await;
    client.declare(&names.dead, &[]).await;
    client.declare(&names.input, &[]).await;
    client.declare(&names.output, &bounded(400)).await;
    client.declare_exchange(&names.exchange).await;
    let more = [("topology.mode", "check"), ("broker.publish_channels", "32")];
    let config = config(url, &names, &more);
    let metrics = Arc::new(Metrics::new());
    let links = Links {
        consume: Link::new("consume", Arc::clone(&metrics)),
        publish: Link::new("publish", Arc::clone(&metrics)),
    };
    let rabbit = Rabbit::connect(&config.broker, &config.topology, &[], &config.worker, &links)
        .await
        .unwrap();

    let done = Arc::new(AtomicBool::new(false));
    let toggling = tokio::spawn(toggle_binding(url.to_owned(), names.clone(), Arc::clone(&done)));
    let outbox = &rabbit.outbox;
    let publish = |number: usize| async move {
        let body = format!("r-{number}");
        let record = OutgoingRecord {
            body: body.clone().into_bytes(),
            message_id: body.clone(),
            content_type: "text/plain",
            content_encoding: None,
            schema: "test",
            correlation_id: None,
            trace: TraceHeaders::default(),
        };
        (body, outbox.publish(&record).await.map(drop))
    };
    let mut answers: Vec<(String, Result<(), PublishError>)> = Vec::new();
    let with = |answers: &[(String, Result<(), PublishError>)],
                answer: fn(&Result<(), PublishError>) -> bool| {
        let matching = answers.iter().filter(|(_, got)| answer(got));
        matching
            .map(|(body, _)| body.clone())
            .collect::<BTreeSet<String>>()
    };
    // How the three mix depends on how fast the machine binds and unbinds, so it goes on until each came often.
    let confirmed = loop {
        let from = answers.len();
        let batch = futures_util::stream::iter((from..from + 1000).map(publish));
        answers.extend(batch.buffer_unordered(300).collect::<Vec<_>>().await);
        let confirmed = with(&answers, Result::is_ok);
        let returned = with(&answers, |answer| {
            matches!(answer, Err(PublishError::Unroutable { .. }))
        });
        let refused = with(&answers, |answer| matches!(answer, Err(PublishError::Refused)));
        assert_eq!(
            confirmed.len() + returned.len() + refused.len(),
            answers.len(),
            "each got one of the three answers"
        );
        if confirmed.len() > 50 && returned.len() > 50 && refused.len() > 50 {
            break confirmed;
        }
        assert!(
            answers.len() < 30_000,
            "{} confirmed, {} returned, {} refused: no test of anything",
            confirmed.len(),
            returned.len(),
            refused.len()
        );
    };
    done.store(true, Ordering::SeqCst);
    toggling.await.unwrap();

    let found = bodies(&client, &names.output, confirmed.len()).await;
    assert_eq!(
        found, confirmed,
        "in the queue is what was confirmed, and nothing else"
    );
    rabbit.outbox.close().await;
    client.clean(&names, &[]).await;
}

/// Binds and unbinds the output queue until it is told to end.
async fn toggle_binding(url: String, names: Names, done: Arc<AtomicBool>) {
    let connection = Connection::connect(&url, ConnectionProperties::default())
        .await
        .unwrap();
    let channel = connection.create_channel().await.unwrap();
    while !done.load(Ordering::SeqCst) {
        channel
            .queue_bind(
                names.output.as_str().into(),
                names.exchange.as_str().into(),
                "article".into(),
                QueueBindOptions::default(),
                FieldTable::default(),
            )
            .await
            .unwrap();
        sleep(Duration::from_millis(5)).await;
        channel
            .queue_unbind(
                names.output.as_str().into(),
                names.exchange.as_str().into(),
                "article".into(),
                FieldTable::default(),
            )
            .await
            .unwrap();
        sleep(Duration::from_millis(5)).await;
    }
    connection.close(200, "done".into()).await.unwrap();
}

/// The experiment behind the design: 2,000 publishes from tasks that share one channel, into a queue that takes 300,
/// every fourth to a key that no queue has. Where this finds no wrong answer any more, the client has been mended.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "an experiment: shows what a shared channel does"]
async fn experiment_one_channel_shared_by_many_tasks() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("experiment");
    let client = Client::connect(url).await;
    client.declare(&names.input, &bounded(300)).await;
    let connection = Connection::connect(url, ConnectionProperties::default())
        .await
        .unwrap();
    let channel = connection.create_channel().await.unwrap();
    channel
        .confirm_select(ConfirmSelectOptions::default())
        .await
        .unwrap();
    let tasks: Vec<_> = (0..2000)
        .map(|number| {
            let channel = channel.clone();
            let routable = number % 4 > 0;
            let key = if routable {
                names.input.clone()
            } else {
                "nobody's".to_owned()
            };
            tokio::spawn(async move {
                let body = format!("e-{number}");
                (body.clone(), routable, published(&channel, &key, &body).await)
            })
        })
        .collect();
    let mut confirmed = BTreeSet::new();
    let mut wrong_returns = 0;
    for task in tasks {
        let (body, routable, answer) = task.await.unwrap();
        match answer {
            Confirmation::Ack(None) => {
                confirmed.insert(body);
            }
            Confirmation::Ack(Some(returned)) | Confirmation::Nack(Some(returned)) => {
                wrong_returns += usize::from(routable || returned.delivery.data != body.as_bytes());
            }
            Confirmation::Nack(None) | Confirmation::NotRequested => {}
        }
    }
    let found = bodies(&client, &names.input, 1).await;
    eprintln!(
        "one channel, 2,000 tasks: {} reported as confirmed, {} of them are not in the queue; {wrong_returns} \
         returned messages on a wrong publish",
        confirmed.len(),
        confirmed.difference(&found).count()
    );
    client.clean(&names, &[]).await;
}

async fn published(channel: &Channel, key: &str, body: &str) -> Confirmation {
    let options = BasicPublishOptions {
        mandatory: true,
        ..BasicPublishOptions::default()
    };
    channel
        .basic_publish(
            "".into(),
            key.into(),
            options,
            body.as_bytes(),
            BasicProperties::default(),
        )
        .await
        .unwrap()
        .await
        .unwrap()
}

/// What the pool costs: 30 KB messages through pools of several sizes.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement: prints rates"]
async fn measurement_of_pool_sizes() {
    let Some(url) = node::shared() else { return };
    let client = Client::connect(url).await;
    let body = vec![b'x'; 30_000];
    for channels in ["1", "4", "16", "64", "128"] {
        let names = Names::new("rate");
        let config = config(url, &names, &[("broker.publish_channels", channels)]);
        let feed = Feed::connect(&config.broker, &config.topology).await.unwrap();
        sleep(Duration::from_secs(1)).await;
        let count = if channels == "1" { 1_000 } else { 6_000 };
        let begun = Instant::now();
        let sends = futures_util::stream::iter(0..count)
            .map(|_| feed.send(&body, "text/plain", None))
            .buffer_unordered(256);
        let failed = sends
            .filter(|sent| std::future::ready(sent.is_err()))
            .count()
            .await;
        let rate = f64::from(count) / begun.elapsed().as_secs_f64();
        eprintln!("{channels:>4} channels: {rate:6.0} messages of 30 KB a second, {failed} failed");
        feed.close().await;
        client.delete(&names.input).await;
        client.delete(&names.dead).await;
    }
}
