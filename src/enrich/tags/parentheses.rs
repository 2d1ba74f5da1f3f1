//! Parentheses after a name: an abbreviation, a gloss, or what tells it from its namesakes.
//!
//! Invariant: what tells a thing from its namesakes is never dropped: `Android (robot)` is not `Android`.

use super::tables::QUALIFIERS;
use crate::vocabulary::fold::{fold, tokens};

/// What parentheses at the end of a string are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Gloss<'t> {
    /// They only explain what stands before them.
    Of(&'t str),
    /// They are short for what stands before them: both are given.
    Short(&'t str, &'t str),
    /// They spell out what stands before them.
    SpeltOut(&'t str),
    /// They are part of the name.
    Part,
}

/// Reads the parentheses at the end of `text`, if there are any.
pub(super) fn read(text: &str) -> Option<Gloss<'_>> {
    let (before, rest) = text.split_once('(')?;
    let inside = rest.strip_suffix(')')?.trim();
    let before = before.trim();
    if before.is_empty() || inside.is_empty() || inside.contains('(') {
        return None;
    }
    Some(if is_short_for(inside, before) {
        Gloss::Short(before, inside)
    } else if QUALIFIERS.has(inside) || inside.contains(',') || is_capitals(inside) {
        Gloss::Of(before)
    } else if is_short_for(before, inside) {
        Gloss::SpeltOut(inside)
    } else {
        Gloss::Part
    })
}

/// A code in capitals: the abbreviation of a country, a city or of the name in another language.
fn is_capitals(text: &str) -> bool {
    (2..=5).contains(&text.chars().count()) && text.chars().all(|char| char.is_uppercase() || char == '.')
}

/// Whether the letters of `short` begin words of `long`, in order, the first one with the first.
pub(super) fn is_short_for(short: &str, long: &str) -> bool {
    let letters: Vec<char> = fold(short).chars().filter(|char| *char != ' ').collect();
    if short.contains(' ') || !(2..=8).contains(&letters.len()) || letters.len() * 2 > long.chars().count() {
        return false;
    }
    let words: Vec<String> = tokens(long)
        .into_iter()
        .map(|token| fold(long.get(token).unwrap_or_default()))
        .collect();
    let folded: Vec<char> = words.concat().chars().collect();
    let starts = folded.first() == letters.first();
    let mut left = folded.into_iter();
    // A subsequence: "DSGV" of "Deutscher Sparkassen- und Giroverband".
    starts && words.len() > 1 && letters.iter().all(|letter| left.any(|char| char == *letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abbreviations_and_glosses_go_but_what_tells_namesakes_apart_stays() {
        assert_eq!(
            read("Common Foreign Policy (CFP)"),
            Some(Gloss::Short("Common Foreign Policy", "CFP"))
        );
        assert_eq!(
            read("VdK (Verband der Kriegsbeschädigten)"),
            Some(Gloss::SpeltOut("Verband der Kriegsbeschädigten"))
        );
        assert_eq!(read("Foreign Debt (US)"), Some(Gloss::Of("Foreign Debt")));
        assert_eq!(read("Influenza (disease)"), Some(Gloss::Of("Influenza")));
        assert_eq!(read("Mercury (element)"), Some(Gloss::Part));
        assert_eq!(read("Granada (Nicaragua)"), Some(Gloss::Part));
        assert_eq!(read("no parentheses"), None);
    }
}
