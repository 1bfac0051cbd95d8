//! Writing backlog items: adding one, changing its lines, and taking the last change back.
//!
//! Law: only the item's own lines change, and what somebody else wrote meanwhile is never lost: a
//! line that is not as it was shown is refused, everything else in the file is merged.

mod undo;

pub use undo::{Change, take_back};

use crate::documents::backlog::{Backlog, BacklogError, Item, PLACES};
use crate::process::runs;
use crate::records::harness::Harness;
use crate::records::project::Project;
use crate::store::StoreError;
use crate::store::fs::{Disk, Fs};
use crate::store::inside::{ReadError, read_inside};
use crate::store::swap::{redo_swaps, replace_cas};
use crate::store::write::sweep_left;
use crate::terms::{ItemId, RepoPath, TaskId};
use std::cell::RefCell;
use std::path::Path;

/// Largest backlog that is changed.
const MAX_BYTES: u64 = 16 * 1024 * 1024;
/// The status of an item that was just added.
pub const PLANNED: &str = "Planned";

/// A line of an item that people write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Its title.
    Title,
    /// Its status.
    Status,
    /// Its summary.
    Summary,
}

impl Field {
    /// Every one, in the order of the lines.
    pub const ALL: [Self; 3] = [Self::Title, Self::Status, Self::Summary];

    /// What people call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Status => "status",
            Self::Summary => "summary",
        }
    }
}

/// The lines of an item that people write.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines {
    /// Its title.
    pub title: String,
    /// Its status.
    pub status: String,
    /// Its summary, on one line.
    pub summary: String,
}

impl Lines {
    /// Those of an item.
    pub fn of(item: &Item) -> Self {
        Self {
            title: item.title.clone(),
            status: item.status.clone().unwrap_or_default(),
            summary: item.summary.clone().unwrap_or_default(),
        }
    }

    /// One of them.
    pub fn get(&self, field: Field) -> &str {
        match field {
            Field::Title => &self.title,
            Field::Status => &self.status,
            Field::Summary => &self.summary,
        }
    }

    /// Sets one of them.
    pub fn set(&mut self, field: Field, text: String) {
        match field {
            Field::Title => self.title = text,
            Field::Status => self.status = text,
            Field::Summary => self.summary = text,
        }
    }
}

/// Why an item was not written.
#[derive(Debug, thiserror::Error)]
pub enum CannotWrite {
    /// An item needs a title.
    #[error("nothing was written: an item needs a title")]
    NoTitle,
    /// The backlog.
    #[error(transparent)]
    Backlog(#[from] BacklogError),
    /// A line is not as it was shown.
    #[error(
        "the {} of {item} was changed meanwhile to '{now}', and nothing was written; look at it and \
         save again",
        field.word()
    )]
    Changed {
        /// The item.
        item: ItemId,
        /// The line.
        field: Field,
        /// What stands there.
        now: String,
    },
    /// A line is not as the change left it.
    #[error(
        "the {} of {item} was changed since to '{now}', so nothing was taken back; put it right by \
         hand",
        field.word()
    )]
    ChangedSince {
        /// The item.
        item: ItemId,
        /// The line.
        field: Field,
        /// What stands there.
        now: String,
    },
    /// What was added is not as it was written.
    #[error("{item} was changed since it was added, so it was left; take it out of {path} by hand")]
    AddedSince {
        /// The item.
        item: ItemId,
        /// The file.
        path: RepoPath,
    },
    /// It can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The disk.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its path.
    #[error(transparent)]
    Place(#[from] crate::records::project::NoProject),
}

impl CannotWrite {
    /// Whether trying again would be refused again, for what was to be taken back is not there.
    pub fn is_past(&self) -> bool {
        matches!(self, Self::ChangedSince { .. } | Self::AddedSince { .. })
            || matches!(self, Self::Backlog(BacklogError::Unknown(_)))
    }
}

/// Adds an item below the last one, with the id after the highest.
pub fn add(project: &Project, title: &str, summary: &str) -> Result<Change, CannotWrite> {
    if title.trim().is_empty() {
        return Err(CannotWrite::NoTitle);
    }
    let path = place(project)?;
    let added = |bytes: &[u8]| {
        let mut backlog = Backlog::parse(bytes);
        let id = backlog.next_id();
        backlog.add_item(&id, title, PLANNED, summary)?;
        Ok((backlog.render(), id))
    };
    let wrote = write(&Disk, project, &path, &added)?;
    Ok(Change::added(path, wrote))
}

/// Changes the lines of an item in which `now` differs from `was`, which is how it was shown.
pub fn edit(
    project: &Project,
    item: &ItemId,
    was: &Lines,
    now: &Lines,
) -> Result<Change, CannotWrite> {
    if now.title.trim().is_empty() {
        return Err(CannotWrite::NoTitle);
    }
    let path = place(project)?;
    let changed = Field::ALL.map(|f| (f, was.get(f) != now.get(f)));
    let changed: Vec<Field> = changed
        .iter()
        .filter(|(_, c)| *c)
        .map(|(f, _)| *f)
        .collect();
    let edited = |bytes: &[u8]| {
        let mut backlog = Backlog::parse(bytes);
        let found = backlog.find(item).map(Lines::of).unwrap_or_default();
        for field in &changed {
            if backlog.find(item).is_some() && found.get(*field) != was.get(*field) {
                return Err(CannotWrite::Changed {
                    item: item.clone(),
                    field: *field,
                    now: found.get(*field).to_owned(),
                });
            }
            set(&mut backlog, item, *field, now.get(*field))?;
        }
        Ok((backlog.render(), item.clone()))
    };
    let wrote = write(&Disk, project, &path, &edited)?;
    Ok(Change::edited(path, wrote, &changed))
}

/// Links an item to its task and sets its status, in one change. It is written to this disk.
pub fn link(
    fs: &dyn Fs,
    project: &Project,
    item: &ItemId,
    task: &TaskId,
    status: Option<&str>,
) -> Result<(), CannotWrite> {
    let path = place(project)?;
    let linked = |bytes: &[u8]| Ok((linked(bytes, item, task, status)?, item.clone()));
    write(fs, project, &path, &linked)?;
    Ok(())
}

/// Takes up what a link left that was cut off half way, in a process that is no more. Where the
/// backlog was changed since, what had been displaced goes to `aside`; returns whether.
pub fn take_up_link(
    fs: &dyn Fs,
    project: &Project,
    (item, task, status): (&ItemId, &TaskId, Option<&str>),
    aside: &Path,
) -> Result<bool, CannotWrite> {
    let path = project.file(&place(project)?);
    let apply =
        |theirs: &[u8]| linked(theirs, item, task, status).unwrap_or_else(|_| theirs.to_vec());
    let left = |pid: u32| pid != std::process::id() && !runs(pid);
    if let Some(folder) = path.parent() {
        sweep_left(fs, folder, &left)?;
    }
    Ok(redo_swaps(fs, &path, &apply, (&left, aside))?)
}

fn linked(
    bytes: &[u8],
    item: &ItemId,
    task: &TaskId,
    status: Option<&str>,
) -> Result<Vec<u8>, BacklogError> {
    let mut backlog = Backlog::parse(bytes);
    backlog.set_task_link(item, task)?;
    if let Some(status) = status {
        backlog.set_status(item, status)?;
    }
    Ok(backlog.render())
}

fn set(backlog: &mut Backlog, item: &ItemId, field: Field, text: &str) -> Result<(), BacklogError> {
    match field {
        Field::Title => backlog.set_title(item, text),
        Field::Status => backlog.set_status(item, text),
        Field::Summary => backlog.set_summary(item, text),
    }
}

/// What was written.
struct Wrote {
    /// The item.
    item: ItemId,
    /// What the file held before; `None`: it was not there.
    before: Option<Vec<u8>>,
    /// What it held after.
    after: Vec<u8>,
}

/// What stood in the file instead of what was expected, and what came of the change there.
type Met = (Vec<u8>, Result<ItemId, CannotWrite>);

/// From what a file holds to what it is to hold, and the item that is meant.
type Applied<'a> = &'a dyn Fn(&[u8]) -> Result<(Vec<u8>, ItemId), CannotWrite>;

fn write(
    fs: &dyn Fs,
    project: &Project,
    path: &RepoPath,
    apply: Applied<'_>,
) -> Result<Wrote, CannotWrite> {
    let before = read(project, path)?;
    let (wanted, item) = apply(before.as_deref().unwrap_or_default())?;
    // What stood there instead, where somebody wrote meanwhile, and what came of this change then.
    let met: RefCell<Option<Met>> = RefCell::new(None);
    let merge = |_: &[u8], _: &[u8], theirs: &[u8]| {
        let (kept, applied) = match apply(theirs) {
            Ok((bytes, item)) => (bytes, Ok(item)),
            Err(error) => (theirs.to_vec(), Err(error)),
        };
        met.replace(Some((theirs.to_vec(), applied)));
        kept
    };
    let file = project.file(path);
    if let Some(folder) = file.parent() {
        fs.create_dir_all(folder, false)
            .map_err(StoreError::io("make", folder))?;
    }
    let after = replace_cas(fs, &file, before.as_deref(), &wanted, &merge)?;
    let (before, item) = match met.into_inner() {
        None => (before, item),
        Some((theirs, applied)) => (Some(theirs), applied?),
    };
    Ok(Wrote {
        item,
        before,
        after,
    })
}

/// Where the backlog lies, or would.
fn place(project: &Project) -> Result<RepoPath, CannotWrite> {
    let harness = Harness::load(project);
    if let Some(file) = harness.backlog {
        return Ok(file.path);
    }
    match harness.settings.paths.backlog {
        Some(path) => Ok(path),
        None => Ok(project.inside(PLACES[0])?),
    }
}

fn read(project: &Project, path: &RepoPath) -> Result<Option<Vec<u8>>, CannotWrite> {
    match read_inside(project.roots().of(path), path, MAX_BYTES) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(ReadError::Missing { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::Git;
    use crate::git::testing::put;
    use crate::records::project::HARNESS;

    const BACKLOG: &str = "# Ideas\r\n\r\n### B7 - Old  \r\n**Status:** Someday  \r\n**Summary:** It was.\r\n\r\nA note.\r\n";

    fn project() -> (tempfile::TempDir, Project) {
        let dir = tempfile::tempdir().unwrap();
        let git = Git::new(dir.path());
        git.call(["init", "-q", "-b", "main"]).run().unwrap();
        put(dir.path(), "harness/backlog.md", BACKLOG);
        let project = Project::at(Git::discover(dir.path()).unwrap(), HARNESS).unwrap();
        (dir, project)
    }

    fn text(project: &Project) -> String {
        std::fs::read_to_string(project.path("backlog.md")).unwrap()
    }

    #[test]
    fn an_item_is_added_and_taken_back_to_the_byte() {
        let (_dir, project) = project();
        let change = add(&project, "New", "Do it.").unwrap();
        assert_eq!(change.item.as_str(), "B008");
        let now = text(&project);
        assert!(
            now.starts_with(BACKLOG) && now.contains("### B008 - New"),
            "{now}"
        );
        take_back(&project, &change).unwrap();
        assert_eq!(text(&project), BACKLOG);
        assert!(matches!(add(&project, " ", "x"), Err(CannotWrite::NoTitle)));
    }

    #[test]
    fn a_link_and_a_status_are_one_change() {
        let (_dir, project) = project();
        let item = ItemId::new("B7").unwrap();
        let task = TaskId::new("T014").unwrap();
        for _ in 0..2 {
            link(&Disk, &project, &item, &task, Some("Ready")).unwrap();
        }
        let wanted = BACKLOG
            .replace("Someday", "Ready")
            .replace("It was.\r\n", "It was.\r\n**Task:** T014\r\n");
        assert_eq!(text(&project), wanted);
        link(&Disk, &project, &item, &TaskId::new("T015").unwrap(), None).unwrap();
        assert_eq!(text(&project), wanted.replace("T014", "T015"));
        let unknown = ItemId::new("B9").unwrap();
        assert!(link(&Disk, &project, &unknown, &task, None).is_err());
    }

    #[test]
    fn an_edit_changes_its_lines_and_only_these_are_taken_back() {
        let (_dir, project) = project();
        let was = Lines {
            title: "Old".to_owned(),
            status: "Someday".to_owned(),
            summary: "It was.".to_owned(),
        };
        let now = Lines {
            status: "Planned".to_owned(),
            ..was.clone()
        };
        let item = ItemId::new("B7").unwrap();
        let change = edit(&project, &item, &was, &now).unwrap();
        assert_eq!(text(&project), BACKLOG.replace("Someday", "Planned"));
        let again = edit(&project, &item, &was, &now);
        assert!(matches!(again, Err(CannotWrite::Changed { .. })));
        // What a run or a person writes elsewhere meanwhile stays.
        let more = text(&project).replace("It was.", "It is.") + "More.\r\n";
        put(project.home(), "harness/backlog.md", &more);
        take_back(&project, &change).unwrap();
        assert_eq!(text(&project), more.replace("Planned", "Someday"));
    }

    #[test]
    fn a_line_that_somebody_changed_since_is_neither_overwritten_nor_taken_back() {
        let (_dir, project) = project();
        let item = ItemId::new("B7").unwrap();
        let was = Lines {
            title: "Old".to_owned(),
            status: "Someday".to_owned(),
            summary: "It was.".to_owned(),
        };
        let now = Lines {
            title: "Older".to_owned(),
            ..was.clone()
        };
        // Another line of it was changed while it was edited: that is no matter.
        let run_wrote = BACKLOG.replace("Someday", "In Progress");
        put(project.home(), "harness/backlog.md", &run_wrote);
        let change = edit(&project, &item, &was, &now).unwrap();
        assert_eq!(text(&project), run_wrote.replace("Old", "Older"));
        let theirs = text(&project).replace("Older", "Oldest");
        put(project.home(), "harness/backlog.md", &theirs);
        let refused = take_back(&project, &change).unwrap_err();
        assert!(refused.is_past());
        let told = refused.to_string();
        assert!(
            told.contains("the title of B7 was changed since to 'Oldest'"),
            "{told}"
        );
        let refused = edit(&project, &item, &was, &now).unwrap_err().to_string();
        assert!(refused.contains("meanwhile to 'Oldest'"), "{refused}");
        assert_eq!(text(&project), theirs);
    }

    #[test]
    fn an_added_item_is_taken_out_from_among_others_unless_it_was_changed() {
        let (_dir, project) = project();
        let first = add(&project, "First", "One.").unwrap();
        let second = add(&project, "Second", "Two.").unwrap();
        take_back(&project, &first).unwrap();
        let now = text(&project);
        assert!(now.starts_with(BACKLOG) && !now.contains("First"), "{now}");
        assert!(now.contains("### B009 - Second"), "{now}");
        let theirs = now.replace("Two.", "Two, and more.");
        put(project.home(), "harness/backlog.md", &theirs);
        let refused = take_back(&project, &second).unwrap_err();
        assert!(
            refused
                .to_string()
                .contains("B009 was changed since it was added")
        );
        assert_eq!(text(&project), theirs);
    }

    #[test]
    fn the_first_item_makes_the_file_and_goes_with_it() {
        let (_dir, project) = project();
        std::fs::remove_file(project.path("backlog.md")).unwrap();
        let change = add(&project, "First", "").unwrap();
        assert!(text(&project).contains("### B001 — First"));
        take_back(&project, &change).unwrap();
        assert!(!project.path("backlog.md").exists());
    }

    #[test]
    fn a_file_that_is_changed_while_it_is_to_go_stays() {
        let (_dir, project) = project();
        std::fs::remove_file(project.path("backlog.md")).unwrap();
        let change = add(&project, "First", "").unwrap();
        // An editor saves between the look and the removal.
        let held = read(&project, &change.path).unwrap();
        let theirs = text(&project) + "A note of mine.\n";
        put(project.home(), "harness/backlog.md", &theirs);
        let refused = undo::take_back_from(&project, &change, held.as_deref()).unwrap_err();
        assert!(refused.is_past());
        let told = refused.to_string();
        assert!(
            told.contains("B001 was changed since it was added, so it was left; take it out of"),
            "{told}"
        );
        assert_eq!(text(&project), theirs);
        let names = std::fs::read_dir(project.path("")).unwrap();
        let names: Vec<_> = names.map(|e| e.unwrap().file_name()).collect();
        assert!(!names.iter().any(|n| n.to_string_lossy().ends_with(".swap")));
    }
}
