//! The real binary as a child process, killed when dropped.

#![allow(dead_code, reason = "two suites share this module and neither uses all of it")]

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::client::{Names, PATIENCE};
use super::node::signal;

/// A running `newsmill run`.
pub struct WorkerProcess {
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
}

/// The binary with a test's queues as its settings and nothing of the surrounding environment's.
pub fn program(url: &str, names: &Names, settings: &[(&str, &str)]) -> Command {
    // Another build can be put to the test, a release say.
    let built = std::env::var_os("NEWSMILL_TEST_BINARY");
    let mut command = Command::new(built.unwrap_or_else(|| env!("CARGO_BIN_EXE_newsmill").into()));
    for (name, _) in std::env::vars_os() {
        let shown = name.to_string_lossy();
        if shown.starts_with("NEWSMILL_") || shown.starts_with("OTEL_") {
            command.env_remove(name);
        }
    }
    let own: [(&str, &str); 15] = [
        ("BROKER_URLS", url),
        ("BROKER_HEARTBEAT_SECS", "5"),
        ("BROKER_OPERATION_TIMEOUT_SECS", "20"),
        ("BROKER_RECONNECT_MAX_MS", "1000"),
        ("TOPOLOGY_INPUT_QUEUE", &names.input),
        ("TOPOLOGY_OUTPUT_EXCHANGE", &names.exchange),
        ("TOPOLOGY_OUTPUT_QUEUE", &names.output),
        ("TOPOLOGY_DEAD_LETTER_QUEUE", &names.dead),
        ("TOPOLOGY_RETRY_QUEUE_PREFIX", &names.retry),
        ("RETRY_DELAYS_SECS", "1,2"),
        ("RETRY_JITTER_PERCENT", "0"),
        ("WORKER_NAME", "worker-under-test"),
        ("TELEMETRY_LISTEN", "127.0.0.1:0"),
        ("TELEMETRY_LOG_FORMAT", "json"),
        ("TELEMETRY_LOG_FILTER", "info,lapin=off"),
    ];
    for (name, value) in own.iter().chain(settings) {
        command.env(format!("NEWSMILL_{name}"), value);
    }
    command.env_remove("RUST_LOG").stdin(Stdio::null());
    command
}

/// Another program, with the environment that a command has.
pub fn in_place_of(command: &Command, program: impl AsRef<OsStr>) -> Command {
    let mut other = Command::new(program);
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => other.env(name, value),
            None => other.env_remove(name),
        };
    }
    other.stdin(Stdio::null());
    other
}

impl WorkerProcess {
    /// Starts a worker on a test's queues. `settings` are environment variables without their prefix.
    pub fn start(url: &str, names: &Names, settings: &[(&str, &str)]) -> Self {
        Self::of(program(url, names, settings))
    }

    /// Starts a worker by a command that has all but its sub-command.
    pub fn of(mut command: Command) -> Self {
        let mut child = command
            .arg("run")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the worker starts");
        let log = Arc::new(Mutex::new(Vec::new()));
        let lines = BufReader::new(child.stderr.take().expect("piped"));
        let kept = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                kept.lock().expect("not poisoned").push(line);
            }
        });
        Self { child, log }
    }

    pub fn pid(&self) -> String {
        self.child.id().to_string()
    }

    /// All that it has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().expect("not poisoned").join("\n")
    }

    /// Waits for a line of the log.
    pub async fn await_log(&self, part: &str) {
        let begun = Instant::now();
        while !self.log().contains(part) {
            assert!(
                begun.elapsed() < PATIENCE,
                "no {part:?} in the log:\n{}",
                self.log()
            );
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Status and body of a page of the admin port.
    pub async fn page(&self, path: &str) -> (u16, String) {
        self.await_log("admin port").await;
        let log = self.log();
        let line = log
            .lines()
            .find(|line| line.contains("admin port"))
            .expect("just seen");
        let line: serde_json::Value = serde_json::from_str(line).expect("the log is JSON");
        let url = format!("http://{}{path}", line["address"].as_str().expect("an address"));
        tokio::task::spawn_blocking(move || {
            let agent = ureq::Agent::config_builder()
                .http_status_as_error(false)
                .timeout_global(Some(Duration::from_secs(20)))
                .build()
                .new_agent();
            let mut answer = agent.get(&url).call().expect("the admin port answers");
            let body = answer.body_mut().read_to_string().expect("text");
            (answer.status().as_u16(), body)
        })
        .await
        .expect("asked")
    }

    /// Waits until `/readyz` answers with a status and a part of its text.
    pub async fn await_ready(&self, status: u16, part: &str) {
        let begun = Instant::now();
        loop {
            let (got, body) = self.page("/readyz").await;
            if got == status && body.contains(part) {
                return;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "/readyz is {got} {body:?}, wanted {status} {part:?}; log:\n{}",
                self.log()
            );
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// The value of one sample of `/metrics`.
    pub async fn metric(&self, sample: &str) -> f64 {
        let (_, text) = self.page("/metrics").await;
        text.lines()
            .filter_map(|line| line.strip_prefix(sample))
            .find_map(|value| value.trim().parse().ok())
            .unwrap_or(0.0)
    }

    /// Stops it where it stands.
    pub fn freeze(&self) {
        signal("STOP", &self.pid());
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        signal("CONT", &self.pid());
    }

    /// Its end, if it has come.
    pub fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("asked")
    }

    /// Bytes of memory that it holds.
    pub fn resident_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok())
            .map_or(0, |kilobytes| kilobytes << 10)
    }

    pub fn terminate(&self) {
        signal("TERM", &self.pid());
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("gone");
    }

    /// Waits for its end.
    pub async fn ended(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("waited for") {
                return status;
            }
            assert!(begun.elapsed() < PATIENCE, "still running; log:\n{}", self.log());
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Stops it in order.
    pub async fn stop(mut self) {
        self.terminate();
        let status = self.ended().await;
        assert_eq!(status.code(), Some(0), "log:\n{}", self.log());
    }
}

impl Drop for WorkerProcess {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        if std::thread::panicking() {
            eprintln!("--- the worker's log:\n{}", self.log());
        }
    }
}
