//! The sources that sub-commands are given, and how they are read.

use std::path::PathBuf;

use clap::builder::PossibleValue;

use crate::vocabulary::{FORMS, Form, Options, WikidataFilter};

#[derive(Debug, clap::Args)]
pub(super) struct SourcesArgs {
    /// Where the concepts are: of equal ones the earlier source gives the label
    #[arg(required = true)]
    pub(super) sources: Vec<PathBuf>,
    /// Form of the sources; unsaid, their names and first bytes tell
    #[arg(long, value_name = "FORM", value_parser = FormParser)]
    form: Option<Form>,
    /// Wikidata dump: a class whose members are taken, and their kind, as Q5=person; as often as needed. Unsaid,
    /// the classes that news is about
    #[arg(long = "class", value_name = "QID=KIND", value_parser = class)]
    classes: Vec<(String, String)>,
    /// Wikidata dump: the fewest pages in Wikipedias and sister projects
    #[arg(long, value_name = "N", default_value_t = 5)]
    sitelinks_min: usize,
    /// Wikidata dump: languages whose labels are taken, parted by commas; unsaid, all
    #[arg(long, value_name = "TAGS", value_delimiter = ',')]
    languages: Vec<String>,
}

impl SourcesArgs {
    pub(super) fn options(&self) -> Options {
        Options {
            form: self.form,
            wikidata: WikidataFilter {
                classes: self.classes.clone(),
                sitelinks_min: self.sitelinks_min,
                languages: self.languages.clone(),
            },
        }
    }
}

fn class(written: &str) -> Result<(String, String), String> {
    let (class, kind) = written.split_once('=').unwrap_or((written, "other"));
    let digits = class.strip_prefix('Q').unwrap_or_default();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("write it QID=KIND, e.g. Q5=person".to_owned());
    }
    Ok((class.to_owned(), kind.to_owned()))
}

/// Forms by the names that the library gives them.
#[derive(Debug, Clone, Copy)]
struct FormParser;

impl clap::builder::TypedValueParser for FormParser {
    type Value = Form;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<Form, clap::Error> {
        let names: Vec<PossibleValue> = FORMS.iter().map(|(name, ..)| PossibleValue::new(*name)).collect();
        let name = clap::builder::PossibleValuesParser::from(names).parse_ref(command, argument, value)?;
        let known = FORMS.iter().find(|(known, ..)| *known == name);
        Ok(known.map_or(Form::JsonLines, |(_, form, _)| *form))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(FORMS.iter().map(|(name, ..)| PossibleValue::new(*name))))
    }
}
