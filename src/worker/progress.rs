//! Which stage an article is in, for the one who waits for it.
//!
//! Invariant: written by the thread that enriches, read by the one that waits; neither ever waits for the other
//! for longer than it takes to copy a pointer.

use std::sync::{Mutex, PoisonError};

/// The stage that an article is in.
#[derive(Debug)]
pub struct Progress(Mutex<&'static str>);

impl Default for Progress {
    fn default() -> Self {
        // Between the stages, which no stage's name stands for.
        Self(Mutex::new("enrich"))
    }
}

impl Progress {
    /// The stage that was entered last.
    pub fn stage(&self) -> &'static str {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A stage is entered.
    pub fn enter(&self, stage: &'static str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = stage;
    }
}
