//! `newsmill dead-letters` as the person on call uses it: on a real queue, beside workers that run, and killed.

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use lapin::BasicProperties;
use lapin::message::Delivery;
use lapin::types::{AMQPValue, FieldArray, FieldTable};
use serde_json::{Value, json};

use super::client::{Client, Names, PATIENCE, header};
use super::ledger::article;
use super::node;
use super::node::signal;
use super::worker::{WorkerProcess, program};

/// Runs the command to its end.
fn dead_letters(url: &str, names: &Names, arguments: &[&str]) -> Output {
    command(url, names, arguments).output().unwrap()
}

fn command(url: &str, names: &Names, arguments: &[&str]) -> Command {
    let mut command = program(url, names, &[]);
    command.arg("dead-letters").args(arguments);
    command
}

/// Runs it and expects an exit code; what it wrote to stdout, and to stderr.
fn expect(url: &str, names: &Names, code: i32, arguments: &[&str]) -> (String, String) {
    let output = dead_letters(url, names, arguments);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {out}{err}");
    (out, err)
}

fn list(url: &str, names: &Names, arguments: &[&str]) -> Value {
    let mut all = vec!["list", "--json"];
    all.extend(arguments);
    serde_json::from_str(&expect(url, names, 0, &all).0).unwrap()
}

fn long(text: &str) -> AMQPValue {
    AMQPValue::LongString(text.into())
}

fn table(pairs: &[(&str, AMQPValue)]) -> FieldTable {
    let mut table = FieldTable::default();
    for (name, value) in pairs {
        table.insert((*name).into(), value.clone());
    }
    table
}

/// A letter as a worker writes it, in the dead-letter queue.
async fn put_letter(client: &Client, names: &Names, id: &str, cause: &str, body: &[u8]) {
    let headers = table(&[
        ("x-newsmill-attempts", AMQPValue::LongUInt(1)),
        ("x-newsmill-error-kind", long(cause)),
        ("x-newsmill-stage", long("decode")),
        ("x-newsmill-error", long("what was wrong with it")),
        ("x-newsmill-first-failed-at", long("2026-01-01T00:00:00Z")),
        ("x-newsmill-failed-at", long("2026-01-01T00:00:00Z")),
        ("x-newsmill-exchange", long("")),
        ("x-newsmill-routing-key", long(&names.input)),
        ("x-newsmill-worker", long("w")),
        ("theirs", AMQPValue::LongLongInt(7)),
    ]);
    let properties = BasicProperties::default()
        .with_message_id(id.into())
        .with_headers(headers);
    client.put(&names.dead, body, properties).await;
}

/// The queues as a worker would declare them.
async fn queues(client: &Client, names: &Names) {
    client
        .declare(
            &names.dead,
            &[("x-delivery-limit", AMQPValue::LongLongInt(1_000_000))],
        )
        .await;
    client.declare(&names.input, &[]).await;
}

fn message_id(delivery: &Delivery) -> &str {
    delivery.properties.message_id().as_ref().unwrap().as_str()
}

fn ids(deliveries: &[Delivery]) -> Vec<&str> {
    let mut ids: Vec<&str> = deliveries.iter().map(message_id).collect();
    ids.sort_unstable();
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_are_counted_by_cause_stage_and_source_and_stay() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("letters-list");
    let client = Client::connect(url).await;
    queues(&client, &names).await;
    for number in 0..3 {
        let body = format!("{{\"source\": \"The Paper\", \"n\": {number}");
        put_letter(
            &client,
            &names,
            &format!("json-{number}"),
            "json",
            body.as_bytes(),
        )
        .await;
    }
    put_letter(&client, &names, "binary", "binary", b"\x89PNG\r\n\x1a\n\x00").await;
    let stranger = BasicProperties::default().with_app_id("shovel-7".into());
    client.put(&names.dead, b"\x1b[31mred", stranger).await;

    let all = list(url, &names, &[]);
    assert_eq!(
        (&all["ready"], &all["matched"], &all["complete"]),
        (&json!(5), &json!(5), &json!(true))
    );
    let groups = all["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 3, "{all:#}");
    assert_eq!(groups[0]["count"], 3);
    assert_eq!(groups[0]["cause"], "json");
    assert_eq!(groups[0]["source"], "The Paper");
    assert_eq!(groups[0]["oldest"], "2026-01-01T00:00:00Z");
    let stranger = groups.iter().find(|group| group["by"] == "stranger").unwrap();
    assert_eq!(
        (&stranger["cause"], &stranger["source"]),
        (&json!("none"), &json!("shovel-7"))
    );

    let (table, said) = expect(url, &names, 0, &["list"]);
    assert!(
        table.contains("The Paper") && table.contains("put there by somebody else"),
        "{table}"
    );
    assert!(!table.contains('\u{1b}'), "{table}");
    assert!(said.contains("5 letters"), "{said}");
    let cut = list(url, &names, &["--scan", "2"]);
    assert_eq!((&cut["looked_at"], &cut["complete"]), (&json!(2), &json!(false)));
    assert!(
        expect(url, &names, 0, &["list", "--scan", "2"])
            .1
            .contains("the first 2 of 5")
    );
    assert_eq!(
        list(url, &names, &["--cause", "json", "--older-than", "1h"])["matched"],
        3
    );
    assert_eq!(list(url, &names, &["--newer-than", "1h"])["matched"], 0);

    client.await_depth(&names.dead, 5).await;
    let left = client.take(&names.dead, 5).await;
    let order: Vec<Option<&str>> = left
        .iter()
        .map(|letter| letter.properties.message_id().as_ref().map(|id| id.as_str()))
        .collect();
    // A look at all of them leaves the order. The two at a part put it behind those that were looked at before.
    let turned = [
        None,
        Some("json-0"),
        Some("json-1"),
        Some("json-2"),
        Some("binary"),
    ];
    assert_eq!(order, turned, "looks take nothing");
    client.clean(&names, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_letter_is_shown_and_its_body_comes_byte_by_byte() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("letters-show");
    let client = Client::connect(url).await;
    queues(&client, &names).await;
    let binary: Vec<u8> = (0..=255).collect();
    put_letter(
        &client,
        &names,
        "first",
        "json",
        b"{\"id\": \"a-1\", \"text\": \"\x1b[2J",
    )
    .await;
    put_letter(&client, &names, "second", "binary", &binary).await;

    let (page, _) = expect(url, &names, 0, &["show", "first"]);
    for part in [
        "first",
        "json",
        "decode",
        "what was wrong",
        "a-1",
        "theirs",
        "7",
        "queue test.",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains('\u{1b}'), "an article cannot drive the terminal");
    let (page, _) = expect(url, &names, 0, &["show", "--nth", "2"]);
    assert!(page.contains("00000010  10 11 12"), "{page}");
    let raw = dead_letters(url, &names, &["show", "second", "--body"]);
    assert_eq!(raw.stdout, binary);
    let line: Value = serde_json::from_str(&expect(url, &names, 0, &["show", "a-1", "--json"]).0).unwrap();
    assert_eq!(line["headers"]["theirs"], json!({"i64": 7}));
    let (_, said) = expect(url, &names, 1, &["show", "nobody"]);
    assert!(said.contains("no such letter") && said.contains("list"), "{said}");
    client.await_depth(&names.dead, 2).await;
    client.clean(&names, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_letter_is_the_message_that_was_sent_and_a_worker_enriches_it() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("letters-replay");
    let client = Client::connect(url).await;
    // A worker that takes no more than so many bytes puts it there, and is mended.
    let strict = WorkerProcess::start(url, &names, &[("WORKER_BODY_BYTES_MAX", "1024")]);
    client.await_queue(&names.output).await;
    let body = article(5);
    assert!(body.len() > 1024);
    let theirs = table(&[("theirs", AMQPValue::ShortInt(-3)), ("trace", long("on"))]);
    let sent = BasicProperties::default()
        .with_content_type("application/json".into())
        .with_message_id("m-5".into())
        .with_correlation_id("c-5".into())
        .with_app_id("crawler".into())
        .with_timestamp(1_767_225_600)
        .with_priority(4)
        .with_expiration("86400000".into())
        .with_headers(theirs.clone());
    client.put(&names.input, &body, sent.clone()).await;
    client.await_depth(&names.dead, 1).await;
    strict.stop().await;

    let (_, said) = expect(url, &names, 0, &["replay", "--cause", "too_large"]);
    assert!(
        said.contains("1 would go to queue") && said.contains("nothing was sent"),
        "{said}"
    );
    client.await_depth(&names.dead, 1).await;
    assert_eq!(client.depth(&names.input).await, 0, "a dry run sends nothing");
    let (_, said) = expect(url, &names, 0, &["replay", "--cause", "too_large", "--yes"]);
    assert!(said.contains("1 letter went back"), "{said}");
    assert_eq!(client.depth(&names.dead).await, 0);

    let back = client.take_one(&names.input).await;
    assert_eq!(back.data, body);
    assert_eq!(
        back.properties.headers().as_ref(),
        Some(&theirs),
        "theirs and no others"
    );
    let properties = back.properties.clone().with_headers(theirs);
    assert_eq!(properties, sent.clone().with_delivery_mode(2));

    client.put(&names.input, &body, sent).await;
    let worker = WorkerProcess::start(url, &names, &[]);
    let record = client.take_one(&names.output).await;
    let record: Value = serde_json::from_slice(&record.data).unwrap();
    assert_eq!(record["id"], "article-00005");
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_goes_back_through_the_exchange_that_it_came_by() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("letters-routing");
    let client = Client::connect(url).await;
    let worker = WorkerProcess::start(url, &names, &[]);
    // The binding comes after the queue.
    worker.await_ready(200, "ready").await;
    // The exchange of records will do: a topic exchange, bound to the output queue by `article`.
    let lost = |key: &str| {
        table(&[
            ("x-newsmill-error-kind", long("json")),
            ("x-newsmill-exchange", long(&names.exchange)),
            ("x-newsmill-routing-key", long(key)),
        ])
    };
    for (id, key) in [("routed", "article"), ("lost", "nowhere")] {
        let properties = BasicProperties::default()
            .with_message_id(id.into())
            .with_headers(lost(key));
        client.put(&names.dead, b"x", properties).await;
    }
    client
        .put(
            &names.dead,
            b"y",
            BasicProperties::default().with_message_id("stranger".into()),
        )
        .await;
    worker.stop().await;

    let (dry, _) = expect(url, &names, 0, &["replay", "--json"]);
    let dry: serde_json::Value = serde_json::from_str(&dry).unwrap();
    assert_eq!(
        (dry["sent"].as_u64(), dry["would_stay"].as_u64()),
        (Some(0), Some(1)),
        "{dry}"
    );
    let (told, said) = expect(url, &names, 1, &["replay", "--yes", "--json"]);
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(
        (told["sent"].as_u64(), told["stayed"].as_u64()),
        (Some(1), Some(2)),
        "{told}"
    );
    assert!(said.contains("1 letter went back, 2 stay"), "{said}");
    assert!(
        said.contains("lost") && said.contains("stranger") && said.contains("--to-input"),
        "{said}"
    );
    assert_eq!(message_id(&client.take_one(&names.output).await), "routed");
    client.await_depth(&names.dead, 2).await;
    expect(url, &names, 0, &["replay", "--yes", "--to-input"]);
    assert_eq!(ids(&client.take(&names.input, 2).await), ["lost", "stranger"]);
    assert_eq!(client.depth(&names.dead).await, 0);
    client.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_that_is_killed_loses_nothing() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("letters-killed");
    let client = Client::connect(url).await;
    queues(&client, &names).await;
    const LETTERS: usize = 600;
    for number in 0..LETTERS {
        put_letter(&client, &names, &format!("m-{number:04}"), "json", b"{").await;
    }
    let mut kills = 0;
    for fraction in [4, 2] {
        let mut replay = command(url, &names, &["replay", "--yes"])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // In the middle: some have gone back, not all.
        let begun = Instant::now();
        let some = u32::try_from(LETTERS / fraction).unwrap();
        while client.depth(&names.input).await < some && replay.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < PATIENCE, "the replay sends");
        }
        if replay.try_wait().unwrap().is_none() {
            signal("KILL", &replay.id().to_string());
            kills += 1;
        }
        replay.wait().unwrap();
        // The broker notices the end of the connection and takes the letters back.
        let begun = Instant::now();
        while client.depth(&names.dead).await + client.depth(&names.input).await < LETTERS as u32 {
            assert!(begun.elapsed() < PATIENCE, "every letter is in one of the queues");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    assert!(kills > 0, "it was killed in the middle");
    let left = client.depth(&names.dead).await;
    assert!(left > 0, "in the middle");
    expect(url, &names, 0, &["replay", "--yes"]);
    assert_eq!(client.depth(&names.dead).await, 0);

    let mut back = client.collect(&names.input).await;
    back.until(|taken| taken.len() >= LETTERS).await;
    back.until_quiet(Duration::from_millis(500)).await;
    let mut found = ids(&back.taken);
    let twins = found.len();
    found.dedup();
    assert_eq!(found.len(), LETTERS, "none is lost");
    assert!(
        twins - LETTERS <= 2 * 64,
        "{twins}: a kill makes twins of what was in flight, no more"
    );
    client.clean(&names, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replays_at_once_send_each_letter_once() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("letters-two");
    let client = Client::connect(url).await;
    queues(&client, &names).await;
    const LETTERS: usize = 400;
    for number in 0..LETTERS {
        put_letter(&client, &names, &format!("m-{number:04}"), "json", b"{").await;
    }
    let both = [(), ()].map(|()| {
        command(url, &names, &["replay", "--yes"])
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    });
    for mut replay in both {
        assert_eq!(replay.wait().unwrap().code(), Some(0));
    }
    let back = client.take(&names.input, LETTERS).await;
    let mut found = ids(&back);
    found.dedup();
    assert_eq!(found.len(), LETTERS);
    assert_eq!(client.depth(&names.dead).await, 0);
    client.clean(&names, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_that_a_full_queue_refuses_stay() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("letters-full");
    let client = Client::connect(url).await;
    client.declare(&names.dead, &[]).await;
    let full = [
        ("x-max-length", AMQPValue::LongLongInt(5)),
        ("x-overflow", long("reject-publish")),
    ];
    client.declare(&names.input, &full).await;
    for number in 0..100 {
        put_letter(&client, &names, &format!("m-{number:03}"), "json", b"{").await;
    }
    let (_, said) = expect(url, &names, 1, &["replay", "--yes"]);
    assert!(
        said.contains("is full") && said.contains("run it again"),
        "{said}"
    );
    let went = client.depth(&names.input).await;
    // The broker begins to refuse a little late.
    assert!((5..100).contains(&went), "{went}");
    client.await_depth(&names.dead, 100 - went).await;
    assert_eq!(client.depth(&names.dead).await, 100 - went);
    client.clean(&names, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_meant_is_discarded_and_only_when_confirmed() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("letters-discard");
    let client = Client::connect(url).await;
    queues(&client, &names).await;
    for number in 0..4 {
        put_letter(&client, &names, &format!("json-{number}"), "json", b"{").await;
        put_letter(&client, &names, &format!("binary-{number}"), "binary", b"\x00").await;
    }
    let (_, said) = expect(url, &names, 2, &["discard", "--yes"]);
    assert!(said.contains("--all"), "{said}");
    let (told, said) = expect(url, &names, 0, &["discard", "--cause", "binary", "--json"]);
    assert!(said.contains("nothing was discarded; --yes discards 4"), "{said}");
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&told["discarded"], &told["would_go"]), (&json!(0), &json!(4)));
    assert_eq!(told["groups"][0]["cause"], "binary");
    client.await_depth(&names.dead, 8).await;
    let (told, said) = expect(
        url,
        &names,
        0,
        &["discard", "--cause", "binary", "--limit", "3", "--yes", "--json"],
    );
    assert!(said.contains("discarded: 3 letters"), "{said}");
    assert_eq!(
        serde_json::from_str::<Value>(&told).unwrap(),
        json!({"discarded": 3})
    );
    client.await_depth(&names.dead, 5).await;
    let left = client.take(&names.dead, 5).await;
    assert_eq!(ids(&left), ["binary-3", "json-0", "json-1", "json-2", "json-3"]);
    client.clean(&names, &[]).await;
}

/// Runs the command on a terminal, where somebody types.
fn on_a_terminal(url: &str, names: &Names, arguments: &[&str], typed: &str) -> (Option<i32>, String) {
    let command = command(url, names, arguments);
    let line: Vec<&str> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_str().unwrap())
        .collect();
    let mut terminal = Command::new("script");
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => terminal.env(name, value),
            None => terminal.env_remove(name),
        };
    }
    let mut terminal = terminal
        .args(["-qec", &line.join(" "), "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script is installed");
    let mut keyboard = terminal.stdin.take().unwrap();
    keyboard.write_all(typed.as_bytes()).unwrap();
    let output = terminal.wait_with_output().unwrap();
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stdout).into_owned(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_terminal_those_letters_go_that_were_counted_when_the_count_is_typed() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("letters-typed");
    let client = Client::connect(url).await;
    queues(&client, &names).await;
    for number in 0..10 {
        put_letter(&client, &names, &format!("m-{number}"), "json", b"{").await;
    }
    // A look at all of them: from now on a look at a part turns the queue.
    list(url, &names, &[]);
    let wanted = ["discard", "--cause", "json", "--limit", "3", "--scan", "5"];
    let (code, said) = on_a_terminal(url, &names, &wanted, "4\n");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("nothing was discarded"), "{said}");
    client.await_depth(&names.dead, 10).await;
    let (code, said) = on_a_terminal(url, &names, &wanted, "3\n");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("discarded: 3 letters"), "{said}");
    client.await_depth(&names.dead, 7).await;
    assert_eq!(ids(&client.take(&names.dead, 7).await).len(), 7);
    client.clean(&names, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exported_letters_come_back_as_they_were() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("letters-export");
    let client = Client::connect(url).await;
    queues(&client, &names).await;
    let nested = table(&[(
        "deep",
        AMQPValue::FieldArray(FieldArray::from(vec![AMQPValue::Void])),
    )]);
    let headers = table(&[
        ("x-newsmill-error-kind", long("binary")),
        ("double", AMQPValue::Double(0.1)),
        ("nested", AMQPValue::FieldTable(nested)),
        ("bytes", AMQPValue::LongString(vec![0xff, 0x00].into())),
    ]);
    let binary: Vec<u8> = (0..=255).rev().collect();
    let properties = BasicProperties::default()
        .with_message_id("binary".into())
        .with_content_type("text/html".into())
        .with_priority(1)
        .with_timestamp(9)
        .with_headers(headers);
    client.put(&names.dead, &binary, properties).await;
    put_letter(
        &client,
        &names,
        "text",
        "json",
        "{\"a\": \"ü\\u0000\"\n".as_bytes(),
    )
    .await;

    let folder = tempfile::tempdir().unwrap();
    for ending in ["ndjson", "ndjson.gz", "ndjson.zst"] {
        let file = folder.path().join(format!("letters.{ending}"));
        let file = file.to_str().unwrap();
        let (told, said) = expect(url, &names, 0, &["export", "-o", file, "--json"]);
        assert!(said.contains(": 2 letters, still in"), "{said}");
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(told, json!({"written": 2, "file": file, "queue": names.dead}));
        let (_, said) = expect(url, &names, 1, &["export", "-o", file]);
        assert!(said.contains("exists already"), "{said}");
        client.await_depth(&names.dead, 2).await;
        let before = client.take(&names.dead, 2).await;
        let (told, said) = expect(url, &names, 0, &["import", file, "--json"]);
        assert!(said.contains(": 2 letters"), "{said}");
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(
            told,
            json!({"imported": 2, "failed": 0, "complete": true, "queue": names.dead})
        );
        let after = client.take(&names.dead, 2).await;
        for before in &before {
            let after = after
                .iter()
                .find(|after| message_id(after) == message_id(before))
                .unwrap();
            assert_eq!(before.data, after.data);
            // What the broker counted is no part of the letter.
            let without_counts = |delivery: &Delivery| {
                let mut headers = delivery.properties.headers().clone().unwrap().inner().clone();
                headers.remove("x-delivery-count");
                delivery
                    .properties
                    .clone()
                    .with_headers(FieldTable::from(headers))
            };
            assert_eq!(without_counts(before), without_counts(after));
        }
        expect(url, &names, 0, &["import", file]);
    }
    let bad = folder.path().join("bad.ndjson");
    std::fs::write(&bad, "{\"id\": 1}\n").unwrap();
    let (_, said) = expect(url, &names, 1, &["import", bad.to_str().unwrap()]);
    assert!(
        said.contains("bad.ndjson line 1") && said.contains("export"),
        "{said}"
    );
    client.clean(&names, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_of_the_delivery_limit_tells_so_and_goes_back() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("letters-limit");
    let client = Client::connect(url).await;
    // The worker declares the queues as they are in earnest, and never gets the message.
    let worker = WorkerProcess::start(url, &names, &[("TOPOLOGY_DELIVERY_LIMIT", "1")]);
    client.await_queue(&names.output).await;
    worker.stop().await;
    let properties = BasicProperties::default()
        .with_content_type("application/json".into())
        .with_message_id("guilty".into());
    client.put(&names.input, &article(8), properties).await;
    for _ in 0..2 {
        // Taken by a process that dies.
        let victim = Client::connect(url).await;
        client.await_depth(&names.input, 1).await;
        victim.hold_one(&names.input).await;
        victim.close().await;
    }
    client.await_depth(&names.dead, 1).await;

    let all = list(url, &names, &["--stage", "broker"]);
    let group = &all["groups"][0];
    assert_eq!(
        (&group["cause"], &group["by"]),
        (&json!("delivery_limit"), &json!("broker")),
        "{all:#}"
    );
    assert!(group["oldest"].is_string());
    let (page, _) = expect(url, &names, 0, &["show", "guilty"]);
    assert!(page.contains("workers died"), "{page}");
    expect(url, &names, 0, &["replay", "--cause", "delivery_limit", "--yes"]);
    let back = client.take_one(&names.input).await;
    assert_eq!(back.data, article(8));
    for name in ["x-death", "x-first-death-queue", "x-first-death-reason"] {
        assert_eq!(header_name(&back, name), None, "the count begins anew");
    }
    client.clean(&names, &[1, 2]).await;
}

fn header_name<'a>(delivery: &'a Delivery, name: &str) -> Option<&'a AMQPValue> {
    delivery.properties.headers().as_ref()?.inner().get(name)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_disturbs_no_worker_that_writes_letters_and_none_is_lost() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("letters-meanwhile");
    let client = Client::connect(url).await;
    let worker = WorkerProcess::start(url, &names, &[]);
    client.await_queue(&names.output).await;
    const LETTERS: u32 = 300;
    let feeding = async {
        for number in 0..LETTERS {
            let properties = BasicProperties::default()
                .with_content_type("application/json".into())
                .with_message_id(format!("m-{number}").into());
            client.put(&names.input, b"{broken", properties).await;
        }
    };
    let listing = async {
        let mut most = 0;
        while most < u64::from(LETTERS) {
            let (url, names) = (url.to_owned(), names.clone());
            let all = tokio::task::spawn_blocking(move || list(&url, &names, &[]))
                .await
                .unwrap();
            most = most.max(all["matched"].as_u64().unwrap());
        }
    };
    tokio::time::timeout(PATIENCE, async { tokio::join!(feeding, listing) })
        .await
        .expect("in the end a look sees all of them");
    let dead = client.take(&names.dead, LETTERS as usize).await;
    let mut found = ids(&dead);
    found.dedup();
    assert_eq!(found.len(), LETTERS as usize);
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_often_drops_no_letter_although_the_queue_has_a_delivery_limit() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("letters-looks");
    let client = Client::connect(url).await;
    client.declare(&names.input, &[]).await;
    // RabbitMQ 4's default, which a queue of another's making would have.
    client
        .declare(&names.dead, &[("x-delivery-limit", AMQPValue::LongLongInt(20))])
        .await;
    for number in 0..3 {
        put_letter(&client, &names, &format!("m-{number}"), "json", b"{").await;
    }
    let mut said_so = false;
    for _ in 0..24 {
        let (_, said) = expect(url, &names, 0, &["list"]);
        said_so |= said.contains("published anew");
        client.await_depth(&names.dead, 3).await;
    }
    assert!(said_so, "a letter that is published anew is told of");
    let letters = client.take(&names.dead, 3).await;
    assert_eq!(ids(&letters), ["m-0", "m-1", "m-2"]);
    assert_eq!(header(&letters[0], "theirs").as_deref(), Some("7"));
    client.clean(&names, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_of_our_making_bears_any_number_of_looks() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("letters-limitless");
    let client = Client::connect(url).await;
    let worker = WorkerProcess::start(url, &names, &[]);
    client.await_queue(&names.output).await;
    client.put(&names.dead, b"x", BasicProperties::default()).await;
    for _ in 0..25 {
        let other = Client::connect(url).await;
        client.await_depth(&names.dead, 1).await;
        other.hold_one(&names.dead).await;
        other.close().await;
    }
    client.await_depth(&names.dead, 1).await;
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_takes_a_dead_letter_queue_without_a_limit_as_it_is() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("letters-older");
    let client = Client::connect(url).await;
    client.declare(&names.dead, &[]).await;
    let worker = WorkerProcess::start(url, &names, &[]);
    worker.await_ready(200, "ready").await;
    worker.await_log("no x-delivery-limit of its own").await;
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_is_missing_or_empty_is_told_of() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("letters-none");
    let client = Client::connect(url).await;
    let (_, said) = expect(url, &names, 1, &["list"]);
    assert!(
        said.contains("there is no queue") && said.contains("topology.dead_letter_queue"),
        "{said}"
    );
    queues(&client, &names).await;
    let (_, said) = expect(url, &names, 0, &["list"]);
    assert!(said.contains("has no letter to look at"), "{said}");
    let (_, said) = expect(url, &names, 0, &["replay", "--yes"]);
    assert!(said.contains("no letter is meant"), "{said}");
    client.clean(&names, &[]).await;
}
