//! Runs the binary with a clean environment.

use std::io::Write;
use std::process::{Child, Command, Stdio};

/// What a run gave.
#[derive(Debug)]
pub(crate) struct Run {
    /// Exit code.
    pub(crate) code: i32,
    /// Stdout.
    pub(crate) out: String,
    /// Stderr.
    pub(crate) err: String,
}

impl Run {
    /// Stdout as lines of JSON.
    pub(crate) fn records(&self) -> Vec<serde_json::Value> {
        self.out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// The program with these arguments and nothing of this process's environment that is ours.
pub(crate) fn newsmill(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_newsmill"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("NEWSMILL_") {
            command.env_remove(name);
        }
    }
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs it over this stdin.
pub(crate) fn run(arguments: &[&str], stdin: impl Into<Vec<u8>>) -> Run {
    finish(newsmill(arguments).spawn().unwrap(), stdin)
}

/// Feeds a running program and waits for its end.
pub(crate) fn finish(mut child: Child, stdin: impl Into<Vec<u8>>) -> Run {
    let mut input = child.stdin.take().unwrap();
    let stdin = stdin.into();
    // A program that does not read to the end is its own business.
    let feeder = std::thread::spawn(move || input.write_all(&stdin).ok());
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    Run {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
