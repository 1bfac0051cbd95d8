//! What GitHub tells of a pull request.

use super::heard::{Fails, Heard, Said, Thread, author, last_lines, list, place_of};
use crate::engine::InReview;
use crate::landing::forge::{Client, Failed, text};
use serde_json::Value;

/// The threads of a pull request with whether each is resolved, which nothing else tells, and how who
/// spoke stands to the repository.
const THREADS: &str = "query($owner: String!, $name: String!, $number: Int!) { \
    repository(owner: $owner, name: $name) { pullRequest(number: $number) { \
    reviewThreads(first: 100) { pageInfo { hasNextPage } nodes { isResolved path line startLine diffSide originalLine \
    comments(first: 20) { nodes { body url authorAssociation viewerDidAuthor author { login } } } } } } } }";

/// What GitHub calls those who are of a repository: its owner, the members of the organisation that owns
/// it, and those who were invited to work on it.
const INSIDE: [&str; 3] = ["OWNER", "MEMBER", "COLLABORATOR"];

pub(super) fn heard(client: &Client, review: &InReview) -> Result<Heard, Failed> {
    let fields = "author,reviews,statusCheckRollup";
    let shown = client.json(&["pr", "view", &review.url, "--json", fields])?;
    // Who opened it is the person whose run it is.
    let opened = shown.get("author").and_then(|a| text(a, "login"));
    let mut threads = Vec::new();
    let mut notes = Vec::new();
    for one in list(&shown, "reviews") {
        let asks = text(one, "state").as_deref() == Some("CHANGES_REQUESTED");
        if let (true, Some(body)) = (asks, text(one, "body")) {
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
        let comments = thread.get("comments").unwrap_or(&Value::Null);
        let number = |key: &str| thread.get(key).and_then(Value::as_u64);
        let lines = number("line").map(|last| (number("startLine").unwrap_or(last), last));
        let old = text(thread, "diffSide").as_deref() == Some("LEFT");
        let place = text(thread, "path");
        let place = place.map(|path| place_of(&path, lines, number("originalLine"), old));
        let talk = list(comments, "nodes").iter();
        let talk = talk.map(|c| said(c, text(c, "url").unwrap_or_default(), opened.as_deref()));
        threads.extend(Thread::new(talk, place, resolved));
    }
    let fails = fails(client, &shown, &mut notes);
    Ok(Heard {
        threads,
        fails,
        notes,
    })
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

fn fails(client: &Client, shown: &Value, notes: &mut Vec<String>) -> Vec<Fails> {
    let mut fails = Vec::new();
    for check in list(shown, "statusCheckRollup") {
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
            log: log_of(client, &url, notes),
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
