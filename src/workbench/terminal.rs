//! The terminal as a resource: taking it, giving it back exactly as it was, what it says and what
//! it is told.
//!
//! It is given back on every way out: by leaving, by an error, by a panic, by a signal. Whatever is
//! switched on stands in one table (`modes`) beside what switches it off, and nothing else writes
//! modes. One thread reads (`reader`), and it stops reading while the terminal is another
//! program's. What the terminal answers is understood or dropped, and never taken for keys.

pub mod command;
pub mod editor;
mod held;
pub mod input;
pub mod kind;
pub mod loan;
pub mod modes;
mod out;
pub mod reader;
pub mod screen;
pub mod settings;
pub mod signals;
mod signs;

pub use input::Reply;
pub use screen::Screen;
