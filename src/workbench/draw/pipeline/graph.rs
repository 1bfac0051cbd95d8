//! The graph of stages, with what each used beside it, and the sum.

use super::role;
use crate::engine::GateSide;
use crate::engine::plan::{Stage, Work};
use crate::engine::record::StageRecord;
use crate::records::runs::RunView;
use crate::terms::StageState;
use crate::terms::usage::{PLAN, Total, count, dollars};
use crate::text::{Role, duration, width};
use crate::workbench::app::stages::Note;
use crate::workbench::app::{App, Pane};
use crate::workbench::draw::frame::{live_ms, took};
use crate::workbench::draw::line::Line;
use crate::workbench::layout::StagePane;
use crate::workbench::layout::graph::{self, Row, What};
use ratatui::style::Style;

/// The most columns of a stage's name.
const NAMES: usize = 24;
/// The columns of the lines that the names give way to.
const LINES: usize = 12;
/// From this many columns on the tokens have a column of their own.
const WITH_TOKENS: usize = 44;

/// A row to be painted, and the look of its whole width.
pub type Painted = (Line, Option<Style>);

/// The head, the rows of the graph that are in sight, the sum.
pub fn lines(app: &App, view: &RunView, parts: &StagePane, columns: usize) -> Vec<Painted> {
    let shape = Shape::of(app, view, parts, columns);
    let mut lines = vec![(shape.head(app), None)];
    let rows = app.run.stages.rows(parts.graph).iter();
    for row in rows.skip(parts.first).take(parts.graph) {
        let is_chosen = row.what == What::Stage(app.run.stage.at);
        let over = is_chosen.then(|| super::chosen(app, Pane::Left));
        lines.push((shape.row(app, view, row), over));
    }
    lines.push((shape.sum(app, view), None));
    lines
}

/// The columns of the table.
struct Shape {
    lines: usize,
    names: usize,
    tokens: bool,
    columns: usize,
    /// The rows that there are for the graph.
    height: usize,
}

impl Shape {
    fn of(app: &App, view: &RunView, parts: &StagePane, columns: usize) -> Self {
        let names = view.run.plan.stages.iter().map(|s| width(&s.name));
        Self {
            lines: graph::columns(app.run.stages.rows(parts.graph)).min(LINES),
            names: names.max().unwrap_or(0).clamp(8, NAMES),
            tokens: columns >= WITH_TOKENS,
            columns,
            height: parts.graph,
        }
    }

    fn head(&self, app: &App) -> Line {
        let right = self.numbers("took", "tokens", "cost");
        Line::new(app.theme)
            .role(Role::Quiet, " STAGES")
            .right(Role::Quiet, right)
    }

    fn sum(&self, app: &App, view: &RunView) -> Line {
        let total = view.run.total();
        let line = Line::new(app.theme);
        let took = took(app, view);
        if total.attempts == 0 && took == 0 {
            return line;
        }
        let right = self.numbers(&crate::text::took(took), &tokens(&total), &cost(&total));
        line.role(Role::Quiet, " all stages")
            .right(Role::Title, right)
    }

    fn numbers(&self, took: &str, tokens: &str, cost: &str) -> String {
        if self.tokens {
            format!("{took:>7} {tokens:>6} {cost:>6} ")
        } else {
            format!("{took:>7} {cost:>6} ")
        }
    }

    fn row(&self, app: &App, view: &RunView, row: &Row) -> Line {
        let line = Line::new(app.theme)
            .text(" ")
            .styled(app.theme.rule(), &row.left);
        let Some(n) = row.what.stage() else {
            return line;
        };
        let (Some(stage), Some(record)) = (view.run.plan.stages.get(n), view.run.stages.get(n))
        else {
            return line;
        };
        match row.what {
            What::Stage(_) => self.stage(app, line, row, (stage, record)),
            What::Before(_) => self.gate(app, line, row, (record, GateSide::Before)),
            What::After(_) => self.gate(app, line, row, (record, GateSide::After)),
            What::Note(_, at) => {
                let line = self.indent(line);
                match app.run.stages.note(n, at, self.height) {
                    Some(note) => said(app, line, note),
                    None => line,
                }
            }
            What::Turn | What::Gap => line,
        }
    }

    fn stage(&self, app: &App, line: Line, row: &Row, of: (&Stage, &StageRecord)) -> Line {
        let (stage, record) = of;
        let look = role(record.state);
        let line = line
            .role(look, record.state.glyph().to_string())
            .styled(app.theme.rule(), &row.right);
        let line = self
            .indent(line)
            .column(None, &stage.name, self.names)
            .text("  ");
        let told = !matches!(record.state, StageState::Passed | StageState::Pending);
        // A gate that is a stage says what it does; elsewhere the gate has a row of its own.
        let state = match &stage.work {
            Work::Gate if record.asking.is_some() => "asks for your approval".to_owned(),
            _ if record.waits_for_quota(stage).is_some() => "waits for a quota".to_owned(),
            _ if record.waits_for_slot() => "waits for a slot".to_owned(),
            _ if record.waits_for_another_day() => "waits for another day".to_owned(),
            _ => record.state.to_string(),
        };
        let (look, word) = match &stage.work {
            _ if told => (look, state.as_str()),
            Work::Role(work) => (Role::Quiet, work.served_by(record.turn).name.as_str()),
            Work::Command(_) => (Role::Quiet, "command"),
            Work::Gate => (Role::Quiet, "gate"),
        };
        let none = record.attempts.is_empty();
        let taken = if none {
            0
        } else {
            width(&self.numbers("", "", ""))
        };
        // A word that does not fit says nothing; the mark says it too.
        let fits = line.width() + width(word) + taken + usize::from(!none) <= self.columns;
        let line = if fits { line.role(look, word) } else { line };
        if none {
            return line;
        }
        let live = live_ms(app, record);
        let took = crate::text::took(record.took_ms.saturating_add(live));
        let right = self.numbers(&took, &tokens(&record.total), &cost(&record.total));
        line.right(Role::Quiet, right)
    }

    fn gate(&self, app: &App, line: Line, row: &Row, of: (&StageRecord, GateSide)) -> Line {
        let (record, side) = of;
        let approved = match side {
            GateSide::Before => &record.approved_before,
            GateSide::After => &record.approved_after,
        };
        let (look, mark, text) = match approved {
            _ if record.asking == Some(side) => (
                Role::Attention,
                "?",
                "gate: asks for your approval".to_owned(),
            ),
            Some(given) => {
                let at = given.at.to_zoned(app.zone.clone()).strftime("%H:%M");
                let text = format!("approved by {} {at}", given.by.name);
                (Role::Good, "◆", text)
            }
            None => (Role::Quiet, "◇", "gate: your approval".to_owned()),
        };
        let line = line.role(look, mark).styled(app.theme.rule(), &row.right);
        self.indent(line).role(look, text)
    }

    /// Fills up to the column at which the names begin.
    fn indent(&self, line: Line) -> Line {
        let missing = (self.lines + 2).saturating_sub(line.width()).max(1);
        line.text(" ".repeat(missing))
    }
}

/// What is to be said of a stage, behind what the line holds already.
pub fn said(app: &App, line: Line, note: &Note) -> Line {
    let mut line = line;
    for (role, text) in &note.pieces {
        line = line.role(*role, text);
    }
    if let Some(action) = note.by {
        line = line
            .text("   ")
            .role(Role::Command, app.key_or_name(action))
            .role(Role::Quiet, format!(" {}", action.row().short));
    }
    if let Some(until) = note.until {
        let at = until.to_zoned(app.zone.clone()).strftime("%H:%M:%S");
        let left = until.duration_since(app.now).as_millis();
        let left = duration(u64::try_from(left).unwrap_or(0));
        line = line.role(Role::Attention, format!(" {at}, in {left}"));
    }
    line
}

/// Tokens in few columns; what nobody told is `?`.
pub fn tokens(total: &Total) -> String {
    part(total.attempts, total.tokens_unknown, &count(total.tokens))
}

/// Cost in few columns; what nobody told is `?`.
pub fn cost(total: &Total) -> String {
    let known = dollars(total.cost_micros);
    if total.on_plan == 0 {
        return part(total.attempts, total.cost_unknown, &known);
    }
    match total.metered() {
        0 => PLAN.to_owned(),
        metered => part(metered, total.cost_unknown, &known) + "+" + PLAN,
    }
}

fn part(attempts: u32, unknown: u32, known: &str) -> String {
    if attempts == 0 {
        // What runs for the first time has told nothing yet.
        "?".to_owned()
    } else if unknown == attempts {
        "?".to_owned()
    } else if unknown > 0 {
        format!("{known}+?")
    } else {
        known.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::Usage;

    #[test]
    fn what_nobody_told_is_no_zero() {
        let mut total = Total::default();
        assert_eq!(tokens(&total), "?");
        total.add(&Usage::default());
        assert_eq!((tokens(&total), cost(&total)), ("?".into(), "?".into()));
        total.add(&Usage {
            output: Some(1_500),
            ..Usage::default()
        });
        let wanted = ("1.5k+?".to_owned(), "?".to_owned());
        assert_eq!((tokens(&total), cost(&total)), wanted);
    }
}
