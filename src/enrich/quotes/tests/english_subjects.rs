//! Subjects of English that stand far from their verb or look like something else.
//!
//! Invariant and form: those of [`super::english`].

use super::reads;

#[test]
fn a_subject_with_an_apposition_waits_for_its_verb() {
    reads(
        "en",
        "Police say the driver, a 34-year-old man from Leeds, fled the scene on foot.",
        &["Police: the driver, a 34-year-old man from Leeds, fled the scene on foot"],
    );
    reads(
        "en",
        "Aides say the mayor, furious at the leak, ordered an inquiry.",
        &["Aides: the mayor, furious at the leak, ordered an inquiry"],
    );
    reads(
        "en",
        "The paper reported on Sunday that the minister, citing health reasons, had offered to quit.",
        &["The paper: that the minister, citing health reasons, had offered to quit"],
    );
    reads(
        "en",
        "The group denied the claims, calling them “absurd.”",
        &["The group: the claims", "The group: them “absurd.”"],
    );
}

#[test]
fn a_subject_between_a_verb_and_its_content_is_the_contents() {
    reads(
        "en",
        "The company's chief executive, Maria Santos, has previously said she “would rather resign” than sell.",
        &["The company's chief executive: she “would rather resign” than sell"],
    );
    reads(
        "en",
        "In March, the agency said 12 people had died; on Monday it raised the toll to 30.",
        &["the agency: 12 people had died"],
    );
    reads(
        "en",
        "The minister said there was “no alternative” to the tolls.",
        &["The minister: there was “no alternative” to the tolls"],
    );
}

#[test]
fn words_that_look_like_others_are_subjects() {
    reads(
        "en",
        "The police chief said prices rose.",
        &["The police chief: prices rose"],
    );
    reads(
        "en",
        "“The road is closed,” the chief said.",
        &["the chief: The road is closed,"],
    );
    reads(
        "en",
        "Lawyers for the family say they will appeal.",
        &["Lawyers for the family: they will appeal"],
    );
    reads(
        "en",
        "The WHO warned that the virus, first seen in May, was “spreading.”",
        &["The WHO: that the virus, first seen in May, was “spreading.”"],
    );
}

#[test]
fn what_stands_between_a_subject_and_its_content_is_neither() {
    reads(
        "en",
        "The coach, who won the title twice, has since said he regrets the decision.",
        &["The coach: he regrets the decision"],
    );
    reads(
        "en",
        "His wife, the author Joan Wells, said by phone that he had died in his sleep.",
        &["His wife: that he had died in his sleep"],
    );
}
