//! Dates in any common form to RFC 3339, with the offset from UTC that the page tells.
//!
//! Invariant: nothing before 1990 or after 2100 is taken for a day of publication. A date alone is midnight UTC; a
//! time without a zone is taken as UTC, since guessing the newsroom's zone is wrong as often.

use std::collections::HashMap;
use std::sync::LazyLock;

use jiff::civil;
use jiff::tz::Offset;

static MONTHS: LazyLock<HashMap<&'static str, i8>> = LazyLock::new(|| {
    let mut months = HashMap::new();
    for line in include_str!("../lexicon/months.txt").lines() {
        let Some((_, names)) = line.split_once(':').filter(|_| !line.starts_with('#')) else {
            continue;
        };
        for (month, names) in (1i8..=12).zip(names.split_whitespace()) {
            for name in names.split('/') {
                // Languages differ over few short forms; the first that claims one keeps it.
                months.entry(name).or_insert(month);
            }
        }
    }
    months
});

/// Hours east of UTC by the names that news sites write.
const ZONES: [(&str, i32); 24] = [
    ("z", 0),
    ("utc", 0),
    ("gmt", 0),
    ("bst", 60),
    ("cet", 60),
    ("cest", 120),
    ("mez", 60),
    ("mesz", 120),
    ("eet", 120),
    ("eest", 180),
    ("msk", 180),
    ("est", -300),
    ("edt", -240),
    ("et", -300),
    ("cst", -360),
    ("cdt", -300),
    ("mst", -420),
    ("mdt", -360),
    ("pst", -480),
    ("pdt", -420),
    ("ist", 330),
    ("jst", 540),
    ("aest", 600),
    ("aedt", 660),
];

/// Which of two numbers comes first in `3/4/2020`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::enrich::clean) enum Order {
    DayFirst,
    MonthFirst,
}

/// The moment that a text tells, as RFC 3339: the newsroom's day stays the day, so an offset that is told is kept.
pub(in crate::enrich::clean) fn parse(text: &str, order: Order) -> Option<String> {
    let text = text.trim();
    let digit = |char: char| char.is_ascii_digit() || arabic_digit(char).is_some();
    if text.len() > 200 || !text.contains(digit) {
        return None;
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) && matches!(text.len(), 10 | 13) {
        let number: i64 = text.parse().ok()?;
        let seconds = if text.len() == 13 { number / 1_000 } else { number };
        let moment = jiff::Timestamp::from_second(seconds).ok()?;
        return plausible(Offset::UTC.to_datetime(moment).date()).then(|| moment.to_string());
    }
    let tokens = tokens(text);
    let (date, rest) = numeric(&tokens, order).or_else(|| named(&tokens))?;
    if !plausible(date) {
        return None;
    }
    let clock = clock(&tokens, rest);
    let (time, offset) = clock.unwrap_or((civil::Time::midnight(), 0));
    // Midnight somewhere is how systems write a date that has no time.
    let offset = if time == civil::Time::midnight() {
        0
    } else {
        offset
    };
    let offset = Offset::from_seconds(offset * 60).ok()?;
    let moment = offset.to_timestamp(date.to_datetime(time)).ok()?;
    Some(if offset == Offset::UTC {
        moment.to_string()
    } else {
        moment.display_with_offset(offset).to_string()
    })
}

/// Whether a page may be of that day.
pub(super) fn plausible(date: civil::Date) -> bool {
    (1990..=2100).contains(&date.year())
}

/// The number of some digits; what is none is none of a date's numbers.
pub(super) fn number(digits: &str) -> i32 {
    digits.parse().unwrap_or(-1)
}

/// A day, where there is one.
pub(super) fn day_of(year: i32, month: i32, day: i32) -> Option<civil::Date> {
    civil::Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Number(String),
    Word(String),
    Mark(char),
}

fn tokens(text: &str) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::new();
    let mut joined = false;
    for char in text.chars() {
        let digit = char.to_digit(10).or_else(|| arabic_digit(char));
        match (digit, out.last_mut()) {
            (Some(digit), Some(Token::Number(number))) if joined => {
                number.extend(char::from_digit(digit, 10))
            }
            (Some(digit), _) => out.push(Token::Number(char::from_digit(digit, 10).into_iter().collect())),
            (None, Some(Token::Word(word))) if joined && is_letter(char) => word.extend(char.to_lowercase()),
            (None, _) if is_letter(char) => out.push(Token::Word(char.to_lowercase().collect())),
            (None, _) if char.is_whitespace() => {
                joined = false;
                continue;
            }
            (None, _) => out.push(Token::Mark(char)),
        }
        joined = true;
    }
    out
}

fn is_letter(char: char) -> bool {
    char.is_alphabetic() && !matches!(char, '年' | '月' | '日' | '년' | '월' | '일')
        || matches!(char, '\u{900}'..='\u{97f}')
}

fn arabic_digit(char: char) -> Option<u32> {
    match char {
        '٠'..='٩' => Some(char as u32 - '٠' as u32),
        '۰'..='۹' => Some(char as u32 - '۰' as u32),
        _ => None,
    }
}

/// Three numbers with marks between them; also eight digits in a row. The date, and the token after it.
fn numeric(tokens: &[Token], order: Order) -> Option<(civil::Date, usize)> {
    for (at, token) in tokens.iter().enumerate() {
        let Token::Number(first) = token else { continue };
        if first.len() == 8
            && let (Some(year), Some(month), Some(day)) = (first.get(..4), first.get(4..6), first.get(6..))
            && let Some(date) =
                day_of(number(year), number(month), number(day)).filter(|date| plausible(*date))
        {
            return Some((date, at + 1));
        }
        let Some(
            [
                Token::Mark(left),
                Token::Number(second),
                Token::Mark(right),
                Token::Number(third),
            ],
        ) = tokens.get(at + 1..at + 5)
        else {
            continue;
        };
        let parted = left == right && matches!(left, '-' | '/' | '.')
            || matches!((left, right), ('年' | '년', '月' | '월'));
        if !parted {
            continue;
        }
        let date = match (first.len(), third.len()) {
            (4, 1 | 2) => day_of(number(first), number(second), number(third)),
            (1 | 2, 4) => {
                let (first, second) = (number(first), number(second));
                let month_first = second > 12 || (first <= 12 && *left == '/' && order == Order::MonthFirst);
                let (day, month) = if month_first {
                    (second, first)
                } else {
                    (first, second)
                };
                day_of(number(third), month, day)
            }
            _ => None,
        };
        if let Some(date) = date {
            return Some((date, at + 5));
        }
    }
    None
}

/// A month by name with a day and a year near it.
fn named(tokens: &[Token]) -> Option<(civil::Date, usize)> {
    for (at, token) in tokens.iter().enumerate() {
        let Token::Word(word) = token else { continue };
        let Some(month) = MONTHS.get(word.as_str()).copied() else {
            continue;
        };
        let near = |from: usize, to: usize| {
            tokens
                .iter()
                .enumerate()
                .skip(from)
                .take(to.saturating_sub(from))
                .filter_map(|(at, token)| match token {
                    Token::Number(number) => Some((at, number.as_str())),
                    _ => None,
                })
                .collect::<Vec<_>>()
        };
        let before = near(at.saturating_sub(3), at);
        let after = near(at + 1, at + 6);
        let is_year = |(_, number): &&(usize, &str)| number.len() == 4;
        let is_day = |(_, number): &&(usize, &str)| number.len() <= 2;
        let Some((year_at, year)) = after
            .iter()
            .find(is_year)
            .or_else(|| before.iter().rev().find(is_year))
        else {
            continue;
        };
        let day = before
            .iter()
            .rev()
            .find(is_day)
            .filter(|(day_at, _)| day_at < year_at)
            .or_else(|| after.iter().find(is_day));
        let Some((day_at, day)) = day else { continue };
        if let Some(date) = day_of(number(year), i32::from(month), number(day)) {
            return Some((date, (*year_at).max(*day_at) + 1));
        }
    }
    None
}

/// Hours and minutes after the date (or before it), and minutes east of UTC.
fn clock(tokens: &[Token], from: usize) -> Option<(civil::Time, i32)> {
    let found = |range: std::ops::Range<usize>| {
        range.into_iter().find_map(|at| match tokens.get(at..at + 3) {
            Some([Token::Number(hour), Token::Mark(':'), Token::Number(minute)])
                if hour.len() <= 2 && minute.len() == 2 =>
            {
                Some((at, number(hour), number(minute)))
            }
            _ => None,
        })
    };
    let (at, mut hour, minute) = found(from..tokens.len().min(from + 12)).or_else(|| found(0..from))?;
    let mut next = at + 3;
    let mut second = 0;
    if let Some([Token::Mark(':'), Token::Number(digits)]) = tokens.get(next..next + 2) {
        second = number(digits.get(..2).unwrap_or_default()).clamp(0, 59);
        next += 2;
        if let Some([Token::Mark('.' | ','), Token::Number(_)]) = tokens.get(next..next + 2) {
            next += 2;
        }
    }
    if let Some(Token::Word(half)) = tokens.get(next) {
        let afternoon = half.starts_with('p');
        let dotted =
            matches!(tokens.get(next + 1..next + 3), Some([Token::Mark('.'), Token::Word(m)]) if m == "m");
        if matches!(half.as_str(), "am" | "pm") || (matches!(half.as_str(), "a" | "p") && dotted) {
            hour = hour % 12 + if afternoon { 12 } else { 0 };
            next += if dotted { 3 } else { 1 };
        }
    }
    let time = civil::Time::new(
        i8::try_from(hour).ok()?,
        i8::try_from(minute).ok()?,
        i8::try_from(second).ok()?,
        0,
    )
    .ok()?;
    Some((time, offset(tokens, next)))
}

fn offset(tokens: &[Token], from: usize) -> i32 {
    for at in from..from + 3 {
        match (tokens.get(at), tokens.get(at + 1)) {
            (Some(Token::Mark(sign @ ('+' | '-' | '−'))), Some(Token::Number(digits))) => {
                let (hours, minutes) = match (digits.len(), tokens.get(at + 2), tokens.get(at + 3)) {
                    (4, _, _) => (
                        number(digits.get(..2).unwrap_or_default()),
                        number(digits.get(2..).unwrap_or_default()),
                    ),
                    (1 | 2, Some(Token::Mark(':')), Some(Token::Number(minutes))) => {
                        (number(digits), number(minutes))
                    }
                    (1 | 2, _, _) => (number(digits), 0),
                    _ => return 0,
                };
                let minutes = (hours * 60 + minutes).clamp(0, 14 * 60);
                return if *sign == '+' { minutes } else { -minutes };
            }
            (Some(Token::Word(word)), next) => {
                let signed = matches!(next, Some(Token::Mark('+' | '-')));
                if let Some((_, minutes)) = ZONES.iter().find(|(name, _)| name == word)
                    && !signed
                {
                    return *minutes;
                }
            }
            _ => {}
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn common_forms_are_read() {
        for (text, want) in [
            ("2018-05-17", "2018-05-17T00:00:00Z"),
            ("2018-05-17T10:00:00+02:00", "2018-05-17T10:00:00+02:00"),
            ("2018-05-17T00:00:00+08:00", "2018-05-17T00:00:00Z"),
            ("2018-05-17T10:00:00.123-0400", "2018-05-17T10:00:00-04:00"),
            ("Thu, 17 May 2018 10:00:00 GMT", "2018-05-17T10:00:00Z"),
            ("May 17, 2018 at 3:05 pm EDT", "2018-05-17T15:05:00-04:00"),
            ("17. Mai 2018, 10:05 Uhr", "2018-05-17T10:05:00Z"),
            ("17 de mayo de 2018", "2018-05-17T00:00:00Z"),
            ("17 мая 2018", "2018-05-17T00:00:00Z"),
            ("2018年5月17日", "2018-05-17T00:00:00Z"),
            ("17.05.2018", "2018-05-17T00:00:00Z"),
            ("05/17/2018", "2018-05-17T00:00:00Z"),
            ("1526551200", "2018-05-17T10:00:00Z"),
            ("20180517", "2018-05-17T00:00:00Z"),
        ] {
            assert_eq!(parse(text, Order::DayFirst).as_deref(), Some(want), "{text}");
        }
        assert_eq!(parse("Mayor of 2018", Order::DayFirst), None);
    }

    proptest! {
        #[test]
        fn any_text_is_a_date_or_none(text in "\\PC{0,60}") {
            let _seen = parse(&text, Order::MonthFirst);
        }
    }
}
