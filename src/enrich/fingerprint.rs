//! Fingerprints of a text: one that tells twins, one that tells near-twins.

use sha2::{Digest, Sha256};
use unicode_segmentation::UnicodeSegmentation;
use xxhash_rust::xxh3::xxh3_64;

use crate::message::Fingerprint;

/// Fingerprints of the clean text.
pub fn of(text: &str) -> Fingerprint {
    let sha256 = Sha256::digest(text.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Fingerprint {
        sha256,
        simhash: format!("{:016x}", simhash(text)),
    }
}

/// Charikar's simhash over word pairs, case folded: each pair's hash votes on every bit. A pair rather than a
/// word, so that two articles on one subject with other sentences stay apart.
fn simhash(text: &str) -> u64 {
    let mut votes = [0i32; 64];
    let mut before = 0u64;
    for word in text.unicode_words() {
        let hash = xxh3_64(word.to_lowercase().as_bytes());
        let pair = xxh3_64(&[before.to_le_bytes(), hash.to_le_bytes()].concat());
        before = hash;
        for (bit, vote) in votes.iter_mut().enumerate() {
            *vote += if pair >> bit & 1 == 1 { 1 } else { -1 };
        }
    }
    votes
        .iter()
        .enumerate()
        .filter(|(_, vote)| **vote > 0)
        .fold(0, |hash, (bit, _)| hash | 1 << bit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORY: &str = "The council voted on Tuesday to close the old bridge for two years while it is rebuilt. \
        Traders on both banks said they had not been asked, and the mayor promised a ferry.";

    #[test]
    fn near_twins_differ_in_few_bits_and_strangers_in_many() {
        let twin = STORY.replace("Tuesday", "Monday");
        let other = "Shares in the chip maker fell by a tenth after it cut its forecast for the second time this year.";
        assert!((simhash(STORY) ^ simhash(&twin)).count_ones() < 16);
        assert!((simhash(STORY) ^ simhash(other)).count_ones() > 20);
    }
}
