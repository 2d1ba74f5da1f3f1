//! Why a message is not an article. Permanent by type: the same bytes would be refused again.

/// Why a message is not an article.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// There is nothing in it.
    #[error("the body is empty")]
    Empty,
    /// The body is over its bound.
    #[error("the body is {bytes} bytes, over the limit of {limit}")]
    TooLarge {
        /// Its size in bytes.
        bytes: usize,
        /// The bound in bytes.
        limit: usize,
    },
    /// The message says that it is something that is not read.
    #[error("content type {content_type:?} is not read, only application/json, text/html and text/plain are")]
    UnknownContentType {
        /// As the message has it, cut to a length fit for a header.
        content_type: String,
    },
    /// The message is packed in a way that is not undone.
    #[error("content encoding {content_encoding:?} is not undone, only gzip and zstd are")]
    UnknownContentEncoding {
        /// As the message has it, cut to a length fit for a header.
        content_encoding: String,
    },
    /// The body is not what its content encoding says.
    #[error("the body is not valid {encoding}: {detail}")]
    Corrupt {
        /// What it should have been.
        encoding: &'static str,
        /// What the unpacker says.
        detail: String,
    },
    /// The body unpacks to more than its bound.
    #[error("the {encoding} body unpacks to more than the limit of {limit} bytes")]
    UnpacksTooLarge {
        /// How it is packed.
        encoding: &'static str,
        /// The bound in bytes.
        limit: usize,
    },
    /// The body is no text in any charset.
    #[error("the body is binary: it looks like {looks_like}")]
    Binary {
        /// What it looks like.
        looks_like: &'static str,
    },
    /// The body is not JSON.
    #[error("invalid JSON at line {line} column {column} (byte {byte}): {detail}")]
    Json {
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
        /// Byte of the body as UTF-8, from 0.
        byte: usize,
        /// What the parser says.
        detail: String,
    },
    /// Half of a surrogate pair stands in an escape: no text can hold it.
    #[error("lone surrogate escape at line {line} column {column} (byte {byte}): it stands for no character")]
    LoneSurrogate {
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
        /// Byte of the body as UTF-8, from 0.
        byte: usize,
    },
    /// The body is JSON, but no article.
    #[error("the body is {found}, not a JSON object")]
    NotAnObject {
        /// What it is.
        found: &'static str,
    },
    /// A field is of a type that it cannot have.
    #[error("`{field}` is {found}, not {expected}")]
    WrongType {
        /// Name of the field, with the pointer that led to it if a field map did.
        field: String,
        /// What it may be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// There is nothing to enrich.
    #[error("neither `html` nor `text` holds anything")]
    NoText,
}

impl DecodeError {
    /// Every kind there is.
    pub const KINDS: [&'static str; 9] = [
        "empty",
        "too_large",
        "content_type",
        "content_encoding",
        "binary",
        "json",
        "surrogate",
        "field",
        "no_text",
    ];

    /// A small closed set, for labels and headers: one of [`KINDS`](Self::KINDS).
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLarge { .. } | Self::UnpacksTooLarge { .. } => "too_large",
            Self::UnknownContentType { .. } => "content_type",
            Self::UnknownContentEncoding { .. } | Self::Corrupt { .. } => "content_encoding",
            Self::Binary { .. } => "binary",
            Self::Json { .. } | Self::NotAnObject { .. } => "json",
            Self::LoneSurrogate { .. } => "surrogate",
            Self::WrongType { .. } => "field",
            Self::NoText => "no_text",
        }
    }
}
