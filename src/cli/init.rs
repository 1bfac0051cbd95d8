//! `init`: writes what is missing of harness/ and touches nothing that is there.

mod upgrade;

use super::out::{Out, Role, paint, safe};
use super::{Context, Outcome};
use crate::setup::agents::{self, Program};
use crate::setup::layout::{Layout, Row};
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
    /// Merge newer shipped roles, templates and workflows into those that are there: shown as a
    /// diff, and written when you say so
    #[arg(long)]
    upgrade: bool,
    /// Write what --upgrade shows, without asking
    #[arg(long, requires = "upgrade")]
    apply: bool,
    /// Leave this file as it is, and offer what is shipped for it now no more
    #[arg(long, requires = "upgrade", value_name = "FILE")]
    keep: Vec<String>,
}

/// Runs it.
pub fn run(args: &Args, context: &Context) -> Outcome {
    let proposal = match &context.named {
        Some(_) if args.no_git => bail!(
            "--project names a part of a git repository; leave --no-git out, or go there with -C"
        ),
        Some(_) if args.private => {
            bail!("a private harness serves the whole repository; leave --project out")
        }
        Some(folder) => Proposal::of_part(folder, &context.cwd)?,
        None if args.private => Proposal::private(&context.cwd)?,
        // A harness that is there already says itself whether there is git.
        None if args.no_git || args.upgrade => Proposal::without_git(&context.cwd)?,
        None => Proposal::of(&context.cwd)?,
    };
    if args.upgrade {
        return upgrade::run(args, context, proposal);
    }
    let wrote = proposal.write()?;
    if crate::process::inside_attempt().is_none() {
        proposal.trust(&wrote, &super::person::here(context));
    }
    let out = &context.out;
    if wrote.is_empty() {
        out.object(&json!({ "type": "init", "wrote": [] }));
        out.text(format!(
            "{} {}/ has everything already",
            paint(Role::Good, "Nothing to do:"),
            safe(proposal.project.harness.as_str())
        ));
        for hint in &proposal.layout.hints {
            item(out, hint);
        }
        return Ok(0);
    }
    tell(out, &wrote, &proposal);
    super::check::tell_private(out, &proposal.project);
    Ok(0)
}

/// Says what was written and found, and what comes next.
fn tell(out: &Out, wrote: &[String], proposal: &Proposal) {
    let (found, layout) = (&proposal.found, &proposal.layout);
    let harness = proposal.project.harness.as_str();
    let agents = agents::known();
    let command = found.tests.first().map(|t| &t.command);
    let rows = |rows: &[Row]| -> Vec<serde_json::Value> {
        let row = |r: &Row| json!({ "path": r.path, "says": r.says });
        rows.iter().map(row).collect()
    };
    out.object(&json!({
        "type": "init", "harness": harness, "wrote": wrote, "tests": command,
        "layouts": layout.kinds, "serves": rows(&layout.serves), "left": rows(&layout.left),
        "setup": found.setup.iter().map(|s| &s.command).collect::<Vec<_>>(),
        "hooks": found.hooks.iter().map(|h| &h.command).collect::<Vec<_>>(),
        "agents": agents.iter().filter(|a| a.file.is_some()).map(|a| a.driver).collect::<Vec<_>>(),
    }));
    out.text(paint(Role::Title, "Wrote"));
    for path in wrote {
        out.text(format!("  {}", paint(Role::Name, safe(path))));
    }
    tell_layout(out, layout, harness);
    tell_found(out, wrote, found, &agents);
    unknown(out, found, &agents);
    out.text(format!("\n{}", paint(Role::Title, "Next")));
    out.text("  Say what you want, and an agent asks what it needs to know:");
    let new = "harness-tui new \"what you want\"";
    out.text(format!("    {}", paint(Role::Command, new)));
    let template = layout.templates.get("task").map(ToString::to_string);
    let template = template.unwrap_or_else(|| format!("{harness}/templates/task.md"));
    let id = &proposal.next_task;
    let task = format!("  Or describe it in {harness}/tasks/{id}-some-words.md, after");
    out.text(safe(&task));
    out.text(safe(&format!("  {template}; then")));
    let fresh = proposal.fresh;
    let commit = "git add -A && git commit -m 'First commit'   # a run starts from a commit";
    let run = format!("harness-tui run {id}");
    let commands = ["harness-tui check", &run];
    for command in fresh.then_some(commit).into_iter().chain(commands) {
        out.text(format!("    {}", paint(Role::Command, command)));
    }
}

/// Says what was there already: what serves as it is, what was left alone and why.
fn tell_layout(out: &Out, layout: &Layout, harness: &str) {
    if let Some(what) = &layout.stranger {
        out.text(format!("\n{}", paint(Role::Title, "Beside what is there")));
        item(
            out,
            &format!(
                "harness/ is something else here: {what}. Nothing in it was touched; this project's \
                 files are in {harness}/, where they are found again"
            ),
        );
    }
    if !layout.kinds.is_empty() {
        let head = format!("Found {}", layout.kinds.join(" and "));
        out.text(format!("\n{}", paint(Role::Title, safe(&head))));
        out.text("  These serve as they are; nothing was copied or changed:");
        rows(out, &layout.serves);
    }
    if !layout.left.is_empty() {
        out.text(format!("\n{}", paint(Role::Title, "Left alone")));
        rows(out, &layout.left);
    }
    for hint in &layout.hints {
        item(out, hint);
    }
}

/// Rows of a path and what is said of it; where that does not fit beside it, below it.
fn rows(out: &Out, rows: &[Row]) {
    let widest = rows.iter().map(|r| safe(&r.path).as_str().chars().count());
    let widest = widest.max().unwrap_or(0).min(44);
    for row in rows {
        let path = safe(&row.path);
        let pad = widest.saturating_sub(path.as_str().chars().count());
        let lead = widest + 4;
        let says = safe(&row.says);
        let room = out.width.saturating_sub(lead).max(24);
        let lines = crate::text::measure::wrap(says.as_str(), room);
        let mut lines = lines.iter();
        let long = path.as_str().chars().count() > widest;
        let first = if long { None } else { lines.next() };
        let first = first.map_or_else(String::new, |l| format!("{}  {l}", " ".repeat(pad)));
        out.text(format!("  {}{first}", paint(Role::Name, path)));
        for line in lines {
            out.text(format!("{}{line}", " ".repeat(lead)));
        }
    }
}

/// A sentence with a dash before it.
fn item(out: &Out, text: &str) {
    let rows = crate::text::measure::wrap(safe(text).as_str(), out.width.saturating_sub(4));
    for (n, row) in rows.iter().enumerate() {
        out.text(format!("  {} {row}", if n == 0 { "-" } else { " " }));
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
        item(out, &line);
    }
}
