//! The flags that set settings, and the settings they give.

use std::path::PathBuf;
use std::sync::Arc;

use super::outcome::Usage;
use crate::config::{
    Config, ConfigProblems, Flag, Layers, LogFormat, Sources, TelemetryConfig, misspelt_variables,
};
use crate::enrich::{Enricher, Stages};
use crate::telemetry::{self, LogsError};
use crate::vocabulary::Vocabulary;

/// Flags of every sub-command that has settings.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Settings")]
pub(crate) struct SettingsArgs {
    /// File of settings; else the one that NEWSMILL_CONFIG names
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Sets one setting over file and environment, e.g. worker.prefetch=128; as often as needed
    #[arg(long = "set", value_name = "SECTION.KEY=VALUE", value_parser = assignment)]
    set: Vec<(String, String)>,
}

fn assignment(written: &str) -> Result<(String, String), String> {
    let (setting, value) = written
        .split_once('=')
        .ok_or("write it SECTION.KEY=VALUE, e.g. worker.prefetch=128")?;
    Ok((setting.trim().to_owned(), value.to_owned()))
}

impl SettingsArgs {
    /// The settings in force, checked. `flags` are the sub-command's own, which go over everything.
    pub(crate) fn load(&self, flags: Vec<Flag>) -> Result<Config, ConfigProblems> {
        Config::load(&self.sources(flags))
    }

    /// The settings in force as they are written.
    pub(crate) fn layers(&self) -> Result<Layers, ConfigProblems> {
        Layers::read(&self.sources(Vec::new()))
    }

    fn sources(&self, flags: Vec<Flag>) -> Sources<'static> {
        let set = self.set.iter().map(|(setting, value)| Flag {
            flag: "--set".to_owned(),
            setting: setting.clone(),
            value: value.clone(),
        });
        Sources {
            file: self.config.clone(),
            environment: &|name| std::env::var(name).ok(),
            flags: set.chain(flags).collect(),
        }
    }
}

/// What is set in this process's environment and sets nothing.
pub(crate) fn misspelt() -> Vec<String> {
    misspelt_variables(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()))
}

/// A sub-command's own flag for a setting, if it was given.
pub(crate) fn flag(flag: &str, setting: &str, value: Option<impl ToString>) -> Option<Flag> {
    value.map(|value| Flag {
        flag: flag.to_owned(),
        setting: setting.to_owned(),
        value: value.to_string(),
    })
}

/// The enricher that the settings ask for, with other stages where a flag asks for them.
pub(crate) fn enricher(config: &Config, stages: Option<Stages>) -> anyhow::Result<Enricher> {
    let vocabulary = match &config.enrich.vocabulary {
        Some(path) => Vocabulary::load(path).map_err(|error| {
            let error = anyhow::Error::new(error);
            Usage(format!("vocabulary {}: {error:#}", path.display()))
        })?,
        None => Vocabulary::builtin(),
    };
    Ok(enricher_with(config, Arc::new(vocabulary), stages))
}

/// The same with a vocabulary that is there already.
pub(crate) fn enricher_with(
    config: &Config,
    vocabulary: Arc<Vocabulary>,
    stages: Option<Stages>,
) -> Enricher {
    Enricher::new(
        vocabulary,
        config.enrich.limits.clone(),
        stages.unwrap_or(config.enrich.stages),
    )
    .with_tag_rules(config.enrich.tag_rules)
}

/// The runtime of a sub-command that talks to the broker.
pub(crate) fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}

/// Logs of a sub-command for a person: only what went wrong, and readable; the client library's own words for it are said
/// again in ours. `RUST_LOG` goes over it.
pub(crate) fn init_logs(config: &Config) -> Result<(), LogsError> {
    logs(config, "warn,lapin=off")
}

/// Logs of a sub-command that is refused and cut off on purpose, and tells about it itself.
pub(crate) fn init_few_logs(config: &Config) -> Result<(), LogsError> {
    logs(config, "error,lapin=off")
}

fn logs(config: &Config, directives: &str) -> Result<(), LogsError> {
    let directives = std::env::var("RUST_LOG").unwrap_or_else(|_| directives.to_owned());
    let log_format = match config.telemetry.log_format {
        LogFormat::Auto => LogFormat::Text,
        asked_for => asked_for,
    };
    let telemetry = TelemetryConfig {
        log_format,
        ..config.telemetry.clone()
    };
    telemetry::init_logs(&telemetry, Some(&directives))
}
