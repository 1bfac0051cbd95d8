//! What set-up brings into a tree from the checkout, and the secrets that stand in it: an agent can
//! read those files, so their values are secrets of its attempt.

use super::redact::{Redactor, is_secret_name};
use crate::engine::plan::TreeSetup;
use crate::git::Git;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::io::Read;
use std::path::{Path, PathBuf};

/// How much of one file is looked through for settings that hold a secret, in bytes.
const LARGEST_READ: u64 = 1024 * 1024;

/// How many files are looked through.
const MOST_FILES: usize = 2000;

/// How many lines `.worktreeinclude` may have.
const MOST_LINES: usize = 1000;

/// What takes the secrets of an attempt out: the values of these variables, and those of the files
/// that set-up brings into the tree.
pub fn redactor<'a>(
    env: impl IntoIterator<Item = (&'a str, &'a str)>,
    setup: &TreeSetup,
    home: &Path,
    tree: &Path,
) -> Redactor {
    let copied = secrets(setup, home, tree);
    let mut all: Vec<(&str, &str)> = env.into_iter().collect();
    all.extend(copied.iter().map(|(n, v)| (n.as_str(), v.as_str())));
    Redactor::of(all)
}

/// Names and values of what looks like a secret in the files that set-up copies or links: as they
/// are in the checkout, and as they are in the tree.
fn secrets(setup: &TreeSetup, home: &Path, tree: &Path) -> Vec<(String, String)> {
    // Globs that can't be read stop set-up, and then no agent runs.
    let wanted = Wanted::of(setup, home).unwrap_or_default();
    let mut paths = wanted.paths(home).unwrap_or_default();
    paths.extend(setup.link.iter().map(|p| PathBuf::from(p.as_str())));
    // Whole folders may be copied; the files that are there for settings come first.
    paths.sort_by_key(|path| !is_named_so(path));
    let mut found = Vec::new();
    for path in paths.iter().take(MOST_FILES) {
        for file in [home.join(path), tree.join(path)] {
            if let Some(text) = beginning(&file) {
                let settings = settings(&text);
                // Code has lines of this form too, and what they hold is no secret.
                if is_named_so(path) || 2 * settings.len() >= lines(&text) {
                    found.extend(settings.into_iter().filter(|(n, _)| is_secret_name(n)));
                }
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Whether a file is there for settings, by its name: `.env`, `.env.local`, `prod.env`.
fn is_named_so(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with(".env") || name.ends_with(".env")
}

/// How many lines of a text say something.
fn lines(text: &str) -> usize {
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .count()
}

/// Which untracked files set-up copies: those that `copy:` names, and those that the checkout's
/// `.worktreeinclude` names.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    /// Globs of the settings.
    pub(super) copy: Vec<String>,
    /// Lines of `.worktreeinclude`.
    pub(super) include: Vec<String>,
}

impl Wanted {
    /// What is wanted from this checkout.
    pub(super) fn of(setup: &TreeSetup, home: &Path) -> Result<Self, String> {
        Ok(Self {
            copy: setup.copy.clone(),
            include: include(home)?,
        })
    }

    /// Whether nothing is.
    pub(super) fn is_empty(&self) -> bool {
        self.copy.is_empty() && self.include.is_empty()
    }

    /// The untracked files of the checkout that are wanted, ignored or not; none of the harness
    /// folder's. A name that ends in `/` is a repository of its own.
    pub(super) fn paths(&self, home: &Path) -> Result<Vec<PathBuf>, String> {
        if self.is_empty() {
            return Ok(Vec::new());
        }
        // Each list by itself: what one of them takes out again is still in the other.
        let lists = [
            globs(&self.copy, "in 'copy'")?,
            globs(&self.include, "in .worktreeinclude")?,
        ];
        let listing = Git::new(home)
            .call(["ls-files", "-z", "--others"])
            .run()
            .map_err(|e| e.to_string())?;
        let wanted = |path: &PathBuf| {
            let named =
                |globs: &Gitignore| globs.matched_path_or_any_parents(path, false).is_ignore();
            !path.to_string_lossy().starts_with("harness/") && lists.iter().any(named)
        };
        Ok(listing
            .split(|b| *b == 0)
            .filter(|p| !p.is_empty())
            .map(crate::git::path_from)
            .filter(wanted)
            .collect())
    }
}

fn globs(lines: &[String], place: &str) -> Result<Gitignore, String> {
    let mut builder = GitignoreBuilder::new("/");
    for line in lines {
        builder
            .add_line(None, line)
            .map_err(|e| format!("the glob '{line}' {place}: {e}"))?;
    }
    builder.build().map_err(|e| e.to_string())
}

/// The lines of the checkout's `.worktreeinclude`, which are those of a gitignore file.
fn include(home: &Path) -> Result<Vec<String>, String> {
    let path = home.join(".worktreeinclude");
    if std::fs::symlink_metadata(&path).is_err() {
        return Ok(Vec::new());
    }
    let Some(text) = beginning(&path) else {
        return Err(format!("{} is no readable file", path.display()));
    };
    let lines: Vec<String> = text
        .trim_start_matches('\u{feff}')
        .lines()
        .filter(|l| !l.trim().is_empty() && !l.starts_with('#'))
        .map(str::to_owned)
        .collect();
    if lines.len() > MOST_LINES {
        return Err(format!(
            "{} has more than {MOST_LINES} lines",
            path.display()
        ));
    }
    Ok(lines)
}

/// The beginning of a plain file; `None` where it is something else, a FIFO say.
fn beginning(file: &Path) -> Option<String> {
    if !std::fs::metadata(file).ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(file).ok()?;
    opened.take(LARGEST_READ).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The `NAME=value` and `export NAME=value` of a text, as the usual readers of such files take them:
/// a quoted value also with its escapes undone, one without quotes up to a comment.
fn settings(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text.trim_start_matches('\u{feff}');
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let set = line.split_once('=').and_then(|(n, v)| Some((name(n)?, v)));
        let Some((name, value)) = set else {
            rest = after;
            continue;
        };
        let value = value.trim_start();
        let quote = value
            .chars()
            .next()
            .filter(|c| matches!(c, '"' | '\'' | '`'));
        // A quoted value may run over several lines: it is looked for in all that follows.
        let begins = rest.len() - after.len() - usize::from(line.len() < rest.len());
        let whole = quote.and_then(|q| {
            let from = begins - value.len() + q.len_utf8();
            let end = closing(&rest[from..], q)?;
            Some((from, from + end))
        });
        if let Some((from, to)) = whole {
            let inner = &rest[from..to];
            found.push((name.to_owned(), inner.to_owned()));
            let undone = unescaped(inner);
            if undone != inner {
                found.push((name.to_owned(), undone));
            }
            let beyond = &rest[to..];
            rest = beyond.split_once('\n').map_or("", |(_, after)| after);
            continue;
        }
        let bare = value.split(" #").next().unwrap_or(value);
        let bare = bare.split("\t#").next().unwrap_or(bare).trim();
        found.push((name.to_owned(), bare.to_owned()));
        rest = after;
    }
    found
}

fn name(text: &str) -> Option<&str> {
    let text = text.trim();
    let text = text.strip_prefix("export ").unwrap_or(text).trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    (!text.is_empty() && text.chars().all(plain)).then_some(text)
}

/// Where the quote that is open at the beginning closes.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            c if c == quote => return Some(at),
            _ => {}
        }
    }
    None
}

fn unescaped(text: &str) -> String {
    let mut done = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, chars.clone().next()) {
            ('\\', Some(next)) => {
                chars.next();
                done.push(if next == 'n' { '\n' } else { next });
            }
            (c, _) => done.push(c),
        }
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::testing::{put, repository};
    use crate::terms::RepoPath;
    use proptest::prelude::*;

    #[test]
    fn settings_are_read_as_they_are_written() {
        let text = "\u{feff}# A=no\r\nexport API_KEY=plain-value-1 # why\r\n B_TOKEN = 'it''s # in' \nC_SECRET=\"two\nlines \\\"q\\\"\"\nD=a#b\nno setting\nE F=x\nG='open";
        let got = settings(text);
        let pair = |n: &str, v: &str| (n.to_owned(), v.to_owned());
        assert_eq!(
            got,
            [
                pair("API_KEY", "plain-value-1"),
                pair("B_TOKEN", "it"),
                pair("C_SECRET", "two\nlines \\\"q\\\""),
                pair("C_SECRET", "two\nlines \"q\""),
                pair("D", "a#b"),
                pair("G", "'open"),
            ]
        );
    }

    #[test]
    fn what_is_copied_and_linked_gives_its_secrets_and_nothing_else() {
        let (_dir, git) = repository();
        put(git.dir(), ".gitignore", ".env*\nlinked\nother\n");
        put(
            git.dir(),
            ".env",
            "API_TOKEN=\"tok-12345678\"\nPORT=88888888\n",
        );
        put(git.dir(), "linked", "PASSWORD=pass-12345678\n");
        let code = "let a;\nlet b;\nf();\nkey=code-12345678\n";
        put(git.dir(), "code/a.js", code);
        put(git.dir(), "other", "KEY=key-12345678\n");
        let tree = tempfile::tempdir().unwrap();
        put(tree.path(), ".env", "API_TOKEN=earlier-12345\n");
        let setup = TreeSetup {
            copy: vec![".env*".to_owned(), "code/".to_owned()],
            link: vec![RepoPath::new("linked").unwrap()],
            ..TreeSetup::default()
        };
        let redactor = redactor([], &setup, git.dir(), tree.path());
        for secret in ["tok-12345678", "pass-12345678", "earlier-12345"] {
            assert_eq!(redactor.text(secret), "[secret]", "{secret}");
        }
        for plain in ["88888888", "key-12345678", "code-12345678"] {
            assert_eq!(redactor.text(plain), plain);
        }
    }

    #[test]
    fn worktreeinclude_is_read_as_git_reads_ignore_files() {
        let (_dir, git) = repository();
        put(git.dir(), ".gitignore", "*.local\nbuilt/\n");
        for file in [
            "a.local",
            "deep/b.local",
            "deep/c.local",
            "built/x",
            "loose",
            "loose too",
        ] {
            put(git.dir(), file, "x\n");
        }
        let lines =
            "\u{feff}# what a tree needs\r\n*.local\r\n!c.local\r\n\r\n/built/\r\nloose\\ too\r\n";
        put(git.dir(), ".worktreeinclude", lines);
        let setup = TreeSetup {
            copy: vec!["deep/c.*".to_owned()],
            ..TreeSetup::default()
        };
        let wanted = |setup: &TreeSetup| {
            let wanted = Wanted::of(setup, git.dir()).unwrap();
            let mut paths = wanted.paths(git.dir()).unwrap();
            paths.sort();
            let names = paths.into_iter().map(|p| p.display().to_string());
            names.collect::<Vec<_>>()
        };
        let plain = ["a.local", "built/x", "deep/b.local", "loose too"];
        assert_eq!(wanted(&TreeSetup::default()), plain);
        assert!(wanted(&setup).contains(&"deep/c.local".to_owned()));
        let file = git.dir().join(".worktreeinclude");
        std::fs::remove_file(&file).unwrap();
        std::fs::create_dir(&file).unwrap();
        let said = Wanted::of(&setup, git.dir()).unwrap_err();
        assert!(said.contains("no readable file"), "{said}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_text_is_read(text in "[A-C=\"'`\\\\ #\n\r\té\u{feff}-]{0,60}") {
            settings(&text);
        }
    }
}
