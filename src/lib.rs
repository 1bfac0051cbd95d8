//! harness-tui: a terminal workbench that carries a backlog item through staged, validated agent
//! runs to an approved change.
//!
//! The rooms, from the ground up. A room imports only from rooms above it in this list (which are
//! below it in the house); `tests/house.rs` keeps that law.
//!
//! - [`terms`]: the words: ids, digests, repository paths, places, findings, states. No I/O.
//! - [`text`]: [`text::SafeText`], the only way for outside text to a terminal.
//! - [`render`]: from text to rows for a page: markdown, code, changes, diagrams. Pure.
//! - [`store`]: the disk: write protocol, journal, locks, the layout of the engine's own files.
//! - [`process`]: processes of this machine: identity, groups, sweeping what is left behind.
//! - [`git`]: git by its own command line, hardened against what a repository may configure.
//! - [`documents`]: the files people share with the engine: lossless parsing, strict writing.
//! - [`engine`]: decides. Pure: no I/O, no clock, no randomness.
//! - [`agents`]: a file an agent program: how to start it, how to read it. No decisions.
//! - [`runners`]: where an attempt is placed.
//! - [`stage`]: one attempt (`stage-exec`).
//! - [`supervisor`]: one run: carries decisions out, journals, recovers, hands off by git.
//! - [`records`]: what is so, read from disk: the one read model of every screen.
//! - [`items`]: writing backlog items, and taking that back.
//! - [`dialogue`]: the conversation that makes and revises task definitions; the ledger.
//! - [`hand`]: a person at work in a run's tree: a stage taken over, a shell.
//! - [`landing`]: a person takes the result; tidying.
//! - [`starting`]: what a run would start from, as data, and beginning it.
//! - [`setup`]: a harness for a repository, and the sample project.
//! - [`workbench`]: the full screen.
//! - [`cli`]: a file a command: parse, call, print, exit code.

pub mod agents;
pub mod cli;
pub mod dialogue;
pub mod documents;
pub mod engine;
pub mod git;
pub mod hand;
pub mod items;
pub mod landing;
pub mod process;
pub mod records;
pub mod render;
pub mod runners;
pub mod setup;
pub mod stage;
pub mod starting;
pub mod store;
pub mod supervisor;
pub mod terms;
pub mod text;
pub mod workbench;
