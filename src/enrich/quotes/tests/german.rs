//! Clauses of German, a test for each turn of grammar that once was not read.
//!
//! Invariant: every sentence here was written for its test. A row is who speaks, a colon, and the parts of what is
//! said, parted by bars. Deliberately absent: names behind mentions; see [`super::phenomena`].

use super::reads;

#[test]
fn a_focus_particle_belongs_to_the_subject() {
    reads(
        "de",
        "Auch das Amt kritisierte die Planung als „unfertig“.",
        &["das Amt: unfertig"],
    );
    reads(
        "de",
        "Gestern kritisierte das Amt die Planung als „unfertig“.",
        &["das Amt: unfertig"],
    );
}

#[test]
fn a_title_with_its_genitive_stands_before_a_name_between_commas() {
    reads(
        "de",
        "Der Sprecher der Stadt, Tom Reyes, wies die Vorwürfe als „haltlos“ zurück.",
        &["Der Sprecher der Stadt: haltlos"],
    );
    reads(
        "de",
        "Der Sprecher der Stadt, Tom Reyes, sagte, die Vorwürfe seien haltlos.",
        &["Der Sprecher der Stadt: die Vorwürfe seien haltlos"],
    );
}

#[test]
fn who_goes_on_by_so_speaks_behind_the_colon() {
    reads(
        "de",
        "Auch diese mögliche Panne habe Methode, so Holt weiter: „Das ist auch in anderen Häfen üblich.“",
        &["Holt: Das ist auch in anderen Häfen üblich."],
    );
}

#[test]
fn a_clause_between_commas_parts_a_letter_from_what_it_says() {
    reads(
        "de",
        "Im letzten Satz der Anordnung, die am Montag zugestellt wurde, heißt es: „Der Hafen darf nicht öffnen.“",
        &["letzten Satz der Anordnung: Der Hafen darf nicht öffnen."],
    );
}
