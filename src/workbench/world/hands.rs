//! The hands of a landing that is ordered on the screen: nothing it runs paints over that. What may
//! need the person has the terminal lent; everything else runs without one, and what it says is
//! caught.

use crate::landing::hands::{Hands, Said, Task};
use crate::landing::{LandError, recheck};
use crate::process::{Watched, own};
use crate::records::runs::RunView;
use crate::terms::Oid;
use crate::terms::evidence::CheckResult;
use crate::text::SafeText;
use crate::workbench::app::Event;
use crate::workbench::post::Post;
use crate::workbench::terminal::command::until_enter;
use crate::workbench::terminal::loan::Loan;
use crate::workbench::terminal::settings::Settings;
use std::io::{self, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// How much of what is said is kept.
pub(super) const KEPT: usize = 64 * 1024;
/// How much is read at once, and how many such pieces may wait.
const PIECE: usize = 4096;
const PIECES: usize = 16;
/// How often it is looked whether a program has ended that says nothing.
const SILENCE: Duration = Duration::from_millis(100);
/// How long what it left running is still heard after it has ended.
const DRAIN: Duration = Duration::from_secs(2);
/// The longest beginning of an escape sequence that is waited with for its end.
const SEQUENCE: usize = 64;

/// The hands.
pub(super) struct OfScreen<'a> {
    /// Whether the person's git has the terminal lent.
    pub(super) lent: bool,
    /// Where it is asked for.
    pub(super) events: &'a Post,
}

impl Hands for OfScreen<'_> {
    fn git(&self, git: Command, task: Task) -> io::Result<Said> {
        if self.lent {
            self.in_the_terminal(git, task)
        } else {
            without_terminal(&git)
        }
    }

    fn recheck(
        &self,
        view: &RunView,
        tree: &Oid,
        commit: &Oid,
    ) -> Result<Vec<CheckResult>, LandError> {
        // What is below this process is not only the landing's: supervisors, and git elsewhere.
        recheck::apart(view, tree, commit)
    }
}

impl OfScreen<'_> {
    /// Runs it with the terminal lent. What it prints is shown as it comes; a person who is to read
    /// something says when they have.
    fn in_the_terminal(&self, mut git: Command, task: Task) -> io::Result<Said> {
        let (loan, borrower) = Loan::new();
        // Where nobody listens any more the loan is gone, and the terminal is the person's.
        let _ = self.events.send(Event::Wants(loan));
        let stays = borrower.wait();
        let mut out = io::stdout().lock();
        writeln!(out, "harness-tui: {}", task.told())?;
        out.flush()?;
        if !stays {
            // What comes in is not a person's answer to git: it may be the next line of a script.
            git.stdin(Stdio::null());
        }
        let settings = stays.then(Settings::now);
        let said = caught(git.stderr(Stdio::piped()), |piece| {
            let _ = out.write_all(piece.as_bytes()).and_then(|()| out.flush());
        })?;
        // What asked for a password or signed may have left it without an enter that arrives.
        if let Some(settings) = settings {
            settings.set_back();
        }
        if stays && (!said.ok || !said.text.is_empty()) {
            let how = if said.ok { "" } else { "git refused; " };
            write!(out, "\n{how}press enter to go back to harness-tui ")?;
            out.flush()?;
            until_enter();
        }
        drop(borrower);
        Ok(said)
    }
}

/// Runs it in a session of its own, so that nothing of it reaches the terminal in any way.
fn without_terminal(git: &Command) -> io::Result<Said> {
    let mut command = own::again()?;
    command
        .args(["apart", "--"])
        .arg(git.get_program())
        .args(git.get_args())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    if let Some(dir) = git.get_current_dir() {
        command.current_dir(dir);
    }
    for (name, value) in git.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    caught(&mut command, |_| {})
}

/// Runs a command to its end and keeps the end of what it says, which is also shown as it comes,
/// made safe. What it leaves running is not waited for.
fn caught(command: &mut Command, show: impl FnMut(&SafeText)) -> io::Result<Said> {
    let mut child = command.spawn()?;
    let Some(pipe) = child.stderr.take() else {
        return Ok(Said::from_bytes(child.wait()?.success(), &[]));
    };
    let (status, kept, _) = heard(&mut child, pipe, Child::try_wait, show)?;
    Ok(Said::from_bytes(status.success(), &kept))
}

/// Hears a process to its end: how it ended, the end of what it said, and whether nobody is left who
/// could say more. `ended` asks whether it has.
pub(super) fn heard(
    child: &mut Child,
    pipe: impl Read + Send + 'static,
    asks: impl Fn(&mut Child) -> io::Result<Option<ExitStatus>>,
    mut show: impl FnMut(&SafeText),
) -> io::Result<(ExitStatus, Vec<u8>, bool)> {
    let (sender, pieces) = sync_channel(PIECES);
    std::thread::spawn(move || pump(pipe, &sender));
    let mut kept: Vec<u8> = Vec::new();
    let mut held: Vec<u8> = Vec::new();
    let mut ended = None;
    let mut quiet = false;
    loop {
        let piece = match next(&pieces, &mut ended, child, &asks)? {
            Next::Piece(piece) => piece,
            Next::Over => {
                quiet = true;
                break;
            }
            Next::LeftRunning => break,
        };
        kept.extend_from_slice(&piece);
        kept.drain(..kept.len().saturating_sub(KEPT));
        held.extend_from_slice(&piece);
        let rest = held.split_off(whole(&held));
        show(&SafeText::from_bytes(&held));
        held = rest;
    }
    if !held.is_empty() {
        show(&SafeText::from_bytes(&held));
    }
    let status = match ended {
        Some((status, _)) => status,
        // It closed what it says things into, and goes on.
        None => {
            if let Some(process) = Watched::open(child.id())? {
                process.wait(None)?;
            }
            match asks(child)? {
                Some(status) => status,
                None => child.wait()?,
            }
        }
    };
    Ok((status, kept, quiet))
}

/// Passes on what is said. Where nobody hears it any more it is read on all the same: what a process
/// left running is not to be cut off for that.
fn pump(mut pipe: impl Read, to: &SyncSender<Vec<u8>>) {
    let mut piece = vec![0; PIECE];
    let mut hears = true;
    loop {
        match pipe.read(&mut piece) {
            Ok(0) => return,
            Ok(n) => hears = hears && to.send(piece[..n].to_vec()).is_ok(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

/// What comes next of what a process says.
enum Next {
    /// This.
    Piece(Vec<u8>),
    /// Nothing: nobody is left who could say something.
    Over,
    /// Nothing that belongs to it: it has ended, and what it left running may say what it likes.
    LeftRunning,
}

fn next(
    pieces: &Receiver<Vec<u8>>,
    ended: &mut Option<(ExitStatus, Instant)>,
    child: &mut Child,
    asks: &impl Fn(&mut Child) -> io::Result<Option<ExitStatus>>,
) -> io::Result<Next> {
    loop {
        let said = pieces.recv_timeout(SILENCE);
        let had_ended = ended.is_some();
        if ended.is_none() {
            *ended = asks(child)?.map(|status| (status, Instant::now()));
        }
        match said {
            // For as long as it likes.
            _ if ended.is_some_and(|(_, at)| at.elapsed() > DRAIN) => return Ok(Next::LeftRunning),
            Ok(piece) => return Ok(Next::Piece(piece)),
            Err(RecvTimeoutError::Disconnected) => return Ok(Next::Over),
            // It had ended, and what it left running says nothing.
            Err(RecvTimeoutError::Timeout) if had_ended => return Ok(Next::LeftRunning),
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

/// How much of this can be shown: not the beginning of a character, nor that of an escape sequence.
fn whole(bytes: &[u8]) -> usize {
    let mut end = bytes.len();
    if let Err(error) = std::str::from_utf8(bytes)
        && error.error_len().is_none()
    {
        end = error.valid_up_to();
    }
    let from = end.saturating_sub(SEQUENCE);
    let tail = &bytes[from..end];
    match tail.iter().rposition(|b| *b == 0x1b) {
        Some(at) if !is_closed(&tail[at..]) => from + at,
        _ => end,
    }
}

/// Whether an escape sequence that begins here ends here too.
fn is_closed(sequence: &[u8]) -> bool {
    match sequence.get(1) {
        None => false,
        Some(b'[') => sequence[2..].iter().any(|b| (0x40..0x7f).contains(b)),
        Some(b']' | b'P' | b'X' | b'^' | b'_') => sequence[2..].contains(&0x07),
        Some(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> (Said, String) {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        // What it leaves running holds nothing of the tests' own output.
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut shown = String::new();
        let said = caught(&mut command, |piece| shown.push_str(piece)).unwrap();
        (said, shown)
    }

    #[test]
    fn what_is_said_is_kept_and_shown_safe_at_whatever_place_it_was_cut() {
        let (said, shown) =
            shell("printf 'a\\033[3' >&2; printf '1mb\\303' >&2; printf '\\251\\n' >&2; exit 3");
        assert!(!said.ok);
        assert_eq!(said.text, "a\u{1b}[31mb\u{e9}");
        assert_eq!(shown, "ab\u{e9}\n");
    }

    #[test]
    fn what_it_leaves_running_is_not_waited_for() {
        let (said, _) = shell("echo done >&2; sleep 30 & exit 0");
        assert!(said.ok);
        assert_eq!(said.text, "done");
    }

    #[test]
    fn the_beginning_of_a_sequence_waits_for_its_end() {
        for (bytes, wanted) in [
            (&b"ab"[..], 2),
            (b"ab\x1b", 2),
            (b"ab\x1b[1;3", 2),
            (b"ab\x1b[1;3m", 8),
            (b"a\xc3", 1),
            (b"a\x1b]0;title", 1),
            (b"a\x1b]0;title\x07b", 12),
            (b"\xff\xfe", 2),
        ] {
            assert_eq!(whole(bytes), wanted, "{bytes:?}");
        }
    }
}
