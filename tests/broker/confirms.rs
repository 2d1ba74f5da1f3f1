//! A confirm is the confirm of that very message, whatever else is in flight.
//!
//! With several publishes in flight on one channel the client library reported as confirmed what the broker had
//! refused, by the hundred. This holds the design that avoids it: one publish in flight on each channel.

use std::collections::BTreeSet;

use futures_util::StreamExt;
use lapin::types::AMQPValue;
use newsmill::broker::Feed;

use super::client::{Client, Names};
use super::node;
use super::records::config;

#[tokio::test(flavor = "multi_thread")]
async fn what_a_full_queue_refuses_is_never_reported_as_confirmed() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("confirms");
    let client = Client::connect(url).await;
    client.declare(&names.dead, &[]).await;
    client
        .declare(
            &names.input,
            &[
                ("x-max-length", AMQPValue::LongLongInt(300)),
                ("x-overflow", AMQPValue::LongString("reject-publish".into())),
            ],
        )
        .await;
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

    let mut queue = client.collect(&names.input).await;
    queue.until(|taken| taken.len() >= confirmed.len()).await;
    let found: BTreeSet<String> = queue
        .taken
        .iter()
        .map(|delivery| String::from_utf8(delivery.data.clone()).unwrap())
        .collect();
    let lost: Vec<&String> = confirmed.difference(&found).collect();
    assert!(lost.is_empty(), "{} confirmed and not in the queue", lost.len());
    client.clean(&names, &[]).await;
}
