//! What the edit key is about: a document of a run, or the task of a backlog item.

use super::event::Effect;
use super::{App, View};
use std::path::PathBuf;

/// A file that can be edited: the folder it lies in, its path there, and the line to begin at.
type Editable = (PathBuf, String, Option<usize>);

impl App {
    /// The file that the edit key is about, or why there is none.
    pub(super) fn editable(&self) -> Result<Editable, String> {
        if self.view == View::Backlog {
            let entry = self.backlog.chosen(&self.board);
            let task = entry.and_then(|e| e.task.as_ref());
            let task = task.ok_or("it has no task file yet")?;
            return Ok((self.board.home.clone(), task.path.clone(), None));
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
        Ok((view.order.tree.clone(), path, line))
    }

    pub(super) fn edit(&self, effects: &mut Vec<Effect>) {
        if let Ok((root, path, line)) = self.editable() {
            effects.push(Effect::Edit { root, path, line });
        }
    }
}
