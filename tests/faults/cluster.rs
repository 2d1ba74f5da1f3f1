//! A cluster of three nodes, of which one is killed and comes back, under load; or two.

use std::time::Duration;

use tokio::time::sleep;

use super::client::{Client, Names};
use super::ledger::Ledger;
use super::node::Node;
use super::worker::WorkerProcess;

const ROUNDS_ARTICLES: usize = 200;

const SETTINGS: [(&str, &str); 2] = [("WORKER_PREFETCH", "32"), ("WORKER_THREADS", "1")];

/// Three nodes of one cluster, with their addresses. The first must go last.
fn cluster(purpose: &str) -> Option<([Node; 3], String)> {
    let first = Node::start(&format!("{purpose}-1"))?;
    let [second, third] =
        [2, 3].map(|number| Node::start_beside(&format!("{purpose}-{number}"), Some(&first)).unwrap());
    let urls = format!("{},{},{}", first.url, second.url, third.url);
    Some(([third, second, first], urls))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_loses_one_node_of_three_loses_no_article() {
    let Some((nodes, urls)) = cluster("cluster") else {
        return;
    };
    let [third, second, first] = &nodes;
    let names = Names::new("cluster");
    let worker = WorkerProcess::start(&urls, &names, &SETTINGS);
    worker.await_ready(200, "ready").await;
    let members = first.ctl(&["list_queues", "name", "members"]);
    let line = members.lines().find(|line| line.contains(&names.input)).unwrap();
    assert_eq!(line.matches("newsmill").count(), 3, "three replicas: {line}");
    sleep(Duration::from_secs(3)).await;

    let mut ledger = Ledger::default();
    let mut taken = Vec::new();
    // The worker's own node first, which leads its queues; then another, which it may have gone to.
    for (victim, survivor) in [(first, second), (second, third)] {
        let client = Client::connect(&survivor.url).await;
        let mut records = client.collect(&names.output).await;
        records.taken = std::mem::take(&mut taken);
        ledger.feed(&client, &names.input, ROUNDS_ARTICLES).await;
        victim.kill();
        // A majority is left, so all goes on without it.
        ledger.feed(&client, &names.input, ROUNDS_ARTICLES).await;
        // A message on its way to a consumer when the queue's leader dies is missed only when the next one comes.
        let mut nudges = 0;
        while !records
            .until_or_quiet(Duration::from_secs(15), |taken| ledger.complete(taken))
            .await
        {
            nudges += 1;
            assert!(nudges <= 6, "{:?}", ledger.verdict(&records.taken));
            ledger.feed(&client, &names.input, 1).await;
        }
        victim.revive();
        ledger.feed(&client, &names.input, 1).await;
        records.until(|taken| ledger.complete(taken)).await;
        records.until_quiet(Duration::from_secs(1)).await;
        worker.await_ready(200, "ready").await;
        taken = std::mem::take(&mut records.taken);
        // A replica that is behind must not be the second of two that are missing.
        sleep(Duration::from_secs(3)).await;
    }
    let verdict = ledger.verdict(&taken);
    assert!(
        verdict.lost.is_empty() && verdict.unexpected.is_empty(),
        "{verdict:?}"
    );
    let client = Client::connect(&third.url).await;
    assert_eq!(client.depth(&names.dead).await, 0);
    worker.stop().await;
    drop(client);
    drop(nodes);
}

/// Two of three: no queue has a majority, so nothing is confirmed and nothing is settled until one comes back.
#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_without_a_majority_is_waited_for() {
    let Some((nodes, urls)) = cluster("majority") else {
        return;
    };
    let [third, second, first] = &nodes;
    let names = Names::new("majority");
    let worker = WorkerProcess::start(&urls, &names, &SETTINGS);
    worker.await_ready(200, "ready").await;
    sleep(Duration::from_secs(3)).await;

    let mut ledger = Ledger::default();
    let client = Client::connect(&first.url).await;
    worker.freeze();
    ledger.feed(&client, &names.input, ROUNDS_ARTICLES).await;
    second.kill();
    third.kill();
    worker.thaw();
    // It lives, and says that it cannot work.
    worker.await_ready(503, "").await;
    sleep(Duration::from_secs(10)).await;
    worker.await_ready(503, "").await;
    second.revive();
    third.revive();
    worker.await_ready(200, "ready").await;
    let mut records = client.collect(&names.output).await;
    ledger.close(&client, &names, &mut records).await;
    // An answer that came too late to a question of before must not leave a consumer that nobody reads.
    let consumers = first.ctl(&["list_consumers", "queue_name"]);
    let of_input = consumers.lines().filter(|queue| *queue == names.input).count();
    assert_eq!(of_input, 1, "{consumers}");
    assert_eq!(client.depth(&names.dead).await, 0);
    worker.stop().await;
    drop(client);
    drop(nodes);
}
