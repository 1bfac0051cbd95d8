//! Writing backlog items: adding one, changing its lines, and taking the last change back.
//!
//! Law: only the item's own lines change, and what somebody else wrote meanwhile is never lost: an
//! item that is not as it was shown is refused, everything else in the file is merged.

use crate::documents::backlog::{Backlog, BacklogError, Item, PLACES};
use crate::records::harness::Harness;
use crate::records::project::Project;
use crate::store::StoreError;
use crate::store::fs::{Disk, Fs};
use crate::store::inside::{ReadError, read_inside};
use crate::store::swap::replace_cas;
use crate::terms::{ItemId, RepoPath};
use std::cell::RefCell;

/// Largest backlog that is changed.
const MAX_BYTES: u64 = 16 * 1024 * 1024;
/// The status of an item that was just added.
pub const PLANNED: &str = "Planned";

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
}

/// A change that was made, and how to take it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The item.
    pub item: ItemId,
    /// The file.
    pub path: RepoPath,
    /// What the file held before; `None`: it was not there.
    before: Option<Vec<u8>>,
    /// What it held after.
    after: Vec<u8>,
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
    /// It is not as it was shown.
    #[error("{0} was changed meanwhile, and nothing was written; look at it as it is now")]
    Changed(ItemId),
    /// The file is not as the change left it.
    #[error("{0} was changed since, so nothing was taken back; put the line right by hand")]
    Moved(RepoPath),
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

/// Adds an item below the last one, with the id after the highest.
pub fn add(project: &Project, title: &str, summary: &str) -> Result<Change, CannotWrite> {
    if title.trim().is_empty() {
        return Err(CannotWrite::NoTitle);
    }
    let added = |backlog: &mut Backlog| {
        let id = backlog.next_id();
        backlog.add_item(&id, title, PLANNED, summary)?;
        Ok(id)
    };
    write(project, &added)
}

/// Changes the lines of an item that was shown as `was`.
pub fn edit(
    project: &Project,
    item: &ItemId,
    was: &Lines,
    now: &Lines,
) -> Result<Change, CannotWrite> {
    if now.title.trim().is_empty() {
        return Err(CannotWrite::NoTitle);
    }
    let edited = |backlog: &mut Backlog| {
        let found = backlog.find(item).map(Lines::of);
        if found.is_some_and(|found| found != *was) {
            return Err(CannotWrite::Changed(item.clone()));
        }
        if now.title != was.title {
            backlog.set_title(item, &now.title)?;
        }
        if now.status != was.status {
            backlog.set_status(item, &now.status)?;
        }
        if now.summary != was.summary {
            backlog.set_summary(item, &now.summary)?;
        }
        Ok(item.clone())
    };
    write(project, &edited)
}

/// Takes a change back, where nobody changed the file since.
pub fn take_back(project: &Project, change: &Change) -> Result<(), CannotWrite> {
    let moved = || CannotWrite::Moved(change.path.clone());
    if read(project, &change.path)?.as_ref() != Some(&change.after) {
        return Err(moved());
    }
    let path = change.path.under(project.home());
    let Some(before) = &change.before else {
        return Disk
            .remove(&path)
            .map_err(|e| StoreError::io("remove", &path)(e).into());
    };
    // Where somebody comes between, what is theirs stands.
    let theirs = |_: &[u8], _: &[u8], theirs: &[u8]| theirs.to_vec();
    let held = replace_cas(&Disk, &path, Some(&change.after), before, &theirs)?;
    if held == *before {
        Ok(())
    } else {
        Err(moved())
    }
}

/// What stood in the file instead of what was expected, and what came of the change there.
type Met = (Vec<u8>, Result<ItemId, CannotWrite>);

type Applied<'a> = &'a dyn Fn(&mut Backlog) -> Result<ItemId, CannotWrite>;

fn write(project: &Project, apply: Applied<'_>) -> Result<Change, CannotWrite> {
    let path = place(project)?;
    let before = read(project, &path)?;
    let mut backlog = Backlog::parse(before.as_deref().unwrap_or_default());
    let item = apply(&mut backlog)?;
    // What stood there instead, where somebody wrote meanwhile, and what came of this change then.
    let met: RefCell<Option<Met>> = RefCell::new(None);
    let merge = |_: &[u8], _: &[u8], theirs: &[u8]| {
        let mut backlog = Backlog::parse(theirs);
        let applied = apply(&mut backlog);
        let kept = match &applied {
            Ok(_) => backlog.render(),
            Err(_) => theirs.to_vec(),
        };
        met.replace(Some((theirs.to_vec(), applied)));
        kept
    };
    let file = path.under(project.home());
    if let Some(folder) = file.parent() {
        Disk.create_dir_all(folder, false)
            .map_err(StoreError::io("make", folder))?;
    }
    let wanted = backlog.render();
    let after = replace_cas(&Disk, &file, before.as_deref(), &wanted, &merge)?;
    let (before, item) = match met.into_inner() {
        None => (before, item),
        Some((theirs, applied)) => (Some(theirs), applied?),
    };
    Ok(Change {
        item,
        path,
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
    match read_inside(project.home(), path, MAX_BYTES) {
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
    fn an_edit_changes_its_lines_and_is_not_taken_back_over_somebody_else() {
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
        assert!(matches!(again, Err(CannotWrite::Changed(_))));
        let more = text(&project) + "More.\r\n";
        put(project.home(), "harness/backlog.md", &more);
        let refused = take_back(&project, &change);
        assert!(matches!(refused, Err(CannotWrite::Moved(_))));
        assert_eq!(text(&project), more);
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
}
