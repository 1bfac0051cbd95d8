//! What the author is told: who it is, what is wanted, how to ask and how to hand a draft over.

use super::state::{Line, State};
use super::transcript::About;
use crate::git::Git;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The most of one piece of material.
const PIECE: usize = 24 * 1024;
/// The most lines of the overview of files.
const FOLDERS: usize = 80;
/// The most of the conversation so far that a new session is told.
const SO_FAR: usize = 60 * 1024;

/// How questions and the draft are written.
const FORM: &str = "\
Ask all that is open in one go. Write the questions in this form and nothing else under the heading; \
go on with the numbers where questions were asked before, and give a question that you ask again its old number:

## Questions
- Q1 [blocking] The question, on one line?
  - why: why it changes the result
  - options: one | two | three
  - recommended: two

`[blocking]` stands where you can't go on without the answer; `options` where there is a real choice. Every question has a recommended answer.

When nothing consequential is open, hand the task definition over in your answer, whole, between these two lines:

<<<ARTIFACT task
(the task definition, by the template)
ARTIFACT>>>

End each line that an answer became (criterion, scope line, note) with the numbers of the answers in brackets: `(Q2)`, `(Q1, Q3)`. \
Every answer must have at least one such line. Two answers that say the same of two things are two criteria. \
Leave `## Clarifications`, `## Related Artifacts` and `## Approval` out: they are kept for you. \
Below the heading write one line `Workflow: NAME — why`: the smallest of the workflows below that does the work.

You only read. Nothing in the repository is yours to change, and no command needs to be run.";

/// A piece of material.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Material {
    /// What it is: a path, or a few words.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// What the first message is made of.
#[derive(Debug, Clone)]
pub struct Makings<'a> {
    /// The author's role.
    pub role: &'a str,
    /// The template of tasks.
    pub template: &'a str,
    /// What the dialogue is about.
    pub about: &'a About,
    /// The workflows: name and what each is for.
    pub workflows: &'a [(String, String)],
    /// What is known of the repository, and of the result that is revised.
    pub material: &'a [Material],
    /// What was said so far, where another session is to go on.
    pub so_far: Option<&'a State>,
    /// The folder, absolute, into which the author may ask to write notes.
    pub notes: &'a str,
    /// The person's own words.
    pub words: &'a str,
}

/// The first message to a new session.
pub fn first(makings: &Makings<'_>) -> String {
    let mut text = makings.role.trim().to_owned();
    text.push_str("\n\n# How to answer\n\n");
    text.push_str(FORM);
    let _ = write!(
        text,
        "\n\nNothing can be written in the repository from here. A note that is worth keeping beside \
         this conversation may go into the folder {}; the person is asked before it is written.",
        makings.notes
    );
    if !makings.workflows.is_empty() {
        text.push_str("\n\n## The workflows\n");
        for (name, what) in makings.workflows {
            let _ = write!(text, "\n- {name}: {what}");
        }
    }
    text.push_str("\n\n## What is wanted\n");
    let about = makings.about;
    if let Some(item) = &about.item {
        let _ = write!(text, "\nBacklog item {item}.");
    }
    let _ = write!(text, "\n{}\n", about.title);
    if !about.wish.trim().is_empty() {
        let _ = write!(text, "\n{}\n", about.wish.trim());
    }
    if about.revises {
        text.push_str("\nThe task definition is there already (below). It is to be revised: hand over the whole of it, changed where it must be.\n");
    }
    piece(
        &mut text,
        "the template of task definitions",
        makings.template,
    );
    for material in makings.material {
        piece(&mut text, &material.name, &material.text);
    }
    if let Some(state) = makings.so_far {
        let told = so_far(state);
        if !told.is_empty() {
            piece(
                &mut text,
                "the conversation so far, with another session",
                &told,
            );
        }
    }
    if !makings.words.trim().is_empty() {
        let _ = write!(text, "\n\n## The person says\n\n{}\n", makings.words.trim());
    }
    text
}

/// The message to a session that goes on, with words that it may not have heard before them.
pub fn again(unheard: &[String], words: &str) -> String {
    if unheard.is_empty() {
        return words.to_owned();
    }
    let mut text =
        "Said before, in a turn that was cut off, in case it did not reach you:".to_owned();
    for said in unheard {
        let _ = write!(text, "\n\n{}", said.trim());
    }
    if !words.trim().is_empty() {
        let _ = write!(text, "\n\nAnd now:\n\n{words}");
    }
    text
}

/// The message to a session that goes on, where a run of the task came to a result that it was not
/// told of.
pub fn since(material: &[Material], words: &str) -> String {
    let mut text =
        "A run of the task came to a result (below). The task definition is to be revised: \
        hand over the whole of it, changed where it must be.\n"
            .to_owned();
    for material in material {
        piece(&mut text, &material.name, &material.text);
    }
    if !words.trim().is_empty() {
        let _ = write!(text, "\n\n## The person says\n\n{}\n", words.trim());
    }
    text
}

fn piece(text: &mut String, name: &str, content: &str) {
    let shown = crate::agents::cut(content.trim_end(), PIECE.max(SO_FAR));
    let _ = write!(text, "\n\n<<<CONTEXT {name}\n{shown}\nCONTEXT>>>");
}

/// What was said, what was asked and answered, and the last draft.
fn so_far(state: &State) -> String {
    let mut text = String::new();
    for line in &state.lines {
        let _ = match line {
            Line::You(words) => writeln!(text, "The person: {words}\n"),
            Line::Form(told) => writeln!(text, "The person's answers:\n{told}\n"),
            Line::Agent(words) => writeln!(text, "The author: {words}\n"),
            Line::Tool(_) | Line::Questions(_) | Line::Draft | Line::Note(_) | Line::Saved => {
                Ok(())
            }
        };
    }
    if text.len() > SO_FAR {
        let from = text.ceil_char_boundary(text.len() - SO_FAR);
        text.replace_range(..from, "…\n");
    }
    text.trim_end().to_owned()
}

/// What the repository holds: its folders with their numbers of files, and how its README begins.
pub fn repository(git: &Git) -> Vec<Material> {
    let mut material = Vec::new();
    let files = git
        .call(["ls-files", "-z"])
        .limit(64 << 20)
        .text()
        .unwrap_or_default();
    if !files.is_empty() {
        material.push(Material {
            name: "the files of the repository, by folder".to_owned(),
            text: overview(files.split('\0').filter(|f| !f.is_empty())),
        });
    }
    let readme = files
        .split('\0')
        .find(|f| f.to_lowercase().starts_with("readme") && !f.contains('/'));
    let text = readme.and_then(|name| std::fs::read(git.dir().join(name)).ok());
    if let (Some(name), Some(bytes)) = (readme, text) {
        material.push(Material {
            name: name.to_owned(),
            text: crate::agents::cut(&String::from_utf8_lossy(&bytes), 4096),
        });
    }
    material
}

/// Folders of at most two levels with how many files lie below each; files of the root by name.
fn overview<'f>(files: impl Iterator<Item = &'f str>) -> String {
    let mut folders: BTreeMap<String, usize> = BTreeMap::new();
    let mut rest = 0usize;
    for file in files {
        let parts: Vec<&str> = file.split('/').collect();
        let key = match parts.as_slice() {
            [name] => (*name).to_owned(),
            [top, _] => format!("{top}/"),
            [top, next, ..] => format!("{top}/{next}/"),
            [] => continue,
        };
        if folders.contains_key(&key) || folders.len() < FOLDERS {
            *folders.entry(key).or_default() += 1;
        } else {
            rest += 1;
        }
    }
    let mut text = String::new();
    for (name, count) in &folders {
        let _ = if name.ends_with('/') {
            writeln!(text, "{name}  {count} files")
        } else {
            writeln!(text, "{name}")
        };
    }
    if rest > 0 {
        let _ = writeln!(text, "… and {rest} files in other folders");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_counted_and_bounded() {
        let files = [
            "a.rs",
            "src/x.rs",
            "src/y.rs",
            "src/deep/z.rs",
            "src/deep/er/w.rs",
        ];
        assert_eq!(
            overview(files.into_iter()),
            "a.rs\nsrc/  2 files\nsrc/deep/  2 files\n"
        );
        let many: Vec<String> = (0..200).map(|n| format!("f{n:03}")).collect();
        let text = overview(many.iter().map(String::as_str));
        assert!(
            text.ends_with("… and 120 files in other folders\n"),
            "{text}"
        );
    }

    #[test]
    fn a_new_session_is_told_what_was_said() {
        let state = State {
            lines: vec![
                Line::You("Make it".into()),
                Line::Agent("1. Where?".into()),
                Line::Form("Q1 Where?\n→ here".into()),
            ],
            ..State::default()
        };
        let about = About {
            item: None,
            title: "A homepage".into(),
            wish: String::new(),
            revises: false,
        };
        let text = first(&Makings {
            role: "# Author",
            template: "# Task ‹T000›",
            about: &about,
            workflows: &[("feature".into(), "all stages".into())],
            material: &[],
            so_far: Some(&state),
            notes: "/d/notes",
            words: "Go on.",
        });
        for part in [
            "# Author",
            "A homepage",
            "→ here",
            "- feature: all stages",
            "Go on.",
            "<<<ARTIFACT task",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
