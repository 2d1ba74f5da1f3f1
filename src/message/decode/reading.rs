//! An article in the making: fields are set one by one, each from the first place that has it.

use serde_json::{Number, Value};

use super::DecodeError;
use crate::message::RawArticle;
use crate::message::fields::{Accepts, Field};

/// An article in the making.
#[derive(Debug, Default)]
pub(super) struct Reading {
    article: RawArticle,
    byline: Vec<String>,
    keywords: Vec<String>,
}

impl Reading {
    /// Whether a field has a value already.
    pub(super) fn has(&self, field: Field) -> bool {
        match field {
            Field::Authors => !self.article.authors.is_empty(),
            Field::Byline => !self.byline.is_empty(),
            Field::Tags => !self.article.tags.is_empty(),
            Field::Keywords => !self.keywords.is_empty(),
            text => self.text(text).is_some(),
        }
    }

    /// Sets a field; null and blank strings leave it as it is. `place` is how an error names it.
    pub(super) fn set(&mut self, field: Field, value: Value, place: &str) -> Result<(), DecodeError> {
        let accepts = field.accepts();
        let wrong = |found| DecodeError::WrongType {
            field: place.to_owned(),
            expected: accepts.in_words(),
            found,
        };
        match (accepts, value) {
            (_, Value::Null) => {}
            (Accepts::List, Value::Array(items)) => {
                for (index, item) in items.into_iter().enumerate() {
                    match item {
                        Value::Null => {}
                        Value::String(item) => self.put(field, item),
                        other => {
                            return Err(DecodeError::WrongType {
                                field: format!("{place}[{index}]"),
                                expected: "a string",
                                found: name_of(&other),
                            });
                        }
                    }
                }
            }
            (_, Value::String(text)) => self.put(field, text),
            (Accepts::Id, Value::Number(number)) => self.put(field, number.to_string()),
            (Accepts::Date, Value::Number(number)) => {
                let date = date_of(&number).ok_or_else(|| wrong("a number out of range"))?;
                self.put(field, date);
            }
            (Accepts::Text | Accepts::Id | Accepts::Date | Accepts::List, other) => {
                return Err(wrong(name_of(&other)));
            }
        }
        Ok(())
    }

    /// Sets a field that has no value yet, from a shape whose types are not ours to insist on.
    pub(super) fn offer(&mut self, field: Field, values: impl IntoIterator<Item = String>) {
        if !self.has(field) {
            for value in values {
                self.put(field, value);
            }
        }
    }

    /// The article, and a byline that its authors made redundant.
    pub(super) fn finish(self) -> (RawArticle, Vec<String>) {
        let Self {
            mut article,
            mut byline,
            keywords,
        } = self;
        article.tags.extend(keywords);
        if article.authors.is_empty() {
            article.authors = std::mem::take(&mut byline);
        }
        (article, byline)
    }

    fn put(&mut self, field: Field, value: String) {
        if value.trim().is_empty() {
            return;
        }
        match field {
            Field::Authors => self.article.authors.push(value),
            Field::Byline => self.byline.push(value),
            Field::Tags => self.article.tags.push(value),
            Field::Keywords => self.keywords.push(value),
            text => {
                if let Some(slot) = self.text_mut(text) {
                    *slot = Some(value);
                }
            }
        }
    }

    fn text(&self, field: Field) -> Option<&String> {
        let article = &self.article;
        match field {
            Field::Id => article.id.as_ref(),
            Field::Url => article.url.as_ref(),
            Field::Html => article.html.as_ref(),
            Field::Text => article.text.as_ref(),
            Field::Title => article.title.as_ref(),
            Field::PublishedAt => article.published_at.as_ref(),
            Field::Language => article.language.as_ref(),
            Field::Source => article.source.as_ref(),
            Field::Image => article.image.as_ref(),
            Field::Description => article.description.as_ref(),
            Field::Authors | Field::Byline | Field::Tags | Field::Keywords => None,
        }
    }

    fn text_mut(&mut self, field: Field) -> Option<&mut Option<String>> {
        let article = &mut self.article;
        match field {
            Field::Id => Some(&mut article.id),
            Field::Url => Some(&mut article.url),
            Field::Html => Some(&mut article.html),
            Field::Text => Some(&mut article.text),
            Field::Title => Some(&mut article.title),
            Field::PublishedAt => Some(&mut article.published_at),
            Field::Language => Some(&mut article.language),
            Field::Source => Some(&mut article.source),
            Field::Image => Some(&mut article.image),
            Field::Description => Some(&mut article.description),
            Field::Authors | Field::Byline | Field::Tags | Field::Keywords => None,
        }
    }
}

/// Seconds or milliseconds since 1970 as RFC 3339. The two meet at 1e11: the year 5138 in seconds, 1973 in
/// milliseconds.
fn date_of(number: &Number) -> Option<String> {
    const MILLISECONDS_FROM: f64 = 1e11;
    let number = number.as_f64()?;
    let milliseconds = if number.abs() < MILLISECONDS_FROM {
        number * 1000.0
    } else {
        number
    };
    // A float beyond the range of the integer becomes its end, which no date has.
    let timestamp = jiff::Timestamp::from_millisecond(milliseconds.round() as i64).ok()?;
    Some(timestamp.to_string())
}

/// What a JSON value is, for errors.
pub(super) fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
