//! Quantities as people read them.

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

/// How long ago, from seconds: `now`, `3 min ago`, `2 h ago`, `5 d ago`.
pub fn ago(seconds: u64) -> String {
    match seconds {
        0..60 => "now".to_owned(),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..86_400 => format!("{} h ago", seconds / 3600),
        _ => format!("{} d ago", seconds / 86_400),
    }
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
        assert_eq!(ago(59), "now");
        assert_eq!(ago(60), "1 min ago");
        assert_eq!(ago(7200), "2 h ago");
        assert_eq!(ago(200_000), "2 d ago");
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
