//! The article as the crawler delivers it.
//!
//! Invariant: a `RawArticle` that [`decode`](super::decode) hands out has `html` or `text`, or it would have
//! been refused there (unless the caller said that it needs neither).
//!
//! Absent on purpose: serde. One article has many wire forms, and [`decode`](super::decode) reads them all.

use serde_json::{Map, Value};

/// A raw article. Which wire shapes become one is told in `docs/messages.md`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RawArticle {
    /// The sender's id; absent: derived from the URL, else from the content.
    pub id: Option<String>,
    /// Where it was found.
    pub url: Option<String>,
    /// The page as fetched.
    pub html: Option<String>,
    /// Text that somebody already extracted, junk and all.
    pub text: Option<String>,
    /// The headline, as the crawler knows it.
    pub title: Option<String>,
    /// The authors, as the crawler knows them; a byline is one string with all of them.
    pub authors: Vec<String>,
    /// When it was published: any common date form.
    pub published_at: Option<String>,
    /// BCP 47 code.
    pub language: Option<String>,
    /// Who published it.
    pub source: Option<String>,
    /// URL of the main picture.
    pub image: Option<String>,
    /// Summary or deck.
    pub description: Option<String>,
    /// Raw keywords, each as it was sent: one tag, several with separators, or several glued together.
    pub tags: Vec<String>,
    /// Whatever else the message held, carried through untouched.
    pub extra: Map<String, Value>,
}
