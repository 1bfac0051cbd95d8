//! Where a receipt is, and which commit it is to be held against.

use crate::git::{Git, GitError};
use crate::landing::message::TRAILER_TASK;
use crate::landing::receipt::{Damaged, FENCE, MAX_TEXT, Receipt, TRAILER};
use crate::supervisor::handoff::TRAILER_RUN;
use crate::terms::{Digest, Oid, RunId};

/// How many commits are looked through for one that names a receipt.
const MOST_COMMITS: &str = "--max-count=20";
/// How many commits of one run are followed back.
const MOST_OF_A_RUN: usize = 1_000;

/// What is to be verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The receipt of this commit.
    Commit(Oid),
    /// The receipt in a text, against a commit; `None`: the one that is found to hold it.
    Text {
        /// The text, as it was read.
        text: String,
        /// The commit.
        at: Option<Oid>,
    },
}

/// Why nothing could be verified.
#[derive(Debug, thiserror::Error)]
pub enum Unverifiable {
    /// There is no receipt, or more than one, or it can't be read.
    #[error("{0}")]
    Unreadable(String),
    /// Git.
    #[error("{}", told(.0))]
    Git(#[from] GitError),
}

/// What a partial clone lacks is not fetched for it: whoever asks is told how that is done.
fn told(error: &GitError) -> String {
    match error {
        GitError::Lacking { args, .. } => format!("{LACKING} (git {args})"),
        other => other.to_string(),
    }
}

/// That a partial clone does not hold something.
pub(super) const LACKING: &str = "this partial clone does not hold what it would be looked up in, and \
                                  nothing is fetched for it; `git fetch --refetch --no-filter` brings it";

/// What was found, or that a partial clone lacks what it would be found in: the rest can be told all the
/// same.
pub(super) fn here<T>(found: Result<T, GitError>) -> Result<Result<T, String>, Unverifiable> {
    match found {
        Ok(found) => Ok(Ok(found)),
        Err(GitError::Lacking { .. }) => Ok(Err(LACKING.to_owned())),
        Err(other) => Err(other.into()),
    }
}

fn unreadable<T>(what: impl Into<String>) -> Result<T, Unverifiable> {
    Err(Unverifiable::Unreadable(what.into()))
}

/// A receipt with the texts that tell it.
pub(super) struct Found {
    pub receipt: Receipt,
    pub commit: Oid,
    /// Where it was read.
    pub read: String,
    /// Texts that hold its page.
    pub pages: Vec<(String, String)>,
    /// The commit's message, where it names the receipt.
    pub message: Option<String>,
    /// The run's report.
    pub report: Option<(String, String)>,
    /// What names another receipt than this one, and which.
    pub others: Vec<(String, String)>,
}

/// Finds the receipt that is meant.
pub(super) fn find(git: &Git, subject: &Subject) -> Result<Found, Unverifiable> {
    match subject {
        Subject::Commit(commit) => of_commit(git, commit),
        Subject::Text { text, at } => of_text(git, text, at.as_ref()),
    }
}

/// A receipt as a text holds it.
struct Held {
    receipt: Result<Receipt, Damaged>,
    /// The digest that the text says it has.
    said: String,
    /// The digest of what is there.
    digest: Digest,
    /// The text, with what a page made of it undone.
    text: String,
}

/// The one receipt of a text; `None`: it holds none.
fn held(text: &str, place: &str) -> Result<Option<Held>, Unverifiable> {
    if text.len() > MAX_TEXT {
        return unreadable(format!("{place} is longer than {MAX_TEXT} bytes"));
    }
    let text = text.replace("\r\n", "\n");
    let found = blocks(&text);
    let is_escaped = |body: &Option<String>| body.as_ref().is_some_and(|b| b.contains("&quot;"));
    if found.iter().any(|(_, body)| is_escaped(body)) {
        let text = unescaped(&text);
        return one(blocks(&text), &text, place);
    }
    one(found, &text, place)
}

fn one(
    blocks: Vec<(String, Option<String>)>,
    text: &str,
    place: &str,
) -> Result<Option<Held>, Unverifiable> {
    if blocks.len() > 1 {
        return unreadable(format!(
            "{place} holds {} receipts, and which is meant can't be told; give the text of one",
            blocks.len()
        ));
    }
    let Some((said, body)) = blocks.into_iter().next() else {
        return Ok(None);
    };
    let Some(body) = body else {
        return unreadable(format!(
            "the receipt in {place} has no end: a part of the text is missing"
        ));
    };
    Ok(Some(Held {
        receipt: Receipt::from_machine(&body),
        digest: Digest::of(&body),
        said,
        text: text.to_owned(),
    }))
}

/// The receipts of a text: the digest above each, and its body; `None`: it does not end.
fn blocks(text: &str) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    let mut lines = text.split('\n');
    while let Some(line) = lines.next() {
        let Some(said) = line.trim_start_matches([' ', '*']).strip_prefix(FENCE) else {
            continue;
        };
        let mut body: Vec<&str> = Vec::new();
        let ended = loop {
            match lines.next() {
                Some("```") => break true,
                Some(line) => body.push(line),
                None => break false,
            }
        };
        found.push((said.to_owned(), ended.then(|| body.join("\n"))));
    }
    found
}

/// What a page's text is before a program escaped it.
fn unescaped(text: &str) -> String {
    let mut text = text.to_owned();
    let pairs = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        // The last, so that what it gives is not taken for one of the others.
        ("&amp;", "&"),
    ];
    for (escaped, plain) in pairs {
        text = text.replace(escaped, plain);
    }
    text
}

/// The values of a trailer anywhere in a text, each once.
fn trailers(text: &str, name: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in text.lines() {
        let line = line.trim_start_matches([' ', '*']);
        if let Some((key, value)) = line.split_once(':')
            && key.eq_ignore_ascii_case(name)
        {
            let value = value.trim().to_owned();
            if !found.contains(&value) {
                found.push(value);
            }
        }
    }
    found
}

/// The receipts that a text names by their digest.
fn digests(text: &str, place: &str) -> Result<Vec<Digest>, Unverifiable> {
    let mut all = Vec::new();
    for value in trailers(text, TRAILER) {
        let digest = value.strip_prefix("blake3:").map(str::to_owned);
        match digest.and_then(|d| Digest::try_from(d).ok()) {
            Some(digest) => all.push(digest),
            None => {
                return unreadable(format!(
                    "{place} says {TRAILER}: {value}, which is no digest"
                ));
            }
        }
    }
    Ok(all)
}

fn of_commit(git: &Git, commit: &Oid) -> Result<Found, Unverifiable> {
    let message = message_of(git, commit)?;
    let place = format!("the message of {}", commit.short());
    let named = digests(&message, &place)?;
    if named.len() > 1 {
        return unreadable(format!(
            "{place} names {} receipts; give the report of the one that is meant: \
             `git show {}:harness/runs/RUN-….md | harness-tui verify - --at {}`",
            named.len(),
            commit.short(),
            commit.short()
        ));
    }
    let runs = trailers(&message, TRAILER_RUN);
    let report = report_of(git, commit, &runs)?;
    let in_message = held(&message, &place)?;
    let in_report = match &report {
        Some((path, text)) => held(text, path)?,
        None => None,
    };
    let told = in_message.is_some() || !named.is_empty();
    let (source, read) = match (in_message, in_report) {
        (None, None) => return none(commit, report.as_ref(), &named, &message),
        (None, Some(held)) => (held, report.as_ref().map_or("", |(p, _)| p).to_owned()),
        // One of them may have been wrapped on the way; which it says it is counts below.
        (Some(message), Some(report)) if message.receipt.is_err() => {
            let read = place.clone();
            if same_words(&message, &report) {
                (report, read)
            } else {
                (message, read)
            }
        }
        (Some(held), _) => (held, place.clone()),
    };
    let mut found = read_in(source, commit.clone(), read)?;
    found.pages.clear();
    let own = found.receipt.digest();
    for digest in named.iter().filter(|d| **d != own) {
        found.others.push((place.clone(), digest.to_string()));
    }
    if let Some((path, text)) = &report
        && let Some(held) = held(text, path)?
    {
        if held.digest != own {
            found.others.push((path.clone(), held.digest.to_string()));
        }
        found.pages.push((path.clone(), held.text));
    }
    if held(&message, &place)?.is_some() {
        found.pages.push((place, message.clone()));
    }
    found.message = told.then_some(message);
    found.report = report;
    found.pages.dedup();
    Ok(found)
}

/// Whether a receipt is the other one, but for where lines were broken.
fn same_words(one: &Held, other: &Held) -> bool {
    let words = |held: &Held| -> Option<String> {
        let (_, body) = blocks(&held.text).into_iter().next()?;
        Some(body?.split_whitespace().collect())
    };
    words(one).is_some() && words(one) == words(other)
}

fn none(
    commit: &Oid,
    report: Option<&(String, String)>,
    named: &[Digest],
    message: &str,
) -> Result<Found, Unverifiable> {
    let short = commit.short();
    if let Some((path, _)) = report {
        return unreadable(format!("{path} in {short} holds no receipt"));
    }
    if !named.is_empty() {
        return unreadable(format!(
            "{short} names a receipt, and the report that holds it is not in the commit; give the text \
             that holds it: `harness-tui verify FILE --at {short}`"
        ));
    }
    if trailers(message, TRAILER_TASK).is_empty() && trailers(message, TRAILER_RUN).is_empty() {
        return unreadable(format!(
            "{short} holds no receipt: no run landed with it (a run of a private harness leaves none)"
        ));
    }
    unreadable(format!("{short} is of a run, and holds no receipt"))
}

fn read_in(held: Held, commit: Oid, read: String) -> Result<Found, Unverifiable> {
    let receipt = match held.receipt {
        Ok(receipt) => receipt,
        Err(why) => {
            return unreadable(format!(
                "the receipt in {read} is no receipt any more: {why}"
            ));
        }
    };
    let mut others = Vec::new();
    if held.said != held.digest.to_string() {
        others.push((format!("the line above it in {read}"), held.said));
    }
    Ok(Found {
        pages: vec![(read.clone(), held.text)],
        receipt,
        commit,
        read,
        message: None,
        report: None,
        others,
    })
}

fn of_text(git: &Git, text: &str, at: Option<&Oid>) -> Result<Found, Unverifiable> {
    let place = "the text";
    let held = held(text, place)?;
    let named = digests(text, place)?;
    let Some(held) = held else {
        let [digest] = named.as_slice() else {
            return unreadable(match named.len() {
                0 => "the text holds no receipt".to_owned(),
                n => format!("the text names {n} receipts, and which is meant can't be told"),
            });
        };
        let commit = match at {
            Some(at) => at.clone(),
            None => commit_of(git, &[digest], None)?,
        };
        let mut found = of_commit(git, &commit)?;
        if found.receipt.digest() != *digest {
            found.others.push((place.to_owned(), digest.to_string()));
        }
        let escaped = text.contains("&amp;") || text.contains("&quot;");
        let plain = if escaped {
            unescaped(text)
        } else {
            text.to_owned()
        };
        found.pages.push((place.to_owned(), plain));
        return Ok(found);
    };
    if let Err(why) = &held.receipt {
        return unreadable(format!(
            "the receipt in {place} is no receipt any more: {why}"
        ));
    }
    let digest = held.digest.clone();
    let run = held.receipt.as_ref().ok().map(|r| r.run.clone());
    let (commit, how) = match at {
        Some(at) => (at.clone(), "that was named"),
        None => {
            let said = Digest::try_from(held.said.clone()).ok();
            let wanted: Vec<&Digest> = said.iter().chain([&digest]).collect();
            (commit_of(git, &wanted, run.as_ref())?, "that holds its run")
        }
    };
    let mut found = read_in(held, commit, place.to_owned())?;
    for other in named.into_iter().filter(|d| *d != digest) {
        found.others.push((place.to_owned(), other.to_string()));
    }
    found.read = format!("{place} (the commit {how})");
    held_against(git, &mut found)?;
    Ok(found)
}

/// Holds the receipt of a text against what the commit itself tells of its own: whoever can write the
/// text alone changes neither.
fn held_against(git: &Git, found: &mut Found) -> Result<(), Unverifiable> {
    let own = found.receipt.digest();
    let short = found.commit.short().to_owned();
    match of_commit(git, &found.commit) {
        Ok(told) => {
            let theirs = told.receipt.digest();
            if theirs != own {
                let place = format!("{short} ({})", told.read);
                found.others.push((place, theirs.to_string()));
            }
            found.others.extend(told.others);
            found.pages.extend(told.pages);
            found.message = told.message;
            found.report = told.report;
        }
        Err(Unverifiable::Unreadable(why)) => {
            // Where the report did not land, the digest that the message names is all there is.
            let message = message_of(git, &found.commit)?;
            let place = format!("the message of {short}");
            let named = digests(&message, &place)?;
            if report_of(git, &found.commit, &trailers(&message, TRAILER_RUN))?.is_some() {
                found.others.push((short, why));
            } else if !named.is_empty() && !named.contains(&own) {
                for digest in named {
                    found.others.push((place.clone(), digest.to_string()));
                }
            }
        }
        Err(other) => return Err(other),
    }
    Ok(())
}

/// The commit that a receipt is of: one that names it, in what is checked out before all else, or the one
/// that brought the report of its run.
fn commit_of(git: &Git, digests: &[&Digest], run: Option<&RunId>) -> Result<Oid, Unverifiable> {
    for from in ["HEAD", "--all"] {
        for digest in digests {
            let call = git
                .call([
                    "log",
                    "--no-show-signature",
                    "--format=%H",
                    "--fixed-strings",
                ])
                .args([
                    MOST_COMMITS,
                    &format!("--grep={TRAILER}: blake3:{digest}"),
                    from,
                    "--",
                ]);
            if let Some(commit) = first(call)? {
                return Ok(commit);
            }
        }
        if let Some(run) = run {
            let call = git
                .call([
                    "log",
                    "--no-show-signature",
                    "--format=%H",
                    "--diff-filter=A",
                ])
                .args([MOST_COMMITS, "-m", "--first-parent", from, "--"])
                .arg(format!(":(top,glob)**/runs/{run}.md"))
                .env("GIT_LITERAL_PATHSPECS", "0");
            if let Some(commit) = first(call)? {
                return Ok(commit);
            }
        }
    }
    unreadable(
        "no commit here holds this receipt; fetch it, or name the commit to hold it against with --at",
    )
}

fn first(call: crate::git::Call<'_>) -> Result<Option<Oid>, Unverifiable> {
    let output = call.output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // Where nothing is checked out there is no HEAD to look from.
    Ok(text
        .lines()
        .next()
        .and_then(|line| Oid::new(line.trim()).ok()))
}

/// The message of a commit.
fn message_of(git: &Git, commit: &Oid) -> Result<String, Unverifiable> {
    let call = git
        .call([
            "log",
            "--no-show-signature",
            "--no-color",
            "--max-count=1",
            "--format=%B",
        ])
        .args([commit.as_str(), "--"])
        .limit(MAX_TEXT);
    Ok(String::from_utf8_lossy(&call.run()?).into_owned())
}

/// The report of the run that a commit is of: the one its message names, else the one it brings.
fn report_of(
    git: &Git,
    commit: &Oid,
    runs: &[String],
) -> Result<Option<(String, String)>, Unverifiable> {
    let short = commit.short();
    let mut paths = Vec::new();
    if runs.is_empty() {
        let parent = git.resolve(&format!("{commit}^1"));
        let brought = match parent {
            Ok(parent) => git.diff(&parent, commit)?,
            Err(_) => Vec::new(),
        };
        let reports = brought.into_iter().map(|d| d.path);
        paths.extend(reports.filter(|p| is_report(p)));
    } else {
        let ends: Vec<String> = runs.iter().map(|run| format!("runs/{run}.md")).collect();
        let call = git.call([
            "ls-tree",
            "-r",
            "-z",
            "--name-only",
            "--full-tree",
            commit.as_str(),
        ]);
        let names = String::from_utf8_lossy(&call.run()?).into_owned();
        let is = |name: &&str| {
            let whole = |end: &String| name.strip_suffix(end.as_str());
            ends.iter()
                .filter_map(whole)
                .any(|rest| rest.is_empty() || rest.ends_with('/'))
        };
        paths.extend(names.split('\0').filter(is).map(str::to_owned));
    }
    let mut found = Vec::new();
    for path in paths {
        if let Some(bytes) = git.file_at(commit, &path)? {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if text.contains(FENCE) {
                found.push((path, text));
            }
        }
    }
    if found.len() > 1 {
        let names: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
        return unreadable(format!(
            "{short} holds {} receipts: {}; give one: `git show {short}:{} | harness-tui verify - --at {short}`",
            found.len(),
            names.join(", "),
            names.first().unwrap_or(&"FILE")
        ));
    }
    Ok(found.pop())
}

/// The receipt that a run's report holds.
pub(in crate::landing) fn receipt_in(report: &str) -> Option<Receipt> {
    held(report, "the report").ok()??.receipt.ok()
}

/// Whether a path is that of a run's report.
fn is_report(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or_default();
    let run = name.strip_suffix(".md").map(RunId::new);
    matches!(run, Some(Ok(_))) && parts.next() == Some("runs")
}

/// The commit before those of a run: what its work was put upon.
pub(super) fn before(git: &Git, commit: &Oid, run: &RunId) -> Result<Option<Oid>, Unverifiable> {
    let call = git
        .call(["log", "--first-parent", "--no-show-signature", "--no-color"])
        .arg(format!("--max-count={MOST_OF_A_RUN}"))
        .arg(format!(
            "--format=%H %(trailers:key={TRAILER_RUN},valueonly,separator=%x20)"
        ))
        .args([commit.as_str(), "--"]);
    let text = call.text()?;
    let mut lines = text.lines();
    // Its own message may be anybody's: a page that merges for people writes another.
    lines.next();
    let other = lines.find(|line| {
        let mut words = line.split(' ').skip(1);
        words.all(|word| word != run.as_str())
    });
    Ok(other.and_then(|line| Oid::new(line.split(' ').next()?).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_known_by_their_place_and_name() {
        assert!(is_report("harness/runs/RUN-2026-04-02-T001.md"));
        assert!(!is_report("harness/runs/notes.md"));
        assert!(!is_report("docs/RUN-2026-04-02-T001.md"));
    }

    #[test]
    fn a_text_is_unescaped_once() {
        assert_eq!(
            unescaped("&quot;a&quot; &amp;lt; &lt;b&gt;"),
            "\"a\" &lt; <b>"
        );
    }

    #[test]
    fn trailers_are_found_anywhere_and_counted_once() {
        let text = "Title\r\n\r\n* one\r\nHarness-Run: RUN-1\r\n\r\n* harness-run: RUN-1\r\n";
        assert_eq!(trailers(text, "Harness-Run"), ["RUN-1"]);
    }
}
