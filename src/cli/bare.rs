//! The program without a command: the workbench on this project; where there is no terminal for it,
//! what there is in the project; where there is no project, how to begin.

use super::out::{Role, paint};
use super::{Context, MISUSE, Outcome, Workbench, status};
use crate::setup::Proposal;
use std::io::IsTerminal;

/// Ways to begin, where there is no project yet.
const BEGIN: [(&str, &str); 3] = [
    ("harness-tui demo", "see a whole run: no key, no network"),
    ("harness-tui init", "set up the repository you are in"),
    ("harness-tui --help", "every command"),
];

/// Opens the workbench, shows the project's status, or how to begin.
pub fn run(context: &Context, workbench: Workbench, plain: bool) -> Outcome {
    if let Ok(project) = context.project() {
        if plain {
            context.let_go_on(&project);
            (workbench.plain)(project)?;
        } else if has_screen(context) {
            context.let_go_on(&project);
            (workbench.open)(project)?;
        } else {
            status::all(context, &project);
        }
        return Ok(0);
    }
    if context.named.is_some() {
        context.project()?;
    }
    // A repository without a harness can be set up on the screen.
    if (plain || has_screen(context))
        && let Ok(proposal) = Proposal::of(&context.cwd)
    {
        let open = if plain {
            workbench.plain
        } else {
            workbench.open
        };
        open(proposal.project)?;
        return Ok(0);
    }
    context
        .out
        .error("There is no harness/ folder here or above. To begin:");
    for (command, says) in BEGIN {
        let command = paint(Role::Command, format!("{command:<24}"));
        context.out.error(format!("  {command} {says}"));
    }
    Ok(MISUSE)
}

/// Whether there is a terminal that can show a full screen, and nobody asked for lines.
pub(super) fn has_screen(context: &Context) -> bool {
    let dumb = std::env::var_os("TERM").is_none_or(|t| t.is_empty() || t == "dumb");
    !context.out.json && !dumb && std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}
