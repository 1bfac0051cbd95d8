//! Durations as people write them in the shared files: `90s`, `10m`, `1h`, `1h30m`.

/// A text that is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a duration: write a number and s, m, h or d, like 90s, 10m or 1h30m")]
pub struct BadDuration(pub String);

/// The longest duration that is taken: 366 days, in seconds.
const LONGEST: u64 = 366 * 86_400;

/// Reads a duration in seconds. It is above zero and at most 366 days; units go from large to
/// small, each at most once.
pub fn parse_duration(text: &str) -> Result<u64, BadDuration> {
    let bad = || BadDuration(text.trim().chars().take(60).collect());
    let mut rest = text.trim();
    let mut seconds = 0u64;
    let mut last_unit = u64::MAX;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = rest[..digits].parse().map_err(|_| bad())?;
        rest = &rest[digits..];
        let unit = match rest.as_bytes().first() {
            Some(b's') => 1,
            Some(b'm') => 60,
            Some(b'h') => 3_600,
            Some(b'd') => 86_400,
            _ => return Err(bad()),
        };
        if unit >= last_unit {
            return Err(bad());
        }
        last_unit = unit;
        rest = rest[1..].trim_start();
        seconds = number
            .checked_mul(unit)
            .and_then(|n| n.checked_add(seconds))
            .ok_or_else(bad)?;
    }
    if seconds == 0 || seconds > LONGEST {
        return Err(bad());
    }
    Ok(seconds)
}

/// Milliseconds for people: `0.4s`, `12s`, `3m12s`, `1h04m`.
pub fn took(ms: u64) -> String {
    let seconds = ms / 1_000;
    match seconds {
        0..10 => format!("{}.{}s", seconds, ms % 1_000 / 100),
        10..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h{:02}m", seconds / 3_600, seconds % 3_600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_people_write_them() {
        for (text, seconds) in [
            ("90s", 90),
            ("10m", 600),
            (" 1h ", 3_600),
            ("1h30m", 5_400),
            ("1h 30m", 5_400),
            ("2d", 172_800),
        ] {
            assert_eq!(parse_duration(text), Ok(seconds), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for bad in [
            "",
            "0s",
            "10",
            "m",
            "-1m",
            "1.5h",
            "30m1h",
            "1m1m",
            "10 m",
            "1é",
            "400d",
            "99999999999999999999s",
            "18446744073709551615d",
        ] {
            assert!(parse_duration(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn times_read_at_a_glance() {
        let all = [400, 12_000, 192_000, 3_840_000].map(took);
        assert_eq!(all, ["0.4s", "12s", "3m12s", "1h04m"]);
    }
}
