//! The pages as a person meets them: in a real browser, against the real worker, one test with a real broker.
//!
//! Where there is no Chromium they say so and pass; `NEWSMILL_TEST_BROWSER=required` makes that a failure. Nothing is
//! asked of the network but the worker's own port, and each visit holds that.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
#![expect(unreachable_pub, reason = "modules of a test are its own")]

#[path = "broker/client.rs"]
mod client;
#[path = "browser/devtools.rs"]
mod devtools;
#[path = "broker/node.rs"]
mod node;
#[path = "browser/pages.rs"]
mod pages;
#[path = "browser/seen.rs"]
mod seen;
#[path = "browser/visit.rs"]
mod visit;
#[path = "broker/worker.rs"]
mod worker;
