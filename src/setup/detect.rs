//! How a repository's tests run and what makes a fresh tree build, told from the files in its root.
//!
//! Files are read, nothing is started. What is found is a proposal: it is written into files that
//! a person reads.

use crate::records::hooks::{self, Hook};
use crate::store::inside::read_inside;
use crate::terms::RepoPath;
use std::path::Path;

/// Largest file that is looked into.
const MAX_BYTES: u64 = 4 * 1024 * 1024;
/// How many names of a folder are looked at.
const MAX_NAMES: usize = 10_000;

/// A command, and the file that tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The command, for `sh -c`.
    pub command: String,
    /// The file.
    pub from: String,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// How tests run, the likeliest first.
    pub tests: Vec<Told>,
    /// What makes a fresh tree build, in order.
    pub setup: Vec<Told>,
    /// What is done at each commit, as checks that could be added.
    pub hooks: Vec<Hook>,
    /// What could not be known, each with how to tell it.
    pub notes: Vec<String>,
}

/// Looks at the root of a repository.
pub fn look(root: &Path) -> Found {
    let mut look = Look {
        root,
        found: Found::default(),
    };
    look.cargo();
    look.node();
    look.go();
    look.make();
    look.python();
    look.jvm();
    look.mix();
    look.dotnet();
    look.shell();
    look.hooks();
    look.found
}

/// Looks at a folder of a repository; the commands run from the repository's root.
pub fn look_below(root: &Path, folder: &RepoPath) -> Found {
    let mut found = look(&folder.under(root));
    let quoted = format!("'{}'", folder.as_str().replace('\'', "'\\''"));
    let plain = |c: char| c.is_ascii_alphanumeric() || "./_-".contains(c);
    let place = match folder.as_str() {
        plainly if plainly.chars().all(plain) => plainly,
        _ => &quoted,
    };
    for told in found.tests.iter_mut().chain(&mut found.setup) {
        told.command = format!("cd {place} && {}", told.command);
        told.from = format!("{folder}/{}", told.from);
    }
    found
}

struct Look<'a> {
    root: &'a Path,
    found: Found,
}

impl Look<'_> {
    fn text(&self, name: &str) -> Option<String> {
        let path = RepoPath::new(name).ok()?;
        let bytes = read_inside(self.root, &path, MAX_BYTES).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        // Some editors begin a file with a mark of its encoding, which is no part of the text.
        Some(text.trim_start_matches('\u{feff}').to_owned())
    }

    fn has(&self, name: &str) -> bool {
        self.root.join(name).is_file()
    }

    fn first<'n>(&self, names: &[&'n str]) -> Option<&'n str> {
        names.iter().copied().find(|name| self.has(name))
    }

    fn tests(&mut self, command: &str, from: &str) {
        self.found.tests.push(told(command, from));
    }

    fn setup(&mut self, command: &str, from: &str) {
        self.found.setup.push(told(command, from));
    }

    fn cargo(&mut self) {
        if let Some(text) = self.text("Cargo.toml") {
            let workspace = text.lines().any(|l| l.trim() == "[workspace]");
            let command = if workspace {
                "cargo test --workspace"
            } else {
                "cargo test"
            };
            self.tests(command, "Cargo.toml");
        }
    }

    fn node(&mut self) {
        let Some(text) = self.text("package.json") else {
            return;
        };
        let package: serde_json::Value = match serde_json::from_str(&text) {
            Ok(package) => package,
            Err(error) => {
                self.found.notes.push(format!(
                    "what package.json says: it can't be read ({error})"
                ));
                return;
            }
        };
        let (run, install, from) = self.node_tool(&package);
        if let Some(install) = install {
            self.setup(install, from);
        }
        let script = package["scripts"]["test"].as_str().unwrap_or_default();
        if script.trim().is_empty() || script.contains("no test specified") {
            self.found.notes.push(
                "what tests there are: package.json has no `test` script; add one, or put a \
                 command into `checks:`"
                    .to_owned(),
            );
        } else {
            self.tests(run, "package.json");
        }
    }

    /// How scripts are run, what installs, and the file that tells it.
    fn node_tool(
        &self,
        package: &serde_json::Value,
    ) -> (&'static str, Option<&'static str>, &'static str) {
        if self.has("pnpm-lock.yaml") {
            let install = "pnpm install --frozen-lockfile";
            return ("pnpm test", Some(install), "pnpm-lock.yaml");
        }
        if let Some(lock) = self.text("yarn.lock") {
            let old = lock.lines().take(5).any(|l| l.contains("yarn lockfile v1"));
            let install = if old {
                "yarn install --frozen-lockfile"
            } else {
                "yarn install --immutable"
            };
            return ("yarn test", Some(install), "yarn.lock");
        }
        if let Some(lock) = self.first(&["bun.lock", "bun.lockb"]) {
            let install = "bun install --frozen-lockfile";
            return ("bun run test", Some(install), lock);
        }
        if let Some(lock) = self.first(&["package-lock.json", "npm-shrinkwrap.json"]) {
            return ("npm test", Some("npm ci"), lock);
        }
        let needs = ["dependencies", "devDependencies"]
            .iter()
            .any(|key| package[key].as_object().is_some_and(|d| !d.is_empty()));
        ("npm test", needs.then_some("npm install"), "package.json")
    }

    fn go(&mut self) {
        if self.has("go.mod") {
            self.tests("go test ./...", "go.mod");
        }
    }

    fn make(&mut self) {
        let names = ["GNUmakefile", "makefile", "Makefile"];
        let Some((name, text)) = names.iter().find_map(|n| Some((*n, self.text(n)?))) else {
            return;
        };
        let target = ["test", "check"].into_iter().find(|target| {
            text.lines().any(|line| {
                line.split_once(':').is_some_and(|(names, rest)| {
                    !rest.starts_with('=')
                        && names.split_whitespace().any(|n| n == *target)
                        && !line.starts_with(['\t', '#', '.'])
                })
            })
        });
        if let Some(target) = target {
            self.tests(&format!("make {target}"), name);
        }
    }

    fn python(&mut self) {
        let project = self.text("pyproject.toml").unwrap_or_default();
        let tox = self.has("tox.ini") || project.contains("[tool.tox");
        let pytest = self.has("pytest.ini")
            || self.has("conftest.py")
            || self.has("tests/conftest.py")
            || project.contains("pytest")
            || ["setup.cfg", "requirements-dev.txt", "requirements.txt"]
                .iter()
                .any(|n| self.text(n).is_some_and(|t| t.contains("pytest")));
        let told = [
            "pyproject.toml",
            "requirements.txt",
            "setup.py",
            "setup.cfg",
        ];
        let file = self.first(&told).and_then(|_| self.python_test());
        let pytest = pytest || file.is_some();
        if pytest && self.has("uv.lock") {
            self.setup("uv sync", "uv.lock");
            self.tests("uv run pytest", "uv.lock");
        } else if pytest && self.has("poetry.lock") {
            self.setup("poetry install", "poetry.lock");
            self.tests("poetry run pytest", "poetry.lock");
        } else if tox {
            let from = self.first(&["tox.ini"]).unwrap_or("pyproject.toml");
            self.tests("tox", from);
        } else if pytest {
            let places = [
                "pyproject.toml",
                "pytest.ini",
                "setup.cfg",
                "requirements.txt",
            ];
            let from = match &file {
                Some(file) => file.as_str(),
                None => self.first(&places).unwrap_or("conftest.py"),
            };
            self.tests("python3 -m pytest", from);
            self.found.notes.push(
                "how a fresh tree gets its Python packages: put a command under tree.setup in \
                 harness.yaml"
                    .to_owned(),
            );
        }
    }

    /// A file that pytest would take for tests, from where it looks first.
    fn python_test(&self) -> Option<String> {
        let is_test = |name: &str| {
            let stem = name.strip_suffix(".py");
            stem.is_some_and(|s| s.starts_with("test_") || s.ends_with("_test"))
        };
        ["tests", "test", ""].into_iter().find_map(|folder| {
            let mut names = self.names(folder);
            names.retain(|name| is_test(name));
            let first = names.into_iter().min()?;
            Some(match folder {
                "" => first,
                folder => format!("{folder}/{first}"),
            })
        })
    }

    /// The names in a folder of the repository, in no order.
    fn names(&self, folder: &str) -> Vec<String> {
        let found = std::fs::read_dir(self.root.join(folder));
        let entries = found.into_iter().flatten().flatten();
        entries
            .take(MAX_NAMES)
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect()
    }

    fn jvm(&mut self) {
        if let Some(from) = self.first(&["build.gradle", "build.gradle.kts"]) {
            let wrapped = self.has("gradlew");
            self.tests(
                if wrapped {
                    "./gradlew test"
                } else {
                    "gradle test"
                },
                from,
            );
        }
        if self.has("pom.xml") {
            let wrapped = self.has("mvnw");
            let command = if wrapped {
                "./mvnw -q test"
            } else {
                "mvn -q test"
            };
            self.tests(command, "pom.xml");
        }
    }

    fn mix(&mut self) {
        if self.has("mix.exs") {
            self.setup("mix deps.get", "mix.exs");
            self.tests("mix test", "mix.exs");
        }
    }

    fn dotnet(&mut self) {
        let mut solutions = self.names("");
        solutions.retain(|name| {
            let end = Path::new(name).extension().and_then(|e| e.to_str());
            matches!(end, Some("sln" | "slnx" | "csproj" | "fsproj"))
        });
        solutions.sort();
        if let Some(from) = solutions.first() {
            self.tests("dotnet test", from);
        }
    }

    fn hooks(&mut self) {
        let hooks = hooks::look(self.root);
        self.found.hooks = hooks.offered;
        self.found.notes.extend(hooks.notes);
    }

    fn shell(&mut self) {
        let Some(text) = self.text("tests/run") else {
            return;
        };
        let first = text.lines().next().unwrap_or_default();
        let plain = !first.starts_with("#!")
            || ["/sh", " sh"]
                .iter()
                .any(|end| first.trim_end().ends_with(end));
        let command = if plain { "sh tests/run" } else { "./tests/run" };
        self.tests(command, "tests/run");
    }
}

fn told(command: &str, from: &str) -> Told {
    Told {
        command: command.to_owned(),
        from: from.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::testing::put;

    fn of(files: &[(&str, &str)]) -> (Vec<String>, Vec<String>, usize) {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            put(dir.path(), path, text);
        }
        let found = look(dir.path());
        let commands = |told: Vec<Told>| told.into_iter().map(|t| t.command).collect();
        (
            commands(found.tests),
            commands(found.setup),
            found.notes.len(),
        )
    }

    #[test]
    fn each_kind_of_project_tells_its_tests() {
        type Case<'a> = (&'a [(&'a str, &'a str)], &'a str, Option<&'a str>);
        let script = r#"{"scripts":{"test":"vitest"},"devDependencies":{"vitest":"1"}}"#;
        let cases: &[Case<'_>] = &[
            (&[("Cargo.toml", "[package]\n")], "cargo test", None),
            (
                &[("Cargo.toml", "[workspace]\n")],
                "cargo test --workspace",
                None,
            ),
            (
                &[("package.json", script), ("package-lock.json", "{}")],
                "npm test",
                Some("npm ci"),
            ),
            (&[("package.json", script)], "npm test", Some("npm install")),
            (
                &[("package.json", script), ("pnpm-lock.yaml", "")],
                "pnpm test",
                Some("pnpm install --frozen-lockfile"),
            ),
            (
                &[
                    ("package.json", script),
                    ("yarn.lock", "# yarn lockfile v1\n"),
                ],
                "yarn test",
                Some("yarn install --frozen-lockfile"),
            ),
            (
                &[("package.json", script), ("yarn.lock", "__metadata:\n")],
                "yarn test",
                Some("yarn install --immutable"),
            ),
            (
                &[("package.json", script), ("bun.lock", "")],
                "bun run test",
                Some("bun install --frozen-lockfile"),
            ),
            (&[("go.mod", "module x\n")], "go test ./...", None),
            (
                &[("Makefile", "all: x\ntest check: all\n\tx\n")],
                "make test",
                None,
            ),
            (&[("tox.ini", "")], "tox", None),
            (
                &[("pyproject.toml", "pytest"), ("uv.lock", "")],
                "uv run pytest",
                Some("uv sync"),
            ),
            (
                &[("build.gradle.kts", ""), ("gradlew", "")],
                "./gradlew test",
                None,
            ),
            (&[("pom.xml", "")], "mvn -q test", None),
            (&[("mix.exs", "")], "mix test", Some("mix deps.get")),
            (&[("App.sln", "")], "dotnet test", None),
            (&[("tests/run", "#!/bin/sh\n")], "sh tests/run", None),
            (
                &[("tests/run", "#!/usr/bin/env bash\n")],
                "./tests/run",
                None,
            ),
        ];
        for (files, tests, setup) in cases {
            let (found, before, _) = of(files);
            assert_eq!(found, [*tests], "{files:?}");
            let before: Vec<&str> = before.iter().map(String::as_str).collect();
            assert_eq!(before, setup.as_slice(), "{files:?}");
        }
    }

    #[test]
    fn what_is_no_test_is_not_called_one() {
        let none = r#"{"scripts":{"test":"echo \"Error: no test specified\" && exit 1"}}"#;
        assert_eq!(of(&[("package.json", none)]), (vec![], vec![], 1));
        assert_eq!(of(&[("package.json", "{")]), (vec![], vec![], 1));
        let variable = "test := 1\n.PHONY: test\n\ttest: x\n";
        assert_eq!(of(&[("Makefile", variable)]), (vec![], vec![], 0));
        assert_eq!(of(&[]), (vec![], vec![], 0));
    }

    #[test]
    fn python_tests_are_known_by_their_files_in_a_python_project() {
        let project = [("requirements.txt", "flask\n"), ("tests/test_x.py", "")];
        assert_eq!(of(&project).0, ["python3 -m pytest"]);
        let own = [("pyproject.toml", "[project]\n"), ("x_test.py", "")];
        assert_eq!(of(&own).0, ["python3 -m pytest"]);
        let none: [&[(&str, &str)]; 2] = [
            &[("requirements.txt", "flask\n"), ("tests/helper.py", "")],
            &[("tests/test_x.py", "")],
        ];
        for files in none {
            assert!(of(files).0.is_empty(), "{files:?}");
        }
    }

    #[test]
    fn a_mark_at_the_beginning_of_a_file_is_no_part_of_it() {
        let marked = "\u{feff}{\"scripts\":{\"test\":\"node --test\"}}";
        assert_eq!(of(&[("package.json", marked)]).0, ["npm test"]);
    }

    #[test]
    fn several_are_all_named_in_order_of_likelihood() {
        let (tests, _, _) = of(&[("Cargo.toml", ""), ("Makefile", "test:\n"), ("go.mod", "")]);
        assert_eq!(tests, ["cargo test", "go test ./...", "make test"]);
    }
}
