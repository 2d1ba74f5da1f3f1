//! Ages as a person writes and reads them.

use std::time::Duration;

use jiff::Timestamp;

const UNITS: &[(&str, u64)] = &[("s", 1), ("m", 60), ("min", 60), ("h", 3_600), ("d", 86_400)];

/// Reads `90s`, `15m`, `2h`, `7d`.
pub(super) fn parse(written: &str) -> Result<Duration, String> {
    let written = written.trim();
    let digits = written
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(written.len());
    let (number, unit) = written.split_at_checked(digits).unwrap_or((written, ""));
    let unit = unit.trim();
    let seconds = UNITS
        .iter()
        .find(|(name, _)| *name == unit)
        .map(|(_, seconds)| *seconds);
    let total = seconds.zip(number.parse::<u64>().ok());
    total
        .and_then(|(seconds, number)| number.checked_mul(seconds))
        // Some ten thousand years: more than a time stamp holds.
        .filter(|seconds| *seconds < 300_000_000_000)
        .map(Duration::from_secs)
        .ok_or_else(|| "write a number and a unit: 90s, 15m, 2h or 7d".to_owned())
}

/// The time so long before `now`.
pub(super) fn before(now: Timestamp, age: Duration) -> Timestamp {
    i64::try_from(age.as_secs())
        .ok()
        .and_then(|seconds| Timestamp::from_second(now.as_second().checked_sub(seconds)?).ok())
        .unwrap_or(Timestamp::MIN)
}

/// How old something is, in the largest unit that it fills: `3 h`.
pub(super) fn of(at: Option<Timestamp>, now: Timestamp) -> String {
    let Some(at) = at else {
        return "?".to_owned();
    };
    let seconds = now.as_second().saturating_sub(at.as_second()).max(0);
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_have_a_number_and_a_unit() {
        assert_eq!(parse("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse(" 15 min"), Ok(Duration::from_secs(900)));
        assert_eq!(parse("7d"), Ok(Duration::from_secs(604_800)));
        for wrong in ["", "7", "d", "7w", "-1h", "1.5h", "99999999999999999999s", "7é"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_age_is_told_in_a_unit_that_fits() {
        let now: Timestamp = "2026-03-03T00:00:00Z".parse().unwrap();
        let at = |text: &str| Some(text.parse().unwrap());
        assert_eq!(of(at("2026-03-02T23:59:30Z"), now), "30 s");
        assert_eq!(of(at("2026-03-02T23:00:00Z"), now), "60 min");
        assert_eq!(of(at("2026-03-01T00:00:00Z"), now), "2 d");
        assert_eq!(
            of(at("2027-01-01T00:00:00Z"), now),
            "0 s",
            "another's clock is ahead"
        );
        assert_eq!(of(None, now), "?");
        assert_eq!(
            before(now, Duration::from_secs(86_400)),
            at("2026-03-02T00:00:00Z").unwrap()
        );
    }
}
