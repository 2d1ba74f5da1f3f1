//! Unknown tags, and what somebody outside knows of them.
//!
//! Invariant: what the vocabulary knows is never changed by an answer; a tag that means what another one means already
//! is merged into that.
//!
//! Absent on purpose: asking. Answers come as values.

use crate::message::{Tag, TagCandidate, TagOrigin, TagRule};

/// The service's word is taken for it; how often it is right is not ours to count.
const CONFIDENCE: f32 = 0.8;

/// Labels of the tags that nothing is known of, the first `most`.
pub fn unknown_labels(tags: &[Tag], most: usize) -> Vec<String> {
    tags.iter()
        .filter(|tag| tag.ids.is_empty())
        .take(most)
        .map(|tag| tag.label.clone())
        .collect()
}

/// Takes the unknown tag of this label for what is known of it.
pub fn reconcile(tags: &mut Vec<Tag>, label: &str, known: &TagCandidate) {
    let Some(at) = tags
        .iter()
        .position(|tag| tag.ids.is_empty() && tag.label == label)
    else {
        return;
    };
    let same = tags.iter().position(|tag| {
        tag.ids
            .iter()
            .any(|(scheme, id)| known.ids.get(scheme) == Some(id))
    });
    if same.is_some() {
        let unknown = tags.remove(at);
        // Its place may have moved by one.
        let same = same.map(|same| if same > at { same - 1 } else { same });
        if let Some(tag) = same.and_then(|same| tags.get_mut(same)) {
            merge(tag, unknown);
        }
    } else if let Some(tag) = tags.get_mut(at) {
        tag.label.clone_from(&known.label);
        tag.kind = known.kind;
        tag.ids.clone_from(&known.ids);
        tag.rule = TagRule::Reconciled;
        tag.confidence = CONFIDENCE;
    }
}

/// Another name of the same, with whatever spoke for it.
fn merge(tag: &mut Tag, other: Tag) {
    for raw in other.raw {
        if !tag.raw.contains(&raw) {
            tag.raw.push(raw);
        }
    }
    for origin in other.from {
        if !tag.from.contains(&origin) {
            tag.from.push(origin);
        }
    }
    tag.from.sort_by_key(|origin| *origin != TagOrigin::Keywords);
    tag.mentions.extend(other.mentions);
    tag.mentions.sort_by_key(|mention| mention.start);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Span, TagKind};

    fn tag(label: &str, id: Option<&str>, from: TagOrigin) -> Tag {
        Tag {
            label: label.to_owned(),
            kind: TagKind::Other,
            ids: id
                .map(|id| ("wikidata".to_owned(), id.to_owned()))
                .into_iter()
                .collect(),
            from: vec![from],
            raw: vec![label.to_lowercase()],
            mentions: Vec::new(),
            rule: TagRule::Unknown,
            confidence: 0.5,
            candidates: Vec::new(),
        }
    }

    fn known(label: &str, id: &str) -> TagCandidate {
        TagCandidate {
            label: label.to_owned(),
            kind: TagKind::Person,
            ids: [("wikidata".to_owned(), id.to_owned())].into(),
        }
    }

    #[test]
    fn only_the_unknown_are_asked_for_and_not_without_end() {
        let tags = [
            tag("Aro", None, TagOrigin::Keywords),
            tag("Bel", Some("Q1"), TagOrigin::Keywords),
            tag("Cid", None, TagOrigin::Keywords),
            tag("Dor", None, TagOrigin::Keywords),
        ];
        assert_eq!(unknown_labels(&tags, 2), ["Aro", "Cid"]);
        assert!(unknown_labels(&tags, 0).is_empty());
    }

    #[test]
    fn an_answer_names_the_tag_and_says_where_it_is_from() {
        let mut tags = vec![tag("A. Aro", None, TagOrigin::Keywords)];
        reconcile(&mut tags, "A. Aro", &known("Anna Aro", "Q7"));
        let [aro] = tags.as_slice() else {
            panic!("{tags:?}")
        };
        assert_eq!((aro.label.as_str(), aro.kind), ("Anna Aro", TagKind::Person));
        assert_eq!((aro.rule, aro.confidence), (TagRule::Reconciled, CONFIDENCE));
        assert_eq!(aro.raw, ["a. aro"]);
    }

    #[test]
    fn what_means_the_same_becomes_one_tag_wherever_it_stands() {
        for known_first in [true, false] {
            let mut mentioned = tag("Anna Aro", Some("Q7"), TagOrigin::Text);
            mentioned.mentions = vec![Span {
                start: 5,
                end: 9,
                text: "Anna".to_owned(),
            }];
            let mut tags = vec![
                tag("A. Aro", None, TagOrigin::Keywords),
                tag("Bel", Some("Q1"), TagOrigin::Text),
            ];
            tags.insert(if known_first { 0 } else { 2 }, mentioned);
            reconcile(&mut tags, "A. Aro", &known("Anna Aro", "Q7"));
            assert_eq!(tags.len(), 2);
            let aro = tags.iter().find(|tag| tag.label == "Anna Aro").unwrap();
            assert_eq!(aro.from, [TagOrigin::Keywords, TagOrigin::Text]);
            assert_eq!(aro.raw, ["anna aro", "a. aro"]);
            assert_eq!((aro.rule, aro.mentions.len()), (TagRule::Unknown, 1));
        }
    }

    #[test]
    fn what_the_vocabulary_knows_is_left_alone() {
        let before = vec![tag("Bel", Some("Q1"), TagOrigin::Keywords)];
        let mut tags = before.clone();
        reconcile(&mut tags, "Bel", &known("Another", "Q2"));
        assert_eq!(tags, before);
    }
}
