//! Sketches: small tables that answer quickly, and wrongly only to the safe side.
//!
//! Invariant: a word that some label has is always known, and a label's first word never promises fewer tokens
//! than there are.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

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
pub(super) struct Pairs(Vec<[u64; LINE_WORDS]>);

/// Words of a line of cache.
const LINE_WORDS: usize = 8;
const BITS_A_LABEL: usize = 5;
const PAIR_PROBES: u32 = 3;
const LINES_LEAST: usize = 16;
/// Labels that are read by one thread at a time, and by all before they are put down.
const LABELS_A_PIECE: usize = 16 << 10;
const PIECES_AT_ONCE: usize = 16;

impl Pairs {
    /// Of so many labels, each given by its number and read into room.
    pub(super) fn of(
        labels: usize,
        label: impl for<'r> Fn(usize, &'r mut Vec<u8>) -> Option<&'r str> + Sync,
    ) -> Self {
        let mut pairs = Self(vec![[0; LINE_WORDS]; Self::lines_for(labels)]);
        let pieces: Vec<usize> = (0..labels).step_by(LABELS_A_PIECE).collect();
        for pieces in pieces.chunks(PIECES_AT_ONCE) {
            let found: Vec<Vec<u64>> = pieces
                .par_iter()
                .map(|first| {
                    let mut room = Vec::new();
                    (*first..labels.min(first + LABELS_A_PIECE))
                        .filter_map(|number| pair_of(label(number, &mut room)?))
                        .collect()
                })
                .collect();
            found.into_iter().flatten().for_each(|both| pairs.add(both));
        }
        pairs
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

    fn lines_for(labels: usize) -> usize {
        (labels * BITS_A_LABEL / (LINE_WORDS * 64)).max(LINES_LEAST)
    }

    /// Bytes of memory that those of so many labels take.
    pub(super) fn bytes_for(labels: usize) -> usize {
        Self::lines_for(labels) * size_of::<[u64; LINE_WORDS]>()
    }
}

/// The hash of a label's first two tokens, where it has so many.
fn pair_of(folded: &str) -> Option<u64> {
    let second = folded.find(' ')? + 1;
    let rest = folded.get(second..)?;
    let end = rest.find(' ').map_or(folded.len(), |end| second + end);
    Some(hash_of(folded.get(..end)?))
}

/// Bits of a line, by its words. The upper bits of the hash have chosen the line.
fn bits_of(both: u64) -> impl Iterator<Item = (usize, u64)> {
    (0..PAIR_PROBES).map(move |probe| {
        let bit = (both >> (probe * 9)) & 511;
        ((bit >> 6) as usize, 1 << (bit & 63))
    })
}

/// What the labels' words are, before they become sketches.
#[derive(Debug, Default)]
pub(super) struct Sketching {
    words: HashSet<u64, PassThrough>,
    firsts: HashMap<u64, u8, PassThrough>,
}

impl Sketching {
    pub(super) fn add(&mut self, folded: &str) {
        let mut tokens = 0usize;
        for token in folded.split(' ') {
            tokens += 1;
            self.words.insert(hash_of(token));
        }
        if tokens > 1 && tokens <= SCAN_TOKENS_MAX {
            let mut first = Hash::default();
            first.push(folded.split(' ').next().unwrap_or_default());
            let longest = self.firsts.entry(first.finish()).or_default();
            *longest = (*longest).max(u8::try_from(tokens).unwrap_or(u8::MAX));
        }
    }

    pub(super) fn finish(&self) -> (Words, Firsts) {
        (Words::of(&self.words), Firsts::of(&self.firsts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sketches_err_to_the_safe_side_and_seldom() {
        let mut sketching = Sketching::default();
        let labels: Vec<String> = (0..5000).map(|n| format!("first{n} b{n} c")).collect();
        labels.iter().for_each(|label| sketching.add(label));
        sketching.add("long ".repeat(20).trim_end());
        let (words, firsts) = sketching.finish();
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
        let labels: Vec<String> = (0..5000).map(|n| format!("first{n} b{n} c")).collect();
        let pairs = Pairs::of(labels.len(), |label, room| {
            room.clear();
            room.extend(labels[label].bytes());
            std::str::from_utf8(room).ok()
        });
        for n in 0..5000 {
            assert!(pairs.has(hash_of(&format!("first{n} b{n}"))));
        }
        let wrong = (0..5000)
            .filter(|n| pairs.has(hash_of(&format!("first{n} b{}", n + 1))))
            .count();
        assert!(wrong < 1000, "{wrong}");
        assert_eq!(pair_of("new york times"), Some(hash_of("newyork")));
        assert_eq!(
            (pair_of("new york"), pair_of("york")),
            (Some(hash_of("new york")), None)
        );
    }
}
