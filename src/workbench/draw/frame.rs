//! What is around the body: the top line, the tabs, the footer, messages.

mod status;

use super::line::Line;
use crate::records::board::{Lands, RunCard};
use crate::records::runs::RunView;
use crate::terms::RunState;
use crate::text::{Role, many, width};
use crate::workbench::actions::Action;
use crate::workbench::app::painted::Spot;
use crate::workbench::app::{App, Pane, View};
use ratatui::Frame;
use ratatui::layout::Rect;

/// How many messages are shown at once.
const TOASTS: usize = 3;

/// In fewer columns than this the top line says what is needed most alone.
const NARROW: u16 = 60;

/// What is said of a run whose landing was cut off.
pub const CUT_OFF: &str = "landing cut off";
/// What is said of a run whose result is up for review.
pub const IN_REVIEW: &str = "in review";
/// What is said of a run of which a person has a stage, and is not at it.
pub const TAKEN_OVER: &str = "taken over";
/// What is said of a run that is being landed.
pub const BEING_LANDED: &str = "being landed";

/// The look of a run's state.
pub fn role_of(state: RunState) -> Role {
    match state {
        RunState::Completed => Role::Good,
        RunState::Failed | RunState::Blocked => Role::Bad,
        RunState::Created | RunState::Ready | RunState::Running => Role::Live,
        RunState::Cancelled => Role::Quiet,
        _ => Role::Attention,
    }
}

/// The word for a run's state.
pub fn state_word(view: &RunView) -> String {
    if view.cut_off().is_some() {
        return CUT_OFF.to_owned();
    }
    if view.landing.is_some() {
        return BEING_LANDED.to_owned();
    }
    match &view.run.landed {
        Some(landed) => format!("landed on {}", landed.into),
        None if view.in_review() => IN_REVIEW.to_owned(),
        None if view.left => TAKEN_OVER.to_owned(),
        None => view.state().to_string(),
    }
}

/// The same of one that is known in short.
pub fn landed_or_state(card: &RunCard) -> String {
    match card.landing {
        Some(Lands::CutOff) => return CUT_OFF.to_owned(),
        Some(Lands::UnderWay) => return BEING_LANDED.to_owned(),
        None => {}
    }
    match &card.landed {
        Some(branch) => format!("landed on {branch}"),
        None if card.in_review() => IN_REVIEW.to_owned(),
        None if card.left => TAKEN_OVER.to_owned(),
        None => card.state.to_string(),
    }
}

/// How long a run's attempts took so far, those that run included.
pub fn took(app: &App, view: &RunView) -> u64 {
    let done = view.run.stages.iter().map(|s| s.took_ms);
    // A person's own time is on no budget.
    let agents = view.run.stages.iter().filter(|s| s.in_hand().is_none());
    let live = agents.map(|s| live_ms(app, s));
    done.chain(live).fold(0, u64::saturating_add)
}

/// How long the attempt of a stage that runs has been running.
pub fn live_ms(app: &App, record: &crate::engine::record::StageRecord) -> u64 {
    match record.current_attempt() {
        Some(attempt) if attempt.result.is_none() => {
            let gone = app.now.duration_since(attempt.started).as_millis();
            u64::try_from(gone).unwrap_or(0)
        }
        _ => 0,
    }
}

/// The line that tells all.
pub fn top(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let board = &app.board;
    let mut line = Line::new(app.theme).text(" ");
    if app.read_at.is_none() {
        line = line
            .role(Role::Title, "harness-tui")
            .role(Role::Quiet, "  reading…");
        return line.draw(frame, area, None);
    }
    let shown = match app.view {
        View::Backlog | View::Dialogue => None,
        _ => app.target(),
    };
    if let Some(view) = shown {
        return status::of_run(app, view, usize::from(area.width)).draw(frame, area, None);
    }
    line = line.role(Role::Title, &board.project).text("  ");
    if app.view == View::Dialogue && app.dialogue.shown.is_some() {
        let columns = usize::from(area.width);
        return super::dialogue::top(app, line, columns).draw(frame, area, None);
    }
    if let Some(branch) = &board.branch {
        line = line.role(Role::Name, branch).text("  ");
    }
    let narrow = area.width < NARROW;
    let waiting = board.waiting();
    if waiting > 0 {
        let says = if narrow { "" } else { " waiting for you " };
        line = line.right(Role::Attention, format!("? {waiting}{says} "));
    }
    if let Some(says) = not_trusted(app) {
        let says = if narrow {
            "! not trusted"
        } else {
            says.as_str()
        };
        line = line.right(Role::Attention, format!("{says}  "));
    }
    if !app.mouse {
        let key = app.key_or_name(Action::Mouse);
        line = line.right(
            Role::Attention,
            format!("mouse left to the terminal, {key} takes it  "),
        );
    }
    if let Some(what) = app.under_way() {
        line = line.right(Role::Live, format!("{what}  "));
    }
    if let Some(what) = app.commands_at_work() {
        line = line.right(Role::Live, format!("{what}  "));
    }
    if app.orders() {
        line = line.right(Role::Live, "order given…  ");
    }
    if let Some(at) = app.read_at.filter(|_| !narrow) {
        // The time of day: an age would have to be painted anew every second to stay true.
        let at = at.to_zoned(app.zone.clone()).strftime("%H:%M:%S");
        line = line.right(Role::Quiet, format!("read {at} "));
    }
    if !narrow {
        let room = usize::from(area.width).saturating_sub(line.right_width() + 1);
        line = of_board(app, line, room);
    }
    line.draw(frame, area, None);
}

/// That nothing of the repository's is run, and the key that shows what that would be.
fn not_trusted(app: &App) -> Option<String> {
    app.board.untrusted.as_ref()?;
    let key = app.key_or_name(Action::Trust);
    Some(format!("! not trusted ({key})"))
}

/// What there is, as much of it as there is room for; that something is wrong with it before all.
fn of_board(app: &App, mut line: Line, room: usize) -> Line {
    let board = &app.board;
    let bad = board.faults.len() + board.unreadable.len();
    let bad = (bad > 0).then(|| {
        let short = many(bad, "fault");
        let whole = format!("{short} (harness-tui check)");
        if line.width() + width(&whole) > room {
            short
        } else {
            whole
        }
    });
    let room = room.saturating_sub(bad.as_ref().map_or(0, |bad| width(bad)));
    let (items, tasks) = board.counts;
    let runs = if board.has_runs {
        many(board.runs.len(), "run")
    } else {
        "reading the runs…".to_owned()
    };
    for count in [many(items, "item"), many(tasks, "task"), runs] {
        if line.width() + width(&count) + 2 > room {
            break;
        }
        line = line.role(Role::Quiet, count).text("  ");
    }
    match bad {
        Some(bad) => line.role(Role::Bad, bad),
        None => line,
    }
}

/// The views, the one that is shown in brackets.
pub fn tabs(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let mut line = Line::new(app.theme).text(" ");
    for (view, action, word) in View::ALL {
        let key = app.keymap.key(action).unwrap_or_default();
        let from = line.width();
        line = if view == app.view {
            line.role(Role::Title, format!("[{key} {word}]  "))
        } else {
            let role = if app.may(action).is_ok() {
                Role::Command
            } else {
                Role::Quiet
            };
            line.text(" ")
                .role(role, key)
                .role(Role::Quiet, format!(" {word}   "))
        };
        let place = columns(area, from, line.width());
        app.painted.put(place, Spot::Tab(view));
    }
    line.draw(frame, area, None);
}

/// Some columns of a row.
fn columns(area: Rect, from: usize, to: usize) -> Rect {
    let at = |n: usize| u16::try_from(n).unwrap_or(u16::MAX).min(area.width);
    Rect {
        x: area.x + at(from),
        width: at(to) - at(from),
        ..area
    }
}

/// A line between regions.
pub fn rule(app: &App, frame: &mut Frame<'_>, area: Rect) {
    super::line::fill(frame, area, "─", app.theme.rule());
}

/// The keys that serve best here, as many as there is room for.
pub fn footer(app: &App, frame: &mut Frame<'_>, area: Rect) {
    if let Some(said) = super::overlay::footer(app) {
        return said.draw(frame, area, None);
    }
    let help = app.key_or_name(Action::Help);
    let more = format!("{help} more ");
    let room = usize::from(area.width).saturating_sub(width(&more) + 2);
    let mut line = Line::new(app.theme).text(" ");
    let offered = offered(app).into_iter().filter_map(|action| {
        let key = app.keys_now(action).into_iter().next()?;
        Some((key, word_of(app, action), Spot::Act(action)))
    });
    // The person's own come last, where there is room left.
    let own = { app.commands_here() }.map(|(n, key)| (key, app.command_word(n), Spot::Command(n)));
    for keys in [offered.collect::<Vec<_>>(), own.collect()] {
        for (key, word, spot) in keys {
            if line.width() + width(&key) + width(&word) + 4 > room {
                break;
            }
            let from = line.width();
            line = line
                .role(Role::Command, key)
                .role(Role::Quiet, format!(" {word}   "));
            let to = line.width().saturating_sub(2);
            app.painted.put(columns(area, from, to), spot);
        }
    }
    let all = usize::from(area.width);
    let place = columns(area, all.saturating_sub(width(&more)), all);
    app.painted.put(place, Spot::Act(Action::Help));
    line.right(Role::Quiet, more).draw(frame, area, None);
}

/// What an action is called where it means one of two things.
fn word_of(app: &App, action: Action) -> String {
    use crate::workbench::app::{Request, order};
    match action {
        Action::Pause => match app.target().map(|v| order::pause_or_resume(v)) {
            Some(Request::Resume | Request::TakeOver) => "resume".to_owned(),
            _ => "pause".to_owned(),
        },
        Action::Open if app.view == View::Dialogue => app.enters().to_owned(),
        Action::NextPane if app.dialogue.asks.is_some() && app.view == View::Dialogue => {
            let word = match app.pane {
                Pane::Left => "why it asks",
                Pane::Right => "questions",
            };
            word.to_owned()
        }
        Action::Open | Action::Converse if app.view == View::Backlog && app.asks_here() => {
            "answer".to_owned()
        }
        Action::NextPane if app.view == View::Dialogue => match app.pane {
            Pane::Left => "draft".to_owned(),
            Pane::Right => "questions".to_owned(),
        },
        Action::Respond if app.may_be_revised() => "revise".to_owned(),
        Action::ShowDiff if app.dialogue.draft.diff => "rendered".to_owned(),
        _ => action.row().short.to_owned(),
    }
}

/// The view's own actions, best first.
fn of_view(app: &App) -> &'static [Action] {
    match app.view {
        View::Backlog => &[
            Action::SetUp,
            Action::Run,
            Action::Open,
            Action::Converse,
            Action::NewItem,
            Action::EditItem,
            Action::Undo,
            Action::Find,
            Action::News,
            Action::Sort,
            Action::Why,
            Action::TakeOver,
        ],
        View::Dialogue => &[
            Action::Permit,
            Action::Open,
            Action::Defaults,
            Action::Tell,
            Action::SaveTask,
            Action::Answer,
            Action::Default,
            Action::LeaveOpen,
            Action::AskBack,
            Action::Say,
            Action::ShowDiff,
            Action::NextPane,
            Action::WriteInEditor,
            Action::ChangeAgent,
        ],
        View::Pipeline if app.pane == Pane::Right => &[
            Action::NextAttempt,
            Action::Fold,
            Action::Search,
            Action::NextMatch,
            Action::NextPane,
            Action::Why,
            Action::Open,
            Action::TakeOver,
        ],
        View::Pipeline => &[
            Action::Skip,
            Action::Why,
            Action::NextPane,
            Action::Open,
            Action::Artifacts,
            Action::TakeOver,
            Action::Note,
            Action::History,
            Action::Chart,
        ],
        View::Artifacts => &[
            Action::Comment,
            Action::ReopenComment,
            Action::RemoveComment,
            Action::MarkLine,
            Action::Edit,
            Action::Open,
            Action::NextPane,
            Action::SplitPage,
            Action::TakeOver,
            Action::LinkPages,
            Action::NextSection,
            Action::Source,
            Action::FindInPage,
        ],
    }
}

/// The actions for the footer, best first: only those that can be had.
fn offered(app: &App) -> Vec<Action> {
    let steering = [
        Action::Approve,
        Action::Respond,
        Action::SendBack,
        Action::Land,
        Action::Pause,
        Action::Cancel,
        Action::RerunFrom,
        Action::RerunStale,
        Action::Refresh,
    ];
    // What a run asks comes first; that its result can be talked about, after what is done with it.
    let asks = app.asking_run().is_some();
    let steering = steering
        .into_iter()
        .filter(|a| asks || *a != Action::Respond)
        .chain((!asks).then_some(Action::Respond));
    let steering: Vec<Action> = steering.collect();
    let here = of_view(app);
    let always = [
        Action::NextWaiting,
        Action::Zoom,
        Action::Palette,
        Action::Leave,
    ];
    let steering = match app.view {
        // What is asked and answered here is no run.
        View::Dialogue if app.stale_in_dialogue().is_some() => &[Action::RerunStale][..],
        View::Dialogue => &[Action::Run][..],
        _ => &steering[..],
    };
    // Where its base has not moved there is nothing to take in.
    let moved = app.base_moved();
    let steering = steering.iter().filter(|a| moved || **a != Action::Refresh);
    // What somebody took waits for what becomes of it.
    let taken = app.target().is_some_and(|v| v.run.taken.is_some());
    // What a budget keeps waits for more of it.
    let kept = app.target().is_some_and(|v| v.run.over_budget().is_some());
    let first = [(Action::TakeOver, taken), (Action::Raise, kept)];
    let first = first
        .iter()
        .filter(|(_, now)| *now && app.view != View::Dialogue);
    let first = first.map(|(action, _)| action);
    let here = here.iter().filter(|a| !taken || **a != Action::TakeOver);
    // Of what landed it is the first that one asks for; before that there is more to be done.
    let landed = app.target_card().is_some_and(|card| card.landed.is_some());
    let receipt = [Action::Receipt];
    let is_run = app.view != View::Dialogue;
    let receipt = |now: bool| receipt.iter().filter(move |_| now && is_run);
    let all = first.chain(steering).chain(receipt(landed));
    let all = all.chain(here).chain(receipt(!landed)).chain(&always);
    let enters = if app.view == View::Dialogue {
        app.enters()
    } else {
        ""
    };
    // What enter does already needs no key of its own there.
    let twice = |a: &Action| match a {
        Action::Respond => app.asking_run().is_none() && !app.may_be_revised(),
        Action::Say => enters == "write" && app.pane == Pane::Left && app.dialogue.open() == 0,
        Action::Converse => app.asks_here(),
        Action::Tell => enters == "send" && app.pane == Pane::Left,
        _ => false,
    };
    let all = all.copied().filter(|a| !twice(a));
    all.filter(|a| app.may(*a).is_ok()).collect()
}

/// The messages, over the lower right of the body.
pub fn toasts(app: &App, frame: &mut Frame<'_>, body: Rect) {
    let newest = app.toasts.iter().rev().take(TOASTS);
    for (n, toast) in newest.enumerate() {
        let text = format!(" {} ", crate::text::SafeText::line(&toast.text));
        let columns = u16::try_from(width(&text))
            .unwrap_or(u16::MAX)
            .min(body.width);
        let n = u16::try_from(n).unwrap_or(u16::MAX);
        let Some(y) = body.bottom().checked_sub(n.saturating_add(1)) else {
            return;
        };
        if y < body.top() {
            return;
        }
        let area = Rect {
            x: body.right() - columns,
            y,
            width: columns,
            height: 1,
        };
        let kept = app.toasts.len() - 1 - usize::from(n);
        app.painted.put(area, Spot::Toast(kept));
        let over = app.theme.toast(toast.bad);
        Line::new(app.theme)
            .text(text)
            .draw(frame, area, Some(over));
    }
}

/// Says how large the screen must be.
pub fn too_small(app: &App, frame: &mut Frame<'_>, needed: (u16, u16)) {
    let area = frame.area();
    let text = format!(
        "too small ({}x{}), needs {}x{}",
        area.width, area.height, needed.0, needed.1
    );
    Line::new(app.theme).text(text).draw(frame, area, None);
}
