//! The stages by name, and which of them run.

use std::fmt;

/// A step of the pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Main text and metadata out of a page, junk out of text.
    Clean,
    /// Who said what.
    Quotes,
    /// Canonical tags.
    Tags,
}

impl Stage {
    /// The name in headers, labels and settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Quotes => "quotes",
            Self::Tags => "tags",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The two moments of a stage that an observer is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// It begins.
    Entered,
    /// It is over, well or not.
    Left,
}

/// Which stages run. Where cleaning does not, the text is taken exactly as it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stages {
    /// Cleaning.
    pub clean: bool,
    /// Quotes.
    pub quotes: bool,
    /// Tags.
    pub tags: bool,
}

impl Stages {
    /// All of them.
    pub const ALL: Self = Self {
        clean: true,
        quotes: true,
        tags: true,
    };
    /// None: the article is only put into the record's form.
    pub const NONE: Self = Self {
        clean: false,
        quotes: false,
        tags: false,
    };

    /// One alone.
    pub fn only(stage: Stage) -> Self {
        match stage {
            Stage::Clean => Self {
                clean: true,
                ..Self::NONE
            },
            Stage::Quotes => Self {
                quotes: true,
                ..Self::NONE
            },
            Stage::Tags => Self {
                tags: true,
                ..Self::NONE
            },
        }
    }
}
