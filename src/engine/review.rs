//! Comments of people that were sent back with a run's work, and what its stages answered.

use super::event::{Attempted, Person};
use super::run::Run;
use crate::terms::review::{Answer, Excerpt, Reply, Spot};
use crate::terms::{AttemptId, CommentId, Digest, Finding, Oid, Outcome, Place, StageId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What leads the code of a comment's finding.
pub const CODE: &str = "person/comment";

/// A comment of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// Its number in the run.
    pub id: CommentId,
    /// What it is about; `None`: the run's work as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spot: Option<Spot>,
    /// What is said, in lines.
    pub text: String,
    /// The lines that it is about, as they were.
    #[serde(default)]
    pub excerpt: Excerpt,
    /// The commit that was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Oid>,
    /// The digest of the file that was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// Who gave it.
    pub by: Person,
    /// When.
    pub at: Timestamp,
    /// Where it was written, if that was elsewhere: the address of a pull request's comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl Comment {
    /// The comment as what a stage must settle.
    fn finding(&self, from: &StageId) -> Finding {
        let text = self.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut finding = Finding::new(CODE, text).remedy(format!(
            "settle it, or say why not, in `## Review Comments` as {}",
            self.id
        ));
        finding.id = Some(self.id.to_string());
        finding.from = Some(from.clone());
        match &self.spot {
            Some(spot) => finding.at(match spot.lines {
                Some(lines) => Place::line(&spot.path, lines.first),
                None => Place::file(&spot.path),
            }),
            None => finding,
        }
    }
}

/// A time that work was sent back with comments or a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: Person,
    /// The stage whose gate it was, or that a person had done again.
    pub from: StageId,
    /// The stage that it was sent back to.
    pub to: StageId,
    /// The commit that was looked at.
    pub reviewed: Option<Oid>,
}

/// A comment that was sent back with the work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The comment as it was then.
    pub comment: Comment,
    /// In which round, counted from 1.
    pub round: u32,
    /// What the stage that it went to answered; `None`: nothing yet.
    pub replied: Option<Replied>,
}

/// An answer, and whose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replied {
    /// The answer.
    pub reply: Reply,
    /// The attempt that gave it.
    pub attempt: AttemptId,
}

/// All that was sent back with a run's work.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Review {
    /// The rounds, oldest first.
    pub rounds: Vec<Round>,
    /// The comments, in the order in which they were sent.
    pub sent: Vec<Sent>,
}

impl Review {
    /// The last time that a comment was sent.
    pub fn last(&self, id: CommentId) -> Option<&Sent> {
        self.sent.iter().rev().find(|s| s.comment.id == id)
    }

    /// The round of this number, counted from 1.
    pub fn round(&self, number: u32) -> Option<&Round> {
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        self.rounds.get(at)
    }

    /// Each comment that was sent, as it was sent last.
    pub fn latest(&self) -> impl Iterator<Item = &Sent> {
        let is_last = |s: &&Sent| {
            let last = self.last(s.comment.id);
            last.is_some_and(|l| l.round == s.round)
        };
        self.sent.iter().filter(is_last)
    }

    /// The comments that a stage has to answer.
    pub fn asked_of(&self, stage: &StageId) -> Vec<Comment> {
        let open = self.latest().filter(|s| {
            let to = self.round(s.round).map(|r| &r.to);
            s.replied.is_none() && to == Some(stage)
        });
        open.map(|s| s.comment.clone()).collect()
    }
}

impl Run {
    /// Work was sent back from one stage to another, with these comments. The findings that they are.
    pub(super) fn sent_back(
        &mut self,
        at: Timestamp,
        by: &Person,
        (from, to): (&StageId, &StageId),
        comments: &[Comment],
    ) -> Vec<Finding> {
        self.review.rounds.push(Round {
            at,
            by: by.clone(),
            from: from.clone(),
            to: to.clone(),
            reviewed: self.head.clone(),
        });
        let round = u32::try_from(self.review.rounds.len()).unwrap_or(u32::MAX);
        let sent = comments.iter().map(|comment| Sent {
            comment: comment.clone(),
            round,
            replied: None,
        });
        self.review.sent.extend(sent);
        comments.iter().map(|c| c.finding(from)).collect()
    }

    /// Takes what an attempt answered, where its work counts. One that was a person's own answers
    /// nothing: what was asked of the stage is settled by their hand, and nobody said how.
    pub(super) fn answered_comments(&mut self, result: &Attempted, by_hand: bool) {
        let counts = [Outcome::Passed, Outcome::Failed, Outcome::Replan];
        if !counts.contains(&result.outcome) {
            return;
        }
        let asked = by_hand.then(|| self.review.asked_of(&result.attempt.stage));
        let settled = asked.into_iter().flatten().map(|comment| Reply {
            id: comment.id,
            answer: Answer::ByHand,
            said: String::new(),
        });
        let settled: Vec<Reply> = settled.collect();
        for reply in result.replies.iter().chain(&settled) {
            let rounds = &self.review.rounds;
            let of = |s: &&mut Sent| {
                let at = usize::try_from(s.round).unwrap_or(0).checked_sub(1);
                let round = at.and_then(|at| rounds.get(at));
                s.comment.id == reply.id && round.is_some_and(|r| r.to == result.attempt.stage)
            };
            if let Some(sent) = self.review.sent.iter_mut().rev().find(of) {
                sent.replied = Some(Replied {
                    reply: reply.clone(),
                    attempt: result.attempt.clone(),
                });
            }
        }
    }
}

/// How much came from elsewhere, in words: `2 comments and 1 finding`.
pub fn brought(comments: usize, findings: usize) -> String {
    let comments_told = crate::text::many(comments, "comment");
    let findings_told = crate::text::many(findings, "finding");
    match (comments, findings) {
        (_, 0) => comments_told,
        (0, _) => findings_told,
        _ => format!("{comments_told} and {findings_told}"),
    }
}

/// How many comments are sent along, in words: ` with 3 comments`; nothing where there are none.
pub fn with(comments: usize) -> String {
    match comments {
        0 => String::new(),
        n => format!(" with {}", crate::text::many(n, "comment")),
    }
}
