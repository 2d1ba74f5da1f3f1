//! The article in the data that an application's script would make the page of.
//!
//! Pages that are drawn by a script bring their state with them, and in it the article as HTML in a string of JSON.
//!
//! Invariant: linear. A string is looked into once, and only the longest is decoded.

use memchr::memmem;

/// How the end of a paragraph is written inside a script's string.
const ENDS: [&str; 3] = [r"\u003c/p\u003e", r"\u003C/p\u003E", r"<\/p>"];
/// Bytes under which a string is a teaser.
const BYTES_MIN: usize = 1_000;
/// Paragraphs under which it is one.
const PARAGRAPHS_MIN: usize = 3;

/// The longest string of paragraphs that the source holds, as HTML.
pub(super) fn article(html: &str) -> Option<String> {
    ENDS.iter()
        .filter_map(|end| longest(html, end))
        .max_by_key(|string| string.len())
        .and_then(|string| serde_json::from_str(&format!("\"{string}\"")).ok())
}

/// The longest string that holds several of these ends.
fn longest<'a>(html: &'a str, end: &str) -> Option<&'a str> {
    let bytes = html.as_bytes();
    let mut longest = "";
    let mut from = 0;
    while let Some(at) = memmem::find(bytes.get(from..)?, end.as_bytes()) {
        let start = quote_before(bytes, from, from + at);
        let stop = quote_after(bytes, from + at);
        let string = start
            .and_then(|start| html.get(start + 1..stop))
            .unwrap_or_default();
        if string.len() > longest.len().max(BYTES_MIN)
            && memmem::find_iter(string.as_bytes(), end)
                .take(PARAGRAPHS_MIN)
                .count()
                == PARAGRAPHS_MIN
        {
            longest = string;
        }
        from = (stop + 1).min(bytes.len());
    }
    (!longest.is_empty()).then_some(longest)
}

fn quote_before(bytes: &[u8], from: usize, at: usize) -> Option<usize> {
    let quote = |place: &usize| bytes.get(*place) == Some(&b'"') && !is_escaped(bytes, *place);
    (from..at).rev().find(quote)
}

fn quote_after(bytes: &[u8], at: usize) -> usize {
    let mut escaped = false;
    for (place, byte) in bytes.iter().enumerate().skip(at) {
        match byte {
            b'"' if !escaped => return place,
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    bytes.len()
}

/// Whether an odd number of backslashes stands before a place. No string has more than a few.
fn is_escaped(bytes: &[u8], place: usize) -> bool {
    let before = bytes.get(..place).unwrap_or_default();
    let slashes = before.iter().rev().take(16).take_while(|byte| **byte == b'\\');
    slashes.count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_longest_string_of_paragraphs_is_the_article() {
        let paragraph =
            |word: &str| format!(r#"\u003cp class=\"a\"\u003e{}\u003c/p\u003e"#, word.repeat(200));
        let html = format!(
            r#"<script>x({{"teaser":"{0}","body":"{1}{1}{1}","next":"{0}"}})</script>"#,
            paragraph("short "),
            paragraph("rain "),
        );
        let article = article(&html).unwrap();
        assert!(article.starts_with("<p class=\"a\">rain rain"), "{article}");
        assert_eq!(article.matches("</p>").count(), 3);
        assert_eq!(super::article("<p>No script</p>"), None);
    }

    proptest! {
        #[test]
        fn any_source_is_looked_through(html in "(\"|\\\\|\\\\u003c/p\\\\u003e|<\\\\/p>|x|\\PC){0,40}") {
            let _seen = article(&html);
        }
    }
}
