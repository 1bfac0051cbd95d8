//! Who gives an order: the user's name, the terminal, the process. For the record, not for trust.

use super::Context;
use crate::engine::Person;
use color_eyre::eyre::{Report, bail};

/// The person at this command line.
pub fn here(context: &Context) -> Person {
    crate::records::person::here(&context.cwd)
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
