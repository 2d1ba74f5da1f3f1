//! A RabbitMQ to test against: the one that `NEWSMILL_TEST_AMQP_URL` names, else a private throw-away node.
//!
//! Where there is neither, a test says so and passes; with `NEWSMILL_TEST_BROKER=required` it fails.

#![allow(dead_code, reason = "two suites share this module and neither uses all of it")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// RabbitMQ is not installed.
const NOT_INSTALLED: i32 = 3;

/// A node of one's own. It is removed when this is dropped, or when the process ends, however it ends.
#[derive(Debug)]
pub struct Node {
    folder: PathBuf,
    pub url: String,
}

/// The node that tests may share: they use queues of their own and leave the node alone.
pub fn shared() -> Option<&'static str> {
    static SHARED: OnceLock<Option<String>> = OnceLock::new();
    SHARED
        .get_or_init(|| {
            if let Ok(url) = std::env::var("NEWSMILL_TEST_AMQP_URL")
                && !url.is_empty()
            {
                return Some(url);
            }
            // It stays until the process ends; its watchman sees to that.
            Node::start("shared").map(|node| {
                let url = node.url.clone();
                std::mem::forget(node);
                url
            })
        })
        .as_deref()
}

impl Node {
    /// Starts a private node; none where RabbitMQ is not installed.
    pub fn start(purpose: &str) -> Option<Self> {
        Self::start_with(purpose, "none", "")
    }

    /// Starts a private node that joins the cluster of another.
    pub fn start_beside(purpose: &str, peer: Option<&Self>) -> Option<Self> {
        Self::launch(purpose, "none", "", peer)
    }

    /// Starts a private node with these plugins, parted by commas, and more lines for its `rabbitmq.conf`. The
    /// management API listens two ports above AMQP, what Prometheus reads four.
    pub fn start_with(purpose: &str, plugins: &str, conf: &str) -> Option<Self> {
        Self::launch(purpose, plugins, conf, None)
    }

    fn launch(purpose: &str, plugins: &str, conf: &str, peer: Option<&Self>) -> Option<Self> {
        let folder = std::env::temp_dir().join(format!("newsmill-test-{}-{purpose}", std::process::id()));
        watch_over(&folder);
        let mut start = Command::new(script());
        start
            .args(["start".as_ref(), folder.as_os_str()])
            .env("NEWSMILL_NODE_PLUGINS", plugins)
            .env("NEWSMILL_NODE_CONF", conf);
        if let Some(peer) = peer {
            start.env("NEWSMILL_NODE_PEER", &peer.folder);
        }
        let started = start.output().expect("bash runs the script");
        if started.status.code() == Some(NOT_INSTALLED) {
            let required = std::env::var("NEWSMILL_TEST_BROKER").is_ok_and(|value| value == "required");
            assert!(
                !required,
                "NEWSMILL_TEST_BROKER=required, and RabbitMQ is not installed"
            );
            // Not through a macro: the test harness would keep it to itself.
            std::io::stderr()
                .write_all(b"SKIPPED: no NEWSMILL_TEST_AMQP_URL and no RabbitMQ installed\n")
                .expect("stderr takes a line");
            return None;
        }
        assert!(
            started.status.success(),
            "the node did not start: {}",
            String::from_utf8_lossy(&started.stderr)
        );
        let url = String::from_utf8(started.stdout)
            .expect("a URL")
            .trim()
            .to_owned();
        Some(Self { folder, url })
    }

    /// Runs `rabbitmqctl` against the node.
    pub fn ctl(&self, arguments: &[&str]) -> String {
        let mut all = vec!["ctl", self.folder.to_str().expect("UTF-8")];
        all.extend(arguments);
        self.script(&all)
    }

    /// Whether a command of `rabbitmqctl` succeeds.
    pub fn try_ctl(&self, arguments: &[&str]) -> bool {
        let ran = Command::new(script())
            .args(["ctl", self.folder.to_str().expect("UTF-8")])
            .args(arguments)
            .output()
            .expect("bash runs the script");
        ran.status.success()
    }

    /// Where it takes AMQP.
    pub fn port(&self) -> u16 {
        let (_, port) = self
            .url
            .trim_end_matches("/%2f")
            .rsplit_once(':')
            .expect("a port");
        port.parse().expect("a number")
    }

    /// Where its data is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// `kill -9` of the whole node.
    pub fn kill(&self) {
        signal("KILL", &self.pid());
    }

    /// Stops the whole node where it stands: it keeps its connections and says nothing any more.
    pub fn freeze(&self) {
        signal("STOP", &self.pid());
    }

    /// Lets a frozen node go on.
    pub fn thaw(&self) {
        signal("CONT", &self.pid());
    }

    fn pid(&self) -> String {
        let pid = self.script(&["pid", self.folder.to_str().expect("UTF-8")]);
        pid.trim().to_owned()
    }

    /// The broker's own names of the connections that a worker opened.
    pub fn workers_connections(&self) -> Vec<String> {
        self.ctl(&["list_connections", "pid", "client_properties"])
            .lines()
            .filter(|line| line.contains("newsmill consume") || line.contains("newsmill publish"))
            .filter_map(|line| line.split('\t').next())
            .map(str::to_owned)
            .collect()
    }

    /// Starts the killed node again on its data.
    pub fn revive(&self) {
        self.script(&["revive", self.folder.to_str().expect("UTF-8")]);
    }

    fn script(&self, arguments: &[&str]) -> String {
        let ran = Command::new(script())
            .args(arguments)
            .output()
            .expect("bash runs the script");
        assert!(
            ran.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&ran.stderr)
        );
        String::from_utf8_lossy(&ran.stdout).into_owned()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let removed = Command::new(script())
            .args(["remove".as_ref(), self.folder.as_os_str()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        drop(removed);
    }
}

/// Sends a signal to one process.
pub fn signal(name: &str, pid: &str) {
    let sent = Command::new("kill")
        .args([&format!("-{name}"), pid])
        .status()
        .expect("kill runs");
    assert!(sent.success(), "kill -{name} {pid}");
}

/// A test that is killed, or a node that is shared for the whole run, must leave nothing behind either: a
/// watchman waits for the end of this process and removes the node.
fn watch_over(folder: &Path) {
    let watch = format!(
        "while kill -0 {} 2>/dev/null; do sleep 0.5; done; [ -d '{folder}' ] && exec '{script}' remove '{folder}'",
        std::process::id(),
        folder = folder.display(),
        script = script().display(),
    );
    let started = Command::new("bash")
        .args([
            "-c",
            "setsid bash -c \"$1\" </dev/null >/dev/null 2>&1 &",
            "watchman",
            &watch,
        ])
        .status()
        .expect("bash runs");
    assert!(started.success(), "the watchman did not start");
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/rabbitmq/private-node")
}
