//! What GitHub tells of a pull request.

use super::heard::{Fails, Heard, Logs, Said, Thread, author, last_lines, list, place_of};
use crate::engine::InReview;
use crate::landing::forge::{Client, Failed, text};
use crate::text::many;
use serde_json::Value;
use std::collections::BTreeMap;

/// The threads of a pull request with whether each is resolved, which nothing else tells, and how who
/// spoke stands to the repository. What opened a thread tells which it is, and is told beside its last words.
const THREADS: &str = "query($owner: String!, $name: String!, $number: Int!) { \
    repository(owner: $owner, name: $name) { pullRequest(number: $number) { \
    reviewThreads(first: 100) { pageInfo { hasNextPage } nodes { isResolved path line startLine diffSide originalLine \
    opening: comments(first: 1) { nodes { body url authorAssociation viewerDidAuthor author { login } } } \
    comments(last: 99) { totalCount nodes { body url authorAssociation viewerDidAuthor author { login } } } } } } } }";

/// What GitHub calls those who are of a repository: its owner, the members of the organisation that owns
/// it, and those who were invited to work on it.
const INSIDE: [&str; 3] = ["OWNER", "MEMBER", "COLLABORATOR"];

pub(super) fn heard(
    client: &Client,
    review: &InReview,
    is_new: &dyn Fn(&str) -> bool,
) -> Result<Heard, Failed> {
    let fields = "author,reviews,statusCheckRollup";
    let shown = client.json(&["pr", "view", &review.url, "--json", fields])?;
    // Who opened it is the person whose run it is.
    let opened = shown.get("author").and_then(|a| text(a, "login"));
    let mut threads = Vec::new();
    let mut notes = Vec::new();
    for one in demands(list(&shown, "reviews")) {
        if let Some(body) = text(one, "body") {
            let id = text(one, "id").unwrap_or_else(|| body.clone());
            let said = said(one, format!("{}#{id}", review.url), opened.as_deref());
            threads.extend(Thread::new(std::iter::once(said), None, false));
        }
    }
    let answer = asked(client, review)?;
    let open = answer.pointer("/data/repository/pullRequest/reviewThreads");
    let open = open.unwrap_or(&Value::Null);
    if open.pointer("/pageInfo/hasNextPage") == Some(&Value::Bool(true)) {
        notes.push("only the first 100 threads were read".to_owned());
    }
    for thread in list(open, "nodes") {
        let resolved = thread.get("isResolved") == Some(&Value::Bool(true));
        let number = |key: &str| thread.get(key).and_then(Value::as_u64);
        let lines = number("line").map(|last| (number("startLine").unwrap_or(last), last));
        let old = text(thread, "diffSide").as_deref() == Some("LEFT");
        let place = text(thread, "path");
        let place = place.map(|path| place_of(&path, lines, number("originalLine"), old));
        let (talk, unread) = talk(thread);
        if unread > 0 && !resolved {
            let last = talk.last().and_then(|c| text(c, "url")).unwrap_or_default();
            notes.push(format!(
                "{} of a long thread were not read, those after its first one: {last}",
                many(unread, "comment")
            ));
        }
        let talk = talk.into_iter();
        let talk = talk.map(|c| said(c, text(c, "url").unwrap_or_default(), opened.as_deref()));
        threads.extend(Thread::new(talk, place, resolved));
    }
    let fails = fails(client, &shown, &mut notes, Logs::of(is_new));
    Ok(Heard {
        threads,
        fails,
        notes,
    })
}

/// Reviews that ask for changes and stand: whoever approved since, or whose review was dismissed, asks for
/// nothing any more. Who only says something withdraws nothing by that.
fn demands(reviews: &[Value]) -> Vec<&Value> {
    let mut reviews: Vec<&Value> = reviews.iter().collect();
    reviews.sort_by_key(|one| text(one, "submittedAt"));
    let mut stand: Vec<&Value> = Vec::new();
    for one in reviews {
        match text(one, "state").unwrap_or_default().as_str() {
            "CHANGES_REQUESTED" => stand.push(one),
            "APPROVED" | "DISMISSED" => {
                let who = author(one, "login");
                stand.retain(|other| author(other, "login") != who);
            }
            _ => {}
        }
    }
    stand
}

/// What was said in a thread, as far as it was read, and how much was not.
fn talk(thread: &Value) -> (Vec<&Value>, usize) {
    let of = |key: &str| thread.get(key).unwrap_or(&Value::Null);
    let mut talk: Vec<&Value> = list(of("comments"), "nodes").iter().collect();
    if let Some(opening) = list(of("opening"), "nodes").first()
        && { talk.iter() }.all(|c| text(c, "url") != text(opening, "url"))
    {
        talk.insert(0, opening);
    }
    let all = of("comments").get("totalCount").and_then(Value::as_u64);
    let all = all.and_then(|all| usize::try_from(all).ok()).unwrap_or(0);
    let unread = all.saturating_sub(talk.len());
    (talk, unread)
}

/// A comment or a review. Of whom it is not told how they stand to the project, they stand outside of it.
fn said(value: &Value, url: String, opened: Option<&str>) -> Said {
    let who = author(value, "login");
    let is = text(value, "authorAssociation").unwrap_or_default();
    let own = value.get("viewerDidAuthor") == Some(&Value::Bool(true));
    Said {
        url,
        inside: own || opened == Some(who.as_str()) || INSIDE.contains(&is.as_str()),
        author: who,
        text: text(value, "body").unwrap_or_default(),
    }
}

fn asked(client: &Client, review: &InReview) -> Result<Value, Failed> {
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
    client.json(&client.api_words(&words))
}

/// The latest of each check: one that runs again, or passed when it did, stands beside the one that failed.
fn latest(checks: &[Value]) -> Vec<&Value> {
    let key = |check: &Value| {
        let name = text(check, "name").or_else(|| text(check, "context"));
        (text(check, "workflowName"), name)
    };
    // One that is not done is later than all that are, whatever it says of its beginning.
    let when = |check: &Value| {
        let status = text(check, "status");
        let runs = status.is_some_and(|status| status != "COMPLETED");
        (runs, text(check, "startedAt"))
    };
    let mut last: BTreeMap<_, &Value> = BTreeMap::new();
    for check in checks {
        let known = last.entry(key(check)).or_insert(check);
        if when(check) >= when(known) {
            *known = check;
        }
    }
    let is_last = |check: &&Value| {
        last.get(&key(check))
            .is_some_and(|l| std::ptr::eq(*l, *check))
    };
    checks.iter().filter(is_last).collect()
}

fn fails(
    client: &Client,
    shown: &Value,
    notes: &mut Vec<String>,
    mut logs: Logs<'_>,
) -> Vec<Fails> {
    let mut fails = Vec::new();
    for check in latest(list(shown, "statusCheckRollup")) {
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
            log: if logs.wants(&url) {
                log_of(client, &url, notes)
            } else {
                String::new()
            },
            source: url,
        });
    }
    fails
}

/// The end of the log of a check, where it is a run of the house's own.
fn log_of(client: &Client, url: &str, notes: &mut Vec<String>) -> String {
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

/// Owner, repository and number of an address such as `https://github.com/ada/engine/pull/7`.
fn parts(url: &str) -> (String, String, String) {
    let mut words = url.trim_end_matches('/').rsplit('/');
    let number = words.next().unwrap_or_default().to_owned();
    let name = words.nth(1).unwrap_or_default().to_owned();
    let owner = words.next().unwrap_or_default().to_owned();
    (owner, name, number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_a_pull_request_is_taken_apart() {
        let (owner, name, number) = parts("https://github.com/ada/engine/pull/7");
        assert_eq!(
            (owner, name, number),
            ("ada".into(), "engine".into(), "7".into())
        );
    }

    #[test]
    fn what_was_withdrawn_is_no_demand_and_what_passed_since_did_not_fail() {
        let reviews = serde_json::json!([
            { "id": "4", "state": "APPROVED", "author": { "login": "bob" }, "submittedAt": "2026-01-04T00:00:00Z" },
            { "id": "1", "state": "CHANGES_REQUESTED", "author": { "login": "bob" }, "submittedAt": "2026-01-01T00:00:00Z" },
            { "id": "2", "state": "CHANGES_REQUESTED", "author": { "login": "cy" }, "submittedAt": "2026-01-02T00:00:00Z" },
            { "id": "3", "state": "COMMENTED", "author": { "login": "cy" }, "submittedAt": "2026-01-03T00:00:00Z" },
            { "id": "5", "state": "CHANGES_REQUESTED", "author": { "login": "cy" }, "submittedAt": "2026-01-05T00:00:00Z" },
            { "id": "6", "state": "DISMISSED", "author": { "login": "dan" }, "submittedAt": "2026-01-06T00:00:00Z" },
            { "id": "7", "state": "CHANGES_REQUESTED", "author": { "login": "bob" }, "submittedAt": "2026-01-07T00:00:00Z" }
        ]);
        let ids: Vec<_> = { demands(reviews.as_array().unwrap()).into_iter() }
            .map(|r| text(r, "id").unwrap())
            .collect();
        assert_eq!(ids, ["2", "5", "7"]);
        let check = |workflow: &str, status: &str, conclusion: &str, at: &str| {
            serde_json::json!({ "name": "unit", "workflowName": workflow, "status": status,
                "conclusion": conclusion, "startedAt": at, "detailsUrl": format!("{workflow}{at}") })
        };
        let checks = [
            check("ci", "COMPLETED", "SUCCESS", "2026-01-02T00:00:00Z"),
            check("ci", "COMPLETED", "FAILURE", "2026-01-01T00:00:00Z"),
            check("night", "COMPLETED", "FAILURE", "2026-01-01T00:00:00Z"),
            check("again", "COMPLETED", "FAILURE", "2026-01-01T00:00:00Z"),
            check("again", "QUEUED", "", "0001-01-01T00:00:00Z"),
        ];
        let last: Vec<_> = { latest(&checks).into_iter() }
            .map(|c| (text(c, "workflowName").unwrap(), text(c, "conclusion")))
            .collect();
        let failed = Some("FAILURE".to_owned());
        assert_eq!(
            last,
            [
                ("ci".to_owned(), Some("SUCCESS".to_owned())),
                ("night".to_owned(), failed),
                ("again".to_owned(), None)
            ]
        );
    }

    #[test]
    fn a_long_thread_is_known_by_its_first_word_and_says_what_was_not_read() {
        let word = |n: u32| serde_json::json!({ "body": "x", "url": format!("c{n}") });
        let thread = |first: u32, all: u32| {
            let last: Vec<Value> = (first..=all).map(word).collect();
            serde_json::json!({ "opening": { "nodes": [word(1)] },
                "comments": { "totalCount": all, "nodes": last } })
        };
        let told = |thread: Value| {
            let (talk, unread) = talk(&thread);
            let first = text(talk[0], "url").unwrap();
            let second = text(talk[1], "url").unwrap();
            (first, second, talk.len(), unread)
        };
        let word = |n: u32| format!("c{n}");
        assert_eq!(told(thread(1, 30)), (word(1), word(2), 30, 0));
        assert_eq!(told(thread(2, 100)), (word(1), word(2), 100, 0));
        assert_eq!(told(thread(7, 105)), (word(1), word(7), 100, 5));
    }

    #[test]
    fn who_is_not_told_to_be_of_the_project_is_not() {
        let is_inside = |more: &str| {
            let text = format!(r#"{{"author":{{"login":"bob"}},"body":"x"{more}}}"#);
            said(
                &serde_json::from_str(&text).unwrap(),
                String::new(),
                Some("ada"),
            )
            .inside
        };
        assert!(!is_inside(""));
        for word in ["NONE", "CONTRIBUTOR", "FIRST_TIME_CONTRIBUTOR", "owner"] {
            assert!(
                !is_inside(&format!(r#","authorAssociation":"{word}""#)),
                "{word}"
            );
        }
        for word in INSIDE {
            assert!(
                is_inside(&format!(r#","authorAssociation":"{word}""#)),
                "{word}"
            );
        }
        assert!(is_inside(r#","viewerDidAuthor":true"#));
        let own = serde_json::json!({ "author": { "login": "ada" }, "authorAssociation": "NONE" });
        assert!(said(&own, String::new(), Some("ada")).inside);
    }
}
