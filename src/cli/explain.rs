//! `newsmill explain`: one article cleaned, with what became of each of its lines, as a page for a browser.

mod page;

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};

use super::input::Inputs;
use super::outcome::{finish, print};
use super::settings::SettingsArgs;
use crate::enrich::clean;
use crate::message::decode;

#[derive(Debug, clap::Args)]
#[command(
    long_about = "Cleans one article and writes a page for a browser: its lines in their order, what was kept, what was \
        removed and why, and how likely the model took each for text. The page is one file, holds no script and asks \
        nothing of the network.",
    after_help = "Examples:
  newsmill explain page.html --html why.html
  curl -s https://example.org/story | newsmill explain - > why.html

Exit codes: 0 the page was written; 1 the article failed; 2 wrong usage or configuration."
)]
pub(crate) struct Args {
    /// A page, a text or a JSON document; -: stdin
    #[arg(value_name = "FILE")]
    input: PathBuf,
    /// Where the page goes, instead of stdout
    #[arg(long, value_name = "OUT")]
    html: Option<PathBuf>,
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
        bail!("no article there")
    };
    let place = item.place;
    let body = item.body.with_context(|| place.clone())?;
    let article = decode(&body, item.content_type, None, &options).with_context(|| place.clone())?;
    let explained = clean::explain(&article, &config.enrich.limits).with_context(|| place.clone())?;
    let name = article.url.or(article.id).unwrap_or(place);
    let page = page::write(&explained, &name);
    match &args.html {
        Some(path) => std::fs::write(path, page).with_context(|| path.display().to_string()),
        None => print(&page),
    }
}
