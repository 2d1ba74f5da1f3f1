//! Names, units and labels of every metric; traces; readiness; logs; the admin port.
//!
//! Invariant: what is measured is a value that is handed around, never a global; and every label has a bound
//! that no article can move. `docs/metrics.md` has one line for each metric, and a test compares the two.
//!
//! Absent on purpose: the broker and the worker. They say here what happened; nothing here asks them.

mod admin;
mod articles;
mod health;
mod journal;
mod labels;
mod languages;
mod logs;
mod metrics;
mod process;
mod reconciling;
mod runtime;
mod traces;

pub use admin::{Admin, AdminError};
pub use articles::ArticleFacts;
pub use health::{Health, Held, Link};
pub use journal::{Article, Failed, Journal};
pub use logs::{LogsError, init as init_logs};
pub use metrics::Metrics;
pub use traces::{Arrived, DeliveryTrace, Destination, Route, SendTrace, TraceHeaders, Traces, TracesError};
