//! What a call would make of a file that is there: its own protocol tells the new content alone.

use crate::agents::cut;
use crate::agents::talk::Permission;
use std::path::Path;

/// The longest file that is compared, in bytes, and the longest diff.
const FILE: u64 = 256 * 1024;
const DIFF: usize = 64 * 1024;

/// Where a permission's diff makes a file out of nothing and that file is there, tells what would
/// change in it instead.
pub(super) fn compare(permission: &mut Permission, tree: &Path) {
    let against = |diff: &String| {
        let (path, new) = made_of_nothing(diff)?;
        let old = content(&tree.join(path))?;
        let diff = similar::TextDiff::from_lines(&old, &new);
        let text = diff.unified_diff().header(path, path).to_string();
        Some(cut(&text, DIFF))
    };
    if let Some(diff) = permission.diff.as_ref().and_then(against) {
        permission.diff = Some(diff);
    }
}

/// The path and the whole content of a diff that makes a file out of nothing; `None` where it is
/// another or not whole.
fn made_of_nothing(diff: &str) -> Option<(&str, String)> {
    let (path, rest) = diff.strip_prefix("--- /dev/null\n+++ ")?.split_once('\n')?;
    let mut new = String::new();
    for line in rest.split_inclusive('\n') {
        match line.as_bytes().first()? {
            b'@' => {}
            b'+' => new.push_str(&line[1..]),
            // "\ No newline at end of file".
            b'\\' => {
                new.pop();
            }
            _ => return None,
        }
    }
    (!new.ends_with('…')).then_some((path, new))
}

/// A plain text file's content, where it is not too long to compare.
fn content(path: &Path) -> Option<String> {
    let meta = std::fs::symlink_metadata(path).ok()?;
    if !meta.is_file() || meta.len() > FILE {
        return None;
    }
    std::fs::read_to_string(path).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(old: Option<&str>, new: &str) -> String {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.txt");
        if let Some(old) = old {
            crate::store::replace(&crate::store::Disk, &path, old.as_bytes()).unwrap();
        }
        let name = path.display().to_string();
        let diff = similar::TextDiff::from_lines("", new);
        let mut permission = Permission {
            id: "1".to_owned(),
            tool: "Write".to_owned(),
            title: name.clone(),
            diff: Some(diff.unified_diff().header("/dev/null", &name).to_string()),
        };
        compare(&mut permission, Path::new("/"));
        permission.diff.unwrap().replace(&name, "a.txt")
    }

    #[test]
    fn a_file_that_is_there_is_compared_and_a_new_one_stays_new() {
        let told = compared(Some("one\ntwo\n"), "one\n2\n");
        assert_eq!(
            told,
            "--- a.txt\n+++ a.txt\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n"
        );
        let told = compared(Some("one\n"), "one\ntwo");
        assert!(told.contains(" one\n+two\n\\ No newline"), "{told}");
        let told = compared(None, "one\n");
        assert!(told.starts_with("--- /dev/null\n+++ a.txt\n"), "{told}");
    }

    #[test]
    fn a_diff_that_is_not_whole_stays_as_it_is() {
        let long = format!("{}\n", "x".repeat(1000)).repeat(100);
        let diff = similar::TextDiff::from_lines("", &long);
        let diff = diff.unified_diff().header("/dev/null", "a").to_string();
        assert!(made_of_nothing(&cut(&diff, DIFF)).is_none());
        assert!(made_of_nothing("--- a\n+++ a\n@@ -1 +1 @@\n-a\n+b\n").is_none());
        assert_eq!(made_of_nothing(&diff), Some(("a", long)));
    }
}
