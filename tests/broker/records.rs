//! An article goes in, its record comes out; the two helpers of the command line feed and watch.

use std::time::Duration;

use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, ShortString};
use newsmill::broker::{Feed, Watch};
use newsmill::config::{Config, Flag, Sources};
use tokio::time::timeout;

use super::client::{Client, Names, PATIENCE, header};
use super::ledger::article;
use super::node;
use super::worker::WorkerProcess;

/// Settings for a test's queues, as a program in this process needs them.
pub fn config(url: &str, names: &Names, more: &[(&str, &str)]) -> Config {
    let own = [
        ("broker.urls", url),
        ("topology.input_queue", &names.input),
        ("topology.output_exchange", &names.exchange),
        ("topology.output_queue", &names.output),
        ("topology.dead_letter_queue", &names.dead),
        ("topology.retry_queue_prefix", &names.retry),
    ];
    let flags = own.iter().chain(more).map(|(setting, value)| Flag {
        flag: (*setting).to_owned(),
        setting: (*setting).to_owned(),
        value: (*value).to_owned(),
    });
    let sources = Sources {
        file: None,
        environment: &|_| None,
        flags: flags.collect(),
    };
    Config::load(&sources).unwrap_or_else(|problems| panic!("{problems}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_article_goes_in_and_its_record_comes_out() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("record");
    let worker = WorkerProcess::start(url, &names, &[]);
    let client = Client::connect(url).await;
    client.await_queue(&names.output).await;
    worker.await_ready(200, "ready").await;

    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let mut headers = FieldTable::default();
    headers.insert("traceparent".into(), AMQPValue::LongString(trace.into()));
    headers.insert("tracestate".into(), AMQPValue::LongString("vendor=1".into()));
    let properties = BasicProperties::default()
        .with_content_type("application/json".into())
        .with_message_id("raw-1".into())
        .with_headers(headers);
    client.put(&names.input, &article(7), properties.clone()).await;
    client.put(&names.input, &article(7), properties).await;

    let records = client.take(&names.output, 2).await;
    let record = &records[0];
    let body: serde_json::Value = serde_json::from_slice(&record.data).unwrap();
    assert_eq!(body["id"], "article-00007");
    assert_eq!(body["schema"], "newsmill/enriched/1");
    assert!(body["text"].as_str().unwrap().starts_with("The council approved"));
    let properties = &record.properties;
    assert_eq!(
        properties.content_type().as_ref().unwrap().as_str(),
        "application/json"
    );
    assert_eq!(
        properties.kind().as_ref().unwrap().as_str(),
        "newsmill/enriched/1"
    );
    assert_eq!(properties.correlation_id().as_ref().unwrap().as_str(), "raw-1");
    assert_eq!(*properties.delivery_mode(), Some(2));
    assert_eq!(header(record, "traceparent").as_deref(), Some(trace));
    assert_eq!(header(record, "tracestate").as_deref(), Some("vendor=1"));
    assert_eq!(
        properties.message_id(),
        records[1].properties.message_id(),
        "the same article, the same message id"
    );

    let begun = std::time::Instant::now();
    while worker
        .metric("newsmill_deliveries_total{outcome=\"enriched\"}")
        .await
        < 2.0
    {
        assert!(begun.elapsed() < PATIENCE, "both are counted");
    }
    assert_eq!(worker.metric("newsmill_received_total").await, 2.0);
    assert_eq!(worker.metric("newsmill_in_flight").await, 0.0);
    assert_eq!(worker.metric("newsmill_connected{link=\"consume\"}").await, 1.0);
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn articles_are_fed_and_records_watched_without_disturbing_consumers() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("feed");
    let config = config(url, &names, &[]);
    let worker = WorkerProcess::start(url, &names, &[]);
    let client = Client::connect(url).await;
    client.await_queue(&names.output).await;
    let mut watch = Watch::connect(&config.broker, &config.topology).await.unwrap();

    let feed = Feed::connect(&config.broker, &config.topology).await.unwrap();
    let sends = (0..40).map(|number| {
        let feed = &feed;
        async move {
            let id = format!("fed-{number}");
            feed.send(&article(number), "application/json", Some(&id))
                .await
                .unwrap();
        }
    });
    futures_util::future::join_all(sends).await;
    feed.close().await;

    let mut watched = 0;
    while watched < 40 {
        let record = timeout(PATIENCE, watch.next()).await.expect("in time").unwrap();
        assert!(serde_json::from_slice::<serde_json::Value>(&record).is_ok());
        watched += 1;
    }
    watch.close().await;
    // The queue downstream has them all the same.
    let mut records = client.collect(&names.output).await;
    records.until(|taken| taken.len() >= 40).await;
    records.until_quiet(Duration::from_millis(500)).await;
    assert_eq!(records.taken.len(), 40, "no record comes twice");
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_leaves_in_the_form_that_is_asked_for_and_is_shown_unpacked() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("form");
    let settings = [
        ("OUTPUT_FORMAT", "jsonld"),
        ("OUTPUT_ENVELOPE", "cloudevents"),
        ("OUTPUT_COMPRESSION", "zstd"),
        ("OUTPUT_EVENT_SOURCE", "https://news.example/newsmill"),
    ];
    let worker = WorkerProcess::start(url, &names, &settings);
    let client = Client::connect(url).await;
    client.await_queue(&names.output).await;
    let config = config(url, &names, &[]);
    let mut watch = Watch::connect(&config.broker, &config.topology).await.unwrap();
    let properties = BasicProperties::default().with_content_type("application/json".into());
    client.put(&names.input, &article(5), properties).await;

    let record = client.take_one(&names.output).await;
    let properties = &record.properties;
    let text = |value: &Option<ShortString>| value.as_ref().map(ToString::to_string).unwrap_or_default();
    assert_eq!(text(properties.content_type()), "application/cloudevents+json");
    assert_eq!(text(properties.content_encoding()), "zstd");
    assert_eq!(text(properties.kind()), "schema.org/NewsArticle");
    let body = zstd::decode_all(record.data.as_slice()).unwrap();
    let event: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(event["id"], text(properties.message_id()).as_str());
    assert_eq!(event["source"], "https://news.example/newsmill");
    assert_eq!(event["data"]["@type"], "NewsArticle");
    assert_eq!(event["data"]["identifier"], "article-00005");
    let watched = timeout(PATIENCE, watch.next()).await.expect("in time").unwrap();
    assert_eq!(watched, body);
    watch.close().await;
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}
