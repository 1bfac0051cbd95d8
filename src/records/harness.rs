//! The harness files of a project, read whole: settings, workflows, roles, templates, backlog,
//! tasks, and everything that is wrong with them in one list.
//!
//! A workflow, role, template or settings file that the repository lacks is served by the product's
//! own, so that a project with nothing but tasks still runs; [`Harness::built_in`] says which.

pub(super) mod read;

use super::builtin;
use super::project::Project;
use crate::documents::backlog::Backlog;
use crate::documents::powers::Power;
use crate::documents::settings::{self, Settings};
use crate::documents::task::{Task, name};
use crate::documents::workflow::Workflow;
use crate::engine::Plan;
use crate::engine::resolve::{
    Nameable, Overrides, Purpose, RoleSource, Sources, TemplateSource, resolve,
};
use crate::terms::{Finding, ItemId, Place, RepoPath, TaskId};
use std::collections::{BTreeMap, BTreeSet};

/// A workflow's file.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkflowFile {
    /// Where it lies in the repository; `None`: it is the product's own.
    pub path: Option<RepoPath>,
    /// Its text.
    pub text: String,
    /// What was read; `None`: its syntax is broken.
    pub workflow: Option<Workflow>,
    /// What reading it found.
    pub faults: Vec<Finding>,
}

/// A task's file.
#[derive(Debug, Clone)]
pub struct TaskFile {
    /// Where it lies.
    pub path: RepoPath,
    /// The id in its file name.
    pub id: TaskId,
    /// The task.
    pub task: Task,
}

/// The backlog's file.
#[derive(Debug, Clone)]
pub struct BacklogFile {
    /// Where it lies.
    pub path: RepoPath,
    /// The backlog.
    pub backlog: Backlog,
}

/// Everything a project's harness folder holds.
#[derive(Debug, Clone, Default)]
pub struct Harness {
    /// The settings, defaults filled in.
    pub settings: Settings,
    /// The settings of this machine, where some are laid over those of the project.
    pub local: Option<RepoPath>,
    /// The workflows by the name they are called by: that of their file.
    pub files: BTreeMap<String, WorkflowFile>,
    /// Those whose syntax is whole, by the same names.
    pub workflows: BTreeMap<String, Workflow>,
    /// The roles by name.
    pub roles: BTreeMap<String, RoleSource>,
    /// The templates by name.
    pub templates: BTreeMap<String, TemplateSource>,
    /// What profiles can bring back by name.
    pub nameable: Nameable,
    /// The backlog, where there is one.
    pub backlog: Option<BacklogFile>,
    /// The tasks in the order of their file names.
    pub tasks: Vec<TaskFile>,
    /// What the files have run, and let what is run do.
    pub powers: Vec<Power>,
    /// What is wrong with the files each by itself; [`Harness::findings`] adds what is wrong with
    /// them together.
    pub faults: Vec<Finding>,
}

/// What a search for a task found.
#[derive(Debug)]
pub enum FoundTask<'a> {
    /// No file has this id.
    None,
    /// One has.
    One(&'a TaskFile),
    /// Several have; nobody guesses between them.
    Many(Vec<&'a TaskFile>),
}

impl Harness {
    /// Reads everything, and never fails: what can't be read is in the list of faults.
    pub fn load(project: &Project) -> Self {
        read::load(project)
    }

    /// Every fault of every file, each once, in the order of places: what each file says wrong by
    /// itself, and what resolving every workflow finds.
    pub fn findings(&self) -> Vec<Finding> {
        let mut found = self.faults.clone();
        found.extend(self.faults_together());
        if let Some(file) = &self.backlog {
            let known: BTreeSet<&str> =
                file.backlog.items().iter().map(|i| i.id.as_str()).collect();
            let unknown = self.tasks.iter().filter_map(|task| {
                let item = task.task.item()?;
                (!known.contains(item.as_str()))
                    .then(|| unknown_item(&task.path, &item, &file.path))
            });
            found.extend(unknown);
        }
        in_order(found)
    }

    /// What resolving the workflows finds, and what is missing of them.
    pub(super) fn faults_together(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        for (name, _) in self.checked() {
            if let Some(Err(faults)) = self.resolve_for_check(name) {
                found.extend(faults);
            }
        }
        found.extend(self.default_workflow_missing());
        found
    }

    /// What a workflow comes to where there is no task yet, or what is wrong with it. `None`: there
    /// is none of that name.
    pub fn resolve_for_check(&self, name: &str) -> Option<Result<Plan, Vec<Finding>>> {
        let file = self.files.get(name)?;
        let Some(workflow) = &file.workflow else {
            return Some(Err(file.faults.clone()));
        };
        let none = BTreeMap::new();
        Some(resolve(&Sources {
            workflow,
            workflow_faults: &file.faults,
            workflow_path: file.path.as_ref(),
            workflow_text: &file.text,
            workflows: &self.workflows,
            settings: &self.settings,
            roles: &self.roles,
            templates: &self.templates,
            nameable: &self.nameable,
            purpose: Purpose::Check,
            set: &none,
            overrides: &Overrides::default(),
            run_names: &none,
        }))
    }

    /// The workflows of the repository, and the default one wherever it comes from.
    fn checked(&self) -> impl Iterator<Item = (&str, &WorkflowFile)> {
        let default = self.default_workflow();
        self.files
            .iter()
            .map(|(name, file)| (name.as_str(), file))
            .filter(move |(name, file)| file.path.is_some() || *name == default)
    }

    /// The workflow of a run that names none.
    pub fn default_workflow(&self) -> &str {
        match &self.settings.default_workflow {
            Some(name) => &name.value,
            None => "feature",
        }
    }

    fn default_workflow_missing(&self) -> Option<Finding> {
        let named = self.settings.default_workflow.as_ref()?;
        (!self.files.contains_key(&named.value)).then(|| {
            self.no_workflow(&named.value)
                .at(named.span.in_file(&self.settings.file))
        })
    }

    /// That there is no workflow of this name, and which there are.
    pub fn no_workflow(&self, name: &str) -> Finding {
        let known: Vec<&str> = self.files.keys().map(String::as_str).collect();
        Finding::new(
            "settings/unknown-workflow",
            format!("there is no workflow '{name}'"),
        )
        .remedy(format!("take one of {}", known.join(", ")))
    }

    /// What of the product's own serves here in place of files that the repository lacks, as
    /// `roles/build.md`: of settings, the checked workflows, and what these use.
    pub fn built_in(&self) -> Vec<String> {
        let mut used = BTreeSet::new();
        for (name, file) in self.checked() {
            if file.path.is_none() {
                used.insert(format!("workflows/{name}.yaml"));
            }
            let Some(workflow) = &file.workflow else {
                continue;
            };
            for stage in &workflow.stages {
                if let Some(crate::documents::workflow::WorkDef::Role(role)) = &stage.work {
                    used.extend(self.roles.get(&role.value).map(|r| r.path.clone()));
                }
                let names = stage.produces.iter().map(|p| &p.name.value);
                used.extend(names.filter_map(|n| Some(self.templates.get(n)?.path.clone())));
            }
        }
        let lead = format!("{}/", builtin::FOLDER);
        used.iter()
            .filter_map(|path| {
                path.strip_prefix(&lead)
                    .or_else(|| path.starts_with("workflows/").then_some(path))
            })
            .map(str::to_owned)
            .collect()
    }

    /// The file of a task.
    pub fn task(&self, id: &TaskId) -> FoundTask<'_> {
        let found: Vec<&TaskFile> = self.tasks.iter().filter(|t| &t.id == id).collect();
        match found.as_slice() {
            [] => FoundTask::None,
            [one] => FoundTask::One(one),
            _ => FoundTask::Many(found),
        }
    }

    /// The tasks whose files can't be read, each with its first fault.
    pub fn unreadable_tasks(&self) -> impl Iterator<Item = (TaskId, &Finding)> {
        let mut seen = BTreeSet::new();
        self.faults.iter().filter_map(move |fault| {
            let file = &fault.place.as_ref()?.file;
            let id = name::task_id_of(file).filter(|_| file.contains("/tasks/"))?;
            let known = self.tasks.iter().any(|t| t.path.as_str() == file);
            (!known && seen.insert(id.clone())).then_some((id, fault))
        })
    }

    /// The file of a task, or why there is not one.
    pub fn only_task(&self, id: &TaskId) -> Result<&TaskFile, Finding> {
        match self.task(id) {
            FoundTask::One(file) => Ok(file),
            FoundTask::None => {
                // One that is there and can't be read is told of as it is.
                let of_it = |f: &&Finding| {
                    f.place
                        .as_ref()
                        .is_some_and(|p| name::task_id_of(&p.file).as_ref() == Some(id))
                };
                if let Some(fault) = self.faults.iter().find(of_it) {
                    return Err(fault.clone());
                }
                let near = self.tasks.iter().map(|t| t.id.as_str());
                let remedy = settings_word(near, id);
                Err(Finding::new("task/unknown", format!("there is no task {id}")).remedy(remedy))
            }
            FoundTask::Many(files) => {
                let names: Vec<&str> = files.iter().map(|f| f.path.as_str()).collect();
                Err(Finding::new(
                    "task/duplicate-id",
                    format!("{id} is the id of {}", names.join(" and ")),
                )
                .at(Place::file(names[0]))
                .remedy("give one of them another id"))
            }
        }
    }
}

/// A task names a backlog item that is not in the backlog: its status would be nowhere.
pub(super) fn unknown_item(task: &RepoPath, item: &ItemId, backlog: &RepoPath) -> Finding {
    Finding::new(
        "task/unknown-item",
        format!("the backlog has no item {item}"),
    )
    .at(Place::file(task.as_str()))
    .remedy(format!("write it into {backlog}, or name another one"))
}

/// Findings in the order of their places, each once.
pub(super) fn in_order(mut found: Vec<Finding>) -> Vec<Finding> {
    found.sort_by(|a, b| a.place.cmp(&b.place).then_with(|| a.code.cmp(&b.code)));
    // A workflow that stands in two others is resolved twice.
    let mut seen: Vec<Finding> = Vec::new();
    for finding in found {
        let alike = |s: &&Finding| s.place == finding.place && s.code == finding.code;
        if !seen.iter().rev().take_while(alike).any(|s| *s == finding) {
            seen.push(finding);
        }
    }
    seen
}

/// What to do about a task that is not there.
fn settings_word<'a>(known: impl Iterator<Item = &'a str>, id: &TaskId) -> String {
    let known: Vec<&str> = known.collect();
    match crate::documents::yaml::did_you_mean(id.as_str(), known.iter().copied()) {
        Some(near) => format!("did you mean {near}?"),
        None if known.is_empty() => {
            "write harness/tasks/T001-some-words.md after the template task.md".to_owned()
        }
        None => "`harness-tui status` lists them".to_owned(),
    }
}

/// Whether a finding only advises, and need not stop anybody.
pub fn is_advice(finding: &Finding) -> bool {
    use super::{hooks, one_tree, submodules};
    let ours = [
        submodules::CODE,
        hooks::HOOK,
        hooks::BASELINE,
        one_tree::CODE,
    ];
    settings::is_advice(finding) || ours.contains(&finding.code.as_str())
}

/// The slug that a task's branch is named after: of its file name, else of its title.
pub(super) fn slug(file: &TaskFile) -> String {
    let own = name::slug_of(file.path.as_str()).map(name::slugify);
    own.filter(|s| !s.is_empty())
        .or_else(|| Some(name::slugify(file.task.title())).filter(|s| !s.is_empty()))
        .unwrap_or_else(|| "task".to_owned())
}

#[cfg(test)]
mod tests;
