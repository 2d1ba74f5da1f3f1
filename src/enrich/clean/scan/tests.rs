//! The scanner sees a page as the library's tokenizer does.

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};
use proptest::prelude::*;

use super::*;

/// A page's tokens in words, texts joined.
fn scanned(html: &str) -> Vec<String> {
    let mut scanner = Scanner::new(html);
    let mut out = Vec::new();
    while let Some(token) = scanner.next() {
        let mut raw = None;
        match token {
            Token::Text { raw, entities } => put_text(&mut out, &text(raw, entities)),
            Token::End(tag) => out.push(format!("</{tag:?}>")),
            Token::Start { tag, self_closing } => {
                let attrs: Vec<String> = scanner
                    .attrs()
                    .iter()
                    .map(|(attr, value)| format!(" {attr:?}={:?}", decoded(value, true)))
                    .collect();
                out.push(format!(
                    "<{tag:?}{}{}>",
                    attrs.concat(),
                    if self_closing { "/" } else { "" }
                ));
                raw = scanner.raw_text(tag);
            }
        }
        if let Some(Token::Text { raw, entities }) = raw {
            put_text(&mut out, &text(raw, entities));
        }
    }
    out
}

fn text(raw: &str, entities: bool) -> String {
    if entities {
        decoded(raw, false).into_owned()
    } else {
        raw.to_owned()
    }
}

fn put_text(out: &mut Vec<String>, text: &str) {
    match out.last_mut() {
        Some(last) if last.starts_with('"') => last.push_str(text),
        _ => out.push(format!("\"{text}")),
    }
}

/// A start tag that is being read: its attributes, and whether the last of them is kept.
type Start = (Tag, Vec<(Attr, String)>, bool);

/// The same by the library.
fn by_library(html: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut open: Option<Start> = None;
    {
        let out = &mut out;
        let mut emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, _: Span<()>| -> Option<()> {
            match event {
                CallbackEvent::OpenStartTag { name } => {
                    open = Some((Tag::at(name, 0..name.len()), Vec::new(), false))
                }
                CallbackEvent::AttributeName { name } => {
                    if let Some((_, attrs, kept)) = &mut open {
                        let attr = Attr::at(name, 0..name.len());
                        *kept = attr != Attr::Other && attrs.iter().all(|(known, _)| *known != attr);
                        if *kept {
                            attrs.push((attr, String::new()));
                        }
                    }
                }
                CallbackEvent::AttributeValue { value } => {
                    if let Some((_, attrs, true)) = &mut open {
                        attrs
                            .last_mut()
                            .unwrap()
                            .1
                            .push_str(std::str::from_utf8(value).unwrap());
                    }
                }
                CallbackEvent::CloseStartTag { self_closing } => {
                    if let Some((tag, attrs, _)) = open.take() {
                        let attrs: Vec<String> = attrs
                            .iter()
                            .map(|(attr, value)| format!(" {attr:?}={value:?}"))
                            .collect();
                        out.push(format!(
                            "<{tag:?}{}{}>",
                            attrs.concat(),
                            if self_closing { "/" } else { "" }
                        ));
                    }
                }
                CallbackEvent::EndTag { name } => out.push(format!("</{:?}>", Tag::at(name, 0..name.len()))),
                CallbackEvent::String { value } => put_text(out, std::str::from_utf8(value).unwrap()),
                _ => {}
            }
            None
        });
        emitter.naively_switch_states(true);
        for _ in Tokenizer::new_with_emitter(html, emitter) {}
    }
    out
}

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "<p>",
        "</p>",
        "<P CLASS=Lead>",
        "<div class=\"a b\" id='c'>",
        "</div >",
        "<a href=/x?a=1&copy=2>",
        "</a/>",
        "<img src=x/>",
        "<br/>",
        "<br / >",
        "<a\n b = c>",
        "<a =b=c>",
        "<a class=x class=y>",
        "<a b='",
        "\"",
        "'",
        ">",
        "<",
        "</",
        "<!",
        "<!--",
        "-->",
        "--!>",
        "--",
        "-",
        "<!-->",
        "<!--->",
        "<!doctype html>",
        "<?xml ?>",
        "<![CDATA[",
        "]]>",
        "<script>",
        "<script type=application/ld+json>",
        "</script>",
        "</SCRIPT >",
        "</scriptx",
        "<style>",
        "</style>",
        "<title>",
        "</title>",
        "<textarea>",
        "</textarea>",
        "<noscript>",
        "</noscript>",
        "<iframe>",
        "</iframe>",
        "&amp;",
        "&amp",
        "&copy;",
        "&copy",
        "&notit;",
        "&#x201c;",
        "&#150;",
        "&#0;",
        "&nbsp",
        "&",
        "&#",
        ";",
        "&quot;",
        "&Ntilde;",
        "&bogus;",
        "=",
        "/",
        " ",
        "\n",
        "x",
        "a < b",
        "é",
        "<é>",
        "text",
        "<svg><path d=M/></svg>",
    ]);
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

#[test]
fn a_script_with_a_comment_in_it_ends_where_browsers_end_it() {
    for html in [
        "<script>a<b</script>c",
        "<script><!--<script></script>--></script>c",
        "<script><!--<script></script></script>c",
        "<script><!--></script>c",
        "<script><!-- <scripts></script>c",
        "<script>a",
        "<title>a<b>&amp;</titl></title>c",
    ] {
        assert_eq!(scanned(html), by_library(html), "{html}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn any_page_is_seen_as_the_library_sees_it(html in pieces()) {
        prop_assert_eq!(scanned(&html), by_library(&html), "{}", html);
    }
}
