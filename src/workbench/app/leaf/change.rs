//! The page of a change: what must not be overlooked, the files by directory, then each file with
//! its hunks.

use super::{Leads, Rows};
use crate::records::change::Change;
use crate::render::diff::{File, Layout, Style};
use crate::render::{Look, Row};
use crate::text::{Role, many, pad};
use std::sync::Arc;

/// The rows of a change, made a slice at a time.
#[derive(Debug, Clone)]
pub(super) struct Making {
    files: Arc<Vec<File>>,
    columns: usize,
    /// What stands above the files, until it is taken.
    head: Option<Rows>,
    /// The file that comes next, or that is being laid out.
    file: usize,
    layout: Option<Layout>,
    /// How many rows of that file were taken.
    taken: usize,
    /// How many rows were taken in all.
    all: usize,
}

impl Making {
    /// Lays a change out, side by side where there is room.
    pub(super) fn new(
        what: &str,
        change: Option<&Change>,
        files: &Arc<Vec<File>>,
        columns: usize,
    ) -> Self {
        Self {
            head: Some(head(what, change, files)),
            files: files.clone(),
            columns,
            file: 0,
            layout: None,
            taken: 0,
            all: 0,
        }
    }

    /// Whether there are no more rows.
    pub(super) fn is_over(&self) -> bool {
        self.head.is_none() && self.file >= self.files.len()
    }

    /// The next rows: so many, or a few more.
    pub(super) fn slice(&mut self, most: usize) -> Rows {
        let mut rows = self.head.take().unwrap_or_default();
        while rows.told.len() < most
            && let Some(file) = self.files.get(self.file)
        {
            let layout = self.layout.get_or_insert_with(|| {
                rows.push(Row::empty(), None);
                let begins = self.all + rows.told.len();
                rows.files.push((begins, file.path.clone()));
                rows.push(title(file), None);
                Layout::new(file, self.columns, Style::for_columns(self.columns))
            });
            let end = layout.len().min(self.taken + most);
            for row in layout.rows(file, self.taken..end) {
                rows.push(row, None);
            }
            self.taken = end;
            if end == layout.len() {
                self.layout = None;
                self.taken = 0;
                self.file += 1;
            }
        }
        self.all += rows.told.len();
        rows
    }
}

/// What stands above the files: what must not be overlooked, and where to find each.
fn head(what: &str, change: Option<&Change>, files: &[File]) -> Rows {
    let mut all = Rows::default();
    let (added, removed) = sums(files);
    let head = Row::of(Look::Role(Role::Quiet), format!("{what}  "))
        .with(Look::Plain, many(files.len(), "file"))
        .with(Look::Role(Role::Good), format!("  +{added}"))
        .with(Look::Role(Role::Bad), format!(" -{removed}"));
    all.push(head, None);
    if files.is_empty() {
        let none = "nothing differs outside the harness folder";
        all.push(Row::of(Look::Role(Role::Quiet), none), None);
        return all;
    }
    if files.len() > 1 || change.is_some() {
        all.push(Row::empty(), None);
        for notice in change.iter().flat_map(|c| &c.notices) {
            let word = format!("▲ {}", pad(notice.word(), 18));
            let row = Row::of(Look::Role(Role::Attention), word);
            let file = files.iter().find(|f| f.path == notice.file());
            let leads = file.map(|f| Leads::File(f.path.clone()));
            all.push(row.with(Look::Plain, notice.what()), leads);
        }
        directories(files, &mut all);
    }
    all
}

/// The files below the directories they are in.
fn directories(files: &[File], all: &mut Rows) {
    let mut folder = None;
    for file in files {
        if folder != Some(file.folder()) {
            folder = Some(file.folder());
            let name = format!("{}/", file.folder());
            let name = if file.folder().is_empty() {
                " ./"
            } else {
                &name
            };
            all.push(Row::of(Look::Strong, name), None);
        }
        let mut row = Row::of(Look::Plain, "  ");
        let name = file.path.rsplit('/').next().unwrap_or(&file.path);
        for mut span in file.title().spans {
            if span.look == Look::Strong {
                span = crate::render::Span::new(Look::Link, name);
            }
            row = row.span(span);
        }
        // What is named here leads to the file below.
        all.push(row, Some(Leads::File(file.path.clone())));
    }
}

/// The row that a file begins with, as a heading of the page.
fn title(file: &File) -> Row {
    let mut row = file.title();
    for span in &mut row.spans {
        if span.look == Look::Strong {
            span.look = Look::Heading(1);
        }
    }
    row
}

fn sums(files: &[File]) -> (usize, usize) {
    let add = |(a, r): (usize, usize), f: &File| (a + f.added, r + f.removed);
    files.iter().fold((0, 0), add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::diff::between;

    #[test]
    fn files_are_named_by_directory_and_lead_to_their_hunks() {
        let files = Arc::new(vec![
            between("a/x.rs", "1\n", "2\n"),
            between("b.rs", "", "1\n"),
        ]);
        let laid = |columns: usize| Making::new("a..b", None, &files, columns).slice(usize::MAX);
        let all = laid(80);
        let text = |n: usize| all.told[n].text();
        let named = (0..all.told.len())
            .find(|n| text(*n).contains("x.rs"))
            .unwrap();
        assert_eq!(all.links[named], Some(Leads::File("a/x.rs".to_owned())));
        let (begins, _) = all.files[0];
        assert!(text(begins).contains("a/x.rs"), "{}", text(begins));
        assert!(text(0).contains("2 files  +2 -1"), "{}", text(0));
        assert!(
            laid(160).told.len() < all.told.len(),
            "side by side takes fewer rows"
        );
    }

    #[test]
    fn by_slices_it_is_the_same() {
        let lines = |word: &str| (0..90).map(|n| format!("{word} {n}\n")).collect::<String>();
        let files = Arc::new(vec![
            between("a/x.rs", &lines("old"), &lines("new")),
            between("b.rs", "", "1\n"),
        ]);
        let whole = Making::new("a..b", None, &files, 140).slice(usize::MAX);
        let mut making = Making::new("a..b", None, &files, 140);
        let mut rows = Rows::default();
        while !making.is_over() {
            rows.and(making.slice(7));
        }
        assert_eq!(rows, whole);
    }
}
