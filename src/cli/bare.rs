//! The program without a command: what there is in this project, or how to begin.

use super::out::{Role, paint};
use super::{Context, MISUSE, Outcome, status};
use crate::records::project::Project;

/// Ways to begin, where there is no project yet.
const BEGIN: [(&str, &str); 3] = [
    (
        "harness-tui demo --auto",
        "see a whole run: no key, no network",
    ),
    ("harness-tui init", "set up the repository you are in"),
    ("harness-tui --help", "every command"),
];

/// Shows the project's status, or how to begin.
pub fn run(context: &Context) -> Outcome {
    if let Ok(project) = Project::find(&context.cwd) {
        status::all(&context.out, &project);
        context.out.text("");
        context.out.text(paint(
            Role::Quiet,
            "The full-screen workbench is not there yet. `harness-tui --help` lists the commands.",
        ));
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
