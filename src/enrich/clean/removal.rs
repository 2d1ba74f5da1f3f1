//! Why a block of a page is not text: the rule's name for what the model left out.

use super::blocks::{Block, within};
use super::lexicon::{Fit, Hit, Role};
use super::metadata::is_date;
use crate::message::RemovedReason;

/// Roles by names, and the reason that each gives, the most telling first.
const BY_ROLE: [(Role, RemovedReason); 18] = [
    (Role::Consent, RemovedReason::CookieNotice),
    (Role::Comments, RemovedReason::Comments),
    (Role::Cookie, RemovedReason::CookieNotice),
    (Role::Newsletter, RemovedReason::Newsletter),
    (Role::Paywall, RemovedReason::Paywall),
    (Role::Advert, RemovedReason::Advert),
    (Role::Related, RemovedReason::RelatedLinks),
    (Role::Byline, RemovedReason::Byline),
    (Role::Author, RemovedReason::Byline),
    (Role::Share, RemovedReason::SharePrompt),
    (Role::Keywords, RemovedReason::KeywordLine),
    (Role::Nav, RemovedReason::Navigation),
    (Role::Footer, RemovedReason::Navigation),
    (Role::Date, RemovedReason::Dateline),
    (Role::Deck, RemovedReason::Deck),
    (Role::Login, RemovedReason::Navigation),
    (Role::Promo, RemovedReason::Advert),
    (Role::Legal, RemovedReason::Copyright),
];

/// Longest line that is called a date for the date in it.
const DATE_BYTES: usize = 80;

/// Whether a block is a picture's caption.
pub(super) fn is_caption(block: &Block) -> bool {
    let named = (block.own | block.near) & Role::Caption.bit() != 0;
    block.within & within::CAPTION != 0 || (named && block.link_share() < 0.5)
}

/// Whether a block begins as bylines do, by the phrases that it holds.
pub(super) fn is_byline(block: &Block, hits: &[Hit]) -> bool {
    block.text.len() < 200
        && hits
            .iter()
            .any(|hit| hit.reason == RemovedReason::Byline && hit.fit >= Fit::Starts)
}

/// The reason, by the phrases that the block holds and by what it stands in.
pub(super) fn reason(block: &Block, hits: &[Hit]) -> RemovedReason {
    if block.text.len() < 300 {
        let hit = hits
            .iter()
            .filter(|hit| hit.fit >= Fit::Starts)
            .max_by_key(|hit| (hit.fit, hit.bytes));
        if let Some(hit) = hit {
            // "© The Post" under a picture is its credit, elsewhere the page's.
            let picture = block.within & (within::FIGURE | within::CAPTION) != 0;
            return match hit.reason {
                RemovedReason::PhotoCredit if block.text.starts_with('©') && !picture => {
                    RemovedReason::Copyright
                }
                reason => reason,
            };
        }
    }
    for roles in [block.own, block.near, block.all] {
        if let Some((_, reason)) = BY_ROLE.iter().find(|(role, _)| roles & role.bit() != 0) {
            return *reason;
        }
    }
    if block.within & (within::NAV | within::HEADER | within::FOOTER | within::FORM | within::BUTTON) != 0 {
        return RemovedReason::Navigation;
    }
    if block.link_share() > 0.6 {
        return RemovedReason::RelatedLinks;
    }
    if block.text.len() < DATE_BYTES && is_date(&block.text) {
        return RemovedReason::Dateline;
    }
    RemovedReason::Boilerplate
}
