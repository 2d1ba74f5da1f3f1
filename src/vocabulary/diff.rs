//! What changed from one vocabulary to another.
//!
//! Invariant: concepts are compared by their ids, and by label and kind only where no id says otherwise, so that a
//! concept that was renamed is one change and not a loss and a gain.

use std::collections::{BTreeMap, HashMap};

use super::{Entry, Vocabulary};
use crate::message::TagKind;

/// What changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diff {
    /// Concepts that are new.
    pub added: Vec<Entry>,
    /// Concepts that are gone.
    pub removed: Vec<Entry>,
    /// Concepts that are there still and not the same.
    pub changed: Vec<Changed>,
    /// Concepts that are the same.
    pub unchanged: usize,
}

/// A concept that is not the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// As it was.
    pub old: Entry,
    /// As it is.
    pub new: Entry,
}

impl Changed {
    /// Labels, folded, that only the new one has.
    pub fn labels_added(&self) -> impl Iterator<Item = &str> {
        self.new.labels.difference(&self.old.labels).map(String::as_str)
    }

    /// Labels, folded, that only the old one has.
    pub fn labels_removed(&self) -> impl Iterator<Item = &str> {
        self.old.labels.difference(&self.new.labels).map(String::as_str)
    }

    /// Ids that only the new one has.
    pub fn ids_added(&self) -> BTreeMap<&str, &str> {
        only_in(&self.new, &self.old)
    }

    /// Ids that only the old one has.
    pub fn ids_removed(&self) -> BTreeMap<&str, &str> {
        only_in(&self.old, &self.new)
    }
}

fn only_in<'e>(one: &'e Entry, other: &Entry) -> BTreeMap<&'e str, &'e str> {
    one.ids
        .iter()
        .filter(|(scheme, id)| other.ids.get(*scheme) != Some(id))
        .map(|(scheme, id)| (scheme.as_str(), id.as_str()))
        .collect()
}

/// Compares two vocabularies.
pub fn diff(old: &Vocabulary, new: &Vocabulary) -> Diff {
    let old = old.entries();
    let mut by_id: HashMap<(&str, &str), usize> = HashMap::new();
    let mut by_name: HashMap<(&str, TagKind), usize> = HashMap::new();
    for (number, entry) in old.iter().enumerate() {
        for (scheme, id) in &entry.ids {
            by_id.entry((scheme, id)).or_insert(number);
        }
        by_name.entry((&entry.label, entry.kind)).or_insert(number);
    }
    let mut taken = vec![false; old.len()];
    let mut found = Diff::default();
    for entry in new.entries() {
        let by_ids = entry
            .ids
            .iter()
            .filter_map(|(scheme, id)| by_id.get(&(scheme.as_str(), id.as_str())));
        let by_names = by_name.get(&(entry.label.as_str(), entry.kind));
        let same = by_ids
            .chain(by_names)
            .copied()
            .filter(|number| taken.get(*number) == Some(&false))
            .find_map(|number| {
                old.get(number)
                    .filter(|old| agree(old, &entry))
                    .map(|old| (number, old))
            });
        match same {
            None => found.added.push(entry),
            Some((number, old)) => {
                if let Some(taken) = taken.get_mut(number) {
                    *taken = true;
                }
                if *old == entry {
                    found.unchanged += 1;
                } else {
                    found.changed.push(Changed {
                        old: old.clone(),
                        new: entry,
                    });
                }
            }
        }
    }
    found.removed = old
        .iter()
        .zip(taken)
        .filter(|(_, taken)| !taken)
        .map(|(entry, _)| entry.clone())
        .collect();
    found
}

/// Whether one can have become the other: they share an id, or contradict each other in none.
fn agree(old: &Entry, new: &Entry) -> bool {
    let shares = old.ids.iter().any(|(scheme, id)| new.ids.get(scheme) == Some(id));
    shares
        || old
            .ids
            .iter()
            .all(|(scheme, id)| new.ids.get(scheme).is_none_or(|other| other == id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_concept_is_one_change_and_namesakes_with_other_ids_are_two_concepts() {
        let old = Vocabulary::of_lines(&[
            r#"{"label": "Swaziland", "type": "place", "ids": {"qid": "Q1050"}, "labels": [["Swasiland", "de"]]}"#,
            r#"{"label": "Our Series", "type": "work"}"#,
            r#"{"label": "Springfield", "type": "place", "ids": {"qid": "Q1"}}"#,
            r#"{"label": "Ghana", "type": "place", "ids": {"iso": "GH"}}"#,
        ]);
        let new = Vocabulary::of_lines(&[
            r#"{"label": "Eswatini", "type": "place", "ids": {"qid": "Q1050", "iso": "SZ"}, "labels": [["Swaziland", "en"]]}"#,
            r#"{"label": "Our Series", "type": "work", "ids": {"desk": 4}}"#,
            r#"{"label": "Springfield", "type": "place", "ids": {"qid": "Q2"}}"#,
            r#"{"label": "Ghana", "type": "place", "ids": {"iso": "GH"}}"#,
        ]);
        let diff = diff(&old, &new);
        let labels = |entries: &[Entry]| {
            entries
                .iter()
                .map(|entry| entry.label.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(labels(&diff.added), ["Springfield"]);
        assert_eq!(labels(&diff.removed), ["Springfield"]);
        assert_eq!((diff.changed.len(), diff.unchanged), (2, 1));
        let renamed = &diff.changed[0];
        assert_eq!(
            (renamed.old.label.as_str(), renamed.new.label.as_str()),
            ("Swaziland", "Eswatini")
        );
        assert_eq!(renamed.labels_added().collect::<Vec<_>>(), ["eswatini"]);
        assert_eq!(renamed.labels_removed().collect::<Vec<_>>(), ["swasiland"]);
        assert_eq!(renamed.ids_added(), BTreeMap::from([("iso3166", "SZ")]));
        assert!(renamed.ids_removed().is_empty());
    }
}
