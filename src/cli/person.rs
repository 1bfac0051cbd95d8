//! Who gives an order: the user's name, the terminal, the process. For the record, not for trust.

use super::Context;
use crate::engine::Person;
use crate::git::Git;
use color_eyre::eyre::{Report, bail};

/// The longest name that is recorded, in characters.
const MAX_NAME: usize = 120;

/// The person at this command line.
pub fn here(context: &Context) -> Person {
    Person {
        name: name(context),
        terminal: terminal(),
        pid: std::process::id(),
    }
}

/// The person at this command line, where what is ordered is a person's alone to decide. What runs
/// inside an attempt is not one.
pub fn alone(context: &Context, doing: &str) -> Result<Person, Report> {
    if let Some(mark) = crate::process::inside_attempt() {
        bail!(
            "`harness-tui {doing}` is a person's to order, and this runs inside an attempt ({mark}); \
             order it from a terminal of your own"
        );
    }
    Ok(here(context))
}

fn name(context: &Context) -> String {
    let git = Git::new(&context.cwd);
    let asked = git.call(["config", "--get", "user.name"]).text();
    let configured = asked.ok().map(|n| n.trim().to_owned());
    let user = || std::env::var("USER").or_else(|_| std::env::var("LOGNAME"));
    configured
        .filter(|n| !n.is_empty())
        .or_else(|| user().ok().filter(|n| !n.is_empty()))
        .map_or_else(
            || "unknown".to_owned(),
            |n| n.chars().take(MAX_NAME).collect(),
        )
}

fn terminal() -> Option<String> {
    let named = rustix::termios::ttyname(std::io::stdin(), Vec::new()).ok()?;
    named.into_string().ok()
}
