//! `newsmill doctor` against brokers with one thing wrong each; where it names a command, the command is run and
//! must mend it.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::OnceLock;

use lapin::options::{QueueDeclareOptions, QueueDeleteOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Connection, ConnectionProperties};
use serde_json::Value;

use super::client::{Client, Names};
use super::node::{self, Node};
use super::worker::{WorkerProcess, program};

/// A node with the management plugin for all tests here; it goes with the process.
pub fn managed() -> Option<&'static Node> {
    static NODE: OnceLock<Option<&'static Node>> = OnceLock::new();
    *NODE.get_or_init(|| {
        let node = Node::start_with(
            "doctor",
            "rabbitmq_management",
            "collect_statistics_interval = 1000",
        )?;
        Some(Box::leak(Box::new(node)))
    })
}

pub fn management_url(node: &Node) -> String {
    let url = url::Url::parse(&node.url).unwrap();
    format!("http://127.0.0.1:{}", url.port().unwrap() + 2)
}

/// What doctor found.
struct Report {
    code: i32,
    text: String,
    findings: Vec<Value>,
}

impl Report {
    fn of(command: &mut Command) -> Self {
        let done = command.args(["doctor", "--json"]).output().unwrap();
        let text = String::from_utf8(done.stdout).unwrap();
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        let json: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}{said}"));
        Self {
            code: done.status.code().unwrap(),
            findings: json["findings"].as_array().unwrap().clone(),
            text: format!("{text}{said}"),
        }
    }

    /// The one finding of a check on a subject that holds `part`.
    fn one(&self, check: &str, part: &str) -> &Value {
        let found: Vec<&Value> = self
            .findings
            .iter()
            .filter(|finding| {
                finding["check"] == check && finding["subject"].as_str().unwrap().contains(part)
            })
            .collect();
        assert_eq!(found.len(), 1, "{check} {part}: {}", self.text);
        found[0]
    }

    fn count(&self, verdict: &str) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding["verdict"] == verdict)
            .count()
    }
}

fn examined(node: &Node, names: &Names, settings: &[(&str, &str)]) -> Report {
    let url = management_url(node);
    let mut all = vec![("BROKER_MANAGEMENT_URL", url.as_str())];
    all.extend(settings);
    Report::of(&mut program(&node.url, names, &all))
}

/// Over AMQP alone.
fn examined_blind(url: &str, names: &Names, settings: &[(&str, &str)]) -> Report {
    Report::of(&mut program(url, names, settings))
}

/// The commands that a finding names.
fn commands(finding: &Value) -> Vec<String> {
    let mend = finding["mend"].as_array().unwrap();
    mend.iter()
        .filter(|mend| mend["kind"] == "command")
        .map(|mend| mend["text"].as_str().unwrap().to_owned())
        .collect()
}

/// Runs a command as a person would paste it.
fn paste(node: &Node, command: &str) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/rabbitmq/private-node");
    let prelude = "rabbitmqctl() { bash \"$SCRIPT\" ctl \"$FOLDER\" \"$@\"; }";
    let done = Command::new("bash")
        .args(["-c", &format!("{prelude}\n{command}")])
        .env("SCRIPT", script)
        .env("FOLDER", node.folder())
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{command}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
}

/// All queues and the exchange, as a worker declares them.
async fn declared(node: &Node, test: &str) -> (Names, Client) {
    let names = Names::new(test);
    let worker = WorkerProcess::start(&node.url, &names, &[]);
    worker.await_ready(200, "ready").await;
    worker.stop().await;
    (names, Client::connect(&node.url).await)
}

/// Deletes a queue and declares it otherwise.
async fn redeclare(node: &Node, queue: &str, arguments: &[(&str, AMQPValue)]) {
    let connection = Connection::connect(&node.url, ConnectionProperties::default())
        .await
        .unwrap();
    let channel = connection.create_channel().await.unwrap();
    channel
        .queue_delete(queue.into(), QueueDeleteOptions::default())
        .await
        .unwrap();
    let table: BTreeMap<_, _> = arguments
        .iter()
        .map(|(name, value)| ((*name).into(), value.clone()))
        .collect();
    channel
        .queue_declare(
            queue.into(),
            QueueDeclareOptions::durable(),
            FieldTable::from(table),
        )
        .await
        .unwrap();
    connection.close(200, "done".into()).await.unwrap();
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.into())
}

/// The arguments of a queue that dead-letters at least once.
fn dead_lettering(target: &str) -> Vec<(&'static str, AMQPValue)> {
    vec![
        ("x-queue-type", text("quorum")),
        ("x-dead-letter-exchange", text("")),
        ("x-dead-letter-routing-key", text(target)),
        ("x-dead-letter-strategy", text("at-least-once")),
        ("x-overflow", text("reject-publish")),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_as_the_worker_left_it_is_well_and_nothing_on_it_moves() {
    let Some(node) = managed() else { return };
    let (names, client) = declared(node, "well").await;
    client.put(&names.input, b"one", BasicProperties::default()).await;
    let report = examined(node, &names, &[]);
    assert_eq!(report.code, 0, "{}", report.text);
    assert_eq!(
        (report.count("warn"), report.count("fail")),
        (0, 0),
        "{}",
        report.text
    );
    assert!(
        report.one("queue", &names.input)["seen"]
            .as_str()
            .unwrap()
            .contains("delivery limit 20"),
        "{}",
        report.text
    );
    assert!(
        report.one("broker.version", "broker")["seen"]
            .as_str()
            .unwrap()
            .starts_with("RabbitMQ ")
    );
    // What no API tells is not said to be well.
    assert_eq!(
        report.one("consumer_timeout", &names.input)["verdict"],
        "not_checked"
    );

    let blind = examined_blind(&node.url, &names, &[]);
    assert_eq!(blind.code, 0, "{}", blind.text);
    assert_eq!(blind.count("fail"), 0, "{}", blind.text);
    assert_eq!(
        blind.one("exchange.bindings", &names.exchange)["verdict"],
        "not_checked"
    );
    assert_eq!(
        blind.one("management", "management API")["verdict"],
        "not_checked"
    );

    let delivery = client.take_one(&names.input).await;
    assert!(!delivery.redelivered, "doctor took nothing");
    assert!(delivery.properties.headers().is_none());
    for queue in [&names.output, &names.dead] {
        assert_eq!(client.depth(queue).await, 0, "{queue}: doctor sent nothing");
    }
    client.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_broker_is_told_from_one_that_lacks_something_and_doctor_creates_nothing() {
    let Some(node) = managed() else { return };
    let names = Names::new("fresh");
    let report = examined(node, &names, &[]);
    assert_eq!(report.code, 0, "{}", report.text);
    for name in [&names.input, &names.dead, &names.output] {
        assert_eq!(report.one("queue", name)["verdict"], "warn", "{}", report.text);
    }
    let checking = examined(node, &names, &[("TOPOLOGY_MODE", "check")]);
    assert_eq!(checking.code, 1, "{}", checking.text);
    let input = checking.one("queue", &names.input);
    assert_eq!(input["verdict"], "fail");
    assert!(commands(input)[0].contains(" declare queue "), "{input}");
    let blind = examined_blind(&node.url, &names, &[]);
    assert_eq!(blind.code, 0, "{}", blind.text);
    let queues = node.ctl(&["list_queues", "name"]);
    let exchanges = node.ctl(&["list_exchanges", "name"]);
    assert!(
        !queues.contains(&names.input) && !queues.contains(&names.dead),
        "{queues}"
    );
    assert!(!exchanges.contains(&names.exchange), "{exchanges}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_classic_queue_in_place_of_a_quorum_queue_is_named_and_mended() {
    let Some(node) = managed() else { return };
    let (names, client) = declared(node, "classic").await;
    redeclare(node, &names.input, &[]).await;
    let report = examined(node, &names, &[]);
    assert_eq!(report.code, 1, "{}", report.text);
    let finding = report.one("queue.type", &names.input);
    assert!(
        finding["seen"]
            .as_str()
            .unwrap()
            .contains("is a durable classic queue"),
        "{finding}"
    );
    let blind = examined_blind(&node.url, &names, &[]);
    assert_eq!(blind.code, 1, "{}", blind.text);
    assert!(
        blind.one("queue.arguments", &names.input)["seen"]
            .as_str()
            .unwrap()
            .contains("x-queue-type")
            || blind.text.contains("x-dead-letter-exchange"),
        "{}",
        blind.text
    );

    let commands = commands(finding);
    assert_eq!(commands[1], "newsmill run");
    paste(node, &commands[0]);
    let worker = WorkerProcess::start(&node.url, &names, &[]);
    worker.await_ready(200, "ready").await;
    worker.stop().await;
    assert_eq!(examined(node, &names, &[]).code, 0);
    client.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_delivery_limit_is_mended_by_the_policy_that_is_named() {
    let Some(node) = managed() else { return };
    let (names, client) = declared(node, "limit").await;
    redeclare(node, &names.input, &dead_lettering(&names.dead)).await;
    let declaring = examined(node, &names, &[]);
    assert_eq!(declaring.code, 1, "{}", declaring.text);
    assert!(
        declaring.one("queue.arguments", &names.input)["seen"]
            .as_str()
            .unwrap()
            .contains("x-delivery-limit is not set, newsmill declares 20")
    );
    let check = [("TOPOLOGY_MODE", "check")];
    let report = examined(node, &names, &check);
    if node.ctl(&["version"]).starts_with('3') {
        assert_eq!(report.code, 1, "{}", report.text);
        let finding = report.one("queue.delivery_limit", &names.input);
        let command = commands(finding).remove(0);
        assert!(command.starts_with("rabbitmqctl set_policy"), "{command}");
        paste(node, &command);
        await_well(node, &names, &check).await;
    }
    client.clean(&names, &[1, 2]).await;
}

/// A policy shows in the broker's figures some seconds after it is set.
async fn await_well(node: &Node, names: &Names, settings: &[(&str, &str)]) {
    for _ in 0..20 {
        if examined(node, names, settings).code == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
    panic!("not mended: {}", examined(node, names, settings).text);
}

async fn await_ill(node: &Node, names: &Names, settings: &[(&str, &str)]) -> Report {
    for _ in 0..20 {
        let report = examined(node, names, settings);
        if report.code == 1 {
            return report;
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
    panic!("nothing found: {}", examined(node, names, settings).text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_queue_of_an_earlier_version_is_taken_as_it_is() {
    let Some(node) = managed() else { return };
    let (names, client) = declared(node, "letters").await;
    redeclare(node, &names.dead, &[("x-queue-type", text("quorum"))]).await;
    for report in [
        examined(node, &names, &[]),
        examined_blind(&node.url, &names, &[]),
    ] {
        assert_eq!(report.code, 0, "{}", report.text);
    }
    let few = [
        ("x-queue-type", text("quorum")),
        ("x-delivery-limit", AMQPValue::LongLongInt(5)),
    ];
    redeclare(node, &names.dead, &few).await;
    let report = examined(node, &names, &[]);
    assert_eq!(report.code, 1, "a worker would be refused: {}", report.text);
    assert_eq!(
        report.one("queue.looks", &names.dead)["verdict"],
        "warn",
        "{}",
        report.text
    );
    client.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_target_that_is_missing_or_another_is_named() {
    let Some(node) = managed() else { return };
    let (names, client) = declared(node, "target").await;
    let check = [("TOPOLOGY_MODE", "check")];
    redeclare(
        node,
        &names.input,
        &[
            ("x-queue-type", text("quorum")),
            ("x-delivery-limit", AMQPValue::LongLongInt(20)),
        ],
    )
    .await;
    // A delay that ends somewhere else, and one that forgets where it came from.
    let first = format!("{}.1s", names.retry);
    let mut elsewhere = dead_lettering("test.nowhere");
    elsewhere.push(("x-message-ttl", AMQPValue::LongLongInt(1000)));
    redeclare(node, &first, &elsewhere).await;
    let second = format!("{}.2s", names.retry);
    let mut at_most_once = dead_lettering(&names.input);
    at_most_once.retain(|(name, _)| *name != "x-dead-letter-strategy");
    at_most_once.push(("x-message-ttl", AMQPValue::LongLongInt(2000)));
    redeclare(node, &second, &at_most_once).await;

    let report = examined(node, &names, &check);
    assert_eq!(report.code, 1, "{}", report.text);
    let input = report.one("queue.dead_letter_target", &names.input);
    assert_eq!(input["seen"], "no dead-letter exchange");
    assert!(
        report.one("queue.dead_letter_target", &first)["seen"]
            .as_str()
            .unwrap()
            .contains("test.nowhere")
    );
    assert_eq!(
        report.one("queue.dead_letter_strategy", &second)["verdict"],
        "fail"
    );
    paste(node, &commands(input)[0]);
    for _ in 0..20 {
        if !examined(node, &names, &check)
            .text
            .contains("no dead-letter exchange")
        {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
    let mended = examined(node, &names, &check);
    assert!(
        !mended.text.contains("no dead-letter exchange"),
        "{}",
        mended.text
    );
    client.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delay_of_another_length_is_named_with_both() {
    let Some(node) = managed() else { return };
    let (names, client) = declared(node, "ttl").await;
    let delay = format!("{}.2s", names.retry);
    let mut arguments = dead_lettering(&names.input);
    arguments.push(("x-message-ttl", AMQPValue::LongLongInt(7000)));
    redeclare(node, &delay, &arguments).await;
    let report = examined(node, &names, &[]);
    assert_eq!(report.code, 1, "{}", report.text);
    assert!(
        report.one("queue.arguments", &delay)["seen"]
            .as_str()
            .unwrap()
            .contains("x-message-ttl is 7000, newsmill declares 2000"),
        "{}",
        report.text
    );
    let checking = examined(node, &names, &[("TOPOLOGY_MODE", "check")]);
    assert_eq!(
        checking.one("queue.ttl", &delay)["verdict"],
        "warn",
        "{}",
        checking.text
    );
    let blind = examined_blind(&node.url, &names, &[]);
    assert_eq!(blind.code, 1);
    assert!(
        blind.one("queue.arguments", &delay)["seen"]
            .as_str()
            .unwrap()
            .contains("x-message-ttl"),
        "{}",
        blind.text
    );
    // A ladder of another schedule: the step that is missing, and the one that is left.
    let other = examined(node, &names, &[("RETRY_DELAYS_SECS", "1,9")]);
    assert_eq!(
        other.one("queue", &format!("{}.9s", names.retry))["verdict"],
        "warn"
    );
    assert!(
        other.one("queue.stray", &delay)["seen"]
            .as_str()
            .unwrap()
            .contains("earlier")
    );
    client.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_named_and_not_shown() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("password");
    let mut wrong = url::Url::parse(url).unwrap();
    wrong.set_password(Some("not-the-passw0rd")).unwrap();
    let report = examined_blind(wrong.as_str(), &names, &[]);
    assert_eq!(report.code, 1, "{}", report.text);
    let finding = report.one("address", "127.0.0.1");
    assert_eq!(finding["verdict"], "fail");
    assert!(
        finding["seen"].as_str().unwrap().contains("refuses user `guest`"),
        "{finding}"
    );
    assert!(!report.text.contains("not-the-passw0rd"));

    let mut nowhere = url::Url::parse(url).unwrap();
    nowhere.set_path("/no-such-vhost");
    let report = examined_blind(nowhere.as_str(), &names, &[]);
    assert!(
        report.text.contains("rabbitmqctl add_vhost no-such-vhost"),
        "{}",
        report.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_address_is_looked_at_by_itself() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("addresses");
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let web = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = web.local_addr().unwrap().port();
    std::thread::spawn(move || {
        use std::io::{Read, Write};
        for stream in web.incoming().flatten() {
            let mut stream = stream;
            let mut asked = [0; 64];
            drop(stream.read(&mut asked));
            drop(stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n"));
        }
    });
    let urls = format!(
        "amqp://127.0.0.1:{closed}/%2f,amqp://127.0.0.1:{port}/%2f,amqp://no-such-host.invalid/%2f,{url}"
    );
    let report = examined_blind(&urls, &names, &[]);
    assert_eq!(report.code, 1, "{}", report.text);
    let seen = |part: &str| report.one("address", part)["seen"].as_str().unwrap().to_owned();
    assert!(
        seen(&format!(":{closed} ")).contains("no TCP connection"),
        "{}",
        report.text
    );
    assert!(
        seen(&format!(":{port} ")).contains("no AMQP there"),
        "{}",
        report.text
    );
    assert!(
        seen("no-such-host").contains("cannot be resolved"),
        "{}",
        report.text
    );
    assert!(report.text.contains("may do what was asked"), "{}", report.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_rights_are_named_and_given_by_the_command() {
    let Some(node) = managed() else { return };
    let (names, client) = declared(node, "rights").await;
    node.ctl(&["add_user", "doctor-test", "s3cret"]);
    node.ctl(&["set_permissions", "doctor-test", "^none$", "^none$", "^none$"]);
    let mut url = url::Url::parse(&node.url).unwrap();
    url.set_username("doctor-test").unwrap();
    url.set_password(Some("s3cret")).unwrap();
    let mut management = url::Url::parse(&management_url(node)).unwrap();
    management.set_username("guest").unwrap();
    management.set_password(Some("guest")).unwrap();
    let examine = || {
        Report::of(&mut program(
            url.as_str(),
            &names,
            &[("BROKER_MANAGEMENT_URL", management.as_str())],
        ))
    };
    let report = examine();
    assert_eq!(report.code, 1, "{}", report.text);
    let refused = report
        .findings
        .iter()
        .find(|finding| finding["check"] == "permissions" && finding["verdict"] == "fail")
        .unwrap();
    let seen = refused["seen"].as_str().unwrap();
    for right in [
        format!("configure queue `{}`", names.input),
        format!("read queue `{}`", names.input),
        "write exchange `amq.default`".to_owned(),
        format!("write exchange `{}`", names.exchange),
    ] {
        assert!(seen.contains(&right), "{right}: {seen}");
    }
    assert!(!report.text.contains("s3cret"));
    paste(node, &commands(refused)[0]);
    let mended = examine();
    assert_eq!(mended.code, 0, "{}", mended.text);
    // And they are enough for a worker, which declares, binds, consumes and publishes.
    let worker = WorkerProcess::start(url.as_str(), &names, &[]);
    worker.await_ready(200, "ready").await;
    client
        .put(&names.input, br#"{"text":"One."}"#, BasicProperties::default())
        .await;
    client.take_one(&names.output).await;
    client
        .put(
            &names.input,
            b"not json",
            BasicProperties::default().with_content_type("application/json".into()),
        )
        .await;
    client.take_one(&names.dead).await;
    worker.stop().await;
    node.ctl(&["delete_user", "doctor-test"]);
    client.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_overrides_arguments_is_named() {
    let Some(node) = managed() else { return };
    let (names, client) = declared(node, "policy").await;
    let pattern = format!("^{}", regex::escape(&names.input));
    let definition = r#"{"delivery-limit":1,"message-ttl":1000,"expires":600000}"#;
    node.ctl(&[
        "set_policy",
        "too-strict",
        &pattern,
        definition,
        "--apply-to",
        "queues",
    ]);
    let report = await_ill(node, &names, &[]).await;
    let limit = report.one("queue.delivery_limit", &names.input);
    assert_eq!(
        limit["seen"],
        "delivery limit 1 by policy too-strict, with 2 retries"
    );
    assert_eq!(report.one("queue.expires", &names.input)["verdict"], "fail");
    assert_eq!(report.one("queue.ttl", &names.input)["verdict"], "warn");
    let clear = commands(limit)
        .into_iter()
        .find(|command| command.contains("clear_policy"))
        .unwrap();
    paste(node, &clear);
    await_well(node, &names, &[]).await;
    client.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_that_sends_records_nowhere_is_named() {
    let Some(node) = managed() else { return };
    let (names, client) = declared(node, "nowhere").await;
    let own = [
        ("TOPOLOGY_OUTPUT_QUEUE", ""),
        ("TOPOLOGY_OUTPUT_ROUTING_KEY", "another.key"),
    ];
    let report = examined(node, &names, &own);
    assert_eq!(report.code, 1, "{}", report.text);
    let finding = report.one("exchange.bindings", &names.exchange);
    assert!(
        finding["seen"].as_str().unwrap().contains("no queue is bound"),
        "{finding}"
    );
    client.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_with_smaller_messages_is_named_with_the_setting() {
    let Some(node) = managed() else { return };
    let (names, client) = declared(node, "sizes").await;
    // Over what the other tests here are set to, which share the node.
    let big = [("WORKER_RECORD_BYTES_MAX", "20000001")];
    let limit = "20000000";
    let set = format!(
        "application:set_env(rabbit, max_message_size, {limit}), persistent_term:put(max_message_size, {limit})."
    );
    node.ctl(&["eval", &set]);
    let report = examined(node, &names, &big);
    let finding = report.one("message_size", "message size");
    assert_eq!(finding["verdict"], "warn", "{finding}");
    assert!(
        finding
            .to_string()
            .contains(&format!("worker.record_bytes_max = {limit}")),
        "{finding}"
    );
    client.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_is_seen_over_amqp_alone() {
    let Some(node) = Node::start("doctor-alarm") else {
        return;
    };
    let (names, client) = declared(&node, "alarm").await;
    node.ctl(&["set_vm_memory_high_watermark", "0.000001"]);
    let mut report = examined_blind(&node.url, &names, &[]);
    for _ in 0..20 {
        if report.code == 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        report = examined_blind(&node.url, &names, &[]);
    }
    assert_eq!(report.code, 1, "{}", report.text);
    assert_eq!(
        report.one("broker.alarms", "broker")["verdict"],
        "fail",
        "{}",
        report.text
    );
    assert_eq!(
        report.one("message_size", "message size")["verdict"],
        "not_checked"
    );
    node.ctl(&["set_vm_memory_high_watermark", "0.4"]);
    drop(client);
}
