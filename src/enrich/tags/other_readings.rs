//! Names that mean something else than the label which they bear.

use super::normalise;
use crate::enrich::clean::CleanText;
use crate::vocabulary::Vocabulary;

fn of_text(text: &str, language: &str) -> Vec<String> {
    let vocabulary = Vocabulary::of_lines(&[
        r#"{"label": "Norland", "type": "place", "rank": 200, "ids": {"iso": "NO"}}"#,
        r#"{"label": "Westerby", "type": "place", "rank": 125}"#,
        r#"{"label": "Osthafen", "type": "place", "rank": 125}"#,
        r#"{"label": "February", "rank": 80}"#,
        r#"{"label": "Charlie", "rank": 80}"#,
        r#"{"label": "Norish", "rank": 80}"#,
        r#"{"label": "Second Look", "rank": 80}"#,
    ]);
    let text = CleanText::verbatim(text.to_owned());
    normalise(&[], &text, None, Some(language), &vocabulary)
        .into_iter()
        .map(|tag| tag.label)
        .collect()
}

#[test]
fn in_a_match_report_a_place_is_a_team_unless_something_stands_there() {
    let report = "Westerby beat Norland after the goalkeeper saved a penalty; the coach praised the striker.";
    assert!(of_text(report, "en").is_empty());
    for place in [
        "The final will be played in Westerby.",
        "The bus left from southern Westerby early.",
        "They train at a pitch outside old Westerby.",
        "He grew up near Sandvik, Westerby.",
        "\nWESTERBY (AP) — Rain fell.",
    ] {
        assert_eq!(
            of_text(&format!("{report} {place}"), "en"),
            ["Westerby"],
            "{place}"
        );
    }
    let bericht =
        "Der Trainer lobte den Torwart, der Stürmer traf nach der Halbzeit. Osthafen gewann das Turnier.";
    assert!(of_text(bericht, "de").is_empty());
    assert_eq!(
        of_text(&format!("{bericht} Gefeiert wurde in Osthafen."), "de"),
        ["Osthafen"]
    );
}

#[test]
fn elsewhere_a_place_needs_no_preposition() {
    let talks = "Westerby and Norland agreed on a match of interests, and the cup was theirs.";
    assert_eq!(of_text(talks, "en"), ["Westerby", "Norland"]);
}

#[test]
fn months_first_names_and_adjectives_of_nations_are_no_things() {
    assert!(of_text("They met in February, said Charlie of the Norish navy.", "en").is_empty());
    assert_eq!(of_text("They spoke Norish at home.", "en"), ["Norish"]);
}

#[test]
fn a_heading_with_a_colon_is_no_title() {
    assert!(of_text("The rain stopped.\nSecond Look: What the storm left", "en").is_empty());
    assert_eq!(
        of_text("She sang on Second Look: it was a hit.", "en"),
        ["Second Look"]
    );
}
