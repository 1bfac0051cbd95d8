//! A line that a person types when they are asked.

use super::Context;
use color_eyre::eyre::Report;
use std::io::{BufRead, Write};

/// A line that is typed after it was asked for; `None`: there will be none.
pub fn line(context: &Context, ask: &str) -> Result<Option<String>, Report> {
    // What was meant for the program before is no answer.
    let _ = rustix::termios::tcflush(std::io::stdin(), rustix::termios::QueueSelector::IFlush);
    context.out.verbatim(ask);
    std::io::stdout().flush()?;
    let mut typed = String::new();
    let read = std::io::stdin().lock().read_line(&mut typed)?;
    Ok((read > 0).then(|| typed.trim().to_owned()))
}
