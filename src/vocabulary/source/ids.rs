//! The ids that a source gives a concept.
//!
//! Invariant: a scheme stands once, by its last value, and schemes in the order of their names, so that the order in which
//! a source writes them does not show. Deliberately absent: what a scheme is called elsewhere.

use std::fmt;

use compact_str::CompactString;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// Values by scheme. Concepts have few, and there are millions of concepts.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::vocabulary) struct Ids(Vec<(CompactString, CompactString)>);

impl Ids {
    /// Takes a value in the place of what the scheme had.
    pub(in crate::vocabulary) fn insert(
        &mut self,
        scheme: impl Into<CompactString>,
        value: impl Into<CompactString>,
    ) {
        let (scheme, value) = (scheme.into(), value.into());
        match self.0.binary_search_by(|(known, _)| known.cmp(&scheme)) {
            Ok(at) => {
                if let Some((_, known)) = self.0.get_mut(at) {
                    *known = value;
                }
            }
            Err(at) => self.0.insert(at, (scheme, value)),
        }
    }

    pub(in crate::vocabulary) fn get(&self, scheme: &str) -> Option<&str> {
        let at = self
            .0
            .binary_search_by(|(known, _)| known.as_str().cmp(scheme))
            .ok()?;
        self.0.get(at).map(|(_, value)| value.as_str())
    }

    pub(in crate::vocabulary) fn len(&self) -> usize {
        self.0.len()
    }

    /// Scheme and value, by scheme.
    pub(in crate::vocabulary) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(scheme, value)| (scheme.as_str(), value.as_str()))
    }
}

/// An object whose values are text or numbers; what is neither says nothing.
impl<'de> Deserialize<'de> for Ids {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfObject;

        impl<'de> Visitor<'de> for OfObject {
            type Value = Ids;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of ids by their schemes")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ids, A::Error> {
                let mut list = Vec::new();
                while let Some(scheme) = map.next_key::<CompactString>()? {
                    let value = match map.next_value::<Value>()? {
                        Value::String(text) => CompactString::from(text),
                        Value::Number(number) => CompactString::from(number.as_str()),
                        _ => CompactString::default(),
                    };
                    list.push((scheme, value));
                }
                // At once: one by one a hostile object of many would take forever.
                list.reverse();
                list.sort_by(|(one, _), (other, _)| one.cmp(other));
                list.dedup_by(|(one, _), (other, _)| one == other);
                Ok(Ids(list))
            }
        }

        deserializer.deserialize_map(OfObject)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_stands_once_by_its_last_value() {
        let read: Ids =
            serde_json::from_str(r#"{"qid": "Q1", "desk": 7.50, "a": null, "qid": "Q2"}"#).unwrap();
        assert_eq!(
            read.iter().collect::<Vec<_>>(),
            [("a", ""), ("desk", "7.50"), ("qid", "Q2")]
        );
        let mut given = Ids::default();
        for (scheme, value) in [("qid", "Q1"), ("a", ""), ("desk", "7.50"), ("qid", "Q2")] {
            given.insert(scheme, value);
        }
        assert_eq!(read, given);
        assert_eq!(
            (read.get("qid"), read.get("iso"), read.len()),
            (Some("Q2"), None, 3)
        );
    }

    #[test]
    fn many_are_read_at_once() {
        let many: Vec<String> = (0..200_000).rev().map(|n| format!("\"{n:06}\":1")).collect();
        let read: Ids = serde_json::from_str(&format!("{{{}}}", many.join(","))).unwrap();
        assert_eq!(read.len(), 200_000);
    }
}
