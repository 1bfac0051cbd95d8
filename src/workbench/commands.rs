//! A person's own commands, as their keymap has them: what is run, and which values of the screen are
//! put into it. A value is put into one word and stays in that word: no shell looks at it. Pure.

mod scripts;
mod word;

pub use scripts::{Unsafe, injections};
pub use word::{BadWord, Word};

use super::actions::Scope;
use super::keymap::Chord;
use crate::text::{SafeText, truncate};

/// A value of the screen that a command can be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is told in the table below")]
pub enum Placeholder {
    Run,
    Task,
    Tree,
    Stage,
    Attempt,
    Path,
    Line,
    Branch,
    Base,
    Project,
}

/// Each with its name in a command, its variable in the command's environment, and what it is.
pub const PLACEHOLDERS: [(Placeholder, &str, &str, &str); 10] = {
    use Placeholder::{Attempt, Base, Branch, Line, Path, Project, Run, Stage, Task, Tree};
    [
        (Run, "run", "HARNESS_RUN", "the run's id"),
        (Task, "task", "HARNESS_TASK_ID", "the task's id"),
        (Tree, "tree", "HARNESS_TREE", "the folder of the run's tree"),
        (Stage, "stage", "HARNESS_STAGE", "the chosen stage's id"),
        (
            Attempt,
            "attempt",
            "HARNESS_ATTEMPT_ID",
            "the id of the attempt that is shown",
        ),
        (Path, "path", "HARNESS_PATH", "the file that you are at"),
        (Line, "line", "HARNESS_LINE", "the line in it"),
        (Branch, "branch", "HARNESS_BRANCH", "the run's branch"),
        (
            Base,
            "base",
            "HARNESS_BASE",
            "the commit that the run started from",
        ),
        (
            Project,
            "project",
            "HARNESS_PROJECT_DIR",
            "the folder of your checkout",
        ),
    ]
};

/// The word over them in help and lists.
pub const YOURS: &str = "Yours";
/// The most columns of a command within a sentence.
const WRITTEN: usize = 200;
/// Git's word for a run's tree.
const WORKTREE: &str = "worktree";

impl Placeholder {
    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        let name = if name == WORKTREE { "tree" } else { name };
        let mut all = PLACEHOLDERS.iter();
        all.find(|(_, own, ..)| *own == name).map(|(one, ..)| *one)
    }

    /// The one that this variable holds.
    pub fn of_variable(variable: &str) -> Option<Self> {
        let mut all = PLACEHOLDERS.iter();
        let found = all.find(|(_, _, own, _)| *own == variable);
        found.map(|(one, ..)| *one)
    }

    /// Every name that is understood.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let names = PLACEHOLDERS.iter().map(|(_, name, ..)| *name);
        names.chain([WORKTREE])
    }

    /// Its variable.
    pub fn variable(self) -> &'static str {
        let mut all = PLACEHOLDERS.iter();
        let found = all.find(|(one, ..)| *one == self);
        found.map_or("", |(_, _, variable, _)| *variable)
    }
}

/// A command of a person's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserCommand {
    /// Its key; `None`: it is had by its name.
    pub key: Option<Chord>,
    /// What it is called.
    pub name: SafeText,
    /// The program and its arguments.
    pub run: Vec<Word>,
    /// The views in which it can be had.
    pub places: Vec<Scope>,
    /// Whether it gets the terminal.
    pub terminal: bool,
    /// Without the terminal: whether its end is told. With it: whether it is read what it printed
    /// before the screen is there again.
    pub wait: bool,
    /// Whether it is asked first.
    pub confirm: bool,
}

impl UserCommand {
    /// Its name as one word, where lines are read in place of keys.
    pub fn word(&self) -> String {
        in_one_word(&self.name)
    }

    /// Whether a line means it.
    pub fn is_meant_by(&self, line: &str) -> bool {
        in_one_word(line) == self.word()
    }

    /// Whether it can be had in a view.
    pub fn works_in(&self, scope: Scope) -> bool {
        self.places.iter().any(|place| place.meets(scope))
    }

    /// Where that is, in words.
    pub fn place(&self) -> String {
        let words: Vec<&str> = self.places.iter().map(|place| place.word()).collect();
        words.join(", ")
    }

    /// The command as it stands in the keymap.
    pub fn written(&self) -> String {
        let words: Vec<String> = self.run.iter().map(|w| quoted(w.written())).collect();
        words.join(" ")
    }

    /// What it does, in a sentence.
    pub fn help(&self) -> String {
        let how = match (self.terminal, self.wait, self.confirm) {
            (true, _, false) => " in the terminal",
            (true, _, true) => " in the terminal; asks first",
            (false, true, false) => "; its end is told",
            (false, true, true) => "; asks first, and its end is told",
            (false, false, false) => "",
            (false, false, true) => "; asks first",
        };
        let written = SafeText::line(&self.written());
        format!("Runs {}{how}", truncate(&written, WRITTEN))
    }

    /// The words with their values, or why one of those that it names is not there. What a script
    /// names by its variable must be there too: no script is to go on with nothing in its place.
    pub fn filled(
        &self,
        of: &dyn Fn(Placeholder) -> Result<String, String>,
    ) -> Result<Vec<String>, String> {
        for variable in self.run.iter().flat_map(Word::variables) {
            of(variable)?;
        }
        self.run.iter().map(|word| word.filled(of)).collect()
    }

    /// Whether it names this.
    pub fn names(&self, wanted: Placeholder) -> bool {
        let named = self.run.iter().flat_map(Word::placeholders);
        let in_scripts = self.run.iter().flat_map(Word::variables);
        named.chain(in_scripts).any(|one| one == wanted)
    }
}

/// A name as one word in small letters.
pub fn in_one_word(name: &str) -> String {
    let words: Vec<String> = name.split_whitespace().map(str::to_lowercase).collect();
    words.join("-")
}

/// A word as it would be written for a shell, so that nobody is in doubt where it ends.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./:=@%+,{}".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    let hidden = SafeText::line(word).as_str() != word;
    if !hidden {
        return format!("'{}'", word.replace('\'', "'\\''"));
    }
    let escaped: String = word.chars().flat_map(char::escape_default).collect();
    format!("$'{escaped}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(run: &[&str]) -> UserCommand {
        UserCommand {
            key: None,
            name: SafeText::line("Open in  Zed"),
            run: run.iter().map(|w| Word::read(w).unwrap()).collect(),
            places: vec![Scope::Pipeline, Scope::Artifacts],
            terminal: false,
            wait: true,
            confirm: false,
        }
    }

    #[test]
    fn a_value_stays_in_its_word_whatever_it_holds() {
        let hostile = "/tmp/a b'c\"$(touch x)`id`;\n-rf";
        let command = command(&["zed", "--at={path}:{line}", "{{{tree}}}", "{worktree}"]);
        let of = |one| match one {
            Placeholder::Path => Ok(hostile.to_owned()),
            Placeholder::Line => Ok("7".to_owned()),
            Placeholder::Tree => Ok("/t r".to_owned()),
            _ => Err("there is none".to_owned()),
        };
        let words = command.filled(&of).unwrap();
        assert_eq!(
            words,
            ["zed", &format!("--at={hostile}:7"), "{/t r}", "/t r"]
        );
        assert!(command.names(Placeholder::Tree) && !command.names(Placeholder::Run));
    }

    #[test]
    fn what_is_not_there_is_the_reason_in_a_script_too() {
        let of = |one: Placeholder| match one {
            Placeholder::Run => Err("no run is chosen".to_owned()),
            _ => Ok("x".to_owned()),
        };
        let none = Err("no run is chosen".to_owned());
        for run in [
            &["zed", "{run}"][..],
            &["sh", "-c", "echo \"$HARNESS_RUN\""],
            &["sh", "-c", "echo \"${HARNESS_RUN}\""],
        ] {
            assert_eq!(command(run).filled(&of), none, "{run:?}");
        }
        for run in [
            &["sh", "-c", "echo $HARNESS_RUNS ${HARNESS_RUN:-none}"][..],
            &["sh", "-c", "echo $HARNESS_TASK_ID"],
        ] {
            assert!(command(run).filled(&of).is_ok(), "{run:?}");
        }
    }

    #[test]
    fn it_is_told_as_it_is_written_and_meant_by_its_name() {
        let command = command(&["sh", "-c", "echo 'a b'", "", "{path}", "a\tb"]);
        assert_eq!(
            command.help(),
            "Runs sh -c 'echo '\\''a b'\\''' '' {path} $'a\\tb'; its end is told"
        );
        assert_eq!(command.place(), "in the pipeline, among the documents");
        assert_eq!(command.word(), "open-in-zed");
        assert!(command.is_meant_by("open in zed") && command.is_meant_by("OPEN-in-zed"));
        assert!(!command.is_meant_by("open"));
        assert!(command.works_in(Scope::Pipeline) && !command.works_in(Scope::Backlog));
    }

    #[test]
    fn every_placeholder_has_a_name_and_a_variable_of_its_own() {
        for (one, name, variable, _) in PLACEHOLDERS {
            assert_eq!(Placeholder::named(name), Some(one));
            assert_eq!(Placeholder::of_variable(variable), Some(one));
            assert_eq!(one.variable(), variable);
            assert_ne!(variable, crate::process::tag::VARIABLE);
        }
        assert_eq!(Placeholder::named("worktree"), Some(Placeholder::Tree));
        assert_eq!(Placeholder::named("nope"), None);
    }
}
