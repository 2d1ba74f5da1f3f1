//! The worker against a real RabbitMQ: what goes in, what comes out, what is refused and how.
//!
//! Every test has queues of its own, so they run side by side on one node. Where there is no RabbitMQ they say so
//! and pass; `NEWSMILL_TEST_BROKER=required` makes that a failure.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
#![expect(unreachable_pub, reason = "modules of a test are its own")]

#[path = "broker/appetite.rs"]
mod appetite;
#[path = "broker/client.rs"]
mod client;
#[path = "broker/commands.rs"]
mod commands;
#[path = "broker/confirms.rs"]
mod confirms;
#[path = "broker/dashboards.rs"]
mod dashboards;
#[path = "broker/dead_letters.rs"]
mod dead_letters;
#[path = "broker/deployed.rs"]
mod deployed;
#[path = "broker/doctor.rs"]
mod doctor;
#[path = "broker/ledger.rs"]
mod ledger;
#[path = "broker/node.rs"]
mod node;
#[path = "broker/prove.rs"]
mod prove;
#[path = "broker/reconcile.rs"]
mod reconcile;
#[path = "broker/records.rs"]
mod records;
#[path = "broker/refusals.rs"]
mod refusals;
#[path = "broker/retries.rs"]
mod retries;
#[path = "broker/runbook_links.rs"]
mod runbook_links;
#[path = "broker/scaling.rs"]
mod scaling;
#[path = "broker/secrets.rs"]
mod secrets;
#[path = "broker/startup.rs"]
mod startup;
#[path = "broker/tls.rs"]
mod tls;
#[path = "broker/traces.rs"]
mod traces;
#[path = "broker/vocabulary.rs"]
mod vocabulary;
#[path = "broker/watching.rs"]
mod watching;
#[path = "broker/worker.rs"]
mod worker;
