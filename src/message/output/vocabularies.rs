//! Where the ids of tags have an address.

use std::collections::BTreeMap;

/// Scheme of an id, what stands before it in its URI, and whether the id is written small there.
const SCHEMES: &[(&str, &str, bool)] = &[
    ("wikidata", "http://www.wikidata.org/entity/", false),
    ("medtop", "http://cv.iptc.org/newscodes/mediatopic/", false),
    ("iso3166", "http://cvx.iptc.org/iso3166-1a2/", true),
    ("geonames", "https://sws.geonames.org/", false),
];

/// An id with its scheme's address.
pub(super) struct Known<'a> {
    /// The id as it is.
    pub(super) code: &'a str,
    /// Where the scheme's ids stand.
    pub(super) set: &'static str,
    /// The id as a URI.
    pub(super) uri: String,
}

/// The ids that have an address, the best known scheme first.
pub(super) fn known(ids: &BTreeMap<String, String>) -> impl Iterator<Item = Known<'_>> {
    SCHEMES.iter().filter_map(|(scheme, set, small)| {
        let code = ids.get(*scheme)?;
        let written = if *small { code.to_lowercase() } else { code.clone() };
        Some(Known {
            code,
            set,
            uri: format!("{set}{written}"),
        })
    })
}

/// An article's id as a URI: itself if it is one.
pub(super) fn uri_of(id: &str) -> String {
    // A bare `urn:` or `tag:` has no host, and no scheme has one letter or a space in it.
    match url::Url::parse(id) {
        Ok(url) if url.scheme().len() > 1 => id.to_owned(),
        _ => {
            let escaped: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
            format!("urn:newsmill:{}", escaped.replace('+', "%20"))
        }
    }
}

/// The inverse of [`uri_of`].
pub(in crate::message) fn id_of_uri(uri: &str) -> Option<String> {
    let escaped = uri.strip_prefix("urn:newsmill:")?;
    let escaped = escaped.replace('+', "%2B");
    let (id, _) = url::form_urlencoded::parse(escaped.as_bytes()).next()?;
    Some(id.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_becomes_a_uri_and_comes_back() {
        for id in [
            "a-1",
            "content:e6ef",
            "Überschrift + 100 %",
            "12:30 Uhr",
            "C:\\x",
            "urn:x:1",
            "https://e.example/a",
        ] {
            let uri = uri_of(id);
            assert!(url::Url::parse(&uri).is_ok(), "{uri}");
            assert_eq!(id_of_uri(&uri).unwrap_or(uri), id);
        }
    }
}
