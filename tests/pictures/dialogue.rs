//! The dialogue's pictures: its states as `support::talked` makes them, painted by the program's own
//! screen, written as it writes to a terminal and read by one.

use crate::root;
use crate::support::painted::painted;
use crate::support::project::put;
use crate::support::talked::{STATES, Size, Talked, half, permission, revise_diff, unplaced};
use crate::svg::{Ground, picture};
use harness_tui::workbench::app::App;
use harness_tui::workbench::theme::colour::Depth;
use harness_tui::workbench::theme::registry::Registry;
use ratatui::backend::{Backend, CrosstermBackend};

/// What a terminal makes of a screen.
fn read(app: &App) -> vt100::Parser {
    let buffer = painted(app);
    let mut written = Vec::new();
    let width = buffer.area.width.max(1);
    let places = (0_u16..).flat_map(|y| (0..width).map(move |x| (x, y)));
    let cells = places.zip(buffer.content());
    CrosstermBackend::new(&mut written)
        .draw(cells.map(|((x, y), cell)| (x, y, cell)))
        .unwrap();
    let (columns, rows) = app.size;
    let mut parser = vt100::Parser::new(rows, columns, 0);
    parser.process(&written);
    parser
}

/// The themes to look at: the terminal's own, and those that are named.
fn themes() -> Vec<String> {
    let named = std::env::var("THEME").unwrap_or_default();
    let own = named.split(',').filter(|n| !n.is_empty());
    ["terminal"]
        .into_iter()
        .chain(own)
        .map(str::to_owned)
        .collect()
}

/// Every state at these sizes, light and dark.
pub fn every(sizes: &[Size]) {
    for (name, made) in STATES {
        for size in sizes {
            let mut app = made(*size);
            for theme in themes() {
                app.theme = Registry::new(None, Depth::True).theme(&theme).unwrap();
                let terminal = read(&app);
                for ground in [Ground::Dark, Ground::Light] {
                    let (columns, rows) = size;
                    let file = format!("{name}-{columns}x{rows}-{theme}-{}", ground.name());
                    let path = root().join(format!("target/pictures/dialogue/{file}.svg"));
                    put(&path, &picture(terminal.screen(), ground));
                }
            }
        }
    }
}

/// Those of the README.
pub fn assets(size: Size) {
    // So large that the criteria are on it.
    let whole = (140, 50);
    let made: [(Talked, Size, Ground); 4] = [
        (("dialogue", half), size, Ground::Dark),
        (("dialogue-draft", unplaced), whole, Ground::Light),
        (("dialogue-leave", permission), size, Ground::Dark),
        (("dialogue-revise", revise_diff), size, Ground::Light),
    ];
    for ((name, made), size, ground) in made {
        let path = root().join(format!("assets/{name}.svg"));
        put(&path, &picture(read(&made(size)).screen(), ground));
    }
}
