//! What a run of a private harness starts from: the checkout's commit, and on top of it the harness as
//! it lies in git's own folder, so that stages find its files where they would lie in the checkout.
//! It is a commit that no branch holds; what is landed has nothing of it.

use super::CannotBegin;
use crate::git::{Git, Index};
use crate::records::builtin::LOCAL_SETTINGS;
use crate::records::project::Project;
use crate::store::StoreError;
use crate::store::fs::{Disk, Fs, Kind};
use crate::terms::Oid;
use std::path::{Path, PathBuf};

/// A file larger than this is not taken.
const LARGEST: u64 = 64 * 1024 * 1024;
/// Most files that are taken.
const MOST: usize = 20_000;
/// What of the harness folder is of this machine or of this moment, and in no commit elsewhere either.
const LEFT_OUT: [&str; 2] = [LOCAL_SETTINGS, "runs/active"];

/// The content of `on` with the private harness in it. `None`: the harness is not private. Only
/// objects are made, and no filter of the repository's is run.
pub fn tree(project: &Project, on: &Oid) -> Result<Option<Oid>, CannotBegin> {
    if !project.is_private() {
        return Ok(None);
    }
    let git = project.git();
    let name = format!("private-{}.index", uuid::Uuid::new_v4());
    let scratch = Scratch(project.repository.git_dir.join(name));
    let index = Index::at(&git, &scratch.0);
    index.read_tree(on)?;
    let harness = project.harness.as_str();
    let folder = project.roots().folder();
    let files = files(&folder)?;
    let objects = objects(&git, &folder, &files)?;
    let rows = files.iter().zip(&objects);
    let rows: Vec<String> = rows
        .map(|((file, mode), object)| format!("{mode} {object}\t{harness}/{file}\0"))
        .collect();
    index
        .call(["update-index", "--add", "--replace", "-z", "--index-info"])
        .stdin(rows.concat())
        .run()?;
    Ok(Some(index.write_tree()?))
}

/// A file's path and its mode for git.
type File = (String, &'static str);

/// The files below a folder that are taken, by their paths there. Links and what is no file stay out.
fn files(folder: &Path) -> Result<Vec<File>, CannotBegin> {
    let (mut found, mut large) = (Vec::new(), Vec::new());
    let mut waiting = vec![String::new()];
    while let Some(at) = waiting.pop() {
        let dir = folder.join(&at);
        let names = Disk.list(&dir).map_err(StoreError::io("list", &dir))?;
        for name in names {
            let path = if at.is_empty() {
                name
            } else {
                format!("{at}/{name}")
            };
            if LEFT_OUT.contains(&path.as_str()) || path.contains(['\n', '\r', '"', '\\']) {
                continue;
            }
            let file = folder.join(&path);
            let stat = Disk.stat(&file).map_err(StoreError::io("look at", &file))?;
            match stat {
                Some(stat) if stat.kind == Kind::Dir => waiting.push(path),
                Some(stat) if stat.kind == Kind::File && stat.fingerprint.size > LARGEST => {
                    let size = stat.fingerprint.size >> 20;
                    large.push(format!("  {} ({size} MiB)", file.display()));
                }
                Some(stat) if stat.kind == Kind::File && found.len() < MOST => {
                    let runs = stat.mode & 0o111 != 0;
                    found.push((path, if runs { "100755" } else { "100644" }));
                }
                _ => {}
            }
        }
    }
    if large.is_empty() {
        return Ok(found);
    }
    Err(CannotBegin::PrivateTooLarge(large))
}

/// These files as objects, in their order, byte for byte.
fn objects(git: &Git, folder: &Path, files: &[File]) -> Result<Vec<String>, CannotBegin> {
    let paths: Vec<String> = { files.iter() }
        .map(|(file, _)| format!("{}\n", folder.join(file).display()))
        .collect();
    let said = git
        .call(["hash-object", "-w", "--no-filters", "--stdin-paths"])
        .stdin(paths.concat())
        .text()?;
    Ok(said.lines().map(str::to_owned).collect())
}

/// An index that goes when it is not needed any more.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays is a scratch file that nobody looks for.
        let _ = std::fs::remove_file(&self.0);
        let _ = std::fs::remove_file(self.0.with_added_extension("lock"));
    }
}
