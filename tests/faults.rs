//! Faults under load, with a ledger as the oracle: every article that was fed and confirmed is an obligation.
//!
//! Workers are killed on the shared node; the broker itself is killed, stopped and starved on a node of these
//! tests' own. Afterwards: drain, compare, then push one fresh article.

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
#[cfg(feature = "fail-points")]
#[path = "faults/points.rs"]
mod points;
#[cfg(feature = "fail-points")]
#[path = "faults/poison.rs"]
mod poison;
#[path = "faults/proxy.rs"]
mod proxy;
#[path = "faults/queues.rs"]
mod queues;
#[path = "faults/versions.rs"]
mod versions;
#[path = "broker/worker.rs"]
mod worker;
#[path = "faults/workers.rs"]
mod workers;
