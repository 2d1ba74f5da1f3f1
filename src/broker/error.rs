//! What can go wrong with the broker, told apart by what must be done about it.
//!
//! Invariant: no error text holds a password. An address is shown as host, port and virtual host.

use lapin::ErrorKind;

/// What can go wrong with the broker.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokerError {
    /// A setting that no broker could satisfy.
    #[error("{setting}: {problem}")]
    Setting {
        /// The setting's name.
        setting: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// No address answered, or the connection ended. It may be back any moment.
    #[error("broker {address} is unavailable: {problem}")]
    Unavailable {
        /// Host, port and virtual host.
        address: String,
        /// What was seen.
        problem: String,
    },
    /// The broker knows us and will not let us.
    #[error("broker {address} refuses access: {problem}; `newsmill doctor` says what mends it")]
    AccessRefused {
        /// Host, port and virtual host.
        address: String,
        /// The broker's words.
        problem: String,
    },
    /// A queue or exchange is missing and may not be declared.
    #[error(
        "{what} is missing on broker {address} and topology.mode is \"check\"; create it, or set \"declare\""
    )]
    Missing {
        /// Kind and name.
        what: String,
        /// Host, port and virtual host.
        address: String,
    },
    /// A queue or exchange exists with other arguments.
    #[error(
        "{what} exists on broker {address} with other arguments: {difference}; delete or rename it, or set topology.mode = \"check\" to take it as it is"
    )]
    Mismatch {
        /// Kind and name.
        what: String,
        /// Host, port and virtual host.
        address: String,
        /// The broker's words.
        difference: String,
    },
    /// The input queue is a stream: it is read and never emptied, and hands nothing out again.
    #[error(
        "queue `{queue}` on broker {address} is a stream, which keeps no account of what is done; replay it into a quorum queue, see docs/scaling.md"
    )]
    Stream {
        /// Its name.
        queue: String,
        /// Host, port and virtual host.
        address: String,
    },
    /// A message could not be published.
    #[error(transparent)]
    Publish(#[from] crate::worker::PublishError),
}

impl BrokerError {
    /// Whether only a human can mend it.
    pub fn is_fatal(&self) -> bool {
        match self {
            Self::Setting { .. }
            | Self::AccessRefused { .. }
            | Self::Missing { .. }
            | Self::Mismatch { .. }
            | Self::Stream { .. } => true,
            Self::Unavailable { .. } => false,
            Self::Publish(error) => matches!(error, crate::worker::PublishError::AccessRefused { .. }),
        }
    }
}

/// Reply codes of AMQP 0-9-1 that are told apart.
pub(super) mod reply {
    pub(crate) const CONTENT_TOO_LARGE: u16 = 311;
    pub(crate) const ACCESS_REFUSED: u16 = 403;
    pub(crate) const NOT_FOUND: u16 = 404;
    pub(crate) const RESOURCE_LOCKED: u16 = 405;
    pub(crate) const PRECONDITION_FAILED: u16 = 406;
    pub(crate) const NOT_ALLOWED: u16 = 530;
}

/// The reply code of an error that the broker sent, if it sent one.
pub(super) fn reply_code(error: &lapin::Error) -> Option<u16> {
    match error.kind() {
        ErrorKind::ProtocolError(error) => Some(error.get_id()),
        _ => None,
    }
}

/// The broker's own words, or the client's.
pub(super) fn words(error: &lapin::Error) -> String {
    match error.kind() {
        // Some of its sentences end with a full stop, and ours go on.
        ErrorKind::ProtocolError(error) => {
            let text = error.get_message().to_string();
            text.trim_end_matches('.').to_owned()
        }
        _ => {
            let text = error.to_string();
            if is_no_tls(&text) {
                format!("{NO_TLS}, and the address begins with amqps://")
            } else {
                text
            }
        }
    }
}

/// What an answer that is no TLS comes to.
pub(super) const NO_TLS: &str = "the port does not speak TLS";

/// Whether the TLS library complains of an answer that is none. It has no kind for it that reaches us.
pub(super) fn is_no_tls(words: &str) -> bool {
    words.contains("InvalidContentType")
}

impl From<BrokerError> for crate::worker::Fatal {
    fn from(error: BrokerError) -> Self {
        use crate::worker::FatalKind;
        Self {
            exit: match &error {
                BrokerError::Setting { .. } => FatalKind::Settings,
                BrokerError::Missing { .. } | BrokerError::Mismatch { .. } | BrokerError::Stream { .. } => {
                    FatalKind::Topology
                }
                BrokerError::AccessRefused { .. } => FatalKind::Access,
                BrokerError::Unavailable { .. } => FatalKind::Access,
                BrokerError::Publish(_) => FatalKind::Access,
            },
            text: error.to_string(),
        }
    }
}
