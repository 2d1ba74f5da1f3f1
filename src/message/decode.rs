//! Bytes with a content type to a [`RawArticle`], or the reason why not.
//!
//! The way of a body: within its bound → unpacked within a bound → no well-known binary format → decoded to
//! text → no control characters → read as JSON, page or text.
//!
//! Invariant: never panics, whatever the bytes, and never holds more than a few times `unpacked_bytes_max`.

mod binary;
mod charset;
mod cloud_event;
mod content_type;
mod error;
mod field_map;
mod json;
mod json_ld;
mod ninjs;
mod object;
mod reading;
mod record;
mod sniff;
mod unpack;

use std::borrow::Cow;

pub use error::DecodeError;
pub use field_map::{FieldMap, FieldMapProblem};
pub use unpack::unpack;

use super::RawArticle;
use content_type::Form;

/// How messages are read.
#[derive(Debug, Clone, PartialEq)]
pub struct DecodeOptions {
    /// Where fields stand in messages of another shape.
    pub field_map: FieldMap,
    /// Bytes of a body as it comes.
    pub body_bytes_max: usize,
    /// Bytes of a body once it is unpacked.
    pub unpacked_bytes_max: usize,
    /// Whether an article must have `html` or `text`. Only a pipeline of nothing but tags can do without.
    pub text_required: bool,
}

impl Default for DecodeOptions {
    fn default() -> Self {
        Self {
            field_map: FieldMap::default(),
            body_bytes_max: 16 << 20,
            unpacked_bytes_max: 16 << 20,
            text_required: true,
        }
    }
}

/// Reads a message's body.
///
/// # Errors
/// Every error is permanent: the same bytes would be refused again. See [`DecodeError`].
pub fn decode(
    body: &[u8],
    content_type: Option<&str>,
    content_encoding: Option<&str>,
    options: &DecodeOptions,
) -> Result<RawArticle, DecodeError> {
    if body.len() > options.body_bytes_max {
        return Err(DecodeError::TooLarge {
            bytes: body.len(),
            limit: options.body_bytes_max,
        });
    }
    if body.is_empty() {
        return Err(DecodeError::Empty);
    }
    let content_type = content_type::read(content_type)?;
    let bytes = unpack(body, content_encoding, options.unpacked_bytes_max)?;
    binary::refuse_known_formats(&bytes)?;
    let text = charset::to_text(&bytes, content_type.charset);
    if text.trim_matches(is_blank).is_empty() {
        return Err(DecodeError::Empty);
    }
    let was_utf8 = matches!(text, Cow::Borrowed(_));
    binary::refuse_control_characters(&text, was_utf8)?;
    let form = match content_type.form {
        Form::Unknown => sniff::form_of(&text),
        told => told,
    };
    match form {
        Form::Json => json::article(&text, options),
        Form::Html => Ok(RawArticle {
            html: Some(owned(text)),
            ..RawArticle::default()
        }),
        Form::Text | Form::Unknown => Ok(RawArticle {
            text: Some(owned(text)),
            ..RawArticle::default()
        }),
    }
}

fn owned(text: Cow<'_, str>) -> String {
    text.into_owned()
}

/// White space, or as good as.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || character.is_control()
}

#[cfg(test)]
mod tests;
