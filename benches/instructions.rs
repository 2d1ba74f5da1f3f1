//! How many instructions each stage takes on the articles under `samples/raw`, counted by callgrind and held to the
//! counts in `instructions.txt`. Unlike times they are nearly the same on a busy machine, so a change shows.
//!
//! `cargo test --bench instructions`, as `./test` does, in the profile of the tests: what is counted is the work, not
//! what a release would take for it. `NEWSMILL_BLESS=1` writes the counts anew. Where valgrind is missing it says so
//! and holds nothing. Counted is inside `counted` only: not the start, not the vocabulary.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark without its samples, or with other counts, has to say so"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;

use newsmill::enrich::{Enricher, Limits, Stage, Stages};
use newsmill::message::{DecodeOptions, RawArticle, decode};
use newsmill::vocabulary::Vocabulary;

/// Hash tables are seeded at random, and the compiler's next version counts otherwise.
const TOLERANCE: f64 = 0.05;

fn stages() -> [(&'static str, Stages); 5] {
    [
        ("none", Stages::NONE),
        ("clean", Stages::only(Stage::Clean)),
        ("quotes", Stages::only(Stage::Quotes)),
        ("tags", Stages::only(Stage::Tags)),
        ("all", Stages::ALL),
    ]
}

fn main() -> ExitCode {
    if let Some(name) = std::env::var_os("NEWSMILL_COUNTED") {
        let (_, stages) = stages()
            .into_iter()
            .find(|(stage, _)| name == *stage)
            .expect("a name out of the table");
        let enricher = Enricher::new(Arc::new(Vocabulary::builtin()), Limits::default(), stages);
        let articles = articles();
        assert_eq!(counted(&enricher, articles.clone()), articles.len());
        return ExitCode::SUCCESS;
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("instructions: skipped, valgrind is not installed");
        return ExitCode::SUCCESS;
    }
    let kept = kept();
    let mut told = String::from(
        "# Instructions over samples/raw once, by stage: `cargo test --bench instructions` holds them, NEWSMILL_BLESS=1\n\
         # writes them. Each with what comes with any record: language, counts, fingerprint (\"none\").\n",
    );
    let mut moved = false;
    for (name, _) in stages() {
        let count = count(name);
        told.push_str(&format!("{name} {count}\n"));
        let before = kept.iter().find(|(stage, _)| stage == name);
        let ratio = before.map_or(f64::INFINITY, |(_, before)| count as f64 / *before as f64);
        moved |= (ratio - 1.0).abs() > TOLERANCE;
        println!("{name:>8} {count:>14} instructions, {ratio:.3} of what is kept");
    }
    if std::env::var_os("NEWSMILL_BLESS").is_some() {
        std::fs::write(file(), told).expect("the counts can be written");
        return ExitCode::SUCCESS;
    }
    if moved {
        println!(
            "instructions: moved by more than {:.0} %. If that is meant: NEWSMILL_BLESS=1 cargo test --bench instructions",
            TOLERANCE * 100.0
        );
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// What callgrind looks for by name.
#[inline(never)]
fn counted(enricher: &Enricher, articles: Vec<RawArticle>) -> usize {
    articles
        .into_iter()
        .filter(|article| enricher.enrich(std::hint::black_box(article.clone())).is_ok())
        .count()
}

/// The samples, as the worker would decode them.
fn articles() -> Vec<RawArticle> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/raw");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("samples/raw is part of the repository")
        .map(|entry| entry.expect("its entries can be read").path())
        .collect();
    paths.sort();
    let options = DecodeOptions {
        text_required: false,
        ..DecodeOptions::default()
    };
    paths
        .iter()
        .filter_map(|path| {
            let kind = match path.extension()?.to_str()? {
                "html" => "text/html; charset=utf-8",
                "txt" => "text/plain; charset=utf-8",
                "json" => "application/json",
                _ => return None,
            };
            let bytes = std::fs::read(path).expect("samples can be read");
            Some(decode(&bytes, Some(kind), None, &options).expect("samples are articles"))
        })
        .collect()
}

fn count(name: &str) -> u64 {
    let ran = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg("--toggle-collect=*instructions*counted*")
        .arg(std::env::current_exe().expect("this program"))
        .env("NEWSMILL_COUNTED", name)
        .output()
        .expect("valgrind runs");
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "valgrind: {said}");
    said.lines()
        .find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok())
        .filter(|count| *count > 0)
        .unwrap_or_else(|| panic!("no count in what valgrind says: {said}"))
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/instructions.txt")
}

fn kept() -> Vec<(String, u64)> {
    let text = std::fs::read_to_string(file()).unwrap_or_default();
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let (name, count) = line.split_once(' ')?;
            Some((name.to_owned(), count.parse().ok()?))
        })
        .collect()
}
