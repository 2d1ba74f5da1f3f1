//! The settings in force, fit to be shown: as TOML with their places, or as JSON. Secrets are masked.

use std::fmt::Write as _;

use serde_json::{Map, json};

use super::layers::Layers;
use super::problem::Place;
use super::reference::{self, FIELDS_SECTION};
use super::secret::shown;

impl Layers {
    /// The settings in force as TOML, each that is not a default with the place where it was written.
    pub fn to_toml(&self) -> String {
        let mut out = String::new();
        let mut section_before = "";
        for setting in reference::settings() {
            let (section, key) = setting.parts();
            if section != section_before {
                let gap = if section_before.is_empty() { "" } else { "\n" };
                // Writing to a string cannot fail, here and below.
                _ = writeln!(out, "{gap}[{section}]");
                section_before = section;
            }
            let Some(value) = self.value(&setting.name) else {
                continue;
            };
            _ = write!(out, "{key} = {}", shown(&setting.name, value));
            _ = match self.place(&setting.name) {
                Place::Default => writeln!(out),
                place => writeln!(out, "  # {place}"),
            };
        }
        out
    }

    /// The settings in force as JSON, section by section.
    pub fn to_json(&self) -> serde_json::Value {
        let mut document = Map::new();
        for setting in reference::settings() {
            let Some(value) = self.value(&setting.name) else {
                continue;
            };
            let (section, key) = setting.parts();
            let section = match section {
                FIELDS_SECTION => document
                    .entry("message")
                    .or_insert_with(|| json!({"fields": {}}))
                    .get_mut("fields"),
                section => Some(document.entry(section).or_insert_with(|| json!({}))),
            };
            if let Some(section) = section.and_then(serde_json::Value::as_object_mut) {
                section.insert(key.to_owned(), json!(shown(&setting.name, value)));
            }
        }
        document.into()
    }

    /// How many settings are not their defaults.
    pub fn changed(&self) -> usize {
        reference::settings()
            .iter()
            .filter(|setting| self.place(&setting.name) != Place::Default)
            .count()
    }
}
