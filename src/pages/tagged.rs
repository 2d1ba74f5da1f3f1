//! An article's tags with their ids, and why each is the one that it is.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::words;
use crate::message::{Tag, TagOrigin};

/// Raw strings of one tag that are shown.
const RAW: usize = 5;

/// The tags as a table; those with an id first, as the record has them.
pub(super) fn table(tags: &[Tag]) -> Markup {
    let (known, unknown): (Vec<&Tag>, Vec<&Tag>) = tags.iter().partition(|tag| !tag.ids.is_empty());
    html! {
        @if tags.is_empty() { p { "No tag was found." } } @else {
            div class="scroll" role="region" aria-label="Tags" tabindex="0" {
                table class="tags" {
                    thead { tr {
                        th scope="col" { "Tag" }
                        th scope="col" { "What" }
                        th scope="col" { "Ids" }
                        th scope="col" { "Why" }
                        th scope="col" class="num" { "Confidence" }
                    } }
                    tbody { @for tag in known.iter().chain(&unknown) { (row(tag)) } }
                }
            }
        }
    }
}

fn row(tag: &Tag) -> Markup {
    html! {
        tr {
            th scope="row" dir="auto" { (tag.label) }
            td { (words::tag_kind(tag.kind)) }
            td { (ids(&tag.ids)) }
            td { (why(tag)) }
            td class="num" { (format!("{:.2}", tag.confidence)) }
        }
    }
}

fn why(tag: &Tag) -> Markup {
    let from: Vec<&str> = tag.from.iter().map(|from| words::origin(*from)).collect();
    let named = match tag.mentions.len() {
        0 => None,
        1 => Some("once".to_owned()),
        times => Some(format!("{times} times")),
    };
    html! {
        (words::rule(tag.rule)) "; from " (from.join(" and "))
        @if let Some(named) = named { ", named " (named) " in the text" }
        @if tag.from.contains(&TagOrigin::Keywords) && tag.raw.iter().any(|raw| *raw != tag.label) {
            br; small {
                "written "
                @for (at, raw) in tag.raw.iter().take(RAW).enumerate() {
                    @if at > 0 { ", " }
                    q dir="auto" { (raw) }
                }
                @if tag.raw.len() > RAW { " and " (tag.raw.len() - RAW) " more" }
            }
        }
        @if !tag.candidates.is_empty() {
            br; small {
                "or "
                @for (at, other) in tag.candidates.iter().enumerate() {
                    @if at > 0 { ", " }
                    span dir="auto" { (other.label) } " " (ids(&other.ids))
                }
            }
        }
    }
}

fn ids(ids: &BTreeMap<String, String>) -> Markup {
    html! {
        @if ids.is_empty() { small { "none: the vocabulary does not know it" } }
        @for (at, (scheme, id)) in ids.iter().enumerate() {
            @if at > 0 { br; }
            span class="id" {
                (scheme) " "
                @if scheme == "wikidata" && is_item(id) {
                    a href=(format!("https://www.wikidata.org/wiki/{id}")) rel="noreferrer" { (id) }
                } @else { (id) }
            }
        }
    }
}

/// Whether it is an id that Wikidata gives: whatever else a vocabulary holds becomes no address.
fn is_item(id: &str) -> bool {
    let digits = id.strip_prefix('Q').unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_wikidatas_own_ids_are_links() {
        assert!(is_item("Q35"));
        for id in ["", "Q", "P35", "Q35/../x", "Q3\"5"] {
            assert!(!is_item(id), "{id}");
        }
    }
}
