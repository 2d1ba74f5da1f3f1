//! The scanner: which labels begin at a token of a text.
//!
//! Invariant: a label is found where its tokens stand, never inside a word, and no label that stands there is missed.
//! A text is hashed once; what no label has is known from the hash alone.

use std::ops::Range;

use super::fold::fold_token;
use super::hash::Hash;
use super::sketch::SCAN_TOKENS_MAX;
use super::{Hit, Vocabulary, folded_equals};

/// Finds labels that begin at a token of a text.
#[derive(Debug)]
pub struct Scanner<'v> {
    vocabulary: &'v Vocabulary,
    /// Folded tokens without spaces, and where each ends.
    folded: String,
    ends: Vec<usize>,
    /// The text's hash at the end of each token, and what labels may begin with the token.
    hashes: Vec<Hash>,
    reaches: Vec<Option<Reach>>,
}

/// What labels may begin with a token.
#[derive(Debug, Clone, Copy)]
struct Reach {
    /// The most tokens that one of them has.
    longest: u8,
    /// Whether the token may be one itself.
    alone: bool,
}

impl Reach {
    fn of(first: Hash, vocabulary: &Vocabulary) -> Self {
        Self {
            longest: vocabulary.longest_from(first).min(SCAN_TOKENS_MAX) as u8,
            alone: vocabulary.may_know(first),
        }
    }
}

impl<'v> Scanner<'v> {
    /// A scanner of the text with these tokens.
    pub(super) fn new(vocabulary: &'v Vocabulary, text: &str, tokens: &[Range<usize>]) -> Self {
        let mut folded = String::with_capacity(text.len());
        let mut ends = Vec::with_capacity(tokens.len());
        let mut hashes = Vec::with_capacity(tokens.len());
        let mut reaches = Vec::with_capacity(tokens.len());
        let mut hash = Hash::default();
        let lower = text.to_ascii_lowercase();
        for range in tokens {
            let (from, before) = (folded.len(), hash);
            // Most words by far; the rest has its rules in `fold`.
            match lower.get(range.clone()) {
                Some(word) if word.bytes().all(|byte| byte.is_ascii_alphanumeric()) => folded.push_str(word),
                _ => fold_token(text.get(range.clone()).unwrap_or_default(), &mut folded),
            }
            let token = folded.get(from..).unwrap_or_default();
            token.bytes().for_each(|byte| hash.push_byte(byte));
            ends.push(folded.len());
            hashes.push(hash);
            // All of them here: what is looked up does not wait for what is done with the one before.
            let alone = hash.since(before, token.len());
            reaches.push(alone.map(|token| Reach::of(token, vocabulary)));
        }
        Self {
            vocabulary,
            folded,
            ends,
            hashes,
            reaches,
        }
    }

    /// The folded form of the tokens from `start` to `end`, without spaces.
    pub fn squashed(&self, start: usize, end: usize) -> &str {
        self.folded
            .get(self.before(start)..self.before(end))
            .unwrap_or_default()
    }

    /// Where a token begins in what is folded.
    fn before(&self, token: usize) -> usize {
        match token.checked_sub(1) {
            Some(last) => self.ends.get(last).copied().unwrap_or(self.folded.len()),
            None => 0,
        }
    }

    /// The labels that begin at token `start`, longest first: how many tokens, and who bears it. Each is looked up when
    /// it is asked for.
    pub fn at(&self, start: usize) -> impl Iterator<Item = (usize, Vec<Hit<'v>>)> + '_ {
        self.labels(start, false)
    }

    /// Of them those that may be a common word, not a name: by some topic's label that is not bound to its capitals.
    pub(crate) fn common_at(&self, start: usize) -> impl Iterator<Item = (usize, Vec<Hit<'v>>)> + '_ {
        self.labels(start, true)
    }

    fn labels(&self, start: usize, common: bool) -> impl Iterator<Item = (usize, Vec<Hit<'v>>)> + '_ {
        let from = self.before(start);
        let before = match start.checked_sub(1) {
            Some(last) => self.hashes.get(last).copied().unwrap_or_default(),
            None => Hash::default(),
        };
        let reach = self.reaches.get(start).copied().flatten();
        let least = if reach.is_some_and(|reach| reach.alone) {
            1
        } else {
            2
        };
        let most = reach.map_or(0, |reach| usize::from(reach.longest));
        let begun = |most: usize| {
            let both = self.hashes.get(start + 1)?;
            let both = both.since(before, self.ends.get(start + 1)? - from)?;
            (most > 1 && self.vocabulary.has_pair(both)).then_some(most)
        };
        // Most words begin some label, few go on like one.
        let most = begun(most).unwrap_or(most.min(1));
        (least..=most.min(self.ends.len().saturating_sub(start)))
            .rev()
            .filter_map(move |count| {
                let last = start + count - 1;
                let hash = self
                    .hashes
                    .get(last)?
                    .since(before, self.ends.get(last)? - from)?;
                // That a token alone may be a label is known of all of them.
                let wanted = match (common, count) {
                    (true, _) => self.vocabulary.may_be_common(hash),
                    (false, 1) => true,
                    (false, _) => self.vocabulary.may_know(hash),
                };
                if !wanted {
                    return None;
                }
                let mut hits = Vec::new();
                self.vocabulary.collect(
                    hash.finish(),
                    |folded| self.is_label(start, count, folded),
                    &mut hits,
                );
                (!hits.is_empty()).then_some((count, hits))
            })
    }

    /// Whether these tokens, and not only their letters, are the label.
    fn is_label(&self, start: usize, count: usize, folded: &str) -> bool {
        if count == 1 {
            return folded_equals(folded, self.squashed(start, start + 1));
        }
        let mut label = folded.split(' ');
        (start..start + count).all(|token| label.next() == Some(self.squashed(token, token + 1)))
            && label.next().is_none()
    }
}
