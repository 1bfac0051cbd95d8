//! What `init` writes.

use super::detect::Found;
use super::layout::Layout;
use super::shipped::{self, Shipped};
use crate::documents::settings::Paths;
use crate::records::builtin::{self, BuiltIn};
use crate::records::harness::Harness;
use crate::records::project::Project;
use crate::store::StoreError;
use crate::store::fs::{Disk, Fs, Kind};
use crate::store::write::{Once, create_once_shared};
use std::path::{Path, PathBuf};

/// The settings' file name.
pub const SETTINGS: &str = builtin::SETTINGS.path;

const BACKLOG: &str = "# Backlog

Ideas, the next ones first. An item becomes a task definition in `tasks/`, and a run takes it from
there.

## Status Values

- Planned
- Ready
- In Progress
- In Review
- Done

## Backlog Items
";

/// Why the files can't be written.
#[derive(Debug, thiserror::Error)]
pub enum CannotWrite {
    /// Something that is no folder stands where one is needed.
    #[error("{} is no folder, or a link to one; put a folder there, or take it away", .0.display())]
    NotAFolder(PathBuf),
    /// The disk.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes what is missing, and returns the paths relative to the repository's root. What came
/// there meanwhile keeps every byte. What of it is shipped is written down.
pub fn write(
    project: &Project,
    found: &Found,
    missing: &[Missing],
) -> Result<Vec<String>, CannotWrite> {
    let mut wrote = Vec::new();
    // One that can't be read is somebody's to mend, and stays.
    let known = Shipped::read(project);
    let mut shipped = known.as_ref().ok().cloned().flatten();
    let shipped = shipped.get_or_insert_with(|| shipped_of(found));
    let before = shipped.clone();
    for file in missing {
        let path = project.path(&file.path);
        folder(project, path.parent().unwrap_or(project.home()))?;
        if create_once_shared(&Disk, &path, file.text.as_bytes())? == Once::Created {
            wrote.push(format!("{}/{}", project.harness, file.path));
            let folder = file.path.split('/').next().unwrap_or_default();
            if ["workflows", "roles", "templates"].contains(&folder) {
                shipped.put(project, &file.path, &file.text);
            }
            if folder == "workflows" {
                shipped.fitted_as(&shipped_of(found));
            }
        }
    }
    if known.is_ok() && *shipped != before {
        shipped.write(project)?;
        wrote.push(format!("{}/{}", project.harness, shipped::FILE));
    }
    Ok(wrote)
}

/// A file that is not there yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Its path below the harness folder.
    pub path: String,
    /// What it would hold.
    pub text: String,
}

/// What is missing below the harness folder. What the settings say lies elsewhere, and what the
/// layout that is there brings, is not written a second time.
pub fn missing(
    project: &Project,
    found: &Found,
    layout: &Layout,
) -> Result<Vec<Missing>, CannotWrite> {
    let harness = Harness::load(project);
    let paths = &harness.settings.paths;
    let mut list = List {
        project,
        files: Vec::new(),
    };
    list.put(SETTINGS, &settings(project, found, layout))?;
    if !project.is_private() {
        list.put(".gitignore", "/harness.local.yaml\n")?;
    }
    if harness.backlog.is_none() && paths.backlog.is_none() {
        list.put("backlog.md", BACKLOG)?;
    }
    if paths.tasks.is_none() && !project.path("tasks").exists() {
        list.put("tasks/.gitkeep", "")?;
    }
    for file in fitted(project, paths, &shipped_of(found), layout) {
        list.put(&file.path, &file.text)?;
    }
    Ok(list.files)
}

/// What the shipped files are fitted with, as it is told now.
pub fn shipped_of(found: &Found) -> Shipped {
    let offers = found.hooks.iter().map(|h| (h.from.clone(), h.row()));
    let tests = found.tests.first().map(|t| t.command.clone());
    Shipped::fitted(tests, offers.collect())
}

/// The workflows, roles and templates as they are shipped now, fitted to a project; those whose place
/// something else has are left out.
pub fn fitted(project: &Project, paths: &Paths, inputs: &Shipped, layout: &Layout) -> Vec<Missing> {
    let mut all = Vec::new();
    let mut put = |own: &BuiltIn, text: String| {
        all.push(Missing {
            path: own.path.to_owned(),
            text,
        });
    };
    for own in builtin::WORKFLOWS {
        let there = project
            .path(&format!("workflows/{}.yml", own.name))
            .exists();
        if !there && !paths.workflows.contains_key(own.name) {
            put(own, workflow(project, own, inputs, layout));
        }
    }
    for own in builtin::ROLES {
        let mapped = paths.roles.contains_key(own.name) || layout.roles.contains_key(own.name);
        if !mapped && !layout.unmapped.contains(own.path) {
            put(own, own.text.to_owned());
        }
    }
    for own in builtin::TEMPLATES {
        let mapped =
            paths.templates.contains_key(own.name) || layout.templates.contains_key(own.name);
        if !mapped && !layout.unmapped.contains(own.path) {
            put(own, own.text.to_owned());
        }
    }
    all
}

/// A shipped workflow as it fits this repository: its checks, its place, the layout that is there.
fn workflow(project: &Project, own: &BuiltIn, inputs: &Shipped, layout: &Layout) -> String {
    let text = builtin::with_checks(own.text, inputs.tests.as_deref());
    let text = builtin::with_offers(&text, &inputs.offers);
    let text = builtin::placed(&text, project.harness.as_str());
    if own.name == "feature" {
        return layout.workflow(&text);
    }
    text
}

/// harness.yaml with the set-up commands that were found, the part of the repository that it is
/// about, and what lies elsewhere.
fn settings(project: &Project, found: &Found, layout: &Layout) -> String {
    let mut text = builtin::placed(builtin::SETTINGS.text, project.harness.as_str());
    if let Some(folder) = project.folder() {
        text.push_str("\n# Runs change this part of the repository alone.\nroot: ");
        text.push_str(&serde_json::Value::from(folder.as_str()).to_string());
        text.push('\n');
    }
    text = layout.settings(text);
    if found.setup.is_empty() {
        return text;
    }
    text.push_str(
        "\n# Makes a fresh tree build, before the first agent works in it.\ntree:\n  setup:\n",
    );
    for setup in &found.setup {
        let command = serde_json::Value::from(setup.command.as_str());
        text.push_str("    - { run: ");
        text.push_str(&command.to_string());
        text.push_str(", timeout: 10m }\n");
    }
    text
}

struct List<'a> {
    project: &'a Project,
    files: Vec<Missing>,
}

impl List<'_> {
    /// One file more, where nothing is.
    fn put(&mut self, rest: &str, text: &str) -> Result<(), CannotWrite> {
        let path = self.project.path(rest);
        let there = Disk
            .stat(&path)
            .map_err(|e| store("look at", &path, e))?
            .is_some();
        if !there {
            self.files.push(Missing {
                path: rest.to_owned(),
                text: text.to_owned(),
            });
        }
        Ok(())
    }
}

/// Makes a folder of the harness below home or, where that is private, below the git folder that all
/// working trees share; through no link.
fn folder(project: &Project, dir: &Path) -> Result<(), CannotWrite> {
    let root = if project.is_private() {
        &project.repository.common_dir
    } else {
        project.home()
    };
    let outside = || CannotWrite::NotAFolder(dir.to_owned());
    let below = dir.strip_prefix(root).map_err(|_| outside())?;
    let mut at = root.to_owned();
    for part in below.components() {
        at.push(part);
        match Disk.stat(&at).map_err(|e| store("look at", &at, e))? {
            Some(stat) if stat.kind == Kind::Dir => {}
            Some(_) => return Err(CannotWrite::NotAFolder(at)),
            None => Disk
                .create_dir_all(&at, false)
                .map_err(|e| store("make", &at, e))?,
        }
    }
    Ok(())
}

fn store(doing: &'static str, path: &Path, source: std::io::Error) -> StoreError {
    StoreError::Io {
        doing,
        path: path.to_owned(),
        source,
    }
}
