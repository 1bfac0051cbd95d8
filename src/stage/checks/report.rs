//! What the report of a check tells: which tests failed, and which passed.

use super::{junit, tap};
use crate::engine::plan::ReportFrom;
use crate::store::read_inside;
use crate::terms::RepoPath;
use crate::text::SafeText;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use regex::RegexBuilder;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// How many tests one report may tell of.
pub(super) const MOST_TESTS: usize = 50_000;
/// How long the name of a test may be.
const NAME: usize = 300;
/// How large a report file may be, and all of one check together.
const FILE_BYTES: u64 = 32 * 1024 * 1024;
const ALL_BYTES: usize = 128 * 1024 * 1024;
/// How many report files a check may have, and how many names are looked at for them.
const MOST_FILES: usize = 5_000;
const MOST_NAMES: usize = 200_000;

/// What a report tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reported {
    /// The tests by name.
    Names {
        /// Those that failed.
        failed: BTreeSet<String>,
        /// Those that passed; `None`: this kind of report does not tell.
        passed: Option<BTreeSet<String>>,
    },
    /// Nothing that could be relied on, and why.
    Nothing(String),
}

impl Reported {
    /// Nothing, and why.
    pub(super) fn nothing(why: impl Into<String>) -> Self {
        Self::Nothing(why.into())
    }

    /// Of these names, made fit to be kept and shown.
    pub(super) fn names(
        failed: impl IntoIterator<Item = String>,
        passed: Option<Vec<String>>,
    ) -> Self {
        let clean = |name: String| {
            let mut name = SafeText::line(&name).to_string();
            crate::stage::log::cut(&mut name, NAME);
            name
        };
        let failed: BTreeSet<String> = failed.into_iter().map(clean).collect();
        let passed = passed.map(|p| {
            let passed = p.into_iter().map(clean);
            passed.filter(|name| !failed.contains(name)).collect()
        });
        let passed: Option<BTreeSet<String>> = passed;
        let count = failed.len() + passed.as_ref().map_or(0, BTreeSet::len);
        if count > MOST_TESTS {
            return Self::nothing(format!("its report tells of more than {MOST_TESTS} tests"));
        }
        Self::Names { failed, passed }
    }

    /// The same without secrets.
    pub(super) fn redacted(self, redact: impl Fn(&str) -> String) -> Self {
        let all = |names: BTreeSet<String>| names.iter().map(|n| redact(n)).collect();
        match self {
            Self::Names { failed, passed } => Self::Names {
                failed: all(failed),
                passed: passed.map(all),
            },
            Self::Nothing(why) => Self::Nothing(redact(&why)),
        }
    }
}

/// What a check printed.
pub(super) struct Printed<'a> {
    /// On its standard output.
    pub(super) out: &'a str,
    /// Elsewhere.
    pub(super) err: &'a str,
    /// Whether there was more than is here.
    pub(super) more: bool,
}

/// Which files a report may stand in, as they were before the check ran: one that it did not write
/// is not its report.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Before(BTreeMap<RepoPath, Stamp>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    size: u64,
    changed: (i64, i64),
}

/// Looks at a tree before a check runs in it.
pub(super) fn before(tree: &Path, from: Option<&ReportFrom>) -> Before {
    let Ok(files) = files(tree, from) else {
        return Before::default();
    };
    let stamped = files.into_iter().filter_map(|path| {
        let stamp = stamp(&path.under(tree))?;
        Some((path, stamp))
    });
    Before(stamped.collect())
}

fn stamp(path: &Path) -> Option<Stamp> {
    let meta = std::fs::symlink_metadata(path).ok()?;
    Some(Stamp {
        inode: meta.ino(),
        size: meta.len(),
        changed: (meta.ctime(), meta.ctime_nsec()),
    })
}

/// Reads the report of a check that has ended.
pub(super) fn read(
    tree: &Path,
    from: &ReportFrom,
    before: &Before,
    printed: &Printed<'_>,
) -> Reported {
    let read = match from {
        ReportFrom::Junit(glob) => junit(tree, from, glob, before),
        ReportFrom::TapFile(path) => tap_file(tree, from, path, before),
        _ if printed.more => Err("it printed too much for its report to be read".to_owned()),
        ReportFrom::Tap => Ok(tap::read(printed.out)),
        ReportFrom::Regex(pattern) => by_pattern(pattern, printed),
    };
    read.unwrap_or_else(Reported::Nothing)
}

fn junit(tree: &Path, from: &ReportFrom, glob: &str, before: &Before) -> Result<Reported, String> {
    let written = written(tree, from, before)?;
    if written.is_empty() {
        return Err(format!("it wrote no report ({glob})"));
    }
    let mut told = junit::Told::default();
    let mut bytes = 0;
    for path in written {
        let text = text(tree, &path)?;
        bytes += text.len();
        if bytes > ALL_BYTES {
            return Err("its reports are too large to be read".to_owned());
        }
        junit::read(&text, &mut told).map_err(|why| format!("{path} can't be read: {why}"))?;
    }
    let passed = told.passed.into_iter().collect();
    Ok(Reported::names(told.failed, Some(passed)))
}

fn tap_file(
    tree: &Path,
    from: &ReportFrom,
    path: &str,
    before: &Before,
) -> Result<Reported, String> {
    match written(tree, from, before)?.first() {
        Some(path) => Ok(tap::read(&text(tree, path)?)),
        None => Err(format!("it wrote no report ({path})")),
    }
}

fn by_pattern(pattern: &str, printed: &Printed<'_>) -> Result<Reported, String> {
    let regex = RegexBuilder::new(pattern)
        .size_limit(1024 * 1024)
        .build()
        .map_err(|e| e.to_string())?;
    let mut failed = BTreeSet::new();
    for line in printed.out.lines().chain(printed.err.lines()) {
        let line = SafeText::line(line);
        let found = regex.captures_iter(line.as_str());
        failed.extend(found.filter_map(|c| Some(c.get(1)?.as_str().to_owned())));
    }
    Ok(Reported::names(failed, None))
}

fn text(tree: &Path, path: &RepoPath) -> Result<String, String> {
    let bytes = read_inside(tree, path, FILE_BYTES).map_err(|e| e.to_string())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The report files that the check wrote.
fn written(tree: &Path, from: &ReportFrom, before: &Before) -> Result<Vec<RepoPath>, String> {
    let mut files = files(tree, Some(from))?;
    files.retain(|path| {
        let now = stamp(&path.under(tree));
        now.is_some() && now.as_ref() != before.0.get(path)
    });
    Ok(files)
}

/// The files of a tree that a report's path or glob names, in order.
fn files(tree: &Path, from: Option<&ReportFrom>) -> Result<Vec<RepoPath>, String> {
    let glob = match from {
        Some(ReportFrom::Junit(glob)) => glob,
        Some(ReportFrom::TapFile(path)) => {
            let path = RepoPath::new(path.as_str()).map_err(|e| e.to_string())?;
            return Ok(path
                .under(tree)
                .is_file()
                .then_some(path)
                .into_iter()
                .collect());
        }
        _ => return Ok(Vec::new()),
    };
    let mut builder = GitignoreBuilder::new("/");
    builder.add_line(None, glob).map_err(|e| e.to_string())?;
    let wanted = builder.build().map_err(|e| e.to_string())?;
    let mut walk = Walk {
        tree,
        wanted,
        looked_at: 0,
        found: Vec::new(),
    };
    walk.folder(&literal(glob))?;
    walk.found.sort();
    Ok(walk.found)
}

/// The folders that a glob begins with.
fn literal(glob: &str) -> String {
    let (folders, _) = glob.rsplit_once('/').unwrap_or_default();
    let plain = folders
        .split('/')
        .take_while(|part| !part.is_empty() && !part.contains(['*', '?', '[', '\\']));
    plain.collect::<Vec<_>>().join("/")
}

struct Walk<'a> {
    tree: &'a Path,
    wanted: Gitignore,
    looked_at: usize,
    found: Vec<RepoPath>,
}

impl Walk<'_> {
    /// Looks at a folder and those in it; links are not followed.
    fn folder(&mut self, from: &str) -> Result<(), String> {
        let mut left = vec![from.to_owned()];
        while let Some(folder) = left.pop() {
            for entry in std::fs::read_dir(self.tree.join(&folder))
                .into_iter()
                .flatten()
                .flatten()
            {
                self.looked_at += 1;
                if self.looked_at > MOST_NAMES {
                    return Err("there are too many files to find its reports among".to_owned());
                }
                let (Ok(kind), Ok(name)) = (entry.file_type(), entry.file_name().into_string())
                else {
                    continue;
                };
                let path = match folder.as_str() {
                    "" => name,
                    folder => format!("{folder}/{name}"),
                };
                if kind.is_dir() && path != ".git" {
                    left.push(path);
                } else if kind.is_file()
                    && self
                        .wanted
                        .matched_path_or_any_parents(&path, false)
                        .is_ignore()
                {
                    self.found.extend(RepoPath::new(path));
                }
            }
            if self.found.len() > MOST_FILES {
                return Err(format!("it has more than {MOST_FILES} report files"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::testing::put;

    const NONE: Printed<'_> = Printed {
        out: "",
        err: "",
        more: false,
    };

    fn failed(reported: &Reported) -> Vec<&str> {
        match reported {
            Reported::Names { failed, .. } => failed.iter().map(String::as_str).collect(),
            Reported::Nothing(why) => panic!("{why}"),
        }
    }

    #[test]
    fn only_files_that_the_check_wrote_are_its_report() {
        let dir = tempfile::tempdir().unwrap();
        let from = ReportFrom::Junit("out/**/*.xml".to_owned());
        let one = "<testsuite><testcase name='a'><failure/></testcase></testsuite>";
        put(dir.path(), "out/old.xml", one);
        let stale = before(dir.path(), Some(&from));
        assert_eq!(
            read(dir.path(), &from, &stale, &NONE),
            Reported::nothing("it wrote no report (out/**/*.xml)")
        );
        put(dir.path(), "out/deep/new.xml", &one.replace("'a'", "'b'"));
        put(dir.path(), "elsewhere.xml", one);
        assert_eq!(failed(&read(dir.path(), &from, &stale, &NONE)), ["b"]);
        put(dir.path(), "out/old.xml", one);
        assert_eq!(failed(&read(dir.path(), &from, &stale, &NONE)), ["a", "b"]);
        put(dir.path(), "out/cut.xml", "<testsuite><testcase name='a'>");
        assert!(matches!(
            read(dir.path(), &from, &stale, &NONE),
            Reported::Nothing(_)
        ));
    }

    #[test]
    fn links_lead_nowhere() {
        let dir = tempfile::tempdir().unwrap();
        put(dir.path(), "real/x.xml", "<testsuite/>");
        std::fs::create_dir(dir.path().join("out")).unwrap();
        std::os::unix::fs::symlink(dir.path().join("real/x.xml"), dir.path().join("out/x.xml"))
            .unwrap();
        std::os::unix::fs::symlink(dir.path().join("real"), dir.path().join("out/more")).unwrap();
        let from = ReportFrom::Junit("out/**".to_owned());
        let read = read(dir.path(), &from, &Before::default(), &NONE);
        assert!(matches!(read, Reported::Nothing(_)), "{read:?}");
    }

    #[test]
    fn a_pattern_is_looked_for_in_all_that_was_printed() {
        let printed = Printed {
            out: "ok a\n\u{1b}[31mFAILED b\u{1b}[0m\n",
            err: "FAILED c\n",
            more: false,
        };
        let from = ReportFrom::Regex("^FAILED (.+)$".to_owned());
        let told = read(Path::new("/nowhere"), &from, &Before::default(), &printed);
        assert_eq!(failed(&told), ["b", "c"]);
        let more = Printed {
            more: true,
            ..printed
        };
        let told = read(Path::new("/nowhere"), &from, &Before::default(), &more);
        assert!(matches!(told, Reported::Nothing(_)));
    }

    #[test]
    fn names_are_short_and_safe() {
        let told = Reported::names(["a\u{1b}[2Jb\nc".to_owned(), "x".repeat(9_000)], None);
        let names = failed(&told);
        assert_eq!(names[0], "ab c");
        assert!(names[1].len() < NAME + 20);
    }

    #[test]
    fn a_globs_own_folders_are_where_one_looks() {
        assert_eq!(literal("target/junit/*.xml"), "target/junit");
        assert_eq!(literal("**/x.xml"), "");
        assert_eq!(literal("a/*/c/x.xml"), "a");
        assert_eq!(literal("report.xml"), "");
    }
}
