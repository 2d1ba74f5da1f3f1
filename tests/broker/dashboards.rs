//! What the dashboards ask for is what a worker serves: every metric of every panel, with every label it is cut by.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use lapin::BasicProperties;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::client::{Client, Names, PATIENCE};
use super::ledger::article;
use super::node::Node;
use super::worker::WorkerProcess;

/// Labels that Prometheus adds.
const ADDED: [&str; 2] = ["instance", "job"];
/// Of other exporters.
const FOREIGN: [&str; 2] = ["up", "rabbitmq_"];

/// What a query asks of one metric.
#[derive(Debug)]
struct Asked {
    metric: String,
    labels: BTreeSet<String>,
    /// Labels that must have just this value.
    values: BTreeMap<String, String>,
}

/// The dashboards: title and panels.
fn boards() -> Vec<(String, Vec<Value>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/grafana/dashboards");
    let read = |path: &Path| -> Value { serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap() };
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| read(&entry.unwrap().path()))
        .map(|board| {
            (
                board["title"].to_string(),
                board["panels"].as_array().unwrap().clone(),
            )
        })
        .collect()
}

/// Every query, after the names of its dashboard and panel.
fn queries() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (board, panels) in boards() {
        for panel in panels {
            for target in panel["targets"].as_array().into_iter().flatten() {
                let place = format!("{board}, {}", panel["title"]);
                found.push((place, target["expr"].as_str().unwrap().to_owned()));
            }
        }
    }
    found
}

/// The metrics of a query, each with its own selector and with the labels of the aggregations around it.
fn asked(query: &str) -> Vec<Asked> {
    let mut found = Vec::new();
    let mut grouping = BTreeSet::new();
    let mut rest = query;
    while let Some(at) = rest.find(|letter: char| letter.is_ascii_alphabetic()) {
        rest = rest.split_at(at).1;
        let end = rest
            .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
            .unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        if word == "by" {
            let (_, list) = rest.split_once('(').expect("labels after by");
            let (list, after) = list.split_once(')').expect("the end of the labels");
            grouping = list.split(',').map(|label| label.trim().to_owned()).collect();
            rest = after;
        } else if word == "sum" {
            grouping.clear();
        } else if word.contains('_') && !word.starts_with("group_") && !word.starts_with("histogram_") {
            let mut one = Asked {
                metric: word.to_owned(),
                labels: grouping.clone(),
                values: BTreeMap::new(),
            };
            if let Some(selector) = rest.strip_prefix('{') {
                let (selector, after) = selector.split_once('}').expect("the end of the selector");
                rest = after;
                for pair in selector.split(',') {
                    let (label, value) = pair.split_once('=').expect("a label and its value");
                    one.labels.insert(label.to_owned());
                    if let Some(value) = value.strip_prefix('"') {
                        one.values
                            .insert(label.to_owned(), value.trim_end_matches('"').to_owned());
                    }
                }
            }
            found.push(one);
        }
    }
    found
}

/// Whether a scrape has a sample that answers.
fn answers(scrape: &str, asked: &Asked) -> bool {
    let labels = || {
        asked
            .labels
            .iter()
            .filter(|label| !ADDED.contains(&label.as_str()))
    };
    scrape
        .lines()
        .filter_map(|line| line.strip_prefix(asked.metric.as_str()))
        .any(|sample| match sample.strip_prefix('{') {
            Some(rest) => {
                let has = rest.split_once('}').map_or("", |(has, _)| has);
                let pairs: BTreeMap<&str, &str> =
                    has.split(',').filter_map(|pair| pair.split_once('=')).collect();
                labels().all(|label| {
                    pairs.get(label.as_str()).is_some_and(|value| {
                        let wanted = asked.values.get(label);
                        wanted.is_none_or(|wanted| value.trim_matches('"') == wanted)
                    })
                })
            }
            None => sample.starts_with(' ') && labels().next().is_none(),
        })
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
    for (board, panels) in boards() {
        let mut ids = BTreeSet::new();
        for (at, panel) in panels.iter().enumerate() {
            let title = format!("{board}, {}", panel["title"]);
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
    for (at, (place, query)) in queries.iter().enumerate() {
        let board = |place: &str| place.split(", ").next().map(str::to_owned);
        let twin = queries
            .iter()
            .skip(at + 1)
            .find(|(other, twin)| twin == query && board(other) != board(place));
        assert!(twin.is_none(), "{place} and {twin:?} show the same");
    }
}

#[test]
fn queries_are_read_as_they_are_meant() {
    let [quotes, articles] = asked(
        "sum by (kind) (rate(a_total{instance=~\"$instance\",speaker=\"named\"}[5m])) / on () group_left () \
         sum(rate(b_total[5m]))",
    )
    .try_into()
    .unwrap();
    assert_eq!(quotes.metric, "a_total");
    assert!(quotes.labels.iter().eq(["instance", "kind", "speaker"]));
    assert_eq!(articles.metric, "b_total");
    assert!(articles.labels.is_empty());
    let sample = "a_total{kind=\"direct\",speaker=\"named\"} 1\na_totals 3";
    assert!(answers(sample, &quotes));
    assert!(!answers(
        "a_total{kind=\"direct\",speaker=\"unnamed\"} 1",
        &quotes
    ));
    assert!(!answers("a_total{speaker=\"named\"} 1", &quotes));
    assert!(!answers(sample, &articles));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_panel_asks_for_what_a_worker_serves() {
    // Its own: connections are closed.
    let Some(node) = Node::start("dashboards") else {
        return;
    };
    let names = Names::new("dashboards");
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

    let (_, scrape) = worker.page("/metrics").await;
    let queries = queries();
    assert!(queries.len() > 40, "{} queries of two dashboards", queries.len());
    for (place, query) in queries {
        let all = asked(&query);
        assert!(
            !all.is_empty() || query.contains("up{"),
            "{place}: no metric in {query}"
        );
        for one in all {
            if !FOREIGN.iter().any(|foreign| one.metric.starts_with(foreign)) {
                assert!(answers(&scrape, &one), "{place}: {one:?} is not in\n{scrape}");
            }
        }
    }
    worker.stop().await;
}
