//! What a command prints: words with roles, colours by role, one JSON object a line where that is
//! asked for. Everything from outside goes through [`SafeText`].

use crate::text::SafeText;
use crate::text::fit::{fit, fit_at};
use anstyle::{AnsiColor, Style};
use std::io::Write;
use std::sync::OnceLock;

pub use crate::text::Role;

/// What went wrong with what caused it, each told once: many an error tells its cause itself.
pub fn whole(report: &color_eyre::Report) -> String {
    let mut said = String::new();
    for cause in report.chain().map(ToString::to_string) {
        if said.is_empty() {
            said = cause;
        } else if !said.contains(&cause) {
            said = format!("{said}: {cause}");
        }
    }
    said
}

fn style(role: Role) -> Style {
    let colour = |c: AnsiColor| Style::new().fg_color(Some(c.into()));
    match role {
        Role::Title | Role::Command => Style::new().bold(),
        Role::Good => colour(AnsiColor::Green),
        Role::Bad => colour(AnsiColor::Red).bold(),
        Role::Attention => colour(AnsiColor::Yellow),
        Role::Live => colour(AnsiColor::Blue),
        Role::Name => colour(AnsiColor::Cyan),
        Role::Quiet => Style::new().dimmed(),
    }
}

/// Puts a role's colour around a text that is safe already. Whether colours reach the terminal is
/// decided where it is printed.
pub fn paint(role: Role, text: impl std::fmt::Display) -> String {
    let style = style(role);
    format!("{style}{text}{style:#}")
}

/// One line of outside text, safe for a terminal.
pub fn safe(text: &str) -> SafeText {
    SafeText::line(text)
}

/// The narrowest terminal that is laid out for; a narrower one breaks lines by itself.
const NARROWEST: usize = 30;

/// Where a command prints.
#[derive(Debug)]
pub struct Out {
    /// One JSON object a line instead of text.
    pub json: bool,
    /// Whether standard output is a terminal.
    pub terminal: bool,
    /// Columns to lay out for.
    pub width: usize,
}

impl Out {
    /// The output of this process.
    pub fn new(json: bool) -> Self {
        let stdout = std::io::stdout();
        let terminal = std::io::IsTerminal::is_terminal(&stdout);
        let width = columns(&stdout).unwrap_or(100);
        Self {
            json,
            terminal,
            width,
        }
    }

    /// Prints a line, on a terminal in rows that fit it. A reader that went away (`| head`) is no
    /// error; of another one [`Out::failure`] tells.
    pub fn line(&self, text: impl std::fmt::Display) {
        let text = text.to_string();
        let mut out = anstream::stdout().lock();
        for line in text.split('\n') {
            noted(if self.terminal {
                writeln!(out, "{}", fit(line, self.width).join("\n"))
            } else {
                writeln!(out, "{line}")
            });
        }
    }

    /// Prints what a file holds, safe already, line for line as it is there.
    pub fn verbatim(&self, text: &str) {
        if !self.json {
            noted(writeln!(anstream::stdout().lock(), "{text}"));
        }
    }

    /// Prints bytes as they are, for a program that reads them; never to a terminal.
    pub fn bytes(&self, bytes: &[u8]) {
        if !self.json && !self.terminal {
            let mut out = std::io::stdout().lock();
            noted(out.write_all(bytes).and_then(|()| out.flush()));
        }
    }

    /// Prints a line where it is not JSON that is asked for; on a terminal, what does not fit in
    /// its first row hangs at this column.
    pub fn hung(&self, column: usize, text: &str) {
        if self.json {
            return;
        }
        let rows = if self.terminal {
            fit_at(text, self.width, column)
        } else {
            vec![text.to_owned()]
        };
        noted(writeln!(anstream::stdout().lock(), "{}", rows.join("\n")));
    }

    /// Prints a line where it is not JSON that is asked for.
    pub fn text(&self, text: impl std::fmt::Display) {
        if !self.json {
            self.line(text);
        }
    }

    /// Prints one JSON object on a line, where that is asked for.
    pub fn object(&self, value: &serde_json::Value) {
        if self.json {
            let text = crate::text::json::shown(&value.to_string());
            noted(writeln!(std::io::stdout().lock(), "{text}"));
        }
    }

    /// Prints a line to standard error.
    pub fn error(&self, text: impl std::fmt::Display) {
        let _ = writeln!(anstream::stderr().lock(), "{text}");
    }

    /// Prints what went wrong to standard error, after a word that says so. It keeps its lines, and
    /// on a terminal they are laid out in rows that fit it.
    pub fn trouble(&self, word: &str, text: &str) {
        let text = SafeText::block(text.trim_end());
        let painted = paint(Role::Bad, word);
        let columns = columns(&std::io::stderr());
        for (n, line) in text.lines().enumerate() {
            let line = match n {
                0 => format!("{painted} {line}"),
                _ => line.to_owned(),
            };
            match columns {
                Some(columns) => self.error(fit(&line, columns).join("\n")),
                None => self.error(line),
            }
        }
    }

    /// Why standard output took not all that was printed; `None`: it did.
    pub fn failure() -> Option<&'static str> {
        FAILED.get().map(String::as_str)
    }
}

/// The first error of standard output.
static FAILED: OnceLock<String> = OnceLock::new();

/// Keeps why something could not be printed, to be told at the end.
fn noted(printed: std::io::Result<()>) {
    if let Err(error) = printed
        && error.kind() != std::io::ErrorKind::BrokenPipe
    {
        FAILED.get_or_init(|| error.to_string());
    }
}

/// The columns of a terminal; `None`: it is none, or does not tell.
fn columns(stream: &(impl std::io::IsTerminal + std::os::fd::AsFd)) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(stream).ok()?;
    (stream.is_terminal() && size.ws_col > 0).then(|| usize::from(size.ws_col).max(NARROWEST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use color_eyre::eyre::{Report, WrapErr};

    #[test]
    fn a_cause_is_told_once_however_often_it_is_named() {
        let full = std::io::Error::from(rustix::io::Errno::NOSPC).to_string();
        let store = crate::store::StoreError::io("write", std::path::Path::new("/x"));
        let error = Err::<(), _>(store(rustix::io::Errno::NOSPC.into()));
        let error: Report = error.wrap_err("the comment is not kept").unwrap_err();
        let said = whole(&error);
        assert_eq!(said.matches(&full).count(), 1, "{said}");
        assert!(
            said.starts_with("the comment is not kept: can't write /x: "),
            "{said}"
        );
    }
}
