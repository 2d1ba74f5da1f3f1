//! The vocabulary: concepts with stable ids and their labels in many languages.

/// A vocabulary ready to be looked up.
#[derive(Debug, Default)]
pub struct Vocabulary {
    version: String,
}

impl Vocabulary {
    /// Its version: changes whenever its content does.
    pub fn version(&self) -> &str {
        &self.version
    }
}
