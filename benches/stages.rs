//! What each stage costs on the articles under `samples/raw`, a page and a text at a time, one thread.
//!
//! `cargo bench --bench stages`. Timings on shared machines are noisy: compare two programs in turn, in one
//! run, and quote the ratio. Each figure is for all samples once; the throughput line is bytes of raw article.

#![expect(
    clippy::expect_used,
    reason = "a benchmark without its samples has nothing to measure"
)]

use std::path::Path;
use std::sync::Arc;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use newsmill::enrich::{Enricher, Limits, Stage, Stages};
use newsmill::message::RawArticle;
use newsmill::vocabulary::Vocabulary;

fn main() {
    divan::main();
}

/// The samples whose file ends in `extension`: their content and its size in bytes.
fn samples(extension: &str) -> (Vec<String>, usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/raw");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("samples/raw is part of the repository")
        .map(|entry| entry.expect("its entries can be read").path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    paths.sort();
    let contents: Vec<_> = paths
        .iter()
        .map(|path| std::fs::read_to_string(path).expect("samples are UTF-8"))
        .collect();
    let bytes = contents.iter().map(String::len).sum();
    (contents, bytes)
}

fn page(html: &str) -> RawArticle {
    RawArticle {
        html: Some(html.to_owned()),
        ..RawArticle::default()
    }
}

fn text(text: &str) -> RawArticle {
    RawArticle {
        text: Some(text.to_owned()),
        ..RawArticle::default()
    }
}

/// Runs `stages` over `articles`, again and again.
fn run(bencher: Bencher<'_, '_>, stages: Stages, articles: Vec<RawArticle>, bytes: usize) {
    let enricher = Enricher::new(Arc::new(Vocabulary::builtin()), Limits::default(), stages);
    bencher
        .counter(ItemsCount::new(articles.len()))
        .counter(BytesCount::new(bytes))
        .with_inputs(|| articles.clone())
        .bench_values(|articles| {
            for article in articles {
                divan::black_box(enricher.enrich(article).expect("samples are articles"));
            }
        });
}

#[divan::bench]
fn clean_pages(bencher: Bencher<'_, '_>) {
    let (pages, bytes) = samples("html");
    run(
        bencher,
        Stages::only(Stage::Clean),
        pages.iter().map(|html| page(html)).collect(),
        bytes,
    );
}

#[divan::bench]
fn clean_texts(bencher: Bencher<'_, '_>) {
    let (texts, bytes) = samples("txt");
    run(
        bencher,
        Stages::only(Stage::Clean),
        texts.iter().map(|content| text(content)).collect(),
        bytes,
    );
}

#[divan::bench]
fn quotes(bencher: Bencher<'_, '_>) {
    let (texts, bytes) = samples("txt");
    run(
        bencher,
        Stages::only(Stage::Quotes),
        texts.iter().map(|content| text(content)).collect(),
        bytes,
    );
}

#[divan::bench]
fn tags(bencher: Bencher<'_, '_>) {
    let (texts, bytes) = samples("txt");
    run(
        bencher,
        Stages::only(Stage::Tags),
        texts.iter().map(|content| text(content)).collect(),
        bytes,
    );
}

#[divan::bench]
fn all_stages_pages(bencher: Bencher<'_, '_>) {
    let (pages, bytes) = samples("html");
    run(
        bencher,
        Stages::ALL,
        pages.iter().map(|html| page(html)).collect(),
        bytes,
    );
}

#[divan::bench]
fn builtin_vocabulary(bencher: Bencher<'_, '_>) {
    bencher.bench(Vocabulary::builtin);
}
