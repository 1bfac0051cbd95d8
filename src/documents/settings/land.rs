//! How a result lands: the section `land` of harness.yaml.

use crate::documents::interpolate::{self, Names};
use crate::documents::yaml::{At, Node};
use crate::terms::{Finding, Place};
use std::collections::BTreeMap;

/// The names that the form of a message may hold.
pub const MESSAGE_NAMES: [&str; 15] = [
    "task.id",
    "task.title",
    "task.slug",
    "task.path",
    "task.item",
    "run.id",
    "run.date",
    "run.workflow",
    "land.subject",
    "land.criteria",
    "land.checks",
    "land.decisions",
    "land.cost",
    "land.stages",
    "land.default",
];

/// How many commits a run becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commits {
    /// One.
    Squash,
    /// One a stage, then the last with what tells of the run.
    Stages,
}

impl Commits {
    /// Reads the word.
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "squash" => Some(Self::Squash),
            "stages" => Some(Self::Stages),
            _ => None,
        }
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Squash => "squash",
            Self::Stages => "stages",
        }
    }
}

/// What becomes of the artifacts in the harness folder.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Artifacts {
    /// They are part of what lands.
    #[default]
    Branch,
    /// They are not, and a ref of the run keeps them.
    Ref,
    /// Neither.
    Omit,
}

impl Artifacts {
    /// Reads the word.
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "branch" => Some(Self::Branch),
            "ref" => Some(Self::Ref),
            "omit" => Some(Self::Omit),
            _ => None,
        }
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Branch => "branch",
            Self::Ref => "ref",
            Self::Omit => "omit",
        }
    }
}

/// The program that opens pull requests, or what another house calls merge requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forge {
    /// GitHub's.
    Gh,
    /// GitLab's.
    Glab,
}

impl Forge {
    /// Reads the word.
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "gh" => Some(Self::Gh),
            "glab" => Some(Self::Glab),
            _ => None,
        }
    }

    /// The program's name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Gh => "gh",
            Self::Glab => "glab",
        }
    }

    /// How many characters the text of one may have: what the house takes, and some room for what people
    /// and programs write below it. GitHub takes 65,536, GitLab a megabyte.
    pub fn longest_text(self) -> usize {
        match self {
            Self::Gh => 65_000,
            Self::Glab => 1_000_000,
        }
    }

    /// What it opens, in its own house's words.
    pub fn opens(self) -> &'static str {
        match self {
            Self::Gh => "pull request",
            Self::Glab => "merge request",
        }
    }
}

/// How a result lands. Nothing is said: as the order says, in the usual form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LandSettings {
    /// How many commits it becomes.
    pub commits: Option<Commits>,
    /// What becomes of its artifacts.
    pub artifacts: Option<Artifacts>,
    /// The form of the message of the last commit, and where it stands.
    pub message: Option<(At<String>, Place)>,
    /// What opens pull requests; `None`: what the remote's host says.
    pub pr: Option<Forge>,
}

impl LandSettings {
    /// Reads the section; what is wrong in it is added to the faults.
    pub(super) fn read(root: &Node, file: &str, faults: &mut Vec<Finding>) -> Self {
        let Some(node) = root.get("land") else {
            return Self::default();
        };
        let word = |key: &str| node.string_of(key);
        let message = node.text_of("message");
        let message = message.map(|text| {
            let place = text.span.in_file(file);
            if let Err(wrong) = check(&text.value, &place) {
                faults.extend(wrong);
            }
            if text.value.trim().is_empty() {
                let fault = Finding::new("settings/bad-value", "a commit needs a message")
                    .at(place.clone())
                    .remedy("write one, or take the key out for the usual one");
                faults.push(fault);
            }
            (text, place)
        });
        Self {
            commits: word("commits").and_then(|w| Commits::of(&w)),
            artifacts: word("artifacts").and_then(|w| Artifacts::of(&w)),
            message,
            pr: word("pr").and_then(|w| Forge::of(&w)),
        }
    }
}

fn check(text: &str, place: &Place) -> Result<(), Vec<Finding>> {
    interpolate::fill_from(text, &Names::later(&MESSAGE_NAMES), place).map(drop)
}

/// The message in this form, of these values.
pub fn fill(
    (text, place): &(At<String>, Place),
    values: &BTreeMap<String, String>,
) -> Result<String, Vec<Finding>> {
    interpolate::fill(&text.value, values, place)
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn every_key_is_read_and_an_unknown_name_is_a_fault_with_its_place() {
        let text = "land:\n  commits: stages\n  artifacts: ref\n  pr: glab\n  message: \"{{ task.id }} {{ land.subject }}\"\n";
        let (settings, faults) = parse("h.yaml", text);
        assert_eq!(faults, []);
        assert_eq!(settings.land.commits, Some(Commits::Stages));
        assert_eq!(settings.land.artifacts, Some(Artifacts::Ref));
        assert_eq!(settings.land.pr, Some(Forge::Glab));
        let form = settings.land.message.unwrap();
        let values = BTreeMap::from([
            ("task.id".to_owned(), "T1".to_owned()),
            ("land.subject".to_owned(), "s {{ x }}".to_owned()),
        ]);
        assert_eq!(fill(&form, &values).unwrap(), "T1 s {{ x }}");
        let (_, faults) = parse("h.yaml", "land:\n  message: \"{{ tsak.id }}\"\n");
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "h.yaml:2:13: unknown name 'tsak.id' in {{ }} [template/unknown-name]; did you mean \
                 'task.id'?"
            ]
        );
        let (_, faults) = parse("h.yaml", "land: { message: \"\", commits: two }\n");
        assert_eq!(faults.len(), 2, "{faults:?}");
    }
}
