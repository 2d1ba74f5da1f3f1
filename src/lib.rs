//! newsmill enriches news: raw articles in, records with clean text, quotes and canonical tags out.
//!
//! The library is laid out so that each layer knows only those to its right:
//! `cli -> broker -> worker -> enrich -> vocabulary`, with [`message`] and [`config`] read by all; [`pages`] stand
//! beside broker and worker and know neither.
//! `tests/architecture.rs` holds the arrows.
//!
//! Start at [`enrich::Enricher`] for what is done to an article, at [`worker`] for what is done with a
//! delivery, at [`broker`] for RabbitMQ.

pub mod broker;
pub mod cli;
pub mod config;
pub mod enrich;
mod http;
pub mod message;
pub mod pages;
pub mod reconcile;
pub mod telemetry;
pub mod vocabulary;
pub mod worker;

/// The version that stands in every record, metric and dead letter.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
