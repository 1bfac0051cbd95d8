//! What GitLab tells of a merge request.

use super::heard::{Fails, Heard, Logs, Said, Thread, author, last_lines, list, place_of};
use crate::engine::InReview;
use crate::landing::forge::{Client, Failed, escaped, number, text};
use serde_json::Value;
use std::collections::BTreeSet;

/// How many people are asked about at once.
const AT_ONCE: usize = 50;
/// How many jobs are asked for at once, and how often.
const A_PAGE: usize = 100;
const MOST_PAGES: usize = 5;
/// From this access on somebody is of a project: a guest was let in, less than that was not.
const GUEST: u64 = 10;

pub(super) fn heard(
    client: &Client,
    review: &InReview,
    is_new: &dyn Fn(&str) -> bool,
) -> Result<Heard, Failed> {
    let project = client.project();
    let of = format!("{project}/merge_requests/{}", number(&review.url));
    let talks = client.api(&format!("{of}/discussions?per_page=100"))?;
    let talks = talks.as_array().map_or(&[][..], Vec::as_slice);
    let mut notes = Vec::new();
    if talks.len() >= 100 {
        notes.push("only the first 100 threads were read".to_owned());
    }
    let is = |note: &Value, key: &str| note.get(key) == Some(&Value::Bool(true));
    let open = |talk: &&Value| {
        let first = list(talk, "notes").first();
        first.is_some_and(|first| is(first, "resolvable"))
    };
    let talks: Vec<&Value> = talks.iter().filter(open).collect();
    let inside = if talks.is_empty() {
        BTreeSet::new()
    } else {
        inside(client, &of, &talks, &mut notes)?
    };
    let mut threads = Vec::new();
    for talk in talks {
        let all = list(talk, "notes");
        let Some(first) = all.first() else {
            continue;
        };
        let at = first.get("position").unwrap_or(&Value::Null);
        let file = text(at, "new_path").or_else(|| text(at, "old_path"));
        let number = |key: &str| at.get(key).and_then(Value::as_u64);
        let (new, was) = (number("new_line"), number("old_line"));
        let line = new.or(was).map(|n| (n, n));
        let old = new.is_none() && was.is_some();
        let place = file.map(|file| place_of(&file, line, None, old));
        let said = all.iter().filter(|n| !is(n, "system")).map(|note| {
            let id = note.get("id").map_or_else(String::new, Value::to_string);
            Said {
                url: format!("{}#note_{id}", review.url),
                author: author(note, "username"),
                text: text(note, "body").unwrap_or_default(),
                inside: id_of(note).is_some_and(|id| inside.contains(&id)),
            }
        });
        threads.extend(Thread::new(said, place, is(first, "resolved")));
    }
    let mut fails = Vec::new();
    if let Some(pipeline) = pipeline(client, (&project, &of), review, &mut notes)? {
        let place = format!("{project}/pipelines/{}/jobs", escaped(&pipeline));
        fails = failed(client, &place, &mut notes)?;
        logs(client, &project, &mut fails, (Logs::of(is_new), &mut notes));
    }
    let fails = fails.into_iter().map(|(_, fails)| fails).collect();
    Ok(Heard {
        threads,
        fails,
        notes,
    })
}

/// The number of who wrote something.
fn id_of(value: &Value) -> Option<u64> {
    value.get("author")?.get("id")?.as_u64()
}

/// Those who spoke and are members of the project, by themselves or by a group; and who opened the
/// merge request, whose run it is.
fn inside(
    client: &Client,
    of: &str,
    talks: &[&Value],
    notes: &mut Vec<String>,
) -> Result<BTreeSet<u64>, Failed> {
    let opened = id_of(&client.api(of)?);
    let spoke = talks.iter().flat_map(|talk| list(talk, "notes"));
    let spoke: BTreeSet<u64> = spoke.filter_map(id_of).collect();
    let asked: Vec<u64> = spoke.into_iter().filter(|id| Some(*id) != opened).collect();
    let mut inside: BTreeSet<u64> = opened.into_iter().collect();
    for some in asked.chunks(AT_ONCE) {
        let key = escaped("user_ids[]");
        let ids: Vec<String> = some.iter().map(|id| format!("{key}={id}")).collect();
        let path = format!(
            "{}/members/all?per_page=100&{}",
            client.project(),
            ids.join("&")
        );
        match client.api(&path) {
            Ok(members) => {
                let members = members.as_array().map_or(&[][..], Vec::as_slice);
                inside.extend(members.iter().filter_map(member));
            }
            // Who can't be asked about is not taken for one of the project.
            Err(failed) => notes.push(format!("who is of the project is not known: {failed}")),
        }
    }
    Ok(inside)
}

/// The number of a member who was let in; `None`: it is none, or not yet.
fn member(value: &Value) -> Option<u64> {
    let access = value.get("access_level").and_then(Value::as_u64);
    let is_active = text(value, "state").is_none_or(|state| state == "active");
    let id = value.get("id").and_then(Value::as_u64);
    id.filter(|_| is_active && access.is_some_and(|access| access >= GUEST))
}

/// The pipeline that tells of the commit that was pushed: the latest that ran for it, or for what it makes
/// with the branch it is to enter. `None`: there is none, which is said where others ran.
fn pipeline(
    client: &Client,
    (project, of): (&str, &str),
    review: &InReview,
    notes: &mut Vec<String>,
) -> Result<Option<String>, Failed> {
    let pipelines = client.api(&format!("{of}/pipelines?per_page=100"))?;
    let pipelines = pipelines.as_array().map_or(&[][..], Vec::as_slice);
    let pushed = review.commit.as_str();
    let mut asked = false;
    for pipeline in pipelines {
        let sha = text(pipeline, "sha").unwrap_or_default();
        let merges = text(pipeline, "ref").is_some_and(|name| name.ends_with("/merge"));
        let is_of_it = if sha == pushed {
            true
        } else if merges && !asked {
            // One question does: those before it are of what there was before.
            asked = true;
            is_made_of(client, project, (&sha, pushed), notes)
        } else {
            false
        };
        if let (true, Some(id)) = (is_of_it, pipeline.get("id")) {
            return Ok(Some(id.to_string()));
        }
    }
    if !pipelines.is_empty() {
        notes.push(format!(
            "no pipeline ran for {}, which was pushed last: what its checks say is not known",
            review.commit.short()
        ));
    }
    Ok(None)
}

/// Whether a commit that the house made is a merge of what was pushed.
fn is_made_of(
    client: &Client,
    project: &str,
    (sha, pushed): (&str, &str),
    notes: &mut Vec<String>,
) -> bool {
    match client.api(&format!("{project}/repository/commits/{}", escaped(sha))) {
        Ok(commit) => {
            let mut parents = list(&commit, "parent_ids").iter();
            parents.any(|parent| parent.as_str() == Some(pushed))
        }
        Err(failed) => {
            notes.push(failed.to_string());
            false
        }
    }
}

/// The jobs of a pipeline that failed and may not, each with its number.
fn failed(
    client: &Client,
    place: &str,
    notes: &mut Vec<String>,
) -> Result<Vec<(String, Fails)>, Failed> {
    let scope = escaped("scope[]");
    let mut fails = Vec::new();
    for page in 1..=MOST_PAGES {
        let path = format!("{place}?{scope}=failed&per_page={A_PAGE}&page={page}");
        let jobs = client.api(&path)?;
        let jobs = jobs.as_array().map_or(&[][..], Vec::as_slice);
        let may_not = |job: &&Value| job.get("allow_failure") != Some(&Value::Bool(true));
        for job in jobs.iter().filter(may_not) {
            let id = job.get("id").map_or_else(String::new, Value::to_string);
            let fail = Fails {
                source: text(job, "web_url").unwrap_or_else(|| id.clone()),
                name: text(job, "name").unwrap_or_default(),
                log: String::new(),
            };
            fails.push((id, fail));
        }
        if jobs.len() < A_PAGE {
            return Ok(fails);
        }
    }
    let most = A_PAGE * MOST_PAGES;
    notes.push(format!("only the first {most} jobs that failed were read"));
    Ok(fails)
}

/// Reads the ends of the logs that are wanted.
fn logs(
    client: &Client,
    project: &str,
    fails: &mut [(String, Fails)],
    (mut logs, notes): (Logs<'_>, &mut Vec<String>),
) {
    for (id, fails) in fails {
        if !logs.wants(&fails.source) {
            continue;
        }
        let trace = format!("{project}/jobs/{}/trace", escaped(id));
        match client.call(&client.api_words(&[&trace])) {
            Ok(log) => fails.log = last_lines(log.lines()),
            Err(failed) => notes.push(failed.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_one_who_was_let_in() {
        let is = |text: &str| member(&serde_json::from_str(text).unwrap());
        assert_eq!(
            is(r#"{"id":3,"access_level":30,"state":"active"}"#),
            Some(3)
        );
        assert_eq!(is(r#"{"id":3,"access_level":10}"#), Some(3));
        assert_eq!(is(r#"{"id":3,"access_level":5,"state":"active"}"#), None);
        assert_eq!(is(r#"{"id":3,"access_level":30,"state":"awaiting"}"#), None);
        assert_eq!(is(r#"{"id":3}"#), None);
    }
}
