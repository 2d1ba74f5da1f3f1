//! Clauses of English, a test for each turn of grammar that once was not read.
//!
//! Invariant: every sentence here was written for its test. A row is who speaks, a colon, and the parts of what is
//! said, parted by bars. Deliberately absent: names behind mentions; see [`super::phenomena`].

use super::reads;

#[test]
fn subjects_that_count_are_subjects() {
    reads(
        "en",
        "Nearly half said they would rather see a new bridge.",
        &["half: they would rather see a new bridge"],
    );
    reads(
        "en",
        "Several said the harbour board should pay for the repairs.",
        &["Several: the harbour board should pay for the repairs"],
    );
    reads(
        "en",
        "By a wide margin, those surveyed say stricter rules would help the lake.",
        &["those surveyed: stricter rules would help the lake"],
    );
}

#[test]
fn a_clause_may_begin_with_a_day_or_a_number() {
    reads(
        "en",
        "Karin Holt of the river board said Sunday night's storm was the worst in a decade.",
        &["Karin Holt of the river board: Sunday night's storm was the worst in a decade"],
    );
    reads(
        "en",
        "Radio Nord reported at least six boats had broken loose in the storm.",
        &["Radio Nord: at least six boats had broken loose in the storm"],
    );
    reads(
        "en",
        "Radio Nord asked Holt Friday how the “average owner should pay for the ferry.”",
        &["Radio Nord: how the “average owner should pay for the ferry.”"],
    );
}

#[test]
fn who_is_told_may_be_described() {
    reads(
        "en",
        "He told cheering fishermen that the long winter was over.",
        &["He: that the long winter was over"],
    );
    reads(
        "en",
        "I told Karin not to worry; the boat would float.",
        &["I: not to worry"],
    );
}

#[test]
fn an_attribution_that_breaks_off_a_clause_splits_it() {
    reads(
        "en",
        "The crew was happy to stay, she said, but only for the summer.",
        &["she: The crew was happy to stay | but only for the summer"],
    );
    reads(
        "en",
        "He has sold both boats, he said, because he views them as too old to repair.",
        &["he: He has sold both boats | because he views them as too old to repair"],
    );
    reads(
        "en",
        "The house was sold on a variety of terms, the agency said, including a lease of ten years.",
        &["the agency: The house was sold on a variety of terms | including a lease of ten years"],
    );
    reads(
        "en",
        "Small boats, he said in the video, don't last long in such a swell.",
        &["he: Small boats | don't last long in such a swell"],
    );
    reads(
        "en",
        "The delay, she noted, may be on the builder's side.",
        &["she: The delay | may be on the builder's side"],
    );
    reads(
        "en",
        "The lock was broken, Holt said, pointing at the gate.",
        &["Holt: The lock was broken"],
    );
    reads(
        "en",
        "The line is safe, the board said, and added that it would run all winter.",
        &[
            "the board: The line is safe",
            "the board: that it would run all winter",
        ],
    );
}

#[test]
fn an_aside_or_a_frame_parts_a_subject_from_its_verb() {
    reads(
        "en",
        "Several councillors, including Reyes, said the town should either buy the ferry or close the line.",
        &["Several councillors: the town should either buy the ferry or close the line"],
    );
    reads(
        "en",
        "Even the town's richest owners, like Holt and Reyes, say the bulk of the money should be public.",
        &["the town's richest owners: the bulk of the money should be public"],
    );
    reads(
        "en",
        "Former harbour officials in both towns, though, say the decision to close the lock caused the flood.",
        &["Former harbour officials in both towns: the decision to close the lock caused the flood"],
    );
    reads(
        "en",
        "Tom Reyes, host of the radio show “Morning Harbour,” suggested the mayor's refusal to answer could cost him the election.",
        &["Tom Reyes: the mayor's refusal to answer could cost him the election"],
    );
    reads(
        "en",
        "The board -- which met in May -- said the line tended to lose money in winter.",
        &["The board: the line tended to lose money in winter"],
    );
    reads(
        "en",
        "Holt, a friend of Reyes whom he hired in May, said on Radio Nord, where she is a guest, that Reyes should pay for the damage.",
        &["Holt: that Reyes should pay for the damage"],
    );
}

#[test]
fn a_frame_inside_the_content_does_not_end_it() {
    reads(
        "en",
        "Police say the driver, who was not named, had fallen asleep.",
        &["Police: the driver, who was not named, had fallen asleep"],
    );
}

#[test]
fn records_and_data_tell_something() {
    reads(
        "en",
        "Harbour records from the last election year show he backed both of the owners.",
        &["Harbour records from the last election: he backed both of the owners"],
    );
    reads(
        "en",
        "The line earned just a million in May, the board's data show.",
        &["the board's data: The line earned just a million in May"],
    );
    reads(
        "en",
        "According to July's Radio Nord/Port Allen Times polling, more than half of the support (57 percent) comes from owners.",
        &[
            "July's Radio Nord/Port Allen Times polling: more than half of the support (57 percent) comes from owners",
        ],
    );
}

#[test]
fn somebody_s_words_are_theirs() {
    reads(
        "en",
        "It was held in June because, in Holt's words, “they have the best pier on the coast.”",
        &["Holt: they have the best pier on the coast."],
    );
    reads(
        "en",
        "The line lost much of its money, in her words, “to the weather.”",
        &["her: to the weather."],
    );
    reads(
        "en",
        "“I don’t care,” the mayor was quoted as saying.",
        &["the mayor: I don’t care,"],
    );
}

#[test]
fn what_stands_behind_marks_is_the_reporter_s() {
    reads(
        "en",
        "Holt tweeted, “The lock is open” on Friday afternoon.",
        &["Holt: The lock is open"],
    );
    reads(
        "en",
        "The mayor wrote to the owners saying: “The line stays” and went home.",
        &["The mayor: The line stays"],
    );
}

#[test]
fn an_opening_participle_is_neither_content_nor_speaker() {
    reads(
        "en",
        "Speaking to reporters, Holt said: “The lock is broken.”",
        &["Holt: The lock is broken."],
    );
}

#[test]
fn people_close_to_somebody_are_not_that_somebody() {
    reads(
        "en",
        "Holt's spokesman declined to comment, but a person close to him said \"the lock is not for sale.\"",
        &[
            "Holt's spokesman: to comment",
            "a person close to him: the lock is not for sale.",
        ],
    );
}

#[test]
fn a_day_behind_the_verb_may_be_late() {
    reads(
        "en",
        "The two sides agreed to talk, the mayor's office said late Monday.",
        &["the mayor's office: The two sides agreed to talk"],
    );
}

#[test]
fn two_with_their_titles_are_one_subject() {
    reads(
        "en",
        "Mayor Karin Holt and council member Tom Reyes said in a joint statement that the line was “vital.”",
        &["Mayor Karin Holt and council member Tom Reyes: that the line was “vital.”"],
    );
}

#[test]
fn a_name_and_a_frame_of_dashes_part_a_title_from_its_verb() {
    reads(
        "en",
        "The mayor, Karin Holt — a former captain — said: “I know these waters.”",
        &["The mayor: I know these waters."],
    );
}

#[test]
fn what_something_is_called_ends_with_the_marks() {
    reads(
        "en",
        "What Holt described as a “mess” was cleaned up by Monday.",
        &["Holt: mess"],
    );
}

#[test]
fn two_words_and_a_full_stop_are_enough_behind_a_colon() {
    reads(
        "en",
        "Her message was simple: “Stay home.”",
        &["Her message: Stay home."],
    );
    reads("en", "Holt's succinct reply: “No.”", &["Holt: No."]);
}

#[test]
fn a_verb_may_open_the_sentence() {
    reads(
        "en",
        "Said Holt: “The lock is broken.”",
        &["Holt: The lock is broken."],
    );
}

#[test]
fn a_press_secretary_presses_nothing() {
    reads(
        "en",
        "“We will see,” said White House press secretary Tom Reyes.",
        &["White House press secretary Tom Reyes: We will see,"],
    );
    reads(
        "en",
        "“We will see,” White House press secretary Tom Reyes said.",
        &["White House press secretary Tom Reyes: We will see,"],
    );
}

#[test]
fn no_answer_is_no_quotation() {
    reads(
        "en",
        "The company, which is based in Port Allen, did not respond to a request for comment.",
        &[],
    );
}

#[test]
fn both_and_clear_open_what_was_said() {
    reads(
        "en",
        "Both sides accuse each other of breaking the truce, the monitors said on Friday.",
        &["the monitors: Both sides accuse each other of breaking the truce"],
    );
    reads(
        "en",
        "Taxes would not rise, she promised.",
        &["she: Taxes would not rise"],
    );
    reads(
        "en",
        "The cook likened the dish to “wet paper.”",
        &["The cook: the dish to “wet paper.”"],
    );
}

#[test]
fn a_plural_that_says_something_else_ends_what_was_said() {
    reads(
        "en",
        "The minister insists that prices will fall, but economists say the tax will be felt for years.",
        &[
            "The minister: that prices will fall",
            "economists: the tax will be felt for years",
        ],
    );
}
