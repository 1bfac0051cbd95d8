//! A line a frame for whoever looks for what is slow: see `docs/figures.md`.

use serde::Serialize;
use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};

/// Names the file.
const NAME: &str = "HARNESS_TUI_TRACE";

/// Where the lines go.
#[derive(Debug)]
pub struct Trace {
    file: Option<File>,
    begun: Instant,
}

/// What a frame took.
#[derive(Debug, Clone, Copy, Default)]
pub struct Painted {
    /// Cells that changed.
    pub cells: usize,
    /// Bytes that were written.
    pub bytes: usize,
    /// Laying out, painting and comparing.
    pub draw: Duration,
    /// Writing to the terminal.
    pub flush: Duration,
}

/// A line. All times are in microseconds.
#[derive(Serialize)]
struct Line {
    /// Since the program began to trace, at the end of the frame.
    at: u128,
    /// Events that the frame shows.
    events: usize,
    /// From its first event to the end of the frame.
    age: u128,
    /// Taking the events in.
    update: u128,
    /// Painting.
    draw: u128,
    /// Cells that changed.
    cells: usize,
    /// Bytes that were written.
    bytes: usize,
    /// Writing.
    flush: u128,
}

impl Trace {
    /// Into the file that the environment names; nowhere without one.
    pub fn open() -> std::io::Result<Self> {
        let named = std::env::var_os(NAME).filter(|name| !name.is_empty());
        let file = named.map(|path| File::options().create(true).append(true).open(path));
        Ok(Self {
            file: file.transpose()?,
            begun: Instant::now(),
        })
    }

    /// Writes the line of a frame. A trace that can't be written is none: it is no reason to stop.
    pub fn frame(&mut self, events: usize, age: Duration, painted: Painted) {
        let Some(file) = &mut self.file else { return };
        let line = Line {
            at: self.begun.elapsed().as_micros(),
            events,
            age: age.as_micros(),
            update: age.saturating_sub(painted.draw + painted.flush).as_micros(),
            draw: painted.draw.as_micros(),
            cells: painted.cells,
            bytes: painted.bytes,
            flush: painted.flush.as_micros(),
        };
        if let Ok(mut text) = serde_json::to_vec(&line) {
            text.push(b'\n');
            if file.write_all(&text).is_err() {
                self.file = None;
            }
        }
    }
}
