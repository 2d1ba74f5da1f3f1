//! The settings as `deploy/newsmill.toml` lists them: name, default and meaning, in its order.
//!
//! That file is the one list of settings. What may be set in a file, in the environment and by a flag is derived
//! from it, and so is `docs/configuration.md`.

use std::fmt::Write as _;
use std::sync::LazyLock;

use toml::{Table, Value};

use crate::message::Field;

/// The annotated file of defaults.
pub const DEFAULT_FILE: &str = include_str!("../../deploy/newsmill.toml");

/// The section whose keys are the raw article's fields and have no defaults.
pub(super) const FIELDS_SECTION: &str = "message.fields";

/// One setting.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Setting {
    /// `section.key`
    pub(super) name: String,
    /// What stands in the file of defaults; none for an entry of the field map.
    pub(super) default: Option<Value>,
    /// The comment above it.
    meaning: String,
}

impl Setting {
    /// The variable that sets it.
    pub(super) fn variable(&self) -> String {
        format!("NEWSMILL_{}", self.name.replace('.', "_").to_uppercase())
    }

    /// Section and key.
    pub(super) fn parts(&self) -> (&str, &str) {
        self.name.rsplit_once('.').unwrap_or(("", &self.name))
    }

    /// A value of its type, which says what other values must be.
    pub(super) fn model(&self) -> Value {
        self.default
            .clone()
            .unwrap_or_else(|| Value::String(String::new()))
    }
}

/// Every setting, in the order of the file of defaults.
pub(super) fn settings() -> &'static [Setting] {
    static SETTINGS: LazyLock<Vec<Setting>> = LazyLock::new(read);
    &SETTINGS
}

/// The setting of this name.
pub(super) fn setting(name: &str) -> Option<&'static Setting> {
    settings().iter().find(|setting| setting.name == name)
}

/// The existing setting that a misspelt one most resembles.
pub(super) fn resembling(name: &str) -> Option<&'static str> {
    const LIKE_ENOUGH: f64 = 0.8;
    let (_, key) = name.rsplit_once('.').unwrap_or(("", name));
    settings()
        .iter()
        .map(|setting| {
            // The right key in the wrong section is a likely slip too.
            let by_key = if setting.parts().1 == key { 0.95 } else { 0.0 };
            (strsim::jaro_winkler(&setting.name, name).max(by_key), setting)
        })
        .filter(|(likeness, _)| *likeness >= LIKE_ENOUGH)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, setting)| setting.name.as_str())
}

/// Section headings, keys and the comments above them; the values come from the TOML parser.
fn read() -> Vec<Setting> {
    let defaults: Table = toml::from_str(DEFAULT_FILE).unwrap_or_default();
    let (mut settings, mut section, mut comment) = (Vec::new(), "", Vec::new());
    for line in DEFAULT_FILE.lines() {
        if let Some(text) = line.strip_prefix('#') {
            comment.push(text.trim());
        } else if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name;
            comment.clear();
        } else if let Some((key, _)) = line.split_once(" = ") {
            settings.push(Setting {
                name: format!("{section}.{key}"),
                default: defaults
                    .get(section)
                    .and_then(|section| section.get(key))
                    .cloned(),
                meaning: comment.join(" "),
            });
            comment.clear();
        } else if line.is_empty() {
            if section == FIELDS_SECTION {
                settings.extend(Field::ALL.into_iter().map(|field| Setting {
                    name: format!("{section}.{}", field.name()),
                    default: None,
                    meaning: format!("JSON pointer to `{}` in messages of another shape.", field.name()),
                }));
            }
            comment.clear();
        }
    }
    settings
}

/// `docs/configuration.md`.
pub fn markdown() -> String {
    let mut page = INTRODUCTION.to_owned();
    let mut section_before = "";
    for setting in settings() {
        let (section, key) = setting.parts();
        if section != section_before {
            section_before = section;
            // Writing to a string cannot fail, here and below.
            _ = write!(
                page,
                "\n## `[{section}]`\n\n| setting | default | environment | meaning |\n| --- | --- | --- | --- |\n"
            );
        }
        let default = match &setting.default {
            Some(value) => format!("`{value}`"),
            None => "none".to_owned(),
        };
        let meaning = setting.meaning.replace('|', "\\|").replace('<', "&lt;");
        _ = writeln!(
            page,
            "| `{key}` | {default} | `{}` | {meaning} |",
            setting.variable()
        );
    }
    page
}

const INTRODUCTION: &str = "\
<!-- Made from deploy/newsmill.toml by tests/cli.rs: change that file, then run `NEWSMILL_BLESS=1 cargo test`. -->
# Configuration

Every setting has a default that works with a RabbitMQ on this machine. What is set goes over it, the later over
the earlier:

1. the defaults, in `deploy/newsmill.toml` and in the binary (`newsmill config --default` prints them);
2. the file given with `--config FILE`, else with `NEWSMILL_CONFIG`;
3. the environment: `NEWSMILL_<SECTION>_<KEY>`, as the tables say. Lists are separated by commas. With `_FILE`
   behind the name the value is read from the file it names, without its last line break: the way for passwords.
   `NEWSMILL_AMQP_URL` (and `NEWSMILL_AMQP_URL_FILE`) is short for `NEWSMILL_BROKER_URLS`;
4. flags: `--set section.key=value`, as often as needed, and the few that have a name of their own.

A setting that does not exist is an error, and all errors are told at once before anything connects; in the environment,
where others have names of their own, it is a warning. `newsmill config` prints what is in force and where it came from, passwords masked; `newsmill config
--check` only says whether it is valid.

Units are in the names: `_secs`, `_ms`, `_bytes`.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_listed_with_its_meaning() {
        let defaults: Table = toml::from_str(DEFAULT_FILE).unwrap();
        let leaves: usize = defaults
            .iter()
            .filter(|(name, _)| *name != "message")
            .map(|(_, section)| section.as_table().unwrap().len())
            .sum();
        assert_eq!(settings().len(), leaves + Field::ALL.len());
        for setting in settings() {
            let (section, _) = setting.parts();
            assert_eq!(
                setting.default.is_none(),
                section == FIELDS_SECTION,
                "{}",
                setting.name
            );
            assert!(
                !setting.meaning.is_empty(),
                "{} has no comment of its own",
                setting.name
            );
        }
    }

    #[test]
    fn a_slip_of_the_pen_is_recognised() {
        assert_eq!(resembling("worker.prefech"), Some("worker.prefetch"));
        assert_eq!(resembling("broker.prefetch"), Some("worker.prefetch"));
        assert_eq!(resembling("xyz.abc"), None);
    }
}
