//! What is larger than an item may be: by whole files, as many as fit, the small ones first, with a
//! list of those that are left out and the command that shows each.

use super::ITEM_BYTES;
use crate::git::{DiffEntry, Git, GitError};
use crate::terms::Oid;
use std::fmt::Write as _;

/// How much of an item is for the list of what is left out.
const LIST_BYTES: usize = 48 * 1024;
/// How much of an item is for the files themselves, where not all of them fit.
const ROOM: usize = ITEM_BYTES - LIST_BYTES;
/// How many files of a change are looked at one by one.
const MOST_LOOKED_AT: usize = 500;
/// How many names a note gives.
const NAMED: usize = 5;

/// A text that fits, and what is to be noted where something is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fitted {
    /// The item's text.
    pub text: String,
    /// What a person should know of it, on one line.
    pub note: Option<String>,
}

/// Something that is left out.
struct LeftOut {
    /// Its path.
    path: String,
    /// How large it is, in words.
    size: String,
    /// The command that shows it.
    command: String,
}

/// The difference of two trees or commits without what lies below `without`. One that is too large
/// is given by whole files; `until` is what the second is called in a command.
pub fn diff(
    git: &Git,
    from: &Oid,
    to: &Oid,
    until: &str,
    without: &str,
) -> Result<Fitted, GitError> {
    match git.diff_text(from, to, without, ITEM_BYTES) {
        Ok(text) => Ok(Fitted { text, note: None }),
        Err(GitError::TooMuch { .. }) => by_files(git, from, to, until, without),
        Err(e) => Err(e),
    }
}

fn by_files(
    git: &Git,
    from: &Oid,
    to: &Oid,
    until: &str,
    without: &str,
) -> Result<Fitted, GitError> {
    let below = format!("{without}/");
    let mut entries = git.diff(from, to)?;
    entries.retain(|e| e.path != without && !e.path.starts_with(&below));
    // Binary ones come first: of them a line is shown.
    entries.sort_by_key(|e| e.added.unwrap_or(0).saturating_add(e.removed.unwrap_or(0)));
    let mut room = ROOM;
    let (mut shown, mut left) = (String::new(), Vec::new());
    for (at, entry) in entries.iter().enumerate() {
        let text = if at < MOST_LOOKED_AT && room > 0 {
            git.diff_text_of(from, to, &entry.path, room)
        } else {
            Err(GitError::TooMuch {
                args: String::new(),
                limit: room,
            })
        };
        match text {
            Ok(text) if text.len() <= room => {
                room -= text.len();
                shown.push_str(&text);
            }
            Ok(_) | Err(GitError::TooMuch { .. }) => left.push(LeftOut {
                path: entry.path.clone(),
                size: lines_of(entry),
                command: format!(
                    "git diff {}..{until} -- {}",
                    from.short(),
                    quoted(&entry.path)
                ),
            }),
            Err(e) => return Err(e),
        }
    }
    let order = "the files with the fewest changed lines first";
    Ok(fitted("the change", order, &shown, &left))
}

fn lines_of(entry: &DiffEntry) -> String {
    match (entry.added, entry.removed) {
        (Some(added), Some(removed)) => format!("+{added} -{removed} lines"),
        _ => "binary".to_owned(),
    }
}

/// Takes of these files, path and text or size, as many whole ones as fit, the small ones first.
/// Gives them in their own order, and what is said of the others where there are any.
pub fn files(
    glob: &str,
    found: Vec<(String, Result<String, u64>)>,
) -> (Vec<(String, String)>, Option<Fitted>) {
    let size = |file: &Result<String, u64>| match file {
        Ok(text) => text.len(),
        Err(bytes) => usize::try_from(*bytes).unwrap_or(usize::MAX),
    };
    let together = found
        .iter()
        .fold(0_usize, |sum, (_, file)| sum.saturating_add(size(file)));
    let mut room = if together <= ITEM_BYTES {
        together
    } else {
        ROOM
    };
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_by_key(|at| size(&found[*at].1));
    let mut fits = vec![false; found.len()];
    for at in order {
        if found[at].1.is_ok() && size(&found[at].1) <= room {
            room -= size(&found[at].1);
            fits[at] = true;
        }
    }
    let (mut taken, mut left) = (Vec::new(), Vec::new());
    for ((path, file), fits) in found.into_iter().zip(fits) {
        let bytes = size(&file);
        match file {
            Ok(text) if fits => taken.push((path, text)),
            _ => left.push(LeftOut {
                size: format!("{bytes} bytes"),
                command: format!("cat -- {}", quoted(&path)),
                path,
            }),
        }
    }
    if left.is_empty() {
        return (taken, None);
    }
    let what = format!("'{}'", one_line(glob));
    let said = fitted(&what, "the smallest first", "", &left);
    (taken, Some(said))
}

/// What is shown, below a list of what is not.
fn fitted(what: &str, order: &str, shown: &str, left: &[LeftOut]) -> Fitted {
    Fitted {
        text: format!("{}\n{shown}", list(what, order, left)),
        note: Some(note(what, left)),
    }
}

/// The list of what is left out of an item, at most [`LIST_BYTES`] of it.
fn list(what: &str, order: &str, left: &[LeftOut]) -> String {
    let mut text = format!(
        "Of {what} only whole files that fit into {} KiB are here, {order}. Left out are {} files; \
         the command behind each shows it:\n",
        ITEM_BYTES / 1024,
        left.len()
    );
    for (at, file) in left.iter().enumerate() {
        let line = format!(
            "- {} ({}): {}\n",
            one_line(&file.path),
            file.size,
            file.command
        );
        if text.len() + line.len() + 100 > LIST_BYTES {
            let _ = writeln!(text, "- and {} more", left.len() - at);
            break;
        }
        text.push_str(&line);
    }
    text
}

/// The same for people, on one line.
fn note(what: &str, left: &[LeftOut]) -> String {
    let names: Vec<String> = left
        .iter()
        .take(NAMED)
        .map(|f| format!("{} ({})", one_line(&f.path), f.size))
        .collect();
    let more = match left.len().saturating_sub(NAMED) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    format!(
        "{what} is larger than {} KiB; the prompt names these files without their text: {}{more}",
        ITEM_BYTES / 1024,
        names.join(", ")
    )
}

fn one_line(path: &str) -> String {
    path.escape_debug().to_string()
}

/// A path as a word of a shell.
fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/+@".contains(c);
    if path.chars().all(plain) && !path.starts_with('-') {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', "'\\''")).replace('\n', "'$'\\n''")
    }
}
