//! What dashboards, alerts and recording rules ask for is what a worker and a broker serve: every metric of every query, with every label
//! it is cut or chosen by, and every value that it names.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use lapin::BasicProperties;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::client::{Client, Names, PATIENCE};
use super::ledger::article;
use super::node::Node;
use super::watching::{ADDED, Query, alerts, asked, boards, deployed, labels_named, lacks, queries, records};
use super::worker::WorkerProcess;

/// Every query there is, of dashboards, alerts and recording rules.
fn all_queries() -> Vec<Query> {
    let alerts = alerts().into_iter().map(|alert| Query {
        place: alert.name,
        text: alert.query,
        said: alert.summary,
    });
    queries().into_iter().chain(alerts).chain(records()).collect()
}

async fn await_one(worker: &WorkerProcess, sample: &str) {
    let begun = Instant::now();
    while worker.metric(sample).await < 1.0 {
        assert!(begun.elapsed() < PATIENCE, "{sample} stays at zero");
        sleep(Duration::from_millis(100)).await;
    }
}

/// Where a panel stands: columns and rows, the last of each behind it.
fn place(panel: &Value) -> (std::ops::Range<u64>, std::ops::Range<u64>) {
    let side = |name: &str| panel["gridPos"][name].as_u64().unwrap();
    let (x, y) = (side("x"), side("y"));
    (x..x + side("w"), y..y + side("h"))
}

#[test]
fn panels_stand_beside_each_other_and_each_shows_something() {
    for board in boards() {
        let panels = board.panels();
        let mut ids = BTreeSet::new();
        for (at, panel) in panels.iter().enumerate() {
            let title = format!("{}, {}", board.title, panel["title"]);
            let (columns, rows) = place(panel);
            assert!(columns.end <= 24, "{title} is wider than the board");
            assert!(ids.insert(panel["id"].as_u64()), "{title} has another's id");
            let shows = panel["type"] == "row"
                || panel["targets"].as_array().is_some_and(|all| !all.is_empty())
                    && panel["fieldConfig"]["defaults"]["unit"].is_string();
            assert!(shows, "{title} shows nothing, or not in which unit");
            for other in panels.iter().skip(at + 1) {
                let (others_columns, others_rows) = place(other);
                let meets = |one: &std::ops::Range<u64>, two: &std::ops::Range<u64>| {
                    one.start < two.end && two.start < one.end
                };
                let overlaps = meets(&columns, &others_columns) && meets(&rows, &others_rows);
                assert!(!overlaps, "{title} lies over {}", other["title"]);
            }
        }
    }
}

#[test]
fn no_panel_is_on_both_boards() {
    let queries = queries();
    let board = |query: &Query| query.place.split(", ").next().map(str::to_owned);
    for (at, query) in queries.iter().enumerate() {
        let twin = queries
            .iter()
            .skip(at + 1)
            .find(|twin| twin.text == query.text && board(twin) != board(query));
        assert!(twin.is_none(), "{} and {twin:?} show the same", query.place);
    }
}

#[test]
fn what_is_said_of_a_result_is_in_it() {
    for query in all_queries() {
        let Some(first) = asked(&query.text).into_iter().next() else {
            panic!("{}: no metric in {}", query.place, query.text);
        };
        // What is watched stands first; its labels, or those it is summed by, are the result's.
        let has = |label: &String| match &first.left {
            Some(left) => left.contains(label),
            None => ADDED.contains(&label.as_str()) || first.labels.contains(label),
        };
        for label in labels_named(&query.said) {
            assert!(
                has(&label),
                "{}: {label} of {:?} is gone",
                query.place,
                query.said
            );
        }
    }
}

#[test]
fn the_job_that_is_asked_for_is_the_one_that_is_scraped() {
    let scraped = deployed("prometheus/prometheus.yml");
    for query in all_queries() {
        for job in asked(&query.text).iter().filter_map(|one| one.values.get("job")) {
            let line = format!("job_name: {}\n", job.join("|"));
            assert!(scraped.contains(&line), "{}: {job:?}", query.place);
        }
    }
}

/// What Prometheus reads of the broker, asked for as its settings say.
async fn broker_scrape(node: &Node) -> String {
    let settings = deployed("prometheus/prometheus.yml");
    let value = |key: &str| {
        let (_, after) = settings.split_once(key).unwrap();
        after.lines().next().unwrap().trim().to_owned()
    };
    let (path, family) = (value("metrics_path:"), value("family:"));
    let family = family.trim_matches(['[', ']']).to_owned();
    let url = format!("http://127.0.0.1:{}{path}?family={family}", node.port() + 4);
    tokio::task::spawn_blocking(move || {
        let mut answer = ureq::get(&url).call().unwrap();
        answer.body_mut().read_to_string().unwrap()
    })
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_panel_and_alert_asks_for_what_is_served() {
    // Its own: connections are closed, and the input queue has its default name, as it has in the queries.
    let Some(node) = Node::start_with("dashboards", "rabbitmq_prometheus", "") else {
        return;
    };
    let mut names = Names::new("dashboards");
    names.input = "newsmill.raw".to_owned();
    let worker = WorkerProcess::start(&node.url, &names, &[]);
    let client = Client::connect(&node.url).await;
    client.await_queue(&names.output).await;
    worker.await_ready(200, "ready").await;
    let as_json = || BasicProperties::default().with_content_type("application/json".into());

    // A record with quotes, tags known and unknown, and something removed.
    let mut busy: Value = serde_json::from_slice(&article(1)).unwrap();
    let text = format!("{}\n\nShare this article", busy["text"].as_str().unwrap());
    busy["text"] = text.into();
    busy["tags"] = json!(["Germany", "Harbour Board of Example"]);
    client
        .put(&names.input, busy.to_string().as_bytes(), as_json())
        .await;
    client.take_one(&names.output).await;
    // A dead letter.
    client.put(&names.input, b"{", as_json()).await;
    client.take_one(&names.dead).await;
    // A lost session.
    let begun = Instant::now();
    let connections = loop {
        let connections = node.workers_connections();
        if !connections.is_empty() {
            break connections;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "the broker lists the worker's connections"
        );
        sleep(Duration::from_millis(100)).await;
    };
    for connection in connections {
        node.try_ctl(&["close_connection", &connection, "by the test"]);
    }
    await_one(&worker, "newsmill_reconnects_total{link=\"consume\"}").await;
    worker.await_ready(200, "ready").await;
    // A retry: nothing takes the record any more.
    client.delete(&names.output).await;
    client.put(&names.input, &article(2), as_json()).await;
    await_one(&worker, "newsmill_retries_total{step=\"1\"}").await;

    let (_, served) = worker.page("/metrics").await;
    let queries = all_queries();
    assert!(
        queries.len() > 62,
        "{} queries of two dashboards, the alerts and the recording rules",
        queries.len()
    );
    let made: BTreeSet<String> = records().into_iter().map(|rule| rule.place).collect();
    let mut of_the_broker = Vec::new();
    for query in queries {
        for one in asked(&query.text) {
            if one.metric.starts_with("rabbitmq_") {
                of_the_broker.push(one);
            } else if one.metric != "up" && !made.contains(&one.metric) {
                let lacks = lacks(&served, &one);
                assert!(lacks.is_none(), "{}: {lacks:?} in\n{served}", query.place);
            }
        }
    }
    assert!(!of_the_broker.is_empty());
    // The broker's figures of queues are some seconds old.
    let begun = Instant::now();
    for one in of_the_broker {
        loop {
            let served = broker_scrape(&node).await;
            let Some(lacks) = lacks(&served, &one) else { break };
            assert!(begun.elapsed() < PATIENCE, "{lacks} in\n{served}");
            sleep(Duration::from_millis(500)).await;
        }
    }
    worker.stop().await;
}
