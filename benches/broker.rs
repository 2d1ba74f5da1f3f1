//! The worker beside a bare relay and a Python worker, on one real RabbitMQ, in turn: one command, one table.
//!
//! `cargo bench --bench broker` starts a private RabbitMQ (`deploy/rabbitmq/private-node`), then, round by round, lets
//! each contestant carry the same messages from quorum queue to quorum queue, confirmed, 64 in hand. What is read:
//! messages a second, processor time a message of the contestant and of the broker apart, the most resident memory,
//! and the time from publish to receipt at half the contestant's own rate. Rates of one machine are no rates of
//! another; the ratios in the last columns are what to look at.
//!
//! Absent on purpose: any judgement. `docs/scaling.md` has what was measured and what follows.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark that meets what it does not expect has nothing to measure"
)]
#![expect(unreachable_pub, reason = "modules of a benchmark are its own")]

#[path = "broker/articles.rs"]
mod articles;
#[path = "broker/contestant.rs"]
mod contestant;
#[path = "broker/node.rs"]
mod node;
#[path = "broker/process.rs"]
mod process;
#[path = "broker/queues.rs"]
mod queues;
#[path = "broker/relay.rs"]
mod relay;
#[path = "broker/share.rs"]
mod share;
#[path = "broker/table.rs"]
mod table;
#[path = "broker/trial.rs"]
mod trial;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use articles::Load;
use contestant::Contestant;
use node::Node;
use table::Table;
use trial::Trial;

/// What may be asked for behind `cargo bench --bench broker --`.
#[derive(Debug, Parser)]
struct Args {
    #[command(subcommand)]
    role: Option<Role>,
    /// Rounds; each contestant carries each load once in a round
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Of the usual number of messages, so many in a hundred
    #[arg(long, default_value_t = 100)]
    scale: usize,
    /// Folder of HTML pages, or a file of raw articles as NDJSON, in the place of the repository's samples
    #[arg(long)]
    articles: Option<PathBuf>,
    /// Only loads whose name begins so: text4, text30, text200, pages
    #[arg(long)]
    load: Option<String>,
    /// Also one, two and four workers, each held to this share of a core, in percent
    #[arg(long)]
    share: Option<u32>,
    /// Leaves out the Python worker
    #[arg(long)]
    no_peer: bool,
    /// Cargo says so to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Debug, Subcommand)]
enum Role {
    /// The bare relay, as a process of its own
    Relay(relay::Args),
}

fn main() {
    let args = Args::parse();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    if let Some(Role::Relay(relay)) = &args.role {
        runtime.block_on(relay::run(relay));
        return;
    }
    let node = Node::start();
    println!("RabbitMQ {}, {} cores", node.version(), cores());
    let peer = if args.no_peer {
        None
    } else {
        contestant::install_peer()
    };
    let loads = articles::loads(args.articles.as_deref());
    let wanted = |load: &&Load| {
        args.load
            .as_deref()
            .is_none_or(|name| load.name.starts_with(name))
    };
    let mut table = Table::default();
    for round in 1..=args.rounds {
        for load in loads.iter().filter(wanted) {
            for contestant in Contestant::all(peer.as_deref()) {
                let Some(messages) = contestant.messages(load) else {
                    continue;
                };
                let messages = (messages * args.scale / 100).max(40);
                eprintln!("round {round}: {} {} × {messages}", load.name, contestant.name());
                let trial = Trial::new(&node, load, messages);
                let carried = runtime.block_on(trial.carry(&[&contestant], None));
                let latency = runtime.block_on(trial.latency(&contestant, carried.rate / 2.0));
                table.add(load.name, contestant.name(), carried, latency);
            }
        }
    }
    table.print();
    if let Some(percent) = args.share {
        scale_out(&node, &loads, percent, &args, &runtime);
    }
}

/// One, two and four workers, each with the same share of a core: what is not linear is the broker's.
fn scale_out(node: &Node, loads: &[Load], percent: u32, args: &Args, runtime: &tokio::runtime::Runtime) {
    let load = loads
        .iter()
        .find(|load| load.name == "text4")
        .expect("a load of texts");
    let mut alone = Vec::new();
    println!("\nworkers, each with {percent} % of a core | msgs/s | of linear");
    for workers in [1usize, 2, 4] {
        let mut rates = Vec::new();
        for _ in 0..args.rounds {
            let trial = Trial::new(node, load, (1000 * workers * args.scale / 100).max(40));
            let crew = vec![&Contestant::Full; workers];
            let Some(share) = share::Shares::new(percent) else {
                println!("skipped: no writable cgroup with a processor controller here");
                return;
            };
            rates.push(runtime.block_on(trial.carry(&crew, Some(&share))).rate);
        }
        let rate = table::median(&mut rates);
        alone.push(rate);
        let linear = alone.first().copied().unwrap_or(rate) * workers as f64;
        println!("{workers} | {rate:.0} | {:.2}", rate / linear);
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
