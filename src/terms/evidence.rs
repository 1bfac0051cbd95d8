//! Evidence: what an attempt leaves behind that others judge by.

use super::{Digest, Oid, RepoPath};
use serde::{Deserialize, Serialize};

/// An artifact as it was when its attempt ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArtifactRecord {
    /// Its name.
    pub name: String,
    /// Where it lies.
    pub path: RepoPath,
    /// The digest of its bytes.
    pub digest: Digest,
    /// Its size.
    pub bytes: u64,
}

/// How many names are kept of each list.
const MOST_NAMES: usize = 50;

/// One command that was run as a check, with its evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckResult {
    /// The command as people read it.
    pub command: String,
    /// Its exit code; `None`: it was ended by a signal or its timeout.
    pub exit: Option<i32>,
    /// How long, in milliseconds.
    pub took_ms: u64,
    /// The tree it ran on.
    pub tree: Oid,
    /// The last lines of what it printed, at most 200, redacted.
    pub tail: String,
    /// Tracked files it changed; they are discarded.
    pub changed: Vec<String>,
    /// Whether an earlier result on the same tree was taken instead of running it again.
    pub reused: bool,
    /// The tests that failed, as its report names them.
    #[serde(default, skip_serializing_if = "Names::is_empty")]
    pub failing: Names,
    /// How it stands to the base, where that was asked for and is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    /// What changed in the person's home folder while it ran, as `~/path`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outside: Vec<String>,
}

impl CheckResult {
    /// Whether it exited 0, or ended by itself and failed of nothing that is new against the base.
    pub fn passed(&self) -> bool {
        match self.exit {
            Some(0) => true,
            Some(_) => self.baseline.as_ref().is_some_and(Baseline::excuses),
            None => false,
        }
    }

    /// What lets it pass although it failed; `None`: it needs none, or has none.
    pub fn excused(&self) -> Option<&Baseline> {
        let red = self.exit.is_some_and(|code| code != 0);
        self.baseline.as_ref().filter(|_| red && self.passed())
    }

    /// How it came out, for people: `exit 0`, `exit 1, 1 failing before, 0 new`.
    pub fn how(&self) -> String {
        let exit = match self.exit {
            Some(code) => format!("exit {code}"),
            None => "ended by force".to_owned(),
        };
        match &self.baseline {
            Some(baseline) => format!("{exit}, {}", baseline.told()),
            None => exit,
        }
    }

    /// The same in few words.
    pub fn how_short(&self) -> String {
        match (&self.baseline, self.exit) {
            (Some(baseline), Some(code)) => format!("exit {code}, {}", baseline.counts()),
            _ => self.how(),
        }
    }
}

/// Names of tests: how many, and the first of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// How many.
    pub count: usize,
    /// The first, at most 50.
    pub first: Vec<String>,
}

impl Names {
    /// Of these.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a String>) -> Self {
        let mut found = Self::default();
        for name in names {
            found.count += 1;
            if found.first.len() < MOST_NAMES {
                found.first.push(name.clone());
            }
        }
        found
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The first few of them in words: `a, b and 3 more`.
    pub fn told(&self, most: usize) -> String {
        let shown: Vec<&str> = self.first.iter().take(most).map(String::as_str).collect();
        match self.count - shown.len().min(self.count) {
            0 => shown.join(", "),
            more => format!("{} and {more} more", shown.join(", ")),
        }
    }
}

/// How a check stands to the same check on the tree that the run started from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// The base's tree.
    pub tree: Oid,
    /// How many tests failed on it.
    pub before: usize,
    /// What fails now and did not on the base.
    #[serde(default, skip_serializing_if = "Names::is_empty")]
    pub new: Names,
    /// What failed on the base and does no more.
    #[serde(default, skip_serializing_if = "Names::is_empty")]
    pub fixed: Names,
    /// What ran on the base and did not run now.
    #[serde(default, skip_serializing_if = "Names::is_empty")]
    pub gone: Names,
    /// What failed in one of two runs on the base alone.
    #[serde(default, skip_serializing_if = "Names::is_empty")]
    pub flaky: Names,
    /// Why new failures can't be told from old ones; nothing is excused then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
}

impl Baseline {
    /// Where nothing can be told.
    pub fn unknown(tree: &Oid, why: impl Into<String>) -> Self {
        Self {
            tree: tree.clone(),
            before: 0,
            new: Names::default(),
            fixed: Names::default(),
            gone: Names::default(),
            flaky: Names::default(),
            unknown: Some(why.into()),
        }
    }

    /// Whether all that failed had failed before.
    pub fn excuses(&self) -> bool {
        self.unknown.is_none() && self.new.is_empty()
    }

    /// What it came to in numbers: `2 failing before, 1 new`.
    pub fn counts(&self) -> String {
        match &self.unknown {
            Some(_) => "not to be told from the base".to_owned(),
            None => format!("{} failing before, {} new", self.before, self.new.count),
        }
    }

    /// The whole of it in words: `2 failing before, 1 new: name; no longer failing: other`.
    pub fn told(&self) -> String {
        if let Some(why) = &self.unknown {
            return why.clone();
        }
        let mut text = self.counts();
        if !self.new.is_empty() {
            text.push_str(": ");
            text.push_str(&self.new.told(NAMED));
        }
        let parts = [
            ("no longer failing", &self.fixed),
            ("ran before and not now", &self.gone),
            ("comes and goes on the base", &self.flaky),
        ];
        for (word, names) in parts.into_iter().filter(|(_, names)| !names.is_empty()) {
            text.push_str("; ");
            text.push_str(word);
            text.push_str(": ");
            text.push_str(&names.told(NAMED));
        }
        text
    }
}

/// How many names a line gives.
const NAMED: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    fn names(of: &[&str]) -> Names {
        let of: Vec<String> = of.iter().map(|n| (*n).to_owned()).collect();
        Names::of(&of)
    }

    fn result(exit: Option<i32>, baseline: Option<Baseline>) -> CheckResult {
        CheckResult {
            command: "t".into(),
            exit,
            took_ms: 1,
            tree: Oid::new("a".repeat(40)).unwrap(),
            tail: String::new(),
            changed: vec![],
            reused: false,
            failing: Names::default(),
            baseline,
            outside: vec![],
        }
    }

    fn baseline(new: &[&str]) -> Baseline {
        let tree = Oid::new("b".repeat(40)).unwrap();
        Baseline {
            before: 2,
            new: names(new),
            unknown: None,
            ..Baseline::unknown(&tree, "")
        }
    }

    #[test]
    fn only_what_ended_by_itself_and_failed_of_nothing_new_is_excused() {
        assert!(result(Some(0), None).passed());
        assert!(!result(Some(1), None).passed());
        assert!(result(Some(1), Some(baseline(&[]))).passed());
        assert!(!result(Some(1), Some(baseline(&["a"]))).passed());
        assert!(!result(None, Some(baseline(&[]))).passed());
        let tree = Oid::new("b".repeat(40)).unwrap();
        let unknown = Baseline::unknown(&tree, "no report");
        assert!(!result(Some(1), Some(unknown.clone())).passed());
        assert!(result(Some(0), Some(unknown)).passed());
    }

    #[test]
    fn it_is_told_in_words() {
        assert_eq!(result(None, None).how(), "ended by force");
        let one = result(Some(1), Some(baseline(&["x", "y", "z", "w"])));
        assert_eq!(one.how_short(), "exit 1, 2 failing before, 4 new");
        assert_eq!(
            one.how(),
            "exit 1, 2 failing before, 4 new: x, y, z and 1 more"
        );
        let mut fixed = baseline(&[]);
        fixed.fixed = names(&["old"]);
        fixed.gone = names(&["lost"]);
        assert_eq!(
            fixed.told(),
            "2 failing before, 0 new; no longer failing: old; ran before and not now: lost"
        );
    }

    #[test]
    fn results_of_earlier_versions_are_read() {
        let old = r#"{"command":"t","exit":1,"took_ms":3,"tree":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","tail":"","changed":[],"reused":false}"#;
        let read: CheckResult = serde_json::from_str(old).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), old);
    }
}
