//! The day of publication where no field of the page's data declares it: in its address, in names of its source.
//!
//! Invariant: linear. The source is looked through once, and at each name a bounded stretch around it is read.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::Offset;

use super::dates::{Order, day_of, number, parse, plausible};

/// The date in a URL's path: `/2018/05/17/`, `/2018-05-17-`, `/17-05-2018`, `/20180517`, `/A201805171432000123`.
pub(super) fn in_url(url: &str) -> Option<String> {
    let path = path_of(url);
    let date = parted(path).or_else(|| {
        let digits = path.split(|char: char| !char.is_ascii_digit());
        digits.filter_map(in_row).find_map(real)
    });
    date.map(|date| format!("{date}T00:00:00Z"))
}

/// An address without its host; an archive's holds the page's own behind the day on which it was kept.
fn path_of(url: &str) -> &str {
    let path = url.rsplit_once("://").map_or(url, |(_, rest)| rest);
    path.split_once('/').map_or("", |(_, path)| path)
}

/// A date whose numbers stand apart in a path, one right behind the other.
fn parted(path: &str) -> Option<Date> {
    let parts = || path.split(|char: char| !char.is_ascii_alphanumeric());
    let mut rows = parts().zip(parts().skip(1)).zip(parts().skip(2));
    rows.find_map(|((first, second), third)| {
        let all = [first, second, third];
        let digits = all
            .iter()
            .all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
        match all.map(str::len) {
            [4, 1 | 2, 1 | 2] if digits => real((number(first), number(second), number(third))),
            [2, 2, 4] if digits => real((number(third), number(second), number(first))),
            _ => None,
        }
    })
}

fn real((year, month, day): (i32, i32, i32)) -> Option<Date> {
    day_of(year, month, day).filter(|day| plausible(*day))
}

/// A moment told in UTC on the day that the page's address names: near midnight the newsroom's day is another. The
/// moment stays; the offset becomes the smallest whole hour that puts it on that day.
pub(super) fn on_day_of(moment: String, url: &str) -> String {
    let shifted = || {
        let instant: Timestamp = moment.strip_suffix('Z').and(moment.parse().ok())?;
        let (told, named) = (Offset::UTC.to_datetime(instant), parted(path_of(url))?);
        let east = named == told.date().tomorrow().ok()?;
        let west = named == told.date().yesterday().ok()?;
        let hours = if east { 24 - told.hour() } else { -1 - told.hour() };
        // Midnight is a date without a time.
        let timed = told.time() != Time::midnight();
        let offset = Offset::constant(hours);
        (timed && (east && hours <= HOURS_EAST || west && hours >= -HOURS_WEST))
            .then(|| instant.display_with_offset(offset).to_string())
    };
    shifted().unwrap_or(moment)
}

/// How far newsrooms' clocks are from UTC.
const HOURS_EAST: i8 = 13;
const HOURS_WEST: i8 = 10;

/// A date written as eight digits; in a longer number, as many systems make their ids, only with a time behind it.
fn in_row(digits: &str) -> Option<(i32, i32, i32)> {
    let piece = |from, to| number(digits.get(from..to).unwrap_or_default());
    let day = (piece(0, 4), piece(4, 6), piece(6, 8));
    let timed = || (0..24).contains(&piece(8, 10)) && (0..60).contains(&piece(10, 12));
    match digits.len() {
        8 => Some(day),
        12.. => (real(day).is_some() && timed()).then_some(day),
        _ => None,
    }
}

/// What names of a publication's time do not hold. The vocabulary of schema.org is read where it is known whose date it is.
const OTHERS: [&str; 9] = [
    "unpubli",
    "republi",
    "modif",
    "updat",
    "expir",
    "until",
    "end",
    "draft",
    "datepublished",
];
/// What the name of a time holds, and what it may end in.
const TIMES: [&str; 2] = ["date", "time"];
const TIMES_ENDS: [&str; 4] = ["dt", "at", "on", "published"];

/// What they hold, in attributes and in scripts' data: `data-publish-date`, `"publishedAt"`.
static STARTS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build([
            "publi",
            "pubdate",
            "createdate",
            "create_date",
            "displaydate",
            "display_date",
            "deploy",
        ])
        .ok()
});

/// Names looked at in one page.
const LOOKS: usize = 2_000;
/// Bytes of a name to either side, and of a value.
const REACH: usize = 40;

/// The date that an attribute or a script's datum holds whose name says that it is of publication. When a page was
/// brought out (`deploy`) is asked only where nothing else is named.
pub(super) fn in_source(html: &str, order: Order) -> Option<String> {
    let mut deployed = None;
    for found in STARTS.as_ref()?.find_iter(html).take(LOOKS) {
        let Some((name, value)) = named(html, found.start(), found.end()) else {
            continue;
        };
        let name: String = name
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|char| char.to_ascii_lowercase())
            .collect();
        let ours = !OTHERS.iter().any(|part| name.contains(part))
            && (TIMES.iter().any(|part| name.contains(part))
                || TIMES_ENDS.iter().any(|end| name.ends_with(end)));
        if !ours {
            continue;
        }
        let date = parse(value, order);
        if name.contains("deploy") {
            deployed = deployed.or(date);
        } else if date.is_some() {
            return date;
        }
    }
    deployed
}

/// The name around a stretch of the source and the value that is given to it: `name="value"`, `"name": "value"`,
/// `\"name\":\"value\"`, `"name":1526551200`.
fn named(html: &str, from: usize, to: usize) -> Option<(&str, &str)> {
    let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b':' | b'.');
    let bytes = html.as_bytes();
    let before = bytes
        .get(..from)?
        .iter()
        .rev()
        .take(REACH)
        .take_while(|byte| is_of_name(byte));
    let start = from - before.count();
    let after = bytes
        .get(to..)?
        .iter()
        .take(REACH)
        .take_while(|byte| is_of_name(byte));
    let mut end = to + after.count();
    // `"published":"…"` without the colon that parts it from its value.
    while end > to && bytes.get(end - 1) == Some(&b':') {
        end -= 1;
    }
    let name = html.get(start..end)?;
    let rest = html.get(end..)?;
    let rest = rest.strip_prefix('\\').unwrap_or(rest);
    let rest = rest.strip_prefix(['"', '\'']).unwrap_or(rest);
    let rest = rest.trim_start().strip_prefix([':', '='])?.trim_start();
    let rest = rest.strip_prefix('\\').unwrap_or(rest);
    let (rest, quoted) = match rest.strip_prefix(['"', '\'']) {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let length = rest
        .bytes()
        .take(REACH + 1)
        .take_while(|byte| match byte {
            b'"' | b'\'' | b'<' | b'>' | b'\\' | b'&' => false,
            byte => quoted || byte.is_ascii_digit(),
        })
        .count();
    let value = rest.get(..length)?;
    (length <= REACH && (quoted || value.len() >= 10)).then_some((name, value))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_url_dates_its_page() {
        for (url, want) in [
            ("https://a.example/2018/05/17/x", Some("2018-05-17T00:00:00Z")),
            ("https://a.example/x-20180517.html", Some("2018-05-17T00:00:00Z")),
            (
                "https://a.example/news/A201805171432000123",
                Some("2018-05-17T00:00:00Z"),
            ),
            ("https://a.example/news/201805179932000123", None),
            ("https://archive.example/20190102030405/https://a.example/x", None),
            ("https://a.example/99999999", None),
            (
                "https://a.example/notices/17-05-2018",
                Some("2018-05-17T00:00:00Z"),
            ),
            ("https://a.example/2018/05/page-17", None),
        ] {
            assert_eq!(in_url(url).as_deref(), want, "{url}");
        }
    }

    #[test]
    fn a_moment_near_midnight_is_on_the_day_that_the_address_names() {
        for (moment, day, want) in [
            ("2018-05-18T03:05:00Z", "2018/05/17", "2018-05-17T23:05:00-04:00"),
            ("2018-05-16T22:30:00Z", "2018/05/17", "2018-05-17T00:30:00+02:00"),
            ("2018-05-17T10:00:00Z", "2018/05/17", "2018-05-17T10:00:00Z"),
            ("2018-05-19T10:00:00Z", "2018/05/17", "2018-05-19T10:00:00Z"),
            ("2018-05-18T20:00:00Z", "2018/05/17", "2018-05-18T20:00:00Z"),
            (
                "2018-05-18T03:05:00+02:00",
                "2018/05/17",
                "2018-05-18T03:05:00+02:00",
            ),
            ("2018-05-18T00:00:00Z", "2018/05/17", "2018-05-18T00:00:00Z"),
        ] {
            let url = format!("https://a.example/{day}/x");
            assert_eq!(on_day_of(moment.to_owned(), &url), want, "{moment} {day}");
        }
    }

    #[test]
    fn a_name_in_the_source_dates_its_page() {
        for (html, want) in [
            (
                r#"<div data-publish-date="2018-05-17">"#,
                Some("2018-05-17T00:00:00Z"),
            ),
            (
                r#"<script>{"publishedAt": "2018-05-17T10:00:00Z"}"#,
                Some("2018-05-17T10:00:00Z"),
            ),
            (
                r#"<script>"{\"publicationDate\":\"2018-05-17 10:00\"}""#,
                Some("2018-05-17T10:00:00Z"),
            ),
            (
                r#"<script>var publishTime = 1526551200;"#,
                Some("2018-05-17T10:00:00Z"),
            ),
            (
                r#"<i data-deploy-dt="2018-05-18 10:00"><i data-pubdate="2018-05-17">"#,
                Some("2018-05-17T00:00:00Z"),
            ),
            (
                r#"<i data-deploy-dt="2018-05-18 10:00">"#,
                Some("2018-05-18T10:00:00Z"),
            ),
            (r#"<i data-publish-until="2018-05-18"> published: 2018"#, None),
            (
                r#"{"publisher":"2018-05-18", "datePublished":"2018-05-17"}"#,
                None,
            ),
        ] {
            assert_eq!(in_source(html, Order::DayFirst).as_deref(), want, "{html}");
        }
    }

    proptest! {
        #[test]
        fn any_source_is_looked_through(html in "(pub|lis|hed|date|[=:\"\\\\ ]|2018-05-17|\\PC){0,30}") {
            let _seen = (in_source(&html, Order::MonthFirst), in_url(&html));
        }
    }
}
