//! What once came out wrong, each by the name of what went wrong.
//!
//! Invariant: every sentence here was written for its test. Deliberately absent: the rules' usual cases; see the
//! file above this folder.

use super::read;

/// Name and first part of every quote of a text.
pub(super) fn said(text: &str, language: &str) -> Vec<(String, String)> {
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
pub(super) fn says(text: &str, language: &str, expected: &[(&str, &str)]) {
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
        "Kretz kam spät. Ihre Antwort nannte er im Saal „feige und falsch“.",
        "de",
        &[("er", "feige und falsch")],
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
        "„Der Damm muss halten“, erinnerte sich Kretz später.",
        "de",
        &[("Kretz", "Der Damm muss halten")],
    );
}

#[test]
fn the_second_of_two_listed_quotations_was_lost() {
    says(
        "Der Bericht spricht von „Wassermangel“ und von „Leichtsinn“ als Ursache.",
        "de",
        &[("Der Bericht", "Wassermangel"), ("Der Bericht", "Leichtsinn")],
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
        "Мэр сказал директору городского «Водоканала» Петру Седых, что насосы заменят до зимы.",
        "ru",
        &[("Мэр", "что насосы заменят до зимы")],
    );
}

#[test]
fn a_russian_source_inside_its_preposition_was_not_read() {
    let found = said("По его словам, первые насосы заработают весной.", "ru");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].1, "первые насосы заработают весной");
}

#[test]
fn a_pronoun_was_no_source() {
    let found = said("Selon lui, les deux ponts fermeront lundi.", "fr");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].1, "les deux ponts fermeront lundi");
}

#[test]
fn a_clause_of_source_with_its_verb_first_was_not_read() {
    says(
        "Según explicó la alcaldesa, la obra terminará en mayo.",
        "es",
        &[("la alcaldesa", "la obra terminará en mayo")],
    );
    says(
        "Le pont restera fermé jusqu'à lundi, comme l'a indiqué la préfecture.",
        "fr",
        &[("la préfecture", "Le pont restera fermé jusqu'à lundi")],
    );
}

#[test]
fn a_name_in_marks_hid_the_russian_subject() {
    let found = said(
        "Директор завода «Вымпел» Анна Сомова подчеркнула, что цех откроют весной.",
        "ru",
    );
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].1, "что цех откроют весной");
}

#[test]
fn a_spaced_hyphen_parted_a_french_verb_from_its_pronoun() {
    let rows = read("« Les vannes, dit - il, resteront ouvertes. »", "fr");
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].1, ["Les vannes", "resteront ouvertes."]);
}

#[test]
fn verbatim_words_in_german_reported_speech_were_no_quote_of_their_own() {
    says(
        "Die Ministerin sagte, das Gesetz sei „zu spät gekommen“.",
        "de",
        &[
            ("Die Ministerin", "das Gesetz sei „zu spät gekommen“"),
            ("Die Ministerin", "zu spät gekommen"),
        ],
    );
}

#[test]
fn a_clause_between_a_german_verb_and_its_quotation_lost_it() {
    says(
        "Der Trainer bezeichnete die Karte, die kurz vor Schluss fiel, als „absurd“.",
        "de",
        &[("Der Trainer", "absurd")],
    );
}

#[test]
fn a_quotation_over_paragraphs_had_no_parts() {
    let rows = read(
        "“The pumps were old.\n\n“Nobody would buy new ones,” Ruiz said.",
        "en",
    );
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].1, ["The pumps were old.", "Nobody would buy new ones,"]);
}

#[test]
fn a_colon_at_the_end_of_a_paragraph_introduced_nobody() {
    says(
        "Inspector Clara Ruiz went on to say:\n\n“The pumps will not run before the spring.”",
        "en",
        &[("Clara Ruiz", "The pumps will not run before the spring.")],
    );
}

#[test]
fn a_chant_had_no_cue() {
    says(
        "Protesters answered with chants of “Open the gates”.",
        "en",
        &[("Protesters", "Open the gates")],
    );
}

#[test]
fn das_erklaerte_said_nothing_of_the_sentence_before() {
    says(
        "Der Deich soll bis zum Herbst fertig sein. Das erklärte die Ministerin am Montag.",
        "de",
        &[("die Ministerin", "Der Deich soll bis zum Herbst fertig sein")],
    );
}

#[test]
fn an_attribution_inside_one_pair_of_marks_was_none_with_a_role_for_its_subject() {
    says(
        "« La mer monte, constate le gardien, et personne ne regarde. »",
        "fr",
        &[("le gardien", "La mer monte")],
    );
    says(
        "« La mer monte, constate la gardienne, Odile Kermarrec, et personne ne regarde. »",
        "fr",
        &[("Odile Kermarrec", "La mer monte")],
    );
}

#[test]
fn a_noun_behind_du_was_the_speaker_in_place_of_its_head() {
    says(
        "Les pêcheurs du port dénoncent un accord « inutile ».",
        "fr",
        &[("Les pêcheurs du port", "inutile")],
    );
}

#[test]
fn a_plural_possessor_was_cut_off_from_what_it_owns() {
    says(
        "The Baltic Shippers’ Guild, which speaks for 62 firms, said it would wait.",
        "en",
        &[("Baltic Shippers’ Guild", "it would wait")],
    );
    says(
        "‘It is for the teachers’ said Anna Bell, who led the miners’ strike.",
        "en",
        &[("Anna Bell", "It is for the teachers")],
    );
}
