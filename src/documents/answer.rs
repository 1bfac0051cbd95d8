//! An agent's last message: questions, a dispute, artifacts between markers, prose that only asks.

use super::lines::{Lines, number};
use super::markdown::bullet::bullets;
use super::markdown::{Kind, Outline, closes_fence, opens_fence, plain};
use super::task::clarification::question_id;
use crate::terms::verdict::Question;
use crate::terms::{Finding, Place};

/// The most questions and artifacts that are taken from one answer.
const MOST: usize = 200;

/// An artifact in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The name behind `<<<ARTIFACT`.
    pub name: String,
    /// What stands between the markers, with a line break at its end.
    pub text: String,
    /// The line of its first marker in the answer, from 1.
    pub line: u32,
}

/// The artifacts of an answer, and what is wrong with their markers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Artifacts {
    /// Those that are whole, in order.
    pub found: Vec<Artifact>,
    /// Unclosed, unnamed or doubled ones.
    pub findings: Vec<Finding>,
}

/// Takes what stands between `<<<ARTIFACT name` and `ARTIFACT>>>`, each marker alone on its line.
/// One fence around all of the text, or around the markers, is taken off.
pub fn artifacts(answer: &str) -> Artifacts {
    let mut out = Artifacts::default();
    let mut open: Option<Artifact> = None;
    for (at, line) in answer.lines().enumerate() {
        if let Some(mut artifact) = open.take() {
            if line.trim() == "ARTIFACT>>>" {
                artifact.text = without_fence(&artifact.text);
                close(&mut out, artifact);
            } else {
                artifact.text.push_str(line);
                artifact.text.push('\n');
                open = Some(artifact);
            }
        } else if let Some(name) = opening(line) {
            open = Some(Artifact {
                name: name.to_owned(),
                text: String::new(),
                line: number(at),
            });
        }
    }
    if let Some(artifact) = open {
        out.findings.push(fault(
            "answer/artifact-unclosed",
            format!("the artifact '{}' is not closed", artifact.name),
            artifact.line,
            "end it with a line 'ARTIFACT>>>'",
        ));
    }
    out
}

fn close(out: &mut Artifacts, artifact: Artifact) {
    if artifact.name.is_empty() {
        out.findings.push(fault(
            "answer/artifact-unnamed",
            "an artifact has no name".to_owned(),
            artifact.line,
            "write its name behind '<<<ARTIFACT'",
        ));
    } else if out.found.iter().any(|a| a.name == artifact.name) || out.found.len() >= MOST {
        out.findings.push(fault(
            "answer/artifact-twice",
            format!("the artifact '{}' is there twice", artifact.name),
            artifact.line,
            "write each artifact once",
        ));
    } else {
        out.found.push(artifact);
    }
}

fn fault(code: &str, text: String, line: u32, remedy: &str) -> Finding {
    Finding::new(code, text)
        .at(Place::line("answer", line))
        .remedy(remedy)
}

fn opening(line: &str) -> Option<&str> {
    let rest = line.trim().strip_prefix("<<<ARTIFACT")?;
    (rest.is_empty() || rest.starts_with([' ', '\t', ':']))
        .then(|| rest.trim_matches([' ', '\t', ':', '`', '"', '\'']))
}

/// The text without one fence around all of it. Code that is the artifact itself keeps its fence.
fn without_fence(text: &str) -> String {
    let trimmed = text.trim();
    let (Some(first), Some(last)) = (trimmed.lines().next(), trimmed.lines().next_back()) else {
        return String::new();
    };
    let Some((mark, length)) = opens_fence(first.trim()) else {
        return text.to_owned();
    };
    let info = first.trim().trim_start_matches(mark).trim();
    let inner = trimmed.lines().skip(1);
    let inner: Vec<&str> = inner
        .take(trimmed.lines().count().saturating_sub(2))
        .collect();
    let is_markdown = ["markdown", "md"]
        .iter()
        .any(|i| info.eq_ignore_ascii_case(i))
        || info.is_empty() && inner.first().is_some_and(|l| l.starts_with('#'));
    if is_markdown && trimmed.lines().count() > 1 && closes_fence(last.trim(), mark, length) {
        inner.join("\n") + "\n"
    } else {
        text.to_owned()
    }
}

/// The answer without its artifacts: what it says to people. Lines keep their numbers.
pub(super) fn outside(answer: &str) -> Lines {
    let mut inside = false;
    let mut text = String::with_capacity(answer.len());
    for line in answer.lines() {
        let marker = if inside {
            line.trim() == "ARTIFACT>>>"
        } else {
            opening(line).is_some()
        };
        if marker {
            inside = !inside;
        } else if !inside {
            text.push_str(line);
        }
        text.push('\n');
    }
    Lines::parse(text)
}

/// The questions under `## Questions`: `- Q1 [blocking] text`. Those without a number are counted.
pub fn questions(answer: &str) -> Vec<Question> {
    let lines = outside(answer);
    let outline = Outline::of(&lines);
    let Some(section) = outline.any_section(&["questions", "open questions"]) else {
        return Vec::new();
    };
    let mut found: Vec<Question> = Vec::new();
    for bullet in bullets(&lines, &outline, section.range())
        .into_iter()
        .take(MOST)
    {
        let (id, rest) = match question_id(&bullet.text) {
            Some((id, rest)) => (id, rest.to_owned()),
            None => {
                let n = bullet.number.map_or(found.len() + 1, |n| n as usize);
                (format!("Q{n}"), bullet.text.clone())
            }
        };
        let (blocking, rest) = weight(&rest);
        let mut text = rest;
        for nested in &bullet.nested {
            text.push('\n');
            text.push_str(nested);
        }
        let says_none = ["", "none", "no questions", "n/a"]
            .contains(&plain(&text).to_lowercase().trim_end_matches('.'));
        if !says_none {
            found.push(Question { id, blocking, text });
        }
    }
    found
}

/// Takes `[blocking]` or `[optional]` off a question, wherever emphasis puts it.
pub(crate) fn weight(text: &str) -> (bool, String) {
    let bare = text.trim_start_matches(['*', '_', ':', ' ']);
    if let Some((word, rest)) = bare.strip_prefix('[').and_then(|b| b.split_once(']')) {
        let word = word.trim().to_ascii_lowercase();
        if ["blocking", "optional", "non-blocking", "not blocking"].contains(&word.as_str()) {
            let rest = rest.trim_start_matches(['*', '_', ':', ' ', '—', '-']);
            return (word == "blocking", rest.trim().to_owned());
        }
    }
    (false, text.trim_start_matches([':', ' ']).trim().to_owned())
}

/// What the agent disputes: the text under `## Dispute`, as it wrote it.
pub fn dispute(answer: &str) -> Option<String> {
    let lines = outside(answer);
    let outline = Outline::of(&lines);
    let section = outline.section(2, "Dispute")?;
    let text: Vec<&str> = section.range().map(|at| lines.text(at)).collect();
    let text = text.join("\n").trim().to_owned();
    let says_none = ["", "none"].contains(&plain(&text).to_lowercase().trim_end_matches('.'));
    (!says_none).then_some(text)
}

/// The last paragraph of an answer, on one line, where it is a question: it ends with one, or with
/// one and a short closing sentence.
pub fn asks_in_prose(answer: &str) -> Option<String> {
    let lines = outside(answer);
    let outline = Outline::of(&lines);
    let says = |at: &usize| !matches!(outline.kinds[*at], Kind::Blank | Kind::Rule | Kind::Comment);
    let end = (0..lines.len()).rev().find(says)?;
    if outline.kinds[end] != Kind::Text {
        return None;
    }
    let start = (0..=end)
        .rev()
        .take_while(|at| outline.is_text(*at))
        .last()?;
    let paragraph = outline.prose(&lines, start..end + 1);
    let bare = plain(&paragraph);
    let bare = bare.trim_end_matches(['"', '\'', ')', '”', '’', ' ']);
    let question = bare.rfind(['?', '？'])?;
    // A question mark inside a word (an address, `a?.b`) asks nothing.
    let tail = bare[question..].trim_start_matches(['?', '？', '"', '\'', ')', '”', '’', '*']);
    let asks = tail.is_empty() || tail.starts_with(' ') && tail.chars().count() <= 80;
    asks.then_some(paragraph)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_read_with_their_weight() {
        let answer = "Before I go on.\n\n## Questions\n- Q1 [blocking] Which colour?\n  Recommended: red\n- **Q2** [optional]: Why?\n  - it matters\n- Third?\n\n## Else\n- x?\n";
        let found = questions(answer);
        let all: Vec<_> = found
            .iter()
            .map(|q| (q.id.as_str(), q.blocking, q.text.as_str()))
            .collect();
        assert_eq!(
            all,
            [
                ("Q1", true, "Which colour? Recommended: red"),
                ("Q2", false, "Why?\nit matters"),
                ("Q3", false, "Third?")
            ]
        );
        assert!(questions("## Questions\n- None\n").is_empty());
        assert!(questions("```\n## Questions\n- Q1 a?\n```\n").is_empty());
    }

    #[test]
    fn what_an_artifact_asks_is_not_asked_of_a_person() {
        let answer = "Done.\n<<<ARTIFACT spec\n## Questions\n- Q1 a?\n## Dispute\nx\nARTIFACT>>>\n";
        assert!(questions(answer).is_empty());
        assert_eq!(dispute(answer), None);
        assert_eq!(asks_in_prose(answer), None);
    }

    #[test]
    fn artifacts_come_out_with_and_without_fences() {
        let answer = "```markdown\n<<<ARTIFACT a\n# A\n```rs\nx\n```\nARTIFACT>>>\n```\n<<<ARTIFACT `b`\n\n```markdown\n# B\n```\n\nARTIFACT>>>\n<<<ARTIFACT c\n```sh\nls\n```\nARTIFACT>>>";
        let out = artifacts(answer);
        let all: Vec<_> = out
            .found
            .iter()
            .map(|a| (a.name.as_str(), a.text.as_str()))
            .collect();
        assert_eq!(
            all,
            [
                ("a", "# A\n```rs\nx\n```\n"),
                ("b", "# B\n"),
                ("c", "```sh\nls\n```\n")
            ]
        );
        assert_eq!(out.findings, []);
    }

    #[test]
    fn broken_markers_are_found() {
        let out = artifacts(
            "<<<ARTIFACT a\nx\nARTIFACT>>>\n<<<ARTIFACT a\ny\nARTIFACT>>>\n<<<ARTIFACT\nARTIFACT>>>\n<<<ARTIFACT d\nz\n",
        );
        let codes: Vec<_> = out.findings.iter().map(|f| f.code.as_str()).collect();
        assert_eq!(
            codes,
            [
                "answer/artifact-twice",
                "answer/artifact-unnamed",
                "answer/artifact-unclosed"
            ]
        );
        assert_eq!(out.found.len(), 1);
        assert_eq!(out.found[0].text, "x\n");
    }

    #[test]
    fn a_dispute_is_kept_as_written() {
        assert_eq!(
            dispute("## Dispute\nIt is\n\n- right\n").as_deref(),
            Some("It is\n\n- right")
        );
        assert_eq!(dispute("## Dispute\nNone.\n"), None);
    }

    #[test]
    fn a_last_paragraph_that_asks_is_a_question() {
        for text in [
            "I looked.\n\nShall I use\nred or blue?",
            "Which one? Please let me know.\n",
            "- A or B?\n- **C or D?**",
        ] {
            assert!(asks_in_prose(text).is_some(), "{text}");
        }
        for text in [
            "Why? Because.\n\nDone.",
            "See http://x.y/?a=b",
            "```\nwhy?\n```",
            "",
            "# Why?",
        ] {
            assert_eq!(asks_in_prose(text), None, "{text}");
        }
    }
}
