//! What stands under `deploy` for those who watch: dashboards, alerts, and the metrics that their queries ask for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

/// Labels that Prometheus adds.
pub const ADDED: [&str; 2] = ["instance", "job"];

/// A dashboard.
pub struct Board {
    pub title: String,
    pub whole: Value,
}

impl Board {
    pub fn panels(&self) -> &[Value] {
        self.whole["panels"].as_array().unwrap()
    }
}

/// A panel's query or an alert's.
#[derive(Debug)]
pub struct Query {
    /// Dashboard and panel, or the alert's name.
    pub place: String,
    pub text: String,
    /// What is said of each of its results, with labels in it.
    pub said: String,
}

/// An alert.
#[derive(Debug, Default)]
pub struct Alert {
    pub name: String,
    pub query: String,
    pub summary: String,
    pub runbook: String,
}

/// What a query asks of one metric.
#[derive(Debug)]
pub struct Asked {
    pub metric: String,
    /// By which it is cut or chosen.
    pub labels: BTreeSet<String>,
    /// Labels that must have these values, each of them.
    pub values: BTreeMap<String, Vec<String>>,
    /// The labels that are left of it; none where all are.
    pub left: Option<BTreeSet<String>>,
}

pub fn deployed(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(file)).unwrap()
}

/// The dashboards.
pub fn boards() -> Vec<Board> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/grafana/dashboards");
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| serde_json::from_slice(&std::fs::read(entry.unwrap().path()).unwrap()).unwrap())
        .map(|whole: Value| Board {
            title: whole["title"].to_string(),
            whole,
        })
        .collect()
}

/// The queries of a panel.
pub fn queries_of(board: &Board, panel: &Value) -> Vec<Query> {
    let targets = panel["targets"].as_array().into_iter().flatten();
    targets
        .map(|target| Query {
            place: format!("{}, {}", board.title, panel["title"]),
            text: target["expr"].as_str().unwrap().to_owned(),
            said: target["legendFormat"].as_str().unwrap().to_owned(),
        })
        .collect()
}

/// Every query of the dashboards.
pub fn queries() -> Vec<Query> {
    boards()
        .iter()
        .flat_map(|board| board.panels().iter().flat_map(|panel| queries_of(board, panel)))
        .collect()
}

/// The recording rules: the series that each makes, and of what.
pub fn records() -> Vec<Query> {
    let text = deployed("prometheus/recording.yml");
    let mut found: Vec<Query> = Vec::new();
    for line in text.lines() {
        if let Some((_, name)) = line.split_once("- record: ") {
            found.push(Query {
                place: name.to_owned(),
                text: String::new(),
                said: String::new(),
            });
        } else if let (Some(rule), Some((_, query))) = (found.last_mut(), line.split_once("expr: ")) {
            query.clone_into(&mut rule.text);
        }
    }
    found
}

/// The alerts.
pub fn alerts() -> Vec<Alert> {
    let text = deployed("prometheus/alerts.yml");
    assert!(
        !text.contains("record:"),
        "recording rules have a file of their own"
    );
    let mut found: Vec<Alert> = Vec::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        if let Some((_, name)) = line.split_once("- alert: ") {
            found.push(Alert {
                name: name.to_owned(),
                ..Alert::default()
            });
            continue;
        }
        let Some(alert) = found.last_mut() else {
            continue;
        };
        match line.trim().split_once(": ") {
            Some(("expr", "|")) => {}
            Some(("expr", query)) => alert.query = query.to_owned(),
            Some(("summary", summary)) => alert.summary = summary.to_owned(),
            Some(("runbook_url", address)) => alert.runbook = address.to_owned(),
            Some(("for" | "labels" | "annotations", _)) => {}
            // The lines of a query that has several.
            _ if alert.summary.is_empty() && !line.trim().ends_with("annotations:") => {
                alert.query.push_str(line);
            }
            _ => {}
        }
    }
    found
}

/// The labels that a text for people names: `{{kind}}` of a legend, `{{ $labels.kind }}` of an alert.
pub fn labels_named(text: &str) -> BTreeSet<String> {
    text.split("{{")
        .skip(1)
        .filter_map(|after| Some(after.split_once("}}")?.0.trim()))
        .filter_map(|inside| match inside.strip_prefix("$labels.") {
            Some(label) => Some(label),
            None => (!inside.starts_with('$')).then_some(inside),
        })
        .map(str::to_owned)
        .collect()
}

/// The metrics of a query, each with its own selector and with the labels of the aggregations around it.
pub fn asked(query: &str) -> Vec<Asked> {
    let mut found = Vec::new();
    let mut left: Option<BTreeSet<String>> = None;
    let mut rest = query;
    while let Some(at) = rest.find(|letter: char| letter.is_ascii_alphabetic()) {
        rest = rest.split_at(at).1;
        let end = rest
            .find(|letter: char| !letter.is_ascii_alphanumeric() && !matches!(letter, '_' | ':'))
            .unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        if word == "by" {
            let (_, list) = rest.split_once('(').expect("labels after by");
            let (list, after) = list.split_once(')').expect("the end of the labels");
            left = Some(list.split(',').map(|label| label.trim().to_owned()).collect());
            rest = after;
        } else if ["sum", "min", "max"].contains(&word) {
            left = Some(BTreeSet::new());
        } else if word == "up"
            || word.contains('_') && !word.starts_with("group_") && !word.starts_with("histogram_")
        {
            let (labels, values, after) = selector(rest);
            rest = after;
            let grouped = left.iter().flatten().cloned();
            found.push(Asked {
                metric: word.to_owned(),
                labels: labels.into_iter().chain(grouped).collect(),
                values,
                left: left.clone(),
            });
        }
    }
    found
}

/// Labels that are asked for, the values that some must have, and what comes behind.
fn selector(rest: &str) -> (Vec<String>, BTreeMap<String, Vec<String>>, &str) {
    let Some(selector) = rest.strip_prefix('{') else {
        return (Vec::new(), BTreeMap::new(), rest);
    };
    let (selector, after) = selector.split_once('}').expect("the end of the selector");
    let (mut labels, mut values) = (Vec::new(), BTreeMap::new());
    for pair in selector.split(',') {
        let (label, value) = pair.split_once('=').expect("a label and its value");
        labels.push(label.to_owned());
        let value = value.trim_start_matches('~').trim_matches('"');
        // A variable of the dashboard stands for whatever is there, and so does a pattern.
        if !value.starts_with('$') && !value.contains('*') {
            let each = value.split('|').map(str::to_owned).collect();
            values.insert(label.to_owned(), each);
        }
    }
    (labels, values, after)
}

impl Asked {
    /// Whether some of what is asked for here is asked for there, too.
    pub fn meets(&self, other: &Self) -> bool {
        self.metric == other.metric
            && self
                .values
                .iter()
                .all(|(label, values)| match other.values.get(label) {
                    Some(others) => values.iter().any(|value| others.contains(value)),
                    None => true,
                })
    }
}

/// What a scrape lacks of what is asked for: the metric with all its labels, and each value that one must have.
pub fn lacks(scrape: &str, asked: &Asked) -> Option<String> {
    let labels: Vec<&String> = asked
        .labels
        .iter()
        .filter(|label| !ADDED.contains(&label.as_str()))
        .collect();
    let mut samples = Vec::new();
    for sample in scrape
        .lines()
        .filter_map(|line| line.strip_prefix(asked.metric.as_str()))
    {
        let pairs: BTreeMap<&str, &str> = match sample.strip_prefix('{') {
            Some(rest) => rest
                .split_once('}')
                .map_or("", |(has, _)| has)
                .split(',')
                .filter_map(|pair| pair.split_once('='))
                .map(|(label, value)| (label, value.trim_matches('"')))
                .collect(),
            None if sample.starts_with(' ') => BTreeMap::new(),
            // Another metric, whose name is longer.
            None => continue,
        };
        if labels.iter().all(|label| pairs.contains_key(label.as_str())) {
            samples.push(pairs);
        }
    }
    if samples.is_empty() {
        return Some(format!("no {} with {labels:?}", asked.metric));
    }
    for (label, values) in &asked.values {
        for value in values {
            let is_there =
                |sample: &BTreeMap<&str, &str>| sample.get(label.as_str()) == Some(&value.as_str());
            if labels.contains(&label) && !samples.iter().any(is_there) {
                return Some(format!("no {} with {label}={value:?}", asked.metric));
            }
        }
    }
    None
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
    assert!(quotes.left.iter().flatten().eq(["kind"]));
    assert_eq!(articles.metric, "b_total");
    assert!(articles.labels.is_empty());
    let sample = "a_total{kind=\"direct\",speaker=\"named\"} 1\na_totals 3";
    assert_eq!(lacks(sample, &quotes), None);
    assert!(lacks("a_total{kind=\"direct\",speaker=\"unnamed\"} 1", &quotes).is_some());
    assert!(lacks("a_total{speaker=\"named\"} 1", &quotes).is_some());
    assert!(lacks(sample, &articles).is_some());
    let [either] = asked("c_total{kind=~\"one|two\"} > 0").try_into().unwrap();
    assert_eq!(either.left, None);
    assert!(lacks("c_total{kind=\"one\"} 1", &either).unwrap().contains("two"));
    assert_eq!(
        lacks("c_total{kind=\"one\"} 1\nc_total{kind=\"two\"} 0", &either),
        None
    );
    let named = labels_named("{{kind}} of {{ $labels.instance }}, {{ $value | humanize }}");
    assert!(named.iter().eq(["instance", "kind"]));
}

#[test]
fn recording_rules_are_read_whole() {
    let records = records();
    let text = deployed("prometheus/recording.yml");
    assert_eq!(records.len(), text.matches("- record:").count());
    assert!(!text.contains("alert:"), "alerts have a file of their own");
    for (at, rule) in records.iter().enumerate() {
        assert!(!rule.text.is_empty(), "{rule:?}");
        // What a rule is made of comes before it.
        let made = records
            .iter()
            .skip(at)
            .any(|later| rule.text.contains(&later.place));
        assert!(!made, "{rule:?}");
    }
    assert!(deployed("prometheus/prometheus.yml").contains("- recording.yml"));
}

#[test]
fn alerts_are_read_whole() {
    let alerts = alerts();
    let text = deployed("prometheus/alerts.yml");
    assert_eq!(alerts.len(), text.matches("- alert:").count());
    for alert in &alerts {
        for part in [&alert.query, &alert.summary, &alert.runbook] {
            assert!(!part.trim().is_empty(), "{alert:?}");
        }
    }
    let retrying = alerts
        .iter()
        .find(|alert| alert.name == "NewsmillRetrying")
        .unwrap();
    let metrics: Vec<String> = asked(&retrying.query).into_iter().map(|one| one.metric).collect();
    assert_eq!(metrics, ["newsmill_retries_total", "newsmill_deliveries_total"]);
}
