//! What the tests of kinds of repositories share: a checkout as a person left it, and the one change
//! that a run is to bring there.

use crate::support::drive::{expect_in, git_in, on_branch, outcomes, runs_in};
use crate::support::project::Project;
use harness_tui::records::runs::RunView;
use harness_tui::terms::Outcome;
use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A file by its mode, when it was written, and its bytes.
type Left = (u32, i64, i64, Vec<u8>);

/// A person's checkout, byte for byte: its files without the harness folder, and its index.
#[derive(PartialEq, Eq)]
pub struct Checkout {
    files: BTreeMap<PathBuf, Left>,
    index: Vec<u8>,
}

impl Checkout {
    pub fn of(home: &Path) -> Self {
        let index = git_in(
            home,
            &["rev-parse", "--path-format=absolute", "--git-path", "index"],
        );
        let mut files = BTreeMap::new();
        let mut folders = vec![home.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let meta = path.symlink_metadata().unwrap();
                let below = path.strip_prefix(home).unwrap();
                if below == Path::new(".git") || below == Path::new("harness") {
                    continue;
                }
                if meta.is_dir() {
                    folders.push(path);
                } else {
                    let bytes = if meta.is_symlink() {
                        let to = std::fs::read_link(&path).unwrap();
                        to.as_os_str().as_bytes().to_vec()
                    } else {
                        std::fs::read(&path).unwrap()
                    };
                    let left = (meta.mode(), meta.mtime(), meta.mtime_nsec(), bytes);
                    files.insert(below.to_owned(), left);
                }
            }
        }
        Self {
            files,
            index: std::fs::read(index).unwrap(),
        }
    }

    /// Whether the checkout is still this one.
    pub fn assert_same(&self, home: &Path, what: &str) {
        let now = Self::of(home);
        let names = |c: &Self| c.files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(self), names(&now), "{what}");
        for (path, left) in &self.files {
            assert!(now.files[path] == *left, "{what}: {}", path.display());
        }
        assert!(self.index == now.index, "{what}: the index");
    }
}

/// Runs the task in this checkout to its end, which must leave the checkout as it was; then the run.
pub fn run_in(project: &Project, home: &Path, code: i32, what: &str) -> RunView {
    let before = Checkout::of(home);
    expect_in(project, home, code, &["run", "T001", "--new"]);
    before.assert_same(home, what);
    runs_in(home).remove(0)
}

/// A run that works and passes at once.
pub fn passes_in(project: &Project, home: &Path, what: &str) -> RunView {
    let view = run_in(project, home, 0, what);
    assert_eq!(outcomes(&view, "build"), [Outcome::Passed], "{what}");
    view
}

/// The paths that the run's branch holds differently from its base.
pub fn changed(view: &RunView) -> Vec<String> {
    let base = view.order.base.as_str();
    let names = git_in(
        &view.order.home,
        &["diff", "--name-only", base, &view.order.branch],
    );
    names.lines().map(str::to_owned).collect()
}

/// Every path of a revision.
pub fn paths_at(home: &Path, revision: &str) -> Vec<String> {
    let names = git_in(home, &["ls-tree", "-r", "--name-only", revision]);
    names.lines().map(str::to_owned).collect()
}

/// Lands the run and looks whether its change is in the checkout, which is clean.
pub fn lands_in(project: &Project, view: &RunView, what: &str) {
    let home = &view.order.home;
    expect_in(project, home, 0, &["land", view.order.run.as_str()]);
    let page = std::fs::read_to_string(home.join("page.txt")).unwrap();
    assert_eq!(page.replace('\r', ""), "light\ndark\n", "{what}");
    assert_eq!(git_in(home, &["status", "--porcelain"]), "", "{what}");
}

/// What every run here is to do, and nothing else.
pub fn did_its_work(view: &RunView, what: &str) {
    assert_eq!(changed(view), ["page.txt"], "{what}");
    let page = on_branch(view, "page.txt").unwrap();
    assert_eq!(page, "light\ndark\n", "{what}");
}
