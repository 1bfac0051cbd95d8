//! What the edit key is about: a document of a run, or the task of a backlog item.

use super::event::Effect;
use super::overlay::{Overlay, Yes};
use super::{App, View, would};
use std::path::PathBuf;

/// A file that can be edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Editable {
    /// The folder it lies in, absolute.
    pub root: PathBuf,
    /// Its path there.
    pub path: String,
    /// The line to begin at, counted from 1.
    pub line: Option<usize>,
}

impl Editable {
    /// Opens it.
    pub(super) fn open(self) -> Effect {
        Effect::Edit {
            root: self.root,
            path: self.path,
            line: self.line,
        }
    }
}

impl App {
    /// The file that the edit key is about, or why there is none.
    pub(super) fn editable(&self) -> Result<Editable, String> {
        if self.view == View::Backlog {
            let entry = self.backlog.chosen(&self.board);
            let task = entry.and_then(|e| e.task.as_ref());
            let task = task.ok_or("it has no task file yet")?;
            return Ok(Editable {
                root: self.board.root_of(&task.path),
                path: task.path.clone(),
                line: None,
            });
        }
        let view = self.target().ok_or("no run is chosen")?;
        if view.is_over() {
            return Err("the run is over: what it made is in its branch".to_owned());
        }
        let (path, line) = if self.view == View::Pipeline {
            let record = view.run.stages.get(self.run.stage.at);
            let artifact = record.and_then(|r| r.artifacts.first());
            let artifact = artifact.ok_or("the chosen stage has no document yet")?;
            (artifact.path.to_string(), None)
        } else {
            self.leaf_file()
                .ok_or("this page is no file of the run's tree")?
        };
        let root = view.order.tree.clone();
        Ok(Editable { root, path, line })
    }

    /// Opens a task at once; of a run's document it is said first what a change makes stale.
    pub(super) fn edit(&mut self, effects: &mut Vec<Effect>) {
        let Ok(file) = self.editable() else { return };
        let view = self.target().filter(|_| self.view != View::Backlog);
        let Some(view) = view else {
            return effects.push(file.open());
        };
        let says = would::edit(view, &file.path, &|action| self.key_of(action));
        self.overlays.push(Overlay::Confirm {
            run: view.order.run.clone(),
            yes: Yes::Edit(file),
            evidence: None,
            says,
            top: 0,
        });
    }
}
