//! Attributions inside a pair of marks: «…, dit-il, …», «…, — сказал он, — …».
//!
//! Invariant: what is found lies between the marks, with words on both sides. Deliberately absent: whose words they are.

use std::ops::Range;

use super::lexicon::{Class, Lexicon};
use super::tokens::Token;

/// The attribution inside a pair of marks, from its comma to the word after it: «…, dit-il, …», «…, — сказал он, — …».
pub(super) fn incise(tokens: &[Token], inside: Range<usize>, lexicon: &Lexicon) -> Option<Range<usize>> {
    let dashed = lexicon.dash_speech() && lexicon.comma_clause();
    if !(dashed || lexicon.elides()) {
        return None;
    }
    let get = |at: usize| tokens.get(at).filter(|_| at < inside.end);
    let joint =
        |at: usize| get(at).is_some_and(|token| token.is_comma() || token.is_dash() || token.is_terminator());
    for at in inside.clone() {
        let Some(token) = get(at) else { break };
        if !token.class.has(Class::SAY) || token.upper || at <= inside.start + 1 {
            continue;
        }
        let mut verb = at;
        while verb > inside.start && get(verb - 1).is_some_and(|token| token.class.has(Class::AUX)) {
            verb -= 1;
        }
        let mut start = verb;
        let mut dash = false;
        while start > inside.start && joint(start - 1) {
            dash |= get(start - 1).is_some_and(|token| token.is_dash());
            start -= 1;
        }
        if start == verb || dashed && !dash {
            continue;
        }
        let enclitic = get(at + 1).is_some_and(|token| token.class.has(Class::ENCLITIC));
        let named = get(at + 1).is_some_and(|token| token.upper);
        // «…, raconte la conductrice, …»
        let described = get(at + 1).is_some_and(|token| token.class.has(Class::DETERMINER))
            && get(at + 2).is_some_and(|token| token.is_word());
        if !dashed && !enclitic && !named && !described {
            continue;
        }
        let mut end = at + 1;
        while get(end).is_some() && end - at < 9 && !joint(end) {
            end += 1;
        }
        if !joint(end) {
            continue;
        }
        // «…, raconte la conductrice, Anne Martin, …»
        if described && get(end).is_some_and(Token::is_comma) {
            let names = (end + 1..inside.end)
                .take_while(|at| get(*at).is_some_and(|token| token.is_word() && token.upper))
                .count();
            if (2..=4).contains(&names) && joint(end + 1 + names) {
                end += 1 + names;
            }
        }
        while joint(end) {
            end += 1;
        }
        if end < inside.end {
            return Some(start..end);
        }
    }
    None
}
