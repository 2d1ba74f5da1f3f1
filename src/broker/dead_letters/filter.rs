//! Which letters are meant.

use jiff::Timestamp;

use super::letter::Letter;

/// Which letters are meant: all that meet every condition given. Without conditions, all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// One of these kinds of cause; `none` is a letter that tells none.
    pub causes: Vec<String>,
    /// Failed in one of these stages; `broker` is what the broker put there by itself, `none` one that tells none.
    pub stages: Vec<String>,
    /// From one of these sources. Case does not count.
    pub sources: Vec<String>,
    /// With one of these ids: the message's or the article's.
    pub ids: Vec<String>,
    /// Failed at this time or before.
    pub until: Option<Timestamp>,
    /// Failed at this time or after.
    pub since: Option<Timestamp>,
}

impl Filter {
    /// Whether it lets everything through.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether this letter is meant. One that does not tell its time is neither before nor after anything.
    pub fn matches(&self, letter: &Letter) -> bool {
        let among = |wanted: &[String], is: &dyn Fn(&str) -> bool| {
            wanted.is_empty() || wanted.iter().any(|wanted| is(wanted))
        };
        let source = letter.source.to_lowercase();
        among(&self.causes, &|cause| letter.cause.kind == cause)
            && among(&self.stages, &|stage| letter.cause.stage == stage)
            && among(&self.sources, &|wanted| wanted.to_lowercase() == source)
            && among(&self.ids, &|id| {
                letter.message_id.as_deref() == Some(id) || letter.article_id.as_deref() == Some(id)
            })
            && self
                .until
                .is_none_or(|until| letter.failed_at.is_some_and(|at| at <= until))
            && self
                .since
                .is_none_or(|since| letter.failed_at.is_some_and(|at| at >= since))
    }
}

#[cfg(test)]
mod tests {
    use super::super::letter::tests::letter;
    use super::*;
    use crate::broker::dead_letters::letter::Letter;
    use crate::broker::topology::tests::topology;

    fn json_letter() -> Letter {
        letter(
            &[
                ("x-newsmill-error-kind", "json"),
                ("x-newsmill-stage", "decode"),
                ("x-newsmill-failed-at", "2026-03-01T12:00:00Z"),
            ],
            br#"{"id": "a-1", "source": "The Paper""#,
            &topology(),
        )
    }

    fn at(text: &str) -> Option<Timestamp> {
        Some(text.parse().unwrap())
    }

    fn some(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    #[test]
    fn every_condition_must_be_met_and_one_value_of_each_is_enough() {
        let letter = json_letter();
        assert!(Filter::default().matches(&letter));
        let both = Filter {
            causes: some(&["panicked", "json"]),
            sources: some(&["the paper"]),
            ..Filter::default()
        };
        assert!(both.matches(&letter));
        let other_stage = Filter {
            stages: some(&["clean"]),
            ..both
        };
        assert!(!other_stage.matches(&letter));
    }

    #[test]
    fn a_letter_is_found_by_the_articles_id_and_by_the_messages() {
        let letter = json_letter();
        let by = |id: &str| Filter {
            ids: some(&[id]),
            ..Filter::default()
        };
        assert!(by("a-1").matches(&letter));
        assert!(by("message-1").matches(&letter));
        assert!(!by("a-2").matches(&letter));
    }

    #[test]
    fn times_are_bounds_and_a_letter_without_a_time_is_within_none() {
        let letter = json_letter();
        let until = |time| Filter {
            until: at(time),
            ..Filter::default()
        };
        let since = |time| Filter {
            since: at(time),
            ..Filter::default()
        };
        assert!(until("2026-03-01T12:00:00Z").matches(&letter));
        assert!(!until("2026-03-01T11:59:59Z").matches(&letter));
        assert!(since("2026-03-01T12:00:00Z").matches(&letter));
        assert!(!since("2026-03-01T12:00:01Z").matches(&letter));
        let timeless = super::super::letter::tests::letter(&[], b"", &topology());
        assert!(!until("2030-01-01T00:00:00Z").matches(&timeless));
        assert!(!since("2000-01-01T00:00:00Z").matches(&timeless));
    }
}
