//! The page of a run's receipt: what it says, line by line, and beside each line whether it is so.

use super::desk::Look;
use super::event::Effect;
use super::overlay::Overlay;
use super::{App, desk};
use crate::landing::held::Held;
use crate::landing::receipt::About;
use crate::landing::verify::{AS_LEFT, Line, Stands};
use crate::terms::{CriterionId, RunId, RunState};
use crate::text::{Role, SafeText, many, wrap};
use crossterm::event::{KeyCode, KeyEvent};

/// From this width on what was found stands beside what is said.
const BESIDE: usize = 100;
/// The columns of the word that leads a line.
const WORD: usize = 10;
/// Columns between what is said and what was found.
const GAP: usize = 2;

/// The page.
#[derive(Debug, Clone, PartialEq)]
pub struct Proven {
    /// The run it is of.
    pub run: RunId,
    /// The first row that is shown.
    pub top: usize,
    /// What was found; `None`: it is being looked up.
    pub held: Option<Held>,
}

/// A row of the page: pieces, each with its role.
pub type Row = Vec<(Option<Role>, String)>;

/// The parts of the page, in the order in which they come.
const PARTS: [(&str, &[&str]); 7] = [
    ("CRITERIA", &["task", "criterion"]),
    ("CHECKS", &["check"]),
    ("DECISIONS", &["decision"]),
    ("COMMENTS", &["comment"]),
    ("ARTIFACTS AND FILES", &["artifact", "file"]),
    ("COST", &["cost"]),
    ("THE RECEIPT ITSELF", &["receipt", "signature"]),
];

/// How a line stands, as a role.
pub fn role_of(stands: Stands) -> Role {
    match stands {
        Stands::Ok => Role::Good,
        Stands::Told => Role::Quiet,
        Stands::NotKnown => Role::Attention,
        Stands::NotTrue => Role::Bad,
    }
}

/// The lines of a receipt by their parts; of many files that are as they were, one line tells.
pub fn parts(held: &Held) -> Vec<(&'static str, Vec<Line>)> {
    let of = |kinds: &[&str]| -> Vec<Line> {
        let lines = held.verified.lines.iter();
        let own = lines.filter(|l| kinds.contains(&l.about.kind()));
        // Of one that was merged, or was in conflict, there is more to be known.
        let is_left = |l: &Line| l.stands == Stands::Ok && l.found == AS_LEFT;
        let is_file = |l: &Line| matches!(l.about, About::File(_)) && is_left(l);
        let same = own.clone().filter(|l| is_file(l)).count();
        let mut all: Vec<Line> = own.filter(|l| same < 2 || !is_file(l)).cloned().collect();
        if same > 1 {
            all.push(Line {
                stands: Stands::Ok,
                about: About::File(many(same, "file")),
                claimed: String::new(),
                found: "as the run left them".to_owned(),
                criteria: Vec::new(),
            });
        }
        all
    };
    let parts = PARTS.iter().map(|(title, kinds)| (*title, of(kinds)));
    parts.filter(|(_, lines)| !lines.is_empty()).collect()
}

/// What a line says, with what it is about.
pub fn said(line: &Line) -> String {
    let about = match &line.about {
        About::Criterion(id) => id.to_string(),
        About::Task => "task".to_owned(),
        About::Receipt | About::Cost | About::Signature => String::new(),
        // That it is a check stands above it.
        about => about.which().to_owned(),
    };
    let claimed = line.claimed.trim();
    match (about.as_str(), claimed) {
        ("", claimed) => claimed.to_owned(),
        (about, "") => about.to_owned(),
        (about, claimed) => format!("{about}  {claimed}"),
    }
}

/// What was found of it, and what rests on it where it is not so.
pub fn found(line: &Line) -> String {
    let criteria: Vec<&str> = line.criteria.iter().map(CriterionId::as_str).collect();
    let rests = match criteria.as_slice() {
        [] => String::new(),
        [one] => format!(" ({one} rests on it)"),
        ids => format!(" ({} rest on it)", ids.join(", ")),
    };
    format!("{}{rests}", line.found)
}

impl Proven {
    /// What stands above the parts.
    pub fn head(held: &Held) -> Vec<(Option<Role>, String)> {
        let receipt = &held.verified.receipt;
        let of = match &receipt.task {
            Some(task) => format!("{} {}", task.id, task.title),
            None => format!("workflow {}", receipt.workflow),
        };
        let role = match held.verified.code() {
            0 => Role::Good,
            1 => Role::Bad,
            _ => Role::Attention,
        };
        vec![
            (Some(Role::Title), of),
            (Some(role), held.outcome()),
            (Some(Role::Quiet), held.told()),
        ]
    }

    /// The page in rows of so many columns.
    pub fn rows(&self, columns: usize) -> Vec<Row> {
        let Some(held) = &self.held else {
            let says = " it is looked up in git…".to_owned();
            return vec![vec![(Some(Role::Quiet), says)]];
        };
        let mut rows: Vec<Row> = Vec::new();
        for (role, text) in Self::head(held) {
            let text = SafeText::line(&text);
            let wrapped = wrap(text.as_str(), columns.saturating_sub(2).max(8));
            rows.extend(
                wrapped
                    .into_iter()
                    .map(|row| vec![(role, format!(" {row}"))]),
            );
        }
        for (title, lines) in parts(held) {
            rows.push(Vec::new());
            rows.push(vec![(Some(Role::Quiet), format!(" {title}"))]);
            for line in &lines {
                rows.extend(laid(line, columns));
            }
        }
        rows
    }
}

/// A line in rows: what it says and, beside it or below it, what was found.
fn laid(line: &Line, columns: usize) -> Vec<Row> {
    let role = role_of(line.stands);
    let quiet = match line.stands {
        Stands::Ok | Stands::Told => Role::Quiet,
        stands => role_of(stands),
    };
    let (said, found) = (SafeText::line(&said(line)), SafeText::line(&found(line)));
    let word = |n: usize| match n {
        0 => (Some(role), format!(" {:WORD$}", line.stands.word())),
        _ => (None, format!(" {:WORD$}", "")),
    };
    let room = columns.saturating_sub(WORD + 2).max(8);
    if columns < BESIDE {
        let said = wrap(said.as_str(), room);
        let found = wrap(&format!("→ {}", found.as_str()), room);
        let said = said.into_iter().map(|row| (None, row));
        let all = said.chain(found.into_iter().map(|row| (Some(quiet), row)));
        return all.enumerate().map(|(n, row)| vec![word(n), row]).collect();
    }
    let left = (room - GAP) / 2;
    let (said, found) = (
        wrap(said.as_str(), left),
        wrap(found.as_str(), room - GAP - left),
    );
    let rows = (0..said.len().max(found.len())).map(|n| {
        let text = said.get(n).cloned().unwrap_or_default();
        let missing = " ".repeat((left + GAP).saturating_sub(crate::text::width(&text)));
        let beside = found.get(n).cloned().unwrap_or_default();
        vec![word(n), (None, text + &missing), (Some(quiet), beside)]
    });
    rows.collect()
}

impl App {
    /// Whether there is a receipt to be shown.
    pub(super) fn may_show_receipt(&self) -> Result<(), String> {
        let card = self.target_card().ok_or("no run is chosen")?;
        if card.landed.is_none() && card.state != RunState::Completed {
            let state = card.state;
            return Err(format!("it is {state}, and a completed run has a receipt"));
        }
        Ok(())
    }

    /// Opens the page; what stands on it is looked up.
    pub(super) fn show_receipt(&mut self, effects: &mut Vec<Effect>) {
        let Some(run) = self.target_card().map(|card| card.run.clone()) else {
            return;
        };
        self.look_at(Look::Receipt(run.clone()), effects);
        self.overlays.push(Overlay::Receipt(Box::new(Proven {
            run,
            top: 0,
            held: None,
        })));
    }

    /// What was found, for the page that waits for it.
    pub(super) fn receipt_seen(&mut self, run: &RunId, seen: Result<Held, desk::Reasons>) {
        let waits = |o: &Overlay| matches!(o, Overlay::Receipt(page) if page.run == *run);
        let Some(at) = self.overlays.iter().position(waits) else {
            return;
        };
        match seen {
            Ok(held) => {
                if let Some(Overlay::Receipt(page)) = self.overlays.get_mut(at) {
                    page.held = Some(held);
                }
            }
            Err(why) => {
                self.overlays.remove(at);
                let why: Vec<String> = why.into_iter().map(|(_, why)| why).collect();
                self.say(format!("receipt: {}", why.join("; ")), true);
            }
        }
    }

    /// A key on the page.
    pub(super) fn receipt_key(&mut self, key: KeyEvent) {
        let (columns, room) = crate::workbench::layout::of_page(self.size);
        let Some(Overlay::Receipt(page)) = self.overlays.last_mut() else {
            return;
        };
        let most = page.rows(columns).len().saturating_sub(room);
        let leaf = room.saturating_sub(1).max(1);
        page.top = match key.code {
            KeyCode::Up | KeyCode::Char('k') => page.top.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => page.top.saturating_add(1),
            KeyCode::PageUp => page.top.saturating_sub(leaf),
            KeyCode::PageDown | KeyCode::Char(' ') => page.top.saturating_add(leaf),
            KeyCode::Home | KeyCode::Char('g') => 0,
            KeyCode::End | KeyCode::Char('G') => most,
            _ => return drop(self.overlays.pop()),
        }
        .min(most);
    }
}
