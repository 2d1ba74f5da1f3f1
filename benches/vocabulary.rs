//! What a vocabulary costs: loading, look-ups, a scan of text.
//!
//! `cargo bench --bench vocabulary`. The built-in vocabulary, or the compiled file that NEWSMILL_BENCH_VOCABULARY names,
//! alone.

#![expect(
    clippy::expect_used,
    reason = "a benchmark without its files has nothing to measure"
)]

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use newsmill::vocabulary::fold::{fold, squash, tokens};
use newsmill::vocabulary::{LiveVocabulary, Vocabulary};

fn main() {
    divan::main();
}

/// Labels that are looked up in a round.
const LABELS: usize = 4096;

fn file() -> Option<PathBuf> {
    std::env::var_os("NEWSMILL_BENCH_VOCABULARY").map(PathBuf::from)
}

static VOCABULARY: LazyLock<Arc<Vocabulary>> = LazyLock::new(|| {
    let loaded = file().map(|path| Vocabulary::load_alone(&path).expect("a compiled vocabulary"));
    Arc::new(loaded.unwrap_or_else(Vocabulary::builtin))
});

/// Labels from all parts of the vocabulary.
fn labels() -> Vec<String> {
    let step = (VOCABULARY.len() / LABELS).max(1);
    VOCABULARY
        .concepts()
        .step_by(step)
        .map(|concept| VOCABULARY.label(concept))
        .collect()
}

/// From the file to a vocabulary over the built-in one.
#[divan::bench(sample_count = 10)]
fn load(bencher: Bencher<'_, '_>) {
    let path = file();
    bencher.bench(|| match &path {
        Some(path) => Vocabulary::load(path).expect("a compiled vocabulary"),
        None => Vocabulary::builtin(),
    });
}

/// What an article pays for the vocabulary being exchangeable.
#[divan::bench]
fn current(bencher: Bencher<'_, '_>) {
    let live = LiveVocabulary::fixed(Arc::clone(&VOCABULARY));
    bencher.bench(|| live.current());
}

#[divan::bench]
fn find_known(bencher: Bencher<'_, '_>) {
    let labels = labels();
    bencher.counter(ItemsCount::new(labels.len())).bench(|| {
        for label in &labels {
            divan::black_box(VOCABULARY.find(label));
        }
    });
}

#[divan::bench]
fn find_folded(bencher: Bencher<'_, '_>) {
    let keys: Vec<String> = labels().iter().map(|label| squash(&fold(label))).collect();
    bencher.counter(ItemsCount::new(keys.len())).bench(|| {
        for key in &keys {
            divan::black_box(VOCABULARY.find_squashed(key));
        }
    });
}

#[divan::bench]
fn find_unknown(bencher: Bencher<'_, '_>) {
    let keys: Vec<String> = labels()
        .iter()
        .map(|label| format!("{}qqz", squash(&fold(label))))
        .collect();
    bencher.counter(ItemsCount::new(keys.len())).bench(|| {
        for key in &keys {
            divan::black_box(VOCABULARY.find_squashed(key));
        }
    });
}

/// Every token of the samples' texts as the beginning of a label.
#[divan::bench]
fn scan(bencher: Bencher<'_, '_>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/expected");
    let text: String = std::fs::read_dir(folder)
        .expect("tests/golden is part of the repository")
        .map(|entry| std::fs::read(entry.expect("its entries can be read").path()).expect("readable"))
        .filter_map(|record| serde_json::from_slice::<serde_json::Value>(&record).ok())
        .filter_map(|record| record.get("text")?.as_str().map(|text| format!("{text}\n\n")))
        .collect();
    bencher.counter(BytesCount::new(text.len())).bench(|| {
        let tokens = tokens(&text);
        let scanner = VOCABULARY.scanner(&text, &tokens);
        (0..tokens.len())
            .map(|token| scanner.at(token).len())
            .sum::<usize>()
    });
}
