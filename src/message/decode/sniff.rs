//! What a body is when the message does not say: a JSON object, else a page, else plain text.

use super::content_type::Form;

/// How much of a text is looked at.
const HEAD_BYTES: usize = 4096;

/// Openings that stand at the beginning of pages and of fragments of them, and in no plain text.
const MARKUP: &[&str] = &[
    "<!doctype",
    "<html",
    "<head",
    "<body",
    "<title",
    "<meta",
    "<article",
    "<section",
    "<main",
    "<div",
    "<p>",
    "<p ",
    "<h1",
    "<h2",
    "<br",
    "<span",
    "<table",
    "<ul",
    "<script",
    "<style",
    "<figure",
    "<blockquote",
];

/// The form of a text.
pub(super) fn form_of(text: &str) -> Form {
    let text = text.trim_start();
    if opens_json(text) {
        return Form::Json;
    }
    let head = text
        .get(..text.floor_char_boundary(HEAD_BYTES))
        .unwrap_or_default()
        .to_ascii_lowercase();
    if MARKUP.iter().any(|opening| head.contains(opening)) {
        return Form::Html;
    }
    Form::Text
}

/// `{` before a key or an end, `[` before an object. Broken JSON is JSON too: its error is worth more than an
/// article made of braces.
fn opens_json(text: &str) -> bool {
    let mut marks = text.chars().filter(|character| !character.is_whitespace());
    matches!(
        (marks.next(), marks.next()),
        (Some('{'), Some('"' | '}') | None) | (Some('['), Some('{'))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_known_by_its_beginning() {
        assert_eq!(form_of(" {\"text\": 1}"), Form::Json);
        assert_eq!(form_of("{\n \"broken"), Form::Json);
        assert_eq!(form_of("[{\"@type\":\"NewsArticle\"}]"), Form::Json);
        assert_eq!(form_of("\n<!DOCTYPE html><p>x"), Form::Html);
        assert_eq!(form_of("Lead.<p>Fragment"), Form::Html);
        assert_eq!(
            form_of("[an error occurred] The minister said 3 < 4."),
            Form::Text
        );
    }
}
