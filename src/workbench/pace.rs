//! When a frame is painted: when what came was taken in, for a few milliseconds at most; and where
//! nobody waits for it, no sooner after the last one than a screen shows another.

use super::app::Event;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

/// How long events are taken in before a frame is painted.
const TAKE_IN: Duration = Duration::from_millis(4);
/// The shortest time between two frames that nobody asked for by hand.
const FRAME: Duration = Duration::from_micros(8_300);

/// The pace of the frames.
#[derive(Debug)]
pub struct Pace {
    /// When the last frame was painted.
    painted: Instant,
    /// When the first event of this frame was taken in.
    begun: Instant,
    /// Whether a person waits for this frame.
    urgent: bool,
    /// How many events this frame has.
    pub events: usize,
}

impl Pace {
    /// From the first frame on.
    pub fn new() -> Self {
        let now = Instant::now();
        Self {
            painted: now,
            begun: now,
            urgent: false,
            events: 0,
        }
    }

    /// The first event of a frame; waits for it until time alone changes something, and without end
    /// where it changes nothing. `None`: nobody tells anything any more.
    pub fn first(&mut self, events: &Receiver<Event>, changes: Option<Duration>) -> Option<Event> {
        let event = match changes {
            Some(wait) => match events.recv_timeout(wait) {
                Err(RecvTimeoutError::Timeout) => Event::Tick,
                event => event.ok()?,
            },
            None => events.recv().ok()?,
        };
        self.begun = Instant::now();
        self.urgent = is_urgent(&event);
        self.events = 1;
        Some(event)
    }

    /// A further event that belongs into the same frame; `None`: it is to be painted now. `busy`:
    /// there is something to go on with until then.
    pub fn next(&mut self, events: &Receiver<Event>, busy: bool) -> Option<Event> {
        let rest = FRAME.saturating_sub(self.painted.elapsed());
        let is_due = self.urgent || rest.is_zero();
        if is_due && self.begun.elapsed() >= TAKE_IN {
            return None;
        }
        let event = match events.try_recv() {
            Ok(event) => event,
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) if is_due => return None,
            Err(TryRecvError::Empty) if busy => return Some(Event::Tick),
            Err(TryRecvError::Empty) => events.recv_timeout(rest).ok()?,
        };
        self.urgent |= is_urgent(&event);
        self.events += 1;
        Some(event)
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
    use super::*;
    use std::sync::mpsc::sync_channel;

    /// The events of one frame.
    fn frame(pace: &mut Pace, events: &Receiver<Event>) -> Option<usize> {
        pace.first(events, None)?;
        while pace.next(events, false).is_some() {}
        pace.painted();
        Some(pace.events)
    }

    #[test]
    fn what_is_there_is_one_frame_and_no_event_is_lost() {
        let (told, events) = sync_channel(1000);
        let mut pace = Pace::new();
        for _ in 0..100 {
            told.send(Event::Resized(80, 24)).unwrap();
        }
        let mut taken = 0;
        drop(told);
        while let Some(n) = frame(&mut pace, &events) {
            taken += n;
        }
        assert_eq!(taken, 100);
    }

    #[test]
    fn who_is_busy_goes_on_until_the_frame_is_due() {
        let (told, events) = sync_channel(1000);
        let mut pace = Pace::new();
        pace.painted += Duration::from_mins(10);
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
        let (told, events) = sync_channel(1000);
        let mut pace = Pace::new();
        // A frame was painted this moment: the next one is not due for a while.
        pace.painted += Duration::from_mins(10);
        told.send(Event::Tick).unwrap();
        let teller = std::thread::spawn(move || {
            for _ in 0..50 {
                told.send(Event::Tick).unwrap();
            }
            told.send(Event::Paste(String::new())).unwrap();
            told
        });
        assert_eq!(frame(&mut pace, &events), Some(52));
        drop(teller.join().unwrap());
        assert_eq!(frame(&mut pace, &events), None);
    }
}
