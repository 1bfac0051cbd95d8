//! What is written to the terminal is held back until a frame is whole, and then written at once:
//! between two writes a terminal may show what is there so far.

use std::cell::RefCell;
use std::io::{self, Stdout, Write};
use std::rc::Rc;

/// A writer to the terminal that can hold back; its copies are one.
#[derive(Debug, Clone)]
pub struct Held(Rc<RefCell<Inner>>);

#[derive(Debug)]
struct Inner {
    to: Stdout,
    bytes: Vec<u8>,
    holds: bool,
}

impl Held {
    /// One that has room for so many bytes before it needs more.
    pub fn with_capacity(bytes: usize) -> Self {
        Self(Rc::new(RefCell::new(Inner {
            to: io::stdout(),
            bytes: Vec::with_capacity(bytes),
            holds: false,
        })))
    }

    /// From now on a flush writes nothing.
    pub fn hold(&self) {
        self.0.borrow_mut().holds = true;
    }

    /// Writes what was held back; how many bytes.
    pub fn let_go(&self) -> io::Result<usize> {
        let mut inner = self.0.borrow_mut();
        inner.holds = false;
        let bytes = inner.bytes.len();
        inner.send()?;
        Ok(bytes)
    }
}

impl Inner {
    fn send(&mut self) -> io::Result<()> {
        let bytes = std::mem::take(&mut self.bytes);
        let sent = self
            .to
            .lock()
            .write_all(&bytes)
            .and_then(|()| self.to.flush());
        self.bytes = bytes;
        self.bytes.clear();
        sent
    }
}

impl Write for Held {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut inner = self.0.borrow_mut();
        if inner.holds { Ok(()) } else { inner.send() }
    }
}
