//! The engine's promises, told as runs in memory.

mod gates;
mod laws;
mod notices;
mod orders;
mod outcomes;
mod refresh;
mod staleness;
mod taken;
mod why;
