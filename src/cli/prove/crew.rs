//! The trial's workers: processes of this program, started, watched, killed, stopped, and always replaced.
//!
//! Invariant: every process is ended by its own handle or id, and none outlives the crew.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// Beyond its drain, a worker has this long to end.
const GRACE: Duration = Duration::from_secs(15);
/// A worker that ends by itself so often will not get better.
const DEATHS_MAX: u32 = 5;
/// Bytes of the end of a log that are shown.
const LOG_TAIL: usize = 600;

/// All workers.
pub(super) struct Crew {
    program: PathBuf,
    environment: Vec<(&'static str, String)>,
    /// The workers' logs.
    folder: PathBuf,
    /// Tells this trial's workers apart from any other's.
    run: String,
    drain: Duration,
    workers: Vec<Worker>,
    /// Deaths that nobody caused, with the reason.
    deaths: Vec<String>,
    memory: Memory,
}

/// Resident memory of the workers, bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Memory {
    /// The most that any worker ever had.
    pub(super) peak: u64,
    /// The largest worker's, at the last look.
    pub(super) now: u64,
}

struct Worker {
    name: String,
    log: PathBuf,
    child: Child,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    /// Asked to stop, and must have by then.
    Stopping(Instant),
}

/// What happened to a worker that was looked after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// It ended as it was asked to, and another stands in its place.
    Replaced,
    /// It ended otherwise, or not in time; another stands in its place.
    Wrong(String),
}

impl Crew {
    /// Starts `count` workers.
    pub(super) fn start(
        count: u16,
        environment: Vec<(&'static str, String)>,
        drain: Duration,
        folder: &Path,
    ) -> io::Result<Self> {
        let mut crew = Self {
            program: std::env::current_exe()?,
            environment,
            folder: folder.to_owned(),
            run: format!("{:08x}", fastrand::u32(..)),
            drain,
            workers: Vec::new(),
            deaths: Vec::new(),
            memory: Memory::default(),
        };
        for slot in 0..count {
            let worker = crew.spawn(slot)?;
            crew.workers.push(worker);
        }
        Ok(crew)
    }

    fn spawn(&self, slot: u16) -> io::Result<Worker> {
        let name = format!("prove-{}-{slot}", self.run);
        let log = self.folder.join(format!("{name}.log"));
        let child = self.process(&name, &log)?;
        Ok(Worker {
            name,
            log,
            child,
            state: State::Running,
        })
    }

    fn process(&self, name: &str, log: &Path) -> io::Result<Child> {
        let log = File::options().create(true).append(true).open(log)?;
        let mut command = Command::new(&self.program);
        for (variable, _) in std::env::vars_os() {
            if variable.to_string_lossy().starts_with("NEWSMILL_") {
                command.env_remove(variable);
            }
        }
        command
            .arg("run")
            .envs(self.environment.iter().map(|(variable, value)| (variable, value)))
            .env("NEWSMILL_WORKER_NAME", name)
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            // A Ctrl-C at the terminal is for the trial, which then stops them itself.
            .process_group(0)
            .spawn()
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.workers.len()
    }

    /// The name of the worker at a place, if it is at work.
    pub(super) fn at_work(&self, at: usize) -> Option<&str> {
        let worker = self.workers.get(at)?;
        (worker.state == State::Running).then_some(worker.name.as_str())
    }

    /// SIGKILL, and another in its place.
    pub(super) fn kill(&mut self, at: usize) -> io::Result<()> {
        let Some(worker) = self.workers.get_mut(at) else {
            return Ok(());
        };
        worker.child.kill()?;
        worker.child.wait()?;
        self.replace(at)
    }

    /// SIGTERM; [`Self::tend`] sees to the rest.
    pub(super) fn stop(&mut self, at: usize) {
        let by = Instant::now() + self.drain + GRACE;
        if let Some(worker) = self.workers.get_mut(at) {
            terminate(&worker.child);
            worker.state = State::Stopping(by);
        }
    }

    fn replace(&mut self, at: usize) -> io::Result<()> {
        let Some(worker) = self.workers.get(at) else {
            return Ok(());
        };
        let child = self.process(&worker.name, &worker.log)?;
        if let Some(worker) = self.workers.get_mut(at) {
            worker.child = child;
            worker.state = State::Running;
        }
        Ok(())
    }

    /// Looks after everybody: replaces whoever has ended, measures memory. Gives up when workers keep ending by
    /// themselves.
    pub(super) fn tend(&mut self) -> anyhow::Result<Vec<Change>> {
        let mut changes = Vec::new();
        self.memory.now = 0;
        for at in 0..self.workers.len() {
            let Some(worker) = self.workers.get_mut(at) else {
                continue;
            };
            let change = match (worker.child.try_wait()?, worker.state) {
                (None, State::Running) => None,
                (None, State::Stopping(by)) if Instant::now() < by => None,
                (None, State::Stopping(_)) => {
                    worker.child.kill()?;
                    worker.child.wait()?;
                    Some(Change::Wrong("a worker did not stop in time".to_owned()))
                }
                (Some(status), State::Stopping(_)) if has_stopped(status) => Some(Change::Replaced),
                (Some(status), _) => {
                    let why = format!("a worker ended by itself: {}", in_words(status));
                    self.deaths.push(format!("{why}\n{}", tail(&worker.log)));
                    Some(Change::Wrong(why))
                }
            };
            if let Some(change) = change {
                self.replace(at)?;
                changes.push(change);
            } else if let Some(worker) = self.workers.get(at) {
                self.memory.look(worker.child.id());
            }
        }
        if self.deaths.len() >= DEATHS_MAX as usize {
            let last = self.deaths.last().cloned().unwrap_or_default();
            anyhow::bail!("workers keep ending by themselves; the last one: {last}");
        }
        Ok(changes)
    }

    /// Resident memory so far.
    pub(super) fn memory(&self) -> Memory {
        self.memory
    }

    /// Stops everybody in order and waits for it. What went wrong, by what it is.
    pub(super) async fn dismiss(&mut self) -> BTreeMap<String, u64> {
        let mut wrong = BTreeMap::new();
        for at in 0..self.workers.len() {
            if self.at_work(at).is_some() {
                self.stop(at);
            }
        }
        while !self.workers.is_empty() {
            self.workers.retain_mut(|worker| {
                let what = match (worker.child.try_wait(), worker.state) {
                    (Ok(None), State::Stopping(by)) if Instant::now() >= by => {
                        end(&mut worker.child);
                        "a worker did not stop in time".to_owned()
                    }
                    (Ok(None), _) => return true,
                    (Ok(Some(status)), _) if has_stopped(status) => return false,
                    (Ok(Some(status)), _) => format!("a worker stopped with {}", in_words(status)),
                    (Err(error), _) => format!("a worker cannot be waited for: {error}"),
                };
                *wrong.entry(what).or_default() += 1;
                false
            });
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        wrong
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        for worker in &mut self.workers {
            end(&mut worker.child);
        }
    }
}

impl Memory {
    /// Where the system tells: `VmHWM` and `VmRSS` of `/proc/<pid>/status`, in kB.
    fn look(&mut self, pid: u32) {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let bytes = |key: &str| -> u64 {
            let line = status.lines().find_map(|line| line.strip_prefix(key));
            let number = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
            number.unwrap_or_default() * 1024
        };
        self.peak = self.peak.max(bytes("VmHWM:"));
        self.now = self.now.max(bytes("VmRSS:"));
    }
}

/// Asks a process to stop. One that has ended is not asked, and its id is not given to another before it was
/// waited for.
fn terminate(child: &Child) {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let Some(pid) = pid
        && let Err(error) = kill_process(pid, Signal::TERM)
    {
        tracing::warn!(%error, "a worker could not be asked to stop");
    }
}

fn end(child: &mut Child) {
    // It may have ended already.
    if child.kill().is_ok()
        && let Err(error) = child.wait()
    {
        tracing::warn!(%error, "a worker could not be waited for");
    }
}

/// Whether it ended as one that was asked to. One that was asked before it had begun to listen for it ends by the
/// signal itself; it held nothing yet.
fn has_stopped(status: ExitStatus) -> bool {
    status.success() || status.signal() == Some(Signal::TERM.as_raw())
}

fn in_words(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit code {code}"),
        None => status.to_string(),
    }
}

fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let from = text.ceil_char_boundary(text.len().saturating_sub(LOG_TAIL));
    text.get(from..).unwrap_or_default().to_owned()
}
