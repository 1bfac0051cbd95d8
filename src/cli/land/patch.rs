//! What would land, as a patch on standard output.

use super::super::Context;
use super::super::out::{Role, paint, safe};
use crate::landing::patch::Patch;
use crate::landing::{LandError, Request};
use crate::records::runs::RunView;
use crate::text::SafeText;
use serde_json::json;

/// Prints it: byte for byte where a program reads it, safe for the eye on a terminal. What else is to
/// be said goes to standard error.
pub(super) fn print(view: &RunView, request: &Request, context: &Context) -> Result<(), LandError> {
    let made = Patch::of(view, request)?;
    let out = &context.out;
    if out.json {
        let Ok(patch) = std::str::from_utf8(&made.bytes) else {
            return Err(LandError::Refused(
                "the patch holds lines that are no UTF-8, and JSON holds nothing else; order it without --json"
                    .to_owned(),
            ));
        };
        out.object(&json!({
            "type": "patch",
            "run": made.run,
            "into": made.into,
            "tip": made.tip,
            "files": made.files,
            "patch": patch,
            "notes": made.notes,
        }));
        return Ok(());
    }
    if out.terminal {
        let text = String::from_utf8_lossy(&made.bytes);
        out.verbatim(SafeText::block(text.trim_end()).as_str());
    } else {
        out.bytes(&made.bytes);
    }
    for note in &made.notes {
        out.error(format!(
            "{} {}",
            paint(Role::Attention, "note:"),
            safe(note)
        ));
    }
    let into = safe(&made.into);
    out.error(format!(
        "{} is as it was: this applies to {into} at {}, with `git apply --index`",
        paint(Role::Name, &made.run),
        made.tip.short()
    ));
    Ok(())
}
