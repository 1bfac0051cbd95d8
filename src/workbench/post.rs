//! The events on their way to the screen, in two queues: what a person or the system does, and what
//! is told of the project. The first is always taken before the second, so that a key waits for
//! nothing that agents write. Within a queue the order holds; both are bounded, nothing is lost:
//! who finds one full waits until there is room.

use super::app::Event;
use std::collections::VecDeque;
use std::sync::mpsc::{RecvError, RecvTimeoutError, TryRecvError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A post whose queues hold so many events each.
pub fn open(most: usize) -> (Post, Inbox) {
    let shared = Arc::new(Shared {
        most,
        lies: Mutex::default(),
        came: Condvar::new(),
        room: [Condvar::new(), Condvar::new()],
    });
    shared.lies().posts = 1;
    (Post(shared.clone()), Inbox(shared))
}

/// Which queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lane {
    /// What a person or the system does.
    Done,
    /// What is told of the project.
    Told,
}

impl Lane {
    /// The queue of an event.
    fn of(event: &Event) -> Self {
        match event {
            Event::Key(_)
            | Event::Paste(_)
            | Event::Mouse(_)
            | Event::Resized(..)
            | Event::Focus(_)
            | Event::Replied(_)
            | Event::Stop
            | Event::Continued
            | Event::Gone => Self::Done,
            Event::Read(_)
            | Event::Told { .. }
            | Event::Paper { .. }
            | Event::Sought { .. }
            | Event::Explained { .. }
            | Event::Named { .. }
            | Event::Comments { .. }
            | Event::Wants(_)
            | Event::Edited { .. }
            | Event::TakenUp { .. }
            | Event::HandEdited { .. }
            | Event::Came { .. }
            | Event::Looked { .. }
            | Event::Did { .. }
            | Event::Command(_)
            | Event::Talk(_)
            | Event::NotKept(_)
            | Event::Wrote(_)
            | Event::Themes(_)
            | Event::ThemeKept(_)
            | Event::Line(_)
            | Event::Refreshed
            | Event::Tick => Self::Told,
        }
    }
}

#[derive(Debug, Default)]
struct Lies {
    /// A queue for each [`Lane`].
    queues: [VecDeque<Event>; 2],
    /// How many can still tell something.
    posts: usize,
    /// Nobody takes anything any more.
    left: bool,
}

#[derive(Debug)]
struct Shared {
    most: usize,
    lies: Mutex<Lies>,
    /// Something came, or nobody is left who could send it.
    came: Condvar,
    /// There is room in a queue, or nobody takes anything any more.
    room: [Condvar; 2],
}

impl Shared {
    fn lies(&self) -> MutexGuard<'_, Lies> {
        // A panic anywhere ends the process; what is behind the lock is whole at any time.
        self.lies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the first event of the first of these queues that has one.
    fn take(&self, lies: &mut Lies, lanes: &[Lane]) -> Option<Event> {
        for lane in lanes {
            if let Some(event) = lies.queues[*lane as usize].pop_front() {
                self.room[*lane as usize].notify_one();
                return Some(event);
            }
        }
        None
    }
}

/// All queues, in the order in which they are looked at.
const ALL: &[Lane] = &[Lane::Done, Lane::Told];

/// Nobody takes events any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unread;

/// Where events are given up.
#[derive(Debug)]
pub struct Post(Arc<Shared>);

impl Post {
    /// Sends an event from the screen to itself, and never waits: in a full queue it stands beyond
    /// the bound, which is for those who tell without end.
    pub fn send_anyway(&self, event: Event) {
        let lane = Lane::of(&event) as usize;
        self.0.lies().queues[lane].push_back(event);
        self.0.came.notify_one();
    }

    /// Sends an event; waits while its queue is full. An error: nobody takes it any more.
    pub fn send(&self, event: Event) -> Result<(), Unread> {
        let lane = Lane::of(&event) as usize;
        let full = |lies: &mut Lies| !lies.left && lies.queues[lane].len() >= self.0.most;
        let lies = self.0.room[lane].wait_while(self.0.lies(), full);
        let mut lies = lies.unwrap_or_else(PoisonError::into_inner);
        if lies.left {
            return Err(Unread);
        }
        lies.queues[lane].push_back(event);
        self.0.came.notify_one();
        Ok(())
    }
}

impl Clone for Post {
    fn clone(&self) -> Self {
        self.0.lies().posts += 1;
        Self(self.0.clone())
    }
}

impl Drop for Post {
    fn drop(&mut self) {
        self.0.lies().posts -= 1;
        self.0.came.notify_one();
    }
}

/// Where they are taken.
#[derive(Debug)]
pub struct Inbox(Arc<Shared>);

impl Inbox {
    /// The next event; waits for it. An error: none will come any more.
    pub fn recv(&self) -> Result<Event, RecvError> {
        self.wait(None).map_err(|_| RecvError)
    }

    /// The same, but waits for no longer than this.
    pub fn recv_timeout(&self, patience: Duration) -> Result<Event, RecvTimeoutError> {
        self.wait(Some(patience))
    }

    /// The next event, where one is there.
    pub fn try_recv(&self) -> Result<Event, TryRecvError> {
        let mut lies = self.0.lies();
        match self.0.take(&mut lies, ALL) {
            Some(event) => Ok(event),
            None if lies.posts == 0 => Err(TryRecvError::Disconnected),
            None => Err(TryRecvError::Empty),
        }
    }

    /// The next thing that a person or the system did, where one is there.
    pub fn overtakes(&self) -> Option<Event> {
        self.0.take(&mut self.0.lies(), &[Lane::Done])
    }

    fn wait(&self, patience: Option<Duration>) -> Result<Event, RecvTimeoutError> {
        let until = patience.and_then(|patience| Instant::now().checked_add(patience));
        let mut lies = self.0.lies();
        loop {
            if let Some(event) = self.0.take(&mut lies, ALL) {
                return Ok(event);
            }
            if lies.posts == 0 {
                return Err(RecvTimeoutError::Disconnected);
            }
            let Some(until) = until else {
                let woken = self.0.came.wait(lies);
                lies = woken.unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(RecvTimeoutError::Timeout);
            }
            let woken = self.0.came.wait_timeout(lies, left);
            lies = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        let mut lies = self.0.lies();
        lies.left = true;
        // Freed without the lock: there may be much.
        let unread = std::mem::take(&mut lies.queues);
        drop(lies);
        for room in &self.0.room {
            room.notify_all();
        }
        drop(unread);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::sync_channel;

    fn line(n: usize) -> Event {
        Event::Line(Some(n.to_string()))
    }

    fn resized(n: u16) -> Event {
        Event::Resized(n, n)
    }

    fn word(event: &Event) -> String {
        match event {
            Event::Line(text) => text.clone().unwrap_or_default(),
            Event::Resized(n, _) => format!("r{n}"),
            _ => "?".to_owned(),
        }
    }

    #[test]
    fn what_a_person_does_overtakes_what_is_told_and_each_keeps_its_order() {
        let (post, inbox) = open(10);
        for event in [line(1), line(2), resized(1), line(3), resized(2)] {
            post.send(event).unwrap();
        }
        assert_eq!(word(&inbox.overtakes().unwrap()), "r1");
        let mut came = Vec::new();
        while let Ok(event) = inbox.try_recv() {
            came.push(word(&event));
        }
        assert_eq!(came, ["r2", "1", "2", "3"]);
        assert!(inbox.overtakes().is_none());
        assert_eq!(inbox.try_recv().unwrap_err(), TryRecvError::Empty);
        let patience = Duration::from_millis(1);
        let none = inbox.recv_timeout(patience).unwrap_err();
        assert_eq!(none, RecvTimeoutError::Timeout);
        drop(post);
        assert_eq!(inbox.try_recv().unwrap_err(), TryRecvError::Disconnected);
        assert!(inbox.recv().is_err());
    }

    #[test]
    fn a_full_queue_holds_up_its_own_only_and_loses_nothing() {
        let (post, inbox) = open(2);
        post.send(line(0)).unwrap();
        post.send(line(1)).unwrap();
        let (began, begun) = sync_channel(1);
        let teller = post.clone();
        let told = std::thread::spawn(move || {
            began.send(()).unwrap();
            for n in 2..500 {
                teller.send(line(n)).unwrap();
            }
        });
        begun.recv().unwrap();
        // There is no room for what is told; there is for a key.
        post.send(resized(1)).unwrap();
        post.send(resized(2)).unwrap();
        drop(post);
        assert_eq!(word(&inbox.recv().unwrap()), "r1");
        assert_eq!(word(&inbox.recv().unwrap()), "r2");
        for n in 0..500 {
            assert_eq!(word(&inbox.recv().unwrap()), n.to_string());
        }
        told.join().unwrap();
        assert!(inbox.recv().is_err());
    }

    #[test]
    fn who_waits_for_room_is_told_that_nobody_is_left() {
        let (post, inbox) = open(1);
        post.send(line(0)).unwrap();
        let teller = post.clone();
        let waits = std::thread::spawn(move || teller.send(line(1)).is_err());
        drop(inbox);
        assert!(waits.join().unwrap());
        assert!(post.send(resized(1)).is_err());
    }

    #[test]
    fn who_waits_for_an_event_is_woken_by_it_and_by_the_last_sender_that_goes() {
        let (post, inbox) = open(1);
        let waits = std::thread::spawn(move || {
            let first = inbox.recv().map(|e| word(&e));
            (first, inbox.recv().is_err())
        });
        post.send(resized(7)).unwrap();
        drop(post);
        assert_eq!(waits.join().unwrap(), (Ok("r7".to_owned()), true));
    }
}
