//! Faults under load, with a ledger as the oracle: every article that was fed and confirmed is an obligation.
//!
//! Workers are killed on the shared node; the broker itself is killed, stopped and starved on a node of these
//! tests' own. Afterwards: drain, compare, then push one fresh article.
//!
//! Needs the cargo feature `fail-points`: `cargo test --features fail-points --test faults`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
#![expect(unreachable_pub, reason = "modules of a test are its own")]

#[path = "faults/broker.rs"]
mod broker;
#[path = "broker/client.rs"]
mod client;
#[path = "faults/clock.rs"]
mod clock;
#[path = "faults/cluster.rs"]
mod cluster;
#[path = "faults/downstream.rs"]
mod downstream;
#[path = "faults/hostile.rs"]
mod hostile;
#[path = "broker/ledger.rs"]
mod ledger;
#[path = "faults/network.rs"]
mod network;
#[path = "broker/node.rs"]
mod node;
#[path = "faults/points.rs"]
mod points;
#[path = "faults/poison.rs"]
mod poison;
#[path = "faults/proxy.rs"]
mod proxy;
#[path = "faults/queues.rs"]
mod queues;
#[path = "faults/soak.rs"]
mod soak;
#[path = "faults/traffic.rs"]
mod traffic;
#[path = "faults/versions.rs"]
mod versions;
#[path = "faults/watchers.rs"]
mod watchers;
#[path = "broker/worker.rs"]
mod worker;
#[path = "faults/workers.rs"]
mod workers;
