//! One compiled vocabulary in memory: concepts, their ids and folded labels, and what finds them.
//!
//! A label is found by its hash: the upper bits name a bucket of a few labels, a byte of it tells most of these
//! apart, and the text decides. Texts of labels and ids are squeezed, numbers packed; nothing has to be built when a
//! file is loaded. Invariant: every part has as many members as the others ask for, which is checked once, when the table
//! is made; a look-up compares the label's text, never the hash alone.
//! Deliberately absent: layers.

use super::runs::{Packed, Runs};
use super::sketch::{Firsts, Line, Pairs, Words};
use super::squeeze::Symbols;
use crate::message::TagKind;

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

/// Labels in a bucket, on average.
const LABELS_A_BUCKET: usize = 5;

pub(super) const KINDS: [TagKind; 7] = [
    TagKind::Person,
    TagKind::Place,
    TagKind::Organisation,
    TagKind::Event,
    TagKind::Topic,
    TagKind::Work,
    TagKind::Other,
];

/// Texts, squeezed one by one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Texts {
    pub(super) symbols: Symbols,
    pub(super) runs: Runs,
    pub(super) bytes: Vec<u8>,
}

impl Texts {
    fn get(&self, number: usize) -> Option<String> {
        let mut text = Vec::new();
        self.read(number, &mut text)?;
        String::from_utf8(text).ok()
    }

    /// A text, in the place of what `room` held.
    fn read<'r>(&self, number: usize, room: &'r mut Vec<u8>) -> Option<&'r str> {
        let squeezed = self.bytes.get(self.runs.range(number))?;
        room.clear();
        room.reserve(squeezed.len() * 3);
        self.symbols.expand(squeezed, room);
        std::str::from_utf8(room).ok()
    }
}

/// How a label is written, and in which languages it is one: few combinations, many labels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Manner {
    /// Parted by commas; empty when the source does not say.
    pub(super) languages: String,
    pub(super) form: u8,
}

/// A compiled vocabulary, part by part, as it is kept in a file and in memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) version: String,
    /// Of concepts: what a record calls them, their kinds (by [`KINDS`]), ranks, and how many ids each has.
    pub(super) names: Texts,
    pub(super) kinds: Vec<u8>,
    pub(super) ranks: Vec<u8>,
    pub(super) id_runs: Runs,
    /// Of ids: scheme and value.
    pub(super) schemes: Vec<String>,
    pub(super) id_schemes: Packed,
    pub(super) id_values: Texts,
    /// Of concepts that are places: the codes of regions, the first of them empty, and which each lies in.
    pub(super) regions: Vec<String>,
    pub(super) withins: Packed,
    /// Of labels, in the order of their hashes: text, whose they are, how they are written, a byte of the hash.
    pub(super) labels: Texts,
    pub(super) owners: Packed,
    pub(super) manners: Vec<Manner>,
    pub(super) label_manners: Packed,
    pub(super) marks: Vec<u8>,
    /// Where each bucket begins, and where the last ends.
    pub(super) buckets: Vec<u32>,
    pub(super) words: Words,
    pub(super) firsts: Firsts,
    pub(super) pairs: Pairs,
}

/// Why parts do not make a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} do not agree with each other")]
pub(super) struct Disagreement(&'static str);

/// How many buckets so many labels have.
pub(super) fn buckets_for(labels: usize) -> usize {
    (labels / LABELS_A_BUCKET).next_power_of_two()
}

/// The bucket of a hash among so many, which are a power of two.
pub(super) fn bucket_of(hash: u64, buckets: usize) -> usize {
    super::hash::spread(hash, buckets)
}

/// The byte of a hash that tells labels of a bucket apart.
pub(super) fn mark_of(hash: u64) -> u8 {
    (hash >> 8) as u8
}

impl Table {
    /// Whether the parts fit each other. What they say may still be nonsense: then nothing is found.
    pub(super) fn check(&self) -> Result<(), Disagreement> {
        let concepts = self.kinds.len();
        let ids = self.id_schemes.len();
        let labels = self.marks.len();
        let buckets = self.buckets.len().saturating_sub(1);
        let checks = [
            (
                "the names",
                self.names.runs.len() == concepts && self.names.runs.total() == self.names.bytes.len(),
            ),
            (
                "the concepts",
                self.ranks.len() == concepts && self.id_runs.len() == concepts,
            ),
            ("the regions", self.withins.len() == concepts),
            (
                "the kinds",
                self.kinds.iter().all(|kind| usize::from(*kind) < KINDS.len()),
            ),
            (
                "the ids",
                self.id_runs.total() == ids && self.id_values.runs.len() == ids,
            ),
            (
                "the ids' texts",
                self.id_values.runs.total() == self.id_values.bytes.len(),
            ),
            (
                "the labels",
                self.labels.runs.len() == labels && self.owners.len() == labels,
            ),
            (
                "the labels' texts",
                self.labels.runs.total() == self.labels.bytes.len(),
            ),
            ("the labels' manners", self.label_manners.len() == labels),
            (
                "the buckets",
                buckets == buckets_for(labels)
                    && self.buckets.first() == Some(&0)
                    && self.buckets.last().is_some_and(|last| *last as usize == labels)
                    && self.buckets.is_sorted(),
            ),
            (
                "the sketches",
                !self.words.0.is_empty() && !self.firsts.0.is_empty() && !self.pairs.0.is_empty(),
            ),
        ];
        match checks.into_iter().find(|(_, holds)| !holds) {
            Some((what, _)) => Err(Disagreement(what)),
            None => Ok(()),
        }
    }

    /// Whether a label of several tokens may begin with the two of which this is the hash.
    pub(super) fn has_pair(&self, both: u64) -> bool {
        self.pairs.has(both)
    }

    /// How many concepts.
    pub(super) fn len(&self) -> usize {
        self.kinds.len()
    }

    pub(super) fn name(&self, concept: u32) -> String {
        self.names.get(concept as usize).unwrap_or_default()
    }

    pub(super) fn kind(&self, concept: u32) -> Option<TagKind> {
        let code = self.kinds.get(concept as usize)?;
        KINDS.get(usize::from(*code)).copied()
    }

    pub(super) fn rank(&self, concept: u32) -> Option<u8> {
        self.ranks.get(concept as usize).copied()
    }

    /// The code of the country or region that a place lies in, where it is known.
    pub(super) fn within(&self, concept: u32) -> Option<&str> {
        let region = self.withins.get(concept as usize)?;
        self.regions
            .get(region as usize)
            .map(String::as_str)
            .filter(|code| !code.is_empty())
    }

    /// A concept's ids: scheme and value.
    pub(super) fn ids(&self, concept: u32) -> impl Iterator<Item = (&str, String)> {
        self.id_runs
            .range(concept as usize)
            .map(|id| (self.scheme(id), self.id_values.get(id).unwrap_or_default()))
    }

    /// Whether a concept has an id of this scheme.
    pub(super) fn has_scheme(&self, concept: u32, scheme: &str) -> bool {
        self.id_runs
            .range(concept as usize)
            .any(|id| self.scheme(id) == scheme)
    }

    fn scheme(&self, id: usize) -> &str {
        self.id_schemes
            .get(id)
            .and_then(|scheme| self.schemes.get(scheme as usize))
            .map_or("", String::as_str)
    }

    /// How many labels.
    pub(super) fn labels_len(&self) -> usize {
        self.marks.len()
    }

    /// A label, folded.
    pub(super) fn label(&self, label: usize) -> Option<String> {
        self.labels.get(label)
    }

    /// The same, in the place of what `room` held.
    pub(super) fn read_label<'r>(&self, label: usize, room: &'r mut Vec<u8>) -> Option<&'r str> {
        self.labels.read(label, room)
    }

    /// The concept that bears a label.
    pub(super) fn owner(&self, label: usize) -> Option<u32> {
        self.owners
            .get(label)
            .filter(|owner| (*owner as usize) < self.len())
    }

    /// How a label is written.
    pub(super) fn manner(&self, label: usize) -> Option<&Manner> {
        self.manners.get(self.label_manners.get(label)? as usize)
    }

    /// Labels whose key may hash to `hash`: nearly always those and no others, but the caller compares their text.
    pub(super) fn labels_at(&self, hash: u64) -> impl Iterator<Item = usize> {
        let (from, marks) = self.bucket(hash);
        let mark = mark_of(hash);
        marks
            .iter()
            .zip(from..)
            .filter(move |(known, _)| **known == mark)
            .map(|(_, label)| label)
    }

    /// Whether there is one. Asked of every word of a text, and the answer is nearly always no.
    pub(super) fn has_label_at(&self, hash: u64) -> bool {
        self.bucket(hash).1.contains(&mark_of(hash))
    }

    /// The bucket of a hash: its first label, and the marks of all of them.
    fn bucket(&self, hash: u64) -> (usize, &[u8]) {
        let bucket = bucket_of(hash, self.buckets.len().saturating_sub(1));
        let Some([from, to]) = self.buckets.get(bucket..).and_then(|rest| rest.first_chunk()) else {
            return (0, &[]);
        };
        let (from, to) = (*from as usize, *to as usize);
        (from, self.marks.get(from..to).unwrap_or_default())
    }

    /// Whether a label has this folded token.
    pub(super) fn has_word(&self, token: &str) -> bool {
        self.words.has(token)
    }

    /// The most tokens of a label that begins with the token of this hash.
    pub(super) fn longest_from(&self, first: u64) -> usize {
        self.firsts.longest(first)
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        let runs = |runs: &Runs| runs.len() + runs.len() / 4 + runs.parts().1.len() * 8;
        self.names.bytes.len()
            + runs(&self.names.runs)
            + self.kinds.len() * 2
            + runs(&self.id_runs)
            + self.id_schemes.parts().2.len()
            + self.id_values.bytes.len()
            + runs(&self.id_values.runs)
            + self.withins.parts().2.len()
            + self.labels.bytes.len()
            + runs(&self.labels.runs)
            + self.owners.parts().2.len()
            + self.label_manners.parts().2.len()
            + self.marks.len()
            + self.buckets.len() * 4
            + self.words.0.len() * 8
            + self.firsts.0.len()
            + self.pairs.0.len() * size_of::<Line>()
    }

    /// Whether this label lies where a look-up for it would look.
    #[cfg(test)]
    pub(super) fn is_findable(&self, label: usize) -> bool {
        self.label(label).is_some_and(|text| {
            self.labels_at(super::hash::hash_of(&text))
                .any(|found| found == label)
        })
    }
}
