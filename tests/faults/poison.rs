//! Articles that do harm to the process: they abort it, overflow its stack, take all memory, never end, or panic. Needs
//! the cargo feature `fail-points`, which makes a stage do so where the message bears a mark.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use lapin::BasicProperties;
use lapin::message::Delivery;
use tokio::time::sleep;

use super::client::{Client, Names, PATIENCE, header};
use super::ledger::{Ledger, id};
use super::node;
use super::worker::{WorkerProcess, in_place_of, program};

fn marked(number: usize) -> (String, Vec<u8>) {
    let name = format!("poison-{number}");
    let body =
        format!("{{\"id\":\"{name}\",\"text\":\"A poison that no stage can bear, said Ann Example.\"}}");
    (name, body.into_bytes())
}

async fn put_marked(client: &Client, names: &Names, number: usize) -> String {
    let (name, body) = marked(number);
    let properties = BasicProperties::default()
        .with_content_type("application/json".into())
        .with_message_id(name.as_str().into())
        .with_app_id("feeder".into());
    client.put(&names.input, &body, properties).await;
    name
}

/// Declares what a worker with these settings declares.
async fn prepared(url: &str, names: &Names, settings: &[(&str, &str)]) -> Client {
    let worker = WorkerProcess::start(url, names, settings);
    worker.await_ready(200, "ready").await;
    worker.stop().await;
    Client::connect(url).await
}

/// What any supervisor does: a worker that died is started again. Returns how often it was.
async fn supervised(
    start: impl Fn() -> WorkerProcess,
    mut done: impl AsyncFnMut() -> bool,
) -> (usize, WorkerProcess) {
    let begun = Instant::now();
    let mut worker = start();
    let mut deaths = 0;
    let mut is_done = false;
    // Once more after the end: the broker knows of a death before the process can be waited for.
    while !std::mem::replace(&mut is_done, done().await) {
        sleep(Duration::from_millis(50)).await;
        if worker.has_ended().is_some() {
            deaths += 1;
            worker = start();
        }
        assert!(
            begun.elapsed() < PATIENCE * 2,
            "{deaths} deaths; {}",
            worker.log()
        );
    }
    (deaths, worker)
}

/// The same command, with a limit of its address space.
fn limited(command: &Command, bytes: u64) -> Command {
    let mut limited = in_place_of(command, "prlimit");
    limited.arg(format!("--as={bytes}")).arg(command.get_program());
    limited
}

fn message_id(delivery: &Delivery) -> String {
    delivery.properties.message_id().as_ref().unwrap().to_string()
}

/// The guilty one is dead-lettered by the broker after the delivery limit; those that were prefetched beside it are
/// enriched, though they came with it each time.
async fn what_kills_the_process(test: &str, armed: &str, memory_bytes: Option<u64>) {
    let Some(url) = node::shared() else { return };
    let names = Names::new(test);
    let settings = [
        ("TOPOLOGY_DELIVERY_LIMIT", "4"),
        ("WORKER_PREFETCH", "32"),
        ("FAIL_POINTS", armed),
    ];
    let client = prepared(url, &names, &settings).await;
    let mut ledger = Ledger::default();
    ledger.feed(&client, &names.input, 3).await;
    let guilty = put_marked(&client, &names, 0).await;
    ledger.feed(&client, &names.input, 60).await;

    let start = || match memory_bytes {
        None => WorkerProcess::start(url, &names, &settings),
        Some(bytes) => WorkerProcess::of(limited(&program(url, &names, &settings), bytes)),
    };
    let (deaths, worker) = supervised(start, async || {
        client.depth(&names.dead).await > 0 && client.depth(&names.output).await >= 63
    })
    .await;
    assert_eq!(
        deaths, 5,
        "a limit of 4 is five deliveries, and no more deaths than that"
    );
    let mut records = client.collect(&names.output).await;
    ledger.close(&client, &names, &mut records).await;
    let mut dead = client.collect(&names.dead).await;
    dead.until_quiet(Duration::from_secs(1)).await;
    let found: Vec<String> = dead.taken.iter().map(message_id).collect();
    assert_eq!(
        found,
        [guilty],
        "the guilty one, once, and none of its neighbours"
    );
    assert_eq!(dead.taken[0].data, marked(0).1, "as it came");
    assert_eq!(
        dead.taken[0].properties.app_id().as_ref().unwrap().as_str(),
        "feeder"
    );
    assert_eq!(
        header(&dead.taken[0], "x-first-death-reason").as_deref(),
        Some("delivery_limit")
    );
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_aborts_the_process_dies_alone() {
    what_kills_the_process("abort", "clean=abort~poison-", None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_overflows_the_stack_dies_alone() {
    what_kills_the_process("overflow", "quotes=overflow~poison-", None).await;
}

/// By the limit of its address space, at which the allocator has no more to give.
#[tokio::test(flavor = "multi_thread")]
async fn what_takes_all_memory_dies_alone() {
    what_kills_the_process("exhaust", "tags=exhaust~poison-", Some(2 << 30)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_ends_is_dead_lettered_with_its_stage_and_the_others_go_on() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("hang");
    let settings = [
        ("WORKER_ARTICLE_SECS", "2"),
        ("WORKER_THREADS", "2"),
        ("WORKER_PREFETCH", "16"),
        ("FAIL_POINTS", "quotes=hang~poison-"),
    ];
    let client = prepared(url, &names, &settings).await;
    let mut worker = WorkerProcess::start(url, &names, &settings);
    let mut records = client.collect(&names.output).await;
    let mut ledger = Ledger::default();
    let mut guilty = BTreeSet::from([put_marked(&client, &names, 0).await]);
    ledger.feed(&client, &names.input, 30).await;
    let letter = client.take_one(&names.dead).await;
    assert_eq!(
        header(&letter, "x-newsmill-error-kind").as_deref(),
        Some("too_slow")
    );
    assert_eq!(header(&letter, "x-newsmill-stage").as_deref(), Some("quotes"));
    let error = header(&letter, "x-newsmill-error").unwrap();
    assert!(error.contains("worker.article_secs"), "{error}");
    records.until(|taken| ledger.complete(taken)).await;
    assert_eq!(worker.metric("newsmill_stuck_threads").await, 1.0);
    worker.await_ready(200, "ready").await;

    // A second one: as many are stuck as there are threads. It goes, and a new process takes over.
    guilty.insert(put_marked(&client, &names, 1).await);
    ledger.feed(&client, &names.input, 30).await;
    assert_eq!(worker.ended().await.code(), Some(5), "{}", worker.log());
    assert!(worker.log().contains("2 threads are stuck"), "{}", worker.log());
    let second = client.take_one(&names.dead).await;
    assert_eq!(
        BTreeSet::from([message_id(&letter), message_id(&second)]),
        guilty,
        "both were dead-lettered, the second before the worker went"
    );
    let worker = WorkerProcess::start(url, &names, &settings);
    assert_eq!(ledger.close(&client, &names, &mut records).await, 0);
    assert_eq!(client.depth(&names.dead).await, 0);
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_dead_lettered_with_its_stage() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("panic");
    let settings = [("FAIL_POINTS", "tags=panic~poison-;decode=panic~article-00007")];
    let client = prepared(url, &names, &settings).await;
    let worker = WorkerProcess::start(url, &names, &settings);
    put_marked(&client, &names, 0).await;
    let mut ledger = Ledger::default();
    ledger.feed(&client, &names.input, 20).await;
    let letters = client.take(&names.dead, 2).await;
    for letter in &letters {
        let stage = if message_id(letter).starts_with("poison-") {
            "tags"
        } else {
            "decode"
        };
        assert_eq!(
            header(letter, "x-newsmill-error-kind").as_deref(),
            Some("panicked")
        );
        assert_eq!(header(letter, "x-newsmill-stage").as_deref(), Some(stage));
        assert!(header(letter, "x-newsmill-error").unwrap().contains("as asked"));
    }
    let mut records = client.collect(&names.output).await;
    records.until(|taken| taken.len() >= 19).await;
    records.until_quiet(Duration::from_secs(1)).await;
    assert_eq!(ledger.verdict(&records.taken).lost, [id(7)]);
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}
