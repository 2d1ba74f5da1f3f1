//! The enriched record, as it is written to the downstream queue.
//!
//! Field names and meanings are a promise to consumers: `docs/messages.md` says what may change. The JSON
//! Schema in `schema/` is generated from these types.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Span;

/// Name and version of the record's form; also the AMQP `type` of the message.
pub const SCHEMA: &str = "newsmill/enriched/1";

/// An article with its clean text, quotes and canonical tags.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EnrichedRecord {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The sender's id, or one derived from the URL or the content.
    pub id: String,
    /// The canonical URL if the page names one on the same site, else where it was found.
    pub url: Option<String>,
    /// Who published it.
    pub source: Option<String>,
    /// BCP 47 code.
    pub language: Option<String>,
    /// The headline, without the site's name.
    pub title: Option<String>,
    /// The authors' names, without roles.
    pub authors: Vec<String>,
    /// RFC 3339, with the offset from UTC that the page tells.
    pub published_at: Option<String>,
    /// RFC 3339, with the offset from UTC that the page tells.
    pub modified_at: Option<String>,
    /// URL of the main picture.
    pub image: Option<String>,
    /// Summary or deck.
    pub description: Option<String>,
    /// The site's section that it stands in, as the page names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// Whether all of it may be read without paying, as the page says: `false` behind a paywall, a meter included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_accessible_for_free: Option<bool>,
    /// The article's own words; paragraphs parted by one blank line.
    pub text: String,
    /// Picture captions that stood in the page or the text.
    pub captions: Vec<Caption>,
    /// What was taken out, line by line, up to a configured number of bytes.
    pub removed: Vec<Removed>,
    /// Who said what.
    pub quotes: Vec<Quote>,
    /// Canonical tags from the keywords and from the text.
    pub tags: Vec<Tag>,
    /// Keywords that gave no tag, up to a configured number of bytes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed_keywords: Vec<RemovedKeyword>,
    /// For finding twins and near-twins.
    pub fingerprint: Fingerprint,
    /// Counts over `text`.
    pub stats: Stats,
    /// Who made this record, and what it had to say about it.
    pub enrichment: Enrichment,
    /// Fields of the raw article that are not ours, untouched.
    pub extra: Map<String, Value>,
}

/// A caption and whose picture it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Caption {
    /// The caption's words.
    pub text: String,
    /// Agency or photographer.
    pub credit: Option<String>,
}

/// A line or block that is not the article's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Removed {
    /// The rule that took it out.
    pub reason: RemovedReason,
    /// What was taken out.
    pub text: String,
}

/// Why something was taken out of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RemovedReason {
    /// The headline again.
    DuplicateTitle,
    /// The summary above the text.
    Deck,
    /// Keywords in a row; they go to the tags.
    KeywordLine,
    /// Links to other stories and their headings.
    RelatedLinks,
    /// An error of the server or its templates.
    ServerErrorText,
    /// A placeholder that a template did not fill.
    TemplateLeftover,
    /// "Share this", "Follow us".
    SharePrompt,
    /// An invitation to subscribe.
    Newsletter,
    /// An advert or its label.
    Advert,
    /// Consent and privacy notices.
    CookieNotice,
    /// A copyright line.
    Copyright,
    /// Who wrote it.
    Byline,
    /// When, or how long to read.
    Dateline,
    /// Whose picture it is.
    PhotoCredit,
    /// A picture's caption; it goes to the captions.
    Caption,
    /// Readers' comments and their prompts.
    Comments,
    /// A wall before the rest of the text.
    Paywall,
    /// Navigation: menus, breadcrumbs, headers, footers.
    Navigation,
    /// A line that stood before already.
    Duplicate,
    /// Standing text of the site or the company.
    Boilerplate,
}

impl RemovedReason {
    /// As records write it; also a metric's label.
    pub fn name(self) -> &'static str {
        match self {
            Self::DuplicateTitle => "duplicate_title",
            Self::Deck => "deck",
            Self::KeywordLine => "keyword_line",
            Self::RelatedLinks => "related_links",
            Self::ServerErrorText => "server_error_text",
            Self::TemplateLeftover => "template_leftover",
            Self::SharePrompt => "share_prompt",
            Self::Newsletter => "newsletter",
            Self::Advert => "advert",
            Self::CookieNotice => "cookie_notice",
            Self::Copyright => "copyright",
            Self::Byline => "byline",
            Self::Dateline => "dateline",
            Self::PhotoCredit => "photo_credit",
            Self::Caption => "caption",
            Self::Comments => "comments",
            Self::Paywall => "paywall",
            Self::Navigation => "navigation",
            Self::Duplicate => "duplicate",
            Self::Boilerplate => "boilerplate",
        }
    }
}

/// A keyword that says nothing of what the article is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RemovedKeyword {
    /// What it was taken for.
    pub reason: KeywordReason,
    /// As it was sent.
    pub raw: String,
}

/// Why a keyword gave no tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeywordReason {
    /// An address, an id, a number, a parameter.
    Code,
    /// A standing phrase of sites, a word without meaning of its own, nothing at all.
    Phrase,
    /// A key or slug of the site's machinery.
    Machinery,
    /// A sentence: a headline, a link's text.
    Sentence,
    /// Larger than a keyword can be, or one too many.
    TooMuch,
}

impl KeywordReason {
    /// As records write it; also a metric's label.
    pub fn name(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Phrase => "phrase",
            Self::Machinery => "machinery",
            Self::Sentence => "sentence",
            Self::TooMuch => "too_much",
        }
    }
}

/// A quotation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Quote {
    /// First code point of the quotation's words.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// The text between them.
    pub text: String,
    /// With marks, with some, or without.
    pub kind: QuoteKind,
    /// The pieces of a quotation that its own attribution splits, or that runs over paragraphs; else empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Span>,
    /// Who said it; none when nobody can be named.
    pub speaker: Option<Speaker>,
    /// The word that attributes it.
    pub cue: Option<Span>,
    /// 0 to 1.
    pub confidence: f32,
}

/// How the words are quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuoteKind {
    /// Inside marks, a sentence of its own.
    Direct,
    /// Marks inside the reporter's sentence.
    Mixed,
    /// No marks.
    Indirect,
}

/// Whoever said it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Speaker {
    /// Where the text names the speaker; none for a continuation.
    pub mention: Option<Span>,
    /// The fullest name that the article gives for that mention.
    pub name: String,
    /// How the name was found.
    pub via: Via,
}

/// How a speaker's name was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// The mention is a name.
    Name,
    /// The mention is a pronoun.
    Pronoun,
    /// The mention is a role: "the minister".
    Role,
    /// The mention is an organisation, a document or another source.
    Organisation,
    /// The quotation goes on from the one before it.
    Continuation,
}

/// A canonical tag.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tag {
    /// The canonical label; for an unknown tag its cleaned form.
    pub label: String,
    /// What sort of thing it names.
    pub kind: TagKind,
    /// Stable ids by scheme: `wikidata`, `iso3166`, `medtop`, …; empty for an unknown tag.
    pub ids: BTreeMap<String, String>,
    /// Where it was found.
    pub from: Vec<TagOrigin>,
    /// The raw strings it came from.
    pub raw: Vec<String>,
    /// Where the text mentions it.
    pub mentions: Vec<Span>,
    /// How it was read: of several raw strings, the surest. Earlier versions did not say.
    #[serde(default)]
    pub rule: TagRule,
    /// 0 to 1.
    pub confidence: f32,
    /// What else may be meant by it, where nothing in the article decides; likeliest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<TagCandidate>,
}

/// Something else that bears a tag's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TagCandidate {
    /// Its canonical label.
    pub label: String,
    /// What sort of thing it is.
    pub kind: TagKind,
    /// Its ids by scheme.
    pub ids: BTreeMap<String, String>,
}

/// How a tag was read from what was written.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum TagRule {
    /// As the vocabulary has it, but for case, accents, spaces and punctuation.
    Label,
    /// Without an ending of case or possession: `Ghana's`.
    Ending,
    /// Without its article: `the Netherlands`.
    Article,
    /// What stands before or in its parentheses: `United Nations (UN)`.
    Parentheses,
    /// In the singular for the plural, or the other way round.
    Number,
    /// Turned round: `Merkel, Angela (1954-)`.
    Order,
    /// In another way of spelling: `Muenchen`, `World War 3`.
    Variant,
    /// Without titles: `President Joe Biden`.
    Title,
    /// Without its year: `Elections 2024`.
    Year,
    /// With a slip of the pen mended.
    Misspelling,
    /// Cut out of words that stand together without a mark between them.
    Glued,
    /// A short name of what the text names in full.
    ShortName,
    /// One of several places of the name: the one near which other places of the article lie.
    Context,
    /// A label found in the text.
    Text,
    /// Not in the vocabulary; a reconciliation service knows it.
    Reconciled,
    /// Not in the vocabulary; only cleaned.
    #[default]
    Unknown,
}

/// What sort of thing a tag names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TagKind {
    /// A human being.
    Person,
    /// Somewhere.
    Place,
    /// A body: company, party, agency, team.
    Organisation,
    /// Something that happens or happened.
    Event,
    /// What an article is about.
    Topic,
    /// A book, film, song, programme.
    Work,
    /// None of these, or not known.
    Other,
}

/// Where a tag was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TagOrigin {
    /// The article's keywords, wherever they stood.
    Keywords,
    /// The article's text.
    Text,
}

/// For finding twins and near-twins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fingerprint {
    /// SHA-256 of `text`, hexadecimal: equal texts.
    pub sha256: String,
    /// 64-bit simhash of the words of `text`, hexadecimal: near-twins differ in few bits.
    pub simhash: String,
}

/// Counts over `text`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stats {
    /// Words by Unicode's word boundaries.
    pub words: usize,
    /// Sentences.
    pub sentences: usize,
    /// At 200 words a minute.
    pub reading_seconds: usize,
}

/// Who made this record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Enrichment {
    /// newsmill's version.
    pub version: String,
    /// The vocabulary's version.
    pub vocabulary: String,
    /// What was doubtful, one sentence each.
    pub warnings: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reasons_name_is_what_records_write() {
        fn check<T: JsonSchema + serde::de::DeserializeOwned>(name: fn(T) -> &'static str, least: usize) {
            let schema = serde_json::to_value(schemars::schema_for!(T)).unwrap();
            let reasons = schema["oneOf"].as_array().unwrap();
            assert!(reasons.len() >= least, "{schema}");
            for reason in reasons {
                let written = reason["const"].clone();
                let read: T = serde_json::from_value(written.clone()).unwrap();
                assert_eq!(written, name(read));
            }
        }
        check(RemovedReason::name, 20);
        check(KeywordReason::name, 5);
    }
}
