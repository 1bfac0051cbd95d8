//! Any program: the prompt on standard input, the answer on standard output.
//!
//! Exit 0 is an end by its own account, 75 (`EX_TEMPFAIL` of sysexits.h) a failure that passes,
//! 69 (`EX_UNAVAILABLE`) a provider that can't be reached, 77 (`EX_NOPERM`) a missing login, 78
//! (`EX_CONFIG`), 126 and 127 a program that can't run here. One that fails because a quota is used up
//! says so on a line of its own on standard error: `harness-quota: 90m`, the time until it is there
//! again, or `harness-quota: unknown`.

use super::event::{AgentEvent, Failure, Finished};
use super::standing::{LoginFrom, Standing};
use super::{
    CannotStart, Caps, Driver, Invocation, Launch, MAX_ANSWER, MAX_TEXT, ProcessEnd, Reader,
    Session, chosen_env, cut, keep_end,
};
use crate::documents::yaml::shape::duration;
use crate::terms::{FailureKind, Usage};
use std::collections::BTreeMap;

/// The driver of `driver: command`.
pub struct Command;

impl Driver for Command {
    fn name(&self) -> &'static str {
        "command"
    }

    fn caps(&self) -> Caps {
        Caps {
            resume: false,
            choose_session: false,
            reports_tokens: false,
            reports_cost: false,
            write_one_path: false,
        }
    }

    fn invocation(&self, launch: &Launch<'_>) -> Result<Invocation, CannotStart> {
        let refuse = |message: String| CannotStart {
            kind: FailureKind::Configuration,
            message,
        };
        let agent = launch.agent;
        if agent.command.first().is_none_or(String::is_empty) {
            return Err(refuse(format!(
                "agent '{}' has no command; write `command: [program, argument]` at it in harness.yaml",
                agent.name
            )));
        }
        if matches!(launch.session, Session::Resume(_)) {
            return Err(refuse(format!(
                "agent '{}' is a plain command and keeps no session; start the attempt afresh",
                agent.name
            )));
        }
        let profile = launch.profile;
        for (what, names) in [("MCP server", &profile.mcp), ("skill", &profile.skills)] {
            if let Some(name) = names.first() {
                return Err(refuse(format!(
                    "profile '{}' asks for the {what} '{name}', which a plain command can't be \
                     given; remove it or choose another agent",
                    profile.name
                )));
            }
        }
        let names = agent.env.iter().chain(&profile.env).map(String::as_str);
        Ok(Invocation {
            argv: agent.command.clone(),
            env: chosen_env(launch.user_env, names, &[]),
            stdin: launch.prompt.as_bytes().to_vec(),
            files: Vec::new(),
            writable: Vec::new(),
            kept: Vec::new(),
            loaded: Vec::new(),
        })
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Lines::default())
    }

    fn standing(
        &self,
        _: &[String],
        named: &[String],
        _: &BTreeMap<String, String>,
    ) -> Option<Standing> {
        let also = match named {
            [] => String::new(),
            names => format!(" and {}", names.join(", ")),
        };
        Some(Standing {
            login: LoginFrom::Own(format!("its own affair; it gets HOME{also}")),
            apart: "only named variables reach it; instructions come in its prompt".to_owned(),
            comes_along: Some("what it reads by itself, of the repository and of your home"),
            remedy: Some("switch that off with its own flags, in command: of the agent"),
        })
    }
}

/// Standard output is the answer; standard error is for people.
#[derive(Default)]
struct Lines {
    answer: String,
    cut: bool,
    last_error: String,
    quota: Option<Quota>,
}

/// What leads the line that tells of a used-up quota.
const QUOTA: &str = "harness-quota:";

/// A quota that is used up.
#[derive(Clone, Copy)]
struct Quota {
    /// Seconds until it is there again, where they are known.
    secs: Option<u64>,
}

impl Reader for Lines {
    fn line(&mut self, line: &str) -> Vec<AgentEvent> {
        self.answer.push_str(line);
        self.answer.push('\n');
        // Cut in large steps, so that an endless output costs no quadratic time.
        if self.answer.len() > 2 * MAX_ANSWER {
            self.cut |= keep_end(&mut self.answer);
        }
        vec![AgentEvent::TextDelta {
            text: format!("{}\n", cut(line, MAX_TEXT)),
        }]
    }

    fn error_line(&mut self, line: &str) -> Vec<AgentEvent> {
        if line.trim().is_empty() {
            return Vec::new();
        }
        if let Some(told) = line.trim().strip_prefix(QUOTA) {
            self.quota = Some(Quota {
                secs: duration(told.trim()),
            });
        }
        self.last_error = cut(line, 2000);
        vec![AgentEvent::Warning {
            text: cut(line, MAX_TEXT),
        }]
    }

    fn skim(&mut self, lines: &[u8]) -> Vec<AgentEvent> {
        // Of the answer its end is kept, which is all that these lines can be.
        let from = lines.len().saturating_sub(2 * MAX_ANSWER);
        self.cut |= from > 0;
        let end = String::from_utf8_lossy(&lines[from..]);
        self.answer.push_str(&end.replace("\r\n", "\n"));
        if self.answer.len() > 2 * MAX_ANSWER {
            self.cut |= keep_end(&mut self.answer);
        }
        Vec::new()
    }

    fn finish(&mut self, end: ProcessEnd) -> Finished {
        self.cut |= keep_end(&mut self.answer);
        Finished {
            failure: failure(end, &self.last_error, self.quota),
            answer: self.answer.trim_end().to_owned(),
            answer_cut: self.cut,
            session: None,
            usage: Usage::default(),
            denials: Vec::new(),
            model: None,
        }
    }
}

fn failure(end: ProcessEnd, last_error: &str, quota: Option<Quota>) -> Option<Failure> {
    let kind = match end {
        ProcessEnd::Exited(0) => return None,
        ProcessEnd::Exited(_) if quota.is_some() => FailureKind::Quota,
        ProcessEnd::Exited(75) => FailureKind::Overloaded,
        ProcessEnd::Exited(69) => FailureKind::Network,
        ProcessEnd::Exited(77) => FailureKind::Auth,
        ProcessEnd::Exited(78 | 126 | 127) => FailureKind::Configuration,
        ProcessEnd::Exited(_) | ProcessEnd::Signalled(_) => FailureKind::Unknown,
    };
    let how = match end {
        ProcessEnd::Exited(code) => format!("it exited {code}"),
        ProcessEnd::Signalled(signal) => format!("signal {signal} ended it"),
    };
    let mut message = if last_error.is_empty() {
        how
    } else {
        format!("{how}: {last_error}")
    };
    if let Some(remedy) = remedy(end) {
        message.push_str("; ");
        message.push_str(remedy);
    }
    Some(Failure {
        kind,
        message,
        retry_after_secs: quota.and_then(|q| q.secs),
    })
}

/// What to do about an exit code that says what is wrong.
fn remedy(end: ProcessEnd) -> Option<&'static str> {
    match end {
        ProcessEnd::Exited(77) => Some("that says a login is missing: log the agent's program in"),
        ProcessEnd::Exited(78) => Some(
            "that says it is configured wrongly: mend its configuration, or its agent's in harness.yaml",
        ),
        ProcessEnd::Exited(126 | 127) => Some(
            "that says a program it needs can't be run here: install it, or correct `command:` of \
             the agent in harness.yaml",
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::testing::Order;

    #[test]
    fn the_prompt_goes_to_standard_input_and_named_variables_along() {
        let mut order = Order::of("command");
        order.agent.command = vec!["./agent.sh".into(), "--fast".into()];
        order.agent.env = vec!["TOKEN".into(), "UNSET".into()];
        order.user_env.insert("TOKEN".into(), "t".into());
        let invocation = Command.invocation(&order.launch()).unwrap();
        assert_eq!(invocation.argv, ["./agent.sh", "--fast"]);
        assert_eq!(invocation.stdin, b"Do it.");
        assert_eq!(
            invocation.env.into_iter().collect::<Vec<_>>(),
            [("TOKEN".to_owned(), "t".to_owned())]
        );
    }

    #[test]
    fn what_it_can_not_do_is_refused_and_not_dropped() {
        let mut order = Order::of("command");
        let refusal = |order: &Order| Command.invocation(&order.launch()).unwrap_err();
        assert!(refusal(&order).message.contains("no command"));
        order.agent.command = vec!["x".into()];
        order.profile.instructions = vec![crate::terms::RepoPath::new("CLAUDE.md").unwrap()];
        // The prompt names them, where they are there, with their digests.
        assert_eq!(Command.invocation(&order.launch()).unwrap().loaded, [""; 0]);
        order.profile.mcp = vec!["linear".into()];
        assert!(refusal(&order).message.contains("'linear'"));
        order.profile.mcp.clear();
        order.session = Session::Resume("s".into());
        assert_eq!(refusal(&order).kind, FailureKind::Configuration);
    }

    #[test]
    fn the_end_of_a_long_answer_is_kept_in_whole_characters() {
        let mut lines = Lines::default();
        lines.line("begun");
        let short = Lines::default().finish(ProcessEnd::Exited(0));
        assert!(!short.answer_cut);
        let line = "ä".repeat(500);
        for n in 0..10_000 {
            lines.line(&format!("{line} {n}"));
        }
        let finished = lines.finish(ProcessEnd::Exited(0));
        assert_eq!(finished.failure, None);
        assert!(finished.answer_cut);
        let kept = MAX_ANSWER - 3..=MAX_ANSWER;
        assert!(kept.contains(&finished.answer.len()));
        assert!(finished.answer.ends_with("ä 9999"));
        assert!(finished.usage.is_unknown());
    }

    #[test]
    fn skimmed_lines_give_the_same_answer() {
        let text: String = (0..40_000)
            .map(|n| format!("ä {n} {}\r\n", "x".repeat(250)))
            .collect();
        let (mut read, mut skimmed) = (Lines::default(), Lines::default());
        for line in text.lines() {
            read.line(line);
        }
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        for piece in lines.chunks(3_000) {
            assert_eq!(skimmed.skim(piece.concat().as_bytes()), []);
        }
        let end = ProcessEnd::Exited(0);
        let (skimmed, read) = (skimmed.finish(end), read.finish(end));
        assert!(skimmed.answer_cut && read.answer_cut);
        assert!(skimmed.answer == read.answer);
    }

    #[test]
    fn a_used_up_quota_is_told_by_a_line_of_its_own() {
        let of = |line: &str, code: i32| {
            let mut lines = Lines::default();
            lines.error_line(line);
            lines.error_line("good night");
            lines.finish(ProcessEnd::Exited(code)).failure
        };
        let told = |line: &str| {
            let failure = of(line, 1).unwrap();
            (failure.kind, failure.retry_after_secs)
        };
        assert_eq!(
            told("harness-quota: 1h30m"),
            (FailureKind::Quota, Some(5400))
        );
        assert_eq!(told(" harness-quota:20s"), (FailureKind::Quota, Some(20)));
        assert_eq!(told("harness-quota: unknown"), (FailureKind::Quota, None));
        assert_eq!(
            told("it said harness-quota: 20s"),
            (FailureKind::Unknown, None)
        );
        assert_eq!(of("harness-quota: 20s", 0), None, "it worked nevertheless");
    }

    #[test]
    fn exit_codes_say_what_kind_of_failure() {
        for (code, kind) in [
            (75, FailureKind::Overloaded),
            (127, FailureKind::Configuration),
            (1, FailureKind::Unknown),
        ] {
            let mut lines = Lines::default();
            lines.error_line("no luck");
            let failure = lines.finish(ProcessEnd::Exited(code)).failure.unwrap();
            assert_eq!(failure.kind, kind);
            assert!(failure.message.contains("no luck"), "{}", failure.message);
        }
        assert!(
            failure(ProcessEnd::Signalled(9), "", None)
                .unwrap()
                .message
                .contains('9')
        );
        assert!(FailureKind::Overloaded.is_transient());
    }
}
