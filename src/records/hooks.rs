//! What a repository has done at each commit: hooks of pre-commit, husky, lefthook and plain ones.
//! Hand-offs run none of them, so they are offered as checks.
//!
//! Law: files are read, nothing is started, and git's configuration is only looked at.

use super::harness::Harness;
use crate::store::fs::{Disk, Fs};
use crate::store::inside::read_inside;
use crate::terms::{Finding, Place, RepoPath};
use std::path::{Path, PathBuf};

/// The code of the advice that names a hook nothing checks.
pub const HOOK: &str = "checks/hook";
/// The code of the advice on a baseline that can't tell new failures from old ones.
pub const BASELINE: &str = "checks/baseline";

/// Largest file that is looked into.
const MAX_BYTES: u64 = 1024 * 1024;

/// The names that lefthook's settings go by.
const LEFTHOOK: [&str; 10] = [
    "lefthook.yml",
    "lefthook.yaml",
    "lefthook.toml",
    "lefthook.json",
    ".lefthook.yml",
    ".lefthook.yaml",
    ".lefthook.toml",
    ".lefthook.json",
    ".config/lefthook.yml",
    ".config/lefthook.yaml",
];

/// Words of a script that are more than commands one after the other.
const CONTROL: [&str; 14] = [
    "if ",
    "for ",
    "while ",
    "case ",
    "function ",
    "until ",
    "<<",
    "$1",
    "$@",
    "$*",
    "$0",
    "exit",
    "\\",
    "{",
];

/// A hook as a check would do its work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// The command, for `sh -c` in a clean tree whose changes are all committed.
    pub command: String,
    /// The file that tells it.
    pub from: String,
    /// What a workflow that checks it already would speak of.
    pub word: String,
}

impl Hook {
    /// The row of `checks:` that has it done.
    pub fn row(&self) -> String {
        let command = serde_json::Value::from(self.command.as_str());
        format!("{{ run: {command}, timeout: 10m }}")
    }
}

/// The hooks of a repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hooks {
    /// Those that can be checks.
    pub offered: Vec<Hook>,
    /// Those that can't, each with the reason.
    pub notes: Vec<String>,
}

/// Looks for hooks.
pub fn look(root: &Path) -> Hooks {
    let mut found = Hooks::default();
    if is_there(root, ".pre-commit-config.yaml") {
        found.offered.push(Hook {
            command: "pre-commit run --from-ref \"$HARNESS_BASE\" --to-ref HEAD".to_owned(),
            from: ".pre-commit-config.yaml".to_owned(),
            word: "pre-commit run".to_owned(),
        });
    }
    for name in LEFTHOOK {
        if text(root, name).is_some_and(|text| text.contains("pre-commit")) {
            found.offered.push(Hook {
                command: "lefthook run pre-commit --all-files".to_owned(),
                from: name.to_owned(),
                word: "lefthook".to_owned(),
            });
            break;
        }
    }
    if let Some(script) = text(root, ".husky/pre-commit") {
        husky(&script, &mut found);
    }
    if found == Hooks::default() {
        plain(root, &mut found);
    }
    found
}

/// Husky's script: its commands, for what it sources is made by `npm install` alone.
fn husky(script: &str, found: &mut Hooks) {
    let from = ".husky/pre-commit";
    let lines: Vec<&str> = script
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty() && !l.starts_with('#') && !l.contains("husky.sh"))
        .collect();
    if lines.is_empty() {
        return;
    }
    let simple = |line: &str| !CONTROL.iter().any(|word| line.contains(word));
    if !lines.iter().all(|line| simple(line)) {
        found.notes.push(format!(
            "how {from} would be a check: it is more than commands one after the other; put what \
             it does into `checks:` of Build"
        ));
        return;
    }
    let commands: Vec<String> = lines.iter().map(|line| without_index(line)).collect();
    found.offered.push(Hook {
        command: format!(
            "PATH=\"$PWD/node_modules/.bin:$PATH\"; {}",
            commands.join(" && ")
        ),
        from: from.to_owned(),
        word: lines[0].to_owned(),
    });
}

/// A command of lint-staged looks at what is staged; in a clean tree that is nothing.
fn without_index(line: &str) -> String {
    if line.contains("--diff") {
        return line.to_owned();
    }
    let by_commit = "lint-staged --diff=\"$HARNESS_BASE...HEAD\"";
    line.replacen("lint-staged", by_commit, 1)
}

/// A hook in git's own folder, or in the one that its configuration names.
fn plain(root: &Path, found: &mut Hooks) {
    let Some(common) = common_dir(root) else {
        return;
    };
    let configured = hooks_path(&common.join("config"));
    let folder = configured
        .as_ref()
        .map_or_else(|| common.join("hooks"), |path| root.join(path));
    let Some(script) = read(&folder.join("pre-commit")) else {
        return;
    };
    let from = configured.map_or_else(
        || ".git/hooks/pre-commit".to_owned(),
        |path| format!("{path}/pre-commit"),
    );
    let staged = ["--cached", "--staged", "diff-index"];
    if staged.iter().any(|word| script.contains(word)) {
        found.notes.push(format!(
            "how {from} would be a check: it looks at what is staged, which in a clean tree is \
             nothing; put what it does into `checks:` of Build"
        ));
        return;
    }
    found.offered.push(Hook {
        command: "\"$(git rev-parse --git-path hooks/pre-commit)\"".to_owned(),
        word: "hooks/pre-commit".to_owned(),
        from,
    });
}

/// The git folder that all working trees share.
fn common_dir(root: &Path) -> Option<PathBuf> {
    let dot = root.join(".git");
    if dot.is_dir() {
        return Some(dot);
    }
    let own = read(&dot)?;
    let own = root.join(own.strip_prefix("gitdir: ")?.trim_end());
    match read(&own.join("commondir")) {
        Some(common) => Some(own.join(common.trim_end())),
        None => Some(own),
    }
}

/// `core.hooksPath` of a repository's own configuration.
fn hooks_path(config: &Path) -> Option<String> {
    let text = read(config)?;
    let mut in_core = false;
    let mut found = None;
    for line in text.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            in_core = section.to_ascii_lowercase().starts_with("core]");
        } else if in_core
            && let Some((name, value)) = line.split_once('=')
            && name.trim().eq_ignore_ascii_case("hookspath")
        {
            let value = value.trim().trim_matches('"').trim_end_matches('/');
            found = Some(value.to_owned());
        }
    }
    found.filter(|path| !path.is_empty())
}

fn is_there(root: &Path, name: &str) -> bool {
    root.join(name).is_file()
}

fn text(root: &Path, name: &str) -> Option<String> {
    let path = RepoPath::new(name).ok()?;
    let bytes = read_inside(root, &path, MAX_BYTES).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn read(path: &Path) -> Option<String> {
    let plain = path.is_file();
    let bytes = plain.then(|| Disk.read(path, MAX_BYTES).ok()).flatten()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Advice on hooks that no workflow of the repository speaks of, and on baselines without a report.
pub fn advice(home: &Path, harness: &Harness) -> Vec<Finding> {
    let own: Vec<_> = harness
        .files
        .values()
        .filter_map(|file| Some((file.path.as_ref()?, file)))
        .collect();
    let mut found = Vec::new();
    if let Some((path, _)) = own
        .iter()
        .find(|(_, f)| f.text.contains("checks:"))
        .or(own.first())
    {
        for hook in look(home).offered {
            if own.iter().any(|(_, f)| f.text.contains(&hook.word)) {
                continue;
            }
            let text = format!(
                "{} does its work at your commits, not at hand-offs, and no check does it",
                hook.from
            );
            let remedy = format!("add to checks: of Build: - {}", hook.row());
            let place = Place::file(path.as_str());
            found.push(Finding::new(HOOK, text).at(place).remedy(remedy));
        }
    }
    for (path, file) in &own {
        let stages = file.workflow.iter().flat_map(|w| &w.stages);
        for check in stages.flat_map(|s| &s.checks) {
            if check.baseline && check.report.is_none() {
                let text = "a baseline without a report can't tell new failures from old ones: \
                            where the base is red, the check fails";
                let remedy = "add report: tap, { junit: … } or { regex: … }";
                let place = check.command.span.in_file(path.as_str());
                found.push(Finding::new(BASELINE, text).at(place).remedy(remedy));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::testing::{put, repository};

    fn of(files: &[(&str, &str)]) -> (Vec<String>, usize) {
        let (_dir, git) = repository();
        for (path, text) in files {
            put(git.dir(), path, text);
        }
        let found = look(git.dir());
        let commands = found.offered.into_iter().map(|h| h.command).collect();
        (commands, found.notes.len())
    }

    #[test]
    fn each_kind_of_hook_is_offered_in_a_form_for_a_clean_tree() {
        let by_commit = "pre-commit run --from-ref \"$HARNESS_BASE\" --to-ref HEAD";
        let own = "\"$(git rev-parse --git-path hooks/pre-commit)\"";
        let path = "PATH=\"$PWD/node_modules/.bin:$PATH\"; ";
        for (files, command) in [
            (
                vec![(".pre-commit-config.yaml", "repos: []\n")],
                by_commit.to_owned(),
            ),
            (
                vec![("lefthook.yml", "pre-commit:\n  commands: {}\n")],
                "lefthook run pre-commit --all-files".to_owned(),
            ),
            (
                vec![(
                    ".husky/pre-commit",
                    "#!/bin/sh\n. \"$(dirname \"$0\")/_/husky.sh\"\n\nnpm run lint\nnpm test\n",
                )],
                format!("{path}npm run lint && npm test"),
            ),
            (
                vec![(".husky/pre-commit", "npx lint-staged\n")],
                format!("{path}npx lint-staged --diff=\"$HARNESS_BASE...HEAD\""),
            ),
            (
                vec![(".git/hooks/pre-commit", "#!/bin/sh\nmake lint\n")],
                own.to_owned(),
            ),
            (
                vec![
                    (".git/config", "[core]\n\thooksPath = tools/hooks/\n"),
                    ("tools/hooks/pre-commit", "#!/bin/sh\nmake lint\n"),
                ],
                own.to_owned(),
            ),
        ] {
            assert_eq!(of(&files), (vec![command], 0), "{files:?}");
        }
    }

    #[test]
    fn what_can_be_no_check_is_said_and_what_is_none_is_not_offered() {
        let staged = "#!/bin/sh\ngit diff --cached --name-only | xargs lint\n";
        assert_eq!(of(&[(".git/hooks/pre-commit", staged)]), (vec![], 1));
        let branches = "if test -n x; then\n  npm test\nfi\n";
        assert_eq!(of(&[(".husky/pre-commit", branches)]), (vec![], 1));
        let none = [
            (".git/hooks/pre-commit.sample", "#!/bin/sh\nexit 1\n"),
            ("lefthook.yml", "pre-push:\n"),
            (".husky/pre-commit", "# nothing yet\n"),
        ];
        assert_eq!(of(&none), (vec![], 0));
    }

    #[test]
    fn a_row_is_yaml_that_holds_the_command() {
        let hook = Hook {
            command: "a \"b\" $C".to_owned(),
            from: String::new(),
            word: String::new(),
        };
        let text = format!(
            "stages:\n  - {{ id: a, role: r, checks: [{}] }}\n",
            hook.row()
        );
        let (workflow, faults) = crate::documents::workflow::parse("w.yaml", &text);
        assert_eq!(faults, []);
        let check = &workflow.unwrap().stages[0].checks[0];
        let line = crate::documents::settings::RunDef::Shell("a \"b\" $C".to_owned());
        assert_eq!(check.command.run, line);
    }
}
