//! Keeps a stage's panic inside the stage: one article must not end the process.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{EnrichError, Stage};

/// Runs `work`; a panic in it becomes an error that names the stage.
pub(super) fn guarded<T>(stage: Stage, work: impl FnOnce() -> T) -> Result<T, EnrichError> {
    // Stages take shared references to immutable data and give values, so nothing half-changed can be seen.
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| EnrichError::Panicked {
        stage,
        message: message_of(payload.as_ref()),
    })
}

fn message_of(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(|message| (*message).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_names_its_stage_and_message() {
        let outcome = guarded(Stage::Quotes, || -> () { panic!("off by {}", 1) });
        assert_eq!(
            outcome,
            Err(EnrichError::Panicked {
                stage: Stage::Quotes,
                message: "off by 1".to_owned()
            })
        );
    }
}
