//! A person's own command that gets the terminal: in the foreground, until it ends.

use super::settings::Settings;
use crate::text::SafeText;
use crate::workbench::app::commands::{Came, Ordered, Told};
use crate::workbench::world::commands::{ended, failed, folder, how, missing, with_variables};
use std::io::{self, Write};
use std::process::{Command, ExitStatus};

/// Runs it. Where it fails, and where the person wants it so, what it printed stands until they have
/// read it.
pub fn run(ordered: &Ordered) -> Told {
    let came = match folder(ordered).and_then(|()| in_folder(ordered)) {
        Ok(status) if status.success() => Came::Ended,
        Ok(status) => Came::Failed(failed(ordered, ended(status))),
        Err(why) => Came::Failed(failed(ordered, why)),
    };
    Told {
        id: ordered.id,
        name: ordered.name.clone(),
        came,
    }
}

/// That there is no terminal to be had.
pub fn refused(ordered: &Ordered) -> Told {
    let why = "it gets the terminal, and there is none here".to_owned();
    Told {
        id: ordered.id,
        name: ordered.name.clone(),
        came: Came::Failed(failed(ordered, why)),
    }
}

fn in_folder(ordered: &Ordered) -> Result<ExitStatus, String> {
    if let Some(why) = missing(ordered) {
        return Err(format!("it was not started: {why}"));
    }
    let (program, args) = ordered.words.split_first().ok_or("it names no program")?;
    let mut command = Command::new(program);
    command.args(args).current_dir(&ordered.dir);
    with_variables(&mut command, ordered);
    let written = SafeText::line(&ordered.written());
    // A terminal that can't be written to is the program's affair.
    let _ = say(&format!("harness-tui: {written}\n"));
    let settings = Settings::now();
    let status = command.status();
    // Its own may be such that no enter would ever arrive.
    settings.set_back();
    let status = status.map_err(|e| format!("it was not started: {e}"))?;
    if ordered.wait || !status.success() {
        let said = if status.success() {
            String::new()
        } else {
            format!("{} ended {}; ", ordered.name, how(status))
        };
        let _ = say(&format!("\n{said}press enter to go back to harness-tui "));
        until_enter();
    }
    Ok(status)
}

fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Waits until a person has pressed enter, or will press nothing any more.
pub fn until_enter() {
    let mut piece = [0; 256];
    loop {
        match rustix::io::read(rustix::stdio::stdin(), &mut piece) {
            Ok(0) => return,
            Ok(n) if piece[..n].iter().any(|b| matches!(b, b'\n' | b'\r')) => return,
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return,
        }
    }
}
