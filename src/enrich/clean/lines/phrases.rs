//! Lines that are standing phrases of news pages: the tables' hits weighed by where and how they stand.
//!
//! Invariant: a long sentence is never removed for a phrase that it merely holds.

use super::{Fate, Known, Learned, Line, View, body};
use crate::enrich::clean::lexicon::{self, Fit, Hit};
use crate::enrich::clean::metadata::{after_by, names_in};
use crate::message::RemovedReason;

/// Likelihood above which only whole lines are taken from a page.
const SURE: f32 = 0.85;

/// Lines from which a label that they share is the article's own way to point elsewhere: "More:" under each of ten products.
const REFRAIN: usize = 3;
/// Labels told apart in one text.
const LABELS: usize = 16;

/// Where a line stands to the running text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Before,
    Inside,
    After,
}

/// Marks standing phrases.
pub(super) fn mark(lines: &mut [Line], views: &[View], known: &Known, learned: &mut Learned) {
    let (first, last) = body(lines, views).unwrap_or((0, lines.len()));
    let refrains = if known.plain {
        refrains(lines, views, first, last)
    } else {
        Vec::new()
    };
    for (at, (line, view)) in lines.iter_mut().zip(views).enumerate() {
        if line.fate != Fate::Text || label(view).is_some_and(|label| refrains.iter().any(|one| one == label))
        {
            continue;
        }
        let place = match at {
            _ if at < first => Place::Before,
            _ if at > last => Place::After,
            _ => Place::Inside,
        };
        if let Some(reason) = reason(line, view, place, known) {
            if reason == RemovedReason::Byline && place == Place::Before && learned.authors.is_empty() {
                learned.authors = after_by(&line.text).map(names_in).unwrap_or_default();
            }
            line.fate = Fate::Removed(reason);
        }
    }
    if known.plain {
        follow(lines, views, last);
    }
}

/// What stands before the first colon of a line, if it is a few words.
fn label(view: &View) -> Option<&str> {
    let label = view.folded.split_once(':')?.0;
    (label.len() <= 24).then_some(label)
}

/// The labels of links that several lines inside the running text begin with.
fn refrains(lines: &[Line], views: &[View], first: usize, last: usize) -> Vec<String> {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for (line, view) in lines.iter().zip(views).take(last + 1).skip(first) {
        let links = |hit: &Hit| hit.reason == RemovedReason::RelatedLinks && hit.fit == Fit::Starts;
        let Some(label) = label(view).filter(|_| line.fate == Fate::Text && view.hits().iter().any(links))
        else {
            continue;
        };
        match counts.iter().position(|(known, _)| *known == label) {
            Some(at) => counts.get_mut(at).into_iter().for_each(|(_, count)| *count += 1),
            None if counts.len() < LABELS => counts.push((label, 1)),
            None => {}
        }
    }
    let often = counts.into_iter().filter(|(_, count)| *count >= REFRAIN);
    often.map(|(label, _)| label.to_owned()).collect()
}

fn reason(line: &Line, view: &View, place: Place, known: &Known) -> Option<RemovedReason> {
    let sure = line.likelihood.is_some_and(|likelihood| likelihood > SURE);
    let mut best: Option<Hit> = None;
    if line.text.len() < 500 {
        for hit in view.hits() {
            let better = best.is_none_or(|best| (hit.fit, hit.bytes) > (best.fit, best.bytes));
            if better && counts(*hit, line, view, place, sure) {
                best = Some(*hit);
            }
        }
    }
    if let Some(hit) = best {
        return Some(hit.reason);
    }
    if is_share_row(view) {
        return Some(RemovedReason::SharePrompt);
    }
    if place == Place::Inside || view.ends_sentence {
        return None;
    }
    let after_by = after_by(&line.text).filter(|_| view.words <= 8);
    if let Some(rest) = after_by
        && (is_author(rest, known) || (!sure && place == Place::Before && is_name(rest)))
    {
        return Some(RemovedReason::Byline);
    }
    if view.words <= 5 && is_author(&line.text, known) {
        return Some(RemovedReason::Byline);
    }
    if view.words <= if sure { 6 } else { 10 } && is_date(&line.text) {
        return Some(RemovedReason::Dateline);
    }
    None
}

/// Whether a line is names of networks alone, as buttons leave them: "Facebook Twitter WhatsApp".
fn is_share_row(view: &View) -> bool {
    let words = || {
        view.folded
            .split([' ', '|', '/', ',', '·'])
            .filter(|word| !word.is_empty())
    };
    // One more than there may be is enough to count.
    (2..=8).contains(&words().take(9).count())
        && words().all(|word| {
            lexicon::hits(word)
                .iter()
                .any(|hit| hit.reason == RemovedReason::SharePrompt && hit.fit == Fit::Whole)
        })
}

/// Whether words are a person's name by their capitals.
fn is_name(text: &str) -> bool {
    let words = text.split_whitespace();
    let capital = |word: &str| word.chars().next().is_some_and(char::is_uppercase);
    (2..=4).contains(&words.clone().count())
        && words.clone().all(capital)
        && !text.contains(|char: char| char.is_ascii_digit())
}

fn is_author(text: &str, known: &Known) -> bool {
    let folded = lexicon::fold(text);
    !folded.is_empty() && known.authors.iter().any(|author| lexicon::fold(author) == folded)
}

/// Whether a line is a date and little else.
fn is_date(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let letters = text.chars().filter(|char| char.is_alphabetic()).count();
    // "— Ada Bell (@adabell) 3 May 2024" signs a post that the article shows.
    let signed = text.contains('@');
    (4..=20).contains(&digits) && letters <= 24 && !signed && crate::enrich::clean::metadata::is_date(text)
}

/// Whether a hit is enough in this line.
fn counts(hit: Hit, line: &Line, view: &View, place: Place, sure: bool) -> bool {
    use RemovedReason::{
        Advert, Boilerplate, Byline, Comments, CookieNotice, Copyright, Dateline, Navigation, Newsletter,
        Paywall, PhotoCredit, RelatedLinks, ServerErrorText, SharePrompt, TemplateLeftover,
    };
    if matches!(hit.reason, ServerErrorText | TemplateLeftover) {
        return view.words <= 30;
    }
    let share = hit.bytes as f32 / view.folded.len().max(1) as f32;
    match hit.fit {
        // Inside running text "Home" or "Credits" can be a heading of the article's own.
        Fit::Whole if line.likelihood.is_none() && place == Place::Inside => !matches!(
            hit.reason,
            Navigation | PhotoCredit | Copyright | Boilerplate | Dateline | Byline | Paywall
        ),
        Fit::Whole => !sure || matches!(hit.reason, Advert | SharePrompt | Newsletter | RelatedLinks),
        Fit::Starts | Fit::Has if sure => match hit.reason {
            CookieNotice => view.words <= 45 && view.folded.contains("cookie"),
            Newsletter => hit.fit == Fit::Starts && view.words <= 8 && !view.ends_sentence,
            _ => false,
        },
        Fit::Ends if sure => false,
        Fit::Starts => match hit.reason {
            Newsletter | CookieNotice => view.words <= 45,
            SharePrompt | Advert => view.words <= 30,
            RelatedLinks => view.words <= 30 && (!view.ends_sentence || line.text.contains(':')),
            Paywall => view.words <= 35,
            // What readers are asked is short; a longer question asks about something, and is the article's last words.
            Comments => {
                let asks = view.words > 8 && line.text.ends_with('?');
                view.words <= 20 && place == Place::After && !asks
            }
            // "Copyright in the age of machines" can be a heading.
            Copyright => {
                let claims = line
                    .text
                    .contains(|char: char| char == '©' || char.is_ascii_digit());
                view.words <= 40 && (place != Place::Inside || claims)
            }
            PhotoCredit => view.words <= 12 && (place != Place::Inside || !view.ends_sentence),
            Byline => view.words <= 14 && place != Place::Inside || place == Place::After && view.words <= 40,
            Dateline => view.words <= 12 && place != Place::Inside,
            Navigation => view.words <= 12 && !view.ends_sentence && place != Place::Inside,
            Boilerplate => place != Place::Inside && view.words <= 60,
            _ => false,
        },
        Fit::Ends => match hit.reason {
            Dateline => view.words <= 8,
            PhotoCredit => view.words <= 5 && !view.ends_sentence,
            Byline => place == Place::After && view.words <= 40,
            _ => view.words <= 12,
        },
        Fit::Has => match hit.reason {
            Copyright => view.words <= 40 && (place != Place::Inside || share > 0.3),
            Newsletter | CookieNotice | SharePrompt | Advert => {
                // A sentence of the text may name a shop or a network.
                let enough = if view.ends_sentence { 0.4 } else { 0.25 };
                view.words <= 25 && (place != Place::Inside || share > enough)
            }
            _ => share > 0.5,
        },
    }
}

/// After a heading of links or comments that stands behind the running text, the lines that follow are its own: they
/// are short and end no sentence.
fn follow(lines: &mut [Line], views: &[View], last: usize) {
    let mut heading: Option<RemovedReason> = None;
    for (line, view) in lines.iter_mut().zip(views).skip(last + 1) {
        match &line.fate {
            Fate::Removed(reason @ (RemovedReason::RelatedLinks | RemovedReason::Comments))
                if view.words <= 6 =>
            {
                heading = Some(*reason);
            }
            Fate::Text => {
                if let Some(reason) = heading
                    && view.words <= 25
                    && !view.ends_sentence
                {
                    line.fate = Fate::Removed(reason);
                }
            }
            _ => {}
        }
    }
}
