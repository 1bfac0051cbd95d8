//! The project to work in: the one that is there, or a repository that is set up for it.

use super::trial;
use crate::cli::Context;
use crate::cli::out::{Role, paint, safe};
use crate::records::project::{HARNESS, Project};
use crate::setup::Proposal;
use color_eyre::eyre::Report;
use std::io::{BufRead, Write};

/// The project. What would be written is shown and, where somebody is there, asked for first; a
/// check that was found is run once. `None`: they don't want it.
pub(super) fn project(
    context: &Context,
    asks: bool,
    checks: bool,
) -> Result<Option<Project>, Report> {
    if let Ok(project) = Project::find(&context.cwd)
        && project.is_set_up()
    {
        return Ok(Some(project));
    }
    let proposal = Proposal::of(&context.cwd)?;
    let check = proposal.found.tests.first().filter(|_| checks);
    show(context, &proposal);
    if asks && !wanted(check.is_some())? {
        return Ok(None);
    }
    let wrote = proposal.write()?;
    let told = format!(
        "wrote {} into {HARNESS}/",
        crate::text::many(wrote.len(), "file")
    );
    context.out.text(paint(Role::Good, told));
    if let Some(check) = check {
        trial::run(context, proposal.project.home(), &check.command)?;
    }
    Ok(Some(Project::find(&context.cwd)?))
}

fn show(context: &Context, proposal: &Proposal) {
    let out = &context.out;
    let head = "There is no harness here yet. It would be written:";
    out.text(paint(Role::Title, head));
    let names: Vec<&str> = proposal.missing.iter().map(|m| m.path.as_str()).collect();
    out.text(format!("  {HARNESS}/: {}", safe(&names.join(", "))));
    for tests in proposal.found.tests.iter().take(1) {
        out.text(format!(
            "  check    {}  from {}",
            paint(Role::Command, safe(&tests.command)),
            safe(&tests.from)
        ));
    }
    for setup in &proposal.found.setup {
        out.text(format!(
            "  set-up   {}  from {}",
            paint(Role::Command, safe(&setup.command)),
            safe(&setup.from)
        ));
    }
    for note in &proposal.found.notes {
        out.text(format!("  unknown  {}", safe(note)));
    }
    if proposal.fresh {
        out.text(paint(
            Role::Attention,
            "  There is no commit yet, and a run starts from one: commit something before you run.",
        ));
    }
}

/// Asks. What can't be understood, and no answer, is a no.
fn wanted(checks: bool) -> Result<bool, Report> {
    let also = if checks {
        " and run the check once"
    } else {
        ""
    };
    let mut out = anstream::stdout().lock();
    write!(out, "Enter to write that{also}, n to leave it: ")?;
    out.flush()?;
    drop(out);
    let mut line = String::new();
    if std::io::stdin().lock().read_line(&mut line)? == 0 {
        return Ok(false);
    }
    Ok(matches!(
        line.trim().to_ascii_lowercase().as_str(),
        "" | "y" | "yes"
    ))
}
