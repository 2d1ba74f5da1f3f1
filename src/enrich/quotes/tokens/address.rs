//! Addresses of sites: a full stop inside one parts nothing.

/// Whether a word is the address of a site: example.org.
pub(super) fn is_address(word: &str) -> bool {
    word.bytes().any(|byte| byte == b'.')
        && word
            .rsplit_once('.')
            .is_some_and(|(_, end)| !end.is_empty() && is_domain(Some(end)))
}

/// Whether what follows a full stop is the end of an address: example.org.
pub(super) fn is_domain(rest: Option<&str>) -> bool {
    let rest = rest.unwrap_or_default();
    let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
    matches!(
        rest.get(..end),
        Some(
            "com"
                | "org"
                | "net"
                | "info"
                | "eu"
                | "de"
                | "at"
                | "ch"
                | "fr"
                | "es"
                | "it"
                | "pt"
                | "br"
                | "nl"
                | "be"
                | "pl"
                | "cz"
                | "ru"
                | "ua"
                | "se"
                | "uk"
                | "us"
                | "tv"
                | "co"
                | "gov"
                | "edu"
                | "io"
                | "ge"
                | "ir"
                | "cn"
        )
    )
}
