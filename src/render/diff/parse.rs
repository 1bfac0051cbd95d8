//! Reads a change as git prints it.

use super::{File, Hunk, Kind, Line, Sign};

/// The files of a change in git's form. Nothing of the text is lost: what is no change is kept in
/// [`File::others`] of the file it stands in.
pub fn parse(text: &str) -> Vec<File> {
    let mut parser = Parser::default();
    for line in text.split_terminator('\n') {
        parser.line(line.strip_suffix('\r').unwrap_or(line));
    }
    parser.end_file();
    parser.files
}

#[derive(Default)]
struct Parser {
    files: Vec<File>,
    file: Option<File>,
    hunk: Option<Open>,
    /// Whether the lines of a binary patch go by.
    binary: bool,
}

/// A hunk whose lines are still to come.
struct Open {
    hunk: Hunk,
    /// The numbers of the next lines.
    old: usize,
    new: usize,
    /// How many are still due.
    olds: usize,
    news: usize,
}

impl Parser {
    fn line(&mut self, line: &str) {
        if self.body(line) {
            return;
        }
        if let Some(rest) = line.strip_prefix("diff --git ") {
            self.end_file();
            self.file = Some(begun(rest));
            return;
        }
        if self.binary {
            return;
        }
        if line.starts_with("@@ ") {
            self.end_hunk();
            if let Some(open) = head(line) {
                self.file.get_or_insert_with(File::default);
                self.hunk = Some(open);
                return;
            }
        }
        if line.starts_with("--- ") && self.file.as_ref().is_none_or(|f| !f.hunks.is_empty()) {
            // A change that another program wrote, without git's own lines.
            self.end_file();
        }
        let file = self.file.get_or_insert_with(File::default);
        if !about(file, line) {
            file.others.push(line.to_owned());
        }
        self.binary = line == "GIT binary patch";
    }

    /// Takes a line of a hunk; says whether it was one.
    fn body(&mut self, line: &str) -> bool {
        let Some(open) = &mut self.hunk else {
            return false;
        };
        if line.starts_with('\\') {
            if let Some(last) = open.hunk.lines.last_mut() {
                last.unended = true;
            }
            return true;
        }
        let (sign, text) = match line.as_bytes().first() {
            Some(b'+') if open.news > 0 => (Sign::Added, line.get(1..)),
            Some(b'-') if open.olds > 0 => (Sign::Removed, line.get(1..)),
            Some(b' ') if open.olds > 0 && open.news > 0 => (Sign::Same, line.get(1..)),
            // Mail and editors take the space of an empty line away.
            None if open.olds > 0 && open.news > 0 => (Sign::Same, Some("")),
            _ => {
                self.end_hunk();
                return false;
            }
        };
        open.hunk.lines.push(Line {
            sign,
            old: open.old,
            new: open.new,
            text: text.unwrap_or_default().to_owned(),
            unended: false,
            marks: Vec::new(),
        });
        if sign != Sign::Added {
            open.old = open.old.saturating_add(1);
            open.olds -= 1;
        }
        if sign != Sign::Removed {
            open.new = open.new.saturating_add(1);
            open.news -= 1;
        }
        true
    }

    fn end_hunk(&mut self) {
        if let (Some(open), Some(file)) = (self.hunk.take(), &mut self.file) {
            file.take(open.hunk);
        }
    }

    fn end_file(&mut self) {
        self.end_hunk();
        self.binary = false;
        if let Some(file) = self.file.take() {
            self.files.push(file);
        }
    }
}

/// A file by the line that git begins it with; the lines after it may know better.
fn begun(rest: &str) -> File {
    let (_, path) = names(rest).unwrap_or_default();
    File {
        path,
        ..File::default()
    }
}

/// The two names of git's first line, without the `a/` and `b/` before them. Names with spaces
/// stand there bare; they are told apart where both are the same.
fn names(rest: &str) -> Option<(String, String)> {
    if rest.starts_with('"') {
        let (old, after) = quoted(rest)?;
        let new = after.trim_start();
        let new = quoted(new).map_or_else(|| new.to_owned(), |(new, _)| new);
        return Some((bare(&old, "a/"), bare(&new, "b/")));
    }
    if let Some((old, new)) = rest.split_once(" \"") {
        let (new, _) = quoted(rest.get(rest.len() - new.len() - 1..)?)?;
        return Some((bare(old, "a/"), bare(&new, "b/")));
    }
    let halves = rest.match_indices(' ').map(|(n, _)| rest.split_at(n));
    let halves = halves.map(|(old, new)| (bare(old, "a/"), bare(new.trim_start(), "b/")));
    let mut halves = halves.peekable();
    let first = halves.peek().cloned();
    halves.find(|(old, new)| old == new).or(first)
}

fn bare(name: &str, side: &str) -> String {
    name.strip_prefix(side).unwrap_or(name).to_owned()
}

/// A name in git's quotes, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix('"')?;
    let bytes = inner.as_bytes();
    let mut out = Vec::new();
    let mut n = 0;
    while let Some(byte) = bytes.get(n) {
        n += 1;
        match byte {
            b'"' => {
                let name = String::from_utf8_lossy(&out).into_owned();
                return Some((name, inner.get(n..).unwrap_or_default()));
            }
            b'\\' => {
                let octal = inner.get(n..n + 3);
                if let Some(byte) = octal.and_then(|d| u8::from_str_radix(d, 8).ok()) {
                    out.push(byte);
                    n += 3;
                } else {
                    out.push(match bytes.get(n)? {
                        b'n' => b'\n',
                        b't' => b'\t',
                        b'r' => b'\r',
                        other => *other,
                    });
                    n += 1;
                }
            }
            byte => out.push(*byte),
        }
    }
    None
}

/// Reads a line about the file; says whether it was one.
fn about(file: &mut File, line: &str) -> bool {
    let name = |rest: &str| quoted(rest).map_or_else(|| rest.to_owned(), |(name, _)| name);
    // A name with spaces ends with a tab in these two lines.
    let side = |rest: &str, side| bare(&name(rest.split('\t').next().unwrap_or(rest)), side);
    if let Some(rest) = line.strip_prefix("--- ") {
        let old = side(rest, "a/");
        if old == "/dev/null" {
            file.kind = Kind::Added;
        } else if file.path.is_empty() || file.kind == Kind::Deleted {
            file.path = old;
        }
    } else if let Some(rest) = line.strip_prefix("+++ ") {
        let new = side(rest, "b/");
        if new == "/dev/null" {
            file.kind = Kind::Deleted;
        } else {
            file.path = new;
        }
    } else if let Some(rest) = line.strip_prefix("rename from ") {
        file.kind = Kind::Renamed;
        file.old_path = Some(name(rest));
    } else if let Some(rest) = line.strip_prefix("copy from ") {
        file.kind = Kind::Copied;
        file.old_path = Some(name(rest));
    } else if let Some(rest) = line.strip_prefix("rename to ") {
        file.path = name(rest);
    } else if let Some(rest) = line.strip_prefix("copy to ") {
        file.path = name(rest);
    } else if let Some(rest) = line.strip_prefix("old mode ") {
        rest.clone_into(&mut file.modes.get_or_insert_default().0);
    } else if let Some(rest) = line.strip_prefix("new mode ") {
        rest.clone_into(&mut file.modes.get_or_insert_default().1);
    } else if line.starts_with("new file mode ") {
        file.kind = Kind::Added;
    } else if line.starts_with("deleted file mode ") {
        file.kind = Kind::Deleted;
    } else if line.starts_with("Binary files ") || line == "GIT binary patch" {
        file.binary = true;
    } else {
        let known = ["index ", "similarity index ", "dissimilarity index "];
        return known.iter().any(|k| line.starts_with(k));
    }
    true
}

/// The head of a hunk: `@@ -1,4 +1,5 @@ fn a()`.
fn head(line: &str) -> Option<Open> {
    let rest = line.strip_prefix("@@ -")?;
    let (ranges, _) = rest.split_once(" @@")?;
    let (old, new) = ranges.split_once(" +")?;
    let range = |text: &str| {
        let (start, count) = text.split_once(',').unwrap_or((text, "1"));
        Some((start.parse::<usize>().ok()?, count.parse::<usize>().ok()?))
    };
    let ((old, olds), (new, news)) = (range(old)?, range(new)?);
    // Where there is no line, the number is that of the line before.
    Some(Open {
        hunk: Hunk {
            head: line.to_owned(),
            lines: Vec::new(),
        },
        old: old.saturating_add(usize::from(olds == 0)),
        new: new.saturating_add(usize::from(news == 0)),
        olds,
        news,
    })
}
