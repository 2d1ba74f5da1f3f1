//! Reads messages of a shape of their own: a JSON pointer (RFC 6901) for each field.
//!
//! A field that the map names comes from its pointer; where the pointer finds nothing, from its own name. What a
//! pointer took does not stand in `extra` again.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::DecodeError;
use super::reading::Reading;
use crate::message::fields::Field;

/// JSON pointers by field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldMap {
    entries: Vec<(Field, Pointer)>,
}

/// Why an entry of a field map is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldMapProblem {
    /// There is no such field.
    #[error("there is no field {name:?}")]
    UnknownField {
        /// As it was written.
        name: String,
    },
    /// The pointer is none.
    #[error(
        "{pointer:?} is not a JSON pointer: it begins with `/`, and `~` is written `~0`, `/` inside a name `~1`"
    )]
    NotAPointer {
        /// Name of the field.
        name: String,
        /// As it was written.
        pointer: String,
    },
}

impl FieldMapProblem {
    /// The entry's name, as it was written.
    pub fn name(&self) -> &str {
        match self {
            Self::UnknownField { name } | Self::NotAPointer { name, .. } => name,
        }
    }
}

impl FieldMap {
    /// A map of pointers by field name.
    ///
    /// # Errors
    /// All entries that are refused.
    pub fn new(pointers: &BTreeMap<String, String>) -> Result<Self, Vec<FieldMapProblem>> {
        let (mut entries, mut problems) = (Vec::new(), Vec::new());
        for (name, written) in pointers {
            match (Field::named(name), Pointer::parse(written)) {
                (Some(field), Some(pointer)) => entries.push((field, pointer)),
                (None, _) => problems.push(FieldMapProblem::UnknownField { name: name.clone() }),
                (Some(_), None) => problems.push(FieldMapProblem::NotAPointer {
                    name: name.clone(),
                    pointer: written.clone(),
                }),
            }
        }
        if problems.is_empty() {
            Ok(Self { entries })
        } else {
            Err(problems)
        }
    }

    /// Moves what the pointers find from the document to the article.
    pub(super) fn take(
        &self,
        object: &mut Map<String, Value>,
        reading: &mut Reading,
    ) -> Result<(), DecodeError> {
        if self.entries.is_empty() {
            return Ok(());
        }
        let mut document = Value::Object(std::mem::take(object));
        let mut taken = Vec::new();
        for (field, pointer) in &self.entries {
            // Copied, since two fields may come from one place.
            match document.pointer(&pointer.written) {
                None | Some(Value::Null) => {}
                Some(value) => {
                    let place = format!("{} ({})", field.name(), pointer.written);
                    reading.set(*field, value.clone(), &place)?;
                    taken.push(pointer);
                }
            }
        }
        // Last elements of arrays first, so that the others stay where their pointers say.
        taken.sort_by(|a, b| b.cmp(a));
        for pointer in taken {
            remove(&mut document, &pointer.tokens);
        }
        if let Value::Object(rest) = document {
            *object = rest;
        }
        Ok(())
    }
}

/// A JSON pointer to something inside the document.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pointer {
    written: String,
    tokens: Vec<String>,
}

impl Pointer {
    fn parse(written: &str) -> Option<Self> {
        let tokens = written
            .strip_prefix('/')?
            .split('/')
            .map(|token| {
                let plain = token.replace("~0", "").replace("~1", "");
                (!plain.contains('~')).then(|| token.replace("~1", "/").replace("~0", "~"))
            })
            .collect::<Option<Vec<_>>>()?;
        Some(Self {
            written: written.to_owned(),
            tokens,
        })
    }

    /// Document order as far as removing cares: indices by number, deeper after shallower.
    fn cmp(&self, other: &Self) -> Ordering {
        let order = |a: &String, b: &String| match (a.parse::<usize>(), b.parse::<usize>()) {
            (Ok(a), Ok(b)) => a.cmp(&b),
            _ => a.cmp(b),
        };
        self.tokens
            .iter()
            .zip(&other.tokens)
            .map(|(a, b)| order(a, b))
            .find(|order| order.is_ne())
            .unwrap_or_else(|| self.tokens.len().cmp(&other.tokens.len()))
    }
}

/// Removes what the tokens lead to, and whatever that leaves empty.
fn remove(value: &mut Value, tokens: &[String]) {
    let Some((token, rest)) = tokens.split_first() else {
        return;
    };
    let index = token.parse::<usize>();
    let inner = match (&mut *value, &index) {
        (Value::Object(object), _) => object.get_mut(token),
        (Value::Array(array), Ok(index)) => array.get_mut(*index),
        _ => None,
    };
    let Some(inner) = inner else {
        return;
    };
    remove(inner, rest);
    let emptied = match inner {
        Value::Object(object) => object.is_empty(),
        Value::Array(array) => array.is_empty(),
        _ => false,
    };
    if rest.is_empty() || emptied {
        match (value, index) {
            (Value::Object(object), _) => _ = object.shift_remove(token),
            (Value::Array(array), Ok(index)) => _ = array.remove(index),
            _ => {}
        }
    }
}
