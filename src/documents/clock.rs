//! Times of day as people write them in the shared files, `07:30`, and the moment that one means.

use jiff::civil::Time;
use jiff::{Timestamp, ToSpan, Zoned};

/// Reads a time of day, hours and minutes.
pub fn parse_clock(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    let number = |digits: &str, most: usize| {
        let fits = (1..=most).contains(&digits.len());
        let all = digits.bytes().all(|b| b.is_ascii_digit());
        (fits && all).then(|| digits.parse::<i8>().ok()).flatten()
    };
    let minute = number(minute, 2).filter(|_| minute.len() == 2)?;
    Time::new(number(hour, 2)?, minute, 0, 0).ok()
}

/// The first moment after this one at which the clock shows it. Where a clock is put forward over it, it
/// is the moment that would have been it; where it is put back, the first of the two.
pub fn next_at(now: &Zoned, clock: Time) -> Option<Timestamp> {
    let on = |day: jiff::civil::Date| {
        let at = day.to_datetime(clock).to_zoned(now.time_zone().clone());
        at.ok().map(|at| at.timestamp())
    };
    let today = now.date();
    let later = on(today).filter(|at| *at > now.timestamp());
    later.or_else(|| on(today.checked_add(1.day()).ok()?))
}

/// The moment at which the day of this moment ends.
pub fn end_of_day(now: &Zoned) -> Option<Timestamp> {
    let tomorrow = now.date().checked_add(1.day()).ok()?;
    let first = tomorrow.to_zoned(now.time_zone().clone()).ok()?;
    Some(first.start_of_day().ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    #[test]
    fn a_time_of_day_is_hours_and_minutes() {
        for (text, hour, minute) in [
            ("07:30", 7, 30),
            ("7:30", 7, 30),
            ("0:00", 0, 0),
            (" 23:59 ", 23, 59),
        ] {
            assert_eq!(
                parse_clock(text),
                Time::new(hour, minute, 0, 0).ok(),
                "{text}"
            );
        }
        for bad in [
            "", "7", "24:00", "7:60", "7:3", "07:30:00", "-1:30", "a:30", "+7:30", "007:30", "8h",
        ] {
            assert_eq!(parse_clock(bad), None, "{bad}");
        }
    }

    fn berlin(text: &str) -> Zoned {
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        text.parse::<jiff::civil::DateTime>()
            .unwrap()
            .to_zoned(zone)
            .unwrap()
    }

    #[test]
    fn it_is_the_next_one_across_midnight_and_where_the_clock_is_changed() {
        for (now, clock, next) in [
            ("2026-04-02T22:15", "07:30", "2026-04-03T05:30:00Z"),
            ("2026-04-02T03:00", "07:30", "2026-04-02T05:30:00Z"),
            // At the very moment it is the next day's.
            ("2026-04-02T07:30", "07:30", "2026-04-03T05:30:00Z"),
            // In March a night has an hour less, in October one more.
            ("2026-03-28T22:00", "07:30", "2026-03-29T05:30:00Z"),
            ("2026-10-24T22:00", "07:30", "2026-10-25T06:30:00Z"),
            // 02:30 is left out, and is twice.
            ("2026-03-28T22:00", "02:30", "2026-03-29T01:30:00Z"),
            ("2026-10-24T22:00", "02:30", "2026-10-25T00:30:00Z"),
        ] {
            let at = next_at(&berlin(now), parse_clock(clock).unwrap()).unwrap();
            assert_eq!(at.to_string(), next, "{now} {clock}");
        }
        // Within the hour that is there twice, the first of the two is over.
        let second: Timestamp = "2026-10-25T01:00:00Z".parse().unwrap();
        let second = second.to_zoned(berlin("2026-10-24T22:00").time_zone().clone());
        let at = next_at(&second, parse_clock("02:30").unwrap()).unwrap();
        assert_eq!(at.to_string(), "2026-10-26T01:30:00Z");
    }

    #[test]
    fn a_day_ends_when_the_next_begins_however_long_it_is() {
        for (now, end) in [
            ("2026-04-02T22:15", "2026-04-02T22:00:00Z"),
            ("2026-03-29T00:30", "2026-03-29T22:00:00Z"),
            ("2026-10-25T00:30", "2026-10-25T23:00:00Z"),
        ] {
            assert_eq!(end_of_day(&berlin(now)).unwrap().to_string(), end, "{now}");
        }
    }
}
