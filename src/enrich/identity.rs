//! The id of an article that came without one: the same article always gives the same id.

use sha2::{Digest, Sha256};

use crate::message::RawArticle;

/// The sender's id, else one derived from the URL, else one derived from the content.
pub fn of(article: &RawArticle) -> String {
    if let Some(id) = article.id.as_deref().filter(|id| !id.trim().is_empty()) {
        return id.to_owned();
    }
    if let Some(url) = article.url.as_deref().filter(|url| !url.trim().is_empty()) {
        return format!("url:{}", digest(&[url.trim()]));
    }
    let [title, html, text] =
        [&article.title, &article.html, &article.text].map(|field| field.as_deref().unwrap_or_default());
    format!("content:{}", digest(&[title, html, text]))
}

/// 128 bits of SHA-256 over the parts, with their lengths so that no two lists of parts are one.
fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize()
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn article(url: Option<&str>, text: &str) -> RawArticle {
        RawArticle {
            url: url.map(str::to_owned),
            text: Some(text.to_owned()),
            ..RawArticle::default()
        }
    }

    #[test]
    fn the_senders_id_wins() {
        let sent = RawArticle {
            id: Some("a-1".to_owned()),
            ..article(Some("https://a.example/1"), "x")
        };
        assert_eq!(of(&sent), "a-1");
    }

    #[test]
    fn the_same_url_is_the_same_article_whatever_it_says_now() {
        let url = Some("https://a.example/1");
        assert_eq!(of(&article(url, "before")), of(&article(url, "after")));
        assert_ne!(of(&article(None, "before")), of(&article(None, "after")));
    }
}
