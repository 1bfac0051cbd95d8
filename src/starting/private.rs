//! What a run of a private harness starts from: the checkout's commit, and on top of it the harness as
//! it lies in git's own folder, so that stages find its files where they would lie in the checkout.
//! It is a commit that no branch holds; what is landed has nothing of it.

use super::CannotBegin;
use crate::git::{Git, Index, Scratch};
use crate::records::builtin::LOCAL_SETTINGS;
use crate::records::project::Project;
use crate::store::StoreError;
use crate::store::fs::{Disk, Fs, Kind};
use crate::terms::Oid;
use std::path::Path;

/// A file larger than this is not taken.
const LARGEST: u64 = 64 * 1024 * 1024;
/// More files are refused.
const MOST: usize = 20_000;
/// How many of those that are left out are named.
const SHOWN: usize = 5;
/// What of the harness folder is of this machine or of this moment, and in no commit elsewhere either.
const LEFT_OUT: [&str; 2] = [LOCAL_SETTINGS, "runs/active"];

/// The content of `on` with the private harness in it. `None`: the harness is not private. Only
/// objects are made, and no filter of the repository's is run.
pub fn tree(project: &Project, on: &Oid) -> Result<Option<Oid>, CannotBegin> {
    if !project.is_private() {
        return Ok(None);
    }
    let git = project.git();
    let scratch = Scratch::within(&project.repository.git_dir);
    let index = Index::at(&git, scratch.path());
    index.read_tree(on)?;
    let harness = project.harness.as_str();
    let folder = project.roots().folder();
    let files = lying_in(&folder)?.files;
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

/// What lies in a private harness, by its paths there.
#[derive(Debug, Default)]
struct Lying {
    /// What is taken.
    files: Vec<File>,
    /// What can't be: links and what else is no file, names that git takes none of.
    left_out: Vec<String>,
    /// What is too large, a line each.
    large: Vec<String>,
}

/// What a run's tree gets none of, of what lies in the private harness, in a line; `None`: it gets all.
/// Refuses what is too large or too much, as beginning would.
pub fn left_out(project: &Project) -> Result<Option<String>, CannotBegin> {
    if !project.is_private() {
        return Ok(None);
    }
    let left_out = lying_in(&project.roots().folder())?.left_out;
    let shown = left_out.get(..SHOWN).unwrap_or(&left_out);
    let more = match left_out.len() - shown.len() {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let harness = &project.harness;
    let paths: Vec<String> = { shown.iter() }
        .map(|path| format!("{harness}/{path}"))
        .collect();
    let line = format!(
        "left out, for a run takes plain files alone: {}{more}",
        paths.join(", ")
    );
    Ok((!left_out.is_empty()).then_some(line))
}

/// Looks at everything below a folder.
fn lying_in(folder: &Path) -> Result<Lying, CannotBegin> {
    let mut lying = Lying::default();
    let mut waiting = vec![String::new()];
    while let Some(at) = waiting.pop() {
        let dir = folder.join(&at);
        let read = |e| CannotBegin::from(StoreError::io("list", &dir)(e));
        for entry in std::fs::read_dir(&dir).map_err(read)? {
            let name = entry.map_err(read)?.file_name();
            let path = |name: &str| match at.as_str() {
                "" => name.to_owned(),
                at => format!("{at}/{name}"),
            };
            match name.to_str() {
                Some(name) if is_takeable(name) => {
                    waiting.extend(lying.add(folder, path(name))?);
                }
                _ => lying.left_out.push(path(&name.to_string_lossy())),
            }
            if lying.files.len() + lying.left_out.len() + waiting.len() > MOST {
                return Err(CannotBegin::PrivateTooMany(MOST));
            }
        }
    }
    if !lying.large.is_empty() {
        return Err(CannotBegin::PrivateTooLarge(lying.large));
    }
    lying.files.sort();
    lying.left_out.sort();
    Ok(lying)
}

/// Whether a name can be told to git, and taken by it.
fn is_takeable(name: &str) -> bool {
    !name.contains(['\n', '\r']) && !name.eq_ignore_ascii_case(".git")
}

impl Lying {
    /// Takes this path in; a folder is handed back.
    fn add(&mut self, folder: &Path, path: String) -> Result<Option<String>, CannotBegin> {
        if LEFT_OUT.contains(&path.as_str()) {
            return Ok(None);
        }
        let file = folder.join(&path);
        let stat = Disk.stat(&file).map_err(StoreError::io("look at", &file))?;
        match stat {
            Some(stat) if stat.kind == Kind::Dir => return Ok(Some(path)),
            Some(stat) if stat.kind == Kind::File && stat.fingerprint.size > LARGEST => {
                let size = stat.fingerprint.size >> 20;
                self.large
                    .push(format!("  {} ({size} MiB)", file.display()));
            }
            Some(stat) if stat.kind == Kind::File => {
                let runs = stat.mode & 0o111 != 0;
                self.files
                    .push((path, if runs { "100755" } else { "100644" }));
            }
            Some(_) => self.left_out.push(path),
            // Gone meanwhile.
            None => {}
        }
        Ok(None)
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::testing::{put, repository};
    use crate::records::project::HARNESS;

    #[test]
    fn every_plain_file_is_taken_whatever_it_is_called_and_the_rest_is_told() {
        let (_dir, git) = repository();
        let repository = Git::discover(git.dir()).unwrap();
        let own = Project::private(repository, HARNESS).unwrap();
        let folder = own.roots().folder();
        let named = [
            r#"no "quotes".md"#,
            r"back\slash.md",
            "sub/päth.md",
            r#"".md"#,
        ];
        for name in named {
            put(&folder, name, name);
        }
        put(&folder, LOCAL_SETTINGS, "");
        put(&folder, "runs/active/R/run-state.md", "");
        assert_eq!(left_out(&own).unwrap(), None);
        put(&folder, "line\nbreak.md", "");
        put(&folder, "sub/.git/config", "");
        std::os::unix::fs::symlink("sub", folder.join("linked")).unwrap();
        let told = left_out(&own).unwrap().unwrap();
        for name in ["harness/linked", "harness/sub/.git"] {
            assert!(told.contains(name), "{told}");
        }
        let head = git.resolve("HEAD").unwrap();
        let tree = tree(&own, &head).unwrap().unwrap();
        for name in named {
            let path = format!("{HARNESS}/{name}");
            let text = git.file_at(&tree, &path).unwrap();
            assert_eq!(text.as_deref(), Some(name.as_bytes()), "{name}");
        }
        let list = git.call(["ls-tree", "-r", "--name-only", tree.as_str(), HARNESS]);
        assert_eq!(list.text().unwrap().lines().count(), named.len());
    }

    #[test]
    fn more_than_a_run_can_take_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        for n in 0..=MOST {
            std::fs::File::create(dir.path().join(n.to_string())).unwrap();
        }
        let refused = lying_in(dir.path()).unwrap_err();
        assert!(
            matches!(refused, CannotBegin::PrivateTooMany(MOST)),
            "{refused}"
        );
    }
}
