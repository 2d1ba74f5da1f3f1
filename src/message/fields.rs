//! The raw article's fields: their names on the wire, what each may be, what each means.
//!
//! One table for the decoder, the field map, the JSON Schema and the documentation, so that they cannot differ.

/// A field of the raw article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// `id`
    Id,
    /// `url`
    Url,
    /// `html`
    Html,
    /// `text`
    Text,
    /// `title`
    Title,
    /// `authors`
    Authors,
    /// `byline`
    Byline,
    /// `published_at`
    PublishedAt,
    /// `language`
    Language,
    /// `source`
    Source,
    /// `image`
    Image,
    /// `description`
    Description,
    /// `tags`
    Tags,
    /// `keywords`
    Keywords,
}

/// Which JSON values a field takes, beside null, which is the same as leaving it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Accepts {
    /// A string.
    Text,
    /// A string, or a number that is taken as its digits.
    Id,
    /// A string, or seconds or milliseconds since 1970.
    Date,
    /// A string, or an array of strings.
    List,
}

impl Accepts {
    /// In words, for errors.
    pub(super) fn in_words(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Id => "a string or a number",
            Self::Date => "a string, or seconds or milliseconds since 1970",
            Self::List => "a string or an array of strings",
        }
    }
}

impl Field {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 14] = [
        Self::Id,
        Self::Url,
        Self::Html,
        Self::Text,
        Self::Title,
        Self::Authors,
        Self::Byline,
        Self::PublishedAt,
        Self::Language,
        Self::Source,
        Self::Image,
        Self::Description,
        Self::Tags,
        Self::Keywords,
    ];

    /// The field of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Url => "url",
            Self::Html => "html",
            Self::Text => "text",
            Self::Title => "title",
            Self::Authors => "authors",
            Self::Byline => "byline",
            Self::PublishedAt => "published_at",
            Self::Language => "language",
            Self::Source => "source",
            Self::Image => "image",
            Self::Description => "description",
            Self::Tags => "tags",
            Self::Keywords => "keywords",
        }
    }

    pub(super) fn accepts(self) -> Accepts {
        match self {
            Self::Id => Accepts::Id,
            Self::PublishedAt => Accepts::Date,
            Self::Authors | Self::Byline | Self::Tags | Self::Keywords => Accepts::List,
            Self::Url
            | Self::Html
            | Self::Text
            | Self::Title
            | Self::Language
            | Self::Source
            | Self::Image
            | Self::Description => Accepts::Text,
        }
    }

    /// What it means, one sentence.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Id => "The sender's id. Absent: derived from the URL, else from the content.",
            Self::Url => "Where the article was found.",
            Self::Html => "The page as it was fetched.",
            Self::Text => "Text that somebody already extracted, junk and all.",
            Self::Title => "The headline, as the crawler knows it.",
            Self::Authors => "The authors, as the crawler knows them.",
            Self::Byline => "One string with all the authors; read where `authors` is absent.",
            Self::PublishedAt => {
                "When it was published: any common form of date, or seconds or milliseconds since 1970."
            }
            Self::Language => "BCP 47 code of the language, as the crawler knows it.",
            Self::Source => "Who published it.",
            Self::Image => "URL of the main picture.",
            Self::Description => "Summary or deck.",
            Self::Tags => "Raw tags: an array, or one string with any separator, or with none.",
            Self::Keywords => "More of the same; both are read.",
        }
    }
}
