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
    /// How many words each title and the description have.
    titles: Vec<usize>,
    description: usize,
    /// The words of all of them, in order of their hashes, each with a bit for what it stands in.
    known: Vec<(u64, u64)>,
    /// Bits of the same.
    touched: Touched,
    body: HashSet<u64>,
}

const DESCRIPTION: u64 = 1;
const AUTHORS: u64 = 2;
/// The bit of the first title; the others' follow.
const TITLE: u64 = 4;
/// As many as there are bits for.
const TITLES_MAX: usize = 62;

/// How like what the page says of itself a block is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Likeness {
    /// Words in common with a title over words in either, the best of the titles.
    pub(super) title: f32,
    /// The same with the description.
    pub(super) description: f32,
    /// Share of the block's words that the description holds.
    pub(super) in_description: f32,
    /// Share of the block's words that are the authors' names.
    pub(super) authors: f32,
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

    fn add(&mut self, word: u64) {
        let (at, bit) = Self::place(word);
        if let Some(bits) = self.0.get_mut(at) {
            *bits |= bit;
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
}

/// How many different words there are. Few are told without sorting them.
fn different(words: &[u64]) -> usize {
    const SLOTS: usize = 256;
    if words.len() > SLOTS / 2 {
        return Words::of(words.to_vec()).0.len();
    }
    // Nought is an empty slot, so no word is.
    let mut slots = [0; SLOTS];
    let mut count = 0;
    for word in words.iter().map(|word| word | 1) {
        let first = (word >> 56) as usize;
        let free = (first..first + SLOTS).map(|at| at % SLOTS).find_map(|at| {
            let slot = slots.get(at).copied()?;
            (slot == 0 || slot == word).then_some((at, slot == 0))
        });
        if let Some((at, true)) = free {
            if let Some(slot) = slots.get_mut(at) {
                *slot = word;
            }
            count += 1;
        }
    }
    count
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
        let description = Words::of(words(description.unwrap_or_default()));
        let authors = Words::of(authors.iter().flat_map(|author| words(author)).collect());
        let mut unlike: Vec<Words> = Vec::new();
        for title in titles.iter().map(|title| Words::of(words(title))) {
            if !title.0.is_empty() && !unlike.contains(&title) && unlike.len() < TITLES_MAX {
                unlike.push(title);
            }
        }
        let mut own = Self {
            titles: unlike.iter().map(|title| title.0.len()).collect(),
            description: description.0.len(),
            body: shingles(&words(body.unwrap_or_default())).collect(),
            ..Self::default()
        };
        let of_titles = unlike.iter().zip(0..).map(|(title, at)| (title, TITLE << at));
        let all = of_titles.chain([(&description, DESCRIPTION), (&authors, AUTHORS)]);
        let mut known: Vec<(u64, u64)> = all
            .flat_map(|(words, bit)| words.0.iter().map(move |word| (*word, bit)))
            .collect();
        known.sort_unstable();
        known.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 |= next.1;
            }
            same
        });
        known.iter().for_each(|(word, _)| own.touched.add(*word));
        own.known = known;
        own
    }

    /// Whether the page brings its article's text as data.
    pub(super) fn has_body(&self) -> bool {
        self.body.len() > 40
    }

    /// How like these words of a block are to titles, description and authors. Most blocks have none of their words.
    pub(super) fn likeness(&self, block: &[u64]) -> Likeness {
        let mut found: Vec<usize> = block
            .iter()
            .filter(|word| self.touched.has(**word))
            .filter_map(|word| self.known.binary_search_by_key(word, |(known, _)| *known).ok())
            .collect();
        if found.is_empty() {
            return Likeness::default();
        }
        found.sort_unstable();
        found.dedup();
        let words = different(block);
        let common = |bit: u64| {
            let known = found.iter().filter_map(|at| self.known.get(*at));
            known.filter(|(_, of)| of & bit != 0).count()
        };
        // A text much longer is like none of them.
        let alike = |own: usize, common: usize| {
            if common == 0 || words > 4 * own + 8 {
                return 0.0;
            }
            common as f32 / (own + words - common) as f32
        };
        let described = common(DESCRIPTION);
        let titles = self.titles.iter().zip(0..);
        Likeness {
            title: titles
                .map(|(own, at)| alike(*own, common(TITLE << at)))
                .fold(0.0, f32::max),
            description: alike(self.description, described),
            in_description: described as f32 / words as f32,
            authors: common(AUTHORS) as f32 / words as f32,
        }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn different_words_are_as_many_with_and_without_sorting(words in prop::collection::vec(0u64..200, 0..160)) {
            let spread: Vec<u64> = words.iter().map(|word| (word << 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect();
            prop_assert_eq!(different(&spread), Words::of(spread.clone()).0.len());
        }
    }
}
