//! Who carries: the relay, the worker with and without its stages, a worker in Python.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::articles::Load;
use crate::queues::Queues;

/// Messages that each has in hand.
const PREFETCH: u16 = 64;

#[derive(Debug, Clone)]
pub enum Contestant {
    Relay,
    /// `newsmill run` with `enrich.stages = []`.
    NoStages,
    /// `newsmill run` as it is.
    Full,
    /// The interpreter that has the libraries.
    Python(PathBuf),
}

impl Contestant {
    pub fn all(python: Option<&Path>) -> Vec<Self> {
        let python = python.map(|path| Self::Python(path.to_owned()));
        [Self::Relay, Self::NoStages, Self::Full]
            .into_iter()
            .chain(python)
            .collect()
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Relay => "relay",
            Self::NoStages => "no stages",
            Self::Full => "newsmill",
            Self::Python(_) => "pika + trafilatura",
        }
    }

    /// How many messages of a load it carries: some seconds' work. None where it has nothing to do with them.
    pub fn messages(&self, load: &Load) -> Option<usize> {
        Some(match (self, load.name) {
            (Self::Relay | Self::NoStages, "text4") => 30_000,
            (Self::Relay | Self::NoStages, "text30") => 12_000,
            (Self::Relay | Self::NoStages, "text200") => 2_000,
            (Self::Relay | Self::NoStages, _) => 6_000,
            (Self::Full, "text4") => 6_000,
            (Self::Full, "text30") => 1_200,
            (Self::Full, "text200") => 240,
            (Self::Full, _) => 2_000,
            (Self::Python(_), "pages") => 300,
            (Self::Python(_), _) => return None,
        })
    }

    pub fn start(&self, url: &str, queues: &Queues) -> Child {
        let mut command = match self {
            Self::Relay => {
                let mut command = Command::new(std::env::current_exe().unwrap());
                command.args(["relay", url, &queues.input, &queues.output, &PREFETCH.to_string()]);
                command
            }
            Self::NoStages => {
                let mut command = worker(url, queues);
                command.args(["--set", "enrich.stages="]);
                command
            }
            Self::Full => worker(url, queues),
            Self::Python(python) => {
                let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/broker/peer/worker.py");
                let mut command = Command::new(python);
                command
                    .arg(script)
                    .args([url, &queues.input, &queues.output, &PREFETCH.to_string()]);
                command
            }
        };
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    }
}

fn worker(url: &str, queues: &Queues) -> Command {
    // Another build can be measured, the release before, say.
    let built = std::env::var_os("NEWSMILL_BENCH_BINARY");
    let mut command = Command::new(built.unwrap_or_else(|| env!("CARGO_BIN_EXE_newsmill").into()));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("NEWSMILL_") {
            command.env_remove(name);
        }
    }
    let dead = queues.input.replace(".in", ".dead");
    let settings = [
        ("broker.urls", url),
        ("topology.input_queue", &queues.input),
        ("topology.output_exchange", ""),
        ("topology.output_routing_key", &queues.output),
        ("topology.output_queue", &queues.output),
        ("topology.dead_letter_queue", &dead),
        // Queues of them would stay, and nothing here is to be tried again.
        ("retry.delays_secs", ""),
        ("worker.prefetch", &PREFETCH.to_string()),
        ("telemetry.listen", ""),
        ("telemetry.log_filter", "warn,lapin=off"),
    ];
    command.arg("run");
    for (setting, value) in settings {
        command.arg("--set").arg(format!("{setting}={value}"));
    }
    command
}

/// The Python worker's libraries, in a folder of their own under the build's. None, and a line why, where that fails.
pub fn install_peer() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("peer");
    let python = folder.join("bin/python");
    let ready = folder.join("ready");
    if !ready.exists() {
        let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/broker/peer/requirements.txt");
        let quiet = |command: &mut Command| {
            let ended = command.stdout(Stdio::null()).stderr(Stdio::inherit()).status();
            ended.is_ok_and(|status| status.success())
        };
        let made = quiet(Command::new("python3").args(["-m", "venv"]).arg(&folder))
            && quiet(
                Command::new(&python)
                    .args(["-m", "pip", "install", "-q", "-r"])
                    .arg(requirements),
            )
            && std::fs::write(&ready, "").is_ok();
        if !made {
            println!("pika + trafilatura: skipped, its libraries could not be installed");
            return None;
        }
    }
    Some(python)
}
