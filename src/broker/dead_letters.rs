//! Dead letters from outside the worker: looked at, sent back, renewed, written down.
//!
//! Invariant: a letter leaves its queue only after the broker has confirmed what became of it, or by being
//! discarded in so many words. Whatever ends half-way, the letters that were looked at go back to the queue.
//!
//! Absent on purpose: declaring anything. Whoever looks at dead letters needs no more than the right to read.

mod body;
mod filter;
mod form;
mod letter;
mod look;
mod original;
mod returner;
mod values;

pub use filter::Filter;
pub use form::{FORM, FormProblem};
pub use letter::{Cause, CauseBy, Letter, Origin};
pub use look::{Held, Look, LookError, RENEW_AT};
pub use returner::{ReturnError, Returner, Target};
