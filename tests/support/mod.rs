//! What integration tests share: a project with scripted agents, an offline model server, the real
//! agents, a pump for a process.

#![allow(dead_code, reason = "each test file uses a part")]

pub mod acp;
pub mod claude;
pub mod drive;
pub mod ecosystems;
pub mod landed;
pub mod lines;
pub mod model;
pub mod namespaces;
pub mod paid;
pub mod painted;
pub mod process;
pub mod project;
pub mod sample;
pub mod states;
pub mod strace;
pub mod talked;
pub mod talking;
pub mod terminal;
pub mod trusted;
