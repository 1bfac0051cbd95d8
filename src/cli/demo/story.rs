//! What the demo tells.

use super::Tests;
use crate::cli::Context;
use crate::cli::out::{Role, paint, safe};
use crate::landing::Landed;
use crate::records::project::Project;
use crate::records::runs::RunView;
use crate::terms::{End, StageId};
use color_eyre::eyre::Report;
use std::path::Path;

/// The teller.
pub(super) struct Story<'a> {
    context: &'a Context,
    passing: bool,
}

impl<'a> Story<'a> {
    pub(super) fn new(context: &'a Context, passing: bool) -> Self {
        Self { context, passing }
    }

    fn section(&self, title: &str) {
        self.line(format!("\n{}", paint(Role::Title, title)));
    }

    fn line(&self, text: impl std::fmt::Display) {
        self.context.out.text(text);
    }

    fn command(&self, command: &str, says: &str) {
        let gap = if says.is_empty() { "" } else { "  " };
        self.line(format!(
            "  {}{gap}{says}",
            paint(Role::Command, safe(command))
        ));
    }

    pub(super) fn begins(&self, folder: &Path) {
        self.section("Field Notes: a small blog, and one thing that is wanted of it");
        self.line("  The agents in this demo are recordings of what they said and wrote.");
        self.line("  Everything else is real: the run, its git tree, the checks, the gate.");
        self.line(format!("  It is made in {}", folder.display()));
    }

    pub(super) fn project(&self, project: &Project) -> Result<(), Report> {
        let commits = log(project.home(), "HEAD")?;
        self.line(format!("  {}", commits.join("\n  ")));
        self.line("  Backlog item B003 became task T001, with five acceptance criteria:");
        self.line(format!(
            "  {}",
            paint(Role::Name, "harness/tasks/T001-tags-and-reading-time.md")
        ));
        Ok(())
    }

    pub(super) fn run(&self, view: &RunView) {
        self.section("The run");
        self.line(format!(
            "  {} on branch {}",
            paint(Role::Name, &view.order.run),
            paint(Role::Name, safe(&view.order.branch)),
        ));
    }

    pub(super) fn gate(&self, view: &RunView, stage: &StageId) {
        self.section("The gate");
        for record in view.run.stages.iter().filter(|r| r.reruns > 0) {
            let name = view.run.plan.stage(&record.id).map_or("", |s| &s.name);
            let times = if record.reruns == 1 {
                "once"
            } else {
                "more than once"
            };
            self.line(format!("  {} sent the work back {times}.", safe(name)));
        }
        let name = view.run.plan.stage(stage).map_or("it", |s| s.name.as_str());
        self.line(format!(
            "  A person would look at the change now. The demo approves {}.",
            safe(name)
        ));
    }

    pub(super) fn stopped(&self, view: &RunView, end: End) {
        self.section("It stopped");
        self.line(format!(
            "  {} came to {end:?}, which it should not:",
            view.order.run
        ));
        self.line(view.why(None));
    }

    pub(super) fn result(&self, view: &RunView) -> Result<(), Report> {
        self.section("What it made");
        let known = view.run.artifacts();
        for stage in &view.run.plan.stages {
            for artifact in stage
                .produces
                .iter()
                .filter(|p| known.contains_key(&p.name))
            {
                self.line(format!(
                    "  {}  by {}",
                    paint(Role::Name, &artifact.path),
                    safe(&stage.name)
                ));
            }
        }
        self.section("Its commits, one a stage");
        let range = format!("{}..{}", view.order.base, view.order.branch_ref());
        for commit in log(&view.order.home, &range)? {
            self.line(format!("  {commit}"));
        }
        Ok(())
    }

    pub(super) fn landed(&self, landed: &Landed) {
        self.section("Taken");
        self.line(format!(
            "  {} on {} as one commit, {}: {}",
            paint(Role::Good, "landed"),
            safe(&landed.into),
            landed.commit.short(),
            crate::text::many(landed.files.len(), "file")
        ));
        self.line(format!(
            "  with the report, {}",
            paint(Role::Name, safe(&landed.report))
        ));
        for note in &landed.notes {
            self.line(format!("  {}", safe(note)));
        }
    }

    pub(super) fn tests(&self, tests: &Tests) {
        self.section("The sample's own tests, on main as it is now");
        let (role, word) = if tests.passed {
            (Role::Good, "passed")
        } else {
            (Role::Bad, "failed")
        };
        self.line(format!(
            "  sh tests/run  {}  {}",
            paint(role, word),
            tests.last
        ));
    }

    pub(super) fn ends(&self, view: &RunView, landed: &Landed) {
        let report = view.order.home.join(&landed.report);
        self.context.out.object(&serde_json::json!({
            "type": "demo", "run": view.order.run, "branch": view.order.branch,
            "repository": view.order.home, "commit": landed.commit, "report": report,
        }));
        if self.passing {
            self.section("Where it was");
            self.line("  In a temporary folder. To have one of your own and look around in it:");
            self.command("harness-tui demo --auto --dir field-notes-demo", "");
            return;
        }
        self.section("Where it is");
        self.line(format!("  the report  {}", report.display()));
        self.section("What to try next");
        self.command(&format!("cd {}", view.order.home.display()), "");
        self.command("git show --stat", "the change as it landed");
        self.command("harness-tui status", "what needs you, runs, tasks");
        let run = &view.order.run;
        self.command(
            &format!("harness-tui status {run}"),
            "its stages, what each took and cost",
        );
        self.command(
            &format!("harness-tui why {run} qa"),
            "why a stage is as it is",
        );
    }
}

fn log(repository: &Path, range: &str) -> Result<Vec<String>, Report> {
    let entries = crate::git::Git::new(repository).log(range, 50)?;
    let line = |e: &crate::git::LogEntry| format!("{} {}", e.commit.short(), safe(&e.subject));
    Ok(entries.iter().map(line).collect())
}
