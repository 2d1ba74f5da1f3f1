//! Sketches: small tables that answer quickly, and wrongly only to the safe side.
//!
//! Invariant: a word that some label has is always known, and a label's first word never promises fewer tokens
//! than there are.

use std::collections::{HashMap, HashSet};

use super::hash::{Hash, PassThrough, hash_of, spread};

/// A label is also found inside text up to this many tokens.
pub(super) const SCAN_TOKENS_MAX: usize = 24;

/// The words of all labels, as a Bloom filter: one in some hundreds of other words is found too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Words(pub(super) Vec<u64>);

const BITS_A_WORD: usize = 16;
const PROBES: u64 = 4;
/// A handful of words gets more room: they are not spread evenly.
const BLOCKS_LEAST: usize = 64;

impl Words {
    pub(super) fn of(hashes: &HashSet<u64, PassThrough>) -> Self {
        let blocks = (hashes.len() * BITS_A_WORD / 64).max(BLOCKS_LEAST);
        let mut words = Self(vec![0; blocks]);
        for hash in hashes {
            for (at, bit) in probes(*hash, blocks) {
                if let Some(bits) = words.0.get_mut(at) {
                    *bits |= bit;
                }
            }
        }
        words
    }

    pub(super) fn has(&self, word: &str) -> bool {
        let mut probes = probes(hash_of(word), self.0.len());
        probes.all(|(at, bit)| self.0.get(at).is_some_and(|bits| bits & bit != 0))
    }
}

fn probes(hash: u64, blocks: usize) -> impl Iterator<Item = (usize, u64)> {
    let step = hash.rotate_left(32) | 1;
    (0..PROBES).map(move |probe| {
        let mixed = hash
            .wrapping_add(step.wrapping_mul(probe))
            .wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (spread(mixed, blocks), 1 << (mixed & 63))
    })
}

/// For a label's first token, how many tokens the longest label has that begins with it. Two cells a token; the lower
/// one counts, since others can only have raised it. Two cells in a byte: half the memory is half the waiting for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Firsts(pub(super) Vec<u8>);

const CELLS_A_TOKEN: usize = 8;
const CELLS_LEAST: usize = 256;
/// What a cell holds at most; it stands for any number from there on.
const CELL_MAX: u8 = 15;

impl Firsts {
    pub(super) fn of(longest: &HashMap<u64, u8, PassThrough>) -> Self {
        let size = (longest.len() * CELLS_A_TOKEN).max(CELLS_LEAST);
        let mut firsts = Self(vec![0; size / 2]);
        for (hash, tokens) in longest {
            for at in cells(*hash, size) {
                if let Some(byte) = firsts.0.get_mut(at / 2) {
                    let shift = shift_of(at);
                    let most = ((*byte >> shift) & CELL_MAX).max((*tokens).min(CELL_MAX));
                    *byte = (*byte & !(CELL_MAX << shift)) | (most << shift);
                }
            }
        }
        firsts
    }

    /// The most tokens of a label that begins with the token of this hash; at times more.
    pub(super) fn longest(&self, hash: u64) -> usize {
        let most = |cell: usize| {
            let byte = self.0.get(cell / 2).copied().unwrap_or_default();
            (byte >> shift_of(cell)) & CELL_MAX
        };
        let [one, other] = cells(hash, self.0.len() * 2);
        match most(one).min(most(other)) {
            CELL_MAX => SCAN_TOKENS_MAX,
            most => usize::from(most).max(1),
        }
    }
}

/// Where in its byte a cell lies.
fn shift_of(cell: usize) -> u32 {
    if cell.is_multiple_of(2) { 0 } else { 4 }
}

fn cells(hash: u64, size: usize) -> [usize; 2] {
    [
        spread(hash, size),
        spread(hash.rotate_left(29).wrapping_mul(0x517C_C1B7_2722_0A95), size),
    ]
}

/// The first two tokens of all labels of several, as a Bloom filter: a stretch of text that begins like none of them is
/// not looked up at any length. All bits of a pair lie in one stretch of memory, so that it is waited for once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pairs(pub(super) Vec<Line>);

/// A line of cache.
pub(super) type Line = [u64; LINE_WORDS];

pub(super) const LINE_WORDS: usize = 8;
const BITS_A_LABEL: usize = 4;
const PAIR_PROBES: u32 = 3;
const LINES_LEAST: usize = 16;

impl Pairs {
    /// With room for the pairs of so many labels.
    fn for_labels(labels: usize) -> Self {
        let lines = (labels * BITS_A_LABEL / (LINE_WORDS * 64)).max(LINES_LEAST);
        Self(vec![[0; LINE_WORDS]; lines])
    }

    fn add(&mut self, both: u64) {
        let line = spread(both, self.0.len());
        if let Some(words) = self.0.get_mut(line) {
            for (word, bit) in bits_of(both) {
                if let Some(word) = words.get_mut(word) {
                    *word |= bit;
                }
            }
        }
    }

    pub(super) fn has(&self, both: u64) -> bool {
        self.0.get(spread(both, self.0.len())).is_some_and(|words| {
            bits_of(both).all(|(word, bit)| words.get(word).is_some_and(|bits| bits & bit != 0))
        })
    }
}

/// Bits of a line, by its words. The upper bits of the hash have chosen the line.
fn bits_of(both: u64) -> impl Iterator<Item = (usize, u64)> {
    (0..PAIR_PROBES).map(move |probe| {
        let bit = (both >> (probe * 9)) & 511;
        ((bit >> 6) as usize, 1 << (bit & 63))
    })
}

/// What the labels' words are, before they become sketches.
#[derive(Debug)]
pub(super) struct Sketching {
    words: HashSet<u64, PassThrough>,
    firsts: HashMap<u64, u8, PassThrough>,
    pairs: Pairs,
}

impl Sketching {
    /// Of so many labels.
    pub(super) fn new(labels: usize) -> Self {
        Self {
            words: HashSet::default(),
            firsts: HashMap::default(),
            pairs: Pairs::for_labels(labels),
        }
    }

    pub(super) fn add(&mut self, folded: &str) {
        let mut begun = Hash::default();
        let mut first = None;
        let mut tokens = 0usize;
        for token in folded.split(' ') {
            tokens += 1;
            self.words.insert(hash_of(token));
            if tokens <= 2 {
                begun.push(token);
            }
            match tokens {
                1 => first = Some(begun.finish()),
                2 => self.pairs.add(begun.finish()),
                _ => {}
            }
        }
        if let Some(first) = first.filter(|_| tokens > 1 && tokens <= SCAN_TOKENS_MAX) {
            let longest = self.firsts.entry(first).or_default();
            *longest = (*longest).max(u8::try_from(tokens).unwrap_or(u8::MAX));
        }
    }

    pub(super) fn finish(self) -> (Words, Firsts, Pairs) {
        (Words::of(&self.words), Firsts::of(&self.firsts), self.pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sketches_err_to_the_safe_side_and_seldom() {
        let mut sketching = Sketching::new(5000);
        let labels: Vec<String> = (0..5000).map(|n| format!("first{n} b{n} c")).collect();
        labels.iter().for_each(|label| sketching.add(label));
        sketching.add("long ".repeat(20).trim_end());
        let (words, firsts, _) = sketching.finish();
        for n in 0..5000 {
            assert!(words.has(&format!("b{n}")));
            assert!(firsts.longest(hash_of(&format!("first{n}"))) >= 3);
        }
        assert!(firsts.longest(hash_of("long")) >= 20);
        let wrong = (0..5000).filter(|n| words.has(&format!("other{n}"))).count();
        assert!(wrong < 50, "{wrong}");
        let wrong = (0..5000)
            .filter(|n| firsts.longest(hash_of(&format!("other{n}"))) > 1)
            .count();
        assert!(wrong < 700, "{wrong}");
    }

    #[test]
    fn a_pair_that_begins_a_label_is_known_and_few_others_are() {
        let mut sketching = Sketching::new(5000);
        (0..5000).for_each(|n| sketching.add(&format!("first{n} b{n} c")));
        sketching.add("new york times");
        sketching.add("los angeles");
        let (_, _, pairs) = sketching.finish();
        for n in 0..5000 {
            assert!(pairs.has(hash_of(&format!("first{n} b{n}"))));
        }
        let wrong = (0..5000)
            .filter(|n| pairs.has(hash_of(&format!("first{n} b{}", n + 1))))
            .count();
        assert!(wrong < 1000, "{wrong}");
        assert!(pairs.has(hash_of("new york")) && pairs.has(hash_of("los angeles")));
        let mut alone = Sketching::new(1);
        alone.add("york");
        let (_, _, pairs) = alone.finish();
        assert_eq!(pairs, Pairs::for_labels(1), "one token is no pair");
    }
}
