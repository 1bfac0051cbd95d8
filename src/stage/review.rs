//! The comments of a review that an attempt has to answer, and whether it did.
//!
//! Each is answered in the section `## Review Comments` of the last message or, where that says
//! nothing of it, of an artifact that the attempt produced. One without an answer is a fault of the
//! work, but where there is nothing left to answer about: the file is gone, or its lines were gone
//! before the attempt began.

use super::spec::AttemptSpec;
use crate::documents::review::{self, Replies, TITLE};
use crate::engine::review::{CODE, Comment};
use crate::store::inside::read_inside;
use crate::terms::review::{Answer, Reply, Side};
use crate::terms::{Finding, Oid, Place, RepoPath};

/// The codes of a comment that nobody answered, and of an answer that can't be read.
const UNANSWERED: &str = "contract/comment-unanswered";
const UNREADABLE: &str = "contract/comment-unreadable";
/// Largest file in which lines are looked for.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// What was heard of the comments.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Heard {
    /// The answers, in the order of the comments.
    pub replies: Vec<Reply>,
    /// Comments that nobody answered who had to.
    pub unanswered: Vec<Finding>,
}

/// Reads the answers in the last message and in what was produced. `left`: the tree that the attempt
/// leaves, where that is known.
pub fn hear(spec: &AttemptSpec, said: &str, left: Option<&Oid>) -> Heard {
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
            None if is_moot(spec, comment, left) => {}
            None => heard.unanswered.push(unanswered(comment, &texts)),
        }
    }
    heard
}

/// Whether all that is to be settled are comments of which each was declined: then an attempt that
/// changes nothing did what it said. What was not declined excuses nobody, whoever found it.
pub fn all_declined(spec: &AttemptSpec, heard: &Heard) -> bool {
    let declined = |id: &str| {
        let mut replies = heard.replies.iter();
        replies.any(|r| r.answer == Answer::Declined && r.id.to_string() == id)
    };
    // That an earlier answer was missing is settled by this one.
    let owed = |f: &Finding| {
        let section = f.section.as_deref()?;
        section
            .strip_prefix(TITLE)?
            .strip_prefix(": ")
            .map(declined)
    };
    let is_excused = |finding: &Finding| match finding.code.as_str() {
        CODE => finding.id.as_deref().is_some_and(declined),
        UNANSWERED | UNREADABLE => owed(finding).unwrap_or(false),
        _ => false,
    };
    !spec.comments.is_empty()
        && spec.comments.iter().all(|c| declined(&c.id.to_string()))
        && spec.findings.iter().all(is_excused)
}

/// Whether there is nothing left that an answer could be about. A file that got another name is
/// there under that.
fn is_moot(spec: &AttemptSpec, comment: &Comment, left: Option<&Oid>) -> bool {
    let Some(spot) = comment.spot.as_ref().filter(|s| s.side == Side::New) else {
        return false;
    };
    if RepoPath::new(spot.path.as_str()).is_err() {
        return false;
    }
    let is_there = |path: &str| {
        let path = RepoPath::new(path).map(|p| p.under(&spec.tree));
        path.is_ok_and(|p| std::fs::symlink_metadata(p).is_ok())
    };
    // Its name where the attempt began.
    let mut path = spot.path.clone();
    if !is_there(&path) {
        path = named_in(spec, path, comment.on.as_ref(), Some(&spec.checkpoint));
        if !is_there(&named_in(spec, path.clone(), Some(&spec.checkpoint), left)) {
            return true;
        }
    }
    let Some(lines) = spot.lines else {
        return false;
    };
    let before = spec.git().file_at(&spec.checkpoint, &path);
    before.is_ok_and(|bytes| {
        let text = bytes.unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        review::find(&text, &comment.excerpt, lines.first).is_none()
    })
}

/// The name in one commit or tree of a file that another one holds; its own where git knows of none.
fn named_in(spec: &AttemptSpec, path: String, from: Option<&Oid>, to: Option<&Oid>) -> String {
    let (Some(from), Some(to)) = (from, to) else {
        return path;
    };
    let renamed = spec.git().renamed(from, to).unwrap_or_default();
    renamed.get(&path).cloned().unwrap_or(path)
}

fn unanswered(comment: &Comment, texts: &[(String, Replies)]) -> Finding {
    let id = comment.id;
    let unreadable = texts.iter().find_map(|(file, replies)| {
        let (_, line) = replies.unreadable.iter().find(|(of, _)| *of == id)?;
        Some(Place::line(file.as_str(), *line))
    });
    let (code, says) = match unreadable {
        Some(_) => (UNREADABLE, "has no answer that can be read"),
        None => (UNANSWERED, "has no answer"),
    };
    let place = comment.spot.as_ref().map(|spot| match spot.lines {
        Some(lines) => Place::line(spot.path.as_str(), lines.first),
        None => Place::file(spot.path.as_str()),
    });
    // Its text may be a stranger's: an agent is told of it between marks, and nowhere else.
    let mut finding = Finding::new(code, format!("the comment {id} {says}"))
        .section(format!("{TITLE}: {id}"))
        .remedy(format!(
            "write `- {id} fixed — where and how` or `- {id} declined — the reason` under \
             `## {TITLE}` in your final message"
        ));
    finding.place = unreadable.or(place);
    finding
}
