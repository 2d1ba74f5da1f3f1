//! What stands twice under `deploy` is the same twice, and is what the worker declares: a queue with another argument,
//! imported by an operator, would end every worker with exit code 3.

use std::path::Path;

use lapin::types::AMQPValue;
use serde_json::Value;

use super::client::{Client, Names};
use super::node;
use super::worker::WorkerProcess;

/// The default schedule, which the definitions spell out.
const DELAYS: [u64; 4] = [5, 30, 120, 600];

fn deployed(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(file)).unwrap()
}

fn definitions() -> Value {
    serde_json::from_str(&deployed("rabbitmq/definitions.json")).unwrap()
}

/// The test's name for a queue with its default name.
fn renamed(names: &Names, queue: &str) -> String {
    match queue {
        "newsmill.raw" => names.input.clone(),
        "newsmill.dead" => names.dead.clone(),
        "newsmill.enriched" => names.output.clone(),
        delay => delay.replace("newsmill.retry", &names.retry),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_definitions_are_what_a_worker_declares() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("definitions");
    let client = Client::connect(url).await;
    let definitions = definitions();
    let queues = definitions["queues"].as_array().unwrap();
    for queue in queues {
        let arguments: Vec<(&str, AMQPValue)> = queue["arguments"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| match value {
                Value::String(text) if name == "x-dead-letter-routing-key" => {
                    (name.as_str(), AMQPValue::LongString(renamed(&names, text).into()))
                }
                Value::String(text) => (name.as_str(), AMQPValue::LongString(text.as_str().into())),
                number => (name.as_str(), AMQPValue::LongLongInt(number.as_i64().unwrap())),
            })
            .collect();
        client
            .declare(&renamed(&names, queue["name"].as_str().unwrap()), &arguments)
            .await;
    }
    // A worker that declares compares every argument; one that checks asks for every name.
    let seconds = DELAYS.map(|delay| delay.to_string()).join(",");
    for mode in ["declare", "check"] {
        let settings = [("TOPOLOGY_MODE", mode), ("RETRY_DELAYS_SECS", &seconds)];
        let worker = WorkerProcess::start(url, &names, &settings);
        worker.await_ready(200, "ready").await;
        worker.stop().await;
    }
    assert_eq!(queues.len(), 3 + DELAYS.len(), "and none that no worker asks for");
    client.clean(&names, &DELAYS).await;
}

#[test]
fn the_operators_resources_say_the_same() {
    let definitions = definitions();
    let resources = deployed("kubernetes/components/topology/topology.yaml");
    let documents: Vec<&str> = resources.split("\n---\n").collect();
    for queue in definitions["queues"].as_array().unwrap() {
        let name = queue["name"].as_str().unwrap();
        let document = documents
            .iter()
            .find(|document| {
                document.contains("\nkind: Queue\n") && document.contains(&format!("\n  name: {name}\n"))
            })
            .unwrap_or_else(|| panic!("no resource for {name}"));
        assert!(document.contains("\n  type: quorum\n") && document.contains("\n  durable: true\n"));
        let arguments = queue["arguments"].as_object().unwrap();
        for (argument, value) in arguments.iter().filter(|(name, _)| *name != "x-queue-type") {
            let line = format!("\n    {argument}: {value}\n");
            assert!(document.contains(&line), "{name}: {line}");
        }
        assert_eq!(
            document.matches("\n    x-").count(),
            arguments.len() - 1,
            "{name}"
        );
    }
}

#[test]
fn the_operators_rules_are_the_rules() {
    for (name, least) in [("alerts", 50), ("recording", 15)] {
        let rules = deployed(&format!("prometheus/{name}.yml"));
        let resource = deployed(&format!("kubernetes/components/prometheus-operator/{name}.yaml"));
        let groups = |text: &str| -> Vec<String> {
            text.lines()
                .skip_while(|line| line.trim() != "groups:")
                .map(|line| line.trim_start().to_owned())
                .collect()
        };
        assert!(groups(&rules).len() > least, "found");
        assert_eq!(groups(&rules), groups(&resource));
    }
}
