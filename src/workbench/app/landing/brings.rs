//! What was said of a pull request, shown before a run is sent back with it: an agent is told nothing that
//! no person saw.

use super::Lines;
use crate::landing::feedback::Feedback;
use crate::terms::RunId;
use crate::text::many;
use crate::workbench::app::desk::{Ask, Deed, Other, Way};

/// What was read, and what it would go along with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brings {
    /// What was said.
    pub found: Feedback,
    /// What people call the stage that it would go back to.
    pub stage: String,
    /// How many comments of the run's own go along.
    pub open: usize,
}

/// Whether the run is to be sent back with what was said.
pub(in crate::workbench::app) fn ask(run: &RunId, brings: Brings) -> Ask {
    let Brings { found, stage, open } = brings;
    let mut lines = Lines::default();
    lines.put("from", &found.url);
    lines.put("said", found.told());
    if open > 0 {
        let comments = many(open, "comment");
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
        let place = remark.spot.as_ref().map_or_else(
            || "of the work as a whole".to_owned(),
            |spot| format!("of {spot}"),
        );
        lines.put("comment", format!("{} {place}", remark.author));
        lines.list("", remark.text.lines().map(str::to_owned));
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
