//! What a dead letter's body says of itself, as far as it can be read.
//!
//! Invariant: a body that breaks off or is no article at all gives what stood before the break, never an error.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use url::Url;

/// The article's own words about itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) id: Option<String>,
    pub(super) source: Option<String>,
    pub(super) url: Option<String>,
}

impl Told {
    /// Reads the top level of a JSON object, up to where it stops being one.
    pub(super) fn by(body: &[u8]) -> Self {
        let mut told = Self::default();
        let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
        if body.trim_ascii_start().first() == Some(&b'{') {
            let mut reader = serde_json::Deserializer::from_slice(body);
            // What was read before an error stays.
            drop(reader.deserialize_map(Fields(&mut told)));
        }
        told
    }

    /// Who sent it: the named source, else the host of the address.
    pub(super) fn sender(&self) -> Option<String> {
        self.source.clone().or_else(|| {
            let url = Url::parse(self.url.as_deref()?).ok()?;
            let host = url.host_str()?;
            Some(host.strip_prefix("www.").unwrap_or(host).to_owned())
        })
    }
}

struct Fields<'a>(&'a mut Told);

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an article")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            let field = match name.as_str() {
                "id" => &mut self.0.id,
                "source" => &mut self.0.source,
                "url" => &mut self.0.url,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *field = match map.next_value::<serde_json::Value>()? {
                serde_json::Value::String(text) => Some(text).filter(|text| !text.trim().is_empty()),
                serde_json::Value::Number(number) => Some(number.to_string()),
                _ => None,
            };
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_body_that_breaks_off_still_tells_who_sent_it() {
        let told = Told::by(b"{\"id\": 7, \"url\": \"https://www.paper.example/a\", \"text\": \"cut sho");
        assert_eq!(told.id.as_deref(), Some("7"));
        assert_eq!(told.sender().as_deref(), Some("paper.example"));
    }

    #[test]
    fn a_named_source_goes_before_the_address() {
        let told = Told::by(b"{\"source\":\"The Paper\",\"url\":\"https://cdn.example/a\"}");
        assert_eq!(told.sender().as_deref(), Some("The Paper"));
        assert_eq!(Told::by(b"<p>no article</p>"), Told::default());
        assert_eq!(Told::by(b"{\"source\": [1], \"url\": \"\"}"), Told::default());
    }

    proptest! {
        #[test]
        fn any_bytes_are_looked_at_without_harm(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut object = b"{\"url\":".to_vec();
            object.extend(&body);
            drop((Told::by(&body), Told::by(&object)));
        }
    }
}
