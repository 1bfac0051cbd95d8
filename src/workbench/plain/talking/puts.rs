//! What is to be answered now, and how that is said.

use super::super::linear::Linear;
use super::super::papers::{file_lines, stopped};
use super::Put;
use crate::agents::talk::Permission;
use crate::dialogue::form::Entry;
use crate::dialogue::lead::Shown;
use crate::dialogue::question::Given;
use crate::dialogue::state::{Floor, Line};
use crate::dialogue::typed;
use crate::render::diff;
use crate::text::many;

impl Linear {
    /// What is to be answered now.
    pub(super) fn now_put(&self, shown: &Shown) -> Put {
        let (dialogue, talking) = (&self.app.dialogue, &self.talking);
        let question = || self.question_put();
        if let Some(asks) = &dialogue.asks {
            return match question() {
                _ if asks.over.is_some() => Put::Over,
                Some(put) => put,
                None => Put::Send(dialogue.answers_given()),
            };
        }
        if let Some(asked) = self.asks_leave() {
            return Put::Permission(asked.id);
        }
        if shown.state.floor == Floor::Agent {
            return Put::AtIt;
        }
        // It is about to be told what was given.
        if talking.wished || (talking.gave && dialogue.is_owed() && dialogue.open() == 0) {
            return Put::Nothing;
        }
        let state = &shown.state;
        let revises = state.about.as_ref().is_some_and(|a| a.revises);
        let drafts = state.lines.iter().filter(|l| **l == Line::Draft).count();
        match (&talking.back, question()) {
            (Some(id), _) => Put::Back(id.clone()),
            (None, Some(put)) => put,
            (None, None) if revises && state.lines.is_empty() => Put::Change,
            (None, None) if state.has_new_draft() => Put::Draft(drafts),
            (None, None) => Put::Words(state.lines.len()),
        }
    }

    /// The question that is to be answered: one that is asked for again, else the first open one.
    fn question_put(&self) -> Option<Put> {
        let (dialogue, talking) = (&self.app.dialogue, &self.talking);
        let mut entries = dialogue.entries().iter();
        let open = entries.find(|e| dialogue.given(e).is_none());
        let id = talking.again.clone();
        let id = id.or_else(|| open.map(|e| e.question.id.clone()))?;
        Some(Put::Question(id, talking.asked_again))
    }

    /// A question as it is answered here: with what was given and not told of yet.
    pub(super) fn entry(&self, id: &str) -> Option<Entry> {
        let dialogue = &self.app.dialogue;
        let entry = dialogue.entries().iter().find(|e| e.question.id == id)?;
        Some(Entry {
            given: dialogue.given(entry).cloned(),
            ..entry.clone()
        })
    }

    /// Says what is to be answered.
    pub(super) fn put_it(&mut self, shown: &Shown, put: &Put) {
        match put {
            Put::Nothing => {}
            Put::AtIt => self.say(format!(
                "{} is at it; interrupt stops it, backlog goes back to the list.",
                shown.agent
            )),
            Put::Permission(id) => {
                let mut all = shown.live.permissions.iter();
                if let Some(asked) = all.find(|p| p.id == *id).cloned() {
                    self.put_permission(&shown.agent, &asked);
                }
            }
            Put::Question(id, _) => {
                if let Some(entry) = self.entry(id) {
                    self.put_question(&entry);
                }
            }
            Put::Back(id) => self.say(format!("What do you want to know about {id}?")),
            Put::Change => {
                self.say(
                    "What is to change? Your words are told to the author; they may go on \
                          in the next line after a \\ at the end.",
                );
            }
            Put::Draft(_) => self.put_draft(shown),
            Put::Words(_) => {
                let empty = if shown.state.form.is_untold() {
                    "an empty line tells what was answered"
                } else {
                    "an empty line asks it to go on"
                };
                self.say(format!(
                    "Write to the author; {empty}, help says what else there is."
                ));
            }
            Put::Send(n) => self.put_send(&shown.agent, *n),
            Put::Over => {
                let over = self.app.dialogue.asks.as_ref().and_then(|a| a.over.clone());
                self.say(format!(
                    "Nothing can be answered any more: {} backlog goes back to the list.",
                    stopped(&over.unwrap_or_default())
                ));
            }
        }
    }

    fn put_send(&mut self, stage: &str, given: usize) {
        let given = many(given, "answer");
        self.say(format!(
            "All is answered. Type send to send {given}: {stage} runs again and is told; a number \
             and an answer changes one."
        ));
    }

    fn put_permission(&mut self, agent: &str, asked: &Permission) {
        self.say(format!(
            "{agent} asks leave for {} {}",
            asked.tool,
            stopped(&asked.title)
        ));
        let change = asked.diff.as_deref().map(change_lines).unwrap_or_default();
        if !change.is_empty() {
            self.say("It would change:");
            self.page(change);
        }
        self.say(
            "Type allow for this once, dialogue for as long as this dialogue lasts, or deny; a \
             reason may stand after deny.",
        );
    }

    fn put_question(&mut self, entry: &Entry) {
        let question = &entry.question;
        let entries = self.app.dialogue.entries();
        let nth = entries.iter().position(|e| e.question.id == question.id);
        let (nth, of) = (nth.map_or(1, |n| n + 1), entries.len());
        let title = question.title.as_ref().map(|t| format!(", {t}"));
        let group = question.group.as_ref().map(|g| format!(" Of {g}."));
        let needed = if question.blocking {
            " It needs an answer."
        } else {
            ""
        };
        self.say(format!(
            "{}{}, {nth} of {of}.{}{needed}",
            question.id,
            title.unwrap_or_default(),
            group.unwrap_or_default()
        ));
        self.say(&question.text);
        if let Some(why) = &question.why {
            self.say(format!("Why: {why}"));
        }
        for (n, option) in question.options.iter().enumerate() {
            let note = option.note.as_ref().map(|n| format!(", {n}"));
            let is = question.recommended.as_ref() == Some(&option.text);
            self.say(format!(
                "{}: {}{}{}",
                typed::letter(question, n),
                option.text,
                note.unwrap_or_default(),
                if is { ", recommended" } else { "" }
            ));
        }
        let listed = |text: &String| question.options.iter().any(|o| o.text == *text);
        if let Some(recommended) = question.recommended.as_ref().filter(|r| !listed(r)) {
            self.say(format!("Recommended: {recommended}"));
        }
        let enter = match (&entry.given, &question.recommended) {
            (Some(given), _) => {
                self.say(format!("Now: {}", typed::told(given)));
                "an empty line keeps it, "
            }
            (None, Some(_)) => "an empty line takes what is recommended, ",
            (None, None) => "",
        };
        self.say(format!(
            "{}? Write your answer; {enter}help says what else there is.",
            question.id
        ));
    }

    /// Says the draft: what each answer became, what keeps it from being saved, its text.
    pub(super) fn put_draft(&mut self, shown: &Shown) {
        let Some(draft) = shown.draft.clone() else {
            return self.say("The draft can't be shown now.");
        };
        let (made, _) = &*draft;
        self.say(format!("{} drafted {}.", shown.agent, shown.file));
        let answered = shown.state.form.entries().iter();
        let answered = answered.filter(|e| e.given.as_ref().and_then(Given::answer).is_some());
        for entry in answered {
            let id = &entry.question.id;
            let given = entry.given.as_ref().map(typed::told).unwrap_or_default();
            self.say(match made.trace.became(id) {
                Some(became) => format!("{id} became {became}: {given}"),
                None => format!("No line says what became of {id}: {given}"),
            });
        }
        if let Some(workflow) = &shown.state.workflow {
            let why = match workflow.why.as_str() {
                "" => String::new(),
                why => format!(", {why}"),
            };
            let told = format!("It recommends the workflow {}{why}", workflow.name);
            self.say(stopped(&told));
        }
        for finding in &made.findings {
            self.say(format!("Fault: {finding}"));
        }
        if let Some(stale) = &shown.stale {
            let told = format!("Saved, it makes work of {} stale.", stale.run);
            self.say(told);
        }
        if made.findings.is_empty() && made.trace.unplaced.is_empty() {
            self.say("It passes the check, and every answer has its place.");
        }
        self.page(made.text.lines().map(str::to_owned).collect());
        self.ask_draft();
    }

    pub(super) fn ask_draft(&mut self) {
        self.say(
            "Type save, diff for what saving changes, draft to hear it again, or say and your words; \
             a number and an answer answers a question anew.",
        );
    }

    /// Says what saving would change in the file.
    pub(super) fn say_draft_diff(&mut self, shown: &Shown) {
        let lines = shown.draft.as_ref().map(|draft| {
            let (made, there) = &**draft;
            file_lines(&diff::between(shown.file.as_str(), there, &made.text))
        });
        match lines.filter(|l| l.len() > 1) {
            Some(lines) => self.page(lines),
            None => self.say("Nothing would change."),
        }
        self.ask_draft();
    }

    /// What can be typed at what was put.
    pub(super) fn help_talk(&mut self, put: &Put) {
        let rows: &[&str] = match put {
            Put::Question(..) => &[
                "a letter: that option.",
                "an empty line: the recommended answer, or what was given.",
                "any words: your answer; a \\ at the end goes on in the next line.",
                "?: ask back; ? and your question does it at once.",
                "-: leave it to who asks.",
                "back: the question before.",
                "all: every recommended answer of those that are open.",
                "1. and an answer, 2. and an answer: several at once, by their numbers.",
                "send: tell what was answered so far.",
            ],
            Put::Draft(_) => &[
                "save: save it as a task that can be run.",
                "save anyway: also where an answer has no place in it.",
                "diff: what saving changes in the file.",
                "draft: hear it again.",
                "say and words: tell the author.",
                "2. and an answer: answer a question anew.",
            ],
            _ => &[
                "any words: told to the author; a \\ at the end goes on in the next line.",
                "2. and an answer: answer a question anew.",
                "author and a name: go on with that agent of harness.yaml, which is told what was said.",
            ],
        };
        let always = [
            "more: the next page of what was too long.",
            "backlog: back to the list; dialogue comes back here.",
            "quit: leave; all that was answered is kept.",
        ];
        let kept: &[&str] = match self.kept_words() {
            Some(_) => &["say: send what you wrote to the author before, which is kept."],
            None => &[],
        };
        for row in rows.iter().chain(kept).chain(&always) {
            self.say(row);
        }
    }
}

/// A unified diff as lines that each say what they are.
fn change_lines(text: &str) -> Vec<String> {
    let mut says = Vec::new();
    let mut in_hunk = false;
    for line in text.lines() {
        let mut letters = line.chars();
        let sign = letters.next();
        let rest = letters.as_str();
        match sign {
            Some('@') => in_hunk = true,
            Some('+') if in_hunk => says.push(format!("added: {rest}")),
            Some('-') if in_hunk && !line.starts_with("--- ") => {
                says.push(format!("removed: {rest}"));
            }
            Some('+') => {
                let path = rest.trim_start_matches('+').trim();
                says.push(format!("In {path}:"));
            }
            Some(' ') if in_hunk => says.push(format!("as it is: {rest}")),
            // The next file's head, or a mark of git's own.
            _ => in_hunk = in_hunk && sign == Some('\\'),
        }
    }
    says
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_says_of_each_line_what_it_is() {
        let diff = "--- /dev/null\n+++ notes/a.md\n@@ -0,0 +1,2 @@\n+one\n--two\n two\n";
        let said = change_lines(diff);
        let wanted = [
            "In notes/a.md:",
            "added: one",
            "removed: -two",
            "as it is: two",
        ];
        assert_eq!(said, wanted);
    }
}
