//! The product's own workflows, roles, templates and settings: what `init` writes, and what serves
//! where a repository has none of its own.

use super::project::HARNESS;

/// One file of the product's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltIn {
    /// Its name, without an ending: `build`.
    pub name: &'static str,
    /// Its path below the harness folder: `roles/build.md`.
    pub path: &'static str,
    /// Its text.
    pub text: &'static str,
}

macro_rules! files {
    ($folder:literal, $end:literal: $($name:literal),* $(,)?) => {
        &[$(BuiltIn {
            name: $name,
            path: concat!($folder, "/", $name, $end),
            text: include_str!(concat!("../../builtin/", $folder, "/", $name, $end)),
        }),*]
    };
}

/// The settings of a project that has none.
pub const SETTINGS: BuiltIn = BuiltIn {
    name: "harness",
    path: "harness.yaml",
    text: include_str!("../../builtin/harness.yaml"),
};

/// The settings of one machine, beside those of the project; the product brings none.
pub const LOCAL_SETTINGS: &str = "harness.local.yaml";

/// The workflows.
pub const WORKFLOWS: &[BuiltIn] =
    files!("workflows", ".yaml": "feature", "fix-issue", "quick-review");

/// The roles.
pub const ROLES: &[BuiltIn] = files!("roles", ".md":
    "author", "build", "critic", "diagnose", "feature-design", "fix", "po-spec", "qa", "tech-lead");

/// The templates.
pub const TEMPLATES: &[BuiltIn] = files!("templates", ".md":
    "design-note", "diagnosis", "feature-spec", "implementation-plan", "qa-review", "review-notes",
    "task");

/// The folder under which a file of the product's own is named, where it serves in place of one
/// that the repository lacks.
pub const FOLDER: &str = "built-in";

/// A text of the product's own for a harness folder that is called otherwise, or lies deeper: the
/// places it names are in that one.
pub fn placed(text: &str, harness: &str) -> String {
    if harness == HARNESS {
        return text.to_owned();
    }
    text.replace("\"harness/artifacts/", &format!("\"{harness}/artifacts/"))
        .replace("\"!harness/**\"", &format!("\"!{harness}/**\""))
}

/// A workflow's text with its checks: the line `checks: []` of the stages that change code holds
/// this command. Where none is known that line stays, and the loop that waits for checks is only a
/// comment, because without checks there is nothing that it could wait for.
pub fn with_checks(text: &str, command: Option<&str>) -> String {
    let mut out = String::with_capacity(text.len() + 80);
    for line in text.split_inclusive('\n') {
        let body = line.trim_start();
        let indent = &line[..line.len() - body.len()];
        match command {
            Some(command) if body.trim_end() == "checks: []" => {
                let quoted = serde_json::Value::from(command);
                out.push_str(&format!(
                    "{indent}checks: [{{ run: {quoted}, timeout: 10m }}]\n"
                ));
            }
            None if body.starts_with("loop: { until: checks,") => {
                out.push_str(&format!("{indent}# With checks: {body}"));
            }
            _ => out.push_str(line),
        }
    }
    out
}

/// A workflow's text with these rows offered, each with where it comes from, above the checks of the
/// stages that change code. They are comments: whether they count is a person's to say.
pub fn with_offers(text: &str, rows: &[(String, String)]) -> String {
    let mut out = String::with_capacity(text.len() + 200);
    for line in text.split_inclusive('\n') {
        let body = line.trim_start();
        let indent = &line[..line.len() - body.len()];
        if body.starts_with("checks: [") {
            for (from, row) in rows {
                // In one line, whatever is in it: a break would end the comment.
                let [from, row] = [from, row]
                    .map(|text| crate::documents::powers::visible(text).replace(['\n', '\t'], " "));
                out.push_str(&format!(
                    "{indent}# Hand-offs run no hooks. What {from} would do, to be added to the list:\n{indent}#   {row}\n"
                ));
            }
        }
        out.push_str(line);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_here() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("builtin");
        let mut there = vec!["harness.yaml".to_owned()];
        for folder in ["roles", "templates", "workflows"] {
            for entry in std::fs::read_dir(root.join(folder)).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                there.push(format!("{folder}/{name}"));
            }
        }
        there.sort();
        let mut here: Vec<&str> = [WORKFLOWS, ROLES, TEMPLATES, &[SETTINGS]]
            .concat()
            .iter()
            .map(|f| f.path)
            .collect();
        here.sort_unstable();
        assert_eq!(here, there);
    }

    #[test]
    fn checks_take_the_place_of_the_empty_list_and_nothing_else_changes() {
        for own in WORKFLOWS {
            let with = with_checks(own.text, Some("sh \"a b\""));
            let added = with.matches("checks: [{ run: \"sh \\\"a b\\\"\", timeout: 10m }]");
            assert_eq!(
                added.count(),
                own.text.matches("    checks: []\n").count(),
                "{}",
                own.name
            );
            assert_eq!(with.lines().count(), own.text.lines().count());
            let rows = [("x".to_owned(), "{ run: y }".to_owned())];
            let offered = with_offers(&with, &rows);
            let added = offered.lines().count() - with.lines().count();
            assert_eq!(added, 2 * own.text.matches("    checks: []\n").count());
            assert!(
                offered
                    .lines()
                    .all(|l| l.contains("# ") || with.contains(l))
            );
            let without = with_checks(own.text, None);
            let loops = own.text.matches("    loop: {").count();
            assert_eq!(without.matches("# With checks: loop: {").count(), loops);
        }
    }
}
