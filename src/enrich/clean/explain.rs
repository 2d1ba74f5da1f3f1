//! What cleaning thinks of every line of an article, for a person to look at.
//!
//! Invariant: nothing is left out and nothing is bounded; the lines that are text are the cleaned text. Absent on
//! purpose: how it is shown.

use super::lines::{Fate, Line};
use super::model::Model;
use super::{Metadata, assemble};
use crate::enrich::{EnrichError, Limits};
use crate::message::{RawArticle, RemovedReason};

/// An article's lines, and what is known of it beside them.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// What the page and the crawler say about it.
    pub metadata: Metadata,
    /// All lines, in the article's order.
    pub passages: Vec<Passage>,
    /// Likelihood from which a block of a page is text.
    pub threshold: f32,
}

/// A line of an article.
#[derive(Debug, Clone, PartialEq)]
pub struct Passage {
    /// Its words, those that a rule cut off left out.
    pub text: String,
    /// Whether it is marked up as a heading.
    pub heading: bool,
    /// Whether it stands in a block quote.
    pub quote: bool,
    /// How likely the model takes it for text; of an article without a page nothing.
    pub likelihood: Option<f32>,
    /// What became of it.
    pub outcome: Outcome,
}

/// What becomes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is text.
    Kept,
    /// It is the headline.
    Title,
    /// It is a picture's caption.
    Caption,
    /// It was taken out.
    Removed(RemovedReason),
}

impl From<Line> for Passage {
    fn from(line: Line) -> Self {
        Self {
            text: line.text,
            heading: line.heading,
            quote: line.quote,
            likelihood: line.likelihood,
            outcome: match line.fate {
                Fate::Text => Outcome::Kept,
                Fate::Title => Outcome::Title,
                Fate::Caption(_) => Outcome::Caption,
                Fate::Removed(reason) => Outcome::Removed(reason),
            },
        }
    }
}

/// Cleans an article and tells of each line what became of it.
///
/// # Errors
/// [`EnrichError::TooDeep`] for a page nested over the limit.
pub fn explain(article: &RawArticle, limits: &Limits) -> Result<Explained, EnrichError> {
    let (lines, metadata) = match article.html.as_deref().filter(|html| !html.trim().is_empty()) {
        Some(html) => assemble::lines_of_page(article, html, limits)?,
        None => assemble::lines_of_text(article, article.text.as_deref().unwrap_or_default()),
    };
    Ok(Explained {
        metadata,
        passages: lines.into_iter().map(Passage::from).collect(),
        threshold: Model::get().threshold,
    })
}
