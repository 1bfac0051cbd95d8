//! Quantities as people read them.

use jiff::{SignedDuration, Timestamp};

const MINUTE: u64 = 60;
const HOUR: u64 = 3600;
const DAY: u64 = 86_400;

/// A duration from milliseconds: `0:48`, `12:05`, `1:02:03`. Parts of a second are cut off.
pub fn duration(ms: u64) -> String {
    let seconds = ms / 1000;
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if h > 0 {
        format!("{h}:{m:02}:{s:02}")
    } else {
        format!("{m}:{s:02}")
    }
}

/// What something took that is over: as [`duration`], but `<1 s` rather than nothing.
pub fn took(ms: u64) -> String {
    if ms < 1000 {
        "<1 s".to_owned()
    } else {
        duration(ms)
    }
}

/// How long something has been so, from seconds, in one unit: `12 s`, `3 min`, `2 h`, `5 d`.
pub fn age(seconds: u64) -> String {
    match seconds {
        0..MINUTE => format!("{seconds} s"),
        MINUTE..HOUR => format!("{} min", seconds / MINUTE),
        HOUR..DAY => format!("{} h", seconds / HOUR),
        _ => format!("{} d", seconds / DAY),
    }
}

/// How long ago, from seconds: `now`, `12 s ago`, `3 min ago`, `2 h ago`, `5 d ago`.
pub fn ago(seconds: u64) -> String {
    match seconds {
        0 => "now".to_owned(),
        _ => format!("{} ago", age(seconds)),
    }
}

/// In how many seconds [`age`] and [`ago`] say something else of what is this old.
pub fn until_older(seconds: u64) -> u64 {
    let unit = match seconds {
        0..MINUTE => 1,
        MINUTE..HOUR => MINUTE,
        HOUR..DAY => HOUR,
        _ => DAY,
    };
    unit - seconds % unit
}

/// When [`age`] says something else of what is so since `at`; `None`: time has no such moment.
pub fn older_at(at: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let gone = u64::try_from(now.duration_since(at).as_secs()).unwrap_or(0);
    let then = i64::try_from(gone + until_older(gone)).ok()?;
    at.checked_add(SignedDuration::from_secs(then)).ok()
}

/// So many of something: `1 file`, `2 files`, `3 criteria`. The one place where a noun gets its
/// plural.
pub fn many<N: Copy + std::fmt::Display + PartialEq + From<u8>>(n: N, noun: &str) -> String {
    if n == N::from(1) {
        return format!("{n} {noun}");
    }
    let plural = match (noun, noun.strip_suffix('y')) {
        ("criterion", _) => "criteria".to_owned(),
        (_, Some(stem)) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ => format!("{noun}s"),
    };
    format!("{n} {plural}")
}

/// A size: `512 B`, `1.5 KiB`, `64 MiB`. Cut, never rounded up past a unit.
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if n < 1024 {
        return format!("{n} B");
    }
    let mut unit = 0;
    let mut scale: u64 = 1024;
    while n / scale >= 1024 && unit + 1 < UNITS.len() {
        scale *= 1024;
        unit += 1;
    }
    let (whole, tenth) = (n / scale, n % scale / (scale / 10).max(1));
    let name = UNITS.get(unit).copied().unwrap_or("B");
    if whole < 10 && (1..10).contains(&tenth) {
        format!("{whole}.{tenth} {name}")
    } else {
        format!("{whole} {name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(duration(48_900), "0:48");
        assert_eq!(duration(3_723_000), "1:02:03");
        assert_eq!(duration(0), "0:00");
        assert_eq!((took(999), took(1000)), ("<1 s".into(), "0:01".into()));
    }

    #[test]
    fn ages() {
        assert_eq!(ago(0), "now");
        assert_eq!((ago(59), age(59)), ("59 s ago".into(), "59 s".into()));
        assert_eq!(ago(60), "1 min ago");
        assert_eq!(ago(7200), "2 h ago");
        assert_eq!(ago(200_000), "2 d ago");
    }

    #[test]
    fn an_age_stays_the_same_until_it_is_said_to_change() {
        for seconds in [0, 1, 59, 60, 61, 3599, 3600, 5000, 86_399, 86_400, 200_000] {
            let next = seconds + until_older(seconds);
            assert_eq!(age(seconds), age(next - 1), "{seconds}");
            assert_ne!(age(seconds), age(next), "{seconds}");
        }
    }

    #[test]
    fn nouns_agree_with_their_number() {
        assert_eq!(many(0, "finding"), "0 findings");
        assert_eq!(many(1_u32, "finding"), "1 finding");
        assert_eq!(many(2, "directory"), "2 directories");
        assert_eq!(many(3, "day"), "3 days");
        assert_eq!(many(4_u64, "criterion"), "4 criteria");
    }

    #[test]
    fn sizes() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(1536), "1.5 KiB");
        assert_eq!(bytes(64 << 20), "64 MiB");
        assert_eq!(bytes((1 << 20) - 1), "1023 KiB");
        assert_eq!(bytes(u64::MAX), "16383 PiB");
    }
}
