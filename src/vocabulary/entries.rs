//! A vocabulary from end to end: its concepts with all that is known of each.
//!
//! Deliberately absent: anything that a look-up needs; this is for those who compare whole vocabularies.

use std::collections::{BTreeMap, BTreeSet};

use super::{ConceptId, Vocabulary, form};
use crate::message::TagKind;

/// A concept with all that is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its label.
    pub label: String,
    /// Its kind.
    pub kind: TagKind,
    /// How likely it is meant when others bear the same label, 0 to 255.
    pub rank: u8,
    /// Its ids by scheme.
    pub ids: BTreeMap<String, String>,
    /// Its labels, folded; weak ones end with ` (weak)`.
    pub labels: BTreeSet<String>,
}

impl Vocabulary {
    /// All concepts, equal ones of different layers once.
    pub fn concepts(&self) -> impl Iterator<Item = ConceptId> {
        self.layers
            .iter()
            .zip(0u8..)
            .flat_map(|(table, layer)| {
                let count = u32::try_from(table.len()).unwrap_or(u32::MAX);
                (0..count).map(move |index| ConceptId { layer, index })
            })
            .filter(|id| !self.same.contains_key(id))
    }

    /// All labels, folded, with who bears it and how; those of one key stand together in each layer.
    pub(super) fn labels(&self) -> impl Iterator<Item = (String, (ConceptId, u8))> {
        self.layers.iter().zip(0u8..).flat_map(move |(table, layer)| {
            (0..table.labels_len()).filter_map(move |label| {
                let own = ConceptId {
                    layer,
                    index: table.owner(label)?,
                };
                let concept = self.same.get(&own).copied().unwrap_or(own);
                Some((table.label(label)?, (concept, table.manner(label)?.form)))
            })
        })
    }

    /// All concepts with all that is known of each, in their order.
    pub fn entries(&self) -> Vec<Entry> {
        let mut entries: BTreeMap<ConceptId, Entry> = self
            .concepts()
            .map(|id| {
                let entry = Entry {
                    label: self.label(id),
                    kind: self.kind(id),
                    rank: self.rank(id),
                    ids: self.ids(id),
                    labels: BTreeSet::new(),
                };
                (id, entry)
            })
            .collect();
        for (folded, (concept, form)) in self.labels() {
            if let Some(entry) = entries.get_mut(&concept) {
                let weak = if form & form::WEAK == 0 { "" } else { " (weak)" };
                entry.labels.insert(format!("{folded}{weak}"));
            }
        }
        entries.into_values().collect()
    }
}
