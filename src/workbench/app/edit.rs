//! What the edit key is about: a document of a run, or the task of a backlog item.

use super::event::Effect;
use super::{App, Pane, View, shelf};
use std::path::PathBuf;

/// A file that can be edited: the folder it lies in, its path there, and the line to begin at.
pub(super) type Editable = (PathBuf, String, Option<usize>);

impl App {
    /// The file that the edit key is about, or why there is none.
    pub(super) fn editable(&self) -> Result<Editable, String> {
        match self.view {
            View::Backlog => {
                let entry = self.backlog.chosen(&self.board);
                let task = entry.and_then(|e| e.task.as_ref());
                let task = task.ok_or("it has no task file yet")?;
                Ok((self.board.home.clone(), task.path.clone(), None))
            }
            View::Pipeline | View::Artifacts => self.document(),
        }
    }

    /// The chosen document in the run's tree, at the line that is on the screen.
    fn document(&self) -> Result<Editable, String> {
        let view = self.target().ok_or("no run is chosen")?;
        if view.run.landed.is_some() || view.is_over() {
            return Err("the run is over: what it made is in its branch".to_owned());
        }
        let tree = view.order.tree.clone();
        if self.view == View::Pipeline {
            let record = view.run.stages.get(self.run.stage.at);
            let artifact = record.and_then(|r| r.artifacts.first());
            let artifact = artifact.ok_or("the chosen stage has no document yet")?;
            return Ok((tree, artifact.path.to_string(), None));
        }
        let documents = shelf::documents(view);
        let path = documents.get(self.run.shelf.chosen.at);
        let path = path.ok_or("there is no document yet")?.clone();
        let line = (self.pane == Pane::Right)
            .then(|| self.document_line())
            .flatten();
        Ok((tree, path, line))
    }

    fn document_line(&self) -> Option<usize> {
        let document = self.run.shelf.document.as_ref()?;
        let (line, _) = document.rows.get(self.run.shelf.page.at)?;
        Some(line + 1)
    }

    pub(super) fn edit(&self, effects: &mut Vec<Effect>) {
        if let Ok((root, path, line)) = self.editable() {
            effects.push(Effect::Edit { root, path, line });
        }
    }
}
