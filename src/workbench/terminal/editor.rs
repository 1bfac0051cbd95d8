//! A person's own editor on a file: `$VISUAL`, else `$EDITOR`, else `vi`. What they name is split
//! into words as a shell would, and started without one: nothing in a path or a variable is run.

use crate::store::StoreError;
use crate::store::fs::{Disk, Fs};
use crate::store::inside::{ReadError, read_inside};
use crate::store::write::replace;
use crate::terms::RepoPath;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitStatus};

/// The largest file that is given to an editor, in bytes.
const MAX_FILE: u64 = 64 * 1024 * 1024;
/// The editor that every system has.
const EVERYWHERE: &str = "vi";
/// The name of a text that is no file of a repository.
const TEXT: &str = "text.md";

/// Why a file was not edited.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The file is not there, or is none that a person should be led to.
    #[error("{0}")]
    File(#[from] ReadError),
    /// The path is none of this project.
    #[error("{0}")]
    Path(#[from] crate::terms::path::BadPath),
    /// The text's own file can't be written or read.
    #[error("the text can't be handed to an editor: {0}")]
    Text(#[from] StoreError),
    /// A quote in the variable is never closed.
    #[error("a quote is not closed in ${name} ('{value}'); close it and start harness-tui again")]
    Quote {
        /// The variable.
        name: &'static str,
        /// What it says.
        value: String,
    },
    /// The editor can't be started.
    #[error("can't start {program}: {source}; set $EDITOR to a program that is installed")]
    Start {
        /// The program.
        program: String,
        /// The system's answer.
        #[source]
        source: std::io::Error,
    },
    /// The editor ended otherwise than well.
    #[error("{program} ended with {status}; what it saved is saved")]
    Ended {
        /// The program.
        program: String,
        /// How it ended.
        status: ExitStatus,
    },
}

/// Runs the person's editor on a file beneath `root`, at a line counted from 1, and waits for it.
pub fn edit(root: &Path, path: &str, line: Option<usize>) -> Result<(), Failed> {
    // No link is followed: a person who edits a document is not to be led elsewhere.
    let inside = RepoPath::new(path)?;
    read_inside(root, &inside, MAX_FILE)?;
    let mut words = wanted(|name| std::env::var(name).ok())?;
    let program = words.remove(0);
    let arguments = at_line(&program, &root.join(path), line);
    let started = Command::new(&program).args(words).args(arguments).status();
    match started {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failed::Ended { program, status }),
        Err(source) => Err(Failed::Start { program, source }),
    }
}

/// Runs the person's editor on this text, in a file of its own that only they can read, and gives
/// what became of it.
pub fn write(text: &str) -> Result<String, Failed> {
    let folder = std::env::temp_dir().join(format!("harness-text-{}", uuid::Uuid::new_v4()));
    Disk.create_dir_all(&folder, true)
        .map_err(StoreError::io("make", &folder))?;
    let file = folder.join(TEXT);
    let wrote = replace(&Disk, &file, text.as_bytes())
        .map_err(Failed::from)
        .and_then(|()| edit(&folder, TEXT, None))
        .and_then(|()| {
            let read = Disk.read(&file, MAX_FILE);
            read.map_err(|e| StoreError::io("read", &file)(e).into())
        });
    // Nothing is lost by what is left in a temporary folder.
    let _ = std::fs::remove_dir_all(&folder);
    Ok(String::from_utf8_lossy(&wrote?).into_owned())
}

/// The program and its own arguments; never empty.
fn wanted(variable: impl Fn(&str) -> Option<String>) -> Result<Vec<String>, Failed> {
    for name in ["VISUAL", "EDITOR"] {
        let Some(value) = variable(name) else {
            continue;
        };
        match words(&value) {
            Some(words) if words.first().is_some_and(|w| !w.is_empty()) => return Ok(words),
            Some(_) => {}
            None => return Err(Failed::Quote { name, value }),
        }
    }
    Ok(vec![EVERYWHERE.to_owned()])
}

/// The words of a command line: blanks part them, quotes and backslashes keep blanks. `None`: a
/// quote is not closed.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            (c, Some(q)) if c == q => quote = None,
            ('\\', None | Some('"')) => word.get_or_insert_default().extend(chars.next()),
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

/// The file as an editor wants it named, at a line where it is known how that is said.
fn at_line(program: &str, path: &Path, line: Option<usize>) -> Vec<OsString> {
    let name = Path::new(program).file_name().unwrap_or_default();
    let name = name.to_string_lossy();
    let name = name.strip_suffix(".exe").unwrap_or(&name);
    let file = path.as_os_str().to_owned();
    let Some(line) = line else { return vec![file] };
    let placed = || {
        let mut placed = file.clone();
        placed.push(format!(":{line}"));
        placed
    };
    match name {
        "vi" | "vim" | "nvim" | "gvim" | "view" | "vis" | "kak" | "nano" | "pico" | "emacs"
        | "emacsclient" | "mg" | "jed" | "joe" | "jmacs" | "ne" | "micro" | "jove" | "zile" => {
            vec![format!("+{line}").into(), file]
        }
        "hx" | "helix" | "subl" | "zed" | "zeditor" => vec![placed()],
        "code" | "codium" | "code-insiders" | "cursor" => vec!["--goto".into(), placed()],
        _ => vec![file],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<String> {
        words(text).unwrap()
    }

    #[test]
    fn the_variable_is_split_as_a_shell_would_and_nothing_in_it_runs() {
        assert_eq!(split("vim"), ["vim"]);
        assert_eq!(split("  code   --wait "), ["code", "--wait"]);
        assert_eq!(split("'/opt/my editor/e' -n"), ["/opt/my editor/e", "-n"]);
        assert_eq!(split(r#"a\ b "c \"d" ''"#), ["a b", "c \"d", ""]);
        assert_eq!(split("e $(touch x); `id`"), ["e", "$(touch", "x);", "`id`"]);
        assert_eq!(words("vim 'open"), None);
    }

    #[test]
    fn visual_counts_before_editor_and_an_empty_one_for_nothing() {
        let of = |visual: Option<&str>, editor: Option<&str>| {
            let value = |name: &str| {
                let value = if name == "VISUAL" { visual } else { editor };
                value.map(str::to_owned)
            };
            wanted(value).map(|w| w.join(" "))
        };
        assert_eq!(of(Some("code -w"), Some("vim")).unwrap(), "code -w");
        assert_eq!(of(Some(" "), Some("vim")).unwrap(), "vim");
        assert_eq!(of(Some("''"), None).unwrap(), "vi");
        let said = of(None, Some("vim \"x")).unwrap_err().to_string();
        assert!(
            said.starts_with("a quote is not closed in $EDITOR"),
            "{said}"
        );
    }

    #[test]
    fn a_line_is_told_to_editors_that_take_one() {
        let of = |program: &str, line| at_line(program, Path::new("/a b"), line);
        assert_eq!(of("/usr/bin/vim", Some(7)), ["+7", "/a b"]);
        assert_eq!(of("hx", Some(7)), ["/a b:7"]);
        assert_eq!(of("code", Some(7)), ["--goto", "/a b:7"]);
        assert_eq!(of("ed", Some(7)), ["/a b"]);
        assert_eq!(of("vim", None), ["/a b"]);
    }

    #[test]
    fn a_link_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/etc/hosts", dir.path().join("a.md")).unwrap();
        let said = edit(dir.path(), "a.md", None).unwrap_err().to_string();
        assert!(said.contains("is a link"), "{said}");
        let said = edit(dir.path(), "../a.md", None).unwrap_err().to_string();
        assert!(!said.is_empty());
        let said = edit(dir.path(), "none.md", None).unwrap_err().to_string();
        assert!(said.contains("missing"), "{said}");
    }
}
