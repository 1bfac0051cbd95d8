//! The documents of a run on the screen: which there are, and the one that is read.

use super::scroll::Scroll;
use crate::records::runs::RunView;
use crate::text::{SafeText, wrap};

/// What is shown of a run's documents.
#[derive(Debug, Clone, Default)]
pub struct Shelf {
    /// The chosen document.
    pub chosen: Scroll,
    /// The document that is shown.
    pub document: Option<Document>,
    /// Where the document stands.
    pub page: Scroll,
}

/// A document on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its path in the run's tree.
    pub path: String,
    /// Its lines, made safe; or why it can't be read.
    pub lines: Result<Vec<SafeText>, String>,
    /// Its rows for this many columns.
    columns: usize,
    /// The rows: the number of the line, and the part of it.
    pub rows: Vec<(usize, String)>,
}

impl Document {
    /// One whose text is still to come.
    pub fn awaited(path: String) -> Self {
        Self::new(path, Ok(String::new()))
    }

    /// One with its text, or why there is none.
    pub fn new(path: String, text: Result<String, String>) -> Self {
        let lines = text.map(|t| t.lines().map(SafeText::line).collect());
        Self {
            path,
            lines,
            columns: 0,
            rows: Vec::new(),
        }
    }

    /// Lays its lines out for this many columns, once.
    pub fn lay(&mut self, columns: usize) {
        let Ok(lines) = &self.lines else { return };
        if self.columns == columns {
            return;
        }
        self.columns = columns;
        self.rows.clear();
        for (n, line) in lines.iter().enumerate() {
            // What is drawn with characters stands as it is: broken, it is no drawing any more.
            let drawn = line.as_str().starts_with(['|', ' ', '\t']);
            if drawn || line.as_str().is_empty() {
                self.rows.push((n, line.as_str().to_owned()));
            } else {
                let rows = wrap(line.as_str(), columns.max(1));
                self.rows.extend(rows.into_iter().map(|row| (n, row)));
            }
        }
    }
}

/// The documents of a run, relative to its tree: the task, then every artifact there is.
pub fn documents(view: &RunView) -> Vec<String> {
    let task = view.run.plan.task.iter().map(|t| t.path.to_string());
    let artifacts = view.run.stages.iter().flat_map(|s| &s.artifacts);
    task.chain(artifacts.map(|a| a.path.to_string())).collect()
}
