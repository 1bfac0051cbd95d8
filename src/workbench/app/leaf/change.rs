//! The page of a change: what must not be overlooked, the files by directory, then each file with
//! its hunks.

use super::{Leads, Rows};
use crate::records::change::Change;
use crate::render::diff::{File, Style};
use crate::render::{Look, Row};
use crate::text::{Role, many, pad};

/// Lays a change out, side by side where there is room.
pub(super) fn rows(what: &str, change: Option<&Change>, files: &[File], columns: usize) -> Rows {
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
    let overview = files.len() > 1 || change.is_some();
    let mut named = Vec::new();
    if overview {
        all.push(Row::empty(), None);
        for notice in change.iter().flat_map(|c| &c.notices) {
            let word = format!("▲ {}", pad(notice.word(), 18));
            let row = Row::of(Look::Role(Role::Attention), word);
            named.push((all.told.len(), notice.file().to_owned()));
            all.push(row.with(Look::Plain, notice.what()), None);
        }
        directories(files, &mut all, &mut named);
    }
    let style = Style::for_columns(columns);
    for file in files {
        all.push(Row::empty(), None);
        all.files.push((all.told.len(), file.path.clone()));
        all.push(title(file), None);
        for row in file.rows(columns, style) {
            all.push(row, None);
        }
    }
    // What is named above leads to the file below.
    for (row, path) in named {
        let file = all.files.iter().find(|(_, p)| *p == path);
        if let (Some((begins, _)), Some(link)) = (file, all.links.get_mut(row)) {
            *link = Some(Leads::Row(*begins));
        }
    }
    all
}

/// The files below the directories they are in.
fn directories(files: &[File], all: &mut Rows, named: &mut Vec<(usize, String)>) {
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
        named.push((all.told.len(), file.path.clone()));
        let mut row = Row::of(Look::Plain, "  ");
        let name = file.path.rsplit('/').next().unwrap_or(&file.path);
        for mut span in file.title().spans {
            if span.look == Look::Strong {
                span = crate::render::Span::new(Look::Link, name);
            }
            row = row.span(span);
        }
        all.push(row, None);
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
        let files = [between("a/x.rs", "1\n", "2\n"), between("b.rs", "", "1\n")];
        let all = rows("a..b", None, &files, 80);
        let text = |n: usize| all.told[n].text();
        let named = (0..all.told.len())
            .find(|n| text(*n).contains("x.rs"))
            .unwrap();
        let Some(Leads::Row(begins)) = all.links[named] else {
            panic!("{:?}", all.links[named]);
        };
        assert_eq!(all.files[0], (begins, "a/x.rs".to_owned()));
        assert!(text(begins).contains("a/x.rs"), "{}", text(begins));
        assert!(text(0).contains("2 files  +2 -1"), "{}", text(0));
        let wide = rows("a..b", None, &files, 160);
        assert!(
            wide.told.len() < all.told.len(),
            "side by side takes fewer rows"
        );
    }
}
