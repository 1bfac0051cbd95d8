//! A program in a person's hands: a script in place of their shell, which does what lines it is
//! typed say.

use crate::support::project::{Project, put};
use crate::support::terminal::Terminal;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// Says where it is, and runs what is typed, until `done`.
const SCRIPT: &str = "#!/bin/sh\necho \"IN HAND $HARNESS_RUN\"\n\
                      while read -r line; do [ \"$line\" = done ] && exit 0; eval \"$line\"; echo \"ran: $line\"; done\n";

/// The script.
pub fn program(project: &Project) -> PathBuf {
    let path = project.outside("my-shell");
    put(&path, SCRIPT);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// The program on a terminal, with the script for a shell.
pub fn on(project: &Project, args: &[&str], size: (u16, u16)) -> Terminal {
    let shell = program(project);
    let shell = shell.to_str().unwrap();
    Terminal::within(project, args, size, &[("SHELL", shell)])
}
