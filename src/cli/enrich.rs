//! `newsmill enrich`: the pipeline without a broker.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use serde::Deserialize;

use super::input::{Inputs, Item};
use super::only::{Only, Part};
use super::ordered::in_order;
use super::outcome::{FAILED, STDOUT, finish};
use super::progress::Progress;
use super::settings::{SettingsArgs, enricher, flag};
use super::show;
use crate::enrich::Enricher;
use crate::message::{DecodeOptions, OutputFormat, decode};

/// Enriches files or stdin without a broker
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Enriches files, folders or stdin without a broker and writes one record a line to stdout, in the order \
        of the input.\n\nA file is a page (.html), a text (.txt), a JSON document (.json: one article or an array) or \
        lines of JSON (.ndjson, .jsonl); .gz and .zst are unpacked. Stdin is looked at. Of a folder, all files with \
        these endings are taken. An article that fails gives a line on stderr; the others still come out.",
    after_help = "Examples:
  newsmill enrich page.html --show
  newsmill enrich articles/ more.ndjson.gz > records.ndjson
  curl -s https://example.org/story | newsmill enrich --show
  tail -f raw.ndjson | newsmill enrich -
  newsmill enrich --only quotes - < texts.ndjson
  newsmill enrich --format ninjs page.html

Exit codes: 0 every article came out; 1 some did not; 2 wrong usage or configuration."
)]
pub(crate) struct Args {
    /// Files, folders, or - for stdin; none: stdin
    #[arg(value_name = "FILE")]
    inputs: Vec<PathBuf>,
    /// Run one stage alone and write its fields and the id
    #[arg(long, value_name = "STAGE")]
    only: Option<Only>,
    /// Write for a person to read instead of JSON
    #[arg(long, conflicts_with_all = ["pretty", "only"])]
    show: bool,
    /// Form of the records, over output.format
    #[arg(long, value_name = "FORM", conflicts_with_all = ["show", "only"],
        value_parser = ["record", "ninjs", "jsonld"])]
    format: Option<String>,
    /// Write JSON over several lines
    #[arg(long)]
    pretty: bool,
    /// A compiled vocabulary, instead of the configured one
    #[arg(long, value_name = "FILE")]
    vocabulary: Option<PathBuf>,
    /// Threads that enrich; 0: one a core
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    #[command(flatten)]
    settings: SettingsArgs,
}

/// How records are written.
#[derive(Debug, Clone, Copy)]
enum Form {
    Json { format: OutputFormat, pretty: bool },
    Part { only: Only, pretty: bool },
    Shown { width: usize },
}

/// What stays of an article that failed.
struct Failure {
    place: String,
    id: Option<String>,
    cause: String,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    finish(enrich(args))
}

fn enrich(args: &Args) -> anyhow::Result<ExitCode> {
    let vocabulary = args.vocabulary.as_ref().map(|path| path.display());
    let flags = [
        flag("--vocabulary", "enrich.vocabulary", vocabulary),
        flag("--threads", "worker.threads", args.threads),
        flag("--format", "output.format", args.format.as_ref()),
    ];
    let config = args.settings.load(flags.into_iter().flatten().collect())?;
    let only = args.only;
    let enricher = enricher(&config, only.map(Only::stages))?;
    let options = DecodeOptions {
        text_required: enricher.stages().clean || enricher.stages().quotes,
        ..config.decode_options()
    };
    let pretty = args.pretty;
    let form = match only {
        _ if args.show => Form::Shown { width: show::width() },
        Some(only) => Form::Part { only, pretty },
        None => Form::Json {
            format: config.output.format,
            pretty,
        },
    };

    let inputs = Inputs::new(&args.inputs, options.body_bytes_max);
    let mut progress = Progress::new(inputs.bytes_total(), inputs.bytes_read(), false);
    // Colours are for persons. Records are data: nothing looks at them for something to strip.
    let stdout: Box<dyn Write> = match form {
        Form::Shown { .. } => Box::new(anstream::stdout().lock()),
        Form::Part { .. } | Form::Json { .. } => Box::new(io::stdout().lock()),
    };
    let mut out = BufWriter::with_capacity(64 << 10, stdout);
    let (mut failures, mut broken) = (0u64, None);
    in_order(
        config.worker.threads,
        move |give| inputs.read(give),
        move |item| answer(item, &enricher, &options, form),
        |answer| {
            progress.count();
            let written = match answer.output {
                Some(Ok(bytes)) => out.write_all(&bytes),
                Some(Err(Failure { place, id, cause })) => {
                    failures += 1;
                    let id = id.map(|id| format!("{id}: ")).unwrap_or_default();
                    progress.say(&one_line(&format!("{place}: {id}{cause}")));
                    Ok(())
                }
                None => {
                    failures += 1;
                    progress.say("an article was lost to a panic, which is a defect of newsmill");
                    Ok(())
                }
            };
            let written = written.and_then(|()| {
                if answer.is_last_for_now {
                    out.flush()
                } else {
                    Ok(())
                }
            });
            match written {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    broken = Some(error);
                    ControlFlow::Break(())
                }
            }
        },
    );
    progress.finish();
    match broken {
        Some(error) => return Err(error).context(STDOUT),
        None => out.flush().context(STDOUT)?,
    }
    if failures > 0 && io::stderr().is_terminal() {
        progress.say(&format!("{failures} of {} articles failed", progress.articles()));
    }
    Ok(ExitCode::from(if failures > 0 { FAILED } else { 0 }))
}

/// One article's way: bytes, article, record, bytes.
fn answer(item: Item, enricher: &Enricher, options: &DecodeOptions, form: Form) -> Result<Vec<u8>, Failure> {
    let Item {
        place,
        body,
        content_type,
    } = item;
    let failure = |id, cause| Failure {
        place: place.clone(),
        id,
        cause,
    };
    let body = body.map_err(|error| failure(None, error.to_string()))?;
    let article = decode(&body, content_type, None, options)
        .map_err(|error| failure(id_of(&body), error.to_string()))?;
    let name = article.id.clone().or_else(|| article.url.clone());
    let record = enricher
        .enrich(article)
        .map_err(|error| failure(name, error.to_string()))?;
    let mut bytes = Vec::new();
    let written = match form {
        Form::Json { format, pretty } => format.write(&record, &mut bytes, pretty),
        Form::Part { only, pretty: true } => {
            serde_json::to_writer_pretty(&mut bytes, &Part::of(&record, only))
        }
        Form::Part { only, pretty: false } => serde_json::to_writer(&mut bytes, &Part::of(&record, only)),
        Form::Shown { width } => {
            bytes = show::record(&record, width).into_bytes();
            Ok(())
        }
    };
    written.map_err(|error| failure(Some(record.id.clone()), error.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The id of a message that is JSON and yet no article.
fn id_of(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Known {
        id: String,
    }
    serde_json::from_slice::<Known>(body).ok().map(|known| known.id)
}

/// A failure is one line, whatever stands in an id.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect()
}
