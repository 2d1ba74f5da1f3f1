//! How many instructions and allocations each stage takes on the articles under `samples/raw`, counted by callgrind
//! and held to the counts in `instructions.txt`. Unlike times they are nearly the same on a busy machine, so a change
//! shows.
//!
//! `cargo test --bench instructions`, as `./test` does, in the profile of the tests: what is counted is the work, not
//! what a release would take for it. `NEWSMILL_BLESS=1` writes the counts anew. Where valgrind is missing it says so
//! and holds nothing. Counted is inside `counted` only: not the start, not the vocabulary, nor what the first article
//! of a process reads.
//!
//! `cargo test --bench instructions -- --articles FOLDER` tells the counts over other articles and holds nothing;
//! what callgrind wrote of each stage, for callgrind_annotate, is left beside the program.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark without its samples, or with other counts, has to say so"
)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
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
        let folder = std::env::var_os("NEWSMILL_COUNTED_ARTICLES").expect("a folder of articles");
        let articles = articles(Path::new(&folder));
        // Once before: what the first article of a process reads (lexicons, models) is no article's cost.
        let before = std::env::var("NEWSMILL_COUNTED_BEFORE")
            .ok()
            .and_then(|times| times.parse().ok());
        for _ in 0..before.unwrap_or(1) {
            for article in articles.clone() {
                enricher.enrich(article).expect("articles that can be enriched");
            }
        }
        counted(&enricher, articles);
        return ExitCode::SUCCESS;
    }
    let others = std::env::args().skip_while(|arg| arg != "--articles").nth(1);
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("instructions: skipped, valgrind is not installed");
        return ExitCode::SUCCESS;
    }
    if let Some(folder) = others {
        for (name, _) in stages() {
            let Counts {
                instructions,
                allocations,
            } = count(name, Path::new(&folder));
            println!("{name:>8} {instructions:>14} instructions {allocations:>10} allocations");
        }
        return ExitCode::SUCCESS;
    }
    let kept = kept();
    let mut told = String::from(
        "# Instructions and allocations over samples/raw once, by stage: `cargo test --bench instructions` holds them,\n\
         # NEWSMILL_BLESS=1 writes them. Each with what comes with any record: language, counts, fingerprint (\"none\").\n",
    );
    let mut moved = false;
    for (name, _) in stages() {
        let now = count(name, &samples());
        told.push_str(&format!("{name} {} {}\n", now.instructions, now.allocations));
        let before = kept
            .iter()
            .find(|(stage, _)| stage == name)
            .map(|(_, counts)| counts);
        let ratio = |of: fn(&Counts) -> u64| {
            before.map_or(f64::INFINITY, |before| of(&now) as f64 / of(before) as f64)
        };
        let (instructions, allocations) = (
            ratio(|counts| counts.instructions),
            ratio(|counts| counts.allocations),
        );
        moved |= (instructions - 1.0).abs() > TOLERANCE || (allocations - 1.0).abs() > TOLERANCE;
        println!(
            "{name:>8} {:>14} instructions, {instructions:.3} of what is kept; {:>8} allocations, {allocations:.3}",
            now.instructions, now.allocations
        );
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

/// What callgrind looks for by name. No closure in it: that would bear the name, too, and end the count.
#[inline(never)]
fn counted(enricher: &Enricher, articles: Vec<RawArticle>) {
    for article in articles {
        drop(std::hint::black_box(
            enricher.enrich(std::hint::black_box(article)),
        ));
    }
}

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/raw")
}

/// The articles of a folder, as the worker would decode them.
fn articles(folder: &Path) -> Vec<RawArticle> {
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder can be read")
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

/// What a stage took for all articles.
struct Counts {
    instructions: u64,
    /// Calls of the system's allocator for new room or more room, the copy of each article among them.
    allocations: u64,
}

fn count(name: &str, articles: &Path) -> Counts {
    // callgrind counts calls from the program's start on, so what one pass more adds is what a pass takes.
    let runs = [1, 2].map(|before| Run::start(name, articles, before));
    let [(instructions, once), (_, twice)] = runs.map(Run::end);
    Counts {
        instructions,
        allocations: twice.saturating_sub(once),
    }
}

/// This program, counted.
struct Run {
    child: Child,
    profile: PathBuf,
}

impl Run {
    /// Counts a pass behind so many others.
    fn start(name: &str, articles: &Path, before: u32) -> Self {
        let program = std::env::current_exe().expect("this program");
        let profile = program.with_extension(format!("{name}.{before}.callgrind"));
        let child = Command::new("valgrind")
            .arg("--tool=callgrind")
            .arg(format!("--callgrind-out-file={}", profile.display()))
            .arg("--toggle-collect=*instructions*counted*")
            .arg(program)
            .env("NEWSMILL_COUNTED", name)
            .env("NEWSMILL_COUNTED_ARTICLES", articles)
            .env("NEWSMILL_COUNTED_BEFORE", before.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("valgrind runs");
        Self { child, profile }
    }

    /// The pass's instructions, and all allocations of the program.
    fn end(self) -> (u64, u64) {
        let ran = self.child.wait_with_output().expect("valgrind ends");
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "valgrind: {said}");
        let instructions = said
            .lines()
            .find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok())
            .filter(|count| *count > 0)
            .unwrap_or_else(|| panic!("no count in what valgrind says: {said}"));
        let profile = std::fs::read_to_string(self.profile).expect("callgrind writes a profile");
        (instructions, allocations(&profile))
    }
}

/// Calls of the allocator in a profile: `cfn=(12) malloc` or, once it has been named, `cfn=(12)`, then `calls=34 …`.
fn allocations(profile: &str) -> u64 {
    let allocates = |name: &str| {
        matches!(
            name,
            "malloc" | "calloc" | "realloc" | "posix_memalign" | "aligned_alloc"
        )
    };
    let mut allocators: Vec<&str> = Vec::new();
    let mut called = "";
    let mut sum = 0;
    for line in profile.lines() {
        if let Some(named) = line.strip_prefix("cfn=").or_else(|| line.strip_prefix("fn=")) {
            let (id, name) = named.split_once(' ').unwrap_or((named, ""));
            if allocates(name.split('\'').next().unwrap_or_default()) {
                allocators.push(id);
            }
            called = id;
        } else if let Some(calls) = line.strip_prefix("calls=")
            && allocators.contains(&called)
        {
            sum += calls
                .split(' ')
                .next()
                .and_then(|count| count.parse::<u64>().ok())
                .unwrap_or(0);
        }
    }
    sum
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/instructions.txt")
}

fn kept() -> Vec<(String, Counts)> {
    let text = std::fs::read_to_string(file()).unwrap_or_default();
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut words = line.split(' ');
            let name = words.next()?.to_owned();
            let mut number = || words.next()?.parse().ok();
            Some((
                name,
                Counts {
                    instructions: number()?,
                    allocations: number()?,
                },
            ))
        })
        .collect()
}
