//! What a vocabulary costs: loading, look-ups, a scan of text, the tags in it.
//!
//! `cargo bench --bench vocabulary`. The built-in vocabulary, or the compiled file that NEWSMILL_BENCH_VOCABULARY names,
//! alone. What is scanned are the golden articles, which are short and name much, or the `text`, `title` and `language` of
//! the NDJSON that NEWSMILL_BENCH_TEXTS names.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark without its files has nothing to measure"
)]

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use newsmill::enrich::clean::CleanText;
use newsmill::enrich::tags::{self, Input, TagRules};
use newsmill::vocabulary::fold::{fold, squash, tokens};
use newsmill::vocabulary::{LiveVocabulary, Vocabulary};

fn main() {
    divan::main();
    tell_tails();
}

/// Labels that are looked up in a round.
const LABELS: usize = 4096;
/// How often a keyword is timed.
const TRIES: usize = 5;

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

/// Articles to read: their texts, titles and languages.
type Articles = Vec<(CleanText, Option<String>, Option<String>)>;

/// The golden articles' clean texts, or those of the NDJSON that NEWSMILL_BENCH_TEXTS names.
fn articles() -> Articles {
    let read = |path: PathBuf| std::fs::read_to_string(path).expect("readable");
    let articles: Vec<String> = match std::env::var_os("NEWSMILL_BENCH_TEXTS") {
        Some(path) => read(path.into()).lines().map(str::to_owned).collect(),
        None => std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/expected"))
            .expect("tests/golden is part of the repository")
            .map(|entry| read(entry.expect("its entries can be read").path()))
            .collect(),
    };
    articles
        .iter()
        .filter_map(|article| serde_json::from_str::<serde_json::Value>(article).ok())
        .filter_map(|article| {
            let field = |name: &str| Some(article.get(name)?.as_str()?.to_owned());
            Some((
                CleanText::verbatim(field("text")?),
                field("title"),
                field("language"),
            ))
        })
        .collect()
}

/// Every token of the samples' texts as the beginning of a label.
#[divan::bench]
fn scan(bencher: Bencher<'_, '_>) {
    let texts: Vec<String> = articles()
        .iter()
        .map(|(text, ..)| format!("{}\n\n", text.as_str()))
        .collect();
    let text = texts.concat();
    bencher.counter(BytesCount::new(text.len())).bench(|| {
        let tokens = tokens(&text);
        let scanner = VOCABULARY.scanner(&text, &tokens);
        (0..tokens.len())
            .map(|token| scanner.at(token).count())
            .sum::<usize>()
    });
}

/// Tags in the text: the scan, which labels are meant there, and the tags of them. No keywords.
#[divan::bench]
fn tags_in_text(bencher: Bencher<'_, '_>) {
    let articles = articles();
    let bytes: usize = articles.iter().map(|(text, ..)| text.as_str().len()).sum();
    bencher.counter(BytesCount::new(bytes)).bench(|| {
        for (text, title, language) in &articles {
            let input = Input {
                keywords: &[],
                text,
                title: title.as_deref(),
                language: language.as_deref(),
            };
            divan::black_box(tags::read(&input, &VOCABULARY, TagRules::default(), 0));
        }
    });
}

/// A name with a slip in the middle, one of four sorts.
fn misspelt(name: &str, sort: usize) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    let middle = letters.len() / 2;
    match sort % 4 {
        0 => drop(letters.remove(middle)),
        1 => letters.swap(middle - 1, middle),
        2 => letters.insert(middle, 'q'),
        _ => letters[middle] = 'x',
    }
    letters.into_iter().collect()
}

/// What one keyword takes from its raw string to its tag, known and misspelt: the middle, and one in a hundred. A mean
/// would hide the words that a repair has much to try for. Left out where another benchmark is asked for by name.
fn tell_tails() {
    if std::env::args()
        .skip(1)
        .any(|arg| !arg.starts_with('-') && arg != "tails")
    {
        return;
    }
    let names: Vec<String> = labels()
        .into_iter()
        .filter(|label| label.chars().count() >= 8)
        .collect();
    let slips: Vec<String> = (0..)
        .zip(&names)
        .map(|(sort, name)| misspelt(name, sort))
        .collect();
    let text = CleanText::verbatim(String::new());
    for (what, keywords) in [("known", &names), ("misspelt", &slips)] {
        let mut taken: Vec<Duration> = keywords
            .iter()
            .map(|keyword| {
                let input = Input {
                    keywords: &[keyword],
                    text: &text,
                    title: None,
                    language: Some("en"),
                };
                let once = || {
                    let begun = Instant::now();
                    divan::black_box(tags::read(&input, &VOCABULARY, TagRules::default(), 0));
                    begun.elapsed()
                };
                // The least: what comes between on a busy machine is no cost of the word.
                (0..TRIES).map(|_| once()).min().unwrap_or_default()
            })
            .collect();
        taken.sort_unstable();
        let at = |share: usize| taken.get(taken.len() * share / 100).copied().unwrap_or_default();
        println!(
            "a keyword, {what}: {:?} in the middle, {:?} at 99 %",
            at(50),
            at(99)
        );
    }
}
