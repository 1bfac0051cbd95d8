//! The screen of a state without a terminal: what is on disk is read by the real reader, goes into
//! the real state, and is painted into a buffer. What differs from run to run (times, durations, the
//! machine's sandbox) is replaced on its way in, so that the same state always looks the same.

pub use crate::support::painted::{app, key, now, painted, sized};
use harness_tui::records::board::{Board, RunCard};
use harness_tui::records::papers::Sheet;
use harness_tui::records::project::Project as Found;
use harness_tui::records::runs::RunView;
use harness_tui::workbench::app::{App, Effect, Event};
use harness_tui::workbench::post::{self, Inbox};
use harness_tui::workbench::world::World;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

/// How long something may take to come.
const PATIENCE: Duration = Duration::from_mins(1);
/// After so long without news, everything that was asked for is there.
const SILENCE: Duration = Duration::from_millis(120);

fn before(seconds: i64) -> Timestamp {
    now()
        .checked_sub(SignedDuration::from_secs(seconds))
        .unwrap()
}

/// A screen of a project.
pub struct Scene {
    pub app: App,
    world: World,
    events: Inbox,
}

impl Scene {
    /// Opens the screen and waits until the project with so many runs is on it.
    pub fn open(project: Found, runs: usize, size: (u16, u16)) -> Self {
        let (told, events) = post::open(256);
        let world = World::open(
            project,
            told,
            harness_tui::dialogue::author::Choose::default(),
        )
        .unwrap();
        let app = app(size);
        let mut scene = Self { app, world, events };
        scene.until("the project is read", |app| {
            app.read_at.is_some() && app.board.has_runs && app.board.runs.len() == runs
        });
        scene
    }

    fn take(&mut self, event: Event) {
        let effects = self.app.update(now(), steady(event));
        for effect in effects {
            if effect != Effect::Leave {
                self.world.wish(effect);
            }
        }
    }

    /// Waits until the screen is as wanted and nothing more comes.
    pub fn until(&mut self, what: &str, wanted: impl Fn(&App) -> bool) {
        let begun = Instant::now();
        loop {
            let there = wanted(&self.app);
            match self.events.recv_timeout(SILENCE) {
                Ok(event) => self.take(event),
                Err(RecvTimeoutError::Timeout) if there => return,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => panic!("{what}: nobody reads any more"),
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "never: {what}\n{}",
                shown(&self.app)
            );
        }
    }

    /// Waits until this stands on the screen and nothing more comes.
    pub fn until_shown(&mut self, text: &str) {
        self.until(text, |app| shown(app).contains(text));
    }

    /// A person presses these keys.
    pub fn types(&mut self, keys: &str) {
        for c in keys.chars() {
            self.take(Event::Key(key(c)));
        }
    }
}

/// What stands on a screen.
fn shown(app: &App) -> String {
    let buffer = painted(app);
    let width = usize::from(buffer.area.width.max(1));
    let rows = buffer.content().chunks(width);
    rows.map(|row| {
        row.iter()
            .map(ratatui::buffer::Cell::symbol)
            .collect::<String>()
            + "\n"
    })
    .collect()
}

/// An event without what differs from run to run.
fn steady(event: Event) -> Event {
    match event {
        Event::Read(board) => Event::Read(Box::new(board_of(*board))),
        Event::Told {
            run,
            attempt,
            anew,
            mut lines,
        } => {
            for (n, line) in (1_u64..).zip(&mut lines) {
                line.ms = n * 2_300;
                line.right = without_times(&line.right);
                // What takes about a second is told with its time or without.
                if line.word == "agent" && !line.right.is_empty() && !line.right.ends_with("0:03") {
                    line.right.push_str("  0:03");
                }
            }
            Event::Told {
                run,
                attempt,
                anew,
                lines,
            }
        }
        Event::Paper {
            run,
            paper,
            from,
            sheet,
        } => Event::Paper {
            run,
            paper,
            from,
            sheet: sheet.map(sheet_of),
        },
        event => event,
    }
}

/// A gate's page whose checks took what they always take.
fn sheet_of(sheet: Arc<Sheet>) -> Arc<Sheet> {
    let mut sheet = sheet;
    if let Sheet::Gate(page) = Arc::make_mut(&mut sheet) {
        for check in &mut page.checks {
            check.result.took_ms = 3_400;
        }
    }
    sheet
}

fn board_of(mut board: Board) -> Board {
    let mut known: Vec<(Arc<RunCard>, Arc<RunCard>)> = Vec::new();
    let mut swap = |card: &mut Arc<RunCard>| {
        let found = known.iter().find(|(was, _)| Arc::ptr_eq(was, card));
        let now = match found {
            Some((_, now)) => now.clone(),
            None => {
                let whole = |view: &Arc<RunView>| Arc::new(view_of((**view).clone()));
                let now = card.view.as_ref().map(whole);
                let now = Arc::new(now.map_or_else(|| card_of(card), RunCard::of));
                known.push((card.clone(), now.clone()));
                now
            }
        };
        *card = now;
    };
    Arc::make_mut(&mut board.runs)
        .iter_mut()
        .for_each(&mut swap);
    for entry in Arc::make_mut(&mut board.entries) {
        Arc::make_mut(entry).runs.iter_mut().for_each(&mut swap);
    }
    board.sort_out();
    board
}

/// What the attempts of a run always take, one after the other, in milliseconds.
fn took(n: usize) -> u64 {
    const TOOK: [u64; 7] = [48_000, 62_000, 55_000, 171_000, 94_000, 73_000, 121_000];
    TOOK[n % TOOK.len()]
}

/// The card of a run of which nothing else was read, as that of [`view_of`] is.
fn card_of(card: &RunCard) -> RunCard {
    let mut card = card.clone();
    card.updated = card.updated.map(|_| before(12));
    let mut n = 0;
    for stage in &mut card.stages {
        stage.took_ms = (n..n + stage.attempts).map(took).sum();
        n += stage.attempts;
    }
    card
}

/// A run whose stages took what they always take.
fn view_of(mut view: RunView) -> RunView {
    view.milestones = view.milestones.at(before(12));
    let run = &mut view.run;
    run.created = run.created.map(|_| before(1_500));
    run.updated = run.updated.map(|_| before(12));
    let mut n = 0;
    for record in &mut run.stages {
        record.took_ms = 0;
        for attempt in &mut record.attempts {
            attempt.started = before(1_440 - 180 * i64::try_from(n).unwrap());
            if let Some(result) = &mut attempt.result {
                result.took_ms = Some(took(n));
                "landlock".clone_into(&mut result.sandbox);
                record.took_ms += took(n);
                for check in &mut result.checks {
                    check.took_ms = 3_400;
                }
            } else {
                attempt.started = before(97);
            }
            n += 1;
        }
        for check in &mut record.checks {
            check.took_ms = 3_400;
        }
        // Of a run that is over they are read later, or not at all.
        if run.landed.is_some() {
            record.checks.clear();
        }
        for approval in record
            .approved_before
            .iter_mut()
            .chain(&mut record.approved_after)
        {
            approval.at = before(20);
        }
    }
    for decided in &mut run.decisions {
        decided.at = before(20);
    }
    for (at, _) in &mut run.notes {
        *at = before(30);
    }
    if let Some(landed) = &mut run.landed {
        landed.at = before(10);
    }
    view
}

/// A text in which every duration is the same.
fn without_times(text: &str) -> String {
    let time = regex::Regex::new(r"\b\d+:\d\d\b|\b\d+(\.\d+)? ?(ms|s)\b").unwrap();
    time.replace_all(text, "0:03").into_owned()
}
