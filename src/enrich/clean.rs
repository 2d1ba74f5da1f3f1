//! Cleaning: the article's own words out of a page, or out of text that somebody already extracted.
//!
//! Invariant: only this module makes a [`CleanText`], so quotes and tags cannot be taken from a dirty one.

mod assemble;
mod automaton;
mod beginnings;
mod blocks;
mod columns;
mod evidence;
mod explain;
mod features;
mod hashes;
mod lexicon;
mod lines;
mod metadata;
mod model;
mod page;
mod parse;
mod removal;
mod scan;
mod state;
mod steps;
mod tree;
mod unicode;

use std::ops::Range;

pub use explain::{Explained, Outcome, Passage, explain};

use super::{EnrichError, Limits};
use crate::message::{Caption, RawArticle, Removed};

/// Text that has been cleaned: NFC, paragraphs parted by one blank line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CleanText {
    text: String,
    block_quotes: Vec<Range<usize>>,
}

impl CleanText {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text itself.
    pub fn into_string(self) -> String {
        self.text
    }

    /// Byte ranges of paragraphs that stood in block quotes of the page, in order.
    pub fn block_quotes(&self) -> &[Range<usize>] {
        &self.block_quotes
    }

    /// Text that the caller vouches for: nothing is cleaned, so that offsets count in it as it was given.
    pub fn verbatim(text: String) -> Self {
        Self {
            text,
            block_quotes: Vec::new(),
        }
    }
}

/// What cleaning gives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// The article's own words.
    pub text: CleanText,
    /// What the page and the crawler say about it.
    pub metadata: Metadata,
    /// Captions that stood between them.
    pub captions: Vec<Caption>,
    /// What was taken out, in order, up to the configured bound.
    pub removed: Vec<Removed>,
    /// Raw tag strings found in the page or in a keyword line of the text.
    pub keywords: Vec<String>,
    /// What was doubtful.
    pub warnings: Vec<String>,
}

impl Cleaned {
    /// An article as it is, for a pipeline without this stage.
    pub fn verbatim(article: &RawArticle) -> Self {
        Self {
            text: CleanText::verbatim(article.text.clone().unwrap_or_default()),
            metadata: Metadata {
                title: article.title.clone(),
                authors: article.authors.clone(),
                published_at: article.published_at.clone(),
                image: article.image.clone(),
                description: article.description.clone(),
                ..Metadata::default()
            },
            ..Self::default()
        }
    }
}

/// What is known of the article beside its text. Crawler's word first, where it is plausible.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Headline without the site's name.
    pub title: Option<String>,
    /// Names without roles.
    pub authors: Vec<String>,
    /// RFC 3339, with the offset that the page tells.
    pub published_at: Option<String>,
    /// RFC 3339, with the offset that the page tells.
    pub modified_at: Option<String>,
    /// BCP 47 as the page declares it.
    pub language: Option<String>,
    /// URL.
    pub image: Option<String>,
    /// Summary.
    pub description: Option<String>,
    /// URL.
    pub canonical_url: Option<String>,
    /// Name of the site.
    pub site_name: Option<String>,
    /// Section of the site.
    pub section: Option<String>,
    /// Whether it may be read without paying.
    pub is_accessible_for_free: Option<bool>,
}

/// Cleans an article: its page if it has one, else its text.
///
/// # Errors
/// [`EnrichError::TooDeep`] for a page nested over the limit.
pub fn clean(article: &RawArticle, limits: &Limits) -> Result<Cleaned, EnrichError> {
    if let Some(html) = article.html.as_deref().filter(|html| !html.trim().is_empty()) {
        let cleaned = assemble::page(article, html, limits)?;
        // A page whose text only a script would fetch: what the crawler extracted is better than nothing.
        if !cleaned.text.as_str().is_empty() || article.text.is_none() {
            return Ok(cleaned);
        }
    }
    Ok(assemble::text(
        article,
        article.text.as_deref().unwrap_or_default(),
        limits,
    ))
}

#[cfg(test)]
mod tests;
