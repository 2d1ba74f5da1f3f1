//! Quotes: who said what, with which verb.

pub mod sentences;

use super::clean::CleanText;
use crate::message::Quote;

/// Finds the quotations of a text in a language (BCP 47; none: English rules and every kind of mark).
pub fn extract(_text: &CleanText, _language: Option<&str>) -> Vec<Quote> {
    Vec::new()
}
