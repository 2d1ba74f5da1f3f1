//! The articles of a trial: numbered, made of the seed and the number alone, of several sizes, some of them poisoned.

use serde_json::json;

/// One article in so many is poisoned.
const POISON_EVERY: u64 = 25;
/// `worker.body_bytes_max` of the trial's workers, so that an oversize article need not be many megabytes.
pub(super) const BODY_BYTES_MAX: usize = 256 << 10;
/// In front of an article's number, in its id and its message's.
const ID: &str = "prove-";

const PARAGRAPH: &str = "The council approved the plan on Tuesday. \"We have waited for ten years,\" said Ann Example, \
    who leads the harbour's board. Work begins in spring and ends, if all goes well, in autumn of the next year.";

/// What must become of an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    Record,
    /// With this cause.
    DeadLetter(&'static str),
}

/// An article as it is fed.
pub(super) struct Article {
    pub(super) body: Vec<u8>,
    pub(super) content_type: &'static str,
    pub(super) message_id: String,
}

/// Which kind of article a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// With so many paragraphs.
    Text(usize),
    Page(usize),
    Malformed,
    WithoutText,
    Oversize,
}

fn kind(seed: u64, number: u64) -> Kind {
    let mut dice = fastrand::Rng::with_seed(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    if dice.u64(..POISON_EVERY) == 0 {
        return match dice.u8(..3) {
            0 => Kind::Malformed,
            1 => Kind::WithoutText,
            _ => Kind::Oversize,
        };
    }
    // Mostly as news are: a few paragraphs; one in twenty is a long read.
    let paragraphs = match dice.u8(..20) {
        0 => 120,
        1..=5 => 30,
        6..=14 => 8,
        _ => 2,
    };
    if dice.bool() {
        Kind::Text(paragraphs)
    } else {
        Kind::Page(paragraphs)
    }
}

/// What must become of the article of this number.
pub(super) fn expected(seed: u64, number: u64) -> Expected {
    match kind(seed, number) {
        Kind::Text(_) | Kind::Page(_) => Expected::Record,
        Kind::Malformed => Expected::DeadLetter("json"),
        Kind::WithoutText => Expected::DeadLetter("no_text"),
        Kind::Oversize => Expected::DeadLetter("too_large"),
    }
}

/// The article of this number.
pub(super) fn article(seed: u64, number: u64) -> Article {
    let id = format!("{ID}{number}");
    let title = title(number);
    let paragraphs = |count: usize, between: &str| vec![PARAGRAPH; count].join(between);
    let body = match kind(seed, number) {
        Kind::Text(count) => json!({
            "id": id,
            "url": format!("https://news.example/{number}"),
            "title": title,
            "text": paragraphs(count, "\n\n"),
            "tags": ["harbour", "council"],
        })
        .to_string(),
        Kind::Page(count) => json!({
            "id": id,
            "url": format!("https://news.example/{number}"),
            "html": format!(
                "<html><head><title>{title}</title></head><body><nav><a href=\"/\">Home</a></nav><article><h1>{title}\
                 </h1><p>{}</p></article><footer>Share this</footer></body></html>",
                paragraphs(count, "</p><p>")
            ),
        })
        .to_string(),
        Kind::Malformed => format!("{{\"id\":\"{id}\",\"text\":\"The end is miss"),
        Kind::WithoutText => json!({"id": id, "title": title}).to_string(),
        Kind::Oversize => json!({"id": id, "text": "x".repeat(BODY_BYTES_MAX)}).to_string(),
    };
    Article {
        body: body.into_bytes(),
        content_type: "application/json",
        message_id: id,
    }
}

/// The headline of a sound article, by which its record is known.
pub(super) fn title(number: u64) -> String {
    format!("Harbour plan {number} approved")
}

/// The number in an id.
pub(super) fn number(id: &str) -> Option<u64> {
    id.strip_prefix(ID)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_articles_and_some_of_each_kind() {
        let kinds: Vec<Kind> = (0..2000).map(|number| kind(7, number)).collect();
        assert_eq!(kinds, (0..2000).map(|number| kind(7, number)).collect::<Vec<_>>());
        assert_ne!(kinds, (0..2000).map(|number| kind(8, number)).collect::<Vec<_>>());
        for poison in [
            Kind::Malformed,
            Kind::WithoutText,
            Kind::Oversize,
            Kind::Text(120),
            Kind::Page(2),
        ] {
            assert!(kinds.contains(&poison), "{poison:?}");
        }
    }

    #[test]
    fn each_article_becomes_what_is_expected_of_it() {
        use crate::config::{Config, Sources};
        use crate::enrich::Enricher;
        use crate::vocabulary::Vocabulary;
        use crate::worker::Enrich as _;
        let config = Config::load(&Sources {
            file: None,
            environment: &|_| None,
            flags: vec![crate::config::Flag {
                flag: "--set".to_owned(),
                setting: "worker.body_bytes_max".to_owned(),
                value: BODY_BYTES_MAX.to_string(),
            }],
        })
        .unwrap();
        let vocabulary = std::sync::Arc::new(Vocabulary::builtin());
        let enricher = Enricher::new(
            std::sync::Arc::clone(&vocabulary),
            config.enrich.limits.clone(),
            config.enrich.stages,
        );
        let live = std::sync::Arc::new(crate::vocabulary::LiveVocabulary::fixed(vocabulary));
        let pipeline = crate::worker::Pipeline::new(
            enricher,
            live,
            config.decode_options(),
            config.output.clone(),
            16 << 20,
        );
        let mut seen = std::collections::BTreeSet::new();
        for at in 0..400 {
            let article = article(7, at);
            assert_eq!(number(&article.message_id), Some(at));
            let envelope = crate::worker::Envelope {
                content_type: Some(article.content_type.to_owned()),
                ..Default::default()
            };
            // As `run` does: a body over the bound is refused unread.
            let became = pipeline
                .enrich(&article.body, &envelope, &crate::worker::Progress::default())
                .outcome;
            match expected(7, at) {
                Expected::Record => {
                    let crate::worker::Made::Product(record) = became.unwrap() else {
                        panic!("nobody is to be asked")
                    };
                    let body: serde_json::Value = serde_json::from_slice(&record.written.body).unwrap();
                    assert_eq!(body["title"], title(at));
                    seen.insert("record");
                }
                Expected::DeadLetter(kind) => {
                    assert_eq!(became.unwrap_err().kind, kind);
                    seen.insert(kind);
                }
            }
        }
        assert_eq!(seen.len(), 4, "{seen:?}");
    }
}
