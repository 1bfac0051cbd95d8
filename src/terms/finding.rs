//! Findings: what is wrong, where, and what to do.

use super::{CriterionId, StageId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Where something is: a file as people name it, and from 1 its line and column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The file, relative to the repository's root where it lies inside.
    pub file: String,
    /// The line, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The column in characters, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
}

impl Place {
    /// A whole file.
    pub fn file(file: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            line: None,
            column: None,
        }
    }

    /// A line of a file, from 1.
    pub fn line(file: impl Into<String>, line: u32) -> Self {
        Self {
            file: file.into(),
            line: Some(line),
            column: None,
        }
    }

    /// A line and column of a file, both from 1.
    pub fn at(file: impl Into<String>, line: u32, column: u32) -> Self {
        Self {
            file: file.into(),
            line: Some(line),
            column: Some(column),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
            if let Some(column) = self.column {
                write!(f, ":{column}")?;
            }
        }
        Ok(())
    }
}

/// One coded fault that a document, a contract, a guard, a check, a reviewer or a person reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What kind of fault, `area/name` in lower case: `contract/section-missing`,
    /// `workflow/unknown-key`, `guard/overreach`, `check/failed`, `review/finding`.
    pub code: String,
    /// What is wrong, one sentence without a final full stop.
    pub text: String,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What to do about it, one sentence in the imperative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// The reviewer's own number for it: `F1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The acceptance criterion it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub criterion: Option<CriterionId>,
    /// The section of an artifact it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// The stage that reported it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<StageId>,
}

impl Finding {
    /// A finding with a code and a text; the rest is added by the methods below.
    pub fn new(code: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            text: text.into(),
            place: None,
            remedy: None,
            id: None,
            criterion: None,
            section: None,
            from: None,
        }
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// Says which section.
    #[must_use]
    pub fn section(mut self, section: impl Into<String>) -> Self {
        self.section = Some(section.into());
        self
    }

    /// Says which criterion.
    #[must_use]
    pub fn criterion(mut self, criterion: CriterionId) -> Self {
        self.criterion = Some(criterion);
        self
    }

    /// Whether two findings are about the same thing. A reviewer's are when criterion and file are
    /// equal; any other's when code, file and section are.
    pub fn same_as(&self, other: &Self) -> bool {
        let file = |f: &Self| f.place.as_ref().map(|p| p.file.clone());
        if self.code.starts_with("review/") || other.code.starts_with("review/") {
            self.criterion == other.criterion && file(self) == file(other)
        } else {
            self.code == other.code && self.section == other.section && file(self) == file(other)
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        if let Some(id) = &self.id {
            write!(f, "[{id}] ")?;
        }
        if let Some(criterion) = &self.criterion {
            write!(f, "{criterion} ")?;
        }
        write!(f, "{} [{}]", self.text, self.code)?;
        if let Some(remedy) = &self.remedy {
            write!(f, "; {remedy}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reviewers_findings_are_the_same_by_criterion_and_file() {
        let one = Finding::new("review/finding", "wrong colour")
            .criterion(CriterionId::nth(2))
            .at(Place::line("src/a.css", 12));
        let two = Finding::new("review/finding", "still wrong")
            .criterion(CriterionId::nth(2))
            .at(Place::line("src/a.css", 40));
        let other = Finding {
            criterion: Some(CriterionId::nth(3)),
            ..two.clone()
        };
        assert!(one.same_as(&two) && !one.same_as(&other));
    }

    #[test]
    fn a_contracts_findings_are_the_same_by_code_and_section() {
        let one = Finding::new("contract/section-missing", "no Risks").section("Risks");
        let two = Finding::new("contract/section-missing", "no Scope").section("Scope");
        assert!(one.same_as(&one) && !one.same_as(&two));
    }

    #[test]
    fn it_reads_place_text_code_remedy() {
        let finding = Finding::new("workflow/unknown-key", "unknown key 'stgaes'")
            .at(Place::at("harness/workflows/feature.yaml", 4, 1))
            .remedy("did you mean 'stages'?");
        assert_eq!(
            finding.to_string(),
            "harness/workflows/feature.yaml:4:1: unknown key 'stgaes' [workflow/unknown-key]; \
             did you mean 'stages'?"
        );
    }
}
