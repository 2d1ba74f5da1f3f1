//! RabbitMQ behind the worker's ports. The only module that names lapin.
//!
//! Invariants: consuming and publishing have a connection each; every wait on the broker has a deadline; every
//! end of a stream that was not asked for is a reconnect.

mod connection;
mod error;
mod feed;
mod publisher;
mod topology;
mod watch;

pub use error::BrokerError;
pub use feed::Feed;
pub use watch::Watch;
