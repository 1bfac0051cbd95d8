//! Plays a recorded attempt inside a tree: prints its events, makes its changes, exits as it did.

use crate::agents::recording::{Act, MAX_BYTES, Recording};
use crate::agents::replay::Said;
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The exit code of a player that has nothing to play (`EX_CONFIG`).
pub const NOTHING_TO_PLAY: u8 = 78;

/// The longest single wait, whatever a recording says.
const LONGEST: Duration = Duration::from_mins(10);

/// Why a recording can't be played.
#[derive(Debug, thiserror::Error)]
pub enum CannotPlay {
    /// The file is not there or can't be read.
    #[error("the recording {} can't be read: {source}; record this attempt, or write the file", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file says something that is no recording.
    #[error("{}:{fault}", path.display())]
    Broken {
        /// Which.
        path: PathBuf,
        /// What and where.
        fault: crate::agents::recording::BadRecording,
    },
    /// A change could not be made.
    #[error("'{path}' can't be changed in the tree: {source}")]
    Change {
        /// The path in the tree.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// Nobody reads what it prints.
    #[error("the output is closed: {0}")]
    Closed(#[from] io::Error),
}

/// How fast: a factor on the recorded times; 0 is without waiting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace(f64);

impl Pace {
    /// From the value of `HARNESS_REPLAY_SPEED`: unset or not a number from 0 on is as it was.
    pub fn from_text(text: Option<&str>) -> Self {
        let speed = text.and_then(|text| text.trim().parse::<f64>().ok());
        Self(speed.filter(|s| s.is_finite() && *s >= 0.0).unwrap_or(1.0))
    }

    fn wait(self, recorded_ms: u64) -> Duration {
        if self.0 == 0.0 {
            return Duration::ZERO;
        }
        Duration::try_from_secs_f64(Duration::from_millis(recorded_ms).as_secs_f64() / self.0)
            .unwrap_or(LONGEST)
            .min(LONGEST)
    }
}

/// Plays the recording at `recording` in the tree at `tree` and says how it exited.
pub fn play(
    recording: &Path,
    tree: &Path,
    out: &mut dyn Write,
    pace: Pace,
) -> Result<u8, CannotPlay> {
    let played = read(recording, tree)?;
    let mut now = 0;
    for moment in played.moments {
        let pause = pace.wait(moment.at_ms.saturating_sub(now));
        now = now.max(moment.at_ms);
        if !pause.is_zero() {
            rest(pause);
        }
        let changed = |path: &crate::terms::RepoPath, done: io::Result<()>| {
            done.map_err(|source| CannotPlay::Change {
                path: path.to_string(),
                source,
            })
        };
        match moment.act {
            Act::Event(event) => say(out, &Said::Event(event))?,
            Act::Answer(answer) => say(out, &Said::Answer(answer))?,
            Act::Write(file) => {
                let content = file.content().unwrap_or_default();
                let path = file.path.as_str();
                changed(&file.path, put(tree, path, &content, file.executable))?;
            }
            Act::Delete(file) => changed(&file.path, remove(tree, file.path.as_str()))?,
            Act::Exit(exit) => return Ok(exit.code),
        }
    }
    Ok(0)
}

fn read(path: &Path, tree: &Path) -> Result<Recording, CannotPlay> {
    let unreadable = |source| CannotPlay::Unreadable {
        path: path.to_owned(),
        source,
    };
    let mut text = String::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(MAX_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(unreadable)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(unreadable(io::Error::other("it is over 64 MiB")));
    }
    Recording::parse(&text, &tree.to_string_lossy()).map_err(|fault| CannotPlay::Broken {
        path: path.to_owned(),
        fault,
    })
}

fn say(out: &mut dyn Write, said: &Said) -> io::Result<()> {
    let mut line = serde_json::to_vec(said)?;
    line.push(b'\n');
    out.write_all(&line)?;
    out.flush()
}

/// Waits for nothing but time; a signal ends the process, as it would an agent's.
fn rest(pause: Duration) {
    let (_alive, nothing) = std::sync::mpsc::channel::<()>();
    let _ = nothing.recv_timeout(pause);
}

/// The folder of `path` beneath the tree, no part of it a link, and the file's name. Folders that
/// are missing are made if `make`.
fn folder(tree: &Path, path: &str, make: bool) -> io::Result<(OwnedFd, String)> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut at = rustix::fs::openat(
        CWD,
        tree,
        OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
    )?;
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    for part in folders.split('/').filter(|part| !part.is_empty()) {
        if make {
            match rustix::fs::mkdirat(&at, part, Mode::from_raw_mode(0o777)) {
                Ok(()) | Err(rustix::io::Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
        }
        at = rustix::fs::openat(&at, part, flags, Mode::empty())?;
    }
    Ok((at, name.to_owned()))
}

fn put(tree: &Path, path: &str, content: &[u8], executable: bool) -> io::Result<()> {
    let (folder, name) = folder(tree, path, true)?;
    let flags =
        OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mode = Mode::from_raw_mode(if executable { 0o755 } else { 0o644 });
    let mut file = File::from(rustix::fs::openat(&folder, name.as_str(), flags, mode)?);
    rustix::fs::fchmod(&file, mode)?;
    file.write_all(content)
}

fn remove(tree: &Path, path: &str) -> io::Result<()> {
    let (folder, name) = folder(tree, path, false)?;
    Ok(rustix::fs::unlinkat(
        &folder,
        name.as_str(),
        AtFlags::empty(),
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::{AgentEvent, ProcessEnd, catalogue};

    fn scene(recording: &str) -> (tempfile::TempDir, PathBuf, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let (file, tree) = (dir.path().join("r.jsonl"), dir.path().join("tree"));
        std::fs::create_dir(&tree).unwrap();
        File::create(&file)
            .unwrap()
            .write_all(recording.as_bytes())
            .unwrap();
        (dir, file, tree)
    }

    #[test]
    fn events_files_and_exit_come_back() {
        let (_dir, file, tree) = scene(concat!(
            r#"{"at_ms":900000,"event":{"type":"text","text":"In {{tree}}."}}"#,
            "\n",
            r#"{"write":{"path":"src/run.sh","text":"x\n","executable":true}}"#,
            "\n",
            r#"{"write":{"path":"gone","text":""}}"#,
            "\n",
            r#"{"delete":{"path":"gone"}}"#,
            "\n",
            r#"{"exit":{"code":3}}"#,
        ));
        let mut out = Vec::new();
        let code = play(&file, &tree, &mut out, Pace::from_text(Some("0"))).unwrap();
        assert_eq!(code, 3);
        assert_eq!(std::fs::read(tree.join("src/run.sh")).unwrap(), b"x\n");
        assert!(!tree.join("gone").exists());
        let mut reader = catalogue::driver("replay").unwrap().reader();
        let events = reader.line(std::str::from_utf8(&out).unwrap().trim_end());
        let text = format!("In {}.", tree.display());
        assert_eq!(events, [AgentEvent::Text { text: text.clone() }]);
        assert_eq!(reader.finish(ProcessEnd::Exited(0)).answer, text);
    }

    #[test]
    fn a_link_does_not_lead_out_of_the_tree() {
        for path in ["link/x", "file-link"] {
            let line = format!("{{\"write\":{{\"path\":\"{path}\",\"text\":\"\"}}}}\n");
            let (dir, file, tree) = scene(&(line + r#"{"exit":{"code":0}}"#));
            std::os::unix::fs::symlink(dir.path(), tree.join("link")).unwrap();
            std::os::unix::fs::symlink(&file, tree.join("file-link")).unwrap();
            let done = play(&file, &tree, &mut Vec::new(), Pace::from_text(Some("0")));
            assert!(matches!(done, Err(CannotPlay::Change { .. })), "{done:?}");
            assert!(!dir.path().join("x").exists());
        }
    }

    #[test]
    fn a_missing_recording_is_named() {
        let (dir, _, tree) = scene("");
        let missing = dir.path().join("build.2.1.jsonl");
        let error = play(&missing, &tree, &mut Vec::new(), Pace::from_text(None)).unwrap_err();
        assert!(error.to_string().contains("build.2.1.jsonl"), "{error}");
    }

    #[test]
    fn pace_is_a_factor_and_bounded() {
        assert_eq!(
            Pace::from_text(Some("2")).wait(1000),
            Duration::from_millis(500)
        );
        assert_eq!(
            Pace::from_text(Some("x")).wait(1000),
            Duration::from_secs(1)
        );
        assert_eq!(Pace::from_text(Some("1e-300")).wait(1000), LONGEST);
        assert_eq!(Pace::from_text(Some("0")).wait(u64::MAX), Duration::ZERO);
    }
}
