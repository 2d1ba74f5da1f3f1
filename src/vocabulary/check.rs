//! Checking sources: what an editor would want to mend before they are compiled.
//!
//! Invariant: an error is what compiling loses or gets wrong, a warning what may be meant; nothing is mended here,
//! and one bad line does not hide the others. Deliberately absent: any judgement of what a concept is.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;

use super::build::Builder;
use super::compile::{CompileError, read_all};
use super::draft::{Prepared, agrees, ids_of, scheme_named};
use super::fold::fold;
use super::source::{At, LABEL_BYTES_MAX, Options, Sink, Source};
use super::{ConceptId, Vocabulary, form};

/// Words and given names that are also names of something, one language after the other.
const COMMON_WORDS: &str = include_str!("../../scripts/vocabulary/common_words.txt");
/// What every text has, in the languages that news is written in most.
const FUNCTION_WORDS: &str = "the and for with from that this are was not but you all new one news more video live \
    photo photos home world opinion sport sports business der die das und für mit von ist nicht auch ein eine le la \
    les des une est pour dans avec sur pas el los las una por con para que del il gli che per non della o os as um \
    uma na no em и в на не что с по het een van op och att som på i w na z do og er på ve bir bu";
/// A label that is shorter than this, in letters, is found everywhere.
const LETTERS_MIN: usize = 2;
/// Concepts that a finding names.
const NAMED_MAX: usize = 5;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Compiling loses it, or gets it wrong.
    Error,
    /// It may be meant.
    Warning,
}

/// Something that an editor should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which check found it: `shared-label`, `broader-circle`, ….
    pub check: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What it is and what to do.
    pub message: String,
    /// Where it stands, if it stands in one place.
    pub place: Option<String>,
    /// The label that it is about.
    pub label: Option<String>,
    /// The concepts that it is about, some of them.
    pub concepts: Vec<String>,
}

/// Checks sources as [`compile`](super::compile) would read them.
///
/// # Errors
/// What cannot be read at all; a line that is no concept is a finding.
pub fn check(
    sources: &[PathBuf],
    options: &Options,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Vec<Finding>, CompileError> {
    let mut checking = Checking::default();
    read_all(sources, options, &mut checking, progress)?;
    checking.finish()
}

/// What is known of the concepts so far.
#[derive(Debug, Default)]
struct Checking {
    builder: Builder,
    findings: Vec<Finding>,
    names: Vec<Named>,
    /// An id, and the first concept that has it.
    by_id: HashMap<(String, String), usize>,
    /// A concept to the ids of those above it.
    broader: Vec<(usize, Vec<(String, String)>)>,
    common: HashSet<&'static str>,
}

/// A concept as it was read.
#[derive(Debug)]
struct Named {
    label: String,
    at: At,
    ids: BTreeMap<String, String>,
}

impl Sink for Checking {
    fn take(&mut self, at: &At, source: Source) {
        let ids = ids_of(&source);
        let number = self.names.len();
        self.compare_ids(at, &source, &ids);
        for id in &ids {
            self.by_id.entry((id.0.clone(), id.1.clone())).or_insert(number);
        }
        self.look_at_labels(at, &source);
        let mut above = Vec::new();
        for written in &source.broader {
            match written
                .split_once(':')
                .map(|(scheme, value)| (scheme_named(scheme), value))
            {
                Some((Some(scheme), value)) if !value.is_empty() => {
                    above.push((scheme.to_owned(), value.to_owned()));
                }
                _ => self.find(
                    "broader-unreadable",
                    Severity::Error,
                    format!("broader {written:?} is not an id: write it scheme:value, e.g. wikidata:Q5"),
                    at,
                    &source.label,
                ),
            }
        }
        if !above.is_empty() {
            self.broader.push((number, above));
        }
        self.names.push(Named {
            label: source.label.to_string(),
            at: at.clone(),
            ids,
        });
        self.builder.add(Prepared::from(source));
    }

    fn refuse(&mut self, error: CompileError) -> Result<(), CompileError> {
        let (check, at, cause) = match &error {
            CompileError::Line { at, source } => ("bad-line", at, format!("not a concept: {source}")),
            CompileError::Label { at } => (
                "bad-label",
                at,
                format!("the label is empty or longer than {LABEL_BYTES_MAX} bytes"),
            ),
            CompileError::Form { at, cause } => ("bad-line", at, cause.clone()),
            _ => return Err(error),
        };
        let at = at.clone();
        self.find(check, Severity::Error, cause, &at, "");
        Ok(())
    }

    fn pass_over(&mut self, error: CompileError) {
        self.findings.push(Finding {
            check: "passed-over",
            severity: Severity::Warning,
            message: "left out: it is no entity, or too long".to_owned(),
            place: Some(error.to_string()),
            label: None,
            concepts: Vec::new(),
        });
    }

    fn progress(&mut self, _bytes: u64) {}
}

impl Checking {
    fn find(&mut self, check: &'static str, severity: Severity, message: String, at: &At, label: &str) {
        self.findings.push(Finding {
            check,
            severity,
            message,
            place: Some(at.to_string()),
            label: (!label.is_empty()).then(|| label.to_owned()),
            concepts: Vec::new(),
        });
    }

    /// Ids that another concept has: one concept twice, or two that quarrel.
    fn compare_ids(&mut self, at: &At, source: &Source, ids: &BTreeMap<String, String>) {
        let mut compared = HashSet::new();
        for (scheme, value) in ids {
            let Some(known) = self
                .by_id
                .get(&(scheme.clone(), value.clone()))
                .and_then(|number| Some((*number, self.names.get(*number)?)))
            else {
                continue;
            };
            let (number, known) = known;
            if !compared.insert(number) {
                continue;
            }
            let both = format!("{} ({})", known.label, known.at);
            if !agrees(&known.ids, ids) {
                let message = format!(
                    "{scheme} {value} is also the id of {both}, but their other ids differ: they stay two concepts"
                );
                self.find("id-of-two", Severity::Error, message, at, &source.label);
            } else if known.at.path == at.path {
                let message =
                    format!("{scheme} {value} is also the id of {both}: the two become one concept");
                self.find("duplicate", Severity::Warning, message, at, &source.label);
            }
        }
    }

    fn look_at_labels(&mut self, at: &At, source: &Source) {
        if self.common.is_empty() {
            self.common = FUNCTION_WORDS.split_whitespace().collect();
            let lines = COMMON_WORDS.lines().filter(|line| !line.starts_with('#'));
            self.common.extend(lines.flat_map(str::split_whitespace));
        }
        let strong = std::iter::once(source.label.as_str())
            .chain(source.labels.iter().map(|(label, _)| label.as_str()));
        let weak = source.weak.iter().map(|(label, _)| label.as_str());
        let mut found = Vec::new();
        for (label, is_weak) in strong
            .map(|label| (label, false))
            .chain(weak.map(|label| (label, true)))
        {
            let folded = fold(label);
            let letters = folded.chars().filter(|char| *char != ' ').count();
            let is_short = letters < LETTERS_MIN && folded.is_ascii();
            if folded.is_empty() {
                let message = format!("nothing can find the label {label:?}: it has no letter and no digit");
                found.push(("unreachable-label", Severity::Error, message, label));
            } else if folded.len() > usize::from(u16::MAX) {
                let message = format!("a label of {} bytes is left out", folded.len());
                found.push(("long-label", Severity::Error, message, &source.label));
            } else if label.len() > LABEL_BYTES_MAX {
                let message = format!("a label of {} bytes is no name", label.len());
                found.push(("long-label", Severity::Warning, message, &source.label));
            } else if is_weak {
            } else if is_short {
                let message = format!("{label:?} is found in every text: make it weak or leave it out");
                found.push(("short-label", Severity::Warning, message, label));
            } else if folded.chars().all(|char| char.is_numeric() || char == ' ') {
                let message = format!("{label:?} is a number: make it weak or leave it out");
                found.push(("number-label", Severity::Warning, message, label));
            } else if self.common.contains(folded.as_str()) && !is_capitals(label) {
                let message = format!("{label:?} is a common word: make it weak, or sure that it is meant");
                found.push(("common-word", Severity::Warning, message, label));
            }
        }
        for (check, severity, message, label) in found {
            self.find(check, severity, message, at, label);
        }
    }

    fn finish(mut self) -> Result<Vec<Finding>, CompileError> {
        self.look_at_broader();
        let (table, _) = std::mem::take(&mut self.builder).finish()?;
        let mut findings = std::mem::take(&mut self.findings);
        look_at_shared(&Vocabulary::of(table), &mut findings);
        findings.sort_by_key(|finding| (finding.severity, finding.check));
        Ok(findings)
    }

    /// Circles of broader concepts, each told once, and broader concepts that are nowhere.
    fn look_at_broader(&mut self) {
        let mut above: HashMap<usize, Vec<usize>> = HashMap::new();
        let mut missing = Vec::new();
        for (number, ids) in std::mem::take(&mut self.broader) {
            for id in ids {
                match self.by_id.get(&id) {
                    Some(known) => above.entry(number).or_default().push(*known),
                    None => missing.push((number, format!("{} {}", id.0, id.1))),
                }
            }
        }
        for (number, id) in missing {
            let Some(named) = self.names.get(number) else {
                continue;
            };
            let (at, label) = (named.at.clone(), named.label.clone());
            let message = format!("its broader concept {id} is in no source");
            self.find("broader-missing", Severity::Warning, message, &at, &label);
        }
        for circle in circles(&above) {
            let labels: Vec<String> = circle
                .iter()
                .filter_map(|number| self.names.get(*number))
                .map(|named| named.label.clone())
                .collect();
            let Some(named) = circle.first().and_then(|number| self.names.get(*number)) else {
                continue;
            };
            self.findings.push(Finding {
                check: "broader-circle",
                severity: Severity::Error,
                message: format!("broader goes round in a circle: {}", labels.join(" → ")),
                place: Some(named.at.to_string()),
                label: Some(named.label.clone()),
                concepts: labels,
            });
        }
    }
}

fn is_capitals(label: &str) -> bool {
    label
        .chars()
        .filter(|char| char.is_alphabetic())
        .all(char::is_uppercase)
}

/// The circles of a graph, each from its lowest member; one for each way back that a walk finds.
fn circles(above: &HashMap<usize, Vec<usize>>) -> Vec<Vec<usize>> {
    let mut starts: Vec<usize> = above.keys().copied().collect();
    starts.sort_unstable();
    let mut done: HashSet<usize> = HashSet::new();
    let mut found = Vec::new();
    for start in starts {
        // The way from the start, each with the next of its edges to follow. No recursion: a source may be deep.
        let mut way: Vec<(usize, usize)> = vec![(start, 0)];
        let mut on_way: HashSet<usize> = HashSet::from([start]);
        if done.contains(&start) {
            continue;
        }
        while let Some((node, edge)) = way.last_mut() {
            let next = above.get(node).and_then(|edges| edges.get(*edge)).copied();
            *edge += 1;
            match next {
                Some(next) if on_way.contains(&next) => {
                    let from = way.iter().position(|(node, _)| *node == next).unwrap_or(0);
                    let mut circle: Vec<usize> = way.iter().skip(from).map(|(node, _)| *node).collect();
                    let lowest = circle.iter().enumerate().min_by_key(|(_, node)| **node);
                    let lowest = lowest.map_or(0, |(at, _)| at);
                    circle.rotate_left(lowest);
                    found.push(circle);
                }
                Some(next) if !done.contains(&next) => {
                    on_way.insert(next);
                    way.push((next, 0));
                }
                Some(_) => {}
                None => {
                    if let Some((node, _)) = way.pop() {
                        on_way.remove(&node);
                        done.insert(node);
                    }
                }
            }
        }
    }
    found
}

/// Labels of several concepts, and concepts that no label of theirs finds first.
fn look_at_shared(vocabulary: &Vocabulary, findings: &mut Vec<Finding>) {
    let mut first: HashSet<ConceptId> = HashSet::new();
    let mut before = String::new();
    for (folded, _) in vocabulary.labels() {
        let hits = vocabulary.find(&folded);
        if let Some(hit) = hits.first() {
            first.insert(hit.concept);
        }
        let is_again = before == folded;
        before.clear();
        before.push_str(&folded);
        let [best, next, ..] = hits.as_slice() else {
            continue;
        };
        if is_again || *best.folded != *folded {
            continue;
        }
        let weight = |hit: &super::Hit<'_>| (hit.rank, hit.is(form::PRIMARY));
        let named: Vec<String> = hits
            .iter()
            .take(NAMED_MAX)
            .map(|hit| shown(vocabulary, hit.concept))
            .collect();
        let is_tied = weight(best) == weight(next);
        let message = if is_tied {
            format!(
                "{} concepts bear {folded:?} and nothing but their order tells which is meant: give one a higher rank",
                hits.len()
            )
        } else {
            format!(
                "{} concepts bear {folded:?}: {} is meant first",
                hits.len(),
                named.first().map_or("", String::as_str)
            )
        };
        findings.push(Finding {
            check: if is_tied { "tied-label" } else { "shared-label" },
            severity: Severity::Warning,
            message,
            place: None,
            label: Some(folded),
            concepts: named,
        });
    }
    for concept in vocabulary.concepts().filter(|concept| !first.contains(concept)) {
        findings.push(Finding {
            check: "hidden-concept",
            severity: Severity::Warning,
            message: "none of its labels finds it first: others bear them too, or nothing can find them"
                .to_owned(),
            place: None,
            label: Some(vocabulary.label(concept)),
            concepts: vec![shown(vocabulary, concept)],
        });
    }
}

fn shown(vocabulary: &Vocabulary, concept: ConceptId) -> String {
    let ids: Vec<String> = vocabulary
        .ids(concept)
        .into_iter()
        .map(|(scheme, id)| format!("{scheme} {id}"))
        .collect();
    let label = vocabulary.label(concept);
    if ids.is_empty() {
        label
    } else {
        format!("{label} ({})", ids.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(lines: &[&str]) -> Vec<Finding> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("own.jsonl");
        std::fs::write(&path, lines.join("\n")).unwrap();
        check(&[path], &Options::default(), &mut |_, _| {}).unwrap()
    }

    fn checks(lines: &[&str]) -> Vec<&'static str> {
        found(lines).iter().map(|finding| finding.check).collect()
    }

    #[test]
    fn a_sound_source_has_no_findings() {
        assert!(
            checks(&[
                r#"{"label": "Ghana", "type": "place", "ids": {"iso": "GH"}, "labels": [["Gana", "es"]]}"#,
                r#"{"label": "Accra", "type": "place", "ids": {"qid": "Q3761"}, "broader": ["iso3166:GH"]}"#,
            ])
            .is_empty()
        );
    }

    #[test]
    fn ids_of_two_are_an_error_where_they_quarrel_and_a_warning_where_not() {
        let lines = [
            r#"{"label": "Georgia", "ids": {"qid": "Q230", "iso": "GE"}}"#,
            r#"{"label": "Sakartvelo", "ids": {"qid": "Q230"}}"#,
            r#"{"label": "Georgia State", "ids": {"qid": "Q230", "iso": "US"}}"#,
        ];
        assert_eq!(checks(&lines), ["id-of-two", "duplicate"]);
        let place = found(&lines)[0].place.clone().unwrap();
        assert!(place.ends_with("own.jsonl, line 3"), "{place}");
    }

    #[test]
    fn labels_of_two_concepts_are_told_with_the_one_that_is_meant() {
        let findings = found(&[
            r#"{"label": "Georgia", "ids": {"qid": "Q230"}, "rank": 200}"#,
            r#"{"label": "Georgia", "ids": {"qid": "Q1428"}, "rank": 120, "labels": [["Peach State", "en"]]}"#,
            r#"{"label": "Jordan", "ids": {"qid": "Q810"}, "rank": 90}"#,
            r#"{"label": "Jordan", "ids": {"qid": "Q41421"}, "rank": 90}"#,
        ]);
        let by = |check: &str| {
            findings
                .iter()
                .filter(|finding| finding.check == check)
                .collect::<Vec<_>>()
        };
        assert!(
            by("shared-label")[0]
                .message
                .contains("Georgia (wikidata Q230) is meant first")
        );
        assert_eq!(by("tied-label")[0].concepts.len(), 2);
        assert_eq!(by("hidden-concept")[0].concepts, ["Jordan (wikidata Q41421)"]);
        assert_eq!(findings.len(), 3);
    }

    #[test]
    fn circles_of_broader_are_found_however_long() {
        let mut lines: Vec<String> = (0..5000)
            .map(|n| {
                format!(
                    r#"{{"label": "Topic {n}x", "ids": {{"desk": "t{n}"}}, "broader": ["desk:t{}"]}}"#,
                    (n + 1) % 5000
                )
            })
            .collect();
        lines.push(
            r#"{"label": "Leaf", "ids": {"desk": "leaf"}, "broader": ["desk:t7", "desk:gone", "what"]}"#
                .into(),
        );
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let findings = found(&lines);
        let checks: Vec<_> = findings.iter().map(|finding| finding.check).collect();
        assert_eq!(
            checks,
            ["broader-circle", "broader-unreadable", "broader-missing"]
        );
        assert_eq!(findings[0].concepts.len(), 5000);
        assert_eq!(findings[0].label.as_deref(), Some("Topic 0x"));
    }

    #[test]
    fn labels_that_find_nothing_or_everything_are_told() {
        assert_eq!(
            checks(&[
                r#"{"label": "Mobile", "labels": [["—", ""], ["X", "en"], ["2024", ""], ["WHO", ""], ["und", "de"]], "weak": [["Y", ""]]}"#,
                r#"{"label": 3}"#,
                r#"{"label": " "}"#,
                r#"{"label": "中", "labels": [["中国", "zh"]]}"#,
            ]),
            [
                "bad-label",
                "bad-line",
                "unreachable-label",
                "common-word",
                "common-word",
                "number-label",
                "short-label"
            ]
        );
    }
}
