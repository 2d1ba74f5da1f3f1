//! `newsmill explain`: one article, and why it was cleaned as it was, or why its quotations are some.

mod quotes_text;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use serde_json::json;

use super::input::Inputs;
use super::outcome::{finish, print};
use super::settings::{SettingsArgs, enricher_with};
use super::show;
use crate::config::Config;
use crate::enrich::clean::{self, CleanText};
use crate::enrich::{Stages, quotes};
use crate::message::{RawArticle, decode};
use crate::pages;

/// Shows what cleaning keeps and removes of one article, with reason and score, as a page for a browser
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Cleans one article and writes a page for a browser: its lines in their order, what was kept, what was \
        removed and why, and how likely the model took each for text.\n\nWith --quotes it tells of the cleaned text why \
        each quotation is one, who else was weighed as its speaker, and why other words in marks are none; as text for a \
        terminal, as JSON, or as a page.\n\nA page is one file, holds no script and asks nothing of the network.",
    after_help = "Examples:
  newsmill explain page.html --html why.html
  newsmill explain page.html --quotes
  newsmill explain page.html --quotes --json | jq '.quotes[].candidates'
  curl -s https://example.org/story | newsmill explain - > why.html

Exit codes: 0 it was told; 1 the article failed; 2 wrong usage or configuration."
)]
pub(crate) struct Args {
    /// A page, a text or a JSON document; -: stdin
    #[arg(value_name = "FILE")]
    input: PathBuf,
    /// Tell of the quotations
    #[arg(long)]
    quotes: bool,
    /// Write a page into this file
    #[arg(long, value_name = "OUT")]
    html: Option<PathBuf>,
    /// Write JSON
    #[arg(long, requires = "quotes", conflicts_with = "html")]
    json: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    finish(explain(args).map(|()| ExitCode::SUCCESS))
}

fn explain(args: &Args) -> anyhow::Result<()> {
    let config = args.settings.load(Vec::new())?;
    let options = config.decode_options();
    let mut first = None;
    _ = Inputs::new(std::slice::from_ref(&args.input), options.body_bytes_max).read(&mut |item| {
        first = Some(item);
        ControlFlow::Break(())
    });
    let Some(item) = first else {
        bail!("{}: no article in it", args.input.display())
    };
    let place = item.place;
    let body = item.body.with_context(|| place.clone())?;
    let article = decode(&body, item.content_type, None, &options).with_context(|| place.clone())?;
    if args.quotes {
        return told(args, &config, article).with_context(|| place);
    }
    let explained = clean::explain(&article, &config.enrich.limits).with_context(|| place.clone())?;
    let name = article.url.or(article.id).unwrap_or(place);
    write(args.html.as_deref(), &pages::cleaning_file(&explained, &name))
}

/// Why the quotations of an article's clean text are some.
fn told(args: &Args, config: &Config, article: RawArticle) -> anyhow::Result<()> {
    // As the settings have it: a text that is clean already is taken as it is.
    let stages = Stages {
        clean: config.enrich.stages.clean,
        ..Stages::NONE
    };
    let record = enricher_with(config, Arc::default(), Some(stages)).enrich(article)?;
    let text = CleanText::verbatim(record.text);
    let explained = quotes::explain(&text, record.language.as_deref());
    let title = record.title.as_deref().unwrap_or(&record.id);
    if args.json {
        let answer = json!({
            "id": record.id,
            "language": record.language,
            "text": text.as_str(),
            "quotes": explained.quotes,
            "refused": explained.refused,
        });
        return print(&format!("{answer:#}\n"));
    }
    match &args.html {
        Some(path) => write(Some(path), &pages::quotes_file(&explained, text.as_str(), title)),
        None => print(&quotes_text::write(&explained, show::width())),
    }
}

fn write(path: Option<&Path>, page: &str) -> anyhow::Result<()> {
    match path {
        Some(path) => {
            std::fs::write(path, page).with_context(|| format!("{} cannot be written", path.display()))
        }
        None => print(page),
    }
}
