//! `newsmill publish` and `newsmill tail` as a person uses them, with a worker between.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};

use super::client::{Client, Names};
use super::node;
use super::worker::{WorkerProcess, program};

const PAGE: &str = "<html><head><title>Bridge to close</title></head><body><article><h1>Bridge to close</h1>\
    <p>The old bridge will close on Monday for two years, the council said. Traders on both banks were not asked \
    and have written to the minister.</p><p>“Nobody told us,” said Ilse Brandt, who keeps a bakery by the \
    northern gate and has kept it for thirty years.</p></article></body></html>";

/// A `newsmill tail` that watches by now.
fn watching(url: &str, names: &Names, arguments: &[&str]) -> Child {
    let mut tail = program(url, names, &[])
        .arg("tail")
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(tail.stderr.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert!(line.contains("watching"), "{line}");
    tail
}

fn output_of(mut process: Child) -> String {
    let mut output = String::new();
    process
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut output)
        .unwrap();
    assert_eq!(process.wait().unwrap().code(), Some(0), "{output}");
    output
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_published_and_its_records_are_shown() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("commands");
    let client = Client::connect(url).await;
    let worker = WorkerProcess::start(url, &names, &[]);
    client.await_queue(&names.output).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("page.html"), PAGE).unwrap();
    std::fs::write(
        folder.path().join("two.ndjson"),
        "{\"id\":\"a\",\"text\":\"One.\"}\n{\"id\":\"b\",\"text\":\"Two.\"}\n",
    )
    .unwrap();

    let readable = watching(url, &names, &["--count", "3", "--timeout-secs", "90"]);
    let json = watching(url, &names, &["--count", "3", "--timeout-secs", "90", "--json"]);
    let published = program(url, &names, &[])
        .args(["publish", "--json"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert_eq!(
        published.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&published.stderr)
    );

    let told: serde_json::Value = serde_json::from_slice(&published.stdout).unwrap();
    assert_eq!(
        (told["published"].as_u64(), told["failed"].as_u64()),
        (Some(3), Some(0))
    );
    let readable = output_of(readable);
    assert!(
        readable.contains("Bridge to close") && readable.contains("Ilse Brandt"),
        "{readable}"
    );
    assert!(
        !readable.contains('\u{1b}'),
        "no colours where nobody looks: {readable}"
    );
    let mut ids: Vec<String> = output_of(json)
        .lines()
        .map(|line| {
            let record: serde_json::Value = serde_json::from_str(line).unwrap();
            record["id"].as_str().unwrap().to_owned()
        })
        .collect();
    ids.sort();
    assert_eq!(ids.len(), 3);
    assert_eq!(&ids[..2], ["a", "b"]);
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tail_that_sees_too_few_says_so() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("few");
    let client = Client::connect(url).await;
    let worker = WorkerProcess::start(url, &names, &[]);
    client.await_queue(&names.output).await;
    let tail = program(url, &names, &[])
        .args(["tail", "--count", "1", "--timeout-secs", "2"])
        .output()
        .unwrap();
    assert_eq!(tail.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&tail.stderr).contains("0 of 1 records came in time"));
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}
