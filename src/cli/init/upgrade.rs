//! `init --upgrade`: newer shipped files, merged into those that are there.

use super::Args;
use crate::cli::out::{Out, Role, paint, safe};
use crate::cli::talk::keyboard::Keyboard;
use crate::cli::{Context, Outcome, person};
use crate::setup::Proposal;
use crate::setup::upgrade::{Becomes, Newer, Upgrade};
use crate::text::{SafeText, many};
use serde_json::json;
use similar::TextDiff;
use std::io::IsTerminal;

/// Shows what is newer, and writes it where a person wants that.
pub(super) fn run(args: &Args, context: &Context, proposal: Proposal) -> Outcome {
    let mut upgrade = Upgrade::of(proposal)?;
    let out = &context.out;
    if args.apply || !args.keep.is_empty() {
        person::alone(context, "init --upgrade")?;
    }
    if !args.keep.is_empty() {
        upgrade.keep(&args.keep)?;
        for path in &args.keep {
            let text = format!("{} stays as it is", safe(path));
            out.text(format!("{} {text}", paint(Role::Good, "kept:")));
        }
    }
    for file in &upgrade.newer {
        show(out, file);
    }
    let stays = upgrade.newer.iter().filter(|f| !f.fits()).count();
    let fits = upgrade.newer.len() - stays;
    if fits > 0 && wanted(args, out, fits)? {
        let wrote = upgrade.write()?;
        if crate::process::inside_attempt().is_none() {
            upgrade.trust(&wrote, &person::here(context));
        }
        out.object(&json!({ "type": "upgraded", "wrote": wrote }));
        let told = format!("wrote {}", many(wrote.len(), "file"));
        out.text(paint(Role::Good, told));
    }
    if upgrade.newer.is_empty() {
        out.object(&json!({ "type": "upgrade", "newer": 0 }));
        let text = "nothing that is shipped is newer than what is here";
        out.text(format!("{} {text}", paint(Role::Good, "Up to date:")));
    }
    if stays > 0 {
        let text = format!(
            "{} not written. Take over by hand what you want of it, then say that it is settled:",
            if stays == 1 {
                "1 file was".to_owned()
            } else {
                format!("{stays} files were")
            }
        );
        out.text(format!("\n{}", paint(Role::Attention, text)));
        for file in upgrade.newer.iter().filter(|f| !f.fits()) {
            let command = format!(
                "harness-tui init --upgrade --keep {}",
                safe(file.path.as_str())
            );
            out.text(format!("  {}", paint(Role::Command, command)));
        }
    }
    Ok(u8::from(stays > 0))
}

/// Whether it is to be written: as the order says, else as a person at the terminal does.
fn wanted(args: &Args, out: &Out, fits: usize) -> Result<bool, color_eyre::Report> {
    if args.apply {
        return Ok(true);
    }
    let asks = std::io::stdin().is_terminal() && std::io::stdout().is_terminal() && !out.json;
    if !asks || crate::process::inside_attempt().is_some() {
        let told = format!(
            "{} would be written; --apply writes them",
            many(fits, "file")
        );
        out.text(format!("\n{}", paint(Role::Quiet, told)));
        return Ok(false);
    }
    let prompt = format!("Write {}? y to write, Enter to leave: ", many(fits, "file"));
    let said = Keyboard::open()?.ask(&prompt)?;
    Ok(said.is_some_and(|said| matches!(said.to_ascii_lowercase().as_str(), "y" | "yes")))
}

/// A file: what would become of it, and the change.
fn show(out: &Out, file: &Newer) {
    let word = match &file.becomes {
        Becomes::Taken => "newer",
        Becomes::Merged => "merged",
        Becomes::Conflict(_) => "conflict",
        Becomes::Unknown | Becomes::Unrecorded => "unknown",
    };
    let diff = TextDiff::from_lines(&file.is, &file.text);
    let diff = diff.unified_diff().context_radius(2).to_string();
    let lines = match &file.becomes {
        Becomes::Conflict(lines) => lines.as_slice(),
        _ => &[],
    };
    out.object(&json!({
        "type": "newer", "path": file.path.as_str(), "becomes": word, "lines": lines, "diff": diff,
    }));
    let path = safe(file.path.as_str());
    let (role, says) = match &file.becomes {
        Becomes::Taken => (
            Role::Good,
            "you did not edit it; it becomes what is shipped now".to_owned(),
        ),
        Becomes::Merged => (
            Role::Good,
            "your edits stay, and what is newer comes in".to_owned(),
        ),
        Becomes::Conflict(lines) => {
            let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
            let says = format!(
                "you and the newer version changed one place: line {}. It stays as it is; what is shipped now differs so:",
                lines.join(", ")
            );
            (Role::Attention, says)
        }
        Becomes::Unrecorded => {
            let says = "what was shipped here before is not written down, so your edits can't be told from what is newer. It stays as it is; what is shipped now differs so:";
            (Role::Attention, says.to_owned())
        }
        Becomes::Unknown => {
            let says = "it was edited, and the text that was shipped before is not to be found. It stays as it is; what is shipped now differs so:";
            (Role::Attention, says.to_owned())
        }
    };
    out.text(format!(
        "{}  {}",
        paint(Role::Name, path),
        paint(role, word)
    ));
    out.text(format!("  {}", safe(&says)));
    if !out.json {
        out.verbatim(&SafeText::block(diff.trim_end()));
        out.text("");
    }
}
