//! The headline out of the page's several titles.

use crate::enrich::clean::lexicon::fold;

/// What parts a headline from the site's name.
const SEPARATORS: [&str; 12] = [
    " | ", " - ", " – ", " — ", " · ", " :: ", " » ", " « ", " • ", " / ", " ‹ ", " > ",
];

/// A title without the site's name: a last or first part goes when it is the site's name or host, or when another of
/// the page's titles is the rest.
pub(in crate::enrich::clean) fn without_site(
    title: &str,
    site: Option<&str>,
    host: Option<&str>,
    others: &[&str],
) -> String {
    let mut title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    // "Headline | Section | Site" has two parts to lose.
    for _ in 0..3 {
        match shorter(&title, site, host, others) {
            Some(short) => title = short,
            None => break,
        }
    }
    title
}

/// Bars that stand right between a headline and the site's name. The first is a letter of Korean, which its editors
/// take for one.
const BARS: [char; 4] = ['ㅣ', '｜', '︱', '|'];

/// A headline before a bar and the site's name, with no space around the bar, and without the section between them:
/// 제목-정치ㅣ신문.
fn before_bar<'a>(title: &'a str, site: Option<&str>, host: Option<&str>) -> Option<&'a str> {
    let (head, tail) = title.rsplit_once(BARS)?;
    if head.chars().count() <= 3 || letters(tail).is_empty() || !is_site(tail, site, host) {
        return None;
    }
    let section = head.rsplit_once('-').filter(|(headline, section)| {
        let hangul = |char: char| ('가'..='힣').contains(&char);
        headline.chars().count() > 8 && section.chars().count() <= 4 && section.chars().all(hangul)
    });
    Some(section.map_or(head, |(headline, _)| headline).trim())
}

fn shorter(title: &str, site: Option<&str>, host: Option<&str>, others: &[&str]) -> Option<String> {
    if let Some(headline) = before_bar(title, site, host) {
        return Some(headline.to_owned());
    }
    for separator in SEPARATORS {
        // Looking for one character costs little, and most titles have none of them.
        let mark = separator.chars().nth(1);
        if !mark.is_some_and(|mark| title.contains(mark)) {
            continue;
        }
        if let Some((head, tail)) = title.rsplit_once(separator) {
            let rest_known = others.iter().any(|other| fold(other) == fold(head));
            if head.chars().count() > 3 && (is_site(tail, site, host) || rest_known) {
                return Some(head.trim().to_owned());
            }
        }
        if let Some((head, tail)) = title.split_once(separator) {
            let rest_known = others.iter().any(|other| fold(other) == fold(tail));
            if tail.chars().count() > 8 && (is_site(head, site, host) || rest_known) {
                return Some(tail.trim().to_owned());
            }
        }
    }
    None
}

fn letters(text: &str) -> String {
    text.chars()
        .filter(|char| char.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether words are the site's name.
pub(in crate::enrich::clean) fn is_site(part: &str, site: Option<&str>, host: Option<&str>) -> bool {
    let part = letters(part);
    if part.is_empty() {
        return true;
    }
    let site = site.map(letters).unwrap_or_default();
    let named = !site.is_empty()
        && (site == part
            || (part.len() > 3 && site.contains(&part))
            || (site.len() > 3 && part.contains(&site) && part.len() < site.len() + 20));
    let host = host.unwrap_or_default();
    let host = host.strip_prefix("www.").unwrap_or(host);
    let labels: Vec<&str> = host.split('.').collect();
    let known = labels.iter().any(|label| {
        let label = letters(label);
        label.len() > 3 && (part == label || part.contains(&label) && part.len() < label.len() + 12)
    });
    let whole = letters(host);
    named || known || (!whole.is_empty() && part == whole) || (part.len() > 4 && whole.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sites_name_goes_and_a_dash_of_the_headline_stays() {
        let host = Some("www.thebugle.example");
        assert_eq!(
            without_site("Rain - and more rain | The Bugle", None, host, &[]),
            "Rain - and more rain"
        );
        assert_eq!(
            without_site("The Bugle: rain - a history", Some("Gazette"), None, &[]),
            "The Bugle: rain - a history"
        );
        assert_eq!(
            without_site("Rain | Weather | Gazette", Some("Gazette"), None, &["Rain"]),
            "Rain"
        );
        assert_eq!(
            without_site(
                "비가 내린다, 사흘째… 강물 불어-날씨ㅣ나팔일보",
                Some("나팔일보"),
                None,
                &[]
            ),
            "비가 내린다, 사흘째… 강물 불어"
        );
        assert_eq!(
            without_site("The yes|no question", Some("Gazette"), None, &[]),
            "The yes|no question"
        );
    }
}
