//! Reading the harness files: bounded, without following a link, every fault gathered.

use super::{BacklogFile, Harness, TaskFile, WorkflowFile};
use crate::documents::backlog::{Backlog, PLACES};
use crate::documents::powers::Power;
use crate::documents::task::{Task, name};
use crate::documents::{powers, role, settings, workflow};
use crate::engine::resolve::{RoleSource, TemplateSource};
use crate::records::builtin::{self, BuiltIn};
use crate::records::project::Project;
use crate::stage::ambient::Ambient;
use crate::stage::environ::inherited;
use crate::store::fs::{Disk, Fs, Kind};
use crate::store::inside::{ReadError, read_inside};
use crate::terms::{Finding, Place, RepoPath, TaskId};
use std::collections::{BTreeMap, BTreeSet};

/// Largest harness file that is read.
pub(in crate::records) const MAX_FILE_BYTES: u64 = 1024 * 1024;
/// Largest backlog that is read.
const MAX_BACKLOG_BYTES: u64 = 8 * 1024 * 1024;
/// Workflows, roles, templates of a project, each.
const MAX_FILES: usize = 500;
/// Task definitions of a project.
const MAX_TASKS: usize = 20_000;

/// The file at the repository's root with patterns of what is copied into trees.
const INCLUDED: &str = ".worktreeinclude";

/// Reads the harness files of a project, and gathers what is wrong with them.
pub(in crate::records) struct Reader<'a> {
    project: &'a Project,
    /// What the files have run, of those that were read so far.
    powers: Vec<Power>,
    /// What is wrong with what was read so far.
    pub(in crate::records) faults: Vec<Finding>,
}

/// Reads everything.
pub(super) fn load(project: &Project) -> Harness {
    let mut reader = Reader::new(project);
    let mut harness = reader.frame();
    harness.backlog = reader.backlog(harness.settings.paths.backlog.as_ref());
    harness.tasks = reader.tasks(harness.settings.paths.tasks.as_ref());
    harness.faults = reader.faults;
    harness
}

impl<'a> Reader<'a> {
    /// A reader that has read nothing yet.
    pub(in crate::records) fn new(project: &'a Project) -> Self {
        Self {
            project,
            powers: Vec::new(),
            faults: Vec::new(),
        }
    }
}

/// The files of instructions that profiles and stages name and that are not there.
fn lacking(
    ambient: &Ambient,
    settings: &settings::Settings,
    workflows: &BTreeMap<String, workflow::Workflow>,
) -> BTreeSet<String> {
    let profiles = { settings.profiles.values() }.filter_map(|p| p.instructions.as_ref());
    let stages = workflows.values().flat_map(|w| &w.stages);
    let named: BTreeSet<&str> = { profiles.flatten().map(|n| n.value.as_str()) }
        .chain({ stages.flat_map(|s| &s.instructions) }.map(|n| n.value.as_str()))
        .collect();
    let gone = |path: &&str| RepoPath::new(*path).is_ok_and(|path| ambient.lacks(&path));
    named.into_iter().filter(gone).map(str::to_owned).collect()
}

impl Reader<'_> {
    /// Everything but the backlog and the tasks, which are many and change often.
    pub(in crate::records) fn frame(&mut self) -> Harness {
        let reader = self;
        let (settings, local) = reader.settings();
        let files = reader.workflows(&settings.paths.workflows);
        let workflows = files
            .iter()
            .filter_map(|(name, file)| Some((name.clone(), file.workflow.clone()?)))
            .collect();
        let roles = reader.roles(&settings.paths.roles);
        let templates = reader.templates(&settings.paths.templates);
        reader.included();
        let ambient = Ambient::of(reader.project.home(), &inherited());
        reader.brought(&ambient, &settings, &workflows);
        let mut nameable = ambient.names();
        nameable.lacking = lacking(&ambient, &settings, &workflows);
        Harness {
            powers: std::mem::take(&mut reader.powers),
            settings,
            local,
            files,
            workflows,
            roles,
            templates,
            nameable,
            backlog: None,
            tasks: Vec::new(),
            faults: Vec::new(),
        }
    }

    fn inside(&self, rest: &str) -> Option<RepoPath> {
        self.project.inside(rest).ok()
    }

    /// The settings, and where those of this machine are that are among them.
    fn settings(&mut self) -> (settings::Settings, Option<RepoPath>) {
        let file = format!("{}/{}", self.project.harness, builtin::SETTINGS.path);
        let own = self
            .inside(builtin::SETTINGS.path)
            .and_then(|path| self.optional_text(&path));
        let text = own.as_deref().unwrap_or(builtin::SETTINGS.text);
        let local = self
            .inside(builtin::LOCAL_SETTINGS)
            .and_then(|path| Some((self.optional_text(&path)?, path)));
        if let Some(own) = &own {
            self.powers.extend(powers::of_settings(&file, own));
        }
        if let Some((local, path)) = &local {
            let path = path.as_str();
            self.powers.extend(powers::of_settings(path, local));
        }
        let (settings, faults) = match &local {
            Some((local, _)) => settings::parse_with_local(&file, text, local),
            None => settings::parse(&file, text),
        };
        self.faults.extend(faults);
        (settings, local.map(|(_, path)| path))
    }

    fn workflows(&mut self, map: &BTreeMap<String, RepoPath>) -> BTreeMap<String, WorkflowFile> {
        let mut files = BTreeMap::new();
        let harness = self.project.harness.as_str();
        for (name, path) in self.named("workflows", &["yaml", "yml"], map) {
            let Some(text) = self.text(&path) else {
                continue;
            };
            let (workflow, faults) = workflow::parse(path.as_str(), &text);
            self.powers
                .extend(powers::of_workflow(path.as_str(), &text));
            let path = Some(path);
            files.insert(
                name,
                WorkflowFile {
                    path,
                    text,
                    workflow,
                    faults,
                },
            );
        }
        for own in builtin::WORKFLOWS {
            files.entry(own.name.to_owned()).or_insert_with(|| {
                let text = builtin::with_checks(own.text, None);
                let text = builtin::placed(&text, harness);
                let (workflow, faults) = workflow::parse(&built_in_path(own), &text);
                WorkflowFile {
                    path: None,
                    text,
                    workflow,
                    faults,
                }
            });
        }
        files
    }

    fn roles(&mut self, map: &BTreeMap<String, RepoPath>) -> BTreeMap<String, RoleSource> {
        let mut roles = BTreeMap::new();
        for (name, path) in self.named("roles", &["md"], map) {
            if let Some(text) = self.text(&path) {
                let (source, faults) = role_source(path.as_str(), text);
                self.faults.extend(faults);
                let profile = source.profile.as_deref();
                let powers = powers::of_role(path.as_str(), &source.text, profile);
                self.powers.extend(powers);
                roles.insert(name, source);
            }
        }
        for own in builtin::ROLES {
            roles
                .entry(own.name.to_owned())
                .or_insert_with(|| role_source(&built_in_path(own), own.text.to_owned()).0);
        }
        roles
    }

    fn templates(&mut self, map: &BTreeMap<String, RepoPath>) -> BTreeMap<String, TemplateSource> {
        let mut templates = BTreeMap::new();
        for (name, path) in self.named("templates", &["md"], map) {
            if let Some(text) = self.text(&path) {
                let path = path.to_string();
                templates.insert(name, TemplateSource { path, text });
            }
        }
        for own in builtin::TEMPLATES {
            templates
                .entry(own.name.to_owned())
                .or_insert_with(|| TemplateSource {
                    path: built_in_path(own),
                    text: own.text.to_owned(),
                });
        }
        templates
    }

    /// What is copied into trees beside what the settings say.
    /// What of the repository's own is brought back by name: servers are programs, too.
    fn brought(
        &mut self,
        ambient: &Ambient,
        settings: &settings::Settings,
        workflows: &BTreeMap<String, workflow::Workflow>,
    ) {
        let profiles = settings.profiles.values();
        let stages = || workflows.values().flat_map(|w| &w.stages);
        let mcp = { profiles.clone() }.flat_map(|p| &p.mcp);
        let mcp: BTreeSet<&str> = mcp
            .chain(stages().flat_map(|s| &s.mcp))
            .map(|name| name.value.as_str())
            .collect();
        let skills: BTreeSet<&str> = profiles
            .flat_map(|p| &p.skills)
            .chain(stages().flat_map(|s| &s.skills))
            .map(|name| name.value.as_str())
            .collect();
        let powers = ambient.powers(mcp.into_iter(), skills.into_iter());
        self.powers.extend(powers);
    }

    fn included(&mut self) {
        if let Ok(path) = RepoPath::new(INCLUDED)
            && let Some(text) = self.optional_text(&path)
        {
            self.powers.extend(powers::of_included(INCLUDED, &text));
        }
    }

    /// The backlog, where there is one.
    pub(in crate::records) fn backlog(&mut self, mapped: Option<&RepoPath>) -> Option<BacklogFile> {
        let usual = PLACES.iter().filter_map(|p| self.inside(p));
        let places: Vec<RepoPath> = match mapped {
            Some(path) => vec![path.clone()],
            None => usual.collect(),
        };
        for path in places {
            let bytes = match read_inside(self.project.roots().of(&path), &path, MAX_BACKLOG_BYTES)
            {
                Err(ReadError::Missing { .. }) if mapped.is_none() => continue,
                Err(error) => {
                    self.faults.push(unreadable(&path, &error));
                    return None;
                }
                Ok(bytes) => bytes,
            };
            self.faults.extend(not_utf8(&path, &bytes));
            let backlog = Backlog::parse(&bytes);
            self.faults.extend(backlog.findings(path.as_str()));
            return Some(BacklogFile { path, backlog });
        }
        None
    }

    fn tasks(&mut self, mapped: Option<&RepoPath>) -> Vec<TaskFile> {
        let paths = self.task_paths(mapped);
        let tasks: Vec<TaskFile> = paths.into_iter().filter_map(|p| self.task(p)).collect();
        let found = twice(tasks.iter().map(|t| (&t.id, &t.path)));
        self.faults.extend(found);
        tasks
    }

    /// Where the tasks lie, each with the id in its file's name.
    pub(in crate::records) fn task_paths(
        &mut self,
        mapped: Option<&RepoPath>,
    ) -> Vec<(TaskId, RepoPath)> {
        let Some(folder) = mapped.cloned().or_else(|| self.inside("tasks")) else {
            return Vec::new();
        };
        let mut paths = Vec::new();
        for file in self.list(&folder, mapped.is_some(), MAX_TASKS) {
            if let Some(id) = name::task_id_of(&file)
                && let Some(path) = self.below(&folder, &file)
            {
                paths.push((id, path));
            }
        }
        paths
    }

    /// The task of this id in this file; `None` where it can't be read.
    pub(in crate::records) fn task(&mut self, (id, path): (TaskId, RepoPath)) -> Option<TaskFile> {
        match read_inside(self.project.roots().of(&path), &path, MAX_FILE_BYTES) {
            Err(error) => {
                self.faults.push(unreadable(&path, &error));
                None
            }
            Ok(bytes) => {
                self.faults.extend(not_utf8(&path, &bytes));
                let task = Task::parse(&bytes);
                self.faults.extend(task.validate(path.as_str()));
                self.faults.extend(other_id(&path, &id, &task));
                Some(TaskFile { path, id, task })
            }
        }
    }

    /// The files of a folder by name, and those the settings map; the map counts.
    fn named(
        &mut self,
        folder: &str,
        endings: &[&str],
        map: &BTreeMap<String, RepoPath>,
    ) -> BTreeMap<String, RepoPath> {
        let mut found: BTreeMap<String, RepoPath> = BTreeMap::new();
        if let Some(folder) = self.inside(folder) {
            for file in self.list(&folder, false, MAX_FILES) {
                let Some((stem, ending)) = file.rsplit_once('.') else {
                    continue;
                };
                if stem.is_empty() || !endings.iter().any(|e| ending.eq_ignore_ascii_case(e)) {
                    continue;
                }
                let Some(path) = self.below(&folder, &file) else {
                    continue;
                };
                if let Some(other) = found.insert(stem.to_owned(), path.clone()) {
                    self.faults.push(
                        Finding::new(
                            "harness/same-name",
                            format!("{other} has the same name, '{stem}'"),
                        )
                        .at(Place::file(path.as_str()))
                        .remedy("take one of the two away"),
                    );
                }
            }
        }
        // A file that the settings give a name has no second one.
        let usual = [builtin::ROLES, builtin::TEMPLATES, builtin::WORKFLOWS];
        let usual = |name: &str| {
            usual
                .iter()
                .any(|all| all.iter().any(|own| own.name == name))
        };
        found.retain(|name, path| usual(name) || !map.values().any(|mapped| mapped == path));
        found.extend(map.iter().map(|(name, path)| (name.clone(), path.clone())));
        found
    }

    /// A file of a folder; one whose name can't be said is reported.
    fn below(&mut self, folder: &RepoPath, file: &str) -> Option<RepoPath> {
        match RepoPath::new(format!("{folder}/{file}")) {
            Ok(path) => Some(path),
            Err(bad) => {
                self.faults.push(
                    Finding::new("harness/bad-name", bad.to_string())
                        .at(Place::file(folder.as_str()))
                        .remedy("rename the file"),
                );
                None
            }
        }
    }

    /// The names in a folder, hidden ones left out. A missing folder is empty, unless `due`.
    fn list(&mut self, folder: &RepoPath, due: bool, max: usize) -> Vec<String> {
        let path = self.project.file(folder);
        let fault = |text: String, remedy: &str| {
            Finding::new("harness/unreadable", text)
                .at(Place::file(folder.as_str()))
                .remedy(remedy)
        };
        match Disk.stat(&path) {
            Ok(None) if !due => return Vec::new(),
            Ok(Some(stat)) if stat.kind == Kind::Dir => {}
            Ok(None) => {
                self.faults
                    .push(fault("the folder is missing".to_owned(), "make it"));
                return Vec::new();
            }
            Ok(Some(_)) => {
                self.faults.push(fault(
                    "it is no folder, or a link to one".to_owned(),
                    "put a folder there",
                ));
                return Vec::new();
            }
            Err(error) => {
                self.faults.push(fault(
                    format!("can't look at it: {error}"),
                    "see to its permissions",
                ));
                return Vec::new();
            }
        }
        match Disk.list(&path) {
            Ok(mut names) => {
                names.retain(|n| !n.starts_with('.'));
                if names.len() > max {
                    self.faults.push(fault(
                        format!("it holds {} files; the first {max} are read", names.len()),
                        "move some of them elsewhere",
                    ));
                    names.truncate(max);
                }
                names
            }
            Err(error) => {
                self.faults.push(fault(
                    format!("can't list it: {error}"),
                    "see to its permissions",
                ));
                Vec::new()
            }
        }
    }

    fn text(&mut self, path: &RepoPath) -> Option<String> {
        match read_inside(self.project.roots().of(path), path, MAX_FILE_BYTES) {
            Ok(bytes) => self.utf8(path, bytes),
            Err(error) => {
                self.faults.push(unreadable(path, &error));
                None
            }
        }
    }

    fn optional_text(&mut self, path: &RepoPath) -> Option<String> {
        match read_inside(self.project.roots().of(path), path, MAX_FILE_BYTES) {
            Err(ReadError::Missing { .. }) => None,
            Err(error) => {
                self.faults.push(unreadable(path, &error));
                None
            }
            Ok(bytes) => self.utf8(path, bytes),
        }
    }

    fn utf8(&mut self, path: &RepoPath, bytes: Vec<u8>) -> Option<String> {
        if let Some(fault) = not_utf8(path, &bytes) {
            self.faults.push(fault);
            return None;
        }
        String::from_utf8(bytes).ok()
    }
}

fn built_in_path(own: &BuiltIn) -> String {
    format!("{}/{}", builtin::FOLDER, own.path)
}

fn role_source(path: &str, text: String) -> (RoleSource, Vec<Finding>) {
    let (role, faults) = role::parse(&text, path);
    let source = RoleSource {
        path: path.to_owned(),
        text,
        prompt: role.prompt,
        prompt_line: role.body_line,
        capability: role.capability,
        agent: role.agent,
        model: role.model,
        effort: role.effort,
        profile: role.profile,
        timeout_secs: role.timeout,
        idle_secs: role.idle_timeout,
    };
    (source, faults)
}

fn unreadable(path: &RepoPath, error: &ReadError) -> Finding {
    let remedy = match error {
        ReadError::Missing { .. } => "write it, or take it out of paths: in harness.yaml",
        ReadError::NotAFile { .. } => "put a regular file there",
        ReadError::Link { .. } => "replace the link by the file itself",
        ReadError::TooBig { .. } => "make it shorter",
        ReadError::Unreadable { .. } => "see to its permissions",
    };
    Finding::new("harness/unreadable", error.to_string())
        .at(Place::file(path.as_str()))
        .remedy(remedy)
}

fn not_utf8(path: &RepoPath, bytes: &[u8]) -> Option<Finding> {
    let error = std::str::from_utf8(bytes).err()?;
    let before = &bytes[..error.valid_up_to()];
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    Some(
        Finding::new("harness/not-utf8", "the file is not UTF-8 text")
            .at(Place::line(
                path.as_str(),
                u32::try_from(line).unwrap_or(u32::MAX),
            ))
            .remedy("save it as UTF-8"),
    )
}

fn other_id(path: &RepoPath, id: &TaskId, task: &Task) -> Option<Finding> {
    let inside = task.id().filter(|inside| *inside != id)?;
    Some(
        Finding::new(
            "task/id-differs",
            format!("the heading says {inside}, the file's name {id}"),
        )
        .at(Place::line(path.as_str(), 1))
        .remedy("make them equal"),
    )
}

/// Tasks of one id, of which there may be but one.
pub(in crate::records) fn twice<'a>(
    tasks: impl Iterator<Item = (&'a TaskId, &'a RepoPath)>,
) -> Vec<Finding> {
    let mut first: BTreeMap<&TaskId, &RepoPath> = BTreeMap::new();
    let mut found = Vec::new();
    for (id, path) in tasks {
        if let Some(other) = first.get(id) {
            found.push(
                Finding::new(
                    "task/duplicate-id",
                    format!("{id} is also the id of {other}"),
                )
                .at(Place::file(path.as_str()))
                .remedy("give one of the two another id"),
            );
        } else {
            first.insert(id, path);
        }
    }
    found
}
