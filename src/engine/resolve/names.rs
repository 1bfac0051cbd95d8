//! The names that texts of a plan may hold, and what they stand for.

use super::{Purpose, Sources};
use crate::documents::interpolate::Names;
use crate::documents::workflow::{StageDef, Workflow};
use crate::terms::{Finding, RepoPath};
use std::collections::{BTreeMap, BTreeSet};

/// Names known at the run's start, and those of an attempt.
const RUN: [&str; 4] = ["run.id", "run.date", "run.branch", "run.base"];
const TASK: [&str; 5] = [
    "task.id",
    "task.title",
    "task.slug",
    "task.path",
    "task.item",
];

/// The names of one workflow.
pub(super) struct NamesOf<'a> {
    common: Names,
    /// The path of every artifact that has a right one.
    pub(super) artifacts: BTreeMap<String, RepoPath>,
    sources: &'a Sources<'a>,
}

impl<'a> NamesOf<'a> {
    pub(super) fn new(
        sources: &'a Sources<'a>,
        workflow: &Workflow,
        vars: &BTreeMap<String, String>,
        faults: &mut Vec<Finding>,
    ) -> Self {
        let mut names = Self {
            common: common(sources, vars),
            artifacts: BTreeMap::new(),
            sources,
        };
        for stage in &workflow.stages {
            for artifact in &stage.produces {
                match names.artifact_path(stage, &artifact.path) {
                    Ok(path) => {
                        names
                            .artifacts
                            .entry(artifact.name.value.clone())
                            .or_insert(path);
                    }
                    Err(found) => faults.extend(found),
                }
            }
        }
        names
    }

    fn artifact_path(
        &self,
        stage: &StageDef,
        path: &crate::documents::yaml::At<String>,
    ) -> Result<RepoPath, Vec<Finding>> {
        let place = stage.place(path.span);
        // Paths are made before artifacts have names, so they can't be made of each other.
        let mut names = self.common.clone();
        stage_names(&mut names, stage);
        names.later.remove("stage.iteration");
        let filled = crate::documents::interpolate::fill_from(&path.value, &names, &place)?;
        RepoPath::new(filled).map_err(|bad| {
            vec![
                Finding::new("workflow/bad-path", bad.to_string())
                    .at(place)
                    .remedy("write a path relative to the repository's root"),
            ]
        })
    }

    /// The names that hold outside a stage.
    pub(super) fn common(&self) -> Names {
        self.common.clone()
    }

    /// The names that hold in a stage.
    pub(super) fn of(&self, stage: &StageDef) -> Names {
        let mut names = self.common.clone();
        stage_names(&mut names, stage);
        for (name, path) in &self.artifacts {
            names
                .known
                .insert(format!("artifacts.{name}"), path.to_string());
        }
        names
    }

    /// The names of a role's prompt: `{name}` too, for declared variables; `{{BLANKS}}` of forms stay.
    pub(super) fn prompt(&self, stage: &StageDef) -> Names {
        let mut names = self.of(stage);
        let vars = names.known.keys().filter_map(|k| k.strip_prefix("vars."));
        names.short = vars.map(str::to_owned).collect();
        names.blanks = true;
        names
    }

    /// Every name that an expression may hold, given the stages that are done by then.
    pub(super) fn expression(&self, done: &[&str]) -> BTreeSet<String> {
        let mut known: BTreeSet<String> = RUN.map(str::to_owned).into();
        let all = self.common.known.keys().chain(&self.common.later);
        known.extend(all.filter(|k| !k.starts_with("stage.")).cloned());
        let approvals = self.sources.settings.approvals.keys();
        known.extend(approvals.map(|name| format!("approvals.{name}")));
        known.extend(
            self.artifacts
                .keys()
                .map(|name| format!("artifacts.{name}")),
        );
        known.extend(done.iter().map(|id| format!("stages.{id}.state")));
        known
    }
}

fn common(sources: &Sources<'_>, vars: &BTreeMap<String, String>) -> Names {
    let mut names = Names::default();
    names.later.extend(RUN.map(str::to_owned));
    for (name, value) in sources.run_names {
        names.later.remove(name);
        names.known.insert(name.clone(), value.clone());
    }
    for (name, value) in vars {
        names.known.insert(format!("vars.{name}"), value.clone());
    }
    match sources.purpose {
        Purpose::Check => names.later.extend(TASK.map(str::to_owned)),
        Purpose::Run { task, item } => {
            if let Some(task) = task {
                let mut put = |name: &str, value: &str| {
                    names.known.insert(format!("task.{name}"), value.to_owned());
                };
                put("id", task.id.as_str());
                put("title", &task.title);
                put("slug", &task.slug);
                put("path", task.path.as_str());
                if let Some(item) = item {
                    put("item", item);
                }
            }
        }
    }
    names
}

fn stage_names(names: &mut Names, stage: &StageDef) {
    let mut put = |name: &str, value: String| {
        names.known.insert(format!("stage.{name}"), value);
    };
    put("id", stage.id.value.clone());
    put("name", stage.name.clone());
    put("code", code(stage));
    names.later.insert("stage.iteration".to_owned());
}

/// A stage's code: its own, or its id in capitals.
pub(super) fn code(stage: &StageDef) -> String {
    let own = stage.code.as_ref().map(|c| c.value.clone());
    own.unwrap_or_else(|| stage.id.value.to_ascii_uppercase())
}
