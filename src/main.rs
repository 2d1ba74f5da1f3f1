//! The `newsmill` program: arguments in, exit code out. No logic.

use std::process::ExitCode;

fn main() -> ExitCode {
    newsmill::cli::main()
}
