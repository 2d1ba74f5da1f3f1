//! A secret is told to the broker, and to nobody else: not to logs, metrics, probes, `ps`, or whoever asks for the
//! settings.

use std::process::Command;

use lapin::BasicProperties;

use super::client::{Client, Names};
use super::ledger::article;
use super::node::Node;
use super::worker::{WorkerProcess, program};

const PASSWORD: &str = "pa55-w0rd-of-the-broker";
const TOKEN: &str = "t0ken-of-the-collector";

/// What a command says, on both of its streams.
fn said(mut command: Command, args: &[&str]) -> String {
    let done = command.args(args).output().expect("it runs");
    let (out, err) = (
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr),
    );
    format!("{out}{err}")
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_shown_anywhere() {
    let Some(node) = Node::start("secrets") else {
        return;
    };
    node.ctl(&["add_user", "auditor", PASSWORD]);
    node.ctl(&["set_permissions", "auditor", ".*", ".*", ".*"]);
    let mut url = url::Url::parse(&node.url).unwrap();
    url.set_username("auditor").unwrap();
    url.set_password(Some(PASSWORD)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("amqp-url");
    std::fs::write(&file, url.as_str()).unwrap();
    let names = Names::new("secrets");
    let command = || {
        let mut command = program(&node.url, &names, &[("TELEMETRY_LOG_FILTER", "debug,lapin=info")]);
        command
            .env_remove("NEWSMILL_BROKER_URLS")
            .env("NEWSMILL_AMQP_URL_FILE", &file)
            // Nobody listens there, so that what failed is told.
            .env(
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                format!("http://user:{TOKEN}@127.0.0.1:9"),
            )
            .env(
                "OTEL_EXPORTER_OTLP_HEADERS",
                format!("authorization=Bearer {TOKEN}"),
            )
            .env("OTEL_BSP_SCHEDULE_DELAY", "100");
        command
    };
    let worker = WorkerProcess::of(command());
    worker.await_ready(200, "ready").await;
    let client = Client::connect(&node.url).await;
    let properties = BasicProperties::default().with_content_type("application/json".into());
    client.put(&names.input, &article(1), properties.clone()).await;
    client.put(&names.input, b"{", properties).await;
    client.take_one(&names.output).await;
    let letter = client.take_one(&names.dead).await;
    worker.await_log("spans are not exported").await;
    // It says what it does when a connection ends, too.
    node.ctl(&["close_all_connections", "audit"]);
    worker.await_log("connecting again").await;

    let mut shown = vec![
        (
            "a dead letter's headers".to_owned(),
            format!("{:?}", letter.properties),
        ),
        (
            "ps".to_owned(),
            std::fs::read_to_string(format!("/proc/{}/cmdline", worker.pid())).unwrap(),
        ),
        (
            "its environment".to_owned(),
            std::fs::read_to_string(format!("/proc/{}/environ", worker.pid()))
                .unwrap()
                .replace(TOKEN, ""),
        ),
    ];
    for page in ["/metrics", "/readyz", "/livez", "/config", "/"] {
        shown.push((page.to_owned(), worker.page(page).await.1));
    }
    for args in [
        &["config"][..],
        &["config", "--json"],
        &["config", "--check"],
        &["doctor"],
        &["doctor", "--json"],
        &["dead-letters", "list"],
    ] {
        shown.push((args.join(" "), said(command(), args)));
    }
    shown.push(("the log".to_owned(), worker.log()));
    for (place, text) in &shown {
        for secret in [PASSWORD, TOKEN] {
            assert!(!text.contains(secret), "{place} shows {secret}:\n{text}");
        }
    }
    // It was looked at where a secret could have been.
    let of = |place: &str| {
        shown
            .iter()
            .find(|(name, _)| name == place)
            .map(|(_, text)| text.as_str())
    };
    assert!(of("config").unwrap().contains("auditor"), "{:?}", of("config"));
    assert!(of("the log").unwrap().contains("auditor"), "{:?}", of("the log"));
    assert!(of("/metrics").unwrap().contains("newsmill_deliveries_total"));
    drop(client);
    worker.stop().await;
}
