//! Dependencies that a change adds, by the manifests of the common languages.

use super::Notice;
use crate::git::Git;
use crate::git::diff::{DiffEntry, How};
use crate::terms::Oid;
use std::collections::BTreeSet;

/// Files that fix versions.
const LOCKS: [&str; 12] = [
    "Cargo.lock",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "poetry.lock",
    "uv.lock",
    "Pipfile.lock",
    "Gemfile.lock",
    "composer.lock",
    "go.sum",
];

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether a file fixes versions.
pub(super) fn is_lock(path: &str) -> bool {
    LOCKS.contains(&name_of(path))
}

/// The dependencies that a file names after the change and not before it.
pub(super) fn added(git: &Git, base: &Oid, head: &Oid, file: &DiffEntry) -> Vec<Notice> {
    let Some(read) = reader(name_of(&file.path)) else {
        return Vec::new();
    };
    if file.how == How::Deleted {
        return Vec::new();
    }
    let at = |commit| {
        let bytes = git.file_at(commit, &file.path).ok().flatten();
        read(&String::from_utf8_lossy(&bytes.unwrap_or_default()))
    };
    let (before, after) = (at(base), at(head));
    let new = after.difference(&before);
    new.map(|name| Notice::Dependency {
        name: name.clone(),
        file: file.path.clone(),
    })
    .collect()
}

/// Whether a file's name has this ending.
pub(super) fn ends_in(name: &str, ending: &str) -> bool {
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    end.eq_ignore_ascii_case(ending)
}

type Names = BTreeSet<String>;

/// How the dependencies of a file of this name are read; `None`: it names none that are known.
fn reader(name: &str) -> Option<fn(&str) -> Names> {
    Some(match name {
        "package.json" | "composer.json" => json,
        "Cargo.toml" | "pyproject.toml" | "Pipfile" => toml,
        "go.mod" => go,
        "Gemfile" => gems,
        _ if name.starts_with("requirements") && ends_in(name, "txt") => requirements,
        _ => return None,
    })
}

fn json(text: &str) -> Names {
    const KEYS: [&str; 6] = [
        "dependencies",
        "devDependencies",
        "peerDependencies",
        "optionalDependencies",
        "require",
        "require-dev",
    ];
    let Ok(value) = serde_json::from_str::<serde_json::Value>(text) else {
        return Names::new();
    };
    let objects = KEYS.iter().filter_map(|key| value.get(key)?.as_object());
    objects.flat_map(|o| o.keys().cloned()).collect()
}

/// The keys of every table whose name ends in `dependencies`, and the strings of lists that do.
fn toml(text: &str) -> Names {
    let mut names = Names::new();
    let (mut table, mut list) = (false, false);
    for line in text.lines() {
        let line = line.split(" #").next().unwrap_or(line).trim();
        if let Some(head) = line.strip_prefix('[').filter(|_| !list) {
            let head = head.trim_matches(['[', ']']);
            table = ["dependencies", "packages"]
                .iter()
                .any(|e| head.ends_with(e));
            if let Some((before, name)) = head.rsplit_once('.')
                && before.ends_with("dependencies")
            {
                names.insert(bare(name));
            }
            continue;
        }
        let value = line.split_once('=').filter(|_| !list);
        let begins = value.is_some_and(|(key, value)| {
            value.trim_start().starts_with('[') && (table || key.trim().ends_with("dependencies"))
        });
        if list || begins {
            let quoted = line.split(['"', '\'']).skip(1).step_by(2);
            names.extend(quoted.map(requirement).filter(|n| !n.is_empty()));
            list = !line.ends_with(']');
        } else if let (true, Some((key, _))) = (table, value) {
            names.insert(bare(key.split('.').next().unwrap_or(key)));
        }
    }
    names
}

fn bare(key: &str) -> String {
    key.trim().trim_matches(['"', '\'']).to_owned()
}

/// The name that a Python requirement begins with.
fn requirement(text: &str) -> String {
    let is_name = |c: char| c.is_alphanumeric() || ['-', '_', '.'].contains(&c);
    text.trim().chars().take_while(|c| is_name(*c)).collect()
}

fn requirements(text: &str) -> Names {
    let lines = text.lines().map(str::trim);
    let named = lines.filter(|l| !l.starts_with(['#', '-']));
    named.map(requirement).filter(|n| !n.is_empty()).collect()
}

fn go(text: &str) -> Names {
    let mut inside = false;
    let mut names = Names::new();
    for line in text.lines().map(str::trim) {
        let required = match line.strip_prefix("require") {
            Some(rest) if rest.trim() == "(" => {
                inside = true;
                continue;
            }
            Some(rest) => Some(rest),
            None if line == ")" => {
                inside = false;
                continue;
            }
            None => Some(line).filter(|_| inside),
        };
        names.extend(
            required
                .and_then(|r| r.split_whitespace().next())
                .map(str::to_owned),
        );
    }
    names
}

fn gems(text: &str) -> Names {
    let lines = text.lines().filter_map(|l| l.trim().strip_prefix("gem "));
    lines
        .filter_map(|l| l.split(['"', '\'']).nth(1))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> Vec<String> {
        reader(name).unwrap()(text).into_iter().collect()
    }

    #[test]
    fn each_manifest_is_read_in_its_own_way() {
        let cargo = "[package]\nname = \"x\"\n[dependencies]\na = \"1\" # b = 2\n\
                     c = { version = \"1\" }\n[dev-dependencies.d]\nversion = \"1\"\n\
                     [target.'cfg(unix)'.dependencies]\ne.workspace = true\n";
        assert_eq!(read("Cargo.toml", cargo), ["a", "c", "d", "e"]);
        let python = "[project]\nname = \"x\"\ndependencies = [\n  \"a>=1\",\n  'b[z]',\n]\n\
                      [project.optional-dependencies]\ndev = [\"c\"]\n";
        assert_eq!(read("pyproject.toml", python), ["a", "b", "c"]);
        let npm = r#"{"name":"x","dependencies":{"a":"1"},"devDependencies":{"b":"1"}}"#;
        assert_eq!(read("package.json", npm), ["a", "b"]);
        let go = "module m\nrequire x.org/a v1\nrequire (\n\tx.org/b v1 // indirect\n)\n";
        assert_eq!(read("go.mod", go), ["x.org/a", "x.org/b"]);
        assert_eq!(read("Gemfile", "source 's'\ngem \"a\", '~> 1'\n"), ["a"]);
        let pip = "# none\n-r other.txt\na==1\nb [x] ; y\n";
        assert_eq!(read("requirements-dev.txt", pip), ["a", "b"]);
        assert!(read("package.json", "{ broken").is_empty());
    }
}
