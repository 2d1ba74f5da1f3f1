//! How values are said to a person, on a page and on a terminal.
//!
//! Absent on purpose: markup and colours. A terminal leaves control characters out of these words by itself.

use std::time::Duration;

use jiff::Timestamp;

use crate::enrich::quotes::{Candidate, Told};
use crate::message::{QuoteKind, RemovedReason, TagKind, TagOrigin, TagRule, Via};

/// Candidates that are shown; the others have a worse score.
pub(crate) const CANDIDATES: usize = 5;

/// RFC 3339 as day and time, without a midnight that nobody meant; any other date as it is.
pub(crate) fn date(published_at: &str) -> String {
    match published_at.split_once('T') {
        Some((day, time)) if day.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') => {
            match time.get(..5) {
                Some(time) if time != "00:00" => format!("{day} {time}"),
                _ => day.to_owned(),
            }
        }
        _ => published_at.to_owned(),
    }
}

/// The reason as the record has it, in words.
pub(crate) fn reason(reason: RemovedReason) -> String {
    reason.name().replace('_', " ")
}

/// How words are quoted, as a word.
pub(crate) fn quote_kind(kind: QuoteKind) -> &'static str {
    match kind {
        QuoteKind::Direct => "direct",
        QuoteKind::Mixed => "mixed",
        QuoteKind::Indirect => "indirect",
    }
}

/// Who speaks and how the name was found, in a sentence.
pub(crate) fn speaker(told: &Told) -> String {
    let Some(speaker) = &told.quote.speaker else {
        return "nobody is named".to_owned();
    };
    let name = spaced(&speaker.name);
    let mention = speaker.mention.as_ref().map(|mention| spaced(&mention.text));
    let how = match (speaker.via, mention) {
        (Via::Continuation, _) | (_, None) => "who speaks already".to_owned(),
        (_, Some(mention)) if mention == name => "named here".to_owned(),
        (Via::Name, Some(mention)) => format!("the article's fullest form of “{mention}”"),
        (Via::Pronoun, Some(mention)) if told.candidates.is_empty() => {
            format!("the last speaker before “{mention}”")
        }
        (Via::Pronoun, Some(mention)) => format!("the likeliest of those whom “{mention}” may mean"),
        (Via::Role, Some(mention)) => format!("who has the role of “{mention}”"),
        (Via::Organisation, Some(mention)) => format!("the body that “{mention}” names"),
    };
    format!("{name}: {how}")
}

/// What counts for a candidate, and what it comes to.
pub(crate) fn case(candidate: &Candidate) -> String {
    let reasons: Vec<String> = candidate
        .reasons
        .iter()
        .map(|(reason, worth)| format!("{} {worth:+.1}", reason.words()))
        .collect();
    format!("{:+.1} ({})", candidate.score, reasons.join(", "))
}

/// Where the confidence comes from.
pub(crate) fn confidence(told: &Told) -> String {
    let found = format!(
        "{:.2}: {:.2} by the way it was found",
        told.quote.confidence, told.trust
    );
    match told.speaker_trust {
        Some(trust) => format!("{found}, times {trust:.2} for the speaker's name"),
        None => found,
    }
}

/// What several tags of a kind are.
pub(crate) fn tag_kinds(kind: TagKind) -> &'static str {
    match kind {
        TagKind::Person => "people",
        TagKind::Place => "places",
        TagKind::Organisation => "organisations",
        TagKind::Event => "events",
        TagKind::Topic => "topics",
        TagKind::Work => "works",
        TagKind::Other => "other",
    }
}

/// What one tag of a kind is.
pub(super) fn tag_kind(kind: TagKind) -> &'static str {
    match kind {
        TagKind::Person => "person",
        TagKind::Place => "place",
        TagKind::Organisation => "organisation",
        TagKind::Event => "event",
        TagKind::Topic => "topic",
        TagKind::Work => "work",
        TagKind::Other => "other",
    }
}

/// Where a tag was found.
pub(super) fn origin(origin: TagOrigin) -> &'static str {
    match origin {
        TagOrigin::Keywords => "keywords",
        TagOrigin::Text => "text",
    }
}

/// Why a tag is the one that it is.
pub(super) fn rule(rule: TagRule) -> &'static str {
    match rule {
        TagRule::Label => "as the vocabulary has it",
        TagRule::Ending => "without an ending",
        TagRule::Article => "without its article",
        TagRule::Parentheses => "by what stands before or in its parentheses",
        TagRule::Number => "in the other number",
        TagRule::Order => "turned round",
        TagRule::Variant => "in another spelling",
        TagRule::Title => "without titles",
        TagRule::Year => "without its year",
        TagRule::Misspelling => "with a slip of the pen mended",
        TagRule::Glued => "cut out of words without a mark between them",
        TagRule::ShortName => "the short name of what the text names in full",
        TagRule::Context => "of several places of this name, the one near the article's others",
        TagRule::Text => "a label found in the text",
        TagRule::Reconciled => "known to the reconciliation service that was asked",
        TagRule::Unknown => "not in the vocabulary, only cleaned",
    }
}

/// A whole number with its thousands parted.
pub(super) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut parted = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            parted.push(',');
        }
        parted.push(digit);
    }
    parted
}

/// So many of something that is called by its name and an *s* where there are more.
pub(super) fn several(count: usize, name: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{} {name}{ending}", number(count as u64))
}

/// A count that a metric gave.
pub(super) fn count(value: f64) -> String {
    // Metrics count in whole numbers, far below where a float leaves any out.
    number(value.max(0.0).round() as u64)
}

/// A rate, with as many digits as tell something.
pub(super) fn rate(rate: f64) -> String {
    match rate {
        rate if rate >= 100.0 => count(rate),
        rate if rate >= 10.0 => format!("{rate:.1}"),
        rate => format!("{rate:.2}"),
    }
}

/// Seconds in the unit that fits.
pub(super) fn seconds(seconds: f64) -> String {
    match seconds {
        seconds if seconds >= 10.0 => format!("{seconds:.0} s"),
        seconds if seconds >= 1.0 => format!("{seconds:.1} s"),
        seconds if seconds >= 0.01 => format!("{:.0} ms", seconds * 1e3),
        seconds if seconds >= 0.001 => format!("{:.1} ms", seconds * 1e3),
        seconds => format!("{:.0} µs", seconds * 1e6),
    }
}

/// How long something lasts, in its two largest units.
pub(super) fn lasting(time: Duration) -> String {
    let seconds = time.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match () {
        () if days > 0 => format!("{days} d {} h", hours % 24),
        () if hours > 0 => format!("{hours} h {} min", minutes % 60),
        () if minutes > 0 => format!("{minutes} min"),
        () => format!("{seconds} s"),
    }
}

/// How long ago a moment is.
pub(super) fn ago(at: Timestamp) -> String {
    let elapsed = Timestamp::now().as_second() - at.as_second();
    format!(
        "{} ago",
        lasting(Duration::from_secs(u64::try_from(elapsed).unwrap_or_default()))
    )
}

/// A moment of the day, in UTC.
pub(super) fn clock(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Bytes in the unit that fits.
pub(super) fn bytes(bytes: usize) -> String {
    match bytes {
        0..1_024 => format!("{bytes} bytes"),
        1_024..1_048_576 => format!("{:.0} KiB", bytes as f64 / 1_024.0),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}

/// White space made single.
fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_said_shortly() {
        assert_eq!(number(1_234_567), "1,234,567");
        assert_eq!(number(123), "123");
        assert_eq!(
            (rate(1234.5).as_str(), rate(12.34).as_str(), rate(0.5).as_str()),
            ("1,235", "12.3", "0.50")
        );
        assert_eq!(seconds(0.000_250), "250 µs");
        assert_eq!(seconds(0.0034), "3.4 ms");
        assert_eq!(seconds(2.52), "2.5 s");
        assert_eq!(lasting(Duration::from_secs(93_784)), "1 d 2 h");
        assert_eq!(bytes(2_048), "2 KiB");
        assert_eq!(date("2026-03-11T15:42:00Z"), "2026-03-11 15:42");
        assert_eq!(date("yesterday"), "yesterday");
    }
}
