//! What is written in a dialogue, and what it means there.

use super::super::linear::Linear;
use super::super::papers::stopped;
use super::Put;
use crate::agents::talk::Decision;
use crate::dialogue::lead::{Shown, Wish};
use crate::dialogue::question::Given;
use crate::dialogue::reply;
use crate::dialogue::typed::{self, GO_ON, Typed};
use crate::workbench::actions::Action;
use crate::workbench::app::Effect;
use jiff::Timestamp;

impl Linear {
    /// Takes a line as an answer to what was put last. False: it is a word as everywhere.
    pub(in crate::workbench::plain) fn talk_line(&mut self, now: Timestamp, line: &str) -> bool {
        let Some(shown) = self.app.dialogue.shown.clone() else {
            return false;
        };
        let put = self.talking.put.clone();
        if self.talking.begun.is_empty() && self.is_everywhere(now, line, &put) {
            return true;
        }
        if matches!(put, Put::Nothing | Put::AtIt | Put::Over) {
            if line.is_empty() {
                return true;
            }
            self.say(match put {
                Put::Over => "It was not taken: nothing can be answered any more.",
                _ => "It was not taken: the author is at it.",
            });
            return true;
        }
        if self.sends_kept(&put, line) {
            return true;
        }
        let Some(line) = self.whole(line) else {
            return true;
        };
        match &put {
            Put::Nothing | Put::AtIt | Put::Over => {}
            Put::Permission(id) => self.decided(id, &line),
            Put::Question(id, _) => self.answered(now, id, &line),
            Put::Back(id) => self.asked_back(id, line),
            Put::Change if line.is_empty() => {
                self.say("Write what is to change; backlog goes back to the list.");
            }
            Put::Change => self.tell_author(line),
            Put::Draft(_) => self.at_draft(&shown, line),
            Put::Words(_) => self.at_words(&shown, line),
            Put::Send(_) => self.at_send(now, &line),
        }
        true
    }

    /// Sends what was written to the author and is kept, where that is what the line asks for. An
    /// option's letter is the option's.
    fn sends_kept(&mut self, put: &Put, line: &str) -> bool {
        let free = self.talking.begun.is_empty() && !matches!(put, Put::Permission(_));
        if !free || !line.eq_ignore_ascii_case("say") || self.is_option(put, line) {
            return false;
        }
        let Some(words) = self.kept_words() else {
            return false;
        };
        self.tell_author(words);
        true
    }

    fn is_option(&self, put: &Put, line: &str) -> bool {
        let Put::Question(id, _) = put else {
            return false;
        };
        let entry = self.entry(id);
        entry.is_some_and(|e| typed::is_letter(&e.question, line))
    }

    /// Words that mean the same wherever one is in a dialogue. An option's letter is the option's.
    fn is_everywhere(&mut self, now: Timestamp, line: &str, put: &Put) -> bool {
        if self.is_option(put, line) {
            return false;
        }
        let lower = line.to_lowercase();
        match lower.as_str() {
            "more" => self.more(now),
            "help" | "h" => self.help_talk(put),
            "backlog" | "list" => {
                self.go_to_backlog(now);
                self.say("All is kept; dialogue goes back to it.");
            }
            "quit" | "exit" | "leave" | "q" => self.leave_talk(now),
            "interrupt" | "stop" if self.app.dialogue.is_at_it() => {
                self.does(now, Action::Interrupt);
            }
            _ => match lower.strip_prefix("lines ").map(str::trim) {
                Some(rest) if rest == "all" || rest.parse::<usize>().is_ok() => {
                    self.lines_at_once(rest);
                }
                _ => return false,
            },
        }
        true
    }

    fn leave_talk(&mut self, now: Timestamp) {
        let unsent = match &self.app.dialogue.asks {
            Some(asks) if asks.over.is_none() => self.app.dialogue.answers_given(),
            _ => 0,
        };
        if unsent > 0 && self.is_attended() && !self.talking.warned {
            self.talking.warned = true;
            let unsent = crate::text::many(unsent, "answer");
            return self.say(format!(
                "{unsent} not sent: send sends what was answered; quit again leaves, and it is kept."
            ));
        }
        self.does(now, Action::Leave);
    }

    /// The line with those before it that ended with a backslash; `None`: it goes on too.
    fn whole(&mut self, line: &str) -> Option<String> {
        let begun = &mut self.talking.begun;
        let goes_on = line.strip_suffix('\\');
        if !begun.is_empty() {
            begun.push('\n');
        }
        begun.push_str(goes_on.unwrap_or(line).trim_end());
        if goes_on.is_some() && !begun.is_empty() {
            self.say("And further?");
            return None;
        }
        Some(std::mem::take(begun))
    }

    fn decided(&mut self, id: &str, line: &str) {
        let (word, why) = line.split_once(' ').unwrap_or((line, ""));
        let why = Some(why.trim().to_owned()).filter(|w| !w.is_empty());
        let decision = match word.to_lowercase().as_str() {
            "a" | "allow" | "y" | "yes" => Decision::AllowOnce,
            "d" | "dialogue" => Decision::AllowForDialogue,
            "n" | "no" | "deny" => Decision::Deny { reason: why },
            _ => {
                return self.say("Nothing was decided: type allow, dialogue or deny.");
            }
        };
        self.decide(id, decision, None);
    }

    fn answered(&mut self, now: Timestamp, id: &str, line: &str) {
        let Some(entry) = self.entry(id) else { return };
        let asked = self.app.dialogue.asks.is_some();
        if matches!(line.to_lowercase().as_str(), "send" | "tell") {
            return self.send(now);
        }
        match typed::typed(&entry, &self.questions(), line) {
            Typed::Given(given) => self.gives(given),
            Typed::Keep => self.talking.again = None,
            Typed::Nothing => self.say(
                "Nothing is recommended here: write an answer, or a hyphen alone to leave it.",
            ),
            Typed::All => {
                self.talking.again = None;
                self.talking.gave = true;
                self.does(now, Action::Defaults);
            }
            Typed::Before => self.before(id),
            Typed::AskBack if asked => self.say("A stage of a run takes answers alone."),
            Typed::AskBack => self.talking.back = Some(id.to_owned()),
            Typed::Edit => self.say(
                "There is no editor here: write it as a line; a \\ at its end goes on in the next.",
            ),
            Typed::Help => self.help_talk(&Put::Question(id.to_owned(), 0)),
            Typed::Leave => self.leave_talk(now),
        }
    }

    fn questions(&self) -> Vec<crate::dialogue::question::Question> {
        let entries = self.app.dialogue.entries().iter();
        entries.map(|e| e.question.clone()).collect()
    }

    /// Gives these: each is told once the disk has it.
    fn gives(&mut self, given: Vec<(String, Given)>) {
        let asks = self.app.dialogue.asks.is_some();
        for (id, given) in given {
            let blocking = self.entry(&id).is_some_and(|e| e.question.blocking);
            match &given {
                Given::Back { .. } if asks => {
                    self.say(format!("{id}: a stage of a run takes answers alone."));
                    continue;
                }
                Given::Skip if asks && blocking => {
                    self.say(format!(
                        "{id}: the stage can't go on without an answer to it."
                    ));
                    continue;
                }
                _ => {}
            }
            if asks {
                self.say(format!("Noted {id}: {}", stopped(&typed::told(&given))));
            } else {
                self.talking.keeps(&id);
            }
            if self.talking.again.as_ref() == Some(&id) {
                self.talking.again = None;
            }
            self.talking.gave = true;
            let effects = self.app.gives_to(id, given);
            self.done(effects);
        }
    }

    fn before(&mut self, id: &str) {
        let entries = self.app.dialogue.entries();
        let at = entries.iter().position(|e| e.question.id == id);
        let before = at.and_then(|n| n.checked_sub(1));
        match before.and_then(|n| entries.get(n)) {
            Some(entry) => {
                self.talking.again = Some(entry.question.id.clone());
                self.talking.asked_again += 1;
            }
            None => self.say("This is the first one."),
        }
    }

    fn asked_back(&mut self, id: &str, text: String) {
        self.talking.back = None;
        if text.is_empty() {
            return self.say("Nothing was asked.");
        }
        self.gives(vec![(id.to_owned(), Given::Back { text })]);
    }

    /// Tells the author these words, and all that was given since; it is said once it was taken.
    pub(super) fn tell_author(&mut self, words: String) {
        self.talking.tells = true;
        let effects = self.app.tells_by_line(words);
        self.done(effects);
    }

    fn send(&mut self, now: Timestamp) {
        let asks = self.app.dialogue.asks.is_some();
        if let Err(why) = self.app.may(Action::Tell) {
            return self.say(format!("Not sent: {}", stopped(&why)));
        }
        if asks {
            self.say("Ordered.");
        } else {
            self.talking.tells = true;
        }
        self.does(now, Action::Tell);
    }

    /// A line where the answers to a stage wait to be sent.
    fn at_send(&mut self, now: Timestamp, line: &str) {
        let questions = self.questions();
        match line.to_lowercase().as_str() {
            "send" | "tell" | "y" | "yes" => self.send(now),
            "back" | "b" => {
                self.talking.again = questions.last().map(|q| q.id.clone());
                self.talking.asked_again += 1;
            }
            _ if typed::is_numbered(line, &questions) => {
                let given = reply::parse(line, &questions).given;
                self.gives(given);
            }
            _ => self.say("Nothing was sent: type send, or a number and an answer."),
        }
    }

    fn at_draft(&mut self, shown: &Shown, line: String) {
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((&line, ""));
        match (word.to_lowercase().as_str(), rest.trim()) {
            ("", _) => self.ask_draft(),
            ("save" | "s", "") => self.save(false),
            ("save", "anyway") | ("save-anyway", "") => self.save(true),
            ("diff" | "d" | "draft-diff", "") => self.say_draft_diff(shown),
            ("draft" | "show", "") => self.put_draft(shown),
            ("say" | "w" | "words" | "tell", "") if !shown.state.form.is_untold() => {
                self.say("Say what? say and your words.");
            }
            ("say" | "w" | "words" | "tell", words) => self.tell_author(words.to_owned()),
            ("author", name) if !name.is_empty() => self.another(name),
            _ if typed::is_numbered(&line, &self.questions()) => self.tell_author(line),
            _ => {
                self.say("Nothing was done.");
                self.ask_draft();
            }
        }
    }

    fn at_words(&mut self, shown: &Shown, line: String) {
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((&line, ""));
        match (word.to_lowercase().as_str(), rest.trim()) {
            ("", _) if shown.state.form.is_untold() => self.tell_author(String::new()),
            ("", _) => self.tell_author(GO_ON.to_owned()),
            ("author", name) if !name.is_empty() && !name.contains(' ') => self.another(name),
            ("save" | "save-anyway", "") => self.save(word == "save-anyway"),
            ("save", "anyway") => self.save(true),
            ("draft", "") if shown.draft.is_some() => self.put_draft(shown),
            ("say", "") => self.say("Say what? Say and your words."),
            ("say", words) => self.tell_author(words.to_owned()),
            _ => self.tell_author(line),
        }
    }

    fn save(&mut self, anyway: bool) {
        self.done(vec![Effect::Talk(Wish::Save { anyway })]);
    }

    fn another(&mut self, name: &str) {
        self.say(format!(
            "{name} goes on in a new session; it is told what was said."
        ));
        self.done(vec![Effect::Talk(Wish::Agent(name.to_owned()))]);
    }
}
