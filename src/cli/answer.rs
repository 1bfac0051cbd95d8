//! `answer`: answers to the questions of a stage's agent.

use super::follow::ending::{Asked, asked};
use super::which::{self, Which};
use super::{Context, Outcome, by_hand, follow, order, person};
use crate::engine::Event;
use crate::records::runs::RunView;
use crate::store::fs::{Disk, Fs};
use crate::terms::verdict::Question;
use crate::terms::{RunId, StageId, StageState, TaskId};
use color_eyre::eyre::{Report, WrapErr, bail};
use std::path::PathBuf;

/// Largest file of answers.
const MAX_FILE_BYTES: u64 = 256 * 1024;

/// Answers what a run asks.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The run or task, where it is not the only one that asks; then the answers: Q1='yes' D1='no',
    /// or the answer alone where one thing is asked
    #[arg(value_name = "RUN] [Q1=ANSWER")]
    words: Vec<String>,
    /// A file of answers, a question each: `Q1: yes`, going on in the lines below
    #[arg(long)]
    file: Option<PathBuf>,
    /// Follow the run until it ends or waits again
    #[arg(long)]
    follow: bool,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Outcome {
    let by = person::alone(context, "answer")?;
    let project = context.project()?;
    let named = named(args);
    let which = Which {
        run: named.cloned(),
    };
    let asks = |v: &RunView| {
        v.run
            .stages
            .iter()
            .any(|s| s.state == StageState::NeedsInput)
    };
    let mut view = which::run(&project, &which, "answer", asks)?;
    by_hand::taken_up(context, &mut view)?;
    let mut given = Vec::new();
    for word in args.words.iter().skip(usize::from(named.is_some())) {
        given.push(match word.split_once('=') {
            Some((id, text)) if is_question_id(id.trim()) => {
                (Some(id.trim().to_ascii_uppercase()), text.trim().to_owned())
            }
            _ => (None, word.trim().to_owned()),
        });
    }
    if let Some(file) = &args.file {
        let path = context.cwd.join(file);
        let bytes = Disk
            .read(&path, MAX_FILE_BYTES)
            .wrap_err_with(|| format!("can't read {}", path.display()))?;
        let read = read_file(&String::from_utf8_lossy(&bytes));
        given.extend(read.into_iter().map(|(id, text)| (Some(id), text)));
    }
    let (stage, answers) = matched(&view, given)?;
    let did = format!(
        "goes on: {} for {stage}",
        crate::text::many(answers.len(), "answer")
    );
    let event = Event::Answered { stage, answers, by };
    match order::carry_out(context, &mut view, &event, &did)? {
        0 => follow::then(context, &mut view, args.follow),
        code => Ok(code),
    }
}

/// The first word, where it names a run or a task. An answer alone names none.
fn named(args: &Args) -> Option<&String> {
    let first = args.words.first()?;
    let names = RunId::new(first.as_str()).is_ok() || TaskId::new(first.as_str()).is_ok();
    let before_others = args.words.len() > 1 || args.file.is_some();
    let one_word = !first.contains('=') && !first.contains(char::is_whitespace);
    (names || before_others && one_word).then_some(first)
}

type Answers = Vec<(String, String, String)>;

/// The stage that asked, and the answers with their questions.
fn matched(
    view: &RunView,
    given: Vec<(Option<String>, String)>,
) -> Result<(StageId, Answers), Report> {
    let run = &view.order.run;
    let asking: Vec<(StageId, Vec<Question>)> = asked(&view.run)
        .into_iter()
        .filter_map(|a| match a {
            Asked::Questions { stage, questions } => Some((stage, questions)),
            Asked::Gate { .. } => None,
        })
        .collect();
    if asking.is_empty() {
        bail!("{run} asks nothing: it is {}", view.state());
    }
    let given = with_ids(run, &asking, given)?;
    let known = |questions: &[Question], id: &str| questions.iter().any(|q| q.id == id);
    let Some((stage, questions)) = asking
        .iter()
        .find(|(_, questions)| given.iter().any(|(id, _)| known(questions, id)))
        .or_else(|| asking.first().filter(|_| asking.len() == 1))
    else {
        let list = listed(&asking);
        bail!("none of these answers is to a question of {run}; it asks {list}");
    };
    let answers = given
        .into_iter()
        .map(|(id, text)| {
            let question = questions.iter().find(|q| q.id == id);
            let asked = question.map_or_else(String::new, |q| q.text.clone());
            (id, asked, text)
        })
        .collect();
    Ok((stage.clone(), answers))
}

/// The answers, those without an id to the only thing that is asked.
fn with_ids(
    run: &RunId,
    asking: &[(StageId, Vec<Question>)],
    given: Vec<(Option<String>, String)>,
) -> Result<Vec<(String, String)>, Report> {
    let mut all = asking.iter().flat_map(|(_, questions)| questions);
    let only = all.next().filter(|_| all.next().is_none());
    given
        .into_iter()
        .map(
            |(id, text)| match id.or_else(|| only.map(|q| q.id.clone())) {
                Some(id) => Ok((id, text)),
                None => bail!(
                    "'{text}' does not say what it answers; write Q1='the answer'; {run} asks {}",
                    listed(asking)
                ),
            },
        )
        .collect()
}

fn listed(asking: &[(StageId, Vec<Question>)]) -> String {
    let list: Vec<String> = asking
        .iter()
        .flat_map(|(stage, qs)| qs.iter().map(move |q| format!("{} of {stage}", q.id)))
        .collect();
    list.join(", ")
}

/// `Q1: text`, the text going on until the next question.
fn read_file(text: &str) -> Vec<(String, String)> {
    let mut answers: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        let head = line
            .trim_start()
            .trim_start_matches(['-', '*', ' '])
            .split_once([':', '='])
            .filter(|(id, _)| is_question_id(id.trim()));
        match (head, answers.last_mut()) {
            (Some((id, rest)), _) => {
                answers.push((id.trim().to_ascii_uppercase(), rest.trim().to_owned()));
            }
            (None, Some((_, answer))) => {
                answer.push('\n');
                answer.push_str(line.trim_end());
            }
            (None, None) => {}
        }
    }
    for (_, answer) in &mut answers {
        *answer = answer.trim().to_owned();
    }
    answers
}

fn is_question_id(text: &str) -> bool {
    let digits = text.strip_prefix(['Q', 'q', 'D', 'd']).unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::read_file;

    #[test]
    fn a_file_of_answers_is_read_with_their_further_lines() {
        let read = read_file("words before\n- Q1: blue\n  like the sky: clear\nQ2 = no\n");
        let own = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            read,
            [own("Q1", "blue\n  like the sky: clear"), own("Q2", "no")]
        );
        assert!(read_file("").is_empty());
    }
}
