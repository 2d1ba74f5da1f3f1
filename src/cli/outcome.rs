//! How a sub-command ends: its exit code, its last words, and quietly when nobody reads on.

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;

use crate::config::ConfigProblems;

/// Something failed that was named on stderr.
pub(crate) const FAILED: u8 = 1;
/// Wrong usage or configuration; clap's own code for it.
pub(crate) const USAGE: u8 = 2;

/// Wrong usage or settings that show only when they are tried.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(pub(crate) String);

/// Says an error, if there is one, and gives the exit code.
pub(crate) fn finish(outcome: anyhow::Result<ExitCode>) -> ExitCode {
    match outcome {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("{error:#}"));
            let is_usage = error.is::<ConfigProblems>() || error.is::<Usage>();
            ExitCode::from(if is_usage { USAGE } else { FAILED })
        }
    }
}

/// One line (or a few) to stderr. Where stderr is gone there is nobody to tell.
pub(crate) fn say(what: &str) {
    _ = writeln!(anstream::stderr(), "newsmill: {what}");
}

/// Writes all of it to stdout.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .context(STDOUT)
}

/// Which output an error is of.
pub(crate) const STDOUT: &str = "stdout cannot be written";

/// Nothing answered for so long.
pub(crate) fn unreached(patience: Duration) -> anyhow::Error {
    anyhow::anyhow!(
        "the broker was not reached within {} s; check that it runs and that broker.urls names it: `newsmill doctor` \
         says what is in the way",
        patience.as_secs()
    )
}

/// Whether the reader of our output has gone, which is its right.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
