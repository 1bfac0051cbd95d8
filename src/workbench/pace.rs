//! When a frame is painted: where a person waits for it, when all was taken in that they did; where
//! nobody does, when what came was taken in, for a few milliseconds at most, and no sooner after the
//! last one than a screen shows another.

use super::app::Event;
use super::post::Inbox;
use std::sync::mpsc::{RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

/// How long events are taken in before a frame is painted.
const TAKE_IN: Duration = Duration::from_millis(4);
/// The shortest time between two frames that nobody asked for by hand.
const FRAME: Duration = Duration::from_micros(8_300);

/// The pace of the frames.
#[derive(Debug)]
pub struct Pace {
    /// How long events are taken in before a frame is painted.
    take_in: Duration,
    /// The shortest time between two frames that nobody asked for by hand.
    between: Duration,
    /// When the last frame was painted.
    painted: Instant,
    /// When the first event of this frame was taken in.
    begun: Instant,
    /// Whether a person waits for this frame.
    urgent: bool,
    /// How many events this frame has.
    pub events: usize,
    /// How many of them nobody waits for.
    told: usize,
}

impl Pace {
    /// From the first frame on.
    pub fn new() -> Self {
        let now = Instant::now();
        Self {
            take_in: TAKE_IN,
            between: FRAME,
            painted: now,
            begun: now,
            urgent: false,
            events: 0,
            told: 0,
        }
    }

    /// The first event of a frame; waits for it until time alone changes something, and without end
    /// where it changes nothing. `None`: nobody tells anything any more.
    pub fn first(&mut self, events: &Inbox, changes: Option<Duration>) -> Option<Event> {
        let event = match changes {
            Some(wait) => match events.recv_timeout(wait) {
                Err(RecvTimeoutError::Timeout) => Event::Tick,
                event => event.ok()?,
            },
            None => events.recv().ok()?,
        };
        self.begun = Instant::now();
        (self.urgent, self.events, self.told) = (false, 0, 0);
        self.count(&event);
        Some(event)
    }

    /// A further event that belongs into the same frame; `None`: it is to be painted now. `busy`:
    /// there is something to go on with until then.
    pub fn next(&mut self, events: &Inbox, busy: bool) -> Option<Event> {
        let rest = self.between.saturating_sub(self.painted.elapsed());
        let is_due = self.urgent || rest.is_zero();
        if is_due && self.begun.elapsed() >= self.take_in {
            return None;
        }
        let event = match events.overtakes() {
            Some(event) => event,
            // One thing that was told is taken in even so: hands that never rest hold up nothing.
            None if self.urgent && self.told > 0 => return None,
            None => match events.try_recv() {
                Ok(event) => event,
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) if is_due => return None,
                Err(TryRecvError::Empty) if busy => Event::Tick,
                Err(TryRecvError::Empty) => events.recv_timeout(rest).ok()?,
            },
        };
        self.count(&event);
        Some(event)
    }

    fn count(&mut self, event: &Event) {
        self.events += 1;
        if is_urgent(event) {
            self.urgent = true;
        } else {
            self.told += 1;
        }
    }

    /// The frame was painted; how long after its first event was taken in.
    pub fn painted(&mut self) -> Duration {
        self.painted = Instant::now();
        self.painted - self.begun
    }
}

/// Whether a person did it and looks for what comes of it, or it is what they look for.
fn is_urgent(event: &Event) -> bool {
    matches!(
        event,
        Event::Key(_)
            | Event::Paste(_)
            | Event::Mouse(_)
            | Event::Resized(..)
            | Event::Paper { .. }
            | Event::Sought { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::super::post;
    use super::*;

    /// A pace that no clock has a say in, however slow the machine is.
    fn steady() -> Pace {
        Pace {
            take_in: Duration::MAX,
            ..Pace::new()
        }
    }

    /// The events of one frame.
    fn frame(pace: &mut Pace, events: &Inbox) -> Option<Vec<Event>> {
        let mut taken = vec![pace.first(events, None)?];
        taken.extend(std::iter::from_fn(|| pace.next(events, false)));
        pace.painted();
        assert_eq!(pace.events, taken.len());
        Some(taken)
    }

    fn urgent(taken: &[Event]) -> Vec<bool> {
        taken.iter().map(is_urgent).collect()
    }

    #[test]
    fn what_is_there_is_one_frame_and_no_event_is_lost() {
        let (told, events) = post::open(1000);
        let mut pace = steady();
        for _ in 0..100 {
            told.send(Event::Resized(80, 24)).unwrap();
        }
        let mut taken = 0;
        drop(told);
        while let Some(events) = frame(&mut pace, &events) {
            taken += events.len();
        }
        assert_eq!(taken, 100);
    }

    #[test]
    fn a_key_is_in_the_next_frame_however_much_was_told_before_it() {
        let (told, events) = post::open(1000);
        let mut pace = steady();
        for _ in 0..500 {
            told.send(Event::Refreshed).unwrap();
        }
        let key = || Event::Paste(String::new());
        told.send(key()).unwrap();
        told.send(key()).unwrap();
        // The two keys, and one thing that was told, so that these go on as well.
        let taken = frame(&mut pace, &events).unwrap();
        assert_eq!(urgent(&taken), [true, true, false]);
        // A key that comes while a frame takes in what was told ends that.
        assert!(matches!(pace.first(&events, None), Some(Event::Refreshed)));
        told.send(key()).unwrap();
        assert!(pace.next(&events, false).is_some_and(|e| is_urgent(&e)));
        assert!(pace.next(&events, false).is_none());
        // Hands that never rest hold up nothing.
        let mut left = 498;
        while left > 0 {
            told.send(key()).unwrap();
            assert_eq!(urgent(&frame(&mut pace, &events).unwrap()), [true, false]);
            left -= 1;
        }
        drop(told);
        assert!(frame(&mut pace, &events).is_none());
    }

    #[test]
    fn what_is_told_is_taken_in_for_a_while_and_the_rest_is_of_another_frame() {
        let (told, events) = post::open(1000);
        let mut pace = steady();
        for _ in 0..3 {
            told.send(Event::Refreshed).unwrap();
        }
        assert!(pace.first(&events, None).is_some());
        // The frame is due, and the while is over.
        (pace.between, pace.take_in) = (Duration::ZERO, Duration::ZERO);
        assert!(pace.next(&events, false).is_none());
        pace.take_in = Duration::MAX;
        assert_eq!(frame(&mut pace, &events).map(|taken| taken.len()), Some(2));
    }

    #[test]
    fn who_is_busy_goes_on_until_the_frame_is_due() {
        let (told, events) = post::open(1000);
        let mut pace = steady();
        pace.between = Duration::from_mins(10);
        told.send(Event::Tick).unwrap();
        assert!(pace.first(&events, Some(Duration::ZERO)).is_some());
        for _ in 0..100 {
            assert!(matches!(pace.next(&events, true), Some(Event::Tick)));
        }
        told.send(Event::Paste(String::new())).unwrap();
        assert!(matches!(pace.next(&events, true), Some(Event::Paste(_))));
        assert!(pace.next(&events, true).is_none(), "a person waits");
    }

    #[test]
    fn what_nobody_waits_for_waits_for_the_frame_and_a_key_ends_that() {
        let (told, events) = post::open(1000);
        let mut pace = steady();
        // A frame was painted this moment: the next one is not due for a while.
        pace.between = Duration::from_mins(10);
        told.send(Event::Tick).unwrap();
        assert!(pace.first(&events, None).is_some());
        let teller = std::thread::spawn(move || {
            for _ in 0..50 {
                told.send(Event::Tick).unwrap();
            }
            told
        });
        for _ in 0..50 {
            assert!(matches!(pace.next(&events, false), Some(Event::Tick)));
        }
        let told = teller.join().unwrap();
        let teller = std::thread::spawn(move || told.send(Event::Paste(String::new())));
        assert!(pace.next(&events, false).is_some_and(|e| is_urgent(&e)));
        assert!(pace.next(&events, false).is_none());
        teller.join().unwrap().unwrap();
        pace.painted();
        assert!(frame(&mut pace, &events).is_none());
    }
}
