//! Context: which of several places of one name an article means.
//!
//! Georgia beside Atlanta is not the Georgia beside Tbilisi. Evidence are the other places that the article names: those
//! that lie in the place, its neighbours, and what it lies in. Invariant: another than the likeliest is taken only where
//! they speak for it and for no other. Deliberately absent: distances, and what things other than places say.

use std::collections::BTreeMap;

use crate::message::TagKind;
use crate::vocabulary::{ConceptId, Vocabulary};

/// Where a place is, by codes of ISO 3166.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Whereabouts {
    /// Its own code, where it is a country or a region that has one.
    own: Option<String>,
    /// The code of what it lies in.
    within: Option<String>,
}

impl Whereabouts {
    /// Of a concept that is a place, where anything is known.
    pub(super) fn of(concept: ConceptId, vocabulary: &Vocabulary) -> Option<Self> {
        if vocabulary.kind(concept) != TagKind::Place {
            return None;
        }
        let mut ids: BTreeMap<String, String> = vocabulary.ids(concept);
        let own = ids.remove("iso3166-2").or_else(|| ids.remove("iso3166"));
        let within = vocabulary.within(concept).map(str::to_owned);
        (own.is_some() || within.is_some()).then_some(Self { own, within })
    }

    /// Whether another place speaks for this one.
    fn is_supported_by(&self, other: &Self) -> bool {
        match (&self.own, &other.own) {
            // A country does not speak for its region: both may be at the same table.
            (Some(own), Some(other)) => {
                own != other
                    && country_of_region(own).is_some()
                    && country_of_region(own) == country_of_region(other)
            }
            (Some(own), None) => other.within.as_deref().is_some_and(|within| lies_in(within, own)),
            (None, Some(other)) => self
                .within
                .as_deref()
                .is_some_and(|within| lies_in(within, other)),
            (None, None) => self.within == other.within,
        }
    }
}

/// The country of a region, by their codes.
fn country_of_region(code: &str) -> Option<&str> {
    code.split_once('-').map(|(country, _)| country)
}

/// Whether a code is that of a country or region, or of a part of it.
fn lies_in(code: &str, outer: &str) -> bool {
    code.strip_prefix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// The one namesake for which the other places of the article speak; none where they speak for none or for several.
/// What has a code of its own gives way to none that has not: a village far away is called after the country.
pub(super) fn meant<T: Copy>(namesakes: &[(T, Whereabouts)], others: &[&Whereabouts]) -> Option<T> {
    let coded = namesakes.first()?.1.own.is_some();
    let mut supported = namesakes
        .iter()
        .filter(|(_, place)| place.own.is_some() || !coded)
        .filter(|(_, place)| others.iter().any(|other| place.is_supported_by(other)));
    let (found, _) = supported.next()?;
    supported.next().is_none().then_some(*found)
}

#[cfg(test)]
mod tests {
    use super::super::normalise;
    use crate::enrich::clean::CleanText;
    use crate::message::TagRule;
    use crate::vocabulary::Vocabulary;

    fn tags_of(raw: &[&str], text: &str) -> Vec<(String, String, TagRule)> {
        let vocabulary = Vocabulary::of_lines(&[
            r#"{"label": "Norland", "type": "place", "rank": 200, "ids": {"iso": "NO"}}"#,
            r#"{"label": "Norland", "type": "place", "rank": 120, "ids": {"iso3166-2": "WE-NR"}}"#,
            r#"{"label": "Westland", "type": "place", "rank": 200, "ids": {"iso": "WE"}}"#,
            r#"{"label": "Westland", "type": "place", "rank": 90, "ids": {"desk": "5"}, "within": "NO"}"#,
            r#"{"label": "Sudland", "type": "place", "rank": 120, "ids": {"iso3166-2": "WE-SU"}}"#,
            r#"{"label": "Osthafen", "type": "place", "rank": 125, "ids": {"desk": "1"}, "within": "WE-NR"}"#,
            r#"{"label": "Sandvik", "type": "place", "rank": 125, "ids": {"desk": "2", "country": "NO"}}"#,
            r#"{"label": "Mill Town", "type": "place", "rank": 125, "ids": {"desk": "3"}, "within": "NO"}"#,
            r#"{"label": "Mill Town", "type": "place", "rank": 124, "ids": {"desk": "4"}, "within": "WE-NR"}"#,
        ]);
        normalise(
            raw,
            &CleanText::verbatim(text.to_owned()),
            None,
            Some("en"),
            &vocabulary,
        )
        .into_iter()
        .map(|tag| {
            let id = tag.ids.into_values().next().unwrap_or_default();
            (tag.label, id, tag.rule)
        })
        .collect()
    }

    fn id_of(name: &str, raw: &[&str], text: &str) -> (String, TagRule) {
        let (_, id, rule) = tags_of(raw, text)
            .into_iter()
            .find(|(label, ..)| label == name)
            .unwrap();
        (id, rule)
    }

    #[test]
    fn a_place_is_the_one_near_which_the_others_lie() {
        assert_eq!(
            id_of("Norland", &["Norland"], ""),
            ("NO".to_owned(), TagRule::Label)
        );
        assert_eq!(
            id_of("Norland", &["Norland", "Osthafen"], ""),
            ("WE-NR".to_owned(), TagRule::Context)
        );
        assert_eq!(
            id_of(
                "Norland",
                &[],
                "The storm came to Norland. In Osthafen the harbour closed."
            ),
            ("WE-NR".to_owned(), TagRule::Context)
        );
        assert_eq!(
            id_of("Norland", &["Norland", "Osthafen", "Sandvik"], "").0,
            "NO",
            "what speaks for both leaves the likeliest"
        );
        assert_eq!(
            id_of("Norland", &["Norland", "Westland"], "").0,
            "NO",
            "a country does not speak for its region"
        );
    }

    #[test]
    fn a_region_stands_among_its_neighbours() {
        assert_eq!(id_of("Norland", &["Norland", "Sudland"], "").0, "WE-NR");
    }

    #[test]
    fn cities_of_one_name_are_told_apart_by_their_countries() {
        assert_eq!(id_of("Mill Town", &["Mill Town", "Sandvik"], "").0, "3");
        assert_eq!(id_of("Mill Town", &["Mill Town", "Osthafen"], "").0, "4");
        assert_eq!(id_of("Mill Town", &["Mill Town", "Westland"], "").0, "4");
    }

    #[test]
    fn a_village_is_not_taken_for_the_country_it_is_called_after() {
        assert_eq!(id_of("Westland", &["Westland", "Sandvik"], "").0, "WE");
    }

    #[test]
    fn what_the_article_does_not_decide_is_told_with_what_else_it_may_be() {
        let vocabulary = Vocabulary::of_lines(&[
            r#"{"label": "Mill Town", "type": "place", "rank": 125, "ids": {"desk": "3"}, "within": "NO"}"#,
            r#"{"label": "Mill Town", "type": "place", "rank": 124, "ids": {"desk": "4"}, "within": "WE-NR"}"#,
            r#"{"label": "Osthafen", "type": "place", "rank": 125, "ids": {"desk": "1"}, "within": "WE-NR"}"#,
        ]);
        let candidates = |raw: &[&str]| {
            let tags = normalise(raw, &CleanText::verbatim(String::new()), None, None, &vocabulary);
            tags.into_iter()
                .next()
                .unwrap()
                .candidates
                .into_iter()
                .map(|candidate| candidate.ids.into_values().collect::<String>())
                .collect::<Vec<_>>()
        };
        assert_eq!(candidates(&["Mill Town"]), ["4"]);
        assert!(candidates(&["Mill Town", "Osthafen"]).is_empty());
    }
}
