//! Why something is as it is.

use super::{Left, Reader};
use crate::records::runs::RunView;
use crate::terms::{RunId, StageId};
use crate::workbench::app::Event;
use jiff::tz::TimeZone;

impl Reader {
    /// Says why a run, or one of its stages, is as it is.
    pub(super) fn explain(&self, run: &RunId, stage: Option<&StageId>) -> Result<(), Left> {
        match self.run(run) {
            Some(view) => self.tell(explained(view, stage)),
            None => Ok(()),
        }
    }
}

/// The six lines.
fn explained(view: &RunView, stage: Option<&StageId>) -> Event {
    let mut why = view.why(stage);
    let cause = view.cause(stage);
    if let Some(at) = cause.moment {
        let at = at.to_zoned(TimeZone::system());
        why.evidence = format!("{} {}", cause.evidence, at.strftime("%-d %b %H:%M:%S"));
    }
    let title = match stage {
        Some(stage) => format!("Why {stage}"),
        None => format!("Why {}", view.order.run),
    };
    Event::Explained {
        title,
        why: Box::new(why),
    }
}
