//! Whether an artifact satisfies its contract: its template's sections are there and filled, and
//! the criteria it must name are named.

use super::lines::{Lines, number};
use super::markdown::bullet::without_marker;
use super::markdown::key::key_line;
use super::markdown::table::{cells, is_separator};
use super::markdown::{Heading, Kind, Outline};
use super::task::criterion::mentioned;
use super::template::{Template, noted, squeeze};
use crate::terms::{CriterionId, Finding, Place};
use std::collections::HashSet;
use std::ops::Range;

/// What is wrong with an artifact; nothing when it satisfies its contract.
///
/// Without a template it must hold something. `criteria`: those it must name, where it must.
pub fn validate(
    template: Option<&Template>,
    artifact: &str,
    file: &str,
    criteria: Option<&[CriterionId]>,
) -> Vec<Finding> {
    let lines = Lines::parse(artifact);
    let outline = Outline::of(&lines);
    let own = template.map(|t| &t.own);
    if !says_something(&lines, &outline, 0..lines.len(), own) {
        return vec![
            Finding::new("contract/empty", "the artifact says nothing")
                .at(Place::line(file, 1))
                .remedy("write it in full; headings and placeholders alone do not count"),
        ];
    }
    let mut found = Vec::new();
    if let Some(template) = template {
        found.extend(sections(template, &lines, &outline, file));
    }
    if let Some(criteria) = criteria {
        found.extend(named(criteria, &lines, &outline, file));
    }
    found
}

fn sections(template: &Template, lines: &Lines, outline: &Outline, file: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    for section in template.sections.iter().filter(|s| !s.optional) {
        let there: Vec<&Heading> = outline
            .headings
            .iter()
            .filter(|h| h.level == 2 && noted(&h.key).0 == section.key)
            .collect();
        let filled = |h: &&Heading| says_something(lines, outline, h.range(), Some(&template.own));
        match there.first() {
            None => found.push(missing(&section.title, &section.key, lines, outline, file)),
            Some(first) if !there.iter().any(filled) => found.push(
                Finding::new(
                    "contract/section-placeholder",
                    format!(
                        "section '{}' holds nothing but its placeholder",
                        section.title
                    ),
                )
                .at(Place::line(file, number(first.line)))
                .section(&section.title)
                .remedy("replace the placeholder; where nothing applies, say so and why"),
            ),
            Some(_) => {}
        }
    }
    found
}

fn missing(title: &str, key: &str, lines: &Lines, outline: &Outline, file: &str) -> Finding {
    let elsewhere = outline.headings.iter().find(|h| noted(&h.key).0 == key);
    let (line, remedy) = match elsewhere {
        Some(heading) => (
            number(heading.line),
            format!(
                "make the heading '## {}'; it is of level {}",
                heading.title, heading.level
            ),
        ),
        None => (
            number(lines.len().saturating_sub(1)),
            format!("add '## {title}' and fill it"),
        ),
    };
    Finding::new(
        "contract/section-missing",
        format!("there is no section '{title}'"),
    )
    .at(Place::line(file, line))
    .section(title)
    .remedy(remedy)
}

fn named(criteria: &[CriterionId], lines: &Lines, outline: &Outline, file: &str) -> Vec<Finding> {
    let mut seen = HashSet::new();
    for (at, text) in lines.texts().enumerate() {
        if outline.kinds[at] != Kind::Comment {
            seen.extend(mentioned(text));
        }
    }
    let heading = outline
        .headings
        .iter()
        .find(|h| h.key.starts_with("acceptance criteria"));
    let line = heading.map_or(1, |h| number(h.line));
    criteria
        .iter()
        .filter(|id| !seen.contains(id))
        .map(|id| {
            Finding::new("contract/criterion-missing", format!("{id} is not named"))
                .at(Place::line(file, line))
                .section(id.as_str())
                .criterion(id.clone())
                .remedy(format!("say what becomes of {id}, by its id"))
        })
        .collect()
}

/// Whether the lines of a range hold anything but headings, rules, comments and placeholders.
pub(super) fn says_something(
    lines: &Lines,
    outline: &Outline,
    range: Range<usize>,
    own: Option<&HashSet<String>>,
) -> bool {
    let mut table_head = false;
    let last = range.end;
    range.into_iter().any(|at| {
        let text = lines.text(at);
        match outline.kinds.get(at) {
            Some(Kind::Code) if text.trim().is_empty() => false,
            Some(Kind::Code) => own.is_none_or(|own| !own.contains(&squeeze(text))),
            Some(Kind::Text) => {
                // A table's head alone says nothing.
                table_head = at + 1 < last && is_separator(lines.text(at + 1));
                let squeezed = squeeze(text);
                !(table_head
                    || is_separator(text)
                    || own.is_some_and(|own| own.contains(&squeezed))
                    || is_placeholder(&squeezed))
            }
            _ => false,
        }
    })
}

/// Whether a line is a placeholder alone: `‹…›`, `<…>`, `{{…}}`, `[…]`, TODO, TBD, a comment; as a
/// bullet, as a key's value or in every cell of a row too.
pub fn is_placeholder(text: &str) -> bool {
    let text = without_marker(text.trim());
    let text = ["[ ] ", "[x] "]
        .iter()
        .find_map(|b| text.strip_prefix(b))
        .unwrap_or(text);
    if is_bare_placeholder(text) {
        return true;
    }
    if text.starts_with('|') {
        let cells = cells(text);
        return cells.iter().all(|c| is_bare_placeholder(c));
    }
    key_line(text).is_some_and(|line| is_bare_placeholder(line.value))
}

fn is_bare_placeholder(text: &str) -> bool {
    let text = text.trim_matches(|c: char| matches!(c, '*' | '_' | '`') || c.is_whitespace());
    if text.is_empty() {
        return true;
    }
    let word = text.trim_end_matches(['.', ':', '…', '!']);
    if word.eq_ignore_ascii_case("todo") || word.eq_ignore_ascii_case("tbd") {
        return true;
    }
    let inside = |open: &str, close: &str| {
        text.strip_prefix(open)
            .and_then(|t| t.strip_suffix(close))
            .filter(|t| !t.contains(open) && !t.contains(close))
    };
    let bracket = inside("‹", "›").or(inside("‹", ">")).or(inside("{{", "}}"));
    if bracket.is_some() || inside("[", "]").is_some() {
        return true;
    }
    // An address in angle brackets is a link.
    inside("<", ">").is_some_and(|t| !t.contains("://") && !t.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "# {{TITLE}}\n\n## Goal\n‹what it is for›\n\n## In Scope\n- [item]\n\n## Risks\n<!-- optional -->\nName risks here.\n\n## Plan\n| Step | Files |\n|---|---|\n| ‹step› | ‹files› |\n";

    fn codes(artifact: &str, criteria: Option<&[CriterionId]>) -> Vec<String> {
        let template = Template::parse(TEMPLATE);
        validate(Some(&template), artifact, "a.md", criteria)
            .into_iter()
            .map(|f| {
                format!(
                    "{}:{} {}",
                    f.code,
                    f.place.unwrap().line.unwrap(),
                    f.section.unwrap_or_default()
                )
            })
            .collect()
    }

    #[test]
    fn a_filled_artifact_passes_in_any_order_and_spelling() {
        let artifact = "# X\n## 2. PLAN\n| Step | Files |\n|---|---|\n| one | a.rs |\n## 1) **Goal**\nTo work. AC-1 and AC-02.\n## In scope:\n### Part\n- all\n";
        let both = [CriterionId::nth(1), CriterionId::nth(2)];
        assert_eq!(codes(artifact, Some(&both)), Vec::<String>::new());
        let three = [CriterionId::nth(3)];
        assert_eq!(
            codes(artifact, Some(&three)),
            ["contract/criterion-missing:1 AC-3"]
        );
    }

    #[test]
    fn the_template_itself_says_nothing() {
        assert_eq!(codes(TEMPLATE, None), ["contract/empty:1 "]);
        assert_eq!(codes("", None), ["contract/empty:1 "]);
        assert_eq!(
            codes("# X\n<!-- a\nb -->\n---\n", None),
            ["contract/empty:1 "]
        );
    }

    #[test]
    fn missing_and_unfilled_sections_are_found() {
        let artifact = "# X\n### Goal\nyes\n## In Scope\n- TODO\n- {{ITEM}}\n### Sub\n\n## Plan\nName risks here.\n";
        assert_eq!(
            codes(artifact, None),
            [
                "contract/section-missing:2 Goal",
                "contract/section-placeholder:4 In Scope",
                "contract/section-placeholder:9 Plan"
            ]
        );
        let fenced = "## Goal\nyes\n```\n## In Scope\n- x\n```\n## Plan\nx\n";
        assert_eq!(codes(fenced, None), ["contract/section-missing:8 In Scope"]);
    }

    #[test]
    fn placeholders_are_known_and_content_is_not_mistaken() {
        for text in [
            "‹x›",
            "‹x>",
            "<describe it>",
            "{{X}}",
            "- [item]",
            "TODO",
            "* TBD.",
            "**TBD**",
            "Reviewer: {{NAME}}",
            "Notes:",
            "| ‹a› | TBD |",
            "- [ ] TODO",
            "1. ‹x›",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in [
            "TODO list is empty",
            "[a](b)",
            "[a] and [b]",
            "<https://x.y>",
            "None",
            "a | b",
            "Reviewer: Kim",
            "| a | TBD |",
            "{{a}} and {{b}}",
        ] {
            assert!(!is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn without_a_template_anything_said_will_do() {
        assert_eq!(validate(None, "# T\nyes", "a.md", None), []);
        assert_eq!(validate(None, "```\ncode\n```", "a.md", None), []);
        assert_eq!(
            validate(None, "# T\n\n", "a.md", None)[0].code,
            "contract/empty"
        );
    }
}
