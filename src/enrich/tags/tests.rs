//! What the whole stage holds, on a vocabulary of a few concepts.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::normalise;
use crate::enrich::clean::CleanText;
use crate::message::{Tag, TagKind, TagOrigin};
use crate::vocabulary::{Options, Vocabulary, compile};

static CONCEPTS: &str = r#"
{"id": "w3", "label": "World War III", "type": "event", "labels": [["WWIII", ""], ["Third World War", ""]], "rank": 110}
{"id": "pu", "label": "Vladimir Putin", "type": "person", "ids": {"wikidata": "Q7747"}, "labels": [["Putin", ""], ["Владимир Путин", "ru"], ["Wladimir Putin", "de"]], "rank": 115}
{"id": "as", "label": "Bashar al-Assad", "type": "person", "ids": {"wikidata": "Q44329"}, "labels": [["Assad", ""], ["Bashar Assad", ""]], "rank": 115}
{"id": "me", "label": "Angela Merkel", "type": "person", "ids": {"wikidata": "Q567"}, "rank": 115}
{"id": "bo", "label": "Boris Johnson", "type": "person", "ids": {"wikidata": "Q180589"}, "labels": [["Johnson", ""]], "rank": 115}
{"id": "sy", "label": "Syria", "type": "place", "ids": {"qid": "Q858", "iso": "SY"}, "labels": [["Syrien", "de"], ["سوريا", "ar"], ["叙利亚", "zh"]]}
{"id": "us", "label": "United States", "type": "place", "ids": {"qid": "Q30", "iso": "US"}, "labels": [["USA", ""], ["US", ""], ["U.S.", ""], ["United States of America", ""]]}
{"id": "ir", "label": "Iran", "type": "place", "ids": {"qid": "Q794", "iso": "IR"}}
{"id": "iq", "label": "Iraq", "type": "place", "ids": {"qid": "Q796", "iso": "IQ"}}
{"id": "is", "label": "Israel", "type": "place", "ids": {"qid": "Q801", "iso": "IL"}}
{"id": "ua", "label": "Ukraine", "type": "place", "ids": {"qid": "Q212", "iso": "UA"}, "labels": [["Украина", "ru"]]}
{"id": "de", "label": "Germany", "type": "place", "ids": {"qid": "Q183", "iso": "DE"}, "labels": [["Deutschland", "de"]]}
{"id": "gm", "label": "The Gambia", "type": "place", "ids": {"qid": "Q1005", "iso": "GM"}, "labels": [["Gambia", ""]]}
{"id": "zm", "label": "Zambia", "type": "place", "ids": {"qid": "Q953", "iso": "ZM"}}
{"id": "mu", "label": "Munich", "type": "place", "ids": {"wikidata": "Q1726"}, "labels": [["München", "de"]], "rank": 125}
{"id": "sa", "label": "Samsun", "type": "place", "ids": {"wikidata": "Q134413"}, "rank": 105}
{"id": "tr", "label": "terrorism", "type": "topic", "ids": {"medtop": "medtop:20000141", "wikidata": "Q7283"}, "labels": [["Terrorismus", "de"]]}
{"id": "el", "label": "election", "type": "topic", "ids": {"medtop": "medtop:20000576"}, "labels": [["Wahl", "de"]]}
{"id": "po", "label": "politics", "type": "topic", "ids": {"medtop": "medtop:11000000"}, "labels": [["Politik", "de"]]}
{"id": "go", "label": "government", "type": "topic", "ids": {"medtop": "medtop:20000593"}}
{"id": "cl", "label": "crime, law and justice", "type": "topic", "ids": {"medtop": "medtop:02000000"}}
{"id": "cc", "label": "climate change", "type": "topic", "ids": {"medtop": "medtop:20000418"}}
{"id": "oc", "label": "oceans", "type": "topic", "ids": {"medtop": "medtop:20000438"}, "labels": [["have", "da"]]}
{"id": "hz", "label": "Hezbollah", "type": "organisation", "ids": {"wikidata": "Q41053"}, "rank": 120}
{"id": "un", "label": "United Nations", "type": "organisation", "ids": {"wikidata": "Q1065"}, "labels": [["UN", ""]], "rank": 120}
{"id": "fd", "label": "Food and Drug Administration", "type": "organisation", "ids": {"wikidata": "Q204711"}, "rank": 120}
{"id": "na", "label": "NASA", "type": "organisation", "ids": {"wikidata": "Q23548"}, "rank": 120}
{"id": "hd", "label": "Handa", "type": "place", "ids": {"geonames": 1863209, "country": "JP"}, "labels": [["Manda", ""], ["HND", ""]]}
{"id": "sh", "label": "Lekáreň Partner", "type": "organisation", "ids": {"qid": "Q1"}, "labels": [["Partner", ""]]}
"#;

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("concepts.jsonl");
    let out = folder.path().join("compiled.nmv");
    std::fs::File::create(&source)
        .unwrap()
        .write_all(CONCEPTS.as_bytes())
        .unwrap();
    compile(&[source], &Options::default(), &out, &mut |_, _| {}).unwrap();
    Vocabulary::load_alone(&out).unwrap()
});

fn tags(raw: &[&str], text: &str) -> Vec<Tag> {
    titled(raw, text, None, "en")
}

fn titled(raw: &[&str], text: &str, title: Option<&str>, language: &str) -> Vec<Tag> {
    let text = CleanText::verbatim(text.to_owned());
    normalise(raw, &text, title, Some(language), &VOCABULARY)
}

fn labels(raw: &str) -> Vec<String> {
    tags(&[raw], "").into_iter().map(|tag| tag.label).collect()
}

/// Labels of what the text names, without any keyword.
fn named(text: &str) -> Vec<String> {
    tags(&[], text).into_iter().map(|tag| tag.label).collect()
}

fn mentions(tag: &Tag) -> Vec<&str> {
    tag.mentions.iter().map(|span| span.text.as_str()).collect()
}

#[test]
fn glued_keywords_come_apart_each_with_its_own_piece() {
    let tags = tags(
        &["World War 3 Putin Assad Syria USA Iran Israel Terrorism Hezbollah"],
        "",
    );
    let pieces: Vec<(&str, &str)> = tags
        .iter()
        .map(|tag| (tag.label.as_str(), tag.raw[0].as_str()))
        .collect();
    assert_eq!(
        pieces,
        [
            ("World War III", "World War 3"),
            ("Vladimir Putin", "Putin"),
            ("Bashar al-Assad", "Assad"),
            ("Syria", "Syria"),
            ("United States", "USA"),
            ("Iran", "Iran"),
            ("Israel", "Israel"),
            ("terrorism", "Terrorism"),
            ("Hezbollah", "Hezbollah"),
        ]
    );
    assert_eq!(tags[3].ids["wikidata"], "Q858");
    assert_eq!(tags[3].ids["iso3166"], "SY");
    assert_eq!(tags[7].ids["medtop"], "medtop:20000141");
    assert_eq!(tags[4].kind, TagKind::Place);
    assert!(tags.iter().all(|tag| tag.from == [TagOrigin::Keywords]));
}

#[test]
fn a_name_of_common_words_is_not_glued() {
    let name = "Politics Government Election Terrorism";
    assert_eq!(labels(name), [name]);
}

#[test]
fn a_known_concept_is_found_under_every_dress() {
    for (raw, label) in [
        ("SYRIA", "Syria"),
        ("syria", "Syria"),
        ("Syria&#39;s", "Syria"),
        ("Syria’s", "Syria"),
        ("\"Syria\"", "Syria"),
        ("#Syria", "Syria"),
        ("Syria,", "Syria"),
        ("tag:Syria", "Syria"),
        ("\n\t Syria\u{A0}", "Syria"),
        ("Sy\u{200B}ria", "Syria"),
        ("Ｓｙｒｉａ", "Syria"),
        ("سوريا", "Syria"),
        ("叙利亚", "Syria"),
        ("the UN", "United Nations"),
        ("U.N.", "United Nations"),
        ("#UnitedNations", "United Nations"),
        ("#unitednations", "United Nations"),
        ("united-nations", "United Nations"),
        ("united_nations", "United Nations"),
        ("United Nations (UN)", "United Nations"),
        ("N.A.S.A.", "NASA"),
        ("Merkel, Angela", "Angela Merkel"),
        ("Merkel, Angela (1954- )", "Angela Merkel"),
        ("Bashar al Assad", "Bashar al-Assad"),
        ("Владимир Путин", "Vladimir Putin"),
        ("President Vladimir Putin", "Vladimir Putin"),
        ("MÃ¼nchen", "Munich"),
        ("Muenchen", "Munich"),
        ("Munchen", "Munich"),
        ("Samsun’da", "Samsun"),
        ("elections", "election"),
        ("Elections 2024", "election"),
        ("WW3", "World War III"),
        ("3rd World War", "World War III"),
        ("Новости Украины", "Ukraine"),
        ("Hezbolah", "Hezbollah"),
        ("Vladimir Puttin", "Vladimir Putin"),
        ("(2) Syria", "Syria"),
    ] {
        assert_eq!(labels(raw), [label], "{raw:?}");
    }
}

#[test]
fn no_known_concept_becomes_another() {
    for (raw, label) in [
        ("Iran", "Iran"),
        ("Iraq", "Iraq"),
        ("Gambia", "The Gambia"),
        ("Zambia", "Zambia"),
    ] {
        assert_eq!(labels(raw), [label], "{raw:?}");
    }
    for raw in [
        "Germany Today",
        "Boris Johnson Jr.",
        "NASA+",
        "Israel Kamakawiwoʻole",
        "M&A",
        "HND",
        "Partner",
        "Foreign Debt (US)",
        "about us",
    ] {
        assert!(tags(&[raw], "").iter().all(|tag| tag.ids.is_empty()), "{raw:?}");
    }
}

#[test]
fn delimiters_part_names_and_not_their_commas() {
    for (raw, parts) in [
        ("Syria, Iran; Israel", &["Syria", "Iran", "Israel"][..]),
        ("Syria | Iran", &["Syria", "Iran"]),
        ("Syria / Iran", &["Syria", "Iran"]),
        ("#Syria #Iran", &["Syria", "Iran"]),
        ("Syria،Iran", &["Syria", "Iran"]),
        ("Syria\nIran", &["Syria", "Iran"]),
        ("Politics &amp;amp; Government", &["politics", "government"]),
        (
            "climate-change nasa syria-talks",
            &["climate change", "NASA", "syria-talks"],
        ),
        ("crime, law and justice", &["crime, law and justice"]),
        (
            "Iran, crime, law and justice",
            &["Iran", "crime, law and justice"],
        ),
        ("Manchester, New Hampshire", &["Manchester, New Hampshire"]),
    ] {
        assert_eq!(labels(raw), parts, "{raw:?}");
    }
}

#[test]
fn junk_is_dropped_and_unknown_names_stay_clean() {
    for raw in [
        "",
        "   ",
        "n",
        "to",
        "Breaking News",
        "Startseite",
        "hasGallery: true",
        "Page Type: Article",
        "contentId: 3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        "https://example.org/a",
        "utm_source=rss",
        "1234567",
        "Read more about the storm",
        "The minister says that he will not go before the vote",
    ] {
        assert!(tags(&[raw], "").is_empty(), "{raw:?}");
    }
    for (raw, clean) in [
        ("#JusticeNow", "Justice Now"),
        ("&quot;Luisa Sample&quot;", "Luisa Sample"),
        ("Sample, John (1950- )", "John Sample"),
        ("topic: Sample Town", "Sample Town"),
        ("sample_town", "sample town"),
        ("Windows 10", "Windows 10"),
    ] {
        let tags = tags(&[raw], "");
        assert_eq!(tags.len(), 1, "{raw:?}");
        assert_eq!(tags[0].label, clean);
        assert_eq!(tags[0].kind, TagKind::Other);
        assert!(tags[0].ids.is_empty());
        assert_eq!(tags[0].raw, [raw]);
    }
}

#[test]
fn a_headline_cut_into_words_leaves_only_what_is_known() {
    assert_eq!(labels("In, Syria, the, talks, go, 2, rounds"), ["Syria"]);
}

#[test]
fn spellings_of_one_thing_are_one_tag_with_all_their_strings() {
    let tags = tags(&["USA", "United States of America", "u.s."], "");
    assert_eq!(tags.len(), 1);
    assert_eq!(tags[0].raw, ["USA", "United States of America", "u.s."]);
}

#[test]
fn a_tag_of_keywords_and_text_has_both_origins_and_its_places() {
    let text = "Die Präsidenten über Syria 🙂 und Syria.";
    let tags = tags(&["Syria", "Präsidenten"], text);
    assert_eq!(tags[0].from, [TagOrigin::Keywords, TagOrigin::Text]);
    let places: Vec<(usize, usize)> = tags[0]
        .mentions
        .iter()
        .map(|span| (span.start, span.end))
        .collect();
    assert_eq!(places, [(21, 26), (33, 38)]);
    // What nothing knows is found as well.
    assert_eq!(tags[1].from, [TagOrigin::Keywords, TagOrigin::Text]);
    assert_eq!(mentions(&tags[1]), ["Präsidenten"]);
}

#[test]
fn a_last_name_counts_for_the_person_whom_the_text_names_in_full() {
    let tags = tags(
        &["Merkel"],
        "Angela Merkel came. Later Merkel left, and merkel is no name.",
    );
    assert_eq!(tags.len(), 1);
    assert_eq!(tags[0].label, "Angela Merkel");
    assert_eq!(tags[0].raw, ["Merkel"]);
    assert_eq!(mentions(&tags[0]), ["Angela Merkel", "Merkel"]);
    assert!(named("Merkel left the room with Merkel.").is_empty());
}

#[test]
fn a_last_name_of_somebody_else_is_not_the_known_person() {
    assert!(named("The witness Dorothy Johnson spoke. In tears, Johnson left.").is_empty());
    assert_eq!(named("In the end, Putin left."), ["Vladimir Putin"]);
}

#[test]
fn an_abbreviation_in_parentheses_means_what_stands_before_it() {
    let tags = tags(
        &[],
        "The Food and Drug Administration (FDA) met. Then the FDA voted.",
    );
    assert_eq!(mentions(&tags[0]), ["Food and Drug Administration", "FDA", "FDA"]);
}

#[test]
fn names_inside_longer_names_are_not_named() {
    for text in [
        "He lives in the Israel Sample Hotel.",
        "It was the Bank of Israel that paid.",
        "It says so at Syria.com today.",
        "The us and the un of it.",
        "Many have seen oceans.",
        "A Manda dish was served.",
    ] {
        assert!(named(text).is_empty(), "{text:?}");
    }
    assert_eq!(named("It is a matter for the U.S. to settle."), ["United States"]);
    assert_eq!(mentions(&tags(&[], "It is for the U.S. to settle.")[0]), ["U.S."]);
}

#[test]
fn capitals_say_nothing_where_all_nouns_have_them() {
    let tags = titled(&[], "Der Staat Israel und das Land Syrien.", None, "de");
    assert_eq!(tags.len(), 2);
}

#[test]
fn a_topic_of_the_text_alone_is_in_the_title_or_comes_again() {
    let once = "It was about climate change.";
    assert!(named(once).is_empty());
    assert_eq!(titled(&[], once, Some("On climate change"), "en").len(), 1);
    assert_eq!(
        named("About climate change, and climate change."),
        ["climate change"]
    );
    // A keyword is enough.
    assert_eq!(tags(&["climate change"], once)[0].mentions.len(), 1);
}

#[test]
fn scripts_without_spaces_are_searched() {
    let tags = titled(&[], "今天叙利亚总统说。", None, "zh");
    assert_eq!(mentions(&tags[0]), ["叙利亚"]);
}

#[test]
fn the_same_article_gives_the_same_tags() {
    let raw = ["Syria; Iran", "Merkel", "Unknown Thing", "unknown thing"];
    let text = "Angela Merkel and Boris Johnson met Unknown Thing in Syria.";
    let first = tags(&raw, text);
    for _ in 0..10 {
        assert_eq!(tags(&raw, text), first);
    }
}

/// Strings that look like what editors and templates make, and strings that look like nothing.
fn keyword() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("Syria".to_owned()),
        Just("U.S.".to_owned()),
        Just("Merkel, Angela (1954- )".to_owned()),
        Just("&amp;amp;".to_owned()),
        Just("World War 3".to_owned()),
        Just("叙利亚".to_owned()),
        Just("Украины".to_owned()),
        "[ ,;|/#:()&'’.\\-–_\\n\\t]{1,4}",
        "\\PC{0,12}",
        "[A-Za-z0-9äöüßéñ]{1,9}",
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_article_makes_it_panic_and_all_spans_are_right(
        raw in prop::collection::vec(keyword(), 0..5),
        text in prop::collection::vec(keyword(), 0..12),
        language in prop::sample::select(vec!["en", "de", "ru", "zh", "x-strange", ""]),
    ) {
        let text = text.join(" ");
        let raw: Vec<&str> = raw.iter().map(String::as_str).collect();
        let tags = titled(&raw, &text, raw.first().copied(), language);
        let chars: Vec<char> = text.chars().collect();
        let mut seen = BTreeSet::new();
        for tag in &tags {
            prop_assert!(!tag.label.is_empty());
            prop_assert!(!tag.from.is_empty());
            prop_assert!((0.0..=1.0).contains(&tag.confidence));
            prop_assert_eq!(tag.from.contains(&TagOrigin::Text), !tag.mentions.is_empty());
            prop_assert_eq!(tag.from.contains(&TagOrigin::Keywords), !tag.raw.is_empty());
            prop_assert!(seen.insert((tag.label.clone(), tag.ids.clone())), "{} twice", tag.label);
            let mut last = 0;
            for span in &tag.mentions {
                prop_assert!(span.start >= last && span.end > span.start);
                let slice: String = chars[span.start..span.end].iter().collect();
                prop_assert_eq!(&slice, &span.text);
                last = span.end;
            }
        }
    }
}
