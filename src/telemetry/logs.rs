//! Logs: readable for a person, or one JSON object a line for a machine. Always on stderr, so that stdout stays
//! for what a command gives.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::config::{LogFormat, TelemetryConfig};

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogsError {
    /// The filter's directives cannot be read.
    #[error("telemetry.log_filter: {0}")]
    Filter(String),
    /// Something else logs already.
    #[error("logging is set up already")]
    Twice,
}

/// Sets up logging for the process; `directives` go over the configured ones, as `RUST_LOG` does.
///
/// # Errors
/// See [`LogsError`].
pub fn init(config: &TelemetryConfig, directives: Option<&str>) -> Result<(), LogsError> {
    let directives = directives
        .filter(|directives| !directives.trim().is_empty())
        .unwrap_or(&config.log_filter);
    let filter = EnvFilter::try_new(directives).map_err(|error| LogsError::Filter(error.to_string()))?;
    let json = match config.log_format {
        LogFormat::Json => true,
        LogFormat::Text => false,
        LogFormat::Auto => !std::io::stderr().is_terminal(),
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_span_events(FmtSpan::NONE)
        .with_ansi(!json && std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none());
    let set = if json {
        builder
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .try_init()
    } else {
        builder.try_init()
    };
    set.map_err(|_already| LogsError::Twice)?;
    std::panic::set_hook(Box::new(|panic| {
        // An article's panic is caught and becomes a dead letter; the log has its place in the code.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panicked: {}", message(panic.payload()));
    }));
    Ok(())
}

fn message(payload: &(dyn std::any::Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
