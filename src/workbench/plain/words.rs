//! What there is, in sentences: a line each, complete without the one before.

use super::papers::{counted, spoken, stopped};
use crate::engine::event::GateSide;
use crate::engine::record::StageRecord;
use crate::records::board::{Board, Entry, RunCard};
use crate::records::needs::Need;
use crate::records::runs::RunView;
use crate::records::told::Line;
use crate::terms::usage::Total;
use crate::terms::{RunState, StageId, StageState};
use crate::text::{Role, age, many, took};
use crate::workbench::app::board::Row;
use crate::workbench::app::order::pause_or_resume;
use crate::workbench::app::waits::news_told;
use crate::workbench::app::{Request, run::gate};
use jiff::{SignedDuration, Timestamp};

/// For so long a run that nothing was done in yet is still being started.
const STARTING: SignedDuration = SignedDuration::from_secs(15);
/// The most lines of what an agent says that are said as it comes.
const MOST_SAID: usize = 4;

/// What waits, runs and is to be done, numbered through; of what is looked for, how much there is.
pub fn overview(board: &Board, rows: &[Row], filter: &str, now: Timestamp) -> Vec<String> {
    let mut says = vec![head(board)];
    if !filter.trim().is_empty() {
        let is_entry = |r: &&Row| matches!(r, Row::Entry(_));
        let fit = rows.iter().filter(is_entry).count();
        let all = board.entries.len();
        says.push(format!(
            "{fit} of {all} fit '{filter}', the best first; find alone lists all."
        ));
    }
    let mut number = 0;
    for row in rows {
        match row {
            Row::Head(group, _) => says.push(format!("{}:", capital(group.word()))),
            Row::Gap | Row::Calm | Row::MoreNews(_) => {}
            Row::Need(n) => {
                number += 1;
                if let Some(need) = board.needs.get(*n) {
                    says.push(format!("{number}. {}", waits(board, need, now)));
                }
            }
            Row::MoreNeeds(more) => {
                says.push(format!("And {more} more; next-waiting goes through all."));
            }
            Row::Since(count) => {
                let happened = many(*count, "event");
                says.push(format!(
                    "Since you last looked: {happened}; news tells them."
                ));
            }
            Row::News(n) => {
                if let Some(news) = board.news.get(*n) {
                    says.push(format!("{}.", news_told(news)));
                }
            }
            Row::Entry(n) => {
                number += 1;
                if let Some(entry) = board.entries.get(*n) {
                    says.push(format!("{number}. {}", short(entry, now)));
                }
            }
        }
    }
    if board.entries.is_empty() && board.set_up {
        says.push("There is no backlog item and no task yet; new writes an item.".to_owned());
    }
    if let Some(untrusted) = &board.untrusted {
        says.push(format!(
            "Not trusted: {}. Nothing of it is run; trust shows it, and asks.",
            untrusted.reason()
        ));
    }
    if !board.set_up {
        says.push(format!(
            "{} has no harness yet; set-up says what it would write, and asks.",
            board.project
        ));
    }
    says
}

fn head(board: &Board) -> String {
    let on = board.branch.as_ref().map(|b| format!(" on {b}"));
    let waits = match board.waiting() {
        0 => "nothing waits for you".to_owned(),
        1 => "1 run waits for you".to_owned(),
        n => format!("{n} runs wait for you"),
    };
    let faults = board.faults.len() + board.unreadable.len();
    let faults = match faults {
        0 => String::new(),
        n => format!(" {}; harness-tui check tells more.", many(n, "fault")),
    };
    format!(
        "{}{}: {waits}.{faults}",
        board.project,
        on.unwrap_or_default()
    )
}

/// What waits, with what it has cost so far.
fn waits(board: &Board, need: &Need, now: Timestamp) -> String {
    let entry = board.entry_of(&need.run);
    let item = entry.and_then(|e| Some(e.item.as_ref()?.id.to_string()));
    let task = need.task.as_ref().map(ToString::to_string);
    let ids: Vec<String> = item.into_iter().chain(task).collect();
    let title = entry.map_or(need.title.as_str(), |e| e.title());
    let state = board.card(&need.run).map(|card| of_card(card, now));
    let since = need.since.map(|at| now.duration_since(at).as_secs());
    let since = since.map_or_else(String::new, |gone| {
        format!(", for {}", age(u64::try_from(gone).unwrap_or(0)))
    });
    let cost = match need.total.attempts {
        0 => String::new(),
        _ => format!(" Cost so far: {}.", need.total.cost_text()),
    };
    let moved = if board.moved.contains(&need.run) {
        " Its base moved: refresh takes that in."
    } else {
        ""
    };
    format!(
        "{} {title}: {}{since}.{cost}{moved}",
        ids.join(" "),
        state.unwrap_or_else(|| need.short())
    )
}

fn short(entry: &Entry, now: Timestamp) -> String {
    let item = entry.item.as_ref().map(|i| i.id.to_string());
    let task = entry.task.as_ref().map(|t| t.id.to_string());
    let ids: Vec<String> = item.into_iter().chain(task).collect();
    let state = match (entry.run(), &entry.task) {
        (Some(run), _) => format!(": {}", of_card(run, now)),
        (None, Some(task)) => format!(": task {}", task.status.to_lowercase()),
        (None, None) => ": no task yet".to_owned(),
    };
    format!("{} {}{state}.", ids.join(" "), entry.title())
}

/// All there is to say of an entry but its run.
pub fn entry(entry: &Entry, now: Timestamp) -> Vec<String> {
    let mut says = vec![short(entry, now)];
    let status = entry.item.as_ref().and_then(|i| i.status.clone());
    says.extend(status.map(|s| format!("Its status in the backlog is {s}.")));
    let summary = entry.item.as_ref().and_then(|i| i.summary.clone());
    says.extend(summary.or_else(|| entry.task.as_ref().map(|t| t.summary.clone())));
    if let Some(task) = &entry.task {
        says.push(format!(
            "Task file {}, {}.",
            task.path,
            many(task.criteria, "criterion")
        ));
        says.extend(task.faults.iter().map(|f| format!("Fault: {f}")));
    }
    if entry.runs.len() > 1 {
        says.push(format!(
            "{} runs; the newest is told, runs lists them all.",
            entry.runs.len()
        ));
    }
    says
}

/// The runs of an entry of which only a report is there.
pub fn earlier(board: &Board, entry: &Entry) -> Vec<String> {
    let task = entry.task.as_ref().map(|t| &t.id);
    let runs = task.into_iter().flat_map(|task| board.earlier_of(task));
    let told = runs.map(|run| {
        let outcome = if run.outcome.is_empty() {
            "it does not say how it came out"
        } else {
            &run.outcome
        };
        let day = if run.day.is_empty() { "" } else { " of " };
        format!(
            "Before, by its report {}{day}{}: {outcome}.",
            run.path, run.day
        )
    });
    told.collect()
}

/// What there is to say of a run beside its state, with its stages, numbered.
pub fn run(view: &RunView) -> Vec<String> {
    let mut says = Vec::new();
    let total = view.run.total();
    let took = view.run.stages.iter().map(|s| s.took_ms).sum();
    let place = match view.order.in_place {
        Some(_) => "In place.".to_owned(),
        None if view.order.private.is_some() => format!("Kept by {}.", view.order.branch),
        None => format!("Branch {}.", view.order.branch),
    };
    if total.attempts > 0 {
        says.push(format!("{place} {}", used(&total, took)));
    } else {
        says.push(place);
    }
    says.push("Its stages; a number tells one:".to_owned());
    for (n, record) in view.run.stages.iter().enumerate() {
        says.push(format!("{}. {}", n + 1, stage_short(view, record)));
    }
    if view.run.landed.is_none() || view.cut_off().is_some() {
        says.push(stopped(&capital(&spoken(&view.evidence()))));
    }
    says
}

fn used(total: &Total, took_ms: u64) -> String {
    format!(
        "Cost {}, {} tokens, {}.",
        total.cost_text(),
        total.tokens_text(),
        took(took_ms)
    )
}

/// A stage with its attempts and findings.
pub fn stage(view: &RunView, n: usize) -> Vec<String> {
    let Some(record) = view.run.stages.get(n) else {
        return Vec::new();
    };
    let mut says = vec![stage_short(view, record)];
    if let Some(stop) = &record.stop {
        says.push(format!("{}: {}.", stop.code, stop.reason));
    }
    for attempt in &record.attempts {
        says.push(match &attempt.result {
            None => format!("Attempt {} is running.", attempt.public),
            Some(result) => format!(
                "Attempt {}: {}, {}. {}",
                attempt.public,
                result.outcome.said(),
                result
                    .took_ms
                    .map_or_else(|| "time not known".to_owned(), took),
                result.reason
            ),
        });
    }
    let asked = record.questions.iter();
    says.extend(asked.map(|q| format!("It asks {}: {} respond answers it.", q.id, q.text)));
    says.extend(record.findings.iter().map(|f| format!("Finding: {f}")));
    let artifacts = record.artifacts.iter();
    says.extend(artifacts.map(|a| format!("Artifact: {}", a.path)));
    says
}

/// What a gate asks, in one sentence; `None`: none does.
pub fn asks(view: &RunView) -> Option<String> {
    let (stage, side, _) = gate(view)?;
    let when = match side {
        GateSide::Before => "before it starts",
        GateSide::After => "of its result",
    };
    Some(format!(
        "{}, {} asks for your approval {when}: gate reads what that is decided on, approve or \
         send-back decides.",
        subject(view),
        name(view, &stage)
    ))
}

/// What a stage that needs answers asks, in one sentence; `None`: it needs none.
pub fn needs(view: &RunView, record: &StageRecord) -> Option<String> {
    let needs = record.state == StageState::NeedsInput && !record.questions.is_empty();
    let questions = many(record.questions.len(), "question");
    needs.then(|| {
        let (subject, name) = (subject(view), name(view, &record.id));
        format!("{subject}, {name} asks you {questions}: respond tells them and takes the answers.")
    })
}

/// What pausing means for a run now.
pub fn pausing(view: &RunView) -> &'static str {
    match pause_or_resume(view) {
        Request::Resume | Request::TakeOver => " Now: lets it go on.",
        _ => " Now: pauses it.",
    }
}

/// What a run has come to.
pub fn run_now(card: &RunCard, now: Timestamp) -> String {
    format!("{}, {}: {}.", card.name(), card.run, of_card(card, now))
}

/// The state of a run, with what it asks of a person.
pub fn of_card(card: &RunCard, now: Timestamp) -> String {
    match (&card.view, &card.landed) {
        (Some(view), _) => state(view, now),
        (None, Some(branch)) => format!("landed on {branch}"),
        (None, None) => card.state.to_string(),
    }
}

/// What a stage has come to.
pub fn stage_now(view: &RunView, n: usize) -> String {
    let stage = view.run.stages.get(n).map(|s| stage_short(view, s));
    format!("{}, {}", subject(view), stage.unwrap_or_default())
}

/// What a line about a run begins with: its task, or its own id.
pub fn subject(view: &RunView) -> String {
    let task = view.run.plan.task.as_ref().map(|t| t.id.to_string());
    task.unwrap_or_else(|| view.order.run.to_string())
}

/// Whether a run goes on by itself, or is about to.
pub fn goes_on(view: &RunView, now: Timestamp) -> bool {
    let fresh = now.duration_since(view.order.created) < STARTING;
    let begun = view.run.stages.iter().any(|s| !s.attempts.is_empty());
    view.goes_on() || (view.state() == RunState::Interrupted && fresh && !begun)
}

/// The state of a run, with what it asks of a person.
pub fn state(view: &RunView, now: Timestamp) -> String {
    if view.cut_off().is_some() {
        return format!(
            "landing cut off; harness-tui land {} finishes it",
            view.order.run
        );
    }
    if let Some(landed) = &view.run.landed {
        return format!("landed on {}", landed.into);
    }
    if let Some(review) = view.run.in_review.as_ref().filter(|_| view.in_review()) {
        return view.run.told_of(review);
    }
    let begins = matches!(
        view.state(),
        RunState::Created | RunState::Ready | RunState::Interrupted
    );
    let begun = view.run.stages.iter().any(|s| !s.attempts.is_empty());
    if begins && !begun && goes_on(view, now) {
        return "starting".to_owned();
    }
    let asking = view.run.stages.iter().find(|s| s.asking.is_some());
    match asking {
        Some(record) => format!("{} at {}", view.state(), name(view, &record.id)),
        None => view.state().to_string(),
    }
}

fn stage_short(view: &RunView, record: &StageRecord) -> String {
    let mut says = format!("{}: {}", name(view, &record.id), record.state);
    if record.attempts.iter().any(|a| a.result.is_some()) {
        let cost = match record.total.cost_text().as_str() {
            "unknown" => "cost unknown".to_owned(),
            cost => cost.to_owned(),
        };
        says += &format!(", {}, {cost}", took(record.took_ms));
    }
    if view.run.is_stale(&record.id) {
        says += ", stale";
    }
    says + "."
}

/// What people call a stage.
pub fn name(view: &RunView, stage: &StageId) -> String {
    let planned = view.run.plan.stage(stage);
    planned.map_or_else(|| stage.to_string(), |s| s.name.clone())
}

/// A line of a timeline; one of many lines in few, where `short`.
pub fn told(line: &Line, short: bool) -> Vec<String> {
    // What looks different on a screen is said here.
    let mark = match line.role {
        Role::Bad | Role::Attention => "Attention: ",
        _ => "",
    };
    let right = line.right.replace("✗ failed", "failed");
    let right = right.replace('✓', "ok").replace('✗', "failed");
    let right = match counted(&spoken(&right)).as_str() {
        "" | "..." => String::new(),
        right => format!(", {right}"),
    };
    let most = if short { MOST_SAID } else { usize::MAX };
    let mut texts = line.text.lines().filter(|l| !l.trim().is_empty());
    let first = texts.next().unwrap_or_default();
    let mut says = vec![format!("{mark}{} {first}{right}", line.word)];
    says.extend(texts.by_ref().take(most - 1).map(str::to_owned));
    let rest = texts.count();
    if rest > 0 {
        says.push(format!("and {rest} more lines; timeline has them."));
    }
    says
}

/// With a capital at its beginning.
pub fn capital(word: &str) -> String {
    let mut letters = word.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
