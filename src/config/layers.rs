//! The layers of settings, one over the other: defaults, file, environment, flags.
//!
//! Invariant: every value here has the type of its default, and its place is where it was written last. Whether
//! it makes sense is for [`valid`](super::valid) to say.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use toml::de::DeTable;
use toml::{Table, Value};

use super::problem::{ConfigProblems, Place, Problem};
use super::raw::RawConfig;
use super::reference::{self, FIELDS_SECTION, Setting};

/// Where settings come from.
pub struct Sources<'a> {
    /// The file given as a flag; else the environment may name one.
    pub file: Option<PathBuf>,
    /// The environment, as a question, so that tests never touch the process's.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
    /// What flags set, first to last.
    pub flags: Vec<Flag>,
}

/// A setting given as a flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// How it was typed, without the value: errors name it.
    pub flag: String,
    /// `section.key`
    pub setting: String,
    /// The value, written as in the environment.
    pub value: String,
}

/// Settings with the places where they were written.
#[derive(Debug, Clone, PartialEq)]
pub struct Layers {
    values: BTreeMap<String, (Value, Place)>,
}

impl Layers {
    /// Reads the sources.
    ///
    /// # Errors
    /// Everything that cannot be read or does not exist.
    pub fn read(sources: &Sources<'_>) -> Result<Self, ConfigProblems> {
        let (layers, problems) = Self::read_what_can_be(sources);
        if problems.is_empty() {
            Ok(layers)
        } else {
            Err(ConfigProblems(problems))
        }
    }

    /// Reads the sources; what cannot be read keeps the value of the layer below.
    pub(super) fn read_what_can_be(sources: &Sources<'_>) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        let values = reference::settings()
            .iter()
            .filter_map(|setting| Some((setting.name.clone(), (setting.default.clone()?, Place::Default))))
            .collect();
        let mut layers = Self { values };
        let named = || (sources.environment)("NEWSMILL_CONFIG").filter(|path| !path.is_empty());
        if let Some(path) = sources.file.clone().or_else(|| named().map(PathBuf::from)) {
            layers.read_file(&path, &mut problems);
        }
        layers.read_environment(sources.environment, &mut problems);
        layers.read_flags(&sources.flags, &mut problems);
        (layers, problems)
    }

    /// A setting's value, if it has one.
    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.values.get(name).map(|(value, _)| value)
    }

    /// Where a setting was written last.
    pub(super) fn place(&self, name: &str) -> Place {
        self.values
            .get(name)
            .map_or(Place::Default, |(_, place)| place.clone())
    }

    /// The settings as they are written, in the types that they have.
    pub(super) fn to_raw(&self) -> Result<RawConfig, ConfigProblems> {
        let mut document = Table::new();
        let mut fields = Table::new();
        for (name, (value, _)) in &self.values {
            let (section, key) = name.rsplit_once('.').unwrap_or(("", name));
            if section == FIELDS_SECTION {
                fields.insert(key.to_owned(), value.clone());
                continue;
            }
            let section = document
                .entry(section.to_owned())
                .or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(section) = section {
                section.insert(key.to_owned(), value.clone());
            }
        }
        let message = Table::from_iter([("fields".to_owned(), Value::Table(fields))]);
        document.insert("message".to_owned(), Value::Table(message));
        document.try_into().map_err(|error: toml::de::Error| {
            ConfigProblems(vec![Problem {
                place: Place::Default,
                setting: String::new(),
                what: error.message().to_owned(),
            }])
        })
    }

    fn set(&mut self, setting: &Setting, value: Value, place: Place, problems: &mut Vec<Problem>) {
        let model = setting.model();
        if fits(&model, &value) {
            self.values.insert(setting.name.clone(), (value, place));
        } else {
            problems.push(Problem {
                place,
                setting: setting.name.clone(),
                what: format!("is {}, not {}", in_words(&value), in_words(&model)),
            });
        }
    }

    fn read_file(&mut self, path: &Path, problems: &mut Vec<Problem>) {
        let of = |line| Place::File {
            path: path.to_owned(),
            line,
        };
        let at = |line| of(Some(line));
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                let advice = match error.kind() {
                    ErrorKind::NotFound => "; `newsmill config --default` prints a whole one",
                    _ => "",
                };
                problems.push(Problem {
                    place: of(None),
                    setting: String::new(),
                    what: format!("cannot be read: {error}{advice}"),
                });
                return;
            }
        };
        let line_of = |byte: usize| 1 + text.bytes().take(byte).filter(|byte| *byte == b'\n').count();
        let (spans, syntax_errors) = DeTable::parse_recoverable(&text);
        if !syntax_errors.is_empty() {
            problems.extend(syntax_errors.iter().map(|error| Problem {
                place: at(line_of(error.span().map_or(0, |span| span.start))),
                setting: String::new(),
                what: error.message().to_owned(),
            }));
            return;
        }
        let document: Table = toml::from_str(&text).unwrap_or_default();
        self.read_table(
            "",
            &document,
            spans.get_ref(),
            &|byte| at(line_of(byte)),
            problems,
        );
    }

    /// Reads a table and those inside it: as deep as sections go, so the depth is the reference's, not the file's.
    fn read_table(
        &mut self,
        section: &str,
        table: &Table,
        spans: &DeTable<'_>,
        place_of: &dyn Fn(usize) -> Place,
        problems: &mut Vec<Problem>,
    ) {
        for (key, spanned) in spans {
            let name = match section {
                "" => key.get_ref().to_string(),
                section => format!("{section}.{}", key.get_ref()),
            };
            let place = place_of(key.span().start);
            let Some(value) = table.get(key.get_ref().as_ref()) else {
                continue;
            };
            let is_section = |setting: &Setting| setting.name.starts_with(&format!("{name}."));
            match (reference::setting(&name), value, spanned.get_ref().as_table()) {
                (Some(setting), value, _) => self.set(setting, value.clone(), place, problems),
                (None, Value::Table(inner), Some(inner_spans))
                    if reference::settings().iter().any(is_section) =>
                {
                    self.read_table(&name, inner, inner_spans, place_of, problems);
                }
                (None, _, _) => problems.push(unknown(place, name)),
            }
        }
    }

    fn read_environment(
        &mut self,
        environment: &dyn Fn(&str) -> Option<String>,
        problems: &mut Vec<Problem>,
    ) {
        for setting in reference::settings() {
            let mut variables = vec![setting.variable()];
            if setting.name == "broker.urls" {
                // Short form first, so that the full name goes over it.
                variables.insert(0, "NEWSMILL_AMQP_URL".to_owned());
            }
            for variable in variables {
                let file_variable = format!("{variable}_FILE");
                let written = environment(&variable);
                let path = environment(&file_variable).filter(|path| !path.is_empty());
                let (text, place) = match (written, path) {
                    (None, None) => continue,
                    (Some(text), None) => (text, Place::Environment { variable }),
                    (Some(_), Some(_)) => {
                        problems.push(Problem {
                            place: Place::Environment { variable },
                            setting: setting.name.clone(),
                            what: format!("is set here and in {file_variable}; set one of them"),
                        });
                        continue;
                    }
                    (None, Some(path)) => {
                        let place = Place::Environment {
                            variable: file_variable,
                        };
                        match std::fs::read_to_string(&path) {
                            // Whoever names a file means what is in it; a text alone may be meant to be empty.
                            Ok(text) if text.trim().is_empty() && !setting.model().is_str() => {
                                problems.push(Problem {
                                    place,
                                    setting: setting.name.clone(),
                                    what: format!("{path} is empty"),
                                });
                                continue;
                            }
                            Ok(text) => (without_line_break(text), place),
                            Err(error) => {
                                problems.push(Problem {
                                    place,
                                    setting: setting.name.clone(),
                                    what: format!("{path} cannot be read: {error}"),
                                });
                                continue;
                            }
                        }
                    }
                };
                // An empty variable is how compose files write "not set"; only a text can be empty there.
                if !text.is_empty() || setting.model().is_str() {
                    self.set_written(setting, &text, place, problems);
                }
            }
        }
    }

    fn read_flags(&mut self, flags: &[Flag], problems: &mut Vec<Problem>) {
        for Flag { flag, setting, value } in flags {
            let place = Place::Flag { flag: flag.clone() };
            match reference::setting(setting) {
                Some(known) => self.set_written(known, value, place, problems),
                None => problems.push(unknown(place, setting.clone())),
            }
        }
    }

    /// Sets what was written outside a file: as its type asks for, lists by commas.
    fn set_written(&mut self, setting: &Setting, text: &str, place: Place, problems: &mut Vec<Problem>) {
        let model = setting.model();
        match parse(&model, text) {
            Some(value) => self.set(setting, value, place, problems),
            None => problems.push(Problem {
                place,
                setting: setting.name.clone(),
                what: format!("is not {}", in_words(&model)),
            }),
        }
    }
}

fn without_line_break(mut text: String) -> String {
    while text.ends_with(['\n', '\r']) {
        text.pop();
    }
    text
}

fn unknown(place: Place, setting: String) -> Problem {
    let what = match reference::resembling(&setting) {
        Some(like) => format!("there is no such setting; did you mean {like}?"),
        None => "there is no such setting; `newsmill config --default` lists all".to_owned(),
    };
    Problem { place, setting, what }
}

/// The model of a list's items: its first tells the type of all; an empty one is of strings.
fn model_of_items(models: &[Value]) -> &Value {
    static TEXT: Value = Value::String(String::new());
    models.first().unwrap_or(&TEXT)
}

/// Whether a value has the type of the model.
fn fits(model: &Value, value: &Value) -> bool {
    match (model, value) {
        (Value::Array(models), Value::Array(values)) => {
            values.iter().all(|value| fits(model_of_items(models), value))
        }
        (model, value) => model.same_type(value),
    }
}

/// A value of the model's type from text.
fn parse(model: &Value, text: &str) -> Option<Value> {
    match model {
        Value::String(_) => Some(Value::String(text.to_owned())),
        Value::Integer(_) => text.trim().replace('_', "").parse().ok().map(Value::Integer),
        Value::Float(_) => text.trim().parse().ok().map(Value::Float),
        Value::Boolean(_) => text.trim().parse().ok().map(Value::Boolean),
        Value::Array(models) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            items
                .map(|item| parse(model_of_items(models), item))
                .collect::<Option<_>>()
                .map(Value::Array)
        }
        Value::Datetime(_) | Value::Table(_) => None,
    }
}

fn in_words(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a string",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date",
        Value::Array(models) => match model_of_items(models) {
            Value::Integer(_) => "a list of whole numbers",
            Value::String(_) => "a list of strings",
            _ => "a list",
        },
        Value::Table(_) => "a table",
    }
}
