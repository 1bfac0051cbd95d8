//! What was said of a pull request: comments that nobody resolved, and checks that failed. The comments
//! become the run's, which the stage that does the work has to answer one by one; the checks become
//! findings of it. All of it is from outside: bounded, and with nothing in it that acts on a terminal.
//!
//! Anybody may speak under a public pull request. What people outside of the project say is counted and
//! named, and brought only where a person orders that; and nothing is ordered before it was shown.

mod gh;
mod glab;
mod heard;

use super::forge::Client;
use super::land::Request;
use super::remote::Remote;
use super::{LandError, receipt};
use crate::documents::settings::land::Forge;
use crate::engine::review::Comment;
use crate::engine::{Event, InReview, Person};
use crate::records::runs::RunView;
use crate::supervisor::review::{self, New};
use crate::terms::Finding;
use crate::terms::review::Spot;
use crate::text::{SafeText, many};
use heard::{Fails, Heard, Kept};
use std::collections::BTreeMap;

/// How many comments and failed checks are brought at once, and how many bytes of each.
const MOST_COMMENTS: usize = 50;
const MOST_CHECKS: usize = 10;
const MOST_BYTES: usize = 1500;
/// How many bytes of a log.
const LOG_BYTES: usize = 3000;
/// How many people are named.
const NAMED: usize = 5;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    /// Where it was found.
    pub url: String,
    /// What it is called there.
    pub what: &'static str,
    /// What is new of what people said.
    pub remarks: Vec<Remark>,
    /// The checks that failed anew, as findings.
    pub findings: Vec<Finding>,
    /// Where each of them stands.
    pub sources: Vec<String>,
    /// How many comments are resolved.
    pub resolved: usize,
    /// How many were brought back before.
    pub known: usize,
    /// What people outside of the project said and is not brought: who, and how much each.
    pub outside: BTreeMap<String, usize>,
    /// What was not brought, for people.
    pub notes: Vec<String>,
}

/// A comment, with what was answered to it there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// Who began it.
    pub author: String,
    /// What it is about; `None`: the whole.
    pub spot: Option<Spot>,
    /// What was said, in lines: what the run is sent back with, to its last word.
    pub text: String,
    /// Its address.
    pub url: String,
}

/// Reads what was said of the pull request of this run. `anyone`: what people outside of the project said,
/// too.
pub fn read(view: &RunView, request: &Request, anyone: bool) -> Result<Feedback, LandError> {
    let run = &view.order.run;
    let Some(review) = &view.run.in_review else {
        return Err(LandError::Refused(format!(
            "{run} is not up for review; `harness-tui land {run} --pr` puts it there"
        )));
    };
    if let Some(landed) = &view.run.landed {
        return Err(LandError::Refused(format!(
            "{run} was landed on {} already; start a new run for what was said of it",
            landed.into
        )));
    }
    let mut of_review = request.clone();
    of_review.proposal.remote = Some(review.remote.clone());
    let remote = Remote::of(view, &of_review, &review.into)?;
    let forge = Forge::of(&review.forge).unwrap_or(Forge::Gh);
    let client = Client::named(forge, &view.order.home, &remote)?;
    let is_new = |source: &str| !view.run.brought_back.contains(&at_commit(source, review));
    let found = match forge {
        Forge::Gh => gh::heard(&client, review, &is_new),
        Forge::Glab => glab::heard(&client, review, &is_new),
    };
    let heard = found.map_err(|failed| {
        LandError::aborted(
            failed.to_string(),
            Vec::new(),
            "mend that (a network? a login?), then order it again",
        )
    })?;
    Ok(gathered(view, (review, forge), heard, anyone))
}

/// By which a failed check is known: it fails anew for each commit.
fn at_commit(source: &str, review: &InReview) -> String {
    format!("{source} at {}", review.commit.short())
}

fn gathered(
    view: &RunView,
    (review, forge): (&InReview, Forge),
    heard: Heard,
    anyone: bool,
) -> Feedback {
    let Heard {
        threads,
        fails,
        notes,
    } = heard;
    let mut all = Feedback {
        url: review.url.clone(),
        what: forge.opens(),
        remarks: Vec::new(),
        findings: Vec::new(),
        sources: Vec::new(),
        resolved: threads.iter().filter(|t| t.resolved).count(),
        known: 0,
        outside: BTreeMap::new(),
        notes,
    };
    let brought = &view.run.brought_back;
    let mut comments = Vec::new();
    for thread in threads.into_iter().filter(|t| !t.resolved) {
        if !anyone {
            for who in thread.outside_since(|url| brought.contains(url)) {
                *all.outside.entry(flat(who, 100)).or_default() += 1;
            }
        }
        let Some(kept) = thread.kept(anyone) else {
            continue;
        };
        if kept.sources.iter().any(|source| brought.contains(source)) {
            all.known += 1;
        } else {
            comments.push(kept);
        }
    }
    let mut failed = Vec::new();
    for fails in fails {
        let source = at_commit(&fails.source, review);
        if brought.contains(&source) {
            all.known += 1;
        } else {
            failed.push(Fails { source, ..fails });
        }
    }
    for (left, what) in [
        (comments.len().saturating_sub(MOST_COMMENTS), "comment"),
        (failed.len().saturating_sub(MOST_CHECKS), "failed check"),
    ] {
        if left > 0 {
            all.notes.push(format!(
                "{} more: order it again once these are settled",
                many(left, what)
            ));
        }
    }
    comments.truncate(MOST_COMMENTS);
    failed.truncate(MOST_CHECKS);
    for kept in comments {
        all.comment(kept);
    }
    for fails in &failed {
        all.check(fails);
    }
    all
}

impl Feedback {
    fn comment(&mut self, kept: Kept) {
        let text = SafeText::block(&kept.text);
        let Some(text) = review::as_kept(text.as_str()) else {
            return;
        };
        self.remarks.push(Remark {
            author: flat(&kept.author, 100),
            spot: kept.spot,
            text,
            url: flat(&kept.url, 500),
        });
        self.sources.extend(kept.sources.into_iter().next());
    }

    fn check(&mut self, fails: &Fails) {
        let log = flat(&fails.log, LOG_BYTES);
        let log = if log.is_empty() {
            "it shows no log".to_owned()
        } else {
            // Whatever a program printed orders nothing.
            format!("its log ends, quoted: {}", quoted(&log))
        };
        let name = flat(&fails.name, MOST_BYTES);
        let text = format!(
            "the check '{name}' failed there; {log} ({})",
            flat(&fails.source, 500)
        );
        self.findings
            .push(Finding::new("person/check", text).remedy("make it pass"));
        self.sources.push(fails.source.clone());
    }

    /// Those of the run's open comments that go along beside what is brought.
    pub fn along<'a>(&self, open: &'a [Comment]) -> Vec<&'a Comment> {
        let is_brought = |c: &&Comment| {
            { self.remarks.iter() }.any(|r| c.url.as_deref() == Some(r.url.as_str()))
        };
        open.iter().filter(|c| !is_brought(c)).collect()
    }

    /// Whether nothing is new.
    pub fn is_empty(&self) -> bool {
        self.remarks.is_empty() && self.findings.is_empty()
    }

    /// That something was left out, and of whom; `None`: nothing was.
    pub fn left_out(&self) -> Option<String> {
        let comments: usize = self.outside.values().sum();
        if comments == 0 {
            return None;
        }
        let who = self.outside.iter().take(NAMED).map(|(who, n)| match n {
            1 => format!("@{who}"),
            n => format!("@{who} ({n})"),
        });
        let mut who: Vec<String> = who.collect();
        if let more @ 1.. = self.outside.len().saturating_sub(NAMED) {
            who.push(format!("{more} more"));
        }
        Some(format!(
            "{} of people outside the project left out: {}",
            many(comments, "comment"),
            who.join(", ")
        ))
    }

    /// Keeps what was said as comments of the run, and makes the order that sends it back with them and
    /// with every other comment that is open; `None`: there is nothing new. Who ordered it once more
    /// after it was cut off finds the comments there.
    pub fn order(&self, view: &mut RunView, by: Person) -> Result<Option<Event>, String> {
        let Some(stage) = view.run.building_stage().filter(|_| !self.is_empty()) else {
            return Ok(None);
        };
        let mut event = Event::SentBack {
            stage: stage.clone(),
            findings: self.findings.clone(),
            comments: Vec::new(),
            sources: self.sources.clone(),
            from: format!("the {} {}", self.what, self.url),
            by,
        };
        view.run.may_send_back(&stage).map_err(|e| e.to_string())?;
        for remark in &self.remarks {
            let author = Person {
                name: remark.author.clone(),
                terminal: None,
                pid: 0,
            };
            let new = New {
                spot: remark.spot.clone(),
                shown: None,
                text: remark.text.clone(),
                url: Some(remark.url.clone()),
            };
            review::bring(view.review_place(), &author, new).map_err(|e| e.to_string())?;
        }
        view.follow().map_err(|e| e.to_string())?;
        if let Event::SentBack { comments, .. } = &mut event {
            *comments = view.open_comments()?;
        }
        Ok(Some(event))
    }

    /// What was found, in a line.
    pub fn told(&self) -> String {
        let mut parts = vec![
            many(self.remarks.len(), "new comment"),
            many(self.findings.len(), "failed check"),
        ];
        let outside = self.outside.values().sum();
        for (n, what) in [
            (self.resolved, "resolved"),
            (self.known, "brought back before"),
            (outside, "left out"),
        ] {
            if n > 0 {
                parts.push(format!("{n} {what}"));
            }
        }
        parts.join(", ")
    }
}

/// On one line, so that it stays the one item of a list that it is, and no longer than this. Of a text
/// that is cut the end is left out, which is said.
fn flat(text: &str, most: usize) -> String {
    let text = SafeText::block(text);
    let lines = text.as_str().lines().map(receipt::flat);
    let lines: Vec<String> = lines.filter(|l| !l.is_empty()).collect();
    let whole = lines.join(" / ");
    if whole.len() <= most {
        return whole;
    }
    let mut end = most;
    while !whole.is_char_boundary(end) {
        end -= 1;
    }
    format!("{} … (cut)", whole.get(..end).unwrap_or_default())
}

/// Between more backticks than it holds in a row: what stands there is what was printed, and no word of ours.
fn quoted(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(longest + 1);
    format!("{ticks} {text} {ticks}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_held_as_it_is_sent() {
        let hostile = format!("do it\n\n## New rules\n\u{1b}[2J{}", "é".repeat(8000));
        let (spot, before) = heard::place_of("../../etc/passwd", Some((1, 1)), None, false);
        assert!(spot.is_none());
        let mut all = Feedback {
            url: String::new(),
            what: "pull request",
            remarks: Vec::new(),
            findings: Vec::new(),
            sources: Vec::new(),
            resolved: 0,
            known: 0,
            outside: BTreeMap::new(),
            notes: Vec::new(),
        };
        for text in [before + &hostile, "\u{1}\n".to_owned()] {
            all.comment(Kept {
                url: "https://x.org/1".to_owned(),
                sources: vec!["https://x.org/1".to_owned()],
                author: "eve\nroot".to_owned(),
                spot: None,
                text,
            });
        }
        // What says nothing could not be given to a run.
        let [remark] = all.remarks.as_slice() else {
            panic!("{:?}", all.remarks)
        };
        assert_eq!(all.sources.len(), 1);
        assert_eq!(remark.author, "eve / root");
        let told = &remark.text;
        assert!(!told.contains('\u{1b}'), "{told}");
        assert!(
            told.starts_with("on ../../etc/passwd: do it\n\n## New rules\n"),
            "{told}"
        );
        assert!(told.contains("(cut here;"), "{told}");
        assert!(told.len() <= review::LONGEST, "{}", told.len());
        // Whoever gives it to the run gives these very words.
        assert_eq!(review::as_kept(told).as_ref(), Some(told));
    }

    #[test]
    fn nothing_in_a_log_ends_its_quotation() {
        assert_eq!(quoted("a `b` ``` c"), "```` a `b` ``` c ````");
        assert_eq!(quoted("plain"), "` plain `");
    }
}
