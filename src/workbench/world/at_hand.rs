//! What a person does with their own hands, ordered on the screen: the terminal is lent for it.

use crate::hand::shell::{Place, left};
use crate::hand::{Held, hand_back};
use crate::process::inside_attempt;
use crate::records::person;
use crate::records::project::Project;
use crate::records::runs::RunView;
use crate::stage::lent::How;
use crate::supervisor::trust::Trust;
use crate::terms::StageId;
use crate::workbench::actions::Action;
use crate::workbench::app::Event;
use crate::workbench::app::desk::{Done, Reasons};
use crate::workbench::post::Post;
use crate::workbench::terminal::loan::Loan;
use std::io::{self, Write};
use std::process::{Command, ExitStatus};

#[expect(
    clippy::needless_pass_by_value,
    reason = "errors are mapped to it as they come"
)]
fn because(why: impl ToString) -> Reasons {
    vec![(String::new(), why.to_string())]
}

/// Takes a stage over, and has the person work there.
pub(super) fn take(
    view: &mut RunView,
    stage: &StageId,
    project: &Project,
    events: &Post,
) -> Result<Done, Reasons> {
    Trust::of_order(&view.order, &view.dirs)
        .of_run(&view.dirs)
        .map_err(because)?;
    let by = person::here(project.home());
    let held = Held::take(view, stage, &by).map_err(because)?;
    let program = held.program().map_err(because)?;
    let said = format!("harness-tui: {stage} is yours; leave the program to hand it back");
    let ended = in_terminal(program, &said, events).map_err(because)?;
    let says = match ended {
        Some(ended) if ended.success() => format!("{stage} is still yours"),
        Some(ended) => format!("the program ended with {ended}; {stage} is still yours"),
        None => format!("{stage} is yours"),
    };
    Ok(Done {
        says,
        in_hand: Some((held.run.clone(), stage.clone())),
        ..Done::default()
    })
}

/// Hands back what was taken over.
pub(super) fn back(view: &mut RunView, how: How, project: &Project) -> Result<Done, Reasons> {
    let by = person::here(project.home());
    let attempt = hand_back(view, how, &by, false).map_err(because)?;
    let stage = &attempt.stage;
    let says = match how {
        How::Check => format!("{stage} is handed back, and being checked"),
        How::Keep => format!("{stage} is handed back as it is"),
        How::Discard => format!("what was done to {stage} is thrown away; a patch of it is kept"),
    };
    Ok(Done {
        says,
        ..Done::default()
    })
}

/// A shell in the run's tree; what it leaves there is told.
pub(super) fn shell(view: &mut RunView, events: &Post) -> Result<Done, Reasons> {
    if let Some(mark) = inside_attempt() {
        return Err(because(format!("this runs inside an attempt ({mark})")));
    }
    let place = Place::of(view).map_err(because)?;
    let said = format!(
        "harness-tui: a shell in {}; exit goes back",
        place.tree.display()
    );
    let mut command = place.shell();
    command.current_dir(&place.tree);
    in_terminal(command, &said, events).map_err(because)?;
    view.follow().map_err(because)?;
    let left = left(view).map_err(because)?;
    let mut words = ["tree", "to do"].into_iter();
    let lines = left.into_iter();
    let lines = lines.map(|line| (words.next().unwrap_or_default().to_owned(), line));
    let lines: Reasons = lines.collect();
    let taken = crate::hand::Would::of(view, None).is_ok();
    Ok(Done {
        says: if lines.is_empty() {
            "the tree holds nothing that is not handed on".to_owned()
        } else {
            "the tree holds what is not handed on".to_owned()
        },
        then: (taken && !lines.is_empty()).then_some((Action::TakeOver, "takes it up")),
        lines,
        ..Done::default()
    })
}

/// Runs a program with the terminal lent. `None`: the screen was left meanwhile.
fn in_terminal(mut program: Command, said: &str, events: &Post) -> io::Result<Option<ExitStatus>> {
    let (loan, borrower) = Loan::new();
    // Where nobody listens any more the loan is gone, and the terminal is the person's.
    let _ = events.send(Event::Wants(loan));
    if !borrower.wait() {
        return Ok(None);
    }
    let mut out = io::stdout().lock();
    writeln!(out, "{said}")?;
    out.flush()?;
    drop(out);
    let ended = program.status();
    drop(borrower);
    ended.map(Some)
}
