//! Bounds on what an article may ask of the process. Over one of them is a permanent error, never a truncation.

use super::EnrichError;
use crate::message::RawArticle;

/// Bounds on one article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of `html`.
    pub html_bytes_max: usize,
    /// Bytes of `text`.
    pub text_bytes_max: usize,
    /// Elements of a page open inside one another. Real pages stay under 100.
    pub html_depth_max: usize,
    /// Bytes of removed text that a record lists.
    pub removed_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            html_bytes_max: 16 << 20,
            text_bytes_max: 4 << 20,
            html_depth_max: 5_000,
            removed_bytes_max: 16 << 10,
        }
    }
}

impl Limits {
    /// Whether the article is within the bounds on size.
    pub(super) fn check(&self, article: &RawArticle) -> Result<(), EnrichError> {
        let within = |field, value: &Option<String>, limit| match value.as_ref().map_or(0, String::len) {
            bytes if bytes > limit => Err(EnrichError::TooLarge { field, bytes, limit }),
            _ => Ok(()),
        };
        within("html", &article.html, self.html_bytes_max)?;
        within("text", &article.text, self.text_bytes_max)
    }
}
