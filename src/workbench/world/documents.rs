//! The documents that the screen shows, and why something is as it is.

use super::{Left, Reader};
use crate::records::runs::RunView;
use crate::store::inside::read_inside;
use crate::terms::{RepoPath, RunId, StageId};
use crate::workbench::app::Event;

/// Largest document that is read.
const MAX_DOCUMENT: u64 = 4 * 1024 * 1024;

/// The document that is on the screen, and what it was told with.
pub(super) struct Shown {
    run: RunId,
    path: String,
    text: Result<String, String>,
}

impl Reader {
    /// Tells a document, and tells it anew whenever it changes.
    pub(super) fn show_document(&mut self, run: RunId, path: String) -> Result<(), Left> {
        let text = match self.board.run(&run) {
            Some(view) => document(view, &path),
            None => Err("the run is gone".to_owned()),
        };
        self.tell_text(run, path, text)
    }

    /// Tells the document that is on the screen anew where it changed.
    pub(super) fn tell_document(&mut self) -> Result<(), Left> {
        let Some(shown) = &self.shown else {
            return Ok(());
        };
        let Some(view) = self.board.run(&shown.run) else {
            return Ok(());
        };
        let text = document(view, &shown.path);
        if text == shown.text {
            return Ok(());
        }
        self.tell_text(shown.run.clone(), shown.path.clone(), text)
    }

    fn tell_text(
        &mut self,
        run: RunId,
        path: String,
        text: Result<String, String>,
    ) -> Result<(), Left> {
        self.shown = Some(Shown {
            run: run.clone(),
            path: path.clone(),
            text: text.clone(),
        });
        self.tell(Event::Document { run, path, text })
    }

    /// Says why a run, or one of its stages, is as it is.
    pub(super) fn explain(&self, run: &RunId, stage: Option<&StageId>) -> Result<(), Left> {
        match self.board.run(run) {
            Some(view) => self.tell(explained(view, stage)),
            None => Ok(()),
        }
    }
}

/// The six lines.
fn explained(view: &RunView, stage: Option<&StageId>) -> Event {
    let why = view.why(stage);
    let title = match stage {
        Some(stage) => format!("Why {stage}"),
        None => format!("Why {}", view.order.run),
    };
    let lines = [
        ("What", why.what),
        ("Evidence", why.evidence),
        ("Tried", why.tried),
        ("Kept", why.kept),
        ("Key", why.key),
        ("Command", why.command),
    ];
    Event::Explained {
        title,
        lines: lines.map(|(word, text)| (word.to_owned(), text)).to_vec(),
    }
}

/// A document of a run: from its tree, else from its branch.
fn document(view: &RunView, path: &str) -> Result<String, String> {
    let relative = RepoPath::new(path).map_err(|e| e.to_string())?;
    match read_inside(&view.order.tree, &relative, MAX_DOCUMENT) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(_) if !view.order.tree.exists() => {
            let git = crate::git::Git::new(&view.order.home);
            let object = format!("{}:{path}", view.order.branch);
            let shown = git.call(["cat-file", "blob", &object]).text();
            shown.map_err(|e| e.to_string())
        }
        Err(error) => Err(error.to_string()),
    }
}
