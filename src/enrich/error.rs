//! Why an article cannot be enriched. Permanent by type: the same article would fail again.

use super::Stage;

/// Why an article cannot be enriched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnrichError {
    /// A field is over its bound.
    #[error("`{field}` is {bytes} bytes, over the limit of {limit}")]
    TooLarge {
        /// Name of the field in the raw article.
        field: &'static str,
        /// Its size in bytes.
        bytes: usize,
        /// The bound in bytes.
        limit: usize,
    },
    /// The page's elements are nested deeper than any article's.
    #[error("`html` nests elements {depth} deep at byte {at}, over the limit of {limit}")]
    TooDeep {
        /// Open elements when the bound was passed.
        depth: usize,
        /// Byte of the page where it was passed.
        at: usize,
        /// The bound.
        limit: usize,
    },
    /// A stage panicked: a defect of newsmill, worth a report with the article attached.
    #[error("the {stage} stage panicked: {message}")]
    Panicked {
        /// The stage that panicked.
        stage: Stage,
        /// The panic's message.
        message: String,
    },
}

impl EnrichError {
    /// The stage that failed.
    pub fn stage(&self) -> Stage {
        match self {
            Self::TooLarge { .. } | Self::TooDeep { .. } => Stage::Clean,
            Self::Panicked { stage, .. } => *stage,
        }
    }
}
