//! Authors' names out of bylines.
//!
//! Invariant: a name has no role, date, address or link in it, and stands once.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::enrich::clean::lexicon::fold;

#[derive(Debug, Default)]
struct Table {
    before: Vec<String>,
    between: HashSet<String>,
    roles: HashSet<String>,
    nobody: HashSet<String>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table::default();
    for line in include_str!("../lexicon/bylines.txt").lines() {
        let Some((kind, words)) = line.split_once(':').filter(|_| !line.starts_with('#')) else {
            continue;
        };
        let words = words.split(", ").map(|word| word.trim().to_lowercase());
        match kind {
            "before" => table.before.extend(words),
            "between" => table.between.extend(words),
            "roles" => table.roles.extend(words),
            "nobody" => table.nobody.extend(words),
            _ => {}
        }
    }
    // The longest first, so that "written by" goes before "by".
    table.before.sort_by_key(|word| std::cmp::Reverse(word.len()));
    table
});

/// Longest name in bytes. Longer ones are sentences.
const NAME_BYTES_MAX: usize = 70;

/// Whether a line begins as bylines do; the rest of it.
pub(in crate::enrich::clean) fn after_by(line: &str) -> Option<&str> {
    let lower = line.to_lowercase();
    // Case changes no lengths in the words of the table, or the cut below finds no boundary.
    TABLE.before.iter().find_map(|word| {
        let rest = lower.strip_prefix(word.as_str())?;
        let parted = rest.starts_with([' ', ':', '\u{a0}', '/', '：']) || word.ends_with([':', '/']);
        if !parted {
            return None;
        }
        let rest = line.get(word.len()..)?;
        Some(rest.trim_start_matches([' ', ':', '\u{a0}', '/', '：']))
    })
}

/// The names in bylines and author fields; `site` is never one.
pub(in crate::enrich::clean) fn of<'a>(
    fields: impl IntoIterator<Item = &'a str>,
    site: Option<&str>,
) -> Vec<String> {
    let site = site.map(fold).unwrap_or_default();
    let mut names: Vec<String> = Vec::new();
    for field in fields {
        // Many pages give a link to a profile as the author.
        if field.contains("://") {
            continue;
        }
        for part in parts(field) {
            let Some(name) = name(&part) else { continue };
            let folded = fold(&name);
            if folded == site || names.iter().any(|known| fold(known) == folded) {
                continue;
            }
            names.push(name);
        }
    }
    names.truncate(20);
    names
}

/// A field cut where one name ends and the next begins.
fn parts(field: &str) -> Vec<String> {
    let mut out = Vec::new();
    for piece in field.chars().take(600).collect::<String>().split([
        ',', ';', '|', '\n', '•', '·', '、', '/', '–', '—', '(', ')', '<', '>', '&', '，', '+',
    ]) {
        let mut current = String::new();
        for word in piece.split_whitespace() {
            let joins = TABLE.between.contains(&word.to_lowercase())
                && word
                    .chars()
                    .next()
                    .is_some_and(|char| !char.is_uppercase() || word.len() > 1);
            // "y" and "e" also stand inside Spanish and Portuguese names; two words on either side make two people.
            if joins && !current.is_empty() {
                out.push(std::mem::take(&mut current));
            } else {
                if !current.is_empty() {
                    current.push(' ');
                }
                current.push_str(word);
            }
        }
        if !current.is_empty() {
            out.push(current);
        }
    }
    out
}

fn name(part: &str) -> Option<String> {
    let mut part = part
        .trim()
        .trim_matches(|char: char| !char.is_alphanumeric() && !matches!(char, '.' | '\'' | '’' | '"'));
    while let Some(rest) = after_by(part) {
        if rest.len() == part.len() {
            break;
        }
        part = rest;
    }
    let part = part.trim().trim_end_matches(['.', ':', '-']).trim();
    let folded = fold(part);
    if part.is_empty()
        || part.len() > NAME_BYTES_MAX
        || part
            .chars()
            .any(|char| char.is_ascii_digit() || matches!(char, '@' | '#' | '{' | '='))
        || part.contains("://")
        || part.contains("www.")
        || TABLE.nobody.contains(&folded)
        || !part.chars().any(char::is_alphabetic)
    {
        return None;
    }
    let words: Vec<&str> = folded.split(' ').collect();
    if words.len() > 6
        || words.iter().any(|word| TABLE.roles.contains(*word))
        || TABLE.roles.contains(&folded)
    {
        return None;
    }
    let spaced = !part.chars().any(crate::enrich::clean::lexicon::is_unspaced);
    if spaced && part.chars().filter(|char| char.is_alphabetic()).count() < 3 {
        return None;
    }
    Some(unshout(part))
}

/// A name in capitals, in the usual form.
fn unshout(name: &str) -> String {
    let shouted = name.contains(' ')
        && name
            .chars()
            .filter(|char| char.is_alphabetic())
            .all(char::is_uppercase);
    if !shouted || !name.chars().any(char::is_lowercase) && name.chars().all(|char| !char.is_uppercase()) {
        return name.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    let mut out = String::new();
    let mut inside = false;
    for char in name.chars() {
        if inside && char.is_alphabetic() {
            out.extend(char.to_lowercase());
        } else {
            out.push(char);
        }
        inside = char.is_alphabetic();
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_byline_gives_its_names_without_roles() {
        assert_eq!(
            of(["By Ada Bell and Jo March, Senior Correspondent"], None),
            ["Ada Bell", "Jo March"]
        );
        assert_eq!(of(["Von Karl May"], None), ["Karl May"]);
        assert_eq!(of(["JANE DOE"], None), ["Jane Doe"]);
        assert!(of(["admin", "https://a.example/jo"], None).is_empty());
        assert!(of(["Daily Bugle"], Some("Daily Bugle")).is_empty());
    }

    proptest! {
        #[test]
        fn any_field_is_read(field in "\\PC{0,80}") {
            let _names = of([field.as_str()], Some("x"));
        }
    }
}
