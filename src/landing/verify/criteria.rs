//! The criteria: what is asked for in the task's file, how the review judged it, and the lines of code
//! that the judgement rests on.

use super::find::{Unverifiable, here};
use super::{Ground, Line, Missing, Stands};
use crate::documents::task::Task;
use crate::documents::verdict;
use crate::landing::receipt::{About, Criterion, Place, flat, word};
use crate::terms::{CriterionId, Digest};

/// Largest file that lines are looked for in.
const MAX_FILE: usize = 16 * 1024 * 1024;

/// What was found of one criterion, from many looks.
#[derive(Default)]
struct Found {
    untrue: Vec<String>,
    unknown: Vec<String>,
    told: Vec<String>,
    so: Vec<String>,
}

impl Found {
    fn line(self, criterion: &Criterion) -> Line {
        let evidence = match criterion.evidence.as_str() {
            "" => String::new(),
            evidence => format!(" ({evidence})"),
        };
        let claimed = format!("{}: {}{evidence}", criterion.judged, criterion.text);
        let (stands, told) = if !self.untrue.is_empty() {
            (Stands::NotTrue, self.untrue)
        } else if !self.unknown.is_empty() {
            (Stands::NotKnown, self.unknown)
        } else if !self.told.is_empty() {
            (Stands::Told, [self.told, self.so].concat())
        } else {
            (Stands::Ok, self.so)
        };
        let about = About::Criterion(criterion.id.clone());
        Line::of(stands, about, claimed, told.join("; "))
    }
}

/// A line for the task and one for each of its criteria; `files` and `artifacts` are what was found of
/// those, and `broken` what is no longer so of the decisions.
pub(super) fn lines(
    ground: &Ground<'_>,
    files: &[Line],
    artifacts: &[Line],
    broken: &[Line],
) -> Result<Vec<Line>, Unverifiable> {
    let receipt = ground.receipt;
    let Some(of) = &receipt.task else {
        return Ok(Vec::new());
    };
    let bytes = here(ground.git.file_at(ground.commit, of.path.as_str()))?;
    let task = bytes.map(|bytes| bytes.map(|bytes| Task::parse(&bytes)));
    let claimed = format!("{}: {}", of.id, of.title);
    let (stands, found) = match &task {
        Err(lacking) => (Stands::NotKnown, lacking.clone()),
        Ok(None) => (Stands::NotTrue, format!("{} is not in the commit", of.path)),
        Ok(Some(task)) if task.digest_for_staleness() == of.digest => {
            (Stands::Ok, format!("{} asks for what was judged", of.path))
        }
        Ok(Some(_)) => (
            Stands::NotTrue,
            format!("{} asks for something else than was judged", of.path),
        ),
    };
    let mut lines = vec![Line::of(stands, About::Task, claimed, found)];
    let asked = task.map(|task| -> Vec<(CriterionId, String)> {
        let all = task.iter().flat_map(Task::criteria);
        all.map(|c| (c.id, flat(&c.text))).collect()
    });
    for criterion in &receipt.criteria {
        let mut found = Found::default();
        match &asked {
            Ok(asked) => text(criterion, asked, &mut found),
            Err(lacking) => found.unknown.push(lacking.clone()),
        }
        judgement(ground, criterion, &mut found);
        for place in &criterion.places {
            lines_of(ground, place, &mut found)?;
        }
        found.told.extend(criterion.nowhere());
        for line in files.iter().chain(artifacts) {
            let rests = line.criteria.contains(&criterion.id);
            match line.stands {
                Stands::NotTrue if rests => {
                    found.untrue.push(format!(
                        "{} is not as it was judged: {}",
                        line.about, line.found
                    ));
                }
                Stands::NotKnown if rests => found.unknown.push(line.found.clone()),
                _ => {}
            }
        }
        let mut told: Vec<&About> = Vec::new();
        for line in broken.iter().filter(|l| l.criteria.contains(&criterion.id)) {
            // What several texts say of one is told once.
            if !told.contains(&&line.about) {
                told.push(&line.about);
                found.untrue.push(format!(
                    "no longer true because the approval that it hangs on ({}) is not as it was given: {}",
                    line.about.which(),
                    line.found
                ));
            }
        }
        lines.push(found.line(criterion));
    }
    Ok(lines)
}

/// Whether the task asks for it in these words.
fn text(criterion: &Criterion, asked: &[(CriterionId, String)], found: &mut Found) {
    match asked.iter().find(|(id, _)| *id == criterion.id) {
        Some((_, text)) if *text == criterion.text => {}
        Some((_, text)) => found.untrue.push(format!("the task asks: {text}")),
        None => found.untrue.push("the task does not ask for it".to_owned()),
    }
}

/// Whether the review judges it so.
fn judgement(ground: &Ground<'_>, criterion: &Criterion, found: &mut Found) {
    let Some(by) = &criterion.by else {
        if criterion.judged == word(None) {
            found.so.push("no review judged it".to_owned());
        } else {
            found
                .unknown
                .push("the receipt does not say which review judged it".to_owned());
        }
        return;
    };
    let bytes = match ground.artifact(by.as_str()) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => {
            found.untrue.push(format!("{by} is not there"));
            return;
        }
        Err(Missing::Omitted) => {
            found
                .told
                .push("the project leaves its review out".to_owned());
            return;
        }
        Err(Missing::NotHere(why)) => {
            found.unknown.push(why);
            return;
        }
    };
    let ids: Vec<CriterionId> = ground
        .receipt
        .criteria
        .iter()
        .map(|c| c.id.clone())
        .collect();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let Ok(reviewed) = verdict::read(&text, by.as_str(), &ids) else {
        found
            .untrue
            .push(format!("{by} can't be read as a review of the task"));
        return;
    };
    let judgements = &reviewed.verdict.judgements;
    let judged = judgements.iter().find(|j| j.criterion == criterion.id);
    let evidence = judged.map_or_else(String::new, |j| flat(&j.evidence));
    if word(judged) == criterion.judged && evidence == criterion.evidence {
        found.so.push(format!("judged so in {by}"));
    } else {
        found
            .untrue
            .push(format!("{by} says {}: {evidence}", word(judged)));
    }
}

/// Whether the lines are there as they were judged; they may stand elsewhere in the file.
fn lines_of(ground: &Ground<'_>, place: &Place, found: &mut Found) -> Result<(), Unverifiable> {
    let path = ground.went.get(&place.path).unwrap_or(&place.path);
    let Some((_, blob)) = ground.tree.at(path) else {
        found.untrue.push(format!("{path} is not there"));
        return Ok(());
    };
    if *blob == place.blob {
        let lines = match place.lines {
            Some((from, to)) if from == to => format!(":{from}"),
            Some((from, to)) => format!(":{from}-{to}"),
            None => String::new(),
        };
        found.so.push(format!("{path}{lines} is as it was judged"));
        return Ok(());
    }
    let (Some((from, to)), Some(digest)) = (place.lines, &place.digest) else {
        // Of a file that the run changed its change is looked up; of another it may be others' work.
        if ground.receipt.files.iter().any(|f| f.path == place.path) {
            return Ok(());
        }
        found.so.push(format!("{path} was changed by others since"));
        return Ok(());
    };
    let call = ground.git.call(["cat-file", "blob", blob.as_str()]);
    let bytes = match here(call.limit(MAX_FILE).run())? {
        Ok(bytes) => bytes,
        Err(lacking) => {
            found.unknown.push(lacking);
            return Ok(());
        }
    };
    match nearest(&bytes, (from, to), digest) {
        Some(at) => found
            .so
            .push(format!("{path}:{from} is as it was judged, at line {at}")),
        None => found
            .untrue
            .push(format!("{path}:{from} is not as it was judged")),
    }
    Ok(())
}

/// The line at which lines of this digest begin that is nearest to where they were.
fn nearest(bytes: &[u8], (from, to): (usize, usize), digest: &Digest) -> Option<usize> {
    let long = to.checked_sub(from)? + 1;
    let body = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let lines: Vec<&[u8]> = body.split(|b| *b == b'\n').collect();
    if bytes.is_empty() || long > lines.len() {
        return None;
    }
    let mut starts: Vec<usize> = (1..=lines.len() + 1 - long).collect();
    starts.sort_by_key(|at| at.abs_diff(from));
    let is_there = |at: &usize| Digest::of(lines[at - 1..at - 1 + long].join(&b'\n')) == *digest;
    starts.into_iter().find(is_there)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::landing::receipt::lines_digest;

    #[test]
    fn lines_are_found_where_they_went() {
        let digest = |text: &str, lines| lines_digest(text.as_bytes(), lines).unwrap();
        let two = digest("a\nb\nc\n", (2, 3));
        assert_eq!(nearest(b"a\nb\nc\n", (2, 3), &two), Some(2));
        assert_eq!(nearest(b"x\ny\na\nb\nc", (2, 3), &two), Some(4));
        assert_eq!(nearest(b"a\nb\nC\n", (2, 3), &two), None);
        let one = digest("a\nb\n", (2, 2));
        assert_eq!(nearest(b"b\nb\nb\n", (3, 3), &one), Some(3));
        assert_eq!(nearest(b"", (1, 1), &one), None);
    }
}
