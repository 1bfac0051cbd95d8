//! Reads the command line and hands over: the one place that knows both it and the screens.

use harness_tui::cli::keys::{Key, Runs, Tables};
use harness_tui::cli::{self, Workbench};
use harness_tui::records::user::UserDir;
use harness_tui::workbench::commands::{UserCommand, YOURS};
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
                let (listed, commands) = workbench::keys::of(UserDir::find())?;
                let commands = commands.iter().map(own_key);
                Ok(listed.into_iter().map(key).chain(commands).collect())
            },
        },
    })
}

fn key(listed: Listed) -> Key {
    Key {
        group: listed.row.group.word(),
        action: listed.row.name.to_owned(),
        keys: listed.keys,
        help: listed.row.help.to_owned(),
        place: listed.row.scope.word().to_owned(),
        runs: None,
    }
}

/// A command of the person's own.
fn own_key(command: &UserCommand) -> Key {
    Key {
        group: YOURS,
        action: command.name.to_string(),
        keys: command.key.iter().map(ToString::to_string).collect(),
        help: command.help(),
        place: command.place(),
        runs: Some(Runs {
            words: { command.run.iter() }
                .map(|w| w.written().to_owned())
                .collect(),
            terminal: command.terminal,
            wait: command.wait,
            confirm: command.confirm,
        }),
    }
}
