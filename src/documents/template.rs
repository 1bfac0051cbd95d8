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
            if heading.key.is_empty()
                || super::contract::is_placeholder(&heading.title)
                || holds_blank(&heading.title)
            {
                continue;
            }
            let (key, note) = noted(&heading.key);
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
            let only_if = heading.body().any(|at| {
                let text = lines.text(at).trim().to_lowercase();
                outline.kinds[at] == Kind::Text && text.starts_with('>') && text.contains("only if")
            });
            sections.push(Section {
                title: heading.title.clone(),
                key: key.to_owned(),
                optional: optional || only_if || note == Some(Note::Optional),
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

/// What a heading says of its section in brackets at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Note {
    /// `(mandatory)`.
    Mandatory,
    /// `(optional)`, `(include if …)`.
    Optional,
}

/// A title to compare with, without the note in brackets at its end: `requirements (mandatory)`.
pub(super) fn noted(key: &str) -> (&str, Option<Note>) {
    let Some((title, inner)) = key.strip_suffix(')').and_then(|k| k.rsplit_once('(')) else {
        return (key, None);
    };
    let note = match inner.trim() {
        "mandatory" | "required" => Note::Mandatory,
        "optional" | "if applicable" => Note::Optional,
        inner if inner.starts_with("include if ") => Note::Optional,
        _ => return (key, None),
    };
    (title.trim_end(), Some(note))
}

/// Whether a heading holds something to fill in: `## Story 1 - [Title]`.
fn holds_blank(title: &str) -> bool {
    let link = |rest: &str| rest.starts_with('(') || rest.starts_with('[');
    let bracket = title.match_indices('[').any(|(at, _)| {
        let end = title[at..].find(']');
        end.is_some_and(|end| end > 1 && !link(&title[at + end + 1..]))
    });
    bracket || title.contains("{{") || (title.contains('‹') && title.contains('›'))
}

/// A line to compare with: without blanks at its ends and doubled ones.
pub(super) fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_say_what_is_wanted_in_several_ways() {
        let text = "# {{TITLE}}\n## Requirements *(mandatory)*\nx\n## Data *(include if there is some)*\nx\n\
            ## Story 1 - [Title]\nx\n## Phase {{N}}\nx\n## See [here](a.md)\nx\n## Tracking\n> **Fill ONLY if needed**\n\
            ## Goal (of the year)\nx\n## Later\n<!-- optional -->\n";
        let template = Template::parse(text);
        let all: Vec<_> = template
            .sections
            .iter()
            .map(|s| (s.key.as_str(), s.optional))
            .collect();
        assert_eq!(
            all,
            [
                ("requirements", false),
                ("data", true),
                ("see [here](a.md)", false),
                ("tracking", true),
                ("goal (of the year)", false),
                ("later", true)
            ]
        );
    }
}
