//! What the page says of itself, made ready to be compared with its blocks.
//!
//! Invariant: comparing costs the block's length, not the page's.

use foldhash::{HashMap, HashSet};

use super::hashes;
use super::lexicon::fold;

/// Words in a shingle.
const SHINGLE: usize = 4;

/// What the page says of itself.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    titles: Vec<Words>,
    description: Words,
    body: HashSet<u64>,
    authors: Words,
    /// Bits of the words of titles, description and authors.
    touched: Touched,
}

/// Which words a block must have one of to be like anything: as a Bloom filter, since most blocks have none.
#[derive(Debug)]
struct Touched([u64; TOUCHED_WORDS]);

const TOUCHED_WORDS: usize = 64;

impl Default for Touched {
    fn default() -> Self {
        Self([0; TOUCHED_WORDS])
    }
}

impl Touched {
    fn place(word: u64) -> (usize, u64) {
        ((word >> 6) as usize % TOUCHED_WORDS, 1 << (word & 63))
    }

    fn add(&mut self, words: &Words) {
        for word in &words.0 {
            let (at, bit) = Self::place(*word);
            if let Some(bits) = self.0.get_mut(at) {
                *bits |= bit;
            }
        }
    }

    fn has(&self, word: u64) -> bool {
        let (at, bit) = Self::place(word);
        self.0.get(at).is_some_and(|bits| bits & bit != 0)
    }
}

/// A text's words, each once, in order of their hashes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Words(Vec<u64>);

impl Words {
    /// Of a list of them.
    pub(super) fn of(mut words: Vec<u64>) -> Self {
        words.sort_unstable();
        words.dedup();
        Self(words)
    }

    fn common(&self, other: &Self) -> usize {
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut common = 0;
        while let (Some(one), Some(two)) = (left.peek(), right.peek()) {
            match one.cmp(two) {
                std::cmp::Ordering::Less => left.next(),
                std::cmp::Ordering::Greater => right.next(),
                std::cmp::Ordering::Equal => {
                    common += 1;
                    right.next();
                    left.next()
                }
            };
        }
        common
    }

    /// Words in common over words in either.
    pub(super) fn likeness(&self, other: &Self) -> f32 {
        if self.0.is_empty() || other.0.is_empty() {
            return 0.0;
        }
        let common = self.common(other);
        common as f32 / (self.0.len() + other.0.len() - common) as f32
    }

    /// The same, nothing for a text much longer than this one.
    fn likeness_of_line(&self, line: &Self) -> f32 {
        if line.0.len() > 4 * self.0.len() + 8 {
            return 0.0;
        }
        self.likeness(line)
    }

    /// Share of these words that `outer` holds.
    fn share_in(&self, outer: &Self) -> f32 {
        if outer.0.is_empty() || self.0.is_empty() {
            return 0.0;
        }
        self.common(outer) as f32 / self.0.len() as f32
    }
}

/// Words of a text, folded.
pub(super) fn words(text: &str) -> Vec<u64> {
    let mut words = Vec::new();
    hashes::put(&fold(text), &mut words);
    words
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
        let mut own = Self {
            description: Words::of(words(description.unwrap_or_default())),
            body: shingles(&words(body.unwrap_or_default())).collect(),
            authors: Words::of(authors.iter().flat_map(|author| words(author)).collect()),
            ..Self::default()
        };
        for title in titles.iter().map(|title| Words::of(words(title))) {
            if !title.0.is_empty() && !own.titles.contains(&title) {
                own.titles.push(title);
            }
        }
        let all = own.titles.iter().chain([&own.description, &own.authors]);
        for words in all {
            own.touched.add(words);
        }
        own
    }

    /// Whether the page brings its article's text as data.
    pub(super) fn has_body(&self) -> bool {
        self.body.len() > 40
    }

    /// Whether any of these words may stand in the titles, the description or the authors. Where none does, all the
    /// measures below are nought.
    pub(super) fn touches(&self, words: &[u64]) -> bool {
        words.iter().any(|word| self.touched.has(*word))
    }

    /// How like the title: words in common over words in either, the best of the titles.
    pub(super) fn title_likeness(&self, block: &Words) -> f32 {
        self.titles
            .iter()
            .map(|title| title.likeness_of_line(block))
            .fold(0.0, f32::max)
    }

    /// How like the description.
    pub(super) fn description_likeness(&self, block: &Words) -> f32 {
        self.description.likeness_of_line(block)
    }

    /// Share of the block's words that the description holds.
    pub(super) fn in_description(&self, block: &Words) -> f32 {
        block.share_in(&self.description)
    }

    /// Share of the block's words that are the authors' names.
    pub(super) fn in_authors(&self, block: &Words) -> f32 {
        block.share_in(&self.authors)
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
