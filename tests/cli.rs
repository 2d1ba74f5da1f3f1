//! The program as a user has it: the real binary, its streams and its exit codes; and the files that are made from
//! the code (`NEWSMILL_BLESS=1 cargo test --test cli` writes them anew).
//!
//! Absent on purpose: the broker (`tests/broker`), and what the stages find (`tests/golden`).

#![expect(clippy::unwrap_used, reason = "a test: what is not as expected must stop it")]

#[path = "cli/completions.rs"]
mod completions;
#[path = "cli/configuration.rs"]
mod configuration;
#[path = "cli/deployed.rs"]
mod deployed;
#[path = "cli/enrich.rs"]
mod enrich;
#[path = "cli/explain.rs"]
mod explain;
#[path = "cli/generated.rs"]
mod generated;
#[path = "cli/program.rs"]
mod program;
#[path = "cli/shapes.rs"]
mod shapes;
#[path = "cli/stream.rs"]
mod stream;
#[path = "cli/vocabulary.rs"]
mod vocabulary;
#[path = "cli/wrong_uses.rs"]
mod wrong_uses;
