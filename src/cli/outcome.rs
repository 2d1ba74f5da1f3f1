//! How a sub-command ends: its exit code, its last words, and quietly when nobody reads on.

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use crate::config::ConfigProblems;

/// Something failed that was named on stderr.
pub(crate) const FAILED: u8 = 1;
/// Wrong usage or configuration; clap's own code for it.
pub(crate) const USAGE: u8 = 2;

/// Says an error, if there is one, and gives the exit code.
pub(crate) fn finish(outcome: anyhow::Result<ExitCode>) -> ExitCode {
    match outcome {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("{error:#}"));
            let is_usage = error.downcast_ref::<ConfigProblems>().is_some();
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
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Whether the reader of our output has gone, which is its right.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
