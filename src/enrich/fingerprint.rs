//! Fingerprints of a text: one that tells twins, one that tells near-twins.

use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::xxh3_64;

use super::eights::{HIGH, STEP, eight, small};
use crate::message::Fingerprint;

/// Fingerprints of the clean text, whose words these are.
pub fn of(text: &str, words: &[&str]) -> Fingerprint {
    let mut sha256 = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        for digit in [byte >> 4, byte & 0xF] {
            sha256.extend(char::from_digit(u32::from(digit), 16));
        }
    }
    Fingerprint {
        sha256,
        simhash: format!("{:016x}", simhash(words)),
    }
}

/// Charikar's simhash over word pairs, case folded: each pair's hash votes on every bit. A pair rather than a
/// word, so that two articles on one subject with other sentences stay apart.
fn simhash(words: &[&str]) -> u64 {
    let mut votes = Votes::default();
    let mut before = 0u64;
    for word in words {
        let hash = hash_of_small(word);
        let mut pair = [0; 16];
        let (left, right) = pair.split_at_mut(8);
        left.copy_from_slice(&before.to_le_bytes());
        right.copy_from_slice(&hash.to_le_bytes());
        before = hash;
        votes.add(xxh3_64(&pair));
    }
    votes.majority()
}

/// Letters of a word that most words stay under.
const SHORT: usize = 2 * STEP;

/// The hash of a word in small letters.
fn hash_of_small(word: &str) -> u64 {
    let bytes = word.as_bytes();
    let (first, second) = (eight(bytes, 0), eight(bytes, STEP));
    if bytes.len() > SHORT || (first | second) & HIGH != 0 {
        return xxh3_64(word.to_lowercase().as_bytes());
    }
    let both = u128::from(small(second)) << u64::BITS | u128::from(small(first));
    xxh3_64(both.to_le_bytes().get(..bytes.len()).unwrap_or_default())
}

/// Votes on 64 bits, counted side by side: plane `n` holds bit `n` of every count.
#[derive(Debug, Default)]
struct Votes {
    /// The last few votes: these planes are gone through whatever they hold, for a processor guesses wrong where to stop.
    latest: [u64; 4],
    planes: [u64; u32::BITS as usize],
    all: u32,
}

impl Votes {
    /// Votes that the planes of the latest have room for.
    const LATEST: u32 = 15;

    fn add(&mut self, mut ones: u64) {
        self.all += 1;
        for plane in &mut self.latest {
            (ones, *plane) = (*plane & ones, *plane ^ ones);
        }
        if self.all.is_multiple_of(Self::LATEST) {
            self.settle();
        }
    }

    /// Counts the latest with all others.
    fn settle(&mut self) {
        for (power, latest) in self.latest.iter_mut().enumerate() {
            let mut ones = std::mem::take(latest);
            for plane in self.planes.iter_mut().skip(power) {
                (ones, *plane) = (*plane & ones, *plane ^ ones);
                if ones == 0 {
                    break;
                }
            }
        }
    }

    /// The bits that more than half have voted for.
    fn majority(mut self) -> u64 {
        self.settle();
        (0..u64::BITS)
            .filter(|bit| {
                let planes = self.planes.iter().zip(0..);
                let count: u64 = planes.map(|(plane, power)| (plane >> bit & 1) << power).sum();
                count * 2 > u64::from(self.all)
            })
            .fold(0, |hash, bit| hash | 1 << bit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enrich::words::words;

    #[test]
    fn every_vote_counts() {
        for voters in [0u64, 1, 2, 14, 15, 16, 31, 240, 1000] {
            let mut votes = Votes::default();
            for voter in 0..voters {
                votes.add(if voter * 2 <= voters { 0b01 } else { 0b10 } | u64::from(voter % 3 > 0) << 63);
            }
            let mut majority = 0;
            for (bit, count) in [
                (0, (0..voters).filter(|voter| voter * 2 <= voters).count()),
                (1, (0..voters).filter(|voter| voter * 2 > voters).count()),
                (63, (0..voters).filter(|voter| voter % 3 > 0).count()),
            ] {
                majority |= u64::from(count as u64 * 2 > voters) << bit;
            }
            assert_eq!(votes.majority(), majority, "{voters}");
        }
    }

    const STORY: &str = "The council voted on Tuesday to close the old bridge for two years while it is rebuilt. \
        Traders on both banks said they had not been asked, and the mayor promised a ferry.";

    #[test]
    fn words_are_hashed_in_small_letters_whatever_their_length() {
        for word in [
            "Bridge",
            "BRÜCKE",
            "İSTANBUL",
            &"Ab".repeat(8),
            &"Ab".repeat(9),
            "",
        ] {
            assert_eq!(
                hash_of_small(word),
                xxh3_64(word.to_lowercase().as_bytes()),
                "{word}"
            );
        }
    }

    #[test]
    fn near_twins_differ_in_few_bits_and_strangers_in_many() {
        let simhash = |text: &str| simhash(&words(text).collect::<Vec<_>>());
        let twin = STORY.replace("Tuesday", "Monday");
        let other = "Shares in the chip maker fell by a tenth after it cut its forecast for the second time this year.";
        assert!((simhash(STORY) ^ simhash(&twin)).count_ones() < 16);
        assert!((simhash(STORY) ^ simhash(other)).count_ones() > 20);
    }
}
