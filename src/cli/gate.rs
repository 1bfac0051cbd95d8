//! Letting a gate through at a terminal.

use super::order;
use crate::records::gate;
use crate::records::runs::RunView;
use color_eyre::eyre::Report;
use std::io::{BufRead, Write};

pub use gate::{Held, faults, in_question};

/// How many times one thing is asked where the answer is not understood.
const TRIES: usize = 5;

/// What stands against approving anything of this run. An edit that nobody saw is taken up.
pub fn held(view: &mut RunView) -> Result<Option<Held>, Report> {
    let held = gate::held(view)?;
    if held.as_ref().is_some_and(|held| held.asks_anew) {
        order::wake(view)?;
    }
    Ok(held)
}

/// Asks the person at the terminal. No, or no answer that can be understood: false.
pub fn says_yes(question: &str) -> std::io::Result<bool> {
    for _ in 0..TRIES {
        let mut out = std::io::stdout().lock();
        write!(out, "{question} (yes or no): ")?;
        out.flush()?;
        drop(out);
        let mut line = String::new();
        if std::io::stdin().lock().read_line(&mut line)? == 0 {
            return Ok(false);
        }
        match line.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            _ => {}
        }
    }
    Ok(false)
}
