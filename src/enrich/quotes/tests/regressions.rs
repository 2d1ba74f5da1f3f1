//! What once came out wrong, each by the name of what went wrong.
//!
//! Invariant: every sentence here was written for its test. Deliberately absent: the rules' usual cases; see the
//! file above this folder.

use super::read;

/// Name and first part of every quote of a text.
fn said(text: &str, language: &str) -> Vec<(String, String)> {
    read(text, language)
        .into_iter()
        .map(|(_, parts, _, named, _)| {
            (
                named.map(|named| named.0).unwrap_or_default(),
                parts.into_iter().next().unwrap_or_default(),
            )
        })
        .collect()
}

#[track_caller]
fn says(text: &str, language: &str, expected: &[(&str, &str)]) {
    let expected: Vec<(String, String)> = expected
        .iter()
        .map(|(name, part)| ((*name).to_owned(), (*part).to_owned()))
        .collect();
    assert_eq!(said(text, language), expected);
}

#[test]
fn according_was_a_speaker() {
    let found = said(
        "According to a union notice, the drivers called the plan “welcome” and demanded “wages that arrive before \
         the train”.",
        "en",
    );
    assert!(found.contains(&(
        "the drivers".to_owned(),
        "wages that arrive before the train".to_owned()
    )));
    assert!(found.iter().all(|(name, _)| name != "According"), "{found:?}");
}

#[test]
fn a_preposition_was_part_of_a_name() {
    says(
        "Uwe Falkenrath spricht für die Städte. Laut Falkenrath fehlen bis dahin drei Milliarden Euro.",
        "de",
        &[("Uwe Falkenrath", "fehlen bis dahin drei Milliarden Euro")],
    );
}

#[test]
fn a_first_surname_of_two_was_nobody() {
    says(
        "Ximena Quiroga Rocha came late. “The train will need patience,” Quiroga said.",
        "en",
        &[("Ximena Quiroga Rocha", "The train will need patience,")],
    );
}

#[test]
fn a_hope_in_a_participle_was_speech() {
    says(
        "Anna Bell met the board on Friday, hoping to revive a railway that carries sheep.",
        "en",
        &[],
    );
}

#[test]
fn a_place_behind_its_preposition_was_the_speaker() {
    says(
        "Nobody had read the margin, a public inquiry in Manchester heard on Thursday.",
        "en",
        &[("a public inquiry in Manchester", "Nobody had read the margin")],
    );
}

#[test]
fn a_relative_clause_of_the_source_was_content() {
    says(
        "Secondo la compagnia, che opera con molte navi, lo sciopero costa ottanta mila euro.",
        "it",
        &[("la compagnia", "lo sciopero costa ottanta mila euro")],
    );
}

#[test]
fn a_split_quotation_without_subject_lost_its_second_part() {
    let rows = read(
        "«Non scioperiamo», ha detto Anna Verdi. «I panettieri», ha aggiunto, «sono i primi».",
        "it",
    );
    assert_eq!(rows.len(), 2, "{rows:#?}");
    assert_eq!(rows[1].1, ["I panettieri", "sono i primi"]);
}

#[test]
fn a_polish_source_ran_into_the_sentence() {
    says(
        "Według organizatorów mecz śledziło w internecie wiele osób.",
        "pl",
        &[("organizatorów", "mecz śledziło w internecie wiele osób")],
    );
}

#[test]
fn an_institute_was_he() {
    says(
        "The Central Institute expects more rain. Its duty forecaster warned that the peak had not passed. “It will \
         get worse,” he said.",
        "en",
        &[
            ("Central Institute", "more rain"),
            ("Its duty forecaster", "that the peak had not passed"),
            ("Its duty forecaster", "It will get worse,"),
        ],
    );
}

#[test]
fn a_name_in_apposition_was_not_read() {
    says(
        "Its duty forecaster, Imre Szalai, warned that the peak had not passed. “It will get worse,” he said.",
        "en",
        &[
            ("Imre Szalai", "that the peak had not passed"),
            ("Imre Szalai", "It will get worse,"),
        ],
    );
}

#[test]
fn a_ministry_lost_its_head() {
    says(
        "Segundo o Ministério dos Transportes do Uruguai, mil caminhões passarão por dia.",
        "pt",
        &[(
            "Ministério dos Transportes do Uruguai",
            "mil caminhões passarão por dia",
        )],
    );
}

#[test]
fn a_german_object_before_its_verb_was_the_subject() {
    says(
        "Guttenberg kam spät. Ihre Haltung bezeichnete er als „zutiefst verlogen“.",
        "de",
        &[("er", "zutiefst verlogen")],
    );
}

#[test]
fn a_german_passive_had_no_speaker() {
    says(
        "Der Schritt wird von Kennern der Szene als „gewagt“ bezeichnet.",
        "de",
        &[("Kennern der Szene", "gewagt")],
    );
}

#[test]
fn german_participles_behind_a_quotation_took_nothing() {
    says(
        "Die Bundesregierung hatte den Bericht umgehend als „falsch“ zurückgewiesen.",
        "de",
        &[("Die Bundesregierung", "falsch")],
    );
}

#[test]
fn german_verbs_in_rn_had_no_forms() {
    says(
        "„Diese Frauen müssen warten“, erinnerte sich Trotnow später.",
        "de",
        &[("Trotnow", "Diese Frauen müssen warten")],
    );
}

#[test]
fn the_second_of_two_listed_quotations_was_lost() {
    says(
        "Der Bericht spricht von „Kapitalismuskritik“ und von „Sozialismus“ als Ziel.",
        "de",
        &[
            ("Der Bericht", "Kapitalismuskritik"),
            ("Der Bericht", "Sozialismus"),
        ],
    );
}

#[test]
fn a_newspaper_in_marks_was_a_quotation() {
    says(
        "Der Staatssekretär sagte der „Berliner Zeitung“, dass der Plan noch warten müsse.",
        "de",
        &[("Der Staatssekretär", "dass der Plan noch warten müsse")],
    );
}

#[test]
fn a_russian_club_in_marks_began_the_content() {
    says(
        "Тренер сказал наставнику московского «Спартака» Валерию Карпину, что главное отличие в уровне игроков.",
        "ru",
        &[("Тренер", "что главное отличие в уровне игроков")],
    );
}

#[test]
fn a_russian_source_inside_its_preposition_was_not_read() {
    let found = said("По его словам, первые насосы заработают весной.", "ru");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].1, "первые насосы заработают весной");
}
