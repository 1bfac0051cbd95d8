//! Edits of run-state.md by hand in the run that is shown, while nobody supervises it.

use super::{Left, Reader};
use crate::supervisor::start;
use crate::terms::RunState;
use crate::workbench::app::Event;

impl Reader {
    /// Tells what was edited and is not taken up yet; and has it taken up, but where that would
    /// make work go on that nobody ordered to.
    pub(super) fn tell_edited(&mut self) -> Result<(), Left> {
        let Some(view) = self.shown_run().cloned() else {
            return Ok(());
        };
        let run = view.order.run.clone();
        let nobody = !view.supervised && view.run.landed.is_none();
        let edit = nobody.then(|| view.by_hand()).flatten();
        let asks = edit.map(|e| e.to_string());
        let known = self.edited.as_ref();
        let known = known.filter(|(of, _)| *of == run).map(|(_, asks)| asks);
        if known == asks.as_ref() {
            return Ok(());
        }
        self.edited = asks.clone().map(|asks| (run.clone(), asks));
        let goes_on = matches!(
            view.run.state(),
            RunState::Created | RunState::Ready | RunState::Running
        );
        if asks.is_some() && !goes_on {
            // Whether a supervisor came is seen at the next look.
            let _ = start::wake(view.dirs.path(), &view.order.home);
        }
        self.tell(Event::HandEdited { run, asks })
    }
}
