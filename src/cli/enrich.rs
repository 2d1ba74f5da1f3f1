//! `newsmill enrich`: the pipeline without a broker.

use std::io::{BufRead, Write};
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::enrich::{Enricher, Limits, Stage, Stages};
use crate::message::RawArticle;
use crate::vocabulary::Vocabulary;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// One stage alone: clean, quotes or tags
    #[arg(long)]
    only: Option<String>,
    /// A compiled vocabulary
    #[arg(long)]
    vocabulary: Option<std::path::PathBuf>,
    /// Files
    inputs: Vec<String>,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let stages = match args.only.as_deref() {
        Some("clean") => Stages::only(Stage::Clean),
        Some("quotes") => Stages::only(Stage::Quotes),
        Some("tags") => Stages::only(Stage::Tags),
        _ => Stages::ALL,
    };
    let vocabulary = match args.vocabulary.as_deref().map(Vocabulary::load) {
        None => Vocabulary::builtin(),
        Some(Ok(vocabulary)) => vocabulary,
        Some(Err(error)) => {
            eprintln!("newsmill: {error}");
            return ExitCode::FAILURE;
        }
    };
    let enricher = Enricher::new(Arc::new(vocabulary), Limits::default(), stages);
    let mut failed = false;
    let stdout = std::io::stdout();
    let mut out = std::io::BufWriter::new(stdout.lock());
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let Ok(Value::Object(mut fields)) = serde_json::from_str::<Value>(&line) else {
            continue;
        };
        match enricher.enrich(article(&mut fields)) {
            Ok(record) => {
                let _written =
                    serde_json::to_writer(&mut out, &record).is_ok() && out.write_all(b"\n").is_ok();
            }
            Err(error) => {
                failed = true;
                eprintln!("{error}");
            }
        }
    }
    if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn article(fields: &mut Map<String, Value>) -> RawArticle {
    let mut text = |name: &str| {
        fields
            .remove(name)
            .and_then(|value| value.as_str().map(str::to_owned))
    };
    let mut article = RawArticle {
        id: text("id"),
        url: text("url"),
        html: text("html"),
        text: text("text"),
        language: text("language"),
        title: text("title"),
        ..RawArticle::default()
    };
    if let Some(Value::Array(tags)) = fields.remove("tags") {
        article.tags = tags
            .iter()
            .filter_map(|tag| tag.as_str().map(str::to_owned))
            .collect();
    }
    article
}
