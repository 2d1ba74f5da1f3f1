//! What is said to the service and what it says: the messages of the Reconciliation Service API 0.2, which every
//! service of earlier and later versions in use answers to as well.
//!
//! Invariant: an answer that does not answer every query is no answer. Of what it offers, only what it vouches for, or
//! what is alone at the top over the configured score, is taken.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::config::ReconcileConfig;
use crate::message::{TagCandidate, TagKind};

/// More candidates of a name are no help: the first must stand out.
const CANDIDATES: usize = 3;

/// How names are asked for, and which candidate is taken.
#[derive(Debug, Clone)]
pub(super) struct Terms {
    query_type: Option<String>,
    score_min: Option<f64>,
    scheme: String,
    kinds: BTreeMap<String, TagKind>,
}

/// One thing that a name may mean.
#[derive(Debug, Deserialize)]
struct Candidate {
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    score: f64,
    #[serde(default, rename = "match")]
    sure: bool,
    #[serde(default, rename = "type")]
    types: Vec<Type>,
}

/// A type, as an object or as its bare id.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Type {
    Named { id: String },
    Bare(String),
}

#[derive(Debug, Deserialize)]
struct Found {
    result: Vec<Candidate>,
}

impl Terms {
    pub(super) fn new(config: &ReconcileConfig) -> Self {
        Self {
            query_type: config.query_type.clone(),
            score_min: config.score_min.map(f64::from),
            scheme: config.scheme.clone(),
            kinds: config.kinds.clone(),
        }
    }

    /// The body of a request, a form with one field.
    pub(super) fn request(&self, names: &[String]) -> String {
        let queries: Map<String, Value> = names
            .iter()
            .enumerate()
            .map(|(at, name)| {
                let mut query = json!({"query": name, "limit": CANDIDATES});
                if let (Some(query_type), Some(query)) = (&self.query_type, query.as_object_mut()) {
                    query.insert("type".to_owned(), json!(query_type));
                }
                (key(at), query)
            })
            .collect();
        url::form_urlencoded::Serializer::new(String::new())
            .append_pair("queries", &Value::Object(queries).to_string())
            .finish()
    }

    /// What is known of each name, in their order.
    pub(super) fn answers(&self, body: &[u8], names: &[String]) -> Result<Vec<Option<TagCandidate>>, String> {
        let mut answered: BTreeMap<String, Found> =
            serde_json::from_slice(body).map_err(|error| format!("the answer has another form: {error}"))?;
        names
            .iter()
            .enumerate()
            .map(|(at, name)| match answered.remove(&key(at)) {
                Some(found) => Ok(self.chosen(found.result, name)),
                None => Err(format!("the answer leaves out query {}", key(at))),
            })
            .collect()
    }

    fn chosen(&self, candidates: Vec<Candidate>, name: &str) -> Option<TagCandidate> {
        let sure = candidates.iter().filter(|candidate| candidate.sure).count();
        let best = candidates
            .iter()
            .map(|candidate| candidate.score)
            .fold(f64::NEG_INFINITY, f64::max);
        let mut best_ones = candidates.iter().filter(|candidate| candidate.score >= best);
        let one_is_best = best_ones.next().is_some() && best_ones.next().is_none();
        let over = |score: f64| self.score_min.is_some_and(|least| score >= least);
        let taken = candidates.into_iter().find(|candidate| match sure {
            // Nobody is vouched for: one who is clear of all others.
            0 => one_is_best && candidate.score >= best && over(candidate.score),
            1 => candidate.sure,
            // Several are as good as none.
            _ => false,
        })?;
        if taken.id.is_empty() {
            return None;
        }
        let kind = taken.types.iter().find_map(|kind| {
            let (Type::Named { id } | Type::Bare(id)) = kind;
            self.kinds.get(id).copied()
        });
        let label = match taken.name.trim() {
            "" => name,
            label => label,
        };
        Some(TagCandidate {
            label: label.to_owned(),
            kind: kind.unwrap_or(TagKind::Other),
            ids: [(self.scheme.clone(), taken.id)].into(),
        })
    }
}

fn key(at: usize) -> String {
    format!("q{at}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn terms(score_min: Option<f64>) -> Terms {
        Terms {
            query_type: None,
            score_min,
            scheme: "desk".to_owned(),
            kinds: [("T1".to_owned(), TagKind::Person)].into(),
        }
    }

    fn chosen(score_min: Option<f64>, candidates: &Value) -> Option<TagCandidate> {
        let body = json!({"q0": {"result": candidates}}).to_string();
        let answers = terms(score_min).answers(body.as_bytes(), &["aro".to_owned()]);
        answers.unwrap().remove(0)
    }

    #[test]
    fn a_request_is_a_form_of_numbered_queries() {
        let with_type = Terms {
            query_type: Some("T1".to_owned()),
            ..terms(None)
        };
        let body = with_type.request(&["Aro & Sons".to_owned(), "Bel".to_owned()]);
        let fields: Vec<_> = url::form_urlencoded::parse(body.as_bytes()).collect();
        assert_eq!(fields.len(), 1);
        assert_eq!(fields[0].0, "queries");
        let queries: Value = serde_json::from_str(&fields[0].1).unwrap();
        assert_eq!(
            queries,
            json!({
                "q0": {"query": "Aro & Sons", "limit": 3, "type": "T1"},
                "q1": {"query": "Bel", "limit": 3, "type": "T1"},
            })
        );
    }

    #[test]
    fn the_one_that_is_vouched_for_is_taken_with_its_kind() {
        let found = chosen(
            None,
            &json!([
                {"id": "1", "name": "Anna Aro", "score": 70, "match": true, "type": [{"id": "T0", "name": "x"}, "T1"]},
                {"id": "2", "name": "Aro", "score": 90, "match": false},
            ]),
        );
        assert_eq!(
            found,
            Some(TagCandidate {
                label: "Anna Aro".to_owned(),
                kind: TagKind::Person,
                ids: [("desk".to_owned(), "1".to_owned())].into(),
            })
        );
    }

    #[test]
    fn what_is_not_certain_is_not_taken() {
        let two_sure = json!([{"id": "1", "match": true}, {"id": "2", "match": true}]);
        assert_eq!(chosen(Some(1.0), &two_sure), None);
        let unsure = json!([{"id": "1", "score": 99}, {"id": "2", "score": 80}]);
        assert_eq!(chosen(None, &unsure), None, "no score counts unless one is set");
        assert_eq!(chosen(Some(99.5), &unsure), None);
        assert_eq!(
            chosen(Some(99.0), &unsure).unwrap().label,
            "aro",
            "the name asked for, where it has none"
        );
        let level = json!([{"id": "1", "score": 99}, {"id": "2", "score": 99}]);
        assert_eq!(chosen(Some(50.0), &level), None);
        assert_eq!(chosen(Some(50.0), &json!([])), None);
        assert_eq!(chosen(None, &json!([{"id": "", "match": true}])), None);
    }

    #[test]
    fn half_an_answer_is_none() {
        let names = ["aro".to_owned(), "bel".to_owned()];
        let half = br#"{"q0": {"result": []}}"#;
        let told = terms(None).answers(half, &names).unwrap_err();
        assert_eq!(told, "the answer leaves out query q1");
        let told = terms(None).answers(b"<html>", &names).unwrap_err();
        assert!(
            told.starts_with("the answer has another form: expected value"),
            "{told}"
        );
    }

    proptest! {
        #[test]
        fn whatever_it_says_is_answered_for_every_name_or_refused(body in ".*", extra in any::<Vec<u8>>()) {
            for body in [body.as_bytes(), &extra] {
                if let Ok(answers) = terms(Some(1.0)).answers(body, &["aro".to_owned()]) {
                    prop_assert_eq!(answers.len(), 1);
                }
            }
        }
    }
}
