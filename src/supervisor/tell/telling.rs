//! Reads the journal on, and tells what came to pass.

use super::command::{self, Came, Job};
use super::kept::{self, Kept};
use super::payload::{Told, VERSION};
use super::{Explain, Stood, own_commands};
use crate::engine::Run;
use crate::engine::notice::{Marks, Moment, Notice, notices};
use crate::engine::plan::Command;
use crate::process::Tag;
use crate::stage::redact::Redactor;
use crate::store::fs::Disk;
use crate::store::journal::{self, Cursor};
use crate::store::layout::RunDir;
use crate::supervisor::control::{self, Entry};
use crate::supervisor::live::{Holder, SupervisorError, read_plan};
use crate::supervisor::order::RunOrder;
use crate::supervisor::trust::Trust;
use crate::text::SafeText;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// A run's journal as far as it was told.
pub(super) struct Telling {
    dirs: RunDir,
    order: RunOrder,
    run: Run,
    cursor: Cursor,
    told: u64,
    explain: Explain,
    own: BTreeMap<String, Command>,
    secrets: Redactor,
}

impl Telling {
    /// Of this run, from where it was told last.
    pub(super) fn open(
        dirs: RunDir,
        order: RunOrder,
        explain: Explain,
    ) -> Result<Self, SupervisorError> {
        let plan = read_plan(&Disk, &dirs)?;
        Ok(Self {
            secrets: control::secrets_of(&plan.tree, &order.home, &order.tree),
            told: kept::told(&Disk, &dirs),
            own: own_commands(),
            run: Run::new(plan),
            cursor: Cursor::default(),
            dirs,
            order,
            explain,
        })
    }

    /// Whether a person took the run's result.
    pub(super) fn is_landed(&self) -> bool {
        self.run.landed.is_some()
    }

    /// Tells all that is new; how many commands failed.
    pub(super) fn catch_up(&mut self) -> Result<usize, SupervisorError> {
        let path = self.dirs.journal();
        let (records, cursor) = journal::tail::<Entry>(&Disk, &path, &self.cursor)?;
        self.cursor = cursor;
        let mut failed = 0;
        for record in records {
            let fact = &record.event.event;
            if record.seq <= self.told {
                self.run.apply(record.at, fact)?;
                continue;
            }
            let before = Marks::of(&self.run);
            self.run.apply(record.at, fact)?;
            let found = notices(&before, &self.run, fact);
            for notice in &found {
                let name = name_of(record.seq, notice);
                failed += self.tell(&name, notice, record.at, true)?;
            }
            self.told = record.seq;
            if !found.is_empty() {
                kept::told_to(&Disk, &self.dirs, record.seq)?;
            }
        }
        Ok(failed)
    }

    /// Tells that the supervisor gave up.
    pub(super) fn tell_gave_up(&mut self) -> Result<(), SupervisorError> {
        let holder = kept::read::<Holder>(&Disk, &self.dirs.supervisor());
        let name = format!("gave-up-{}", holder.map_or(0, |h| h.epoch));
        let notice = Notice {
            moment: Moment::Interrupted,
            stage: None,
            attempt: None,
            until: None,
            percent: None,
        };
        self.tell(&name, &notice, Timestamp::now(), false)?;
        Ok(())
    }

    /// Tells one thing to whoever wants to know of it; how many of them failed.
    fn tell(
        &mut self,
        name: &str,
        notice: &Notice,
        at: Timestamp,
        alive: bool,
    ) -> Result<usize, SupervisorError> {
        let word = notice.moment.word();
        let project = self.run.plan.on.get(word).cloned();
        let own = self.own.get(word).cloned();
        let commands = [("harness.yaml", project), ("config.yaml", own)];
        if commands.iter().all(|(_, command)| command.is_none()) {
            return Ok(0);
        }
        let file = kept::file(&self.dirs, name);
        let mut kept = match kept::read::<Kept>(&Disk, &file) {
            Some(kept) => kept,
            None => {
                let kept = Kept {
                    event: self.event(name, notice, at, alive),
                    came: Vec::new(),
                };
                kept::put(&Disk, &file, &kept)?;
                kept
            }
        };
        let mut failed = 0;
        for (by, command) in commands {
            let Some(command) = command else { continue };
            if kept.came.iter().any(|came| came.by == by) {
                continue;
            }
            let came = self.run_one(by, &command, &kept.event);
            failed += usize::from(came.failed.is_some());
            kept.came.push(came);
            kept::put(&Disk, &file, &kept)?;
        }
        Ok(failed)
    }

    fn run_one(&self, by: &str, command: &Command, told: &Told) -> Came {
        let trust = Trust::of_order(&self.order, &self.dirs);
        // The person's own need nobody's word.
        if by == "harness.yaml"
            && let Err(untrusted) = trust.of_run(&self.dirs)
        {
            return command::not_run(by, command, format!("it was not run: {untrusted}"));
        }
        let tag = Tag::event(&self.order.run, &told.id).within(self.dirs.path());
        command::run(&Job {
            by,
            command,
            told,
            home: &self.order.home,
            tag: &tag,
            secrets: &self.secrets,
        })
    }

    fn event(&self, name: &str, notice: &Notice, at: Timestamp, alive: bool) -> Told {
        let run = &self.run;
        let order = &self.order;
        let safe = |text: &str| SafeText::line(text).into_string();
        let words = (self.explain)(Stood {
            order,
            run,
            dirs: &self.dirs,
            alive,
            stage: notice.stage.as_ref(),
        });
        let task = run.plan.task.as_ref();
        let attempt = notice.attempt.as_ref().and_then(|id| {
            let attempts = &run.record(&id.stage)?.attempts;
            attempts.iter().find(|a| a.id == *id)
        });
        let folder = order.home.file_name().unwrap_or_default();
        Told {
            event: notice.moment.word().to_owned(),
            version: VERSION,
            id: format!("{}:{name}", order.run),
            at,
            project: safe(&folder.to_string_lossy()),
            home: safe(&order.home.display().to_string()),
            run: order.run.clone(),
            task: task.map(|t| t.id.clone()),
            title: task.map(|t| safe(&t.title)),
            stage: notice.stage.clone(),
            attempt: attempt.map(|a| a.public.to_string()),
            why: words.safe(),
            until: notice.until,
            percent: notice.percent,
            cost_usd: None,
            tokens: None,
            url: run.in_review.as_ref().map(|r| safe(&r.url)),
        }
        .with_usage(&run.total())
    }
}

/// The name of an event within its run: `000017-gate-build`.
fn name_of(seq: u64, notice: &Notice) -> String {
    let word = notice.moment.word();
    match &notice.stage {
        Some(stage) => format!("{seq:06}-{word}-{stage}"),
        None => format!("{seq:06}-{word}"),
    }
}
