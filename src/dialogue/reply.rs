//! A reply in free text: `1. … 2. …`, on lines of their own or in one, whole or in part.

use super::form::Form;
use super::question::{Given, Question, number_of};
use crate::documents::markdown::bullet::marker;
use crate::documents::task::clarification::question_id;

/// What a reply came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    /// The questions that it gives something to, by id, in its order; the last word counts.
    pub given: Vec<(String, Given)>,
    /// What it says beside that.
    pub rest: String,
}

/// Replies that take every recommended answer.
const ALL_DEFAULTS: [&str; 8] = [
    "defaults",
    "all defaults",
    "take the defaults",
    "take defaults",
    "take all defaults",
    "use the defaults",
    "the defaults",
    "as recommended",
];
/// Answers that take the recommended one.
const ONE_DEFAULT: [&str; 6] = [
    "default",
    "the default",
    "recommended",
    "as recommended",
    "take the default",
    "your recommendation",
];
/// Answers that leave it to the author.
const SKIP: [&str; 5] = ["skip", "-", "—", "n/a", "skipped"];

/// Reads a reply to these questions. A line that begins with the number of one (`3.`, `3)`, `Q3:`)
/// begins its answer, which goes on until the next such line; within a line the number of a later
/// question begins the next answer. An indented number belongs to the answer above it.
pub fn parse(text: &str, questions: &[Question]) -> Reply {
    read(text, questions, &[])
}

/// Reads a reply to a form. What was given is not taken back by a word for all defaults, and an
/// answer that the author was told is changed by `Q3:` alone: a plain number may count anything then.
pub fn to_form(text: &str, form: &Form) -> Reply {
    if is_one_of(text, &ALL_DEFAULTS) {
        return Reply {
            given: form.defaults(),
            rest: String::new(),
        };
    }
    let entries = form.entries().iter();
    let settled = entries.filter(|e| e.told && e.given.is_some());
    let settled: Vec<u32> = settled.map(|e| e.question.number()).collect();
    read(text, &form.questions(), &settled)
}

/// `settled`: the numbers that count only behind a `Q`.
fn read(text: &str, questions: &[Question], settled: &[u32]) -> Reply {
    let mut reply = Reply::default();
    if is_one_of(text, &ALL_DEFAULTS) {
        let defaults = questions.iter().filter_map(|q| {
            let text = q.recommended.clone()?;
            Some((q.id.clone(), Given::Default { text }))
        });
        reply.given.extend(defaults);
        return reply;
    }
    let mut open: Option<(usize, String)> = None;
    for line in text.lines() {
        let indented = line.starts_with([' ', '\t']) && open.is_some();
        match start(line, questions, settled).filter(|_| !indented) {
            Some((at, rest)) => {
                reply.close(open.take(), questions);
                open = Some(reply.inline(at, rest, questions, settled));
            }
            None => match &mut open {
                Some((_, words)) => {
                    words.push('\n');
                    words.push_str(line.trim_end());
                }
                None => {
                    reply.rest.push_str(line.trim_end());
                    reply.rest.push('\n');
                }
            },
        }
    }
    reply.close(open, questions);
    reply.rest = reply.rest.trim().to_owned();
    reply
}

impl Reply {
    /// Parts a line at the numbers of later questions.
    fn inline(
        &mut self,
        first: usize,
        rest: &str,
        questions: &[Question],
        settled: &[u32],
    ) -> (usize, String) {
        let (mut at, mut rest) = (first, rest);
        loop {
            let later = questions.iter().enumerate().skip(at + 1);
            let cuts = later.filter_map(|(n, question)| {
                let number = question.number();
                let (before, after) = cut_at(rest, number, settled.contains(&number))?;
                Some((before.len(), n, before, after))
            });
            let Some((_, next, before, after)) = cuts.min() else {
                break;
            };
            self.close(Some((at, before.to_owned())), questions);
            (at, rest) = (next, after);
        }
        (at, rest.to_owned())
    }

    fn close(&mut self, open: Option<(usize, String)>, questions: &[Question]) {
        let Some((at, words)) = open else { return };
        let question = &questions[at];
        let Some(given) = given(question, &words) else {
            return;
        };
        self.given.retain(|(id, _)| *id != question.id);
        self.given.push((question.id.clone(), given));
    }
}

/// What a person's words give to a question; `None`: nothing.
pub fn given(question: &Question, words: &str) -> Option<Given> {
    let words = words.trim();
    if words.is_empty() {
        return None;
    }
    if is_one_of(words, &SKIP) {
        return Some(Given::Skip);
    }
    if let Some(text) = question
        .recommended
        .clone()
        .filter(|_| is_one_of(words, &ONE_DEFAULT))
    {
        return Some(Given::Default { text });
    }
    if let Some(back) = words.strip_prefix('?') {
        let text = back.trim().to_owned();
        return (!text.is_empty()).then_some(Given::Back { text });
    }
    Some(Given::Answer {
        text: question.meant(words),
    })
}

fn is_one_of(text: &str, words: &[&str]) -> bool {
    let bare = text.trim().trim_end_matches(['.', '!']).to_lowercase();
    words.contains(&bare.as_str())
}

/// The question whose answer a line begins, by its place, and the rest of the line.
fn start<'t>(line: &'t str, questions: &[Question], settled: &[u32]) -> Option<(usize, &'t str)> {
    let bare = line.trim();
    let (number, rest) = match question_id(bare) {
        Some((id, rest)) => (number_of(&id), rest),
        None => match marker(bare) {
            Some((Some(number), rest)) if !settled.contains(&number) => (number, rest),
            _ => return None,
        },
    };
    let at = questions.iter().position(|q| q.number() == number)?;
    Some((at, rest))
}

/// The text before and behind ` n. ` or ` n) ` or ` Qn: `.
fn cut_at(text: &str, number: u32, named_only: bool) -> Option<(&str, &str)> {
    let marks = [
        format!(" Q{number}: "),
        format!(" Q{number} "),
        format!(" {number}. "),
        format!(" {number}) "),
    ];
    let some = if named_only { 2 } else { 4 };
    marks
        .iter()
        .take(some)
        .filter_map(|mark| text.find(mark.as_str()).map(|at| (at, mark.len())))
        .min()
        .map(|(at, length)| (&text[..at], &text[at + length..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn questions(n: u32) -> Vec<Question> {
        let question = |n: u32| Question {
            id: format!("Q{n}"),
            text: format!("What of {n}?"),
            recommended: (n != 2).then(|| format!("{n} of them")),
            ..Question::default()
        };
        (1..=n).map(question).collect()
    }

    fn answers(reply: &Reply) -> Vec<(&str, &str)> {
        let all = reply.given.iter();
        all.map(|(id, g)| (id.as_str(), g.answer().unwrap_or("-")))
            .collect()
    }

    #[test]
    fn in_one_line_and_on_lines() {
        let one = parse(
            "1. beside 2. 3 3. 3 again. 4. none, if there is none",
            &questions(4),
        );
        let expected = [
            ("Q1", "beside"),
            ("Q2", "3"),
            ("Q3", "3 again."),
            ("Q4", "none, if there is none"),
        ];
        assert_eq!(answers(&one), expected);
        let lines = parse(
            "1. beside\n2) 3\nQ3: 3 again.\n4. none, if there is none\n",
            &questions(4),
        );
        assert_eq!(answers(&lines), expected);
    }

    #[test]
    fn in_part_with_words_beside_and_several_lines() {
        let reply = parse(
            "Good questions.\n3. both:\n   - the first\n   - the second\n1. default\n\nThanks",
            &questions(4),
        );
        assert_eq!(reply.rest, "Good questions.");
        assert_eq!(
            reply.given[0].1.answer(),
            Some("both:\n   - the first\n   - the second")
        );
        assert!(matches!(reply.given[1].1, Given::Answer { .. }));
        let reply = parse("3. both\n1. default", &questions(4));
        assert_eq!(
            reply.given[1].1,
            Given::Default {
                text: "1 of them".into()
            }
        );
    }

    #[test]
    fn defaults_skips_and_questions_back() {
        let all = parse(" Take the defaults. ", &questions(3));
        assert_eq!(answers(&all), [("Q1", "1 of them"), ("Q3", "3 of them")]);
        let reply = parse("1. skip\n2. ? of which kind\n3. ", &questions(3));
        assert_eq!(reply.given[0].1, Given::Skip);
        assert_eq!(
            reply.given[1].1,
            Given::Back {
                text: "of which kind".into()
            }
        );
        assert_eq!(reply.given.len(), 2);
    }

    #[test]
    fn what_is_settled_is_changed_by_name_alone() {
        let mut form = Form::default();
        form.ask(questions(3));
        let given = Given::Answer {
            text: "mine".into(),
        };
        form.give("Q1", given);
        assert_eq!(answers(&to_form("defaults", &form)), [("Q3", "3 of them")]);
        assert_eq!(
            answers(&to_form("1. other 3. last", &form)),
            [("Q1", "other"), ("Q3", "last")]
        );
        form.told();
        let reply = to_form("Please change:\n1. drop the footer\n2. use blue", &form);
        assert_eq!(answers(&reply), [("Q2", "use blue")]);
        assert_eq!(reply.rest, "Please change:\n1. drop the footer");
        assert_eq!(answers(&to_form("Q1: other", &form)), [("Q1", "other")]);
    }

    #[test]
    fn an_indented_number_belongs_to_the_answer_above() {
        let reply = parse("3. both:\n   1. first this\n   2. then that", &questions(3));
        assert_eq!(
            answers(&reply),
            [("Q3", "both:\n   1. first this\n   2. then that")]
        );
    }

    #[test]
    fn a_number_that_no_question_has_is_text() {
        let reply = parse("7. is not asked", &questions(2));
        assert_eq!(reply.rest, "7. is not asked");
        let reply = parse("1. version 4. 2 of it", &questions(2));
        assert_eq!(answers(&reply), [("Q1", "version 4. 2 of it")]);
    }

    proptest::proptest! {
        // No `q`: before a number it is the question's name, and no word.
        #[test]
        fn no_reply_loses_a_word(text in "([1-4][.)] |Q[1-4]: |[a-pr-z]{1,4}|\n| ){0,40}") {
            let reply = parse(&text, &questions(4));
            let mut kept = reply.rest.clone();
            for (_, given) in &reply.given {
                kept.push(' ');
                kept.push_str(given.answer().unwrap_or_default());
            }
            // A question that is answered twice keeps its last answer.
            let twice = (1..=4).any(|n| text.matches(&format!("{n}")).count() > 1);
            let words = |t: &str| t.split(|c: char| !c.is_ascii_lowercase()).map(str::to_owned)
                .filter(|w| !w.is_empty()).collect::<std::collections::BTreeSet<_>>();
            proptest::prop_assert!(twice || words(&text).is_subset(&words(&kept)), "{reply:?}");
        }
    }
}
