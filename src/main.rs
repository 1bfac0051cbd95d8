//! Reads the command line and hands over: the one place that knows both it and the screens.

use harness_tui::cli::keys::{Key, Tables};
use harness_tui::cli::{self, Workbench};
use harness_tui::records::user::UserDir;
use harness_tui::workbench::{self, keys::Listed};

fn main() -> std::process::ExitCode {
    cli::main(Workbench {
        open: workbench::open,
        at: workbench::open_at,
        about: workbench::open_about,
        plain: workbench::plain::open,
        edit: |folder, file| Ok(workbench::terminal::editor::edit(folder, file, None)?),
        keys: Tables {
            default: || workbench::keys::own().into_iter().map(key).collect(),
            own: || {
                let listed = workbench::keys::of(UserDir::find())?;
                Ok(listed.into_iter().map(key).collect())
            },
        },
    })
}

fn key(listed: Listed) -> Key {
    Key {
        group: listed.row.group.word(),
        action: listed.row.name,
        keys: listed.keys,
        help: listed.row.help,
        place: listed.row.scope.word(),
    }
}
