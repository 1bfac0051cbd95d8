//! The comments of a review that an attempt has to answer, and whether it did.
//!
//! Each is answered in the section `## Review Comments` of the last message or, where that says
//! nothing of it, of an artifact that the attempt produced. One without an answer is a fault of the
//! work, but where there is nothing left to answer about: the file is gone, or its lines were gone
//! before the attempt began.

use super::spec::AttemptSpec;
use crate::documents::review::{self, Replies, TITLE};
use crate::engine::review::Comment;
use crate::store::inside::read_inside;
use crate::terms::review::{Answer, Reply, Side};
use crate::terms::{Finding, Place, RepoPath};

/// Largest file in which lines are looked for.
const MAX_BYTES: u64 = 4 * 1024 * 1024;
/// How much of a comment's text stands in a finding, in characters.
const SHORT: usize = 80;

/// What was heard of the comments.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Heard {
    /// The answers, in the order of the comments.
    pub replies: Vec<Reply>,
    /// Comments that nobody answered who had to.
    pub unanswered: Vec<Finding>,
}

/// Reads the answers in the last message and in what was produced.
pub fn hear(spec: &AttemptSpec, said: &str) -> Heard {
    let mut heard = Heard::default();
    if spec.comments.is_empty() {
        return heard;
    }
    let produced = spec.stage.produces.iter().filter_map(|p| {
        let bytes = read_inside(&spec.tree, &p.path, MAX_BYTES).ok()?;
        let replies = review::of_artifact(&String::from_utf8_lossy(&bytes));
        Some((p.path.to_string(), replies))
    });
    let last = ("answer".to_owned(), review::of_answer(said));
    let texts: Vec<(String, Replies)> = std::iter::once(last).chain(produced).collect();
    for comment in &spec.comments {
        let found = texts.iter().find_map(|(_, replies)| {
            let reply = replies.found.iter().find(|r| r.id == comment.id)?;
            Some(reply.clone())
        });
        match found {
            Some(reply) => heard.replies.push(reply),
            None if is_moot(spec, comment) => {}
            None => heard.unanswered.push(unanswered(comment, &texts)),
        }
    }
    heard
}

/// Whether all that is to be settled are comments, and each of them was declined: then an attempt
/// that changes nothing did what it said.
pub fn all_declined(spec: &AttemptSpec, heard: &Heard) -> bool {
    let others = spec.findings.iter();
    let mut others = others.filter(|f| f.code != crate::engine::review::CODE);
    let mut replies = heard.replies.iter();
    !spec.comments.is_empty()
        && others.next().is_none()
        && heard.replies.len() == spec.comments.len()
        && replies.all(|r| r.answer == Answer::Declined)
}

/// Whether there is nothing left that an answer could be about.
fn is_moot(spec: &AttemptSpec, comment: &Comment) -> bool {
    let Some(spot) = comment.spot.as_ref().filter(|s| s.side == Side::New) else {
        return false;
    };
    let Ok(path) = RepoPath::new(spot.path.as_str()) else {
        return false;
    };
    if std::fs::symlink_metadata(path.under(&spec.tree)).is_err() {
        return true;
    }
    let Some(lines) = spot.lines else {
        return false;
    };
    let before = spec.git().file_at(&spec.checkpoint, &spot.path);
    before.is_ok_and(|bytes| {
        let text = bytes.unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        review::find(&text, &comment.excerpt, lines.first).is_none()
    })
}

fn unanswered(comment: &Comment, texts: &[(String, Replies)]) -> Finding {
    let id = comment.id;
    let unreadable = texts.iter().find_map(|(file, replies)| {
        let (_, line) = replies.unreadable.iter().find(|(of, _)| *of == id)?;
        Some(Place::line(file.as_str(), *line))
    });
    let text: String = comment
        .text
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let short: String = text.chars().take(SHORT).collect();
    let (code, says) = match unreadable {
        Some(_) => (
            "contract/comment-unreadable",
            "has no answer that can be read",
        ),
        None => ("contract/comment-unanswered", "has no answer"),
    };
    let place = comment.spot.as_ref().map(|spot| match spot.lines {
        Some(lines) => Place::line(spot.path.as_str(), lines.first),
        None => Place::file(spot.path.as_str()),
    });
    let mut finding = Finding::new(code, format!("the comment {id} {says}: {short}"))
        .section(format!("{TITLE}: {id}"))
        .remedy(format!(
            "write `- {id} fixed — where and how` or `- {id} declined — the reason` under \
             `## {TITLE}` in your final message"
        ));
    finding.place = unreadable.or(place);
    finding
}
