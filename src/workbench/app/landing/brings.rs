//! What was said of a pull request, shown before a run is sent back with it: an agent is told nothing that
//! no person saw.

use super::Lines;
use crate::engine::review::Comment;
use crate::landing::feedback::Feedback;
use crate::terms::RunId;
use crate::terms::review::Spot;
use crate::text::many;
use crate::workbench::app::desk::{Ask, Deed, Other, Way};

/// What was read, and what it would go along with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brings {
    /// What was said.
    pub found: Feedback,
    /// What people call the stage that it would go back to.
    pub stage: String,
    /// The comments of the run's own that go along.
    pub along: Vec<Comment>,
}

/// Whether the run is to be sent back with what was said.
pub(in crate::workbench::app) fn ask(run: &RunId, brings: Brings) -> Ask {
    let Brings {
        found,
        stage,
        along,
    } = brings;
    let mut lines = Lines::default();
    lines.put("from", &found.url);
    lines.put("said", found.told());
    if !along.is_empty() {
        let comments = many(along.len(), "comment");
        lines.put(
            "",
            format!("{comments} of this run's own that are open go along"),
        );
    }
    let left_out = found.left_out();
    lines.list("left out", left_out.clone());
    lines.list("note", found.notes.iter().cloned());
    for remark in &found.remarks {
        lines.gap();
        let place = place_of(remark.spot.as_ref());
        lines.put("comment", format!("{} {place}", remark.author));
        lines.list("", remark.text.lines().map(str::to_owned));
    }
    for Comment {
        id, by, spot, text, ..
    } in &along
    {
        lines.gap();
        lines.put(
            "along",
            format!("{id}, {} {}", by.name, place_of(spot.as_ref())),
        );
        lines.list("", text.lines().map(str::to_owned));
    }
    for finding in &found.findings {
        lines.gap();
        lines.put("check", finding.to_string());
    }
    let anyone = Other {
        key: 'o',
        word: "with what people outside say",
        way: Way::Do(Deed::ReadPr {
            run: run.clone(),
            anyone: true,
        }),
    };
    Ask {
        title: format!("Send {run} back to {stage} with this?"),
        lines: lines.0,
        top: 0,
        deed: Deed::FromPr(run.clone(), Box::new(found)),
        yes: "send it back",
        light: false,
        others: left_out.is_some().then_some(anyone).into_iter().collect(),
    }
}

/// What something was said of.
fn place_of(spot: Option<&Spot>) -> String {
    spot.map_or_else(
        || "of the work as a whole".to_owned(),
        |spot| format!("of {spot}"),
    )
}
