//! What lies apart in a checkout that a run works in: files that people and other runs write there
//! whatever this run does, the backlog say. They are no part of what is handed on, and nothing of
//! them is ever put back.

/// Whether a path is one of these, or lies below one that is a folder. So do the passing files that
/// are written beside one of them before they take its place.
pub fn is_apart(path: &str, apart: &[String]) -> bool {
    apart.iter().any(|own| {
        path.strip_prefix(own.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            || is_passing(path, own)
    })
}

/// `harness/.backlog.md.7.1.tmp` beside `harness/backlog.md`.
fn is_passing(path: &str, own: &str) -> bool {
    let parts = |path: &str| match path.rsplit_once('/') {
        Some((folder, name)) => (folder.to_owned(), name.to_owned()),
        None => (String::new(), path.to_owned()),
    };
    let ((folder, name), (beside, of)) = (parts(path), parts(own));
    folder == beside
        && name.strip_prefix('.').is_some_and(|n| n.starts_with(&of))
        && [".tmp", ".swap"].iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_a_folder_and_what_passes_beside_a_file_lie_apart() {
        let apart = ["harness/backlog.md".to_owned(), "harness/tasks".to_owned()];
        for (path, is) in [
            ("harness/backlog.md", true),
            ("harness/backlog.md.bak", false),
            ("harness/.backlog.md.7.1.tmp", true),
            ("harness/tasks/T001-x.md", true),
            ("harness/tasks-of-mine.md", false),
            ("harness/artifacts/a.md", false),
            ("src/harness/backlog.md", false),
        ] {
            assert_eq!(is_apart(path, &apart), is, "{path}");
        }
    }
}
