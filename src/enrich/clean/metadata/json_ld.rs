//! What the page's JSON-LD says of the article.
//!
//! Invariant: no recursion over the document's own nesting; broken JSON costs the script it stands in, no more.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::enrich::clean::unicode::entities;

/// Objects looked at in one page. Lists of hundreds of teasers are common, thousands are not.
const OBJECTS_MAX: usize = 4_000;

/// An article as JSON-LD tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::enrich::clean) struct Item {
    /// Whether it is a kind of news article, not a page or a blog's post.
    pub(in crate::enrich::clean) news: bool,
    pub(in crate::enrich::clean) headline: Option<String>,
    pub(in crate::enrich::clean) description: Option<String>,
    pub(in crate::enrich::clean) body: Option<String>,
    pub(in crate::enrich::clean) authors: Vec<String>,
    pub(in crate::enrich::clean) published: Option<String>,
    pub(in crate::enrich::clean) modified: Option<String>,
    pub(in crate::enrich::clean) image: Option<String>,
    pub(in crate::enrich::clean) keywords: Vec<String>,
    pub(in crate::enrich::clean) section: Option<String>,
    pub(in crate::enrich::clean) publisher: Option<String>,
    pub(in crate::enrich::clean) language: Option<String>,
    /// Whether it may be read without paying.
    pub(in crate::enrich::clean) free: Option<bool>,
}

/// The page's own article, if any script describes one. `titles` tells it from articles that the page only lists.
pub(in crate::enrich::clean) fn article(scripts: &[String], is_title: impl Fn(&str) -> bool) -> Option<Item> {
    let documents: Vec<Value> = scripts.iter().filter_map(|script| parse(script)).collect();
    let mut objects = Vec::new();
    let mut waiting: Vec<&Value> = documents.iter().rev().collect();
    while let Some(value) = waiting.pop() {
        match value {
            Value::Array(values) => waiting.extend(values.iter().rev()),
            Value::Object(object) => {
                objects.push(object);
                waiting.extend(
                    object
                        .values()
                        .rev()
                        .filter(|value| value.is_array() || value.is_object()),
                );
            }
            _ => {}
        }
        if objects.len() > OBJECTS_MAX {
            break;
        }
    }
    let mut by_id: HashMap<&str, &Map<String, Value>> = HashMap::new();
    for object in &objects {
        if let Some(id) = object.get("@id").and_then(Value::as_str)
            && object.len() > 1
        {
            by_id.entry(id).or_insert(object);
        }
    }
    let ranked = objects.iter().enumerate().filter_map(|(at, object)| {
        let rank = rank(object)?;
        let headline = string(object.get("headline").or_else(|| object.get("name")));
        let own = headline.as_deref().is_some_and(&is_title);
        Some((
            (own, rank, object.contains_key("articleBody")),
            std::cmp::Reverse(at),
            *object,
        ))
    });
    let (_, _, object) = ranked.max_by_key(|(quality, at, _)| (*quality, *at))?;
    let mut item = item(object, &by_id);
    // That a part is to be paid for is often told of the page and not of the article.
    let paid = |part: &&Map<String, Value>| part.contains_key("cssSelector") && free(part) == Some(false);
    if objects.iter().any(paid) {
        item.free = item.free.or(Some(false));
    }
    Some(item)
}

/// Whether something may be read without paying. Many write the truth value as a string, some as schema.org's address of it.
fn free(object: &Map<String, Value>) -> Option<bool> {
    match object.get("isAccessibleForFree")? {
        Value::Bool(free) => Some(*free),
        Value::String(free) => match free.rsplit('/').next()?.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Some(true),
            "false" | "no" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// Parses a script's content, mending what pages often get wrong.
fn parse(script: &str) -> Option<Value> {
    let script = script.trim().trim_start_matches("<!--").trim_end_matches("-->");
    let script = script
        .trim()
        .trim_start_matches("//<![CDATA[")
        .trim_start_matches("<![CDATA[");
    let script = script
        .trim_end_matches("//]]>")
        .trim_end_matches("]]>")
        .trim()
        .trim_end_matches(';');
    if let Ok(value) = serde_json::from_str(script) {
        return Some(value);
    }
    // Bare line ends and tabs inside strings.
    let mended: String = script
        .chars()
        .map(|char| if char.is_control() { ' ' } else { char })
        .collect();
    if let Ok(value) = serde_json::from_str(&mended) {
        return Some(value);
    }
    // The first of several documents in one script.
    serde_json::Deserializer::from_str(&mended)
        .into_iter::<Value>()
        .next()?
        .ok()
}

/// Rank of news articles.
const NEWS: u8 = 3;

/// How much a type is a news article; `None` for what is no article.
fn rank(object: &Map<String, Value>) -> Option<u8> {
    let of = |name: &str| match name.rsplit(['/', ':']).next().unwrap_or(name) {
        "NewsArticle"
        | "ReportageNewsArticle"
        | "AnalysisNewsArticle"
        | "OpinionNewsArticle"
        | "LiveBlogPosting"
        | "BackgroundNewsArticle"
        | "ReviewNewsArticle"
        | "AskPublicNewsArticle"
        | "AdvertiserContentArticle" => Some(NEWS),
        "Article"
        | "BlogPosting"
        | "Report"
        | "TechArticle"
        | "ScholarlyArticle"
        | "SocialMediaPosting"
        | "SatiricalArticle"
        | "MedicalScholarlyArticle" => Some(2),
        "WebPage" | "ItemPage" | "Recipe" | "Review" | "CreativeWork" | "VideoObject" | "HowTo" => Some(1),
        _ => None,
    };
    match object.get("@type").or_else(|| object.get("type"))? {
        Value::String(name) => of(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).filter_map(of).max(),
        _ => None,
    }
}

fn item(object: &Map<String, Value>, by_id: &HashMap<&str, &Map<String, Value>>) -> Item {
    let text = |name: &str| string(object.get(name));
    let mut authors = Vec::new();
    for name in ["author", "creator"] {
        if authors.is_empty()
            && let Some(value) = object.get(name)
        {
            people(value, by_id, &mut authors);
        }
    }
    Item {
        news: rank(object) == Some(NEWS),
        headline: text("headline").or_else(|| text("name")),
        description: text("description"),
        body: text("articleBody").filter(|body| body.len() > 200),
        authors,
        published: text("datePublished")
            .or_else(|| text("dateCreated"))
            .or_else(|| text("uploadDate")),
        modified: text("dateModified"),
        image: object.get("image").and_then(|value| image(value, by_id)),
        keywords: strings(object.get("keywords")),
        section: strings(object.get("articleSection")).into_iter().next(),
        publisher: object.get("publisher").and_then(|value| named(value, by_id)),
        language: object.get("inLanguage").and_then(|value| {
            string(Some(value)).or_else(|| string(value.get("alternateName").or_else(|| value.get("name"))))
        }),
        free: free(object),
    }
}

fn string(value: Option<&Value>) -> Option<String> {
    let text = match value? {
        Value::String(text) => text.trim(),
        Value::Array(values) => values.first()?.as_str()?.trim(),
        _ => return None,
    };
    // Many systems write their text into the script as they would into the page, escaped.
    (!text.is_empty()).then(|| entities(text).into_owned())
}

fn strings(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) if !text.trim().is_empty() => vec![text.trim().to_owned()],
        Some(Value::Array(values)) => values
            .iter()
            .take(100)
            .filter_map(|value| string(Some(value)).or_else(|| string(value.get("name"))))
            .collect(),
        _ => Vec::new(),
    }
}

fn people(value: &Value, by_id: &HashMap<&str, &Map<String, Value>>, out: &mut Vec<String>) {
    match value {
        Value::Array(values) => {
            for value in values.iter().take(50) {
                match value {
                    // A list in a list of authors is somebody's mistake; one level is enough.
                    Value::Array(inner) => {
                        out.extend(inner.iter().take(50).filter_map(|value| named(value, by_id)))
                    }
                    _ => out.extend(named(value, by_id)),
                }
            }
        }
        Value::Object(object) if object.get("name").is_some_and(Value::is_array) => {
            out.extend(strings(object.get("name")))
        }
        _ => out.extend(named(value, by_id)),
    }
}

fn named(value: &Value, by_id: &HashMap<&str, &Map<String, Value>>) -> Option<String> {
    match value {
        Value::String(_) => string(Some(value)),
        Value::Object(object) => string(object.get("name")).or_else(|| {
            let id = object.get("@id")?.as_str()?;
            string(by_id.get(id)?.get("name"))
        }),
        Value::Array(values) => values
            .first()
            .filter(|value| !value.is_array())
            .and_then(|value| named(value, by_id)),
        _ => None,
    }
    .filter(|name| !name.is_empty())
}

fn image(value: &Value, by_id: &HashMap<&str, &Map<String, Value>>) -> Option<String> {
    match value {
        Value::String(url) => Some(url.trim().to_owned()),
        Value::Object(object) => {
            string(object.get("url").or_else(|| object.get("contentUrl"))).or_else(|| {
                let id = object.get("@id")?.as_str()?;
                let object = by_id.get(id)?;
                string(object.get("url").or_else(|| object.get("contentUrl")))
            })
        }
        Value::Array(values) => values
            .first()
            .filter(|value| !value.is_array())
            .and_then(|value| image(value, by_id)),
        _ => None,
    }
    .filter(|url| !url.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_own_article_is_told_from_a_listed_one() {
        let script = r##"{"@graph":[{"@type":"NewsArticle","headline":"Other"},
            {"@type":"NewsArticle","headline":"Mine","author":{"@id":"#a"}},{"@type":"Person","@id":"#a","name":"Ada Bell"}]}"##;
        let item = article(&[script.to_owned()], |title| title == "Mine").unwrap();
        assert_eq!(item.authors, ["Ada Bell"]);
    }

    #[test]
    fn a_headline_escaped_as_in_a_page_is_known_for_the_pages_own() {
        let script = r##"[{"@type":"NewsArticle","headline":"The short one","author":"X"},
            {"@type":"NewsArticle","headline":"Bell&#8217;s &amp; March&#8217;s","author":"Bell &amp; March"}]"##;
        let item = article(&[script.to_owned()], |title| title == "Bell’s & March’s").unwrap();
        assert_eq!(item.authors, ["Bell & March"]);
    }

    #[test]
    fn what_is_to_be_paid_for_is_told_of_the_article_or_of_a_part() {
        let told = |script: &str| article(&[script.to_owned()], |_| false).unwrap().free;
        assert_eq!(told(r#"{"@type":"NewsArticle","headline":"A"}"#), None);
        assert_eq!(
            told(r#"{"@type":"NewsArticle","isAccessibleForFree":"http://schema.org/True"}"#),
            Some(true)
        );
        assert_eq!(
            told(r#"{"@type":"NewsArticle","isAccessibleForFree":false}"#),
            Some(false)
        );
        assert_eq!(
            told(
                r#"[{"@type":"Article","headline":"A"},
                {"@type":"WebPage","hasPart":{"isAccessibleForFree":"no","cssSelector":".rest"}}]"#
            ),
            Some(false)
        );
    }

    #[test]
    fn line_ends_inside_strings_are_mended() {
        let script = "{\"@type\":\"Article\",\"headline\":\"One\nline\"}";
        assert_eq!(
            article(&[script.to_owned()], |_| false)
                .unwrap()
                .headline
                .as_deref(),
            Some("One line")
        );
    }
}
