//! Tests that a change takes away.

use super::Notice;

/// How a test begins in the languages that are known.
const BEGINS: [&str; 10] = [
    "#[test]",
    "#[tokio::test",
    "#[rstest",
    "it(",
    "it.each",
    "test(",
    "test.each",
    "def test_",
    "func Test",
    "@Test",
];

/// Whether a path is that of a file of tests.
pub(super) fn is_test(path: &str) -> bool {
    let mut parts: Vec<&str> = path.split('/').collect();
    let name = parts.pop().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or(name);
    let folders = ["test", "tests", "__tests__", "spec", "specs", "e2e"];
    parts.iter().any(|p| folders.contains(p))
        || name.contains(".test.")
        || name.contains(".spec.")
        || stem.starts_with("test_")
        || ["_test", "_spec", "Test"]
            .iter()
            .any(|end| stem.ends_with(end))
}

/// The files of a patch that hold fewer tests after it; those that are gone are told otherwise.
pub(super) fn of(patch: &str) -> Vec<Notice> {
    let mut found = Vec::new();
    let (mut file, mut went, mut came) = (None, 0_usize, 0);
    let mut inside = false;
    for line in patch.lines().chain(["diff --git"]) {
        if line.starts_with("diff --git") {
            if let Some(file) = file.take()
                && went > came
            {
                let fewer = went - came;
                found.push(Notice::FewerTests { fewer, file });
            }
            (went, came, inside) = (0, 0, false);
        } else if line.starts_with("@@") {
            inside = true;
        } else if inside {
            let begins = |text: &str| BEGINS.iter().any(|b| text.trim_start().starts_with(b));
            went += usize::from(line.strip_prefix('-').is_some_and(begins));
            came += usize::from(line.strip_prefix('+').is_some_and(begins));
        } else if let Some(path) = line.strip_prefix("+++ b/") {
            file = Some(path.trim_end_matches('\t').to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_tests_are_known_by_their_names() {
        for path in [
            "tests/a.rs",
            "a/x.test.ts",
            "test_a.py",
            "a_test.go",
            "src/ATest.java",
        ] {
            assert!(is_test(path), "{path}");
        }
        assert!(!is_test("src/attestation.rs") && !is_test("contest.py"));
    }

    #[test]
    fn moved_tests_are_not_gone_and_removed_ones_are() {
        let moved =
            "diff --git a/a.ts b/a.ts\n--- a/a.ts\n+++ b/a.ts\n@@ -1 +1 @@\n-it('a')\n+it('b')\n";
        assert!(of(moved).is_empty());
        let gone = moved.replace("+it('b')\n", "+// it\n");
        assert_eq!(
            of(&gone),
            [Notice::FewerTests {
                fewer: 1,
                file: "a.ts".to_owned()
            }]
        );
        let deleted = gone.replace("+++ b/a.ts", "+++ /dev/null");
        assert!(of(&deleted).is_empty());
    }
}
