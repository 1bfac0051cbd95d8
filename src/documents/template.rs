//! `templates/feature-spec.md`: a template, whose `##` sections an artifact must fill.

use super::lines::{Lines, number};
use super::markdown::{Kind, Outline, normal};
use std::collections::HashSet;

/// A section a template asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its title as written.
    pub title: String,
    /// Its title to compare with.
    pub key: String,
    /// Whether it may be left out: `<!-- optional -->` stands under its heading.
    pub optional: bool,
    /// Its line in the template, from 1.
    pub line: u32,
}

/// A template.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template {
    /// Its sections in order.
    pub sections: Vec<Section>,
    /// Its own lines, compared without doubled blanks.
    pub(super) own: HashSet<String>,
}

impl Template {
    /// Reads a template.
    pub fn parse(bytes: impl AsRef<[u8]>) -> Self {
        let lines = Lines::parse(bytes);
        let outline = Outline::of(&lines);
        let mut sections = Vec::new();
        for heading in outline.headings.iter().filter(|h| h.level == 2) {
            // A heading to fill in, such as `## {{TITLE}}`, names no section.
            if heading.key.is_empty() || super::contract::is_placeholder(&heading.title) {
                continue;
            }
            let optional = heading
                .body()
                .filter(|at| outline.kinds[*at] == Kind::Comment)
                .any(|at| {
                    normal(
                        lines
                            .text(at)
                            .trim()
                            .trim_start_matches("<!--")
                            .trim_end_matches("-->"),
                    ) == "optional"
                });
            sections.push(Section {
                title: heading.title.clone(),
                key: heading.key.clone(),
                optional,
                line: number(heading.line),
            });
        }
        let own = lines
            .texts()
            .map(squeeze)
            .filter(|t| !t.is_empty())
            .collect();
        Self { sections, own }
    }
}

/// A line to compare with: without blanks at its ends and doubled ones.
pub(super) fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
