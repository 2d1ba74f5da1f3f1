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
    desks: HashSet<String>,
    particles: HashSet<String>,
    after: Vec<String>,
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
            "desks" => table.desks.extend(words),
            "particles" => table.particles.extend(words),
            "after" => table.after.extend(words),
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

/// How far a field is trusted to hold authors and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::enrich::clean) enum Trust {
    /// Data that call it an author: a newsroom or the site itself may be one.
    Told,
    /// Data or a caller's byline, where persons are wanted.
    Person,
    /// Text of the page's markup: what does not look like a name ends the list.
    Seen,
}

/// The names in bylines and author fields; `site` is one only where the page's data say so.
pub(in crate::enrich::clean) fn of<'a>(
    fields: impl IntoIterator<Item = &'a str>,
    site: Option<&str>,
    trust: Trust,
) -> Vec<String> {
    let site = site.map(fold).unwrap_or_default();
    let mut names: Vec<String> = Vec::new();
    for field in fields {
        // Many pages give a link to a profile as the author.
        if field.contains("://") {
            continue;
        }
        let parts = parts(field);
        let alone = parts.len() == 1;
        for (at, part) in parts.iter().enumerate() {
            let part = without_site(part, &site, trust);
            let found = match trust {
                Trust::Told => told_name(part, at, alone),
                Trust::Person => name(part),
                Trust::Seen => {
                    let name = name(part).filter(|name| {
                        is_name_like(name) && (alone || name.contains(' ') || !is_cased(name))
                    });
                    // Prose about the author begins where the names end.
                    if name.is_none() && !names.is_empty() {
                        break;
                    }
                    name
                }
            };
            let Some(name) = found else { continue };
            let folded = fold(&name);
            if (folded == site && trust != Trust::Told) || names.iter().any(|known| fold(known) == folded) {
                continue;
            }
            names.push(name);
        }
    }
    names.truncate(20);
    names
}

/// A part without the site's name behind the author's: "Ada Bell The Bugle".
fn without_site<'a>(part: &'a str, site: &str, trust: Trust) -> &'a str {
    if trust == Trust::Told || site.is_empty() {
        return part;
    }
    let words = site.split(' ').count();
    let mut cut = part.len();
    for (at, word) in part.rmatch_indices(' ').take(words) {
        debug_assert_eq!(word, " ");
        cut = at;
    }
    match (part.get(..cut), part.get(cut..)) {
        (Some(name), Some(rest)) if name.contains(' ') && fold(rest) == site => name,
        _ => part,
    }
}

fn is_cased(text: &str) -> bool {
    text.chars()
        .any(|char| char.is_lowercase() || char.is_uppercase())
}

/// Whether words are written as names are: capitals but for particles.
fn is_name_like(name: &str) -> bool {
    if !is_cased(name) {
        return name.chars().count() <= 12;
    }
    let mut words = name.split(' ').filter(|word| !word.is_empty());
    let capital = |word: &str| {
        word.chars()
            .find(|char| char.is_alphabetic())
            .is_some_and(|char| !char.is_lowercase())
    };
    name.split(' ').count() <= 5
        && name
            .split(' ')
            .next()
            .is_some_and(|word| capital(word) || TABLE.particles.contains(word))
        && words.all(|word| {
            capital(word)
                || TABLE.particles.contains(&word.to_lowercase())
                || word.starts_with(['d', 'l']) && word.contains(['\'', '’'])
        })
        && name.split(' ').any(capital)
}

/// Whether a word is a site's address rather than its name.
fn is_host(word: &str) -> bool {
    !word.contains(' ') && word.contains('.') && !word.ends_with('.') && word.len() > 5
}

/// A name that data call an author: a person, a newsroom, the site.
fn told_name(part: &str, at: usize, alone: bool) -> Option<String> {
    if let Some(name) = name(part) {
        // "Ada Bell, MD" has one author.
        let degree = at > 0 && !name.contains(' ') && name.len() <= 5 && name.chars().all(char::is_uppercase);
        return (!degree).then_some(name);
    }
    let part = part.trim();
    let folded = fold(part);
    let words = folded.split(' ').filter(|word| !word.is_empty());
    let roles = words.clone().filter(|word| TABLE.roles.contains(*word)).count();
    let letters = part.chars().filter(|char| char.is_alphabetic()).count();
    let digits = part.chars().filter(char::is_ascii_digit).count();
    let refused = part.len() > NAME_BYTES_MAX
        || words.clone().count() > 6
        || letters < 2
        || is_host(part)
        || digits * 2 > letters
        || part.contains(['@', '{', '=', '#'])
        || TABLE.nobody.contains(&folded)
        || (letters < 3 && !alone)
        // "Senior Correspondent" after a name is its role; a newsroom's name has a word of its own.
        || (roles > 0 && (at > 0 || roles == words.count() && !TABLE.desks.contains(&folded)));
    (!refused).then(|| part.split_whitespace().collect::<Vec<_>>().join(" "))
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
    let part = TABLE
        .after
        .iter()
        .find_map(|role| part.strip_suffix(role.as_str()))
        .filter(|name| name.ends_with(char::is_whitespace))
        .map_or(part, str::trim_end);
    let folded = fold(part);
    if part.is_empty()
        || part.len() > NAME_BYTES_MAX
        || part
            .chars()
            .any(|char| char.is_ascii_digit() || matches!(char, '@' | '#' | '{' | '='))
        || part.contains("://")
        || part.contains("www.")
        || is_host(part)
        || TABLE.nobody.contains(&folded)
        || TABLE.desks.contains(&folded)
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
        let person = |fields: &[&str]| of(fields.iter().copied(), None, Trust::Person);
        assert_eq!(
            person(&["By Ada Bell and Jo March, Senior Correspondent"]),
            ["Ada Bell", "Jo March"]
        );
        assert_eq!(person(&["Von Karl May"]), ["Karl May"]);
        assert_eq!(person(&["JANE DOE"]), ["Jane Doe"]);
        assert_eq!(person(&["김하나 기자"]), ["김하나"]);
        assert!(person(&["admin", "https://a.example/jo", "bugle.example"]).is_empty());
        assert!(of(["Daily Bugle"], Some("Daily Bugle"), Trust::Person).is_empty());
    }

    #[test]
    fn a_newsroom_is_an_author_where_data_say_so() {
        let told = |field: &str| of([field], Some("Daily Bugle"), Trust::Told);
        assert_eq!(told("Daily Bugle"), ["Daily Bugle"]);
        assert_eq!(told("Bugle24 Redaktion"), ["Bugle24 Redaktion"]);
        assert_eq!(told("Ada Bell, Senior Correspondent"), ["Ada Bell"]);
        assert_eq!(told("Ada Bell, MD"), ["Ada Bell"]);
        assert!(told("admin").is_empty());
        assert_eq!(told("Editorial Team"), ["Editorial Team"]);
    }

    #[test]
    fn prose_about_an_author_is_no_author() {
        let seen = |field: &str| of([field], Some("Daily Bugle"), Trust::Seen);
        assert_eq!(seen("Ada Bell Daily Bugle"), ["Ada Bell"]);
        assert_eq!(seen("Ada Bell, who keeps bees, lives in Hull"), ["Ada Bell"]);
        assert!(seen("free tools, helping homeowners, and confidence").is_empty());
        assert_eq!(seen("Ludwig van Beethoven"), ["Ludwig van Beethoven"]);
    }

    proptest! {
        #[test]
        fn any_field_is_read(field in "\\PC{0,80}") {
            for trust in [Trust::Told, Trust::Person, Trust::Seen] {
                let _names = of([field.as_str()], Some("x y"), trust);
            }
        }
    }
}
