//! The trees that a run says it worked on, put together again from what the commit's history holds and
//! what the receipt lists: a tree's id is computed from all that is in it, so that the same id is the
//! same tree. Nothing is written into the repository.

use super::{Ground, Line, Stands};
use crate::git::{Git, GitError, Index, Scratch};
use crate::landing::receipt::{About, Entry, File, path_bytes};
use crate::store::fs::{Disk, Fs};
use crate::terms::Oid;
use std::path::{Path, PathBuf};

/// Why a tree can't be put together here, or that it is another one.
pub(super) type Rebuilt = Result<Oid, String>;

/// The trees of a run.
pub(super) struct Trees {
    place: Option<Place>,
    last: Rebuilt,
}

/// Where trees are put together.
struct Place {
    git: Git,
    /// New objects go here, and not into the repository.
    folder: Folder,
    /// The repository's own objects.
    objects: std::ffi::OsString,
    /// Holds the run's last tree.
    index: Scratch,
    /// How many digits an object's id has here.
    digits: usize,
}

/// A folder of its own, which goes with this value.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays is a folder for temporary files that nobody looks for.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Trees {
    /// Puts the run's last tree together.
    pub(super) fn of(ground: &Ground<'_>) -> Self {
        match Place::of(ground) {
            Ok((place, tree)) => Self {
                place: Some(place),
                last: Ok(tree),
            },
            Err(why) => Self {
                place: None,
                last: Err(why),
            },
        }
    }

    /// A line that tells whether the run's last tree is what its files make.
    pub(super) fn last(&self, ground: &Ground<'_>) -> Line {
        let receipt = ground.receipt;
        let wanted = &receipt.head.tree;
        let claimed = format!("the run came to tree {}", wanted.short());
        let (stands, found) = match &self.last {
            Ok(found) if found == wanted => {
                let on = receipt.started_on.as_ref();
                let on = on.map_or("nothing", Oid::short);
                (Stands::Ok, format!("its files upon {on} make that tree"))
            }
            Ok(found) => (
                Stands::NotTrue,
                format!("the files that are listed make tree {}", found.short()),
            ),
            Err(why) => (Stands::NotKnown, why.clone()),
        };
        Line::of(stands, About::Receipt, claimed, found)
    }

    /// Whether a tree of the run is the last one but for these paths.
    pub(super) fn is(&self, wanted: &Oid, besides: Option<&[Entry]>) -> Result<bool, String> {
        let (Some(place), Ok(_)) = (&self.place, &self.last) else {
            return Err(self.last.clone().err().unwrap_or_default());
        };
        let Some(besides) = besides else {
            return Err("it differs from the run's last one in more than is listed".to_owned());
        };
        place.with(besides).map(|found| found == *wanted)
    }
}

impl Place {
    /// The run's last tree, out of the commit it started on and its files.
    fn of(ground: &Ground<'_>) -> Result<(Self, Oid), String> {
        let git = ground.git.clone();
        let told = |e: GitError| e.to_string();
        let receipt = ground.receipt;
        if receipt.unlisted.is_some() {
            return Err("its files are too many to be listed".to_owned());
        }
        if let Some(on) = &receipt.started_on
            && git.resolve(&format!("{on}^{{commit}}")).is_err()
        {
            return Err(format!(
                "the commit it started on, {}, is not here; fetch it",
                on.short()
            ));
        }
        let objects = objects(&git).map_err(told)?;
        let id = uuid::Uuid::new_v4().simple();
        let folder = std::env::temp_dir().join(format!("harness-{id}.objects"));
        Disk.create_dir_all(&folder, true)
            .map_err(|e| format!("{}: {e}", folder.display()))?;
        let place = Self {
            git,
            folder: Folder(folder),
            objects,
            index: Scratch::new(),
            digits: ground.commit.as_str().len(),
        };
        let index = Index::at(&place.git, place.index.path());
        match &receipt.started_on {
            Some(on) => place.call(&index, &["read-tree", "--reset", on.as_str()]),
            None => place.call(&index, &["read-tree", "--empty"]),
        }?;
        let files: Vec<Entry> = receipt.files.iter().map(File::entry).collect();
        let tree = place.put(&index, &files)?;
        Ok((place, tree))
    }

    /// The tree that the last one is with these entries.
    fn with(&self, entries: &[Entry]) -> Rebuilt {
        let scratch = Scratch::new();
        let index = Index::from_copy_of(self.index.path(), &self.git, scratch.path());
        self.put(&index.map_err(|e| e.to_string())?, entries)
    }

    /// Sets entries in an index, those that go before those that come, and gives its tree.
    fn put(&self, index: &Index, entries: &[Entry]) -> Rebuilt {
        let zeros = "0".repeat(self.digits);
        let mut gone = Vec::new();
        let mut come = Vec::new();
        for entry in entries {
            let path = path_bytes(&entry.path)
                .ok_or_else(|| format!("'{}' is no path of a repository", entry.path))?;
            let (to, head) = match (&entry.mode, &entry.blob) {
                (Some(mode), Some(blob)) => (&mut come, format!("{mode} {blob}\t")),
                _ => (&mut gone, format!("0 {zeros}\t")),
            };
            to.extend_from_slice(head.as_bytes());
            to.extend_from_slice(&path);
            to.push(0);
        }
        gone.extend(come);
        let call = self.in_place(index.call(["update-index", "-z", "--index-info"]));
        call.stdin(gone).run().map_err(|e| e.to_string())?;
        let call = self.in_place(index.call(["write-tree", "--missing-ok"]));
        Oid::new(call.text().map_err(|e| e.to_string())?.trim())
    }

    fn call(&self, index: &Index, args: &[&str]) -> Result<(), String> {
        let done = self.in_place(index.call(args)).run();
        done.map(|_| ()).map_err(|e| e.to_string())
    }

    fn in_place<'c>(&self, call: crate::git::Call<'c>) -> crate::git::Call<'c> {
        call.env("GIT_OBJECT_DIRECTORY", &self.folder.0)
            .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", &self.objects)
    }
}

/// Where a repository's objects are, as git takes it in a list of such places.
pub(super) fn objects(git: &Git) -> Result<std::ffi::OsString, GitError> {
    let call = git.call([
        "rev-parse",
        "--path-format=absolute",
        "--git-path",
        "objects",
    ]);
    Ok(quoted(&PathBuf::from(call.text()?)))
}

/// A path as git takes it in a list of them.
fn quoted(path: &Path) -> std::ffi::OsString {
    let text = path.to_string_lossy();
    if !text.contains([':', '"', '\\']) {
        return path.as_os_str().to_owned();
    }
    let inner = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{inner}\"").into()
}
