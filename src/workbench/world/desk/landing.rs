//! Landing from the screen: what was shown is landed, put up for review or taken back, and what came
//! of it is told.

use super::{because, find, ordered_by};
use crate::documents::settings::land::Commits;
use crate::engine::review;
use crate::landing::feedback::Feedback;
use crate::landing::patch::Patch;
use crate::landing::pr::{self, Came};
use crate::landing::preview::by_a_person;
use crate::landing::refusal::REMEDY;
use crate::landing::{self, CutOff, Form, How, LandError, Landed, Preview, cut_off, feedback};
use crate::records::person;
use crate::records::project::Project;
use crate::supervisor::start;
use crate::terms::{Oid, RunId};
use crate::text::many;
use crate::workbench::actions::Action;
use crate::workbench::app::desk::{Done, Manner, Reasons};
use crate::workbench::app::landing::brings::Brings;
use crate::workbench::post::Post;
use crate::workbench::world::hands::OfScreen;

pub(super) fn request(project: &Project, manner: Manner) -> landing::Request {
    let form = Form::of(project);
    let how = manner.how.unwrap_or(form.usual());
    let form = Form {
        // Who chooses a squash chooses one commit.
        commits: (manner.how == Some(How::Squash)).then_some(Commits::Squash),
        ..form
    };
    landing::Request {
        terminal: manner.lent,
        ..landing::Request::new(how, form, person::here(project.home()))
    }
}

/// What stands in the way of a landing, and what to do.
pub(super) fn reasons(error: &LandError) -> Reasons {
    if let LandError::Commit { said } = error {
        return refused(said);
    }
    if let LandError::Push { said, .. } = error {
        let mut lines = vec![("what".to_owned(), "`git push` refused".to_owned())];
        lines.extend(told("it said", said));
        lines.push(("to do".to_owned(), error.remedy()));
        lines.push((String::new(), "Nothing was pushed or opened.".to_owned()));
        return lines;
    }
    let LandError::Aborted {
        what,
        paths,
        remedy,
    } = error
    else {
        return because(error);
    };
    let mut lines = vec![("what".to_owned(), what.clone())];
    for (n, path) in paths.iter().enumerate() {
        let word = if n == 0 { "paths" } else { "" };
        lines.push((word.to_owned(), path.clone()));
    }
    lines.push(("to do".to_owned(), remedy.clone()));
    lines.push((String::new(), "Nothing was changed.".to_owned()));
    lines
}

/// What a hook or a signature said, line by line, and what to do.
fn refused(said: &str) -> Reasons {
    let mut lines = vec![("what".to_owned(), "`git commit` refused".to_owned())];
    lines.extend(told("it said", said));
    lines.push(("to do".to_owned(), REMEDY.to_owned()));
    lines.push((String::new(), "Nothing was changed.".to_owned()));
    lines
}

/// A text with its word at the first line.
pub(super) fn told(word: &str, text: &str) -> Reasons {
    let lines = text.lines().enumerate();
    let lead = |n| if n == 0 { word } else { "" }.to_owned();
    lines.map(|(n, line)| (lead(n), line.to_owned())).collect()
}

/// Lands a run: on this commit, with this tree as what comes of it.
pub(super) fn land(
    project: &Project,
    run: &RunId,
    manner: Manner,
    (tip, tree): (&Oid, &Oid),
    events: &Post,
) -> Result<Done, Reasons> {
    by_a_person().map_err(|e| reasons(&e))?;
    let view = find(project, run)?;
    let request = request(project, manner);
    if let Some(begun) = CutOff::of(&view).map_err(|e| reasons(&e))? {
        return Err(because(format!("{}; look at it again", begun.told())));
    }
    let would = Preview::of(&view, &request).map_err(|e| reasons(&e))?;
    if would.tip != *tip {
        return Err(because(format!(
            "{} is at {} now, and {} was shown; look at it again",
            would.into,
            would.tip.short(),
            tip.short()
        )));
    }
    if would.tree != *tree {
        return Err(because(format!(
            "{run} holds something else now than was shown; look at it again"
        )));
    }
    let lent = manner.lent;
    let hands = OfScreen { lent, events };
    if request.how == How::Pr {
        let came = pr::propose(&view, &request, &hands).map_err(|e| reasons(&e))?;
        return Ok(match came {
            Came::Landed(landed) => brought(&landed, lent),
            Came::Proposed(proposed) => in_review(&proposed, lent),
        });
    }
    let landed = landing::land_by(&view, &request, &hands);
    let landed = landed.map_err(|e| reasons(&e))?;
    Ok(brought(&landed, lent))
}

/// What is said of what was put up for review.
fn in_review(proposed: &pr::Proposed, lent: bool) -> Done {
    let what = if proposed.updated {
        "brought up to date"
    } else {
        "opened"
    };
    let says = format!("in review: {} {what}", proposed.url);
    Done {
        lines: also(&says, (&proposed.said, lent), &proposed.notes),
        says,
        then: Some((Action::Land, "brings back what is said of it")),
        ..Done::default()
    }
}

/// What was said beside it, and what people should know.
fn also(says: &str, (said, lent): (&str, bool), notes: &[String]) -> Reasons {
    let mut lines = Vec::new();
    if !lent {
        lines.extend(told("git said", said));
    }
    for note in notes {
        lines.extend(told("note", note));
    }
    if !lines.is_empty() {
        lines.insert(0, ("what".to_owned(), says.to_owned()));
    }
    lines
}

/// Reads what was said of the pull request of a run. Nothing is ordered by it.
pub(super) fn read_pr(project: &Project, run: &RunId, anyone: bool) -> Result<Done, Reasons> {
    let view = find(project, run)?;
    let found = feedback::read(&view, &request(project, Manner::default()), anyone);
    let found = found.map_err(|e| reasons(&e))?;
    let stage = view.run.building_stage().filter(|_| !found.is_empty());
    let Some(stage) = stage else {
        let told = format!("{}: {}", found.url, found.told());
        let mut notes: Vec<String> = found.left_out().into_iter().collect();
        notes.extend(found.notes);
        return Ok(Done {
            lines: also(&told, ("", false), &notes),
            says: format!("nothing new is said of {}", found.url),
            ..Done::default()
        });
    };
    view.run.may_send_back(&stage).map_err(because)?;
    let name = view.run.plan.stage(&stage).map(|s| s.name.clone());
    let open = view.open_comments().map_err(because)?;
    let along = found.along(&open).into_iter().cloned().collect();
    Ok(Done {
        brings: Some(Box::new(Brings {
            found,
            stage: name.unwrap_or_else(|| stage.to_string()),
            along,
        })),
        ..Done::default()
    })
}

/// Sends a run back with what was said of its pull request, as a person saw it.
pub(super) fn from_pr(project: &Project, run: &RunId, found: &Feedback) -> Result<Done, Reasons> {
    let by = ordered_by(project)?;
    let mut view = find(project, run)?;
    let Some(event) = found.order(&mut view, by).map_err(because)? else {
        return Err(because(format!(
            "there is no stage of {run} that it could go back to"
        )));
    };
    view.run.may(&event).map_err(because)?;
    start::order(&view.dirs, project.home(), &event).map_err(because)?;
    Ok(Done {
        says: format!(
            "{run} goes back with {}",
            review::brought(found.remarks.len(), found.findings.len())
        ),
        run: Some(run.clone()),
        ..Done::default()
    })
}

/// Writes what would land as a patch.
pub(super) fn patch(project: &Project, run: &RunId) -> Result<Done, Reasons> {
    by_a_person().map_err(|e| reasons(&e))?;
    let view = find(project, run)?;
    let manner = Manner {
        how: Some(How::Squash),
        lent: false,
    };
    let made = Patch::of(&view, &request(project, manner)).map_err(|e| reasons(&e))?;
    let path = made.write(&view).map_err(|e| reasons(&e))?;
    let says = format!("a patch of {run} was written; nothing landed");
    let mut lines = vec![("what".to_owned(), says.clone())];
    lines.push(("file".to_owned(), path.display().to_string()));
    let applies = format!(
        "`git apply --index` of it, on {} at {}",
        made.into,
        made.tip.short()
    );
    lines.push(("applies".to_owned(), applies));
    lines.push(("changes".to_owned(), many(made.files.len(), "file")));
    for note in &made.notes {
        lines.extend(told("note", note));
    }
    Ok(Done {
        says,
        lines,
        ..Done::default()
    })
}

/// What is said of a landing. What was said in the terminal was read there.
fn brought(landed: &Landed, lent: bool) -> Done {
    let commit = landed.commit.short();
    let files = many(landed.files.len(), "file");
    let into = &landed.into;
    let by_revert = |parent| {
        format!(
            "landed on {into} as {commit}, {files}; `git revert {parent}{commit}` takes it back"
        )
    };
    let says = match landed.how {
        How::Squash => by_revert(""),
        How::Merge => by_revert("-m 1 "),
        How::Rebase => format!("landed on {into} up to {commit}, {files}"),
        How::Pr => format!("{into} holds it as {commit}: it is landed"),
        How::InPlace => format!("landed in {into}, where its result lies: {files}"),
    };
    Done {
        lines: also(&says, (&landed.said, lent), &landed.notes),
        says,
        ..Done::default()
    }
}

/// Brings a landing to its end that was cut off.
pub(super) fn finish(project: &Project, run: &RunId, commit: &Oid) -> Result<Done, Reasons> {
    by_a_person().map_err(|e| reasons(&e))?;
    let landed = cut_off::finish(&find(project, run)?, commit);
    Ok(brought(&landed.map_err(|e| reasons(&e))?, false))
}

/// Takes it back.
pub(super) fn take_back(project: &Project, run: &RunId, commit: &Oid) -> Result<Done, Reasons> {
    by_a_person().map_err(|e| reasons(&e))?;
    cut_off::take_back(&find(project, run)?, commit).map_err(|e| reasons(&e))?;
    Ok(Done {
        says: format!("the landing of {run} was taken back"),
        then: Some((Action::Land, "lands it anew")),
        ..Done::default()
    })
}
