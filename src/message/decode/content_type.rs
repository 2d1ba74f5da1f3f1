//! What a content type says: which reader, and in which charset.

use encoding_rs::Encoding;

use super::DecodeError;

/// How a body is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Html,
    Text,
    /// The message does not say: look at the body.
    Unknown,
}

/// A content type, understood.
#[derive(Debug, Clone, Copy)]
pub(super) struct ContentType {
    pub(super) form: Form,
    pub(super) charset: Option<&'static Encoding>,
}

/// Reads a content type; absent or blank says nothing.
pub(super) fn read(content_type: Option<&str>) -> Result<ContentType, DecodeError> {
    let written = content_type.unwrap_or_default();
    let mut parts = written.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
    let form = match media_type.as_str() {
        "" => Form::Unknown,
        "application/json" | "text/json" => Form::Json,
        suffixed if suffixed.ends_with("+json") => Form::Json,
        "text/html" | "application/xhtml+xml" => Form::Html,
        "text/plain" => Form::Text,
        _ => {
            return Err(DecodeError::UnknownContentType {
                content_type: shortened(written),
            });
        }
    };
    let charset = parts
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
        .and_then(|(_, label)| Encoding::for_label(label.trim().trim_matches(['"', '\'']).as_bytes()));
    Ok(ContentType { form, charset })
}

/// What a stranger wrote, cut to a length fit for a header and a log line.
pub(super) fn shortened(written: &str) -> String {
    const CHARACTERS_MAX: usize = 80;
    let mut short: String = written.chars().take(CHARACTERS_MAX).collect();
    if written.chars().nth(CHARACTERS_MAX).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_and_case_do_not_matter() {
        let read = read(Some("Text/HTML; boundary=x; Charset=\"ISO-8859-2\"")).unwrap();
        assert_eq!(read.form, Form::Html);
        assert_eq!(read.charset.map(Encoding::name), Some("ISO-8859-2"));
    }

    #[test]
    fn every_json_dialect_is_json() {
        for dialect in [
            "application/ld+json",
            "application/vnd.iptc.ninjs+json",
            "text/json",
        ] {
            assert_eq!(read(Some(dialect)).unwrap().form, Form::Json);
        }
    }

    #[test]
    fn an_unknown_type_is_named_and_cut() {
        let error = read(Some(&"x".repeat(5000))).unwrap_err();
        assert_eq!(error.kind(), "content_type");
        assert!(error.to_string().len() < 250);
        assert!(
            read(Some("image/png"))
                .unwrap_err()
                .to_string()
                .contains("image/png")
        );
    }
}
