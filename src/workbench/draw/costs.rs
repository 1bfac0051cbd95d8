//! The page of costs: sums, and bars of what is paid for one by one apart from those of what plans pay for.

use super::line::Line;
use super::{overlay, rows};
use crate::records::spending::By;
use crate::text::{Role, truncate, width};
use crate::workbench::app::App;
use crate::workbench::app::costs::{BY, Bar, Costs, Limit, Shown};
use ratatui::Frame;
use ratatui::layout::Rect;

/// The most columns of a bar's name.
const NAMES: usize = 26;
/// The columns of the word before a sum.
const WORD: usize = 12;
/// The fewest columns of a bar that says something.
const LEAST: usize = 8;
/// From this height on there are empty rows between the parts.
const AIRY: u16 = 26;
/// Parts of a cell, from an eighth on.
const PARTS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];
/// Work that stands, work that did not pass, what was not told.
const SIGNS: [(char, Role, &str); 3] = [
    ('█', Role::Good, "stands"),
    ('▒', Role::Bad, "did not pass"),
    ('░', Role::Attention, "not told"),
];
/// Where a budget warns.
const WARNS: usize = 80;

/// Paints it over the view.
pub fn draw(app: &App, frame: &mut Frame<'_>, body: Rect, page: &Costs) {
    let columns = usize::from(body.width).saturating_sub(5);
    let (head, bars, foot) = lines(app, page, columns, body.height >= AIRY);
    // What does not fit of the bars is gone through; what stands around them stays.
    let room = usize::from(body.height).saturating_sub(2);
    let around = head.len() + foot.len();
    let height = room.saturating_sub(around).max(1);
    let top = page.top.min(bars.len().saturating_sub(height));
    let left = bars.len().saturating_sub(top + height);
    let total = around + bars.len().min(height);
    let title = match &page.run {
        Some(run) => format!(" Costs of {run} "),
        None => format!(" Costs of all runs, {} ", page.back_words()),
    };
    let title = truncate(&title, columns);
    let inner = overlay::wide(app, frame, body, &title, total.min(room));
    let mut shown: Vec<Line> = bars.into_iter().skip(top).take(height).collect();
    if left > 0 && shown.len() == height {
        shown.pop();
        let more = format!(" … {} more, down goes on", left + 1);
        shown.push(Line::new(app.theme).role(Role::Quiet, more));
    }
    let all = head.into_iter().chain(shown).chain(foot);
    for (y, line) in (0..inner.height).zip(all) {
        line.draw(frame, rows(inner, y, 1), None);
    }
}

type Parts = (Vec<Line>, Vec<Line>, Vec<Line>);

/// What stands above, the bars, and what stands below.
fn lines(app: &App, page: &Costs, columns: usize, airy: bool) -> Parts {
    let line = || Line::new(app.theme);
    let mut head = vec![tabs(app, page, columns)];
    let Some(shown) = &page.shown else {
        head.push(line());
        head.push(line().role(Role::Quiet, " what was spent is being read…"));
        return (head, Vec::new(), Vec::new());
    };
    if airy {
        head.push(line());
    }
    head.push(line().role(Role::Title, format!(" {}", shown.head)));
    for (word, text) in &shown.sums {
        head.push(said(app, word, text, columns));
    }
    for text in &shown.windows {
        head.push(said(app, "on a plan", text, columns));
    }
    let names = names(shown);
    let amounts = amounts(shown);
    let mores = mores(shown);
    let room = columns.saturating_sub(names + amounts + 4);
    let (room, mores) = match room.checked_sub(mores + 2) {
        Some(room) if room >= 2 * LEAST => (room, mores),
        _ => (room, 0),
    };
    let wide = Wide {
        names,
        amounts,
        room,
        mores,
    };
    for limit in &shown.limits {
        head.push(of_limit(app, limit, &wide));
    }
    let mut bars = Vec::new();
    for (title, own) in [("METERED", &shown.metered), ("ON A PLAN", &shown.plan)] {
        if own.is_empty() {
            continue;
        }
        let by = format!(" {title}");
        if bars.is_empty() {
            if airy {
                head.push(line());
            }
            head.push(line().role(Role::Quiet, by));
        } else {
            bars.push(line());
            bars.push(line().role(Role::Quiet, by));
        }
        let most = own.iter().map(Bar::known).max().unwrap_or(0);
        bars.extend(own.iter().map(|bar| of_bar(app, bar, most, &wide)));
    }
    let mut foot = Vec::new();
    if !bars.is_empty() {
        if airy {
            foot.push(line());
        }
        foot.push(legend(app, !shown.limits.is_empty()));
    }
    for note in &shown.notes {
        foot.push(line().role(Role::Quiet, format!(" {}", truncate(note, columns))));
    }
    (head, bars, foot)
}

/// What it is put together by among what it can be. Where there is no room for all, those up to the chosen
/// one are in sight.
fn tabs(app: &App, page: &Costs, columns: usize) -> Line {
    let line = Line::new(app.theme).role(Role::Quiet, " by ");
    let wide = |by: &By| width(by.word()) + 2;
    let at = BY.iter().position(|by| *by == page.by).unwrap_or(0);
    let room = columns.saturating_sub(line.width());
    let from = (0..at).find(|from| BY[*from..=at].iter().map(wide).sum::<usize>() <= room);
    let chosen = app.theme.chosen(true);
    let shown = BY.iter().skip(from.unwrap_or(at));
    shown.fold(line, |line, by| {
        let word = format!(" {} ", by.word());
        if *by == page.by {
            line.styled(chosen, word)
        } else {
            line.role(Role::Quiet, word)
        }
    })
}

fn said(app: &App, word: &str, text: &str, columns: usize) -> Line {
    let line = Line::new(app.theme)
        .text(" ")
        .column(Some(Role::Quiet), word, WORD);
    line.text(truncate(text, columns.saturating_sub(WORD + 1)))
}

/// The columns of a row.
struct Wide {
    names: usize,
    amounts: usize,
    room: usize,
    mores: usize,
}

fn names(shown: &Shown) -> usize {
    let bars = shown.metered.iter().chain(&shown.plan);
    let longest = bars.map(|b| width(&b.name)).max().unwrap_or(0);
    longest.clamp(6, NAMES)
}

fn amounts(shown: &Shown) -> usize {
    let bars = shown.metered.iter().chain(&shown.plan);
    let bars = bars.map(|b| width(&b.amount));
    bars.max().unwrap_or(0)
}

fn mores(shown: &Shown) -> usize {
    let bars = shown.metered.iter().chain(&shown.plan);
    bars.map(|b| width(&b.more)).max().unwrap_or(0)
}

fn of_bar(app: &App, bar: &Bar, most: u64, wide: &Wide) -> Line {
    let name = truncate(&bar.name, wide.names);
    let missing = " ".repeat(wide.names.saturating_sub(width(&name)));
    let line = Line::new(app.theme).text(format!(" {name}{missing} "));
    let mut pieces = Pieces::new(wide.room);
    // A part of the width is kept for what was not told.
    let hatch = if bar.unknown > 0 { 3 } else { 0 };
    let room = wide.room.saturating_sub(3);
    pieces.put(bar.stands, most, room, SIGNS[0]);
    pieces.put(bar.lost, most, room, SIGNS[1]);
    pieces.hatch(hatch);
    let line = pieces.after(line);
    let amount = format!(
        "{:>1$}",
        bar.amount,
        wide.amounts + bar.amount.len() - width(&bar.amount)
    );
    let role = if bar.unknown > 0 {
        Role::Attention
    } else {
        Role::Name
    };
    let line = line.text(" ").role(role, amount);
    if wide.mores == 0 {
        return line;
    }
    line.role(Role::Quiet, format!("  {:>1$}", bar.more, wide.mores))
}

/// A row that is being filled.
struct Pieces {
    pieces: Vec<(Role, String)>,
    left: usize,
}

impl Pieces {
    fn new(room: usize) -> Self {
        let pieces = Vec::new();
        Self { pieces, left: room }
    }

    /// A bar of an amount where the most has this many columns. What there is something of is seen.
    fn put(&mut self, amount: u64, most: u64, room: usize, (sign, role, _): (char, Role, &str)) {
        if amount == 0 || most == 0 {
            return;
        }
        let eighths = u128::from(amount) * room as u128 * 8 / u128::from(most);
        let eighths = usize::try_from(eighths).unwrap_or(0).max(1);
        let (whole, part) = (eighths / 8, eighths % 8);
        let mut text = sign.to_string().repeat(whole.min(self.left));
        // Only what is solid has parts of a cell.
        let more = match (sign, part) {
            (_, 0) => None,
            ('█', part) => PARTS.get(part - 1).copied(),
            (sign, part) => (part >= 4 || whole == 0).then_some(sign),
        };
        if let Some(more) = more.filter(|_| whole < self.left) {
            text.push(more);
        }
        self.take(text, role);
    }

    fn hatch(&mut self, columns: usize) {
        let (sign, role, _) = SIGNS[2];
        let text = sign.to_string().repeat(columns.min(self.left));
        self.take(text, role);
    }

    fn take(&mut self, text: String, role: Role) {
        self.left = self.left.saturating_sub(width(&text));
        self.pieces.push((role, text));
    }

    fn after(self, line: Line) -> Line {
        let rest = " ".repeat(self.left);
        let pieces = self.pieces.into_iter();
        pieces
            .fold(line, |line, (role, text)| line.role(role, text))
            .text(rest)
    }
}

/// How much of a limit is used: a bar as wide as the limit, with a mark where it warns.
fn of_limit(app: &App, limit: &Limit, wide: &Wide) -> Line {
    let room = (wide.room + wide.amounts + wide.mores)
        .saturating_sub(width(&limit.text) + 1)
        .max(LEAST);
    let part = |of: u64| {
        let cells = u128::from(of) * room as u128 / u128::from(limit.limit.max(1));
        usize::try_from(cells).unwrap_or(room).min(room)
    };
    let used = part(limit.used).max(usize::from(limit.used > 0));
    let mark = room * WARNS / 100;
    let over = limit.used >= limit.limit;
    let near = used >= mark;
    let role = match (over, near) {
        (true, _) => Role::Bad,
        (false, true) => Role::Attention,
        (false, false) => Role::Good,
    };
    let cell = |n: usize| match n {
        n if n < used => '█',
        n if n == mark => '┊',
        n if limit.unknown > 0 && n < used + 3 => '░',
        _ => '·',
    };
    let bar: String = (0..room).map(cell).collect();
    let (full, rest) = bar.split_at(bar.char_indices().nth(used).map_or(bar.len(), |(at, _)| at));
    let word = truncate(limit.of, wide.names);
    let missing = " ".repeat(wide.names.saturating_sub(width(&word)));
    Line::new(app.theme)
        .role(Role::Quiet, format!(" {word}{missing} "))
        .role(role, full)
        .role(Role::Quiet, rest)
        .role(role, format!(" {}", limit.text))
}

fn legend(app: &App, limits: bool) -> Line {
    let mut line = Line::new(app.theme).text(" ");
    for (sign, role, word) in SIGNS {
        line = line
            .role(role, sign.to_string())
            .role(Role::Quiet, format!(" {word}   "));
    }
    if limits {
        line = line.role(Role::Quiet, "┊ where it warns");
    }
    line
}
