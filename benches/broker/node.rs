//! A RabbitMQ of our own, gone when dropped.

use std::path::PathBuf;
use std::process::{Command, Stdio};

pub struct Node {
    folder: tempfile::TempDir,
    pub url: String,
}

fn script() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("deploy/rabbitmq/private-node")
}

impl Node {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let started = Command::new("bash")
            .arg(script())
            .arg("start")
            .arg(folder.path())
            .env("NEWSMILL_NODE_PLUGINS", "none")
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(
            started.status.success(),
            "RabbitMQ does not start; `./test` installs it"
        );
        let url = String::from_utf8(started.stdout).unwrap().trim().to_owned();
        Self { folder, url }
    }

    fn ask(&self, words: &[&str]) -> String {
        let (verb, rest) = words.split_first().expect("a verb");
        let answer = Command::new("bash")
            .arg(script())
            .arg(verb)
            .arg(self.folder.path())
            .args(rest)
            .output()
            .unwrap();
        String::from_utf8_lossy(&answer.stdout).trim().to_owned()
    }

    pub fn version(&self) -> String {
        self.ask(&["ctl", "version"])
    }

    /// Of its Erlang machine, which does all its work.
    pub fn pid(&self) -> u32 {
        self.ask(&["pid"]).parse().unwrap()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.ask(&["remove"]);
    }
}
