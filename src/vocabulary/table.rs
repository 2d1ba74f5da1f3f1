//! One compiled vocabulary in memory: concepts, their ids and folded labels, and the table that finds them.
//!
//! Invariant: every index and text range in it has been checked once, when it was made; a look-up compares the
//! label's text, never the hash alone. Deliberately absent: merging of vocabularies (see `layers`).

use std::collections::HashMap;

use crate::message::TagKind;

/// A label is also found inside text up to this many tokens.
pub(super) const SCAN_TOKENS_MAX: usize = 24;

/// What is known of how a label was written.
pub mod form {
    /// The concept's own label, not an alias.
    pub const PRIMARY: u8 = 1;
    /// Written in capitals throughout: `US`, `WHO`.
    pub const ACRONYM: u8 = 2;
    /// Begins with a capital, or is of a script without case.
    pub const CAPITAL: u8 = 4;
    /// Has letters that German and its neighbours also write with an added `e`.
    pub const UMLAUT: u8 = 8;
    /// The source calls it a weak name: found in keywords, not in text alone.
    pub const WEAK: u8 = 16;
}

/// A stretch of the arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) at: u32,
    pub(super) len: u16,
}

/// A concept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ConceptRecord {
    pub(super) label: Text,
    pub(super) kind: TagKind,
    /// 0 to 255: which of two concepts of one name is meant when nothing else tells.
    pub(super) rank: u8,
    pub(super) ids: u32,
    pub(super) ids_len: u8,
}

/// An id of a concept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct IdRecord {
    pub(super) scheme: u16,
    pub(super) value: Text,
}

/// A folded label of a concept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LabelRecord {
    pub(super) text: Text,
    pub(super) concept: u32,
    pub(super) languages: u16,
    pub(super) form: u8,
}

/// The parts of a table as a file holds them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) version: String,
    pub(super) arena: String,
    /// Schemes of ids, and sets of languages joined by commas.
    pub(super) schemes: Vec<String>,
    pub(super) languages: Vec<String>,
    pub(super) concepts: Vec<ConceptRecord>,
    pub(super) ids: Vec<IdRecord>,
    /// Sorted by [`hash_of`] their text, so that those of one key lie together.
    pub(super) labels: Vec<LabelRecord>,
}

/// A compiled vocabulary, ready to be looked up.
#[derive(Debug, Default)]
pub(super) struct Table {
    parts: Parts,
    /// Open addressing: a tag of the hash, and one more than the first label that has it.
    slots: Vec<(u32, u32)>,
    /// Hash of a label's first token to the most tokens of a label that begins with it.
    firsts: HashMap<u64, u8, PassThrough>,
    words: Words,
}

/// Why parts do not make a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum PartsError {
    #[error("{what} {index} points outside the file")]
    OutOfRange { what: &'static str, index: usize },
    #[error("label {index} is out of order")]
    OutOfOrder { index: usize },
}

impl Table {
    /// Checks the parts and builds what finds them.
    pub(super) fn new(parts: Parts) -> Result<Self, PartsError> {
        let text = |text: Text, what, index| {
            parts
                .arena
                .get(text.at as usize..text.at as usize + usize::from(text.len))
                .ok_or(PartsError::OutOfRange { what, index })
        };
        for (index, concept) in parts.concepts.iter().enumerate() {
            text(concept.label, "concept", index)?;
            if concept.ids as usize + usize::from(concept.ids_len) > parts.ids.len() {
                return Err(PartsError::OutOfRange {
                    what: "concept",
                    index,
                });
            }
        }
        for (index, id) in parts.ids.iter().enumerate() {
            text(id.value, "id", index)?;
            if usize::from(id.scheme) >= parts.schemes.len() {
                return Err(PartsError::OutOfRange { what: "id", index });
            }
        }
        let size = (parts.labels.len() * 2).next_power_of_two().max(16);
        let mut slots = vec![(0u32, 0u32); size];
        let mut firsts: HashMap<u64, u8, PassThrough> = HashMap::default();
        let mut words = Words::with_room(parts.labels.len());
        let mut before = None;
        for (index, label) in parts.labels.iter().enumerate() {
            let folded = text(label.text, "label", index)?;
            if label.concept as usize >= parts.concepts.len()
                || usize::from(label.languages) >= parts.languages.len()
            {
                return Err(PartsError::OutOfRange { what: "label", index });
            }
            let hash = hash_of(folded);
            match before {
                Some(before) if hash < before => return Err(PartsError::OutOfOrder { index }),
                Some(before) if hash == before => {}
                _ => insert(&mut slots, hash, index),
            }
            before = Some(hash);
            let tokens = folded.split(' ').inspect(|token| words.add(token)).count();
            if tokens > 1 && tokens <= SCAN_TOKENS_MAX {
                let mut first = Hash::default();
                first.push(folded.split(' ').next().unwrap_or_default());
                let longest = firsts.entry(first.finish()).or_default();
                *longest = (*longest).max(u8::try_from(tokens).unwrap_or(u8::MAX));
            }
        }
        Ok(Self {
            parts,
            slots,
            firsts,
            words,
        })
    }

    pub(super) fn parts(&self) -> &Parts {
        &self.parts
    }

    pub(super) fn text(&self, text: Text) -> &str {
        self.parts
            .arena
            .get(text.at as usize..text.at as usize + usize::from(text.len))
            .unwrap_or_default()
    }

    pub(super) fn concept(&self, index: u32) -> Option<&ConceptRecord> {
        self.parts.concepts.get(index as usize)
    }

    /// A concept's ids: scheme and value.
    pub(super) fn ids(&self, concept: &ConceptRecord) -> impl Iterator<Item = (&str, &str)> {
        let from = concept.ids as usize;
        self.parts
            .ids
            .get(from..from + usize::from(concept.ids_len))
            .unwrap_or_default()
            .iter()
            .map(|id| {
                let scheme = self.parts.schemes.get(usize::from(id.scheme));
                (scheme.map_or("", String::as_str), self.text(id.value))
            })
    }

    /// Labels whose key hashes to `hash`; the caller compares their text.
    pub(super) fn labels_at(&self, hash: u64) -> &[LabelRecord] {
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        let tag = (hash >> 32) as u32;
        for _ in 0..self.slots.len() {
            match self.slots.get(at) {
                None | Some((_, 0)) => return &[],
                Some((found, first)) if *found == tag => {
                    let from = *first as usize - 1;
                    let rest = self.parts.labels.get(from..).unwrap_or_default();
                    let count = rest
                        .iter()
                        .take_while(|label| hash_of(self.text(label.text)) == hash)
                        .count();
                    if count > 0 {
                        return rest.get(..count).unwrap_or_default();
                    }
                }
                Some(_) => {}
            }
            at = (at + 1) & mask;
        }
        &[]
    }

    /// Whether a label has this folded token.
    pub(super) fn has_word(&self, token: &str) -> bool {
        self.words.has(token)
    }

    /// The most tokens of a label that begins with the token of this hash.
    pub(super) fn longest_from(&self, first: u64) -> usize {
        self.firsts.get(&first).copied().map_or(1, usize::from)
    }
}

/// The words of all labels, as a Bloom filter: a word that is there is always found, one in a hundred others too.
#[derive(Debug, Default)]
struct Words(Vec<u64>);

impl Words {
    /// Bits for each label: labels have about one word each that no other label has.
    const BITS: usize = 12;
    const PROBES: u32 = 4;
    /// A handful of labels gets more room: their words are not spread evenly.
    const LEAST: usize = 64;

    fn with_room(labels: usize) -> Self {
        Self(vec![
            0;
            (labels * Self::BITS / 64)
                .next_power_of_two()
                .max(Self::LEAST)
        ])
    }

    fn add(&mut self, word: &str) {
        for (at, bit) in self.probes(word) {
            if let Some(bits) = self.0.get_mut(at) {
                *bits |= bit;
            }
        }
    }

    fn has(&self, word: &str) -> bool {
        self.probes(word)
            .into_iter()
            .all(|(at, bit)| self.0.get(at).is_some_and(|bits| bits & bit != 0))
    }

    fn probes(&self, word: &str) -> [(usize, u64); Self::PROBES as usize] {
        let hash = hash_of(word);
        let step = hash.rotate_left(32) | 1;
        let mask = self.0.len().wrapping_sub(1);
        std::array::from_fn(|probe| {
            let mixed = hash.wrapping_add(step.wrapping_mul(probe as u64));
            ((mixed >> 6) as usize & mask, 1 << (mixed & 63))
        })
    }
}

fn insert(slots: &mut [(u32, u32)], hash: u64, label: usize) {
    let mask = slots.len() - 1;
    let mut at = hash as usize & mask;
    while let Some(slot) = slots.get_mut(at) {
        if slot.1 == 0 {
            *slot = ((hash >> 32) as u32, u32::try_from(label + 1).unwrap_or(0));
            return;
        }
        at = (at + 1) & mask;
    }
}

/// The key's hash of a folded text; spaces do not count.
pub(super) fn hash_of(folded: &str) -> u64 {
    let mut hash = Hash::default();
    hash.push(folded);
    hash.finish()
}

/// A hash that grows token by token, so that a scan tries every length of a label without starting over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hash(u64);

impl Default for Hash {
    fn default() -> Self {
        Self(0x9E37_79B9_7F4A_7C15)
    }
}

impl Hash {
    pub(super) fn push(&mut self, folded: &str) {
        for byte in folded.bytes().filter(|byte| *byte != b' ') {
            self.0 = (self.0.rotate_left(5) ^ u64::from(byte)).wrapping_mul(0x517C_C1B7_2722_0A95);
        }
    }

    pub(super) fn finish(self) -> u64 {
        let mixed = (self.0 ^ (self.0 >> 32)).wrapping_mul(0x9FB2_1C65_1E98_DF25);
        mixed ^ (mixed >> 29)
    }
}

/// Keys are hashes already.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PassThrough;

impl std::hash::BuildHasher for PassThrough {
    type Hasher = PassedThrough;

    fn build_hasher(&self) -> PassedThrough {
        PassedThrough(0)
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct PassedThrough(u64);

impl std::hash::Hasher for PassedThrough {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}
