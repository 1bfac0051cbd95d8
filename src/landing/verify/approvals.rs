//! Checks and decisions: that a command ran on the tree that the run came to, and that an approval was
//! given on what landed.

use super::find::{Unverifiable, here};
use super::tree::Trees;
use super::{Ground, Line, Stands};
use crate::documents::task::Task;
use crate::git::Git;
use crate::landing::receipt::{About, Check, Decision, Entry, Handed};
use crate::terms::{Digest, Oid, StageId};
use crate::text::many;
use std::collections::BTreeSet;

/// That an approval was given on what is there.
pub(in crate::landing) const ON_WHAT_LANDED: &str = "given on what landed";
/// That it was given on something else as well.
pub(in crate::landing) const DIFFERS: &str = "given on what differs from what landed";
/// How many paths are named one by one.
const NAMED: usize = 3;

/// A line for each check. That the command would end so again is claimed by nobody.
pub(super) fn checks(ground: &Ground<'_>, trees: &Trees) -> Vec<Line> {
    let line = |check: &Check| {
        let about = About::Check(check.command.clone());
        let tree = check.tree.short();
        let claimed = format!("{} on tree {tree}", check.how);
        let exit = check.exit.map_or_else(
            || "ended by force".to_owned(),
            |code| format!("exit {code}"),
        );
        if check.how != exit && !check.how.starts_with(&format!("{exit},")) {
            return Line::of(
                Stands::NotTrue,
                about,
                claimed,
                format!("its exit code says {exit}"),
            );
        }
        let (stands, found) = match trees.is(&check.tree, check.besides.as_deref()) {
            Ok(true) => (Stands::Ok, ran_on(ground, check.besides.as_deref())),
            Ok(false) => (
                Stands::NotTrue,
                format!("tree {tree} is not what the receipt says it is"),
            ),
            Err(why) => (Stands::NotKnown, why),
        };
        Line::of(stands, about, claimed, found)
    };
    ground.receipt.checks.iter().map(line).collect()
}

/// How a tree stands to the run's last one.
fn ran_on(ground: &Ground<'_>, besides: Option<&[Entry]>) -> String {
    let code = code_of(ground, besides);
    let code: Vec<&str> = code.iter().map(String::as_str).collect();
    let differs = "that tree differs from what the run came to in";
    match code.as_slice() {
        [] => "that tree holds the code that the run came to".to_owned(),
        [one] => format!("{differs} {one}"),
        [first, rest @ ..] => format!("{differs} {first} and {} more", rest.len()),
    }
}

/// Those of these paths that are no artifacts.
fn code_of(ground: &Ground<'_>, besides: Option<&[Entry]>) -> BTreeSet<String> {
    let all = besides.unwrap_or_default().iter().map(|e| &e.path);
    all.filter(|path| !ground.receipt.is_artifact(path))
        .cloned()
        .collect()
}

/// A line for each decision; `artifacts` is what was found of those.
pub(super) fn decisions(
    ground: &Ground<'_>,
    trees: &Trees,
    artifacts: &[Line],
) -> Result<Vec<Line>, Unverifiable> {
    let mut lines = Vec::new();
    for decision in &ground.receipt.decisions {
        let on = decision.on.as_ref();
        let on = on.map_or_else(String::new, |on| format!("on {}, ", on.short()));
        let claimed = format!("{on}{}", decision.at);
        let (stands, found) = found_of(ground, trees, artifacts, decision)?;
        lines.push(Line::of(stands, decision.about(), claimed, found));
    }
    Ok(lines)
}

fn found_of(
    ground: &Ground<'_>,
    trees: &Trees,
    artifacts: &[Line],
    decision: &Decision,
) -> Result<(Stands, String), Unverifiable> {
    let Some(on) = &decision.on else {
        return Ok((
            Stands::Told,
            "git can't tell; no landing rests on it".to_owned(),
        ));
    };
    if decision.given_on.is_empty() {
        let found = "it was given on what the run went on from, and counts for nothing that landed";
        return Ok((Stands::Told, found.to_owned()));
    }
    let parts = decision.given_on.iter().map(String::as_bytes);
    let digest = Digest::of_parts(parts);
    if digest != *on {
        let found = format!(
            "what it lists as what it was given on is {}",
            digest.short()
        );
        return Ok((Stands::NotTrue, found));
    }
    let (mut unknown, mut told) = (Vec::new(), Vec::new());
    for part in &decision.given_on {
        match part_of(ground, trees, artifacts, part)? {
            Ok(()) => {}
            Err((Stands::NotTrue, why)) => return Ok((Stands::NotTrue, why)),
            Err((Stands::Told, why)) => told.push(why),
            Err((_, why)) => unknown.push(why),
        }
    }
    if !unknown.is_empty() {
        unknown.dedup();
        return Ok((Stands::NotKnown, unknown.join("; ")));
    }
    let unseen = unseen(ground, decision);
    let begins = match unseen.len() {
        0 => ON_WHAT_LANDED.to_owned(),
        n => format!("{DIFFERS} in {}: {}", many(n, "file"), some(&unseen)),
    };
    if told.is_empty() && unseen.is_empty() {
        return Ok((Stands::Ok, begins));
    }
    told.dedup();
    told.insert(0, begins);
    Ok((Stands::Told, told.join("; ")))
}

/// The files of what landed that stand so in no commit of those that an approval was given on: later
/// stages made them what they are. Stages side by side have each a part of it.
fn unseen(ground: &Ground<'_>, decision: &Decision) -> BTreeSet<String> {
    let receipt = ground.receipt;
    let handed = |commit: &str| {
        let all = receipt.handed_on.iter();
        all.into_iter().find(|h| h.commit.as_str() == commit)
    };
    let of = |is_base: bool| {
        let parts = decision.given_on.iter().filter_map(move |part| {
            let words: Vec<&str> = part.split(' ').collect();
            match words.as_slice() {
                ["base", commit] if is_base => handed(commit),
                [_, _, commit] if !is_base => handed(commit),
                _ => None,
            }
        });
        let files = parts.map(|h| code_of(ground, h.besides.as_deref()));
        files.reduce(|one, other| one.intersection(&other).cloned().collect())
    };
    // Where no stage left a commit the work is what it was begun on.
    let mut unseen = of(false).or_else(|| of(true)).unwrap_or_default();
    unseen.retain(|path| !receipt.is_shared(path));
    unseen
}

/// The first of these paths, and how many more there are.
fn some(paths: &BTreeSet<String>) -> String {
    let named: Vec<&str> = paths.iter().take(NAMED).map(String::as_str).collect();
    let rest = paths.len() - named.len();
    let more = match rest {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    format!("{}{more}", named.join(", "))
}

type Part = Result<(), (Stands, String)>;

fn untrue(why: String) -> Part {
    Err((Stands::NotTrue, why))
}

/// Whether one part of what an approval was given on is part of what landed.
fn part_of(
    ground: &Ground<'_>,
    trees: &Trees,
    artifacts: &[Line],
    part: &str,
) -> Result<Part, Unverifiable> {
    let words: Vec<&str> = part.split(' ').collect();
    if let [stage, skipped, commit] = words.as_slice()
        && StageId::new(*stage).is_ok()
        && (*skipped == "None" || skipped.starts_with("Some("))
    {
        return match *commit {
            "-" => Ok(Ok(())),
            commit => Ok(commit_of(ground, trees, commit)),
        };
    }
    let Some((what, digest)) = part.rsplit_once(' ') else {
        return Ok(untrue(format!(
            "'{part}' is nothing that an approval is given on"
        )));
    };
    if what == "base" {
        return Ok(commit_of(ground, trees, digest));
    }
    if what == "task" {
        return task_of(ground, digest);
    }
    let receipt = ground.receipt;
    let artifact = receipt.artifacts.iter().find(|a| a.path.as_str() == what);
    let Some(artifact) = artifact.filter(|a| a.digest.as_str() == digest) else {
        return Ok(untrue(format!(
            "it was given on another {what} than the run came to"
        )));
    };
    let about = About::Artifact(artifact.name.clone());
    let found = artifacts
        .iter()
        .find(|l| l.about == about && l.claimed.starts_with(what));
    Ok(match found.map(|l| (l.stands, l.found.clone())) {
        Some((Stands::NotTrue, found)) => untrue(format!("it was given on {what}, now {found}")),
        Some((Stands::NotKnown, found)) => Err((Stands::NotKnown, found)),
        Some((Stands::Told, found)) => Err((Stands::Told, format!("of {what} {found}"))),
        _ => Ok(()),
    })
}

fn task_of(ground: &Ground<'_>, digest: &str) -> Result<Part, Unverifiable> {
    let Some(task) = &ground.receipt.task else {
        return Ok(untrue(
            "it was given on a task, and the run has none".to_owned(),
        ));
    };
    let bytes = match here(ground.git.file_at(ground.commit, task.path.as_str()))? {
        Ok(bytes) => bytes,
        Err(lacking) => return Ok(Err((Stands::NotKnown, lacking))),
    };
    let now = bytes.map(|bytes| Task::parse(&bytes).digest_for_staleness());
    Ok(match now {
        Some(now) if now.as_str() == digest => Ok(()),
        Some(_) => untrue(format!("it was given on another text of {}", task.path)),
        None => untrue(format!("{} is not in the commit", task.path)),
    })
}

/// Whether a commit that an approval was given on holds what the run came to: its id is computed from
/// its text, its text names its tree, and its tree is put together again.
fn commit_of(ground: &Ground<'_>, trees: &Trees, commit: &str) -> Part {
    let short = commit.get(..9).unwrap_or(commit);
    let handed = ground.receipt.handed_on.iter();
    let Some(handed) = handed.into_iter().find(|h| h.commit.as_str() == commit) else {
        return Err((
            Stands::NotKnown,
            format!("the receipt does not tell what commit {short} holds"),
        ));
    };
    match id_of(ground.git, handed) {
        Ok(id) if id == handed.commit => {}
        Ok(_) => return untrue(format!("what is told of commit {short} is not that commit")),
        Err(why) => return Err((Stands::NotKnown, why)),
    }
    let tree = handed
        .object
        .lines()
        .next()
        .and_then(|l| l.strip_prefix("tree "));
    if tree != Some(handed.tree.as_str()) {
        return untrue(format!("commit {short} holds another tree than is told"));
    }
    match trees.is(&handed.tree, handed.besides.as_deref()) {
        Ok(true) => Ok(()),
        Ok(false) => untrue(format!(
            "the tree of commit {short} is not what the receipt says it is"
        )),
        Err(why) => Err((Stands::NotKnown, why)),
    }
}

/// The id of a commit with this text; nothing is stored.
fn id_of(git: &Git, handed: &Handed) -> Result<Oid, String> {
    let call = git.call(["hash-object", "-t", "commit", "--stdin"]);
    let told = call.stdin(handed.object.as_bytes()).text();
    Oid::new(told.map_err(|e| e.to_string())?.trim())
}
