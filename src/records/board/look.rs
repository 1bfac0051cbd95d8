//! Looking at a project again and again: what is kept between the looks.

use super::Card;
use super::bases::{self, Bases};
use super::files::Files;
use super::kept::{Early, Kept, Lines, in_turn};
use super::runs::Runs;
use super::{Board, EarlierRun};
use crate::records::earlier;
use crate::records::news::saved_since;
use crate::records::project::Project;
use crate::store::fs::{Disk, Fs};
use crate::store::watch::Changes;
use crate::supervisor::tree::is_of_a_look;
use crate::supervisor::trust::Standing;
use crate::terms::RunId;
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Largest file that says where HEAD is.
const MAX_HEAD: u64 = 4096;

/// A project that is looked at, and its board as it was last.
pub struct Look {
    project: Project,
    files: Files,
    cards: Vec<Arc<Card>>,
    runs: Runs,
    bases: Bases,
    /// What HEAD said.
    head: Option<Vec<u8>>,
    board: Board,
}

impl Look {
    /// Before the first look. What need not be read again at the next start is kept in this
    /// folder; `None`: nothing is.
    pub fn new(project: Project, keep: Option<PathBuf>) -> Self {
        let engine = project.engine.path().to_owned();
        let tasks = Lines::of("tasks", &engine, keep.as_deref());
        let (early, runs) = match keep {
            None => (Early::default(), Early::default()),
            Some(folder) => {
                let file = tasks.clone();
                in_turn(
                    move || file.read(),
                    move || Kept::of(&engine, Some(&folder)),
                )
            }
        };
        let board = Board {
            project: project.name(),
            home: project.home().to_owned(),
            private: { project.private.clone() }.map(|root| (project.harness.clone(), root)),
            set_up: project.is_set_up(),
            ..Board::default()
        };
        Self {
            project,
            files: Files::keeping_in(tasks, early),
            cards: Vec::new(),
            runs: Runs::keeping(runs),
            bases: Bases::default(),
            head: None,
            board,
        }
    }

    /// The same for a person who looked at this moment last: what happened since is told, too.
    #[must_use]
    pub fn since(mut self, looked: Option<Timestamp>) -> Self {
        self.board.looked = looked;
        if let Some(at) = looked {
            self.board.saved = Arc::new(saved_since(&self.project.engine, at));
        }
        self
    }

    /// The board of the last look.
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// The folders whose changes are told to [`Look::at_files`], beside those of the runs.
    pub fn folders(&self) -> Vec<PathBuf> {
        let project = &self.project;
        let engine = project.engine.path().to_owned();
        let mut folders = vec![project.engine.runs(), project.repository.git_dir.clone()];
        folders.push(project.engine.trust());
        if !project.is_without_git() {
            folders.push(bases::folder(project));
        }
        // What a folder is made in tells when it is made.
        folders.extend(engine.parent().map(Path::to_owned));
        folders.push(engine);
        folders.extend(project.path("").parent().map(Path::to_owned));
        for part in [
            "",
            "tasks",
            "backlog",
            "workflows",
            "roles",
            "templates",
            "runs",
            "runs/active",
        ] {
            folders.push(project.path(part));
        }
        folders.sort();
        folders.dedup();
        folders
    }

    /// Whether a change of this path is worth a look: the checkout's root and the git folder hold
    /// much that is not ours.
    pub fn matters(&self) -> impl Fn(&Path) -> bool + Send + 'static {
        let harness = self.project.path("");
        let beside = harness.parent().map(Path::to_owned);
        let engine = self.project.engine.path().to_owned();
        let git = self.project.repository.git_dir.clone();
        let common = self.project.repository.common_dir.clone();
        let head = git.join("HEAD");
        move |path| {
            let of_git = path.starts_with(&git) || path.starts_with(&common);
            let of_root = path.parent() == beside.as_deref() && path != harness;
            if path.starts_with(&engine) {
                // Looking at a tree leaves a scratch file there for a moment: to look anew at that
                // would never end.
                return !is_of_a_look(path);
            }
            path == head || bases::is_of_a_branch(&common, path) || !(of_git || of_root)
        }
    }

    /// The folders outside of these that hold files which the settings name.
    pub fn mapped(&self) -> Vec<PathBuf> {
        self.files.mapped(&self.project)
    }

    /// The folders of runs in which something can happen, with those of their base branches, and those in
    /// which nothing will any more.
    pub fn of_runs(&self) -> (Vec<PathBuf>, Vec<PathBuf>) {
        let (mut open, done) = self.runs.folders(&self.project);
        if !self.project.is_without_git() {
            open.extend(bases::folders(&self.project, self.board.runs.iter()));
        }
        (open, done)
    }

    /// Looks at the backlog alone, once and first: it fills the screen.
    pub fn at_backlog(&mut self) {
        self.files.first(&self.project);
        self.take_files();
        self.at_head();
    }

    fn take_files(&mut self) {
        let (cards, faults) = self.files.told();
        self.board.set_up = self.project.is_set_up();
        self.cards = cards;
        self.board.faults = Arc::new(faults);
        self.take_trust();
        self.board.take_cards(&self.cards);
    }

    /// Asks whether what the files have run is trusted; whether the answer is another one.
    fn take_trust(&mut self) -> bool {
        let now = match self.project.trust().standing(self.files.powers()) {
            Standing::Not(untrusted) => Some(Arc::new(*untrusted)),
            _ => None,
        };
        let other = self.board.untrusted != now;
        self.board.untrusted = now;
        other
    }

    /// Looks at the files of the project, which are quick to read; whether anything changed.
    pub fn at_files(&mut self, changes: &Changes) -> bool {
        let mut any = false;
        if self.files.look(&self.project, changes) {
            self.take_files();
            any = true;
        }
        let trust = self.project.engine.trust();
        if changes.paths().any(|path| path.starts_with(&trust)) {
            any |= self.take_trust();
        }
        let common = &self.project.repository.common_dir;
        if changes
            .paths()
            .any(|path| bases::is_of_a_branch(common, path))
        {
            self.board.refs += 1;
            any = true;
        }
        any | self.at_head()
    }

    /// Looks once more at the folders that were not runs yet at the last look: what came into one
    /// before it was watched is told by nothing. Whether one is a run now.
    pub fn at_young(&mut self) -> bool {
        if !self.runs.grown(&self.project) {
            return false;
        }
        self.take_runs();
        true
    }

    /// Looks at the runs; whether anything changed.
    pub fn at_runs(&mut self, changes: &Changes) -> bool {
        let any = self.runs.look(&self.project, changes);
        if any {
            self.take_runs();
        }
        any | self.at_reports(changes) | self.at_bases(changes)
    }

    /// Looks at the reports of runs of which nothing else is there; whether there are others.
    fn at_reports(&mut self, changes: &Changes) -> bool {
        let folder = self.project.path("runs");
        if !changes.is_everything() && !changes.paths().any(|p| p.parent() == Some(&folder)) {
            return false;
        }
        let known = self.board.runs.iter().map(|card| card.run.to_string());
        let found = earlier::all(&self.project, &known.collect()).into_iter();
        let found: Vec<EarlierRun> = found.map(EarlierRun::from).collect();
        let other = *self.board.earlier != found;
        if other {
            self.board.earlier = Arc::new(found);
        }
        other
    }

    /// Looks at the base branches of the runs that wait; whether one has moved, or no longer.
    fn at_bases(&mut self, changes: &Changes) -> bool {
        if self.project.is_without_git() {
            return false;
        }
        let moved = self.bases.look(&self.project, &self.board.runs, changes);
        let other = *self.board.moved != moved;
        if other {
            self.board.moved = Arc::new(moved);
        }
        other
    }

    /// Reads all of a run of which only what a list needs was read; whether the board changed.
    pub fn whole(&mut self, run: &RunId) -> bool {
        if !self.runs.read_whole(&self.project, run) {
            return false;
        }
        self.take_runs();
        true
    }

    fn take_runs(&mut self) {
        let (runs, unreadable) = self.runs.told();
        self.board.unreadable = Arc::new(unreadable);
        self.board.has_runs = true;
        self.board.take(&self.cards, runs);
    }

    fn at_head(&mut self) -> bool {
        if self.project.is_without_git() {
            // Of the engine's own repository nobody wants to know.
            return false;
        }
        let path = self.project.repository.git_dir.join("HEAD");
        let head = Disk.read(&path, MAX_HEAD).ok();
        if head.is_some() && head == self.head {
            return false;
        }
        let branch = head.as_deref().map(branch_of);
        self.head = head;
        self.board.branch = match branch {
            Some(Head::Branch(branch)) => Some(branch),
            Some(Head::Detached) => None,
            // Kept in another way than as a file: git knows.
            Some(Head::Elsewhere) | None => {
                let git = self.project.git().careful();
                let asked = git.call(["symbolic-ref", "--short", "-q", "HEAD"]);
                asked.text().ok().map(|b| b.trim().to_owned())
            }
        };
        true
    }
}

/// What a HEAD says.
enum Head {
    Branch(String),
    Detached,
    /// The refs are kept in another way: it says nothing.
    Elsewhere,
}

fn branch_of(head: &[u8]) -> Head {
    let Ok(text) = std::str::from_utf8(head) else {
        return Head::Elsewhere;
    };
    let Some(full) = text.trim_end().strip_prefix("ref: ") else {
        return Head::Detached;
    };
    match full.strip_prefix("refs/heads/") {
        Some(branch) if branch != ".invalid" => Head::Branch(branch.to_owned()),
        _ => Head::Elsewhere,
    }
}
