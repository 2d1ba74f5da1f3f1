//! What cleaning costs on one thread: real pages, if there are any, and input made to be slow.
//!
//! `cargo bench --bench cleaning`. `NEWSMILL_BENCH_PAGES` names a file of raw articles, one a line; without it the
//! samples under `samples/raw` stand in. Compare programs in turn, in one run, and quote the ratio. A hostile kind
//! is 10 MB of one line of `hostile.txt`; each must take less than a second.

#![expect(
    clippy::expect_used,
    reason = "a benchmark without its input has nothing to measure"
)]

use std::path::Path;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use newsmill::enrich::Limits;
use newsmill::enrich::clean::clean;
use newsmill::message::RawArticle;

/// Bytes of a hostile page.
const HOSTILE_BYTES: usize = 10_000_000;
/// Bytes of a hostile text: the most that is taken.
const HOSTILE_TEXT_BYTES: usize = 4 << 20;

fn main() {
    divan::main();
}

fn page(html: String) -> RawArticle {
    RawArticle {
        html: Some(html),
        ..RawArticle::default()
    }
}

fn pages() -> Vec<RawArticle> {
    if let Some(path) = std::env::var_os("NEWSMILL_BENCH_PAGES") {
        let lines = std::fs::read_to_string(path).expect("NEWSMILL_BENCH_PAGES can be read");
        let field = |line: &serde_json::Value, name: &str| line.get(name)?.as_str().map(str::to_owned);
        return lines
            .lines()
            .map(|line| {
                let line: serde_json::Value = serde_json::from_str(line).expect("each line is JSON");
                RawArticle {
                    url: field(&line, "url"),
                    html: field(&line, "html"),
                    text: field(&line, "text"),
                    ..RawArticle::default()
                }
            })
            .collect();
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/raw");
    std::fs::read_dir(folder)
        .expect("samples/raw is part of the repository")
        .map(|entry| entry.expect("its entries can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "html"))
        .map(|path| page(std::fs::read_to_string(path).expect("samples are UTF-8")))
        .collect()
}

#[divan::bench(min_time = 3)]
fn pages_of_news(bencher: Bencher<'_, '_>) {
    let pages = pages();
    let bytes: usize = pages
        .iter()
        .map(|page| page.html.as_deref().unwrap_or_default().len())
        .sum();
    let limits = Limits::default();
    bencher
        .counter(ItemsCount::new(pages.len()))
        .counter(BytesCount::new(bytes))
        .bench(|| {
            for page in &pages {
                divan::black_box(clean(page, &limits).ok());
            }
        });
}

/// A hostile kind: `page` or `text`, and the line.
struct Kind(&'static str, &'static str);

impl std::fmt::Display for Kind {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} {}", self.0, self.1)
    }
}

fn kinds() -> Vec<Kind> {
    let (pages, texts) = include_str!("hostile.txt")
        .split_once("[texts]\n")
        .expect("the list has both parts");
    let read = |lines: &'static str, of: &'static str| {
        lines
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty())
            .map(move |line| Kind(of, line))
    };
    read(pages, "page").chain(read(texts, "text")).collect()
}

#[divan::bench(args = kinds(), sample_count = 1, sample_size = 1)]
fn hostile(bencher: Bencher<'_, '_>, Kind(of, line): &Kind) {
    let line = line.replace("\\n", "\n");
    let article = if *of == "page" {
        page(line.repeat(HOSTILE_BYTES / line.len()))
    } else {
        RawArticle {
            text: Some(line.repeat(HOSTILE_TEXT_BYTES / line.len())),
            ..RawArticle::default()
        }
    };
    let limits = Limits::default();
    bencher.bench(|| divan::black_box(clean(&article, &limits).is_ok()));
}
