//! Which repository a folder belongs to.

use super::status::read_head;
use super::{Git, GitError, Head, path_from, plain};
use crate::store::fs::{Disk, Fs};
use crate::terms::Oid;
use std::path::{Path, PathBuf};

/// Largest file of a ref that is read.
const MAX_REF_BYTES: u64 = 4096;

/// A repository as seen from one of its working trees. All paths are absolute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The root of this working tree.
    pub top: PathBuf,
    /// The git folder that all working trees share.
    pub common_dir: PathBuf,
    /// The git folder of this working tree; the same as `common_dir` in the main one.
    pub git_dir: PathBuf,
}

impl Repository {
    /// Whether this is a linked working tree and not the main one.
    pub fn is_linked(&self) -> bool {
        self.git_dir != self.common_dir
    }

    /// The git folder of the working tree with this root, by the file or folder `.git` there; `None`
    /// where that can't be read.
    pub fn git_dir_at(top: &Path) -> Option<PathBuf> {
        let own = top.join(".git");
        if own.is_dir() {
            return Some(own);
        }
        let bytes = Disk.read(&own, MAX_REF_BYTES).ok()?;
        let to = bytes.strip_prefix(b"gitdir: ")?;
        Some(top.join(path_from(to.strip_suffix(b"\n").unwrap_or(to))))
    }

    /// Git in this working tree.
    pub fn git(&self) -> Git {
        if self.is_private() {
            return Git::bound(&self.top, &self.git_dir);
        }
        Git::new(&self.top)
    }

    /// Whether it is the engine's own, of a folder that is in no repository of the person's.
    pub fn is_private(&self) -> bool {
        self.git_dir == self.top.join(super::private::PLACE)
    }

    /// Whether HEAD is on this branch and the branch at this commit, by the two files that say so
    /// before anything else does. Where it can't be told so, it is `false`, and git is to be asked.
    pub fn surely_at(&self, head: &Head) -> bool {
        let (Some(branch), Some(commit)) = (&head.branch, &head.commit) else {
            return false;
        };
        let says = |path: PathBuf, line: &str| {
            let bytes = Disk.read(&path, MAX_REF_BYTES).unwrap_or_default();
            bytes.strip_suffix(b"\n") == Some(line.as_bytes())
        };
        says(self.git_dir.join("HEAD"), &format!("ref: {branch}"))
            && says(self.common_dir.join(branch), commit.as_str())
    }
}

impl Git {
    /// Finds the repository that a folder belongs to: its root, a folder below, or a linked
    /// working tree. A bare repository, the inside of `.git`, and a folder outside of any
    /// repository are refused with a remedy.
    pub fn discover(folder: &Path) -> Result<Repository, GitError> {
        if let Some(found) = plain::told(folder) {
            return Ok(found);
        }
        if let Some(found) = super::private::above(folder) {
            return Ok(found);
        }
        let git = Self::new(folder);
        if let Some(found) = at_once(&git)? {
            return Ok(found);
        }
        let kind = git
            .call(["rev-parse", "--is-bare-repository", "--is-inside-work-tree"])
            .text()
            .map_err(|e| match e {
                GitError::Failed { stderr, .. } if stderr.contains("not a git repository") => {
                    GitError::NotARepository(folder.to_owned())
                }
                other => other,
            })?;
        if kind.lines().nth(1) != Some("true") {
            return Err(GitError::NoWorkingTree(folder.to_owned()));
        }
        let one = |what: &str| -> Result<PathBuf, GitError> {
            let bytes = git
                .call(["rev-parse", "--path-format=absolute", what])
                .run()?;
            // Only the one line break git adds: a folder's name may end in one of its own.
            Ok(path_from(bytes.strip_suffix(b"\n").unwrap_or(&bytes)))
        };
        Ok(Repository {
            top: one("--show-toplevel")?,
            common_dir: one("--git-common-dir")?,
            git_dir: one("--git-dir")?,
        })
    }
}

/// Where a working tree stands, with its repository and the tree of one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The repository.
    pub repository: Repository,
    /// Where HEAD is.
    pub head: Head,
    /// The tree that the commit holds.
    pub tree: Oid,
}

impl Standing {
    /// Finds out all of it for a folder and a commit, with one call where that can be.
    pub fn of(folder: &Path, commit: &Oid) -> Result<Self, GitError> {
        let git = Git::new(folder);
        if let Some(found) = standing_at_once(&git, commit)? {
            return Ok(found);
        }
        let repository = Git::discover(folder)?;
        Ok(Self {
            head: repository.git().head()?,
            tree: repository.git().tree_of(commit)?,
            repository,
        })
    }
}

/// `None` where it can't be told apart or is refused: no commit yet, a name with a line break.
fn standing_at_once(git: &Git, commit: &Oid) -> Result<Option<Standing>, GitError> {
    let output = git
        .call(["rev-parse", "-q", "--is-inside-work-tree"])
        .args(["--path-format=absolute", "--show-toplevel"])
        .args(["--git-common-dir", "--git-dir"])
        .arg(format!("{commit}^{{tree}}"))
        .args(["HEAD^{commit}", "--symbolic-full-name", "HEAD", "--"])
        .output()?;
    let lines: Vec<&[u8]> = output.stdout.split(|b| *b == b'\n').collect();
    let (Some(0), [b"true", top, common, own, tree, rest @ ..]) = (output.code, lines.as_slice())
    else {
        return Ok(None);
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let [commit, name, b"--", b""] = rest else {
        return Ok(None);
    };
    let head = read_head(&format!("{}\n{}\n", text(commit), text(name)));
    let (Some(head), Ok(tree)) = (head, Oid::new(text(tree))) else {
        return Ok(None);
    };
    let repository = Repository {
        top: path_from(top),
        common_dir: path_from(common),
        git_dir: path_from(own),
    };
    Ok(Some(Standing {
        repository,
        head,
        tree,
    }))
}

/// Asks all of it with one call; `None` where that can't be told apart or is refused.
fn at_once(git: &Git) -> Result<Option<Repository>, GitError> {
    let output = git
        .call(["rev-parse", "--is-bare-repository", "--is-inside-work-tree"])
        .args(["--path-format=absolute", "--show-toplevel"])
        .args(["--git-common-dir", "--git-dir"])
        .output()?;
    let lines: Vec<&[u8]> = output.stdout.split(|b| *b == b'\n').collect();
    Ok(match (output.code, lines.as_slice()) {
        // A folder's name may hold a line break: then there are more.
        (Some(0), [_, b"true", top, common, own, b""]) => Some(Repository {
            top: path_from(top),
            common_dir: path_from(common),
            git_dir: path_from(own),
        }),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{put, repository};
    use super::*;

    #[test]
    fn a_root_a_subfolder_and_a_linked_tree_share_one_common_folder() {
        let (_dir, git) = repository();
        put(git.dir(), "sub folder/x", "");
        let root = Git::discover(git.dir()).unwrap();
        assert_eq!(root.top, git.dir());
        assert!(!root.is_linked());
        assert_eq!(Git::discover(&git.dir().join("sub folder")).unwrap(), root);
        let broken = git.dir().join("sub folder/two\nlines");
        std::fs::create_dir(&broken).unwrap();
        Git::new(&broken).call(["init", "-q"]).run().unwrap();
        assert_eq!(Git::discover(&broken).unwrap().top, broken);
        let tree = git.dir().join("linked");
        git.call(["worktree", "add", "-q", "--detach"])
            .arg(&tree)
            .run()
            .unwrap();
        let linked = Git::discover(&tree).unwrap();
        assert!(linked.is_linked());
        assert_eq!((linked.top, linked.common_dir), (tree, root.common_dir));
    }

    #[test]
    fn where_a_tree_stands_is_told_at_once_and_as_git_tells_it() {
        let (_dir, git) = repository();
        let first = git.resolve("HEAD").unwrap();
        let tree = git.dir().join("linked");
        git.call(["worktree", "add", "-q", "-b", "harness/x"])
            .arg(&tree)
            .run()
            .unwrap();
        let linked = Git::new(&tree);
        let told = Standing::of(&tree, &first).unwrap();
        assert_eq!(standing_at_once(&linked, &first).unwrap().unwrap(), told);
        assert_eq!(told.repository, Git::discover(&tree).unwrap());
        assert_eq!(told.head, linked.head().unwrap());
        assert_eq!(told.tree, git.tree_of(&first).unwrap());
        assert!(told.repository.surely_at(&told.head));

        put(&tree, "b.txt", "two\n");
        super::super::testing::commit_all(&linked, "second");
        assert!(!told.repository.surely_at(&told.head));
        let now = Standing::of(&tree, &first).unwrap();
        assert_ne!(now.head, told.head);
        assert!(now.repository.surely_at(&now.head));
        // A ref that lies in no file of its own is for git to tell.
        git.call(["pack-refs", "--all"]).run().unwrap();
        assert!(!now.repository.surely_at(&now.head));
        assert_eq!(Standing::of(&tree, &first).unwrap(), now);
        linked.call(["checkout", "-q", "--detach"]).run().unwrap();
        let detached = Standing::of(&tree, &first).unwrap();
        assert_eq!(detached.head, linked.head().unwrap());
        assert!(!now.repository.surely_at(&now.head));
    }

    #[test]
    fn where_no_working_tree_is_the_remedy_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let none = Git::discover(dir.path()).unwrap_err();
        assert!(none.to_string().contains("git init"), "{none}");
        Git::new(dir.path())
            .call(["init", "-q", "--bare"])
            .run()
            .unwrap();
        let bare = Git::discover(dir.path()).unwrap_err();
        assert!(bare.to_string().contains("git worktree add"), "{bare}");
        let (_dir, git) = repository();
        assert!(matches!(
            Git::discover(&git.dir().join(".git")),
            Err(GitError::NoWorkingTree(_))
        ));
    }
}
