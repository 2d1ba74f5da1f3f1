//! How an attribution was found, and how far that is to be trusted.
//!
//! One table: what each way is, in words for a person, and how many of a hundred attributions that were found by it
//! are right. How that was counted stands in `docs/evaluation.md`.

use serde::Serialize;

/// The way by which an attribution was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A conversation: `Name: what they say`, line after line.
    Turn,
    /// A headline: `Name: what they say`.
    Headline,
    /// The question that is answered in the same sentence.
    Asked,
    /// Words in marks, then who said them.
    Behind,
    /// A clause without marks, then who said it.
    BehindClause,
    /// Words in marks between a helping verb and its participle.
    Between,
    /// Words in marks, then a verb whose subject is left out.
    Dropped,
    /// A verb of saying, then words in marks.
    Before,
    /// A verb of saying, then a clause without marks.
    BeforeClause,
    /// Another verb or noun that reports, then what it reports.
    BeforeOther,
    /// What is said of somebody by nobody in particular.
    Impersonal,
    /// A source behind a preposition, or a clause with *as*.
    According,
    /// What somebody or something is called, in marks.
    Called,
    /// A noun of wording, then words in marks.
    Worded,
    /// A sentence that begins with whose opinion it is.
    Opinion,
    /// A colon, or a comma before a whole sentence, without a verb that is known.
    Introduced,
    /// The sentence that the next one speaks of as said.
    Anaphora,
    /// A sentence in the mood of reported speech.
    Reported,
    /// A paragraph of its own, introduced by the one before it or signed by the one behind it.
    Framed,
    /// A quotation that stands alone behind a sentence about somebody.
    Alone,
    /// A quotation that stands alone while somebody speaks already.
    GoesOn,
}

impl Rule {
    /// In words.
    pub fn words(self) -> &'static str {
        self.row().0
    }

    /// Of attributions found by it, the share that are somebody's words: 0 to 1.
    pub(super) fn trust(self, english: bool) -> f32 {
        let (_, here, elsewhere) = self.row();
        if english { here } else { elsewhere }
    }

    /// What it is in words, and the share of attributions found by it that are somebody's words, in English and in
    /// other languages.
    fn row(self) -> (&'static str, f32, f32) {
        match self {
            Self::Turn => ("a turn of a conversation: name, colon, words", 0.56, 0.7),
            Self::Headline => ("a headline: name, colon, words", 0.74, 0.5),
            Self::Asked => ("the question that is answered in the same sentence", 0.72, 0.6),
            Self::Behind => ("words in marks, then who said them", 0.98, 0.81),
            Self::BehindClause => ("a clause without marks, then who said it", 0.75, 0.76),
            Self::Between => (
                "words in marks between a helping verb and its participle",
                0.6,
                0.65,
            ),
            Self::Dropped => ("words in marks, then a verb whose subject is left out", 0.6, 0.52),
            Self::Before => ("a verb of saying, then words in marks", 0.82, 0.8),
            Self::BeforeClause => ("a verb of saying, then a clause without marks", 0.67, 0.67),
            Self::BeforeOther => ("another word that reports, then what it reports", 0.6, 0.71),
            Self::Impersonal => ("said of somebody by nobody in particular", 0.66, 0.5),
            Self::According => (
                "a source behind a preposition such as “according to”, or a clause with “as”",
                0.74,
                0.82,
            ),
            Self::Called => ("what somebody or something is called, in marks", 0.26, 0.8),
            Self::Worded => (
                "a noun of wording such as “chants of”, then words in marks",
                0.5,
                0.6,
            ),
            Self::Opinion => ("a sentence that begins with whose opinion it is", 0.6, 0.65),
            Self::Introduced => (
                "a colon, or a comma before a whole sentence, without a verb that is known",
                0.79,
                0.89,
            ),
            Self::Anaphora => ("the next sentence speaks of this one as said", 0.6, 0.62),
            Self::Reported => ("a sentence in the mood of reported speech", 0.5, 0.47),
            Self::Framed => (
                "a paragraph of its own, introduced before it or signed behind it",
                0.7,
                0.7,
            ),
            Self::Alone => ("alone behind a sentence about somebody", 0.5, 0.7),
            Self::GoesOn => ("alone while somebody speaks already", 0.68, 0.67),
        }
    }
}
