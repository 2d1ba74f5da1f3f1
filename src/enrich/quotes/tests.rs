//! What the stage promises, on sentences written for it, on the seed article and on arbitrary text.

mod english;
mod english_subjects;
mod german;
mod languages;
mod phenomena;
mod regressions;

use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::message::QuoteKind;

/// Kind, parts, mention, name, how it was found, cue.
type Row = (
    QuoteKind,
    Vec<String>,
    Option<String>,
    Option<(String, Via)>,
    Option<String>,
);

fn read(text: &str, language: &str) -> Vec<Row> {
    extract(&CleanText::verbatim(text.to_owned()), Some(language))
        .into_iter()
        .map(|quote| {
            let parts = if quote.parts.is_empty() {
                vec![quote.text]
            } else {
                quote.parts.into_iter().map(|part| part.text).collect()
            };
            let mention = quote
                .speaker
                .as_ref()
                .and_then(|speaker| speaker.mention.as_ref())
                .map(|span| span.text.clone());
            let named = quote.speaker.map(|speaker| (speaker.name, speaker.via));
            (quote.kind, parts, mention, named, quote.cue.map(|cue| cue.text))
        })
        .collect()
}

/// The only quote of a text: parts, mention, name, cue.
fn only(text: &str, language: &str) -> (Vec<String>, String, String, String) {
    let mut rows = read(text, language);
    assert_eq!(rows.len(), 1, "{rows:#?}");
    let (_, parts, mention, named, cue) = rows.remove(0);
    (
        parts,
        mention.unwrap_or_default(),
        named.map(|named| named.0).unwrap_or_default(),
        cue.unwrap_or_default(),
    )
}

/// Every quote of a text, in a line each: the mention, a colon, and the parts, parted by bars.
#[track_caller]
fn reads(language: &str, text: &str, rows: &[&str]) {
    let found: Vec<String> = read(text, language)
        .into_iter()
        .map(|(_, parts, mention, _, _)| format!("{}: {}", mention.unwrap_or_default(), parts.join(" | ")))
        .collect();
    assert_eq!(found, rows, "{text}");
}

#[track_caller]
fn holds(text: &str, language: &str, parts: &[&str], mention: &str, name: &str, cue: &str) {
    let expected = (
        parts.iter().map(|part| (*part).to_owned()).collect(),
        mention.to_owned(),
        name.to_owned(),
        cue.to_owned(),
    );
    assert_eq!(only(text, language), expected);
}

#[test]
fn a_quotation_split_by_its_attribution_is_one_quote_of_two_parts() {
    holds(
        "Carl Reed runs it. “The tide is late,” Reed said, “and so are we.”",
        "en",
        &["The tide is late,", "and so are we."],
        "Reed",
        "Carl Reed",
        "said",
    );
}

#[test]
fn a_quotation_over_paragraphs_is_one_quote_with_a_part_for_each() {
    holds(
        "Carl Reed said: “The piers are sound.\n\n“The deck has to go.”",
        "en",
        &["The piers are sound.", "The deck has to go."],
        "Carl Reed",
        "Carl Reed",
        "said",
    );
}

#[test]
fn apostrophes_are_no_marks() {
    holds(
        "'I didn't see the workers' van,' says Sam O'Brien.",
        "en",
        &["I didn't see the workers' van,"],
        "Sam O'Brien",
        "Sam O'Brien",
        "says",
    );
}

#[test]
fn titles_and_scare_quotes_are_no_quotations() {
    assert_eq!(
        read(
            "The band released “Night Ferry” in 2019, and its “post-rock” label stuck.",
            "en"
        ),
        []
    );
    assert_eq!(
        read("Der Film „Stille Nacht“ läuft im sogenannten „Sommerkino“.", "de"),
        []
    );
    assert_eq!(
        read("Фильм «Тихая река» вышел в прокат в кинотеатре «Родина».", "ru"),
        []
    );
}

#[test]
fn a_pronoun_finds_the_woman_of_the_sentence_before() {
    holds(
        "Maria Ortega met James Cole at the plant. “We are staying,” she said on Monday.",
        "en",
        &["We are staying,"],
        "she",
        "Maria Ortega",
        "said",
    );
}

#[test]
fn a_role_finds_the_name_beside_which_it_stood() {
    holds(
        "Mr Putin met Angela Merkel in Sochi. Russian President Vladimir Putin stood alone. “We agreed,” the Russian president said.",
        "en",
        &["We agreed,"],
        "the Russian president",
        "Vladimir Putin",
        "said",
    );
}

#[test]
fn a_spokesman_for_somebody_is_not_that_somebody() {
    let (_, mention, name, _) = only(
        "Anna Berg waited. “No comment,” a spokesman for Anna Berg said.",
        "en",
    );
    assert_eq!(
        (mention.as_str(), name.as_str()),
        ("a spokesman for Anna Berg", "a spokesman for Anna Berg")
    );
}

#[test]
fn sources_may_be_documents() {
    holds(
        "According to a harbour log, the tug turned back at noon.",
        "en",
        &["the tug turned back at noon"],
        "a harbour log",
        "a harbour log",
        "According to",
    );
}

#[test]
fn languages_have_their_own_order() {
    holds(
        "„Der Kran bleibt stehen“, sagte Greta Lohse.",
        "de",
        &["Der Kran bleibt stehen"],
        "Greta Lohse",
        "Greta Lohse",
        "sagte",
    );
    holds(
        "Polizeiangaben zufolge waren zwei Brücken gesperrt.",
        "de",
        &["waren zwei Brücken gesperrt"],
        "Polizeiangaben",
        "Polizeiangaben",
        "zufolge",
    );
    holds(
        "Greta Lohse teilte mit, dass der Zug später komme.",
        "de",
        &["dass der Zug später komme"],
        "Greta Lohse",
        "Greta Lohse",
        "teilte",
    );
    holds(
        "« C’est bien, estime-t-elle, mais il faut attendre. »",
        "fr",
        &["C’est bien", "mais il faut attendre."],
        "elle",
        "elle",
        "estime",
    );
    holds(
        "— É o nosso dever — afirmou o governador.",
        "pt",
        &["É o nosso dever"],
        "o governador",
        "o governador",
        "afirmou",
    );
    holds(
        "«Мы не отступим», — заявила Анна Громова.",
        "ru",
        &["Мы не отступим"],
        "Анна Громова",
        "Анна Громова",
        "заявила",
    );
    holds(
        "李强表示：“大桥将于五月开放。”",
        "zh",
        &["大桥将于五月开放。"],
        "李强",
        "李强",
        "表示",
    );
    holds(
        "قال كريم حداد: \"سنفتح الميناء غدا\".",
        "ar",
        &["سنفتح الميناء غدا"],
        "كريم حداد",
        "كريم حداد",
        "قال",
    );
}

#[test]
fn text_without_attribution_has_no_quotes() {
    assert_eq!(read("“Prices will fall by spring, Ines Duarte", "en"), []);
    assert_eq!(read("", "en"), []);
}

/// The folder that holds samples which are not part of the package.
fn shared() -> PathBuf {
    std::env::var_os("NEWSMILL_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    )
}

#[test]
fn the_seed_article_comes_out_as_expected() {
    let path = shared().join("samples/seed/syria-meeting.expected.json");
    let Ok(bytes) = std::fs::read(&path) else {
        eprintln!(
            "skipped: {} is not there; set NEWSMILL_SHARED to the folder of samples",
            path.display()
        );
        return;
    };
    let expected: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    let text = CleanText::verbatim(expected["text"].as_str().unwrap().to_owned());
    let mut found = serde_json::to_value(extract(&text, Some("en"))).unwrap();
    for quote in found.as_array_mut().unwrap() {
        quote.as_object_mut().unwrap().remove("confidence");
    }
    assert_eq!(found, expected["quotes"]);
}

fn spans_are_true(text: &str, language: &str) -> Result<(), TestCaseError> {
    let characters: Vec<char> = text.chars().collect();
    let at = |start: usize, end: usize| {
        characters
            .get(start..end)
            .map(|part| part.iter().collect::<String>())
    };
    let mut last = 0;
    for quote in extract(&CleanText::verbatim(text.to_owned()), Some(language)) {
        prop_assert!(quote.start < quote.end);
        prop_assert!(quote.start >= last, "quotes are in order");
        last = quote.start;
        prop_assert_eq!(at(quote.start, quote.end), Some(quote.text));
        prop_assert!((0.0..=1.0).contains(&quote.confidence));
        let mention = quote.speaker.and_then(|speaker| speaker.mention);
        for span in quote.parts.into_iter().chain(mention).chain(quote.cue) {
            prop_assert_eq!(at(span.start, span.end), Some(span.text));
        }
    }
    Ok(())
}

const LANGUAGES: [&str; 15] = [
    "en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru", "uk", "cs", "sv", "ar", "fa", "zh",
];

/// Pieces that quotations are made of, so that arbitrary texts reach the rules.
const PIECES: [&str; 40] = [
    "“",
    "”",
    "\"",
    "„",
    "«",
    "»",
    "‘",
    "’",
    "'",
    "「",
    "」",
    ",",
    ".",
    ":",
    "—",
    "-",
    "\n",
    "\n\n",
    " ",
    " said ",
    " says ",
    " that ",
    " Maria Ortega ",
    " she ",
    " the president ",
    " who ",
    "according to ",
    " sagte ",
    ", dass ",
    " sei ",
    " laut ",
    " nach Angaben ",
    "estime-t-il",
    " a déclaré ",
    " сказал ",
    " 表示",
    "قال ",
    "U.S. ",
    "(R-Ohio)",
    " and ",
];

proptest! {
    #[test]
    fn arbitrary_text_gives_true_spans(text in "\\PC{0,300}", language in 0usize..15) {
        spans_are_true(&text, LANGUAGES[language])?;
    }

    #[test]
    fn arbitrary_pieces_of_speech_give_true_spans(pieces in prop::collection::vec(0usize..40, 0..60), language in 0usize..15) {
        let text: String = pieces.into_iter().map(|piece| PIECES[piece]).collect();
        spans_are_true(&text, LANGUAGES[language])?;
    }
}

#[test]
fn hostile_text_is_read_in_linear_time() {
    // Minutes when anything here is quadratic; moments when it is not.
    for piece in [
        "“",
        "\"",
        "“a” ",
        "X said, ",
        "\"a\"\n",
        "A Smith said. ",
        "the president said “no”, ",
        "», ",
        "said that “x”, ",
        "« a, dit B, ",
    ] {
        let text = piece.repeat(200_000 / piece.len());
        let began = std::time::Instant::now();
        extract(&CleanText::verbatim(text.clone()), Some("en"));
        extract(&CleanText::verbatim(text), Some("fr"));
        assert!(
            began.elapsed().as_secs() < 20,
            "{piece:?} took {:?}",
            began.elapsed()
        );
    }
}
