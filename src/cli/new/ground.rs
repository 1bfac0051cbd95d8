//! The project to work in: the one that is there, or a repository that is set up for it.

use super::trial;
use crate::cli::out::{Role, paint, safe};
use crate::cli::talk::keyboard::Keyboard;
use crate::cli::{Context, person};
use crate::records::project::Project;
use crate::setup::Proposal;
use color_eyre::eyre::Report;

/// What there is to work in.
pub(super) enum Ground {
    /// The project.
    Ready(Project),
    /// None, and none is wanted.
    Unwanted,
    /// A signal ordered to leave.
    Signal(i32),
}

/// The project. What would be written is shown and, where somebody is there, asked for first; a
/// check that was found is run once.
pub(super) fn project(context: &Context, asks: bool, checks: bool) -> Result<Ground, Report> {
    if let Ok(project) = context.project()
        && project.is_set_up()
    {
        return Ok(Ground::Ready(project));
    }
    if context.named.is_some() {
        context.project()?;
    }
    let proposal = Proposal::of(&context.cwd)?;
    // It is the repository's: nobody runs it to whom it was not shown.
    let check = proposal.found.tests.first().filter(|_| checks && asks);
    show(context, &proposal);
    if asks && !wanted(check.is_some())? {
        return Ok(Ground::Unwanted);
    }
    let wrote = proposal.write()?;
    proposal.trust(&wrote, &person::here(context));
    let told = format!(
        "wrote {} into {}/",
        crate::text::many(wrote.len(), "file"),
        safe(proposal.project.harness.as_str())
    );
    context.out.text(paint(Role::Good, told));
    if let Some(check) = check
        && let Some(signal) = trial::run(context, proposal.project.home(), &check.command)?
    {
        return Ok(Ground::Signal(signal));
    }
    Ok(Ground::Ready(context.project()?))
}

fn show(context: &Context, proposal: &Proposal) {
    let out = &context.out;
    let head = "There is no harness here yet. It would be written:";
    out.text(paint(Role::Title, head));
    let names: Vec<&str> = proposal.missing.iter().map(|m| m.path.as_str()).collect();
    let harness = safe(proposal.project.harness.as_str());
    out.text(format!("  {harness}/: {}", safe(&names.join(", "))));
    for row in &proposal.layout.serves {
        let (path, says) = (safe(&row.path), safe(&row.says));
        out.text(format!("  there    {path}: {says}"));
    }
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
    for hook in &proposal.found.hooks {
        out.text(format!(
            "  hook     {}  from {}; offered in a comment at `checks:` of Build",
            paint(Role::Command, safe(&hook.command)),
            safe(&hook.from)
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
    let prompt = format!("Enter to write that{also}, n to leave it: ");
    let said = Keyboard::open()?.ask(&prompt)?;
    Ok(said.is_some_and(|said| matches!(said.to_ascii_lowercase().as_str(), "" | "y" | "yes")))
}
