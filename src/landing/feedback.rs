//! What was said of a pull request: comments that nobody resolved, and checks that failed. The comments
//! become the run's, which the stage that does the work has to answer one by one; the checks become
//! findings of it. All of it is from outside: bounded, and with nothing in it that acts on a terminal.

use super::forge::{Client, Failed, escaped, number, text};
use super::land::Request;
use super::remote::Remote;
use super::{LandError, receipt};
use crate::documents::settings::land::Forge;
use crate::engine::{Event, InReview, Person};
use crate::records::runs::RunView;
use crate::supervisor::review::{self, New};
use crate::terms::review::{Range, Side, Spot};
use crate::terms::{Finding, RepoPath};
use crate::text::{SafeText, many};
use serde_json::Value;
use std::fmt;

/// How many comments and failed checks are brought at once, and how many bytes of each.
const MOST_COMMENTS: usize = 50;
const MOST_CHECKS: usize = 10;
const MOST_BYTES: usize = 1500;
/// How many of the last lines of a log, and bytes of all of them.
const LOG_LINES: usize = 25;
const LOG_BYTES: usize = 3000;

/// The threads of a pull request with whether each is resolved, which nothing else tells.
const THREADS: &str = "query($owner: String!, $name: String!, $number: Int!) { \
    repository(owner: $owner, name: $name) { pullRequest(number: $number) { \
    reviewThreads(first: 100) { pageInfo { hasNextPage } nodes { isResolved path line startLine diffSide originalLine \
    comments(first: 20) { nodes { body url author { login } } } } } } } }";

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
    /// What was said, in lines.
    pub text: String,
    /// Its address.
    pub url: String,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(spot) = &self.spot {
            write!(f, "{spot}: ")?;
        }
        let text = flat(&self.text, MOST_BYTES);
        write!(f, "{}: {text} ({})", self.author, self.url)
    }
}

/// One thing that was said.
struct Said {
    /// Its address, which stays.
    url: String,
    /// Which is another once more was said there.
    source: String,
    author: String,
    spot: Option<Spot>,
    text: String,
    resolved: bool,
}

/// One check that failed.
struct Fails {
    source: String,
    name: String,
    log: String,
}

/// What a house tells of a pull request.
struct Heard {
    said: Vec<Said>,
    fails: Vec<Fails>,
    /// What was not read, for people.
    notes: Vec<String>,
}

/// Reads what was said of the pull request of this run.
pub fn read(view: &RunView, request: &Request) -> Result<Feedback, LandError> {
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
    let found = match forge {
        Forge::Gh => of_gh(&client, review),
        Forge::Glab => of_glab(&client, review),
    };
    let heard = found.map_err(|failed| {
        LandError::aborted(
            failed.to_string(),
            Vec::new(),
            "mend that (a network? a login?), then order it again",
        )
    })?;
    Ok(gathered(view, (review, forge), heard))
}

fn gathered(view: &RunView, (review, forge): (&InReview, Forge), heard: Heard) -> Feedback {
    let Heard {
        said,
        fails,
        mut notes,
    } = heard;
    let mut all = Feedback {
        url: review.url.clone(),
        what: forge.opens(),
        remarks: Vec::new(),
        findings: Vec::new(),
        sources: Vec::new(),
        resolved: said.iter().filter(|s| s.resolved).count(),
        known: 0,
        notes: Vec::new(),
    };
    let brought = &view.run.brought_back;
    let is_new = |source: &String| !brought.contains(source);
    let open: Vec<Said> = said.into_iter().filter(|s| !s.resolved).collect();
    // A check fails anew for each commit.
    let fails: Vec<Fails> = { fails.into_iter() }
        .map(|f| Fails {
            source: format!("{} at {}", f.source, review.commit.short()),
            ..f
        })
        .collect();
    all.known = open.iter().filter(|s| !is_new(&s.source)).count()
        + fails.iter().filter(|f| !is_new(&f.source)).count();
    let mut open: Vec<Said> = open.into_iter().filter(|s| is_new(&s.source)).collect();
    let mut fails: Vec<Fails> = fails.into_iter().filter(|f| is_new(&f.source)).collect();
    for (left, what) in [
        (open.len().saturating_sub(MOST_COMMENTS), "comment"),
        (fails.len().saturating_sub(MOST_CHECKS), "failed check"),
    ] {
        if left > 0 {
            notes.push(format!(
                "{} more: order it again once these are settled",
                many(left, what)
            ));
        }
    }
    open.truncate(MOST_COMMENTS);
    fails.truncate(MOST_CHECKS);
    for said in open {
        all.remarks.push(Remark {
            author: flat(&said.author, 100),
            spot: said.spot,
            text: SafeText::block(&said.text).into_string(),
            url: flat(&said.url, 500),
        });
        all.sources.push(said.source);
    }
    for fails in fails {
        let log = flat(&fails.log, LOG_BYTES);
        let log = if log.is_empty() {
            "it shows no log".to_owned()
        } else {
            format!("its log ends: {log}")
        };
        let name = flat(&fails.name, MOST_BYTES);
        let text = format!(
            "the check '{name}' failed there; {log} ({})",
            flat(&fails.source, 500)
        );
        all.findings
            .push(Finding::new("person/check", text).remedy("make it pass"));
        all.sources.push(fails.source);
    }
    all.notes = notes;
    all
}

/// The lines of a file that something was said of, as it is named there, and the words before what was
/// said where that is no place in what there is now.
fn place_of(
    file: &str,
    lines: Option<(u64, u64)>,
    was: Option<u64>,
    old: bool,
) -> (Option<Spot>, String) {
    let Ok(path) = RepoPath::new(file) else {
        // No path of a repository: a word like any other.
        return (None, format!("on {}: ", flat(file, 200)));
    };
    let number = |n: u64| u32::try_from(n).ok().filter(|n| *n > 0);
    let lines = lines.and_then(|(first, last)| Some(Range::between(number(first)?, number(last)?)));
    let before = match (lines, was) {
        (None, Some(was)) => format!("on line {was} of an earlier version: "),
        _ => String::new(),
    };
    let spot = Spot {
        path: path.to_string(),
        side: if old { Side::Old } else { Side::New },
        lines,
    };
    (Some(spot), before)
}

impl Feedback {
    /// Whether nothing is new.
    pub fn is_empty(&self) -> bool {
        self.remarks.is_empty() && self.findings.is_empty()
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
        for (n, what) in [
            (self.resolved, "resolved"),
            (self.known, "brought back before"),
        ] {
            if n > 0 {
                parts.push(format!("{n} {what}"));
            }
        }
        parts.join(", ")
    }
}

fn of_gh(client: &Client, review: &InReview) -> Result<Heard, Failed> {
    let fields = "reviews,statusCheckRollup";
    let shown = client.json(&["pr", "view", &review.url, "--json", fields])?;
    let mut said = Vec::new();
    let mut notes = Vec::new();
    for one in list(&shown, "reviews") {
        let asks = text(one, "state").as_deref() == Some("CHANGES_REQUESTED");
        if let (true, Some(body)) = (asks, text(one, "body")) {
            let id = text(one, "id").unwrap_or_else(|| body.clone());
            let url = format!("{}#{id}", review.url);
            said.push(Said {
                source: url.clone(),
                url,
                author: author(one, "login"),
                spot: None,
                text: body,
                resolved: false,
            });
        }
    }
    let (owner, name, number) = parts(&review.url);
    let words = [
        "graphql".to_owned(),
        "--raw-field".to_owned(),
        format!("query={THREADS}"),
        "--raw-field".to_owned(),
        format!("owner={owner}"),
        "--raw-field".to_owned(),
        format!("name={name}"),
        "--field".to_owned(),
        format!("number={number}"),
    ];
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let answer = client.json(&client.api_words(&words))?;
    let threads = answer.pointer("/data/repository/pullRequest/reviewThreads");
    let threads = threads.unwrap_or(&Value::Null);
    if threads.pointer("/pageInfo/hasNextPage") == Some(&Value::Bool(true)) {
        notes.push("only the first 100 threads were read".to_owned());
    }
    for thread in list(threads, "nodes") {
        let resolved = thread.get("isResolved") == Some(&Value::Bool(true));
        let comments = thread.get("comments").unwrap_or(&Value::Null);
        let number = |key: &str| thread.get(key).and_then(Value::as_u64);
        let lines = number("line").map(|last| (number("startLine").unwrap_or(last), last));
        let old = text(thread, "diffSide").as_deref() == Some("LEFT");
        let place = text(thread, "path");
        let place = place.map(|path| place_of(&path, lines, number("originalLine"), old));
        let talk = list(comments, "nodes").iter().map(|c| {
            let source = text(c, "url").unwrap_or_default();
            (
                source,
                author(c, "login"),
                text(c, "body").unwrap_or_default(),
            )
        });
        said.extend(thread_of(talk, place, resolved));
    }
    let mut fails = Vec::new();
    for check in list(&shown, "statusCheckRollup") {
        let state = text(check, "conclusion").or_else(|| text(check, "state"));
        let state = state.unwrap_or_default().to_uppercase();
        if !["FAILURE", "ERROR", "TIMED_OUT", "STARTUP_FAILURE"].contains(&state.as_str()) {
            continue;
        }
        let name = text(check, "name").or_else(|| text(check, "context"));
        let url = text(check, "detailsUrl").or_else(|| text(check, "targetUrl"));
        let url = url.unwrap_or_default();
        fails.push(Fails {
            name: name.unwrap_or_default(),
            log: log_of_gh(client, &url, &mut notes),
            source: url,
        });
    }
    Ok(Heard { said, fails, notes })
}

/// The end of the log of a check, where it is a run of the house's own.
fn log_of_gh(client: &Client, url: &str, notes: &mut Vec<String>) -> String {
    let Some((_, rest)) = url.split_once("/actions/runs/") else {
        return String::new();
    };
    let digits = |text: &str| -> String {
        let digits = text.chars().take_while(char::is_ascii_digit);
        digits.collect()
    };
    let run = digits(rest);
    let job = rest.split_once("/job/").map(|(_, job)| digits(job));
    let job = job.filter(|job| !job.is_empty());
    if run.is_empty() {
        return String::new();
    }
    let mut words = vec!["run", "view", run.as_str(), "--log-failed"];
    if let Some(job) = &job {
        words.extend(["--job", job.as_str()]);
    }
    let words = client.with_repository(&words);
    match client.call(&words) {
        // Job and step stand before each line, and a time.
        Ok(log) => last_lines(log.lines().map(|l| l.splitn(3, '\t').last().unwrap_or(l))),
        Err(failed) => {
            notes.push(failed.to_string());
            String::new()
        }
    }
}

fn of_glab(client: &Client, review: &InReview) -> Result<Heard, Failed> {
    let project = client.project();
    let of = format!("{project}/merge_requests/{}", number(&review.url));
    let talks = client.api(&format!("{of}/discussions?per_page=100"))?;
    let mut said = Vec::new();
    for talk in talks.as_array().map_or(&[][..], Vec::as_slice) {
        let all = list(talk, "notes");
        let is = |note: &Value, key: &str| note.get(key) == Some(&Value::Bool(true));
        let Some(first) = all.first().filter(|n| is(n, "resolvable")) else {
            continue;
        };
        let at = first.get("position").unwrap_or(&Value::Null);
        let file = text(at, "new_path").or_else(|| text(at, "old_path"));
        let number = |key: &str| at.get(key).and_then(Value::as_u64);
        let (new, was) = (number("new_line"), number("old_line"));
        let line = new.or(was).map(|n| (n, n));
        let old = new.is_none() && was.is_some();
        let place = file.map(|file| place_of(&file, line, None, old));
        let notes = all.iter().filter(|n| !is(n, "system")).map(|note| {
            let id = note.get("id").map_or_else(String::new, Value::to_string);
            let source = format!("{}#note_{id}", review.url);
            (
                source,
                author(note, "username"),
                text(note, "body").unwrap_or_default(),
            )
        });
        said.extend(thread_of(notes, place, is(first, "resolved")));
    }
    let mut notes = Vec::new();
    if said.len() >= 100 {
        notes.push("only the first 100 threads were read".to_owned());
    }
    let pipelines = client.api(&format!("{of}/pipelines?per_page=1"))?;
    let latest = pipelines
        .get(0)
        .and_then(|p| p.get("id"))
        .map(Value::to_string);
    let mut fails = Vec::new();
    if let Some(id) = latest {
        let scope = escaped("scope[]");
        let jobs = client.api(&format!(
            "{project}/pipelines/{}/jobs?{scope}=failed",
            escaped(&id)
        ))?;
        for job in jobs.as_array().map_or(&[][..], Vec::as_slice) {
            let id = job.get("id").map_or_else(String::new, Value::to_string);
            let trace = format!("{project}/jobs/{}/trace", escaped(&id));
            let log = match client.call(&client.api_words(&[&trace])) {
                Ok(log) => last_lines(log.lines()),
                Err(failed) => {
                    notes.push(failed.to_string());
                    String::new()
                }
            };
            fails.push(Fails {
                source: text(job, "web_url").unwrap_or(id),
                name: text(job, "name").unwrap_or_default(),
                log,
            });
        }
    }
    Ok(Heard { said, fails, notes })
}

/// A thread as one: what was said first, and what was answered.
fn thread_of(
    talk: impl Iterator<Item = (String, String, String)>,
    place: Option<(Option<Spot>, String)>,
    resolved: bool,
) -> Option<Said> {
    let mut talk = talk.filter(|(_, _, text)| !text.trim().is_empty());
    let (url, author, said) = talk.next()?;
    let (spot, before) = place.unwrap_or_default();
    let mut text = before + &said;
    let mut source = url.clone();
    for (address, who, more) in talk {
        text.push_str(&format!("\n{who}: {more}"));
        source = address;
    }
    Some(Said {
        url,
        source,
        author,
        spot,
        text,
        resolved,
    })
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn author(value: &Value, key: &str) -> String {
    let author = value.get("author").and_then(|a| text(a, key));
    author.unwrap_or_else(|| "somebody".to_owned())
}

/// Owner, repository and number of an address such as `https://github.com/ada/engine/pull/7`.
fn parts(url: &str) -> (String, String, String) {
    let mut words = url.trim_end_matches('/').rsplit('/');
    let number = words.next().unwrap_or_default().to_owned();
    let name = words.nth(1).unwrap_or_default().to_owned();
    let owner = words.next().unwrap_or_default().to_owned();
    (owner, name, number)
}

fn last_lines<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let lines: Vec<&str> = lines.filter(|l| !l.trim().is_empty()).collect();
    let last = lines.get(lines.len().saturating_sub(LOG_LINES)..);
    last.unwrap_or_default().join("\n")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_shown_on_one_bounded_line() {
        let hostile = format!("do it\n\n## New rules\n\u{1b}[2J{}", "é".repeat(2000));
        let (spot, before) = place_of("../../etc/passwd", Some((1, 1)), None, false);
        let remark = Remark {
            author: flat("eve\nroot", 100),
            spot,
            text: before + &hostile,
            url: "https://x.org/1".to_owned(),
        };
        assert!(remark.spot.is_none());
        let told = remark.to_string();
        assert!(!told.contains('\n') && !told.contains('\u{1b}'), "{told}");
        assert!(
            told.contains("on ../../etc/passwd: do it / ## New rules"),
            "{told}"
        );
        assert!(told.contains("… (cut)"), "{told}");
        assert!(told.len() < 2 * MOST_BYTES, "{}", told.len());
    }

    #[test]
    fn lines_that_went_are_told_and_not_pointed_at() {
        let (spot, before) = place_of("a.rs", None, Some(7), false);
        assert_eq!(spot.unwrap().lines, None);
        assert_eq!(before, "on line 7 of an earlier version: ");
        let (spot, before) = place_of("a.rs", Some((3, 5)), Some(7), true);
        assert_eq!(spot.unwrap().to_string(), "a.rs:3-5 (before)");
        assert!(before.is_empty());
    }

    #[test]
    fn an_address_of_a_pull_request_is_taken_apart() {
        let (owner, name, number) = parts("https://github.com/ada/engine/pull/7");
        assert_eq!(
            (owner, name, number),
            ("ada".into(), "engine".into(), "7".into())
        );
    }
}
