//! What the page says of itself, made ready to be compared with its blocks.
//!
//! Invariant: comparing costs the block's length, not the page's.

use std::collections::{HashMap, HashSet};

use xxhash_rust::xxh3::xxh3_64;

use super::lexicon::fold;

/// Words in a shingle.
const SHINGLE: usize = 4;

/// What the page says of itself.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    titles: Vec<HashSet<u64>>,
    description: HashSet<u64>,
    body: HashSet<u64>,
    authors: HashSet<u64>,
}

/// Words of a text, folded.
pub(super) fn words(text: &str) -> Vec<u64> {
    fold(text)
        .split(|char: char| !char.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| xxh3_64(word.as_bytes()))
        .collect()
}

fn shingles(words: &[u64]) -> impl Iterator<Item = u64> + '_ {
    words.windows(SHINGLE).map(|window| {
        window
            .iter()
            .fold(0u64, |hash, word| hash.rotate_left(17).wrapping_mul(31) ^ word)
    })
}

impl Evidence {
    /// Of the titles, description, authors and article body that the page's metadata hold.
    pub(super) fn new(
        titles: &[&str],
        description: Option<&str>,
        authors: &[String],
        body: Option<&str>,
    ) -> Self {
        Self {
            titles: titles
                .iter()
                .map(|title| words(title).into_iter().collect::<HashSet<_>>())
                .filter(|title| !title.is_empty())
                .collect(),
            description: words(description.unwrap_or_default()).into_iter().collect(),
            body: shingles(&words(body.unwrap_or_default())).collect(),
            authors: authors.iter().flat_map(|author| words(author)).collect(),
        }
    }

    /// Whether the page brings its article's text as data.
    pub(super) fn has_body(&self) -> bool {
        self.body.len() > 40
    }

    /// How like the title: words in common over words in either, the best of the titles.
    pub(super) fn title_likeness(&self, block: &HashSet<u64>) -> f32 {
        self.titles
            .iter()
            .map(|title| jaccard(title, block))
            .fold(0.0, f32::max)
    }

    /// How like the description.
    pub(super) fn description_likeness(&self, block: &HashSet<u64>) -> f32 {
        jaccard(&self.description, block)
    }

    /// Share of the block's words that the description holds.
    pub(super) fn in_description(&self, block: &HashSet<u64>) -> f32 {
        contained(block, &self.description)
    }

    /// Share of the block's words that are the authors' names.
    pub(super) fn in_authors(&self, block: &HashSet<u64>) -> f32 {
        contained(block, &self.authors)
    }

    /// Share of the block's shingles that stand in the article body; `None` where either is too short to tell.
    pub(super) fn in_body(&self, words: &[u64]) -> Option<f32> {
        if !self.has_body() || words.len() < SHINGLE {
            return None;
        }
        let mut all = 0u32;
        let mut found = 0u32;
        for shingle in shingles(words) {
            all += 1;
            found += u32::from(self.body.contains(&shingle));
        }
        Some(found as f32 / all.max(1) as f32)
    }
}

fn jaccard(left: &HashSet<u64>, right: &HashSet<u64>) -> f32 {
    if left.is_empty() || right.is_empty() || right.len() > 4 * left.len() + 8 {
        return 0.0;
    }
    let common = left.intersection(right).count();
    common as f32 / (left.len() + right.len() - common) as f32
}

fn contained(inner: &HashSet<u64>, outer: &HashSet<u64>) -> f32 {
    if outer.is_empty() || inner.is_empty() {
        return 0.0;
    }
    inner.intersection(outer).count() as f32 / inner.len() as f32
}

/// Counts how often each text stood before.
#[derive(Debug, Default)]
pub(super) struct Seen(HashMap<u64, u32>);

impl Seen {
    /// How often `words` stood before; from now on once more.
    pub(super) fn again(&mut self, words: &[u64]) -> u32 {
        let hash = words.iter().fold(0u64, |hash, word| {
            hash.rotate_left(9).wrapping_mul(1_099_511_628_211) ^ word
        });
        let count = self.0.entry(hash).or_insert(0);
        *count += 1;
        *count - 1
    }
}
