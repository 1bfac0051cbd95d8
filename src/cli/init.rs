//! `init`: writes what is missing of harness/ and touches nothing that is there.

use super::out::{Out, Role, paint, safe};
use super::{Context, Outcome};
use crate::records::project::HARNESS;
use crate::setup::agents::{self, Program};
use crate::setup::{Found, Proposal, files};
use color_eyre::eyre::bail;
use serde_json::json;

/// Writes what is missing of harness/, and touches nothing that is there
#[derive(Debug, clap::Args)]
pub struct Args {
    /// For a folder that is in no git repository, and is to stay so: runs work in it itself
    #[arg(long)]
    no_git: bool,
    /// Keep the harness in git's own folder, for you alone: no file of it in the working tree, in a
    /// commit or in a push
    #[arg(long, conflicts_with = "no_git")]
    private: bool,
}

/// Runs it.
pub fn run(args: &Args, context: &Context) -> Outcome {
    if context.named.is_some() {
        bail!("--project names a project that is there; to make one elsewhere, go there with -C");
    }
    let proposal = if args.private {
        Proposal::private(&context.cwd)?
    } else if args.no_git {
        Proposal::without_git(&context.cwd)?
    } else {
        Proposal::of(&context.cwd)?
    };
    let wrote = proposal.write()?;
    if crate::process::inside_attempt().is_none() {
        proposal.trust(&wrote, &super::person::here(context));
    }
    let out = &context.out;
    if wrote.is_empty() {
        out.object(&json!({ "type": "init", "wrote": [] }));
        out.text(format!(
            "{} {HARNESS}/ has everything already",
            paint(Role::Good, "Nothing to do:")
        ));
        return Ok(0);
    }
    tell(out, &wrote, &proposal.found, proposal.fresh);
    super::check::tell_private(out, &proposal.project);
    Ok(0)
}

/// Says what was written and found, and what comes next; `fresh`: there is no commit yet.
fn tell(out: &Out, wrote: &[String], found: &Found, fresh: bool) {
    let agents = agents::known();
    let command = found.tests.first().map(|t| &t.command);
    out.object(&json!({
        "type": "init", "wrote": wrote, "tests": command,
        "setup": found.setup.iter().map(|s| &s.command).collect::<Vec<_>>(),
        "hooks": found.hooks.iter().map(|h| &h.command).collect::<Vec<_>>(),
        "agents": agents.iter().filter(|a| a.file.is_some()).map(|a| a.driver).collect::<Vec<_>>(),
    }));
    out.text(paint(Role::Title, "Wrote"));
    for path in wrote {
        out.text(format!("  {}", paint(Role::Name, safe(path))));
    }
    tell_found(out, wrote, found, &agents);
    unknown(out, found, &agents);
    out.text(format!("\n{}", paint(Role::Title, "Next")));
    out.text("  Say what you want, and an agent asks what it needs to know:");
    let new = "harness-tui new \"what you want\"";
    out.text(format!("    {}", paint(Role::Command, new)));
    out.text("  Or describe it in harness/tasks/T001-some-words.md, after");
    out.text("  harness/templates/task.md; then");
    let commit = "git add -A && git commit -m 'First commit'   # a run starts from a commit";
    let commands = ["harness-tui check", "harness-tui run T001"];
    for command in fresh.then_some(commit).into_iter().chain(commands) {
        out.text(format!("    {}", paint(Role::Command, command)));
    }
}

fn tell_found(out: &Out, wrote: &[String], found: &Found, agents: &[Program]) {
    let none = found.tests.is_empty() && found.setup.is_empty() && found.hooks.is_empty();
    if none && agents.iter().all(|a| a.file.is_none()) {
        return;
    }
    out.text(format!("\n{}", paint(Role::Title, "Found")));
    let had = |end: &str| wrote.iter().any(|w| w.ends_with(end));
    if let Some(tests) = found.tests.first() {
        let to = if had(".yaml") {
            ""
        } else {
            " (no workflow was written)"
        };
        out.text(format!(
            "  tests    {}  from {}; checked after Build and Fix{to}",
            paint(Role::Command, safe(&tests.command)),
            safe(&tests.from)
        ));
    }
    for setup in &found.setup {
        let to = if had(files::SETTINGS) {
            "run once in each fresh tree"
        } else {
            "add it under tree.setup in harness.yaml"
        };
        out.text(format!(
            "  set-up   {}  from {}; {to}",
            paint(Role::Command, safe(&setup.command)),
            safe(&setup.from)
        ));
    }
    for hook in &found.hooks {
        let to = if had(".yaml") {
            "offered in a comment at `checks:` of Build"
        } else {
            "add it to `checks:` of Build"
        };
        out.text(format!(
            "  hook     {}  from {}; hand-offs run no hooks, {to}",
            paint(Role::Command, safe(&hook.command)),
            safe(&hook.from)
        ));
    }
    for agent in agents {
        if let Some(file) = &agent.file {
            out.text(format!("  agent    {}  {}", agent.driver, file.display()));
        }
    }
}

fn unknown(out: &Out, found: &Found, agents: &[Program]) {
    let mut lines: Vec<String> = Vec::new();
    if found.tests.is_empty() {
        lines.push(
            "how the tests run: put a command into `checks:` of Build (workflows/feature.yaml) and \
             Fix (workflows/fix-issue.yaml)"
                .to_owned(),
        );
    }
    for other in found.tests.iter().skip(1) {
        lines.push(format!(
            "whether {} (from {}) should be checked too: add it to `checks:`",
            other.command, other.from
        ));
    }
    lines.extend(found.notes.iter().cloned());
    if agents.iter().all(|a| a.file.is_none()) {
        for agent in agents {
            lines.push(format!(
                "an agent: {} is not on PATH; {}",
                agent.driver, agent.install
            ));
        }
    }
    if lines.is_empty() {
        return;
    }
    out.text(format!("\n{}", paint(Role::Title, "Could not know")));
    for line in lines {
        let rows = crate::text::measure::wrap(safe(&line).as_str(), out.width.saturating_sub(4));
        for (n, row) in rows.iter().enumerate() {
            out.text(format!("  {} {row}", if n == 0 { "-" } else { " " }));
        }
    }
}
