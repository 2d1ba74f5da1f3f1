//! One sentence or two for each phenomenon that attribution and naming know, by the phenomenon's name.
//!
//! Invariant: every sentence here was written for its test. Deliberately absent: what once came out wrong in itself;
//! see [`super::regressions`].

use super::read;
use super::regressions::{said, says};
use crate::message::Via;

#[test]
fn a_frame_of_commas_parts_a_subject_from_its_verb() {
    says(
        "The mayor, who was elected in May, said the harbour \"will never close\" again.",
        "en",
        &[("The mayor", "the harbour \"will never close\" again")],
    );
    says(
        "Ana Prado, president and CEO of Corra Ports, said the bridge is safe.",
        "en",
        &[("Ana Prado", "the bridge is safe")],
    );
}

#[test]
fn a_question_put_to_the_speaker_is_quoted_from_nobody() {
    says(
        "Asked whether the bridge was safe, Prado said it was.",
        "en",
        &[("", "whether the bridge was safe"), ("Prado", "it was")],
    );
}

#[test]
fn a_source_between_commas_splits_the_clause() {
    let quotes = read("The bridge, according to Prado, will open in May.", "en");
    let parts: Vec<&str> = quotes[0].1.iter().map(String::as_str).collect();
    assert_eq!(parts, ["The bridge", "will open in May"]);
    says(
        "The lock will be drained in June, according to Ida Falk, the harbour master.",
        "en",
        &[("Ida Falk", "The lock will be drained in June")],
    );
    says(
        "По словам инженера, мост рухнул.",
        "ru",
        &[("инженера", "мост рухнул")],
    );
}

#[test]
fn a_clause_of_time_before_a_quotation_has_its_own_subject() {
    says(
        "Ana Prado shook her head as she said, \"Nobody told us.\"",
        "en",
        &[("Ana Prado", "Nobody told us.")],
    );
}

#[test]
fn words_without_marks_may_lead_to_more_words_in_marks() {
    let quotes = read(
        "\"It is safe,\" Rossi said, only with \"some small repairs\" left.",
        "en",
    );
    assert_eq!(quotes.len(), 1);
    assert_eq!(quotes[0].1[1], "only with \"some small repairs\" left");
}

#[test]
fn an_abbreviation_may_end_the_sentence_before_a_quotation() {
    let quotes = read(
        "\"They were wrong,\" Rossi said in Santa Rosa, Calif. \"The bridge is as safe as it was.\"",
        "en",
    );
    assert_eq!(quotes[0].1.len(), 2);
}

#[test]
fn another_can_be_the_speaker() {
    says(
        "\"Better than the ferry,\" wrote another.",
        "en",
        &[("another", "Better than the ferry,")],
    );
}

#[test]
fn whoever_cuts_in_says_the_next_sentence() {
    says(
        "\"It is a start,\" Rossi said, and his brother cut in. \"It is more than that, and you know it.\"",
        "en",
        &[
            ("Rossi", "It is a start,"),
            ("his brother", "It is more than that, and you know it."),
        ],
    );
}

#[test]
fn an_attribution_in_the_paragraph_before_goes_on_without_a_mention_of_its_own() {
    let quotes = read(
        "The bridge is \"a bad joke\" on the whole town, Ana Prado said.\n\n\"It fell twice. It will fall again, and soon.\"",
        "en",
    );
    let (_, _, mention, named, _) = &quotes[1];
    assert_eq!(mention.as_deref(), None);
    assert_eq!(named.as_ref().map(|named| named.1), Some(Via::Continuation));
}

#[test]
fn a_poll_finds_and_records_show_without_a_conjunction() {
    says(
        "The survey found most people like the bridge.",
        "en",
        &[("The survey", "most people like the bridge")],
    );
    says(
        "The bridge cost twice the plan, port records show.",
        "en",
        &[("port records", "The bridge cost twice the plan")],
    );
}

#[test]
fn a_verb_that_takes_marks_takes_a_conjunction_as_well() {
    says(
        "The court ruled that the bridge is safe.",
        "en",
        &[("The court", "that the bridge is safe")],
    );
}

#[test]
fn what_is_urged_is_that_the_hearer_does_it() {
    says(
        "Prado urged the council to open the bridge.",
        "en",
        &[("Prado", "the council to open the bridge")],
    );
}

#[test]
fn an_endorsement_is_of_its_object_alone() {
    says(
        "Prado endorsed Leo Rossi in May.",
        "en",
        &[("Prado", "Leo Rossi")],
    );
}

#[test]
fn turns_of_a_conversation_are_quoted_without_marks() {
    says(
        "Ana Prado: Where were you when it fell?\n\nLeo Rossi: At home, like all of us.\n\nAna Prado: And then?\n\nLeo Rossi: I ran, of course.",
        "en",
        &[
            ("Ana Prado", "Where were you when it fell"),
            ("Leo Rossi", "At home, like all of us"),
            ("Ana Prado", "And then"),
            ("Leo Rossi", "I ran, of course"),
        ],
    );
    assert!(said("The plan for the bridge is out.\n\nCosts: Ten million in all.\n\nTime: Two years.\n\nPlace: The old harbour.", "en").is_empty());
}

#[test]
fn three_apostrophes_close_the_inner_mark_first() {
    says(
        "''I said: 'It is late,''' Prado said. ''Then we left.''",
        "en",
        &[("Prado", "I said: 'It is late,'")],
    );
}

#[test]
fn a_title_that_tells_the_sex_tells_namesakes_apart() {
    says(
        "Ana Prado and Leo Prado are both on the council. \"It is late,\" Mrs. Prado said. \"It is not,\" Mr. Prado said.",
        "en",
        &[("Ana Prado", "It is late,"), ("Leo Prado", "It is not,")],
    );
}

#[test]
fn a_body_behind_a_name_is_not_the_speaker() {
    says(
        "\"We will see,\" said Ana Prado of the New Corra delegation.",
        "en",
        &[("Ana Prado", "We will see,")],
    );
}

#[test]
fn a_subject_with_a_frame_is_whom_he_means() {
    says(
        "Leo Chapin met Kurt Vogel. Chapin, one of the clerks, was tired. He sighed: \"It feels like the last time of all.\"",
        "en",
        &[("Leo Chapin", "It feels like the last time of all.")],
    );
}

#[test]
fn a_chinese_subject_leaves_its_adverbs_and_adverbials() {
    says("王芳也不认为大桥安全。", "zh", &[("王芳", "大桥安全")]);
    says("市长在接受采访时表示，大桥安全。", "zh", &[("市长", "大桥安全")]);
    says(
        "王芳告诉记者，“大桥明年开放。”",
        "zh",
        &[("王芳", "大桥明年开放。")],
    );
    says(
        "展望未来，罗志明说，由于天气影响，大桥仍将关闭。",
        "zh",
        &[("罗志明", "由于天气影响，大桥仍将关闭")],
    );
}

#[test]
fn known_chinese_words_hide_the_characters_in_them() {
    // 据 in 数据 is no source, 和 in 和平 joins nothing.
    assert!(said("数据存在大桥的和平委员会里。", "zh").is_empty());
}

#[test]
fn german_verbs_in_ten_den_and_gnen_have_their_e() {
    says(
        "Berg entgegnete, dann solle die Stadt „sehen, wie es weitergeht“.",
        "de",
        &[
            ("Berg", "dann solle die Stadt „sehen, wie es weitergeht“"),
            ("Berg", "sehen, wie es weitergeht"),
        ],
    );
}

#[test]
fn a_cited_witness_speaks_and_not_whoever_cites() {
    says(
        "Die Zeitung zitiert einen Augenzeugen mit den Worten: „Der Mann hat den Wagen angefahren.“",
        "de",
        &[("einen Augenzeugen", "Der Mann hat den Wagen angefahren.")],
    );
}

#[test]
fn a_medium_in_marks_can_be_the_speaker() {
    says(
        "„Er ist der kreative Kopf, der bleibt“, schrieb „Die Woche“ in einem Nachruf.",
        "de",
        &[("„Die Woche“", "Er ist der kreative Kopf, der bleibt")],
    );
    says(
        "„Der Kran bleibt stehen“, sagte Greta Lohse der Zeitung „Die Woche“.",
        "de",
        &[("Greta Lohse", "Der Kran bleibt stehen")],
    );
}

#[test]
fn a_german_subject_stands_behind_its_verb_where_a_clause_is_first() {
    says(
        "In der Erklärung, die heute erschien, rechtfertigte das Ministerium die Aktion als „reine Vorsicht“.",
        "de",
        &[("das Ministerium", "reine Vorsicht")],
    );
}

#[test]
fn the_light_verb_of_a_persian_cue_is_no_content() {
    let quotes = read("وزیر اعلام کرد که پل باز می‌شود.", "fa");
    assert!(
        quotes
            .iter()
            .all(|quote| quote.1.iter().all(|part| !part.starts_with("کرد")))
    );
}

#[test]
fn whoever_asks_by_name_puts_the_question() {
    says(
        "Asked by Leo Rossi if the bridge was safe, Prado said it was.",
        "en",
        &[("Leo Rossi", "if the bridge was safe"), ("Prado", "it was")],
    );
}

#[test]
fn a_participle_behind_its_preposition_has_the_nearest_subject() {
    says(
        "While Prado called for calm, Rossi angered the town by saying, \"Let it fall for all I care.\"",
        "en",
        &[("Rossi", "Let it fall for all I care.")],
    );
}
