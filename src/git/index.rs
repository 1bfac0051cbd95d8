//! A private index: a file of the engine's own in which a working tree is taken in, compared and
//! put back, while the user's index stays as it is.

use super::status::{oid, unexpected};
use super::{Call, DiffEntry, Git, GitError, path_from};
use crate::terms::Oid;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Where a working tree's git folder says what of it is checked out.
const SPARSE: &str = "info/sparse-checkout";

/// Settings under which a private index is read and written. What a person tuned their own index with
/// must not hide a change from this one: files that are taken to be the same unlooked, times that are
/// not looked at, files that may stand where a sparse checkout has none. And it is one file, not two.
const SETTINGS: [(&str, &str); 5] = [
    ("core.ignoreStat", "false"),
    ("core.trustctime", "true"),
    ("core.checkStat", "default"),
    ("sparse.expectFilesOutsideOfPatterns", "false"),
    ("core.splitIndex", "false"),
];

/// A private index of one working tree.
#[derive(Debug, Clone)]
pub struct Index {
    git: Git,
    path: PathBuf,
    /// Whether it will be the person's in the end.
    theirs: bool,
}

impl Index {
    /// The private index at `path` of the working tree of `git`. The file need not exist.
    pub fn at(git: &Git, path: impl Into<PathBuf>) -> Self {
        Self {
            git: git.clone(),
            path: path.into(),
            theirs: false,
        }
    }

    /// The same, to take the place of the person's own in the end: read and written as they set.
    #[must_use]
    pub fn theirs(self) -> Self {
        Self {
            theirs: true,
            ..self
        }
    }

    /// A private index at `path` that starts as a copy of another one: what it knows of unchanged
    /// files, of sparse and of skipped ones is kept, so that a large tree is compared quickly.
    pub fn from_copy_of(
        other: &Path,
        git: &Git,
        path: impl Into<PathBuf>,
    ) -> Result<Self, GitError> {
        let index = Self::at(git, path);
        std::fs::copy(other, &index.path).map_err(|source| GitError::Io {
            args: format!("(copy of the index {})", other.display()),
            source,
        })?;
        Ok(index)
    }

    /// Its file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A call of git that uses this index.
    pub fn call<A: AsRef<std::ffi::OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Call<'_> {
        let mut call = self.git.call(args).env("GIT_INDEX_FILE", &self.path);
        if self.theirs {
            return call;
        }
        call = call.env("GIT_CONFIG_COUNT", SETTINGS.len().to_string());
        for (n, (key, value)) in SETTINGS.iter().enumerate() {
            call = call
                .env(format!("GIT_CONFIG_KEY_{n}"), key)
                .env(format!("GIT_CONFIG_VALUE_{n}"), value);
        }
        // What a partial clone lacks is not fetched to be looked at.
        call.env("GIT_NO_LAZY_FETCH", "1")
    }

    /// Makes the index hold exactly this tree, keeping what is known of files that are the same.
    pub fn read_tree(&self, tree: &Oid) -> Result<(), GitError> {
        self.call(["read-tree", "--reset", tree.as_str()]).run()?;
        Ok(())
    }

    /// Marks what a sparse checkout leaves out, where this working tree is one: git does that itself
    /// only where it writes the working tree, too. `git_dir` is the git folder of the working tree.
    /// Gives what it marked.
    pub fn leave_out(&self, git_dir: &Path) -> Result<BTreeSet<PathBuf>, GitError> {
        let none = BTreeSet::new();
        if !git_dir.join(SPARSE).exists() {
            return Ok(none);
        }
        let sparse = self.call(["config", "--type=bool", "--get", "core.sparseCheckout"]);
        if sparse.output()?.stdout != b"true\n" {
            return Ok(none);
        }
        let gone = self.call(["ls-files", "-z", "--deleted"]).run()?;
        if gone.is_empty() {
            return Ok(none);
        }
        let args = "sparse-checkout check-rules";
        let inside = self
            .call(["sparse-checkout", "check-rules", "-z"])
            .stdin(gone.clone())
            .output()?;
        match inside.code {
            Some(0) => {}
            Some(129) => {
                let what = "it is older than 2.41, which a sparse checkout needs";
                return Err(unexpected(args, what));
            }
            code => {
                return Err(GitError::Failed {
                    args: args.to_owned(),
                    code,
                    stderr: inside.stderr,
                });
            }
        }
        let inside: BTreeSet<&[u8]> = inside.stdout.split(|b| *b == 0).collect();
        let outside: Vec<PathBuf> = gone
            .split(|b| *b == 0)
            .filter(|name| !name.is_empty() && !inside.contains(name))
            .map(path_from)
            .collect();
        self.call(["update-index", "-z", "--skip-worktree", "--stdin"])
            .stdin(nul_list(&outside))
            .run()?;
        Ok(outside.into_iter().collect())
    }

    /// Looks at every file once, so that unchanged ones need not be read again.
    pub fn refresh(&self) -> Result<(), GitError> {
        // Exit code 1 only says that something differs.
        self.call(["update-index", "-q", "--refresh"]).ask()?;
        Ok(())
    }

    /// Takes the whole working tree in: changed, new and deleted paths; ignored ones not. What a
    /// sparse checkout leaves out is not there and stays as it is; what was put there counts.
    ///
    /// A repository of its own in which nothing was committed yet stays out: git refuses to take one in.
    pub fn add_all(&self) -> Result<(), GitError> {
        let add = || {
            self.call(["-c", "core.safecrlf=false", "add", "-A", "--sparse"])
                .args(["--", "."])
        };
        let Err(refused) = add().run() else {
            return Ok(());
        };
        let empty = self.repositories_without_a_commit()?;
        if empty.is_empty() {
            return Err(refused);
        }
        let without = empty.iter().map(|folder| {
            let mut left_out = OsString::from(":(exclude,literal)");
            left_out.push(folder);
            left_out
        });
        // Elsewhere a path is a path, and no pattern.
        add()
            .env("GIT_LITERAL_PATHSPECS", "0")
            .args(without)
            .run()?;
        Ok(())
    }

    /// The folders of the working tree that are repositories of their own without a commit.
    fn repositories_without_a_commit(&self) -> Result<Vec<PathBuf>, GitError> {
        let others = self
            .call(["ls-files", "-z", "--others", "--exclude-standard"])
            .run()?;
        // Such a folder is listed itself, and not what is in it.
        let folders = { others.split(|b| *b == 0) }.filter_map(|name| name.strip_suffix(b"/"));
        let without = folders.map(path_from).filter(|folder| {
            let head = Git::new(self.git.dir().join(folder)).head();
            head.map_or(true, |head| head.commit.is_none())
        });
        Ok(without.collect())
    }

    /// Takes those of these paths in that git ignores and the index does not hold yet, where they
    /// are files of the working tree. Folders, what lies behind a link and what is in a repository
    /// of its own stay out.
    pub fn add_ignored(&self, paths: &[&str]) -> Result<(), GitError> {
        if paths.is_empty() {
            return Ok(());
        }
        let bytes = self
            .call(["ls-files", "-z", "--others", "--ignored"])
            .args(["--exclude-standard", "--"])
            .args(paths)
            .run()?;
        let ignored: Vec<String> = strings(&bytes)
            .into_iter()
            .filter(|found| paths.contains(&found.as_str()))
            .collect();
        let ignored: Vec<&str> = ignored.iter().map(String::as_str).collect();
        self.add_files(&ignored)
    }

    /// Takes these files of the working tree in, ignored or not.
    pub fn add_files(&self, paths: &[&str]) -> Result<(), GitError> {
        if !paths.is_empty() {
            self.call(["-c", "core.safecrlf=false", "add", "-f", "--sparse"])
                .args(["--pathspec-from-file=-", "--pathspec-file-nul"])
                .stdin(nul_list(paths))
                .run()?;
        }
        Ok(())
    }

    /// Writes what the index holds as a tree object.
    pub fn write_tree(&self) -> Result<Oid, GitError> {
        oid(&self.call(["write-tree"]).text()?, "write-tree")
    }

    /// Sets these paths in the index to what they are in `tree`; those that are not in it leave
    /// the index. The working tree stays as it is.
    pub fn reset_paths(&self, tree: &Oid, paths: &[PathBuf]) -> Result<(), GitError> {
        if paths.is_empty() {
            return Ok(());
        }
        // Only from the index, whatever it and the working tree hold there.
        self.call(["rm", "-q", "-r", "-f", "--cached", "--sparse"])
            .arg("--ignore-unmatch")
            .args(["--pathspec-from-file=-", "--pathspec-file-nul"])
            .stdin(nul_list(paths))
            .run()?;
        let mut entries = Vec::new();
        for group in paths.chunks(500) {
            let listing = self
                .call(["ls-tree", "-r", "-z", "--full-tree", tree.as_str(), "--"])
                .args(group)
                .run()?;
            entries.extend_from_slice(&listing);
        }
        self.call(["update-index", "-z", "--index-info"])
            .stdin(entries)
            .run()?;
        Ok(())
    }

    /// Writes these paths to the working tree as the index holds them, over whatever is there.
    /// Paths that the index does not hold, and those that a sparse checkout leaves out, are an error.
    pub fn checkout_paths(&self, paths: &[PathBuf]) -> Result<(), GitError> {
        if !paths.is_empty() {
            self.call(["checkout-index", "-f", "-u", "-q", "-z", "--stdin"])
                .stdin(nul_list(paths))
                .run()?;
        }
        Ok(())
    }

    /// What the index holds differently from a tree or commit, with line counts; without them where
    /// a partial clone lacks what stood there before.
    pub fn diff(&self, against: &Oid) -> Result<Vec<DiffEntry>, GitError> {
        super::diff::counted(|counts| {
            self.call(["diff-index", "--cached", "--raw", "-z"])
                .args(counts)
                .args(["--no-renames", "--no-ext-diff", "--no-textconv"])
                .args(["--ignore-submodules=none", against.as_str(), "--"])
        })
    }

    /// Files of the working tree that the index does not hold and git does not ignore. A name that
    /// ends in `/` is a repository of its own.
    pub fn untracked(&self) -> Result<Vec<String>, GitError> {
        self.list(["ls-files", "-z", "--others", "--exclude-standard"])
    }

    /// Files of the working tree that git ignores, below the given folders and files.
    pub fn ignored(&self, below: &[OsString]) -> Result<Vec<PathBuf>, GitError> {
        let bytes = self
            .call(["ls-files", "-z", "--others", "--ignored"])
            .args(["--exclude-standard", "--"])
            .args(below)
            .env("GIT_LITERAL_PATHSPECS", "0")
            .run()?;
        Ok(names(&bytes))
    }

    /// Paths in the index whose file differs, is gone or changed its type.
    pub fn modified(&self) -> Result<Vec<String>, GitError> {
        self.list(["diff-files", "-z", "--name-only", "--ignore-submodules=all"])
    }

    /// The paths in the index that are repositories of their own.
    pub fn submodules(&self) -> Result<Vec<String>, GitError> {
        let bytes = self.call(["ls-files", "-z", "--stage"]).run()?;
        let links = bytes
            .split(|b| *b == 0)
            .filter_map(|entry| entry.strip_prefix(b"160000 "));
        // `<object> <stage>`, a tab, the name.
        let names = links.filter_map(|entry| entry.splitn(2, |b| *b == b'\t').nth(1));
        Ok(names.flat_map(strings).collect())
    }

    /// Those of these paths that the index holds, or something below them.
    pub fn holds(&self, paths: &[&PathBuf]) -> Result<Vec<PathBuf>, GitError> {
        let mut held = Vec::new();
        for group in paths.chunks(500) {
            let call = self.call(["ls-files", "-z", "--cached", "--"]).args(group);
            held.extend(names(&call.run()?));
        }
        Ok(held)
    }

    /// Those of these paths that git ignores; not those that the index holds something of.
    pub fn ignores(&self, paths: &[&PathBuf]) -> Result<Vec<PathBuf>, GitError> {
        // It takes no literal paths; from a dot on none of them looks like anything else.
        let from_here: Vec<PathBuf> = paths.iter().map(|p| Path::new(".").join(p)).collect();
        let output = self
            .call(["check-ignore", "-z", "--stdin"])
            .env("GIT_LITERAL_PATHSPECS", "0")
            .stdin(nul_list(&from_here))
            .output()?;
        match output.code {
            Some(0 | 1) => Ok(names(&output.stdout)
                .iter()
                .filter_map(|name| Some(name.strip_prefix("./").ok()?.to_owned()))
                .collect()),
            code => Err(GitError::Failed {
                args: "check-ignore".to_owned(),
                code,
                stderr: output.stderr,
            }),
        }
    }

    /// Every path the index holds.
    pub fn tracked(&self) -> Result<Vec<String>, GitError> {
        self.list(["ls-files", "-z", "--cached"])
    }

    fn list<const N: usize>(&self, args: [&str; N]) -> Result<Vec<String>, GitError> {
        Ok(strings(&self.call(args).run()?))
    }
}

/// Names separated by NUL. A name that is not UTF-8 is given with replacement characters; whoever
/// acts on such a name will not find it, and says so.
pub(super) fn strings(bytes: &[u8]) -> Vec<String> {
    bytes
        .split(|b| *b == 0)
        .filter(|name| !name.is_empty())
        .map(|name| path_from(name).to_string_lossy().into_owned())
        .collect()
}

/// Names separated by NUL, as they are.
fn names(bytes: &[u8]) -> Vec<PathBuf> {
    let names = bytes.split(|b| *b == 0);
    names.filter(|n| !n.is_empty()).map(path_from).collect()
}

fn nul_list(paths: &[impl AsRef<OsStr>]) -> Vec<u8> {
    let mut list = Vec::new();
    for path in paths {
        list.extend_from_slice(path.as_ref().as_bytes());
        list.push(0);
    }
    list
}

#[cfg(test)]
mod tests {
    use super::super::testing::{commit_all, put, repository};
    use super::*;
    use crate::git::diff::How;

    #[test]
    fn a_tree_is_taken_in_without_touching_the_users_index() {
        let (dir, git) = repository();
        let head = git.resolve("HEAD").unwrap();
        let index = Index::from_copy_of(
            &git.dir().join(".git/index"),
            &git,
            dir.path().join(".git/private"),
        )
        .unwrap();
        put(git.dir(), "new dir/ü *.txt", "x\ny\n");
        put(git.dir(), "a.txt", "two\n");
        index
            .read_tree(&git.resolve("HEAD^{tree}").unwrap())
            .unwrap();
        index.add_all().unwrap();
        let changes = index.diff(&head).unwrap();
        let told: Vec<_> = changes
            .iter()
            .map(|c| (c.path.as_str(), c.how, c.added, c.removed))
            .collect();
        assert_eq!(
            told,
            [
                ("a.txt", How::Modified, Some(1), Some(1)),
                ("new dir/ü *.txt", How::Added, Some(2), Some(0))
            ]
        );
        assert_eq!(git.status().unwrap().staged, 0);
    }

    #[test]
    fn repositories_without_a_commit_are_found_and_stay_out_while_all_else_is_taken_in() {
        let (_dir, git) = repository();
        let index = Index::at(&git, git.dir().join(".git/private"));
        index.read_tree(&git.resolve("HEAD").unwrap()).unwrap();
        assert_eq!(
            index.repositories_without_a_commit().unwrap(),
            [""; 0].map(PathBuf::from)
        );
        for folder in ["empty", "in/a [x]*", "done"] {
            put(git.dir(), &format!("{folder}/in.txt"), "x\n");
            git.call(["init", "-q", folder]).run().unwrap();
        }
        let done = Git::new(git.dir().join("done"));
        for (key, value) in [("user.name", "Ada"), ("user.email", "ada@example.org")] {
            done.call(["config", key, value]).run().unwrap();
        }
        commit_all(&done, "first");
        put(git.dir(), "in/b.txt", "b\n");
        put(git.dir(), ".gitignore", "out\n");
        put(git.dir(), "out/in.txt", "x\n");
        git.call(["init", "-q", "out"]).run().unwrap();
        let mut found = index.repositories_without_a_commit().unwrap();
        found.sort();
        // One with a commit is one of git's own affairs, and an ignored one is nobody's.
        assert_eq!(found, ["empty", "in/a [x]*"].map(PathBuf::from));
        index.add_all().unwrap();
        let all = index.call(["ls-files", "-z"]).run().unwrap();
        assert_eq!(strings(&all), [".gitignore", "a.txt", "done", "in/b.txt"]);
    }

    #[test]
    fn submodules_what_is_held_and_what_is_ignored_are_told() {
        let (_dir, git) = repository();
        let head = git.resolve("HEAD").unwrap();
        let index = Index::at(&git, git.dir().join(".git/private"));
        index.read_tree(&head).unwrap();
        assert!(index.submodules().unwrap().is_empty());
        for module in ["lib", "160000 x 0\tb"] {
            let entry = format!("160000,{head},{module}");
            index
                .call(["update-index", "--add", "--cacheinfo", &entry])
                .run()
                .unwrap();
        }
        assert_eq!(index.submodules().unwrap(), ["160000 x 0\tb", "lib"]);
        put(git.dir(), ".gitignore", "out\n*.txt\n");
        put(git.dir(), "out/x", "x\n");
        put(git.dir(), "in/x", "x\n");
        put(git.dir(), ":(out)*/x", "x\n");
        let paths = ["out", "in", "a.txt", ":(out)*"].map(PathBuf::from);
        let asked: Vec<&PathBuf> = paths.iter().collect();
        assert_eq!(index.holds(&asked).unwrap(), [PathBuf::from("a.txt")]);
        assert_eq!(index.ignores(&asked).unwrap(), [PathBuf::from("out")]);
        assert!(index.ignores(&asked[1..]).unwrap().is_empty());
    }

    #[test]
    fn ignored_paths_are_taken_in_where_they_are_named() {
        let (_dir, git) = repository();
        put(git.dir(), ".gitignore", "out/\n*.log\n");
        for name in ["out/[a] b.md", "out/other.md", "x.log"] {
            put(git.dir(), name, "x\n");
        }
        std::os::unix::fs::symlink("out", git.dir().join("link")).unwrap();
        let index = Index::at(&git, git.dir().join(".git/private"));
        index.read_tree(&git.resolve("HEAD").unwrap()).unwrap();
        index.add_all().unwrap();
        let named = ["out/[a] b.md", "out", "link/other.md", "gone.log", "a.txt"];
        index.add_ignored(&named).unwrap();
        let held = [".gitignore", "a.txt", "link", "out/[a] b.md"];
        assert_eq!(index.tracked().unwrap(), held);
    }

    #[test]
    fn paths_go_back_to_what_a_tree_holds() {
        let (_dir, git) = repository();
        put(git.dir(), "keep/b.txt", "b\n");
        let commit = commit_all(&git, "second");
        let tree = git.resolve("HEAD^{tree}").unwrap();
        let index = Index::at(&git, git.dir().join(".git/private"));
        index.read_tree(&commit).unwrap();
        std::fs::remove_file(git.dir().join("a.txt")).unwrap();
        put(git.dir(), "keep/b.txt", "changed\n");
        put(git.dir(), "c.txt", "c\n");
        index.add_all().unwrap();
        let paths = ["a.txt", "keep/b.txt", "c.txt"].map(PathBuf::from);
        index.reset_paths(&tree, &paths).unwrap();
        assert_eq!(index.write_tree().unwrap(), tree);
        index.checkout_paths(&paths[..2]).unwrap();
        let read = |p: &str| std::fs::read_to_string(git.dir().join(p)).unwrap();
        assert_eq!(
            (read("a.txt"), read("keep/b.txt")),
            ("one\n".into(), "b\n".into())
        );
    }
}
