//! `newsmill dead-letters export`: letters as NDJSON. They stay in the queue.
//!
//! Invariant: a file under the name that was asked for is whole. Until then it has another name.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use flate2::write::GzEncoder;
use jiff::Timestamp;
use serde_json::json;

use super::super::outcome::{STDOUT, print, say};
use super::walk::{Walk, letters};
use super::which::{LookArgs, WhichArgs};
use crate::config::Config;

/// Writes letters as NDJSON and leaves them in the queue
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Writes letters as NDJSON, one a line: what was read out of it under `letter`, its `properties`, its \
        `headers`, and its body as `body` or, where it is not UTF-8, as `body_base64`. Nothing is lost, nothing is \
        removed, and `newsmill dead-letters import` puts them back into a dead-letter queue.",
    after_help = "Examples:
  newsmill dead-letters export -o letters.ndjson.zst      packed by the name: .gz or .zst
  newsmill dead-letters export --cause json | jq -r .body > bodies.txt
  newsmill dead-letters import letters.ndjson.zst

Exit codes: 0 all that was meant is written; 1 it failed; 2 wrong usage or configuration."
)]
pub(super) struct Args {
    /// Into this file, which must not exist yet; else to stdout
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write how many were written as JSON to stdout
    #[arg(long, requires = "output")]
    json: bool,
    #[command(flatten)]
    which: WhichArgs,
    #[command(flatten)]
    pub(super) look: LookArgs,
}

pub(super) async fn export(args: &Args, config: &Config) -> anyhow::Result<ExitCode> {
    let mut output = Output::open(args.output.as_deref())?;
    let place = || match &args.output {
        Some(path) => format!("{} cannot be written", path.display()),
        None => STDOUT.to_owned(),
    };
    let filter = args.which.filter(Timestamp::now());
    let mut walk = Walk::begin(config, &args.look, filter, args.which.limit).await?;
    while let Some(letters) = walk.page().await? {
        for held in &letters {
            writeln!(output.writer(), "{}", held.letter.to_json()).with_context(place)?;
        }
        walk.keep(letters).await?;
    }
    let looked = walk.end().await;
    output.finish().with_context(place)?;
    looked.say();
    if args.json {
        let answer = json!({"written": looked.matched, "file": &args.output, "queue": &looked.queue});
        print(&format!("{answer:#}\n"))?;
    }
    say(&format!(
        "written{1}: {0}, still in {2}",
        letters(looked.matched),
        args.output
            .as_deref()
            .map(|path| format!(" to {}", path.display()))
            .unwrap_or_default(),
        looked.queue
    ));
    Ok(ExitCode::SUCCESS)
}

/// Where the lines go.
struct Output {
    packer: Packer,
    /// The file's name while it is not whole, and the one that it will have.
    names: Option<(PathBuf, PathBuf)>,
}

enum Packer {
    Stdout(BufWriter<io::Stdout>),
    Plain(BufWriter<File>),
    Gzip(GzEncoder<BufWriter<File>>),
    Zstd(zstd::stream::write::Encoder<'static, BufWriter<File>>),
}

impl Output {
    fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path else {
            return Ok(Self {
                packer: Packer::Stdout(BufWriter::new(io::stdout())),
                names: None,
            });
        };
        if path.exists() {
            bail!(
                "{} exists already; name another file, or delete it",
                path.display()
            );
        }
        let mut partial = path.as_os_str().to_owned();
        partial.push(".part");
        let partial = PathBuf::from(partial);
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&partial)
            .with_context(|| format!("{} cannot be written", partial.display()))?;
        let file = BufWriter::new(file);
        let ending = path.extension().and_then(|ending| ending.to_str());
        let packer = match ending {
            Some("gz") => Packer::Gzip(GzEncoder::new(file, flate2::Compression::default())),
            Some("zst") => Packer::Zstd(zstd::stream::write::Encoder::new(file, 3)?),
            _ => Packer::Plain(file),
        };
        Ok(Self {
            packer,
            names: Some((partial, path.to_owned())),
        })
    }

    fn writer(&mut self) -> &mut dyn Write {
        match &mut self.packer {
            Packer::Stdout(out) => out,
            Packer::Plain(file) => file,
            Packer::Gzip(packer) => packer,
            Packer::Zstd(packer) => packer,
        }
    }

    fn finish(self) -> anyhow::Result<()> {
        let mut file = match self.packer {
            Packer::Stdout(mut out) => return Ok(out.flush()?),
            Packer::Plain(file) => file,
            Packer::Gzip(packer) => packer.finish()?,
            Packer::Zstd(packer) => packer.finish()?,
        };
        file.flush()?;
        file.get_ref().sync_all()?;
        if let Some((partial, whole)) = self.names {
            std::fs::rename(&partial, &whole)
                .with_context(|| format!("{} cannot be named {}", partial.display(), whole.display()))?;
        }
        Ok(())
    }
}
