//! How a task's file is named: `T014-slug.md`.

use crate::terms::TaskId;

/// What a search for a task's file found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// No file has this id.
    None,
    /// One has.
    One(String),
    /// Several have; nobody guesses between them.
    Many(Vec<String>),
}

/// The names (with or without folders) that are files of this task. Ids are compared whole: `T1`
/// is not `T10`, nor `T01`.
pub fn find_task(names: &[String], id: &TaskId) -> Found {
    let mut found: Vec<String> = names
        .iter()
        .filter(|name| task_id_of(name).as_ref() == Some(id))
        .cloned()
        .collect();
    found.sort();
    found.dedup();
    match found.len() {
        0 => Found::None,
        1 => Found::One(found.remove(0)),
        _ => Found::Many(found),
    }
}

/// The task a file name belongs to.
pub fn task_id_of(name: &str) -> Option<TaskId> {
    parts(name).map(|(id, _)| id)
}

/// The slug in a file name; empty for `T014.md`.
pub fn slug_of(name: &str) -> Option<&str> {
    parts(name).map(|(_, slug)| slug)
}

fn parts(name: &str) -> Option<(TaskId, &str)> {
    let name = name.rsplit('/').next().unwrap_or(name);
    let dot = name.rfind('.')?;
    let (stem, extension) = name.split_at(dot);
    if !extension.eq_ignore_ascii_case(".md") {
        return None;
    }
    let (id, slug) = stem.split_once('-').unwrap_or((stem, ""));
    let id = TaskId::new(id.to_ascii_uppercase()).ok()?;
    Some((id, slug))
}

/// The file name of a task: its id and a slug of its title.
pub fn file_name(id: &TaskId, title: &str) -> String {
    match slugify(title) {
        slug if slug.is_empty() => format!("{id}.md"),
        slug => format!("{id}-{slug}.md"),
    }
}

/// A title in lower-case words joined by dashes, at most 48 characters, whole words where it can.
pub fn slugify(title: &str) -> String {
    let mut slug = String::new();
    let lower = title.to_lowercase();
    for word in lower.split(|c: char| !c.is_ascii_alphanumeric()) {
        if word.is_empty() {
            continue;
        }
        if slug.is_empty() {
            slug.push_str(&word[..word.len().min(48)]);
        } else if slug.len() + 1 + word.len() <= 48 {
            slug.push('-');
            slug.push_str(word);
        } else {
            break;
        }
    }
    slug
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_match_whole_and_duplicates_are_reported() {
        let names: Vec<String> = [
            "T001-a.md",
            "T0010-b.md",
            "tasks/T001-B.MD",
            "T009-Image.md",
            "T001-x.txt",
            "notes.md",
            "T002.md",
        ]
        .map(String::from)
        .into();
        let find = |id: &str| find_task(&names, &TaskId::new(id).unwrap());
        assert_eq!(find("T009"), Found::One("T009-Image.md".into()));
        assert_eq!(find("T002"), Found::One("T002.md".into()));
        assert_eq!(find("T00"), Found::None);
        assert_eq!(
            find("T001"),
            Found::Many(vec!["T001-a.md".into(), "tasks/T001-B.MD".into()])
        );
        assert_eq!(slug_of("T009-Image-box.md"), Some("Image-box"));
    }

    #[test]
    fn slugs_are_short_and_plain() {
        assert_eq!(
            slugify("Fix: the *flaky* Login — now!"),
            "fix-the-flaky-login-now"
        );
        assert!(slugify(&"word ".repeat(40)).len() <= 48);
        assert!(slugify(&"x".repeat(400)).len() <= 48);
        assert_eq!(file_name(&TaskId::new("T7").unwrap(), "日本"), "T7.md");
    }
}
