//! What went wrong once, each under its name, on a vocabulary of a few concepts.

use super::normalise;
use crate::enrich::clean::CleanText;
use crate::vocabulary::Vocabulary;

fn vocabulary() -> Vocabulary {
    Vocabulary::of_lines(&[
        r#"{"label": "Chile", "type": "place", "ids": {"iso": "CL"}}"#,
        r#"{"label": "Bolivia", "type": "place", "ids": {"iso": "BO"}}"#,
        r#"{"label": "China", "type": "place", "ids": {"iso": "CN"}}"#,
        r#"{"label": "Argentina", "type": "place", "ids": {"iso": "AR"}}"#,
        r#"{"label": "Denmark", "type": "place", "ids": {"iso": "DK"}}"#,
        r#"{"label": "Sweden", "type": "place", "ids": {"iso": "SE"}}"#,
        r#"{"label": "Norway", "type": "place", "ids": {"iso": "NO"}}"#,
        r#"{"label": "Brazil", "type": "place", "ids": {"iso": "BR"}, "labels": [["Brasil", "pt"]]}"#,
        r#"{"label": "Uruguay", "type": "place", "ids": {"iso": "UY"}, "labels": [["Uruguai", "pt"]]}"#,
        r#"{"label": "Mercosur", "type": "organisation", "rank": 120, "labels": [["Mercosul", "pt"]]}"#,
        r#"{"label": "International Monetary Fund", "type": "organisation", "rank": 120, "labels": [["IMF", "en"]]}"#,
        r#"{"label": "mining", "type": "topic", "rank": 75}"#,
        r#"{"label": "rail transport", "type": "topic", "rank": 75, "weak": [["railway", "en"]]}"#,
        r#"{"label": "shipping", "type": "topic", "rank": 75}"#,
        r#"{"label": "Samoa", "type": "place", "ids": {"iso": "WS"}}"#,
        r#"{"label": "Tonga", "type": "place", "ids": {"iso": "TO"}}"#,
        r#"{"label": "European Union", "type": "organisation", "rank": 200, "labels": [["Union européenne", "fr"]]}"#,
        r#"{"label": "CDU/CSU", "type": "organisation", "rank": 120, "weak": [["Union", "de"]]}"#,
        r#"{"label": "L'Oréal", "type": "organisation", "rank": 120}"#,
        r#"{"label": "Côte d’Ivoire", "type": "place", "ids": {"iso": "CI"}}"#,
        r#"{"label": "Ivoire", "type": "place", "rank": 120}"#,
        r#"{"label": "Moon", "type": "place", "rank": 125}"#,
        r#"{"label": "Iran", "type": "place", "ids": {"iso": "IR"}, "labels": [["Irã", "pt"]]}"#,
        r#"{"label": "Irish Republican Army", "type": "organisation", "rank": 120, "weak": [["IRA", ""]]}"#,
        r#"{"label": "Los Angeles", "type": "place", "rank": 125, "ids": {"geonames": 1}, "labels": [["L.A.", "en"]]}"#,
        r#"{"label": "San Francisco", "type": "place", "rank": 105, "ids": {"geonames": 2}, "labels": [["S.F.", "en"]]}"#,
        r#"{"label": "Ōita", "type": "place", "rank": 90, "labels": [["大分", "ja"], ["大分県庁", "ja"]]}"#,
        r#"{"label": "Beijing", "type": "place", "rank": 140, "labels": [["北京", "zh"]]}"#,
        r#"{"label": "securities", "type": "topic", "rank": 120}"#,
        r#"{"label": "recession", "type": "topic", "rank": 120, "labels": [["Rezession", "de"]]}"#,
    ])
}

fn labels(raw: &[&str], text: &str, language: Option<&str>) -> Vec<String> {
    let text = CleanText::verbatim(text.to_owned());
    normalise(raw, &text, None, language, &vocabulary())
        .into_iter()
        .map(|tag| tag.label)
        .collect()
}

fn of_keyword(raw: &str, language: Option<&str>) -> Vec<String> {
    labels(&[raw], "", language)
}

fn of_text(text: &str, language: &str) -> Vec<String> {
    labels(&[], text, Some(language))
}

#[test]
fn one_unknown_word_kept_a_row_of_keywords_together() {
    assert_eq!(
        of_keyword(
            "Chile Bolivia Lithium China Argentina Railway Mining IMF",
            Some("en")
        ),
        [
            "Chile",
            "Bolivia",
            "Lithium",
            "China",
            "Argentina",
            "rail transport",
            "mining",
            "International Monetary Fund"
        ]
    );
    assert_eq!(
        of_keyword("Denmark Sweden Norway Shipping", Some("en")),
        ["Denmark", "Sweden", "Norway", "shipping"]
    );
    let name = "Denmark Sweden and Norway of Old";
    assert_eq!(of_keyword(name, Some("en")), [name]);
}

#[test]
fn words_written_together_were_one_keyword() {
    assert_eq!(
        of_keyword("BrasilUruguaiPonteMercosul", Some("pt")),
        ["Brazil", "Uruguay", "Ponte", "Mercosur"]
    );
}

#[test]
fn a_hash_between_two_keywords_did_not_part_them() {
    assert_eq!(of_keyword("#Samoa#Tonga", Some("en")), ["Samoa", "Tonga"]);
    assert_eq!(of_keyword("Samoa#Tonga", Some("en")), ["Samoa", "Tonga"]);
    assert_eq!(of_keyword("Learning C# today", Some("en")), ["Learning C# today"]);
}

#[test]
fn an_elided_article_hid_the_name_behind_it() {
    assert_eq!(
        of_text("Selon lui, l’Union européenne a payé.", "fr"),
        ["European Union"]
    );
    assert_eq!(of_text("L'Union européenne a payé.", "fr-BE"), ["European Union"]);
    assert_eq!(
        of_text("Il a quitté L’Oréal pour la Côte d’Ivoire.", "fr"),
        ["L'Oréal", "Côte d’Ivoire"]
    );
}

#[test]
fn a_weak_name_of_another_language_was_found_in_a_text() {
    assert!(of_text("Pour lui, cette Union a payé.", "fr").is_empty());
}

#[test]
fn a_word_of_a_quoted_title_was_a_place() {
    assert!(of_text("It played “Moon Over the Canal”, a song.", "en").is_empty());
    assert_eq!(of_text("They flew to the Moon, he said.", "en"), ["Moon"]);
    assert_eq!(of_text("He said: “We like China very much”.", "en"), ["China"]);
}

#[test]
fn an_abbreviation_was_a_foreign_word_in_capitals() {
    assert_eq!(of_keyword("IRA", None), ["Irish Republican Army"]);
    assert_eq!(of_keyword("IRA", Some("pt")), ["Irish Republican Army"]);
    assert_eq!(of_keyword("IRÃ", Some("pt")), ["Iran"]);
    assert_eq!(of_keyword("L.A.", Some("en")), ["Los Angeles"]);
    assert_eq!(of_keyword("S.F.", None), ["San Francisco"]);
}

#[test]
fn two_characters_inside_a_text_were_a_small_town() {
    assert!(of_text("这次会议大分歧很多。", "zh").is_empty());
    assert_eq!(of_text("他在北京开会。", "zh"), ["Beijing"]);
    assert_eq!(of_text("大分県庁は大分にある。", "ja"), ["Ōita"]);
}

#[test]
fn a_word_was_repaired_into_another_word() {
    assert_eq!(of_keyword("Security", Some("en")), ["Security"]);
    assert_eq!(of_keyword("Rezension", Some("de")), ["Rezension"]);
    assert_eq!(of_keyword("Rezesssion", Some("de")), ["recession"]);
}

#[test]
fn a_label_of_any_language_stayed_one_where_another_source_gives_it_in_a_rare_one() {
    let vocabulary = Vocabulary::of_lines(&[
        r#"{"label": "United States", "type": "place", "rank": 200, "ids": {"iso3166": "US"}, "labels": [["USA", ""], ["USA", "agq"]]}"#,
    ]);
    let tags = normalise(&["USA"], &CleanText::default(), None, Some("en"), &vocabulary);
    assert_eq!(tags[0].label, "United States");
}

#[test]
fn one_of_many_was_taken_for_all_of_them() {
    let vocabulary = Vocabulary::of_lines(&[
        r#"{"label": "Harbour Games", "type": "event", "rank": 125}"#,
        r#"{"label": "Rowing Division", "type": "organisation", "rank": 125}"#,
    ]);
    let found = |text: &str| {
        let text = CleanText::verbatim(text.to_owned());
        normalise(&[], &text, None, Some("en"), &vocabulary).len()
    };
    assert_eq!(found("Ansgar won the Harbour Games at home."), 1);
    assert_eq!(found("Ansgar won the 1987 Harbour Games at home."), 0);
    assert_eq!(found("She trained with the 7th Rowing Division all winter."), 0);
    assert_eq!(found("She trained with the Rowing Division all winter."), 1);
}
