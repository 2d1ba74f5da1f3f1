//! All faults at random under continuous load, for as long as is asked for: `./test --soak`.
//!
//! After every fault: drain, compare, push one fresh article. The ledger at the end tells what was fed, what was done
//! to it, what was lost, repeated and unexpected, how long each recovery took, and the workers' memory.
//!
//! `NEWSMILL_SOAK_SECS` (600) and `NEWSMILL_SOAK_ARTICLES` (0) both have to be reached; `NEWSMILL_SOAK_SEED` repeats an
//! order of faults; `NEWSMILL_SOAK_ONLY` takes those whose name has this part; `NEWSMILL_SOAK_REPORT` names a file for
//! the ledger. A recovery lasts until the first record of an article that was fed after the fault, so it counts the
//! work on what waited before it, too: up to 1,500 articles.

#![expect(
    clippy::disallowed_methods,
    reason = "a test sees its tasks fail by what they do not do"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::client::Names;
use super::clock;
use super::node::Node;
use super::proxy::{Mode, Proxy};
use super::traffic::{Traffic, collect, feed};
use super::worker::{WorkerProcess, program};

/// Between a fault's end and the drain.
const GAP: Duration = Duration::from_secs(2);
/// A drain that takes longer has lost something.
const DRAIN_MAX: Duration = Duration::from_secs(180);
/// Of a recovery that takes longer the workers' logs are shown.
const SLOW: Duration = Duration::from_secs(8);
const LOG_LINES: usize = 30;
const WORKERS: usize = 2;

/// What articles with these marks do to every worker that takes one.
const POISON: &str = "clean=abort~poison-abort;quotes=overflow~poison-overflow;tags=panic~poison-panic";

const KINDS: [&str; 25] = [
    "worker killed",
    "worker killed between steps",
    "worker restarted",
    "worker frozen, 3 s",
    "worker frozen, 14 s",
    "broker killed",
    "broker away, 10 s",
    "broker stopped and started",
    "broker frozen, 4 s",
    "broker frozen, 14 s",
    "all connections closed",
    "one connection closed",
    "memory alarm, 4 s",
    "disk alarm, 4 s",
    "downstream full, 4 s",
    "network late, 4 s",
    "network cut in a frame",
    "network reset, 2 s",
    "network half closed",
    "hostile messages",
    "watcher killed",
    "article that aborts",
    "article that overflows",
    "articles that panic",
    "clock jumps",
];

fn number(variable: &str, usual: u64) -> u64 {
    std::env::var(variable)
        .ok()
        .and_then(|value| value.parse().ok())
        .unwrap_or(usual)
}

fn say(line: &str) {
    drop(std::io::stderr().write_all(format!("{line}\n").as_bytes()));
}

struct World {
    node: Node,
    proxy: Proxy,
    names: Names,
    workers: Vec<WorkerProcess>,
    traffic: Arc<Traffic>,
    dice: u64,
    /// The largest and the latest worker's memory, in bytes.
    memory: (u64, u64),
    /// Workers that ended though nobody ended them.
    died: Vec<String>,
    /// Whether an article that kills is under way, and how many workers such have killed.
    poison: (bool, u32),
}

impl World {
    fn roll(&mut self, sides: usize) -> usize {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        usize::try_from(self.dice % sides as u64).unwrap()
    }

    fn worker(&self) -> WorkerProcess {
        self.worker_with("")
    }

    fn worker_with(&self, fail_points: &str) -> WorkerProcess {
        WorkerProcess::of(self.command(fail_points))
    }

    fn command(&self, fail_points: &str) -> Command {
        let armed = format!("{POISON};{fail_points}");
        let settings = [
            ("TELEMETRY_LOG_FILTER", "warn,newsmill=info,lapin=off"),
            ("FAIL_POINTS", armed.as_str()),
        ];
        program(&self.proxy.url(&self.node.url), &self.names, &settings)
    }

    /// Looks after the workers: memory, and whether each still runs.
    fn look_after(&mut self) {
        let mut latest = 0;
        for place in 0..self.workers.len() {
            latest = latest.max(self.workers[place].resident_bytes());
            if let Some(status) = self.workers[place].has_ended() {
                // An abort, and a stack overflow, is SIGABRT.
                if self.poison.0 && status.signal() == Some(6) {
                    self.poison.1 += 1;
                } else {
                    let log = self.workers[place].log();
                    let tail: Vec<&str> = log.lines().rev().take(5).collect();
                    self.died.push(format!("{status}: {tail:#?}"));
                }
                self.workers[place] = self.worker();
            }
        }
        self.memory = (self.memory.0.max(latest), latest);
    }

    async fn wait(&mut self, time: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < time {
            self.look_after();
            sleep(Duration::from_millis(250)).await;
        }
    }

    async fn commit(&mut self, kind: &str) {
        let victim = self.roll(WORKERS);
        match kind {
            "worker killed" => {
                self.workers[victim].kill();
                self.workers[victim] = self.worker();
            }
            "worker killed between steps" => {
                let points = ["taken", "enriched", "sent", "confirmed", "settled"];
                let point = points[self.roll(points.len())];
                let armed = format!("{point}=kill@{}", 1 + self.roll(400));
                self.workers[victim].kill();
                self.workers[victim] = self.worker_with(&armed);
                let begun = Instant::now();
                // A build without fail points goes on.
                while self.workers[victim].has_ended().is_none() && begun.elapsed() < Duration::from_secs(20)
                {
                    sleep(Duration::from_millis(20)).await;
                }
                self.workers[victim] = self.worker();
            }
            "worker restarted" => {
                self.workers[victim].terminate();
                let status = self.workers[victim].ended().await;
                assert_eq!(status.code(), Some(0), "{}", self.workers[victim].log());
                self.workers[victim] = self.worker();
            }
            "worker frozen, 3 s" | "worker frozen, 14 s" => {
                self.workers[victim].freeze();
                sleep(seconds(kind)).await;
                self.workers[victim].thaw();
            }
            "broker killed" => {
                self.node.kill();
                self.node.revive();
            }
            "broker away, 10 s" => {
                self.node.kill();
                self.wait(seconds(kind)).await;
                self.node.revive();
            }
            "broker stopped and started" => {
                self.node.ctl(&["stop_app"]);
                self.node.ctl(&["start_app"]);
            }
            "broker frozen, 4 s" | "broker frozen, 14 s" => {
                self.node.freeze();
                self.wait(seconds(kind)).await;
                self.node.thaw();
            }
            "all connections closed" => {
                self.node.ctl(&["close_all_connections", "soak"]);
            }
            "one connection closed" => {
                let connections = self.node.workers_connections();
                if !connections.is_empty() {
                    let which = self.roll(connections.len());
                    self.node
                        .try_ctl(&["close_connection", &connections[which], "soak"]);
                }
            }
            "memory alarm, 4 s" => {
                self.node.ctl(&["set_vm_memory_high_watermark", "0.000001"]);
                self.wait(seconds(kind)).await;
                self.node.ctl(&["set_vm_memory_high_watermark", "0.4"]);
            }
            "disk alarm, 4 s" => {
                self.node.ctl(&["set_disk_free_limit", "900000000000000"]);
                self.wait(seconds(kind)).await;
                self.node.ctl(&["set_disk_free_limit", "50000000"]);
            }
            "downstream full, 4 s" => {
                self.traffic.collecting.store(false, Ordering::SeqCst);
                let queue = format!("^{}$", self.names.output.replace('.', "\\."));
                let full = "{\"max-length\":20,\"overflow\":\"reject-publish\"}";
                self.node
                    .ctl(&["set_policy", "full", &queue, full, "--apply-to", "queues"]);
                self.wait(seconds(kind)).await;
                self.node.ctl(&["clear_policy", "full"]);
                self.traffic.collecting.store(true, Ordering::SeqCst);
            }
            "network late, 4 s" => self.network(Mode::Delay(Duration::from_millis(10)), 4).await,
            "network cut in a frame" => {
                let after = 500 + self.roll(20_000);
                self.network(Mode::Truncate(after), 1).await;
            }
            "network reset, 2 s" => self.network(Mode::Reset, 2).await,
            "network half closed" => self.network(Mode::HalfClose, 1).await,
            "hostile messages" => {
                self.traffic.feed_hostile("", 50);
                sleep(Duration::from_secs(1)).await;
            }
            "article that aborts" => self.poison("poison-abort").await,
            "article that overflows" => self.poison("poison-overflow").await,
            "articles that panic" => {
                self.traffic.feed_hostile("poison-panic", 20);
                sleep(Duration::from_secs(1)).await;
            }
            "clock jumps" => {
                let folder = tempfile::tempdir().unwrap();
                let offset = folder.path().join("offset");
                std::fs::write(&offset, "+0").unwrap();
                let mut command = self.command("");
                assert!(clock::set_by(&mut command, &offset), "libfaketime is installed");
                self.workers[victim].kill();
                self.workers[victim] = WorkerProcess::of(command);
                for jump in ["+3d", "-2y"] {
                    self.wait(Duration::from_secs(2)).await;
                    std::fs::write(&offset, jump).unwrap();
                }
                self.wait(Duration::from_secs(2)).await;
                self.workers[victim].terminate();
                let status = self.workers[victim].ended().await;
                assert_eq!(status.code(), Some(0), "{}", self.workers[victim].log());
                self.workers[victim] = self.worker();
            }
            "watcher killed" => {
                let mut tail = program(&self.node.url, &self.names, &[])
                    .arg("tail")
                    .stdout(std::process::Stdio::null())
                    .stderr(std::process::Stdio::null())
                    .spawn()
                    .unwrap();
                sleep(Duration::from_secs(2)).await;
                tail.kill().unwrap();
                tail.wait().unwrap();
            }
            other => panic!("{other} is no fault"),
        }
    }

    async fn network(&mut self, mode: Mode, secs: u64) {
        self.proxy.set(mode);
        self.wait(Duration::from_secs(secs)).await;
        self.proxy.set(Mode::Pass);
    }

    /// Feeds an article that kills every worker that takes it, until the broker takes it away.
    async fn poison(&mut self, mark: &'static str) {
        self.poison.0 = true;
        let letters = self.traffic.dead_letters();
        self.traffic.feed_hostile(mark, 1);
        let begun = Instant::now();
        while self.traffic.dead_letters() == letters {
            self.look_after();
            sleep(Duration::from_millis(20)).await;
            assert!(begun.elapsed() < DRAIN_MAX, "{mark} goes round and round");
        }
        // The broker knows of the last death before the process can be waited for.
        self.wait(Duration::from_millis(500)).await;
        self.poison.0 = false;
    }

    /// What each worker logged last.
    fn logs(&self) -> String {
        let logs: Vec<String> = self.workers.iter().map(WorkerProcess::log).collect();
        let tails = logs.iter().map(|log| {
            let mut tail: Vec<&str> = log.lines().rev().take(LOG_LINES).collect();
            tail.reverse();
            tail.join("\n")
        });
        tails.collect::<Vec<_>>().join("\n---\n")
    }

    /// Stops feeding, and waits until all that was fed has come out.
    async fn drain(&mut self, after: &str) {
        self.traffic.feeding.store(false, Ordering::SeqCst);
        let begun = Instant::now();
        while !self.traffic.is_drained() {
            self.look_after();
            sleep(Duration::from_millis(20)).await;
            if begun.elapsed() > DRAIN_MAX {
                panic!(
                    "after {after}: not drained: {}\n{}\n{}",
                    self.traffic.missing(),
                    self.node
                        .ctl(&["list_queues", "name", "messages_ready", "messages_unacknowledged"]),
                    self.logs()
                );
            }
        }
    }
}

/// How long a kind of fault lasts, by its name.
fn seconds(kind: &str) -> Duration {
    let words: Vec<&str> = kind.split(' ').collect();
    Duration::from_secs(words[words.len() - 2].parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "runs for minutes: ./test --soak"]
async fn soak() {
    let Some(node) = Node::start("soak") else { return };
    let begun = Instant::now();
    let time = Duration::from_secs(number("NEWSMILL_SOAK_SECS", 600));
    let articles = number("NEWSMILL_SOAK_ARTICLES", 0);
    let now = u64::try_from(jiff::Timestamp::now().as_microsecond()).unwrap();
    let seed = number("NEWSMILL_SOAK_SEED", now) | 1;
    say(&format!("soak: seed {seed}"));
    let names = Names::new("soak");
    let proxy = Proxy::start(&node.url).await;
    let traffic = Arc::new(Traffic::default());
    let mut world = World {
        node,
        proxy,
        names: names.clone(),
        workers: Vec::new(),
        traffic: Arc::clone(&traffic),
        dice: seed,
        memory: (0, 0),
        died: Vec::new(),
        poison: (false, 0),
    };
    world.workers.push(world.worker());
    world.workers[0].await_ready(200, "ready").await;
    world.workers.push(world.worker());
    world.workers[1].await_ready(200, "ready").await;
    // A quorum queue that is younger than this when its broker is killed may lose what it confirmed.
    sleep(Duration::from_secs(5)).await;
    let url = world.node.url.clone();
    let feeding = tokio::spawn(feed(url.clone(), names.clone(), Arc::clone(&traffic)));
    let collecting = tokio::spawn(collect(url, names, Arc::clone(&traffic)));
    traffic.feeding.store(true, Ordering::SeqCst);
    world.wait(Duration::from_secs(5)).await;
    let memory_first = world.memory.1;

    let mut recoveries: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
    let mut faults = 0;
    let mut order: Vec<&str> = Vec::new();
    let only = std::env::var("NEWSMILL_SOAK_ONLY").unwrap_or_default();
    let clock = clock::libfaketime().is_some();
    while begun.elapsed() < time || u64::from(traffic.fed()) < articles {
        if order.is_empty() {
            order = KINDS
                .iter()
                .copied()
                .filter(|kind| kind.contains(&only) && (clock || *kind != "clock jumps"))
                .collect();
            assert!(!order.is_empty(), "no fault is called {only}");
        }
        let kind = order.swap_remove(world.roll(order.len()));
        world.commit(kind).await;
        let ended = Instant::now();
        // The first record of an article that was fed after the fault.
        let mark = traffic.fed();
        while !traffic.has_since(mark) {
            world.look_after();
            sleep(Duration::from_millis(5)).await;
            assert!(
                ended.elapsed() < DRAIN_MAX,
                "nothing comes after {kind}: {}",
                traffic.missing()
            );
        }
        let took = ended.elapsed();
        if took > SLOW {
            say(&world.logs());
        }
        recoveries.entry(kind).or_default().push(took);
        world.wait(GAP).await;
        world.drain(kind).await;
        traffic.one_more.store(true, Ordering::SeqCst);
        while traffic.one_more.load(Ordering::SeqCst) {
            sleep(Duration::from_millis(5)).await;
        }
        world.drain(kind).await;
        traffic.feeding.store(true, Ordering::SeqCst);
        faults += 1;
        say(&format!(
            "soak: {:4} s, fault {faults}: {kind}, recovered in {:.2} s; {}; memory {} MB",
            begun.elapsed().as_secs(),
            took.as_secs_f32(),
            traffic.sum(),
            world.memory.1 >> 20,
        ));
    }
    world.drain("the last fault").await;
    // What comes late is unexpected or a twin.
    sleep(Duration::from_secs(5)).await;
    feeding.abort();
    collecting.abort();

    let mut report = format!(
        "soak: {} s, {faults} faults, seed {seed}\n{}\nworkers killed by articles: {}\nmemory of a worker: {} MB at first, {} MB at most, {} MB at last\n",
        begun.elapsed().as_secs(),
        traffic.sum(),
        world.poison.1,
        memory_first >> 20,
        world.memory.0 >> 20,
        world.memory.1 >> 20
    );
    let broker = world.node.ctl(&["version"]);
    writeln!(report, "RabbitMQ {}", broker.trim()).unwrap();
    writeln!(report, "{:28} {:>5}  recovery: median, longest", "fault", "times").unwrap();
    for (kind, mut times) in recoveries {
        times.sort();
        writeln!(
            report,
            "{kind:28} {:5}  {:8.2} s {:8.2} s",
            times.len(),
            times[times.len() / 2].as_secs_f32(),
            times[times.len() - 1].as_secs_f32()
        )
        .unwrap();
    }
    say(&report);
    if let Ok(file) = std::env::var("NEWSMILL_SOAK_REPORT") {
        std::fs::write(file, &report).unwrap();
    }
    assert!(world.died.is_empty(), "workers died unasked: {:#?}", world.died);
    traffic.check();
    for worker in world.workers {
        worker.stop().await;
    }
}
