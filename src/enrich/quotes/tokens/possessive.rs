//! Possessive endings of English: `'s`, and an apostrophe alone behind a plural.

use super::is_apostrophe;
use crate::enrich::quotes::lexicon::Lexicon;

/// Bytes that are looked back for the mark that an apostrophe may close.
const OPENING_WITHIN: usize = 400;

/// The end of a possessive ending that is an apostrophe alone: the shippers’ guild. A mark that is open is closed by it
/// sooner.
pub(super) fn plural_end(text: &str, start: usize, lexicon: &Lexicon) -> Option<usize> {
    if !lexicon.has_possessive() {
        return None;
    }
    let before = text.get(..start)?;
    let mut after = text.get(start..)?.chars();
    let mark = after.next().filter(|c| is_apostrophe(*c))?;
    let named = after.next() == Some(' ') && after.next().is_some_and(char::is_alphabetic);
    if !named || !before.ends_with('s') {
        return None;
    }
    let from = (start.saturating_sub(OPENING_WITHIN)..=start).find(|at| before.is_char_boundary(*at))?;
    let near = before.get(from..)?;
    let near = near.rsplit('\n').next().unwrap_or(near);
    let mut last = ' ';
    let opens = near.chars().any(|c| {
        let opens = c == '‘' || is_apostrophe(c) && !last.is_alphanumeric();
        last = c;
        opens
    });
    (!opens).then_some(start + mark.len_utf8())
}

/// The end of a possessive ending ('s) at `start`, which must be an apostrophe.
pub(super) fn end(text: &str, start: usize, lexicon: &Lexicon) -> Option<usize> {
    if !lexicon.has_possessive() {
        return None;
    }
    let before = text.get(..start)?.chars().next_back()?;
    let mut after = text.get(start..)?.chars();
    let mark = after.next().filter(|c| is_apostrophe(*c))?;
    let s = after.next().filter(|c| matches!(c, 's' | 'S'))?;
    let ends = after
        .next()
        .is_none_or(|c| !c.is_alphanumeric() && !is_apostrophe(c));
    (before.is_alphanumeric() && ends).then_some(start + mark.len_utf8() + s.len_utf8())
}
