//! What the demo tells.

use super::Tests;
use crate::cli::Context;
use crate::cli::out::{Role, paint, safe};
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
        self.line(format!("  {}  {says}", paint(Role::Command, safe(command))));
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
        let criteria = view.run.plan.task.as_ref().map_or(0, |t| t.criteria.len());
        self.line(format!(
            "  QA sent the first build back; the second meets all {criteria} criteria."
        ));
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
        self.line(view.run.why(&view.order.run, None));
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

    pub(super) fn tests(&self, tests: &Tests) {
        self.section("The sample's own tests, on the run's branch");
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

    pub(super) fn ends(&self, view: &RunView) {
        self.context.out.object(&serde_json::json!({
            "type": "demo", "run": view.order.run, "branch": view.order.branch,
            "repository": view.order.home, "tree": view.order.tree,
            "report": view.active_dir().report(),
        }));
        if self.passing {
            self.section("Where it was");
            self.line("  In a temporary folder that is gone now. To keep one and look around:");
            self.command("harness-tui demo --auto --dir field-notes-demo", "");
            return;
        }
        self.section("Where it is");
        self.line(format!(
            "  the report   {}",
            view.active_dir().report().display()
        ));
        self.line(format!("  the tree     {}", view.order.tree.display()));
        self.section("What to try next");
        self.command(&format!("cd {}", view.order.home.display()), "");
        self.command("harness-tui status", "what needs you, runs, tasks");
        self.command(
            &format!("harness-tui status {}", view.order.run),
            "its stages, what each took and cost",
        );
        self.command(
            &format!("harness-tui why {} qa", view.order.run),
            "why a stage is as it is",
        );
        self.command(
            &format!("harness-tui land {}", view.order.run),
            "take the result",
        );
    }
}

fn log(repository: &Path, range: &str) -> Result<Vec<String>, Report> {
    let entries = crate::git::Git::new(repository).log(range, 50)?;
    let line = |e: &crate::git::LogEntry| format!("{} {}", e.commit.short(), safe(&e.subject));
    Ok(entries.iter().map(line).collect())
}
