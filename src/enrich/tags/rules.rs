//! Which rules of reading are in force.
//!
//! Invariant: a label as the vocabulary has it is always read, and what nothing knows always stays; every other rule can
//! be left out. Deliberately absent: the rules.

use crate::message::TagRule;

/// The rules of reading that run. All of them by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TagRules {
    /// A bit for each that does not.
    off: u32,
}

impl TagRules {
    /// The rules that can be left out, by the name that they have in records.
    pub const OPTIONAL: [(&'static str, TagRule); 13] = [
        ("ending", TagRule::Ending),
        ("article", TagRule::Article),
        ("parentheses", TagRule::Parentheses),
        ("number", TagRule::Number),
        ("order", TagRule::Order),
        ("variant", TagRule::Variant),
        ("title", TagRule::Title),
        ("year", TagRule::Year),
        ("misspelling", TagRule::Misspelling),
        ("glued", TagRule::Glued),
        ("short_name", TagRule::ShortName),
        ("context", TagRule::Context),
        ("text", TagRule::Text),
    ];

    /// The same without one of them.
    #[must_use]
    pub fn without(self, rule: TagRule) -> Self {
        let optional = Self::OPTIONAL.iter().any(|(_, known)| *known == rule);
        let bit = if optional { bit_of(rule) } else { 0 };
        Self { off: self.off | bit }
    }

    /// Whether a rule runs.
    pub fn has(self, rule: TagRule) -> bool {
        self.off & bit_of(rule) == 0
    }

    /// The same as an option, for rules that are a chain of such.
    pub(super) fn run(self, rule: TagRule) -> Option<()> {
        self.has(rule).then_some(())
    }
}

fn bit_of(rule: TagRule) -> u32 {
    1 << rule as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enrich::clean::CleanText;
    use crate::enrich::tags::{Input, read};
    use crate::vocabulary::Vocabulary;

    /// Keywords and a text that one rule reads, and no other would.
    const READ_BY: [(TagRule, &[&str], &str); 13] = [
        (TagRule::Ending, &["Norland's"], ""),
        (TagRule::Article, &["the Norland"], ""),
        (TagRule::Parentheses, &["Norland (country)"], ""),
        (TagRule::Number, &["harbour strikes"], ""),
        (TagRule::Order, &["Brask, Aro (1950-)"], ""),
        (TagRule::Variant, &["Salt War 3"], ""),
        (TagRule::Title, &["President Aro Brask"], ""),
        (TagRule::Year, &["Harbour strike 2024"], ""),
        (TagRule::Misspelling, &["Netherands"], ""),
        (TagRule::Glued, &["Norland Netherlands Aro Brask"], ""),
        (
            TagRule::ShortName,
            &["Brask"],
            "The mayor is Aro Brask. Later Brask left.",
        ),
        (TagRule::Context, &["Norland", "Osthafen"], ""),
        (TagRule::Text, &[], "The mayor is Aro Brask."),
    ];

    fn rules_of(keywords: &[&str], text: &str, rules: TagRules) -> Vec<TagRule> {
        let vocabulary = Vocabulary::of_lines(&[
            r#"{"label": "Norland", "type": "place", "rank": 200, "ids": {"iso": "NO"}}"#,
            r#"{"label": "Norland", "type": "place", "rank": 120, "ids": {"iso3166-2": "WE-NR"}}"#,
            r#"{"label": "Osthafen", "type": "place", "rank": 125, "ids": {"desk": "1"}, "within": "WE-NR"}"#,
            r#"{"label": "Netherlands", "type": "place", "rank": 200, "ids": {"iso": "NL"}}"#,
            r#"{"label": "Aro Brask", "type": "person", "rank": 120, "ids": {"desk": "2"}}"#,
            r#"{"label": "harbour strike", "type": "topic", "ids": {"desk": "3"}}"#,
            r#"{"label": "Salt War III", "type": "event", "ids": {"desk": "4"}}"#,
        ]);
        let input = Input {
            keywords,
            text: &CleanText::verbatim(text.to_owned()),
            title: None,
            language: Some("en"),
        };
        let read = read(&input, &vocabulary, rules, 0);
        read.tags.into_iter().map(|tag| tag.rule).collect()
    }

    #[test]
    fn what_a_rule_reads_is_not_read_without_it() {
        for (rule, keywords, text) in READ_BY {
            let with = rules_of(keywords, text, TagRules::default());
            let without = rules_of(keywords, text, TagRules::default().without(rule));
            // A short name joins what the text says in full, and that is the surer rule.
            let shown = if rule == TagRule::ShortName {
                TagRule::Text
            } else {
                rule
            };
            assert!(with.contains(&shown), "{rule:?}: {with:?}");
            assert!(
                !without.contains(&rule) && with != without,
                "{rule:?}: {without:?}"
            );
        }
    }

    #[test]
    fn a_rule_that_is_left_out_is_alone_in_it() {
        for (name, rule) in TagRules::OPTIONAL {
            assert_eq!(serde_json::to_value(rule).unwrap(), name);
            let rules = TagRules::default().without(rule);
            let off = TagRules::OPTIONAL
                .iter()
                .filter(|(_, rule)| !rules.has(*rule))
                .count();
            assert!(off == 1 && !rules.has(rule), "{name}");
        }
        for rule in [TagRule::Label, TagRule::Unknown, TagRule::Reconciled] {
            assert!(TagRules::default().without(rule).has(rule));
        }
    }
}
