//! What was spent as a table: as many columns as there is room for.

use super::Asked;
use crate::cli::out::{Out, Role, paint, safe};
use crate::records::spending::{Billing, Group};
use crate::terms::usage::{count, dollars};
use crate::text::{pad, say, truncate, width};

/// From this width on input, output and cache are told apart.
const ROOMY: usize = 90;
/// The most columns of a name.
const NAME: usize = 34;

/// Prints the groups, a row each.
pub(super) fn print(out: &Out, asked: &Asked, groups: &[Group]) {
    let roomy = out.width >= ROOMY;
    let by: Vec<&str> = asked.by.iter().map(|by| by.word()).collect();
    let names = by.len();
    let mut head: Vec<String> = by.iter().map(|&by| by.to_owned()).collect();
    head.extend(["paid by", "attempts", "time"].map(str::to_owned));
    if roomy {
        head.extend(["in", "out", "cached"].map(str::to_owned));
    }
    head.extend(["tokens", "cost"].map(str::to_owned));
    let mut rows = vec![head];
    rows.extend(groups.iter().map(|group| row(group, names, roomy)));
    let columns = rows.first().map_or(0, Vec::len);
    let widest = |n: usize| {
        let cells = rows.iter().filter_map(|row| row.get(n));
        cells.map(|cell| width(cell)).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(widest).collect();
    for (n, row) in rows.iter().enumerate() {
        let mut line = String::new();
        for (at, (cell, columns)) in row.iter().zip(&widths).enumerate() {
            // Words stand to the left, numbers to the right; the last is as long as it is.
            let missing = " ".repeat(columns.saturating_sub(width(cell)));
            let last = at + 1 == widths.len();
            line += "  ";
            line += &match (at <= names || last, last) {
                (_, true) => cell.clone(),
                (true, _) => pad(cell, *columns),
                (false, _) => format!("{missing}{cell}"),
            };
        }
        let line = line.trim_end();
        out.text(match n {
            0 => paint(Role::Quiet, line),
            _ => line.to_owned(),
        });
    }
}

fn row(group: &Group, names: usize, roomy: bool) -> Vec<String> {
    let mut cells: Vec<String> = (0..names)
        .map(|n| truncate(safe(group.name(n)).as_str(), NAME))
        .collect();
    let sum = &group.sum;
    cells.push(group.billing.word().to_owned());
    cells.push(sum.attempts.to_string());
    cells.push(sum.took_ms.short(say::took));
    if roomy {
        cells.extend([sum.input, sum.output, sum.cached].map(|k| k.short(count)));
    }
    cells.push(sum.tokens.short(count));
    cells.push(match group.billing {
        Billing::Metered => sum.cost.text(dollars),
        Billing::Plan => "plan".to_owned(),
        Billing::NoAgent => "-".to_owned(),
    });
    cells
}
