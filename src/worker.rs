//! One delivery's way, from slot to settlement, over ports. Knows no broker.

mod ports;

pub use ports::{
    Confirmed, Delivery, Envelope, FailureNote, Fatal, FatalKind, Inbox, Outbox, OutgoingRecord,
    PublishError, Settled,
};
