//! Where a partner lives: its folders, its environment, what it may write.

use super::{Order, cannot};
use crate::agents::{CannotStart, Invocation};
use crate::engine::plan::Sandbox;
use crate::process::Tag;
use crate::stage::exec::closed_of;
use crate::stage::launch::{self, Program};
use crate::stage::redact::Redactor;
use crate::stage::sandbox::Roots;
use crate::stage::scratch::Scratch;
use crate::stage::watch::raw::RawLog;
use crate::stage::{environ, ground};
use crate::store::secret::Secret;
use crate::store::user::UserDir;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Child;

/// How much of what one process printed is kept, in bytes, and how long the log may be when another
/// begins; a longer one is begun anew.
const LOG: u64 = 8 * 1024 * 1024;

/// The folder in the dialogue's own where the agent may keep notes, where the person allows it.
pub(in crate::dialogue) const NOTES: &str = "notes";

/// The place of one partner. It goes with what was started in it.
pub(super) struct Place {
    /// The repository.
    pub cwd: PathBuf,
    /// The dialogue's folder.
    dir: PathBuf,
    /// Where the agent's own configuration and sessions are.
    pub home: PathBuf,
    scratch: Scratch,
    tag: Tag,
    env: BTreeMap<String, String>,
    redactor: Redactor,
    required: bool,
}

impl Place {
    /// Makes the place ready. Whatever an earlier partner of this dialogue left running is ended.
    pub(super) fn of(order: &Order) -> Result<Self, CannotStart> {
        // What can't be ended is another user's, and does no harm here.
        let _ = Tag::dialogues().within(&order.dir).sweep(&[]);
        let home = order.dir.join("home");
        std::fs::create_dir_all(&home)
            .map_err(|e| cannot(format!("{} can't be made: {e}", home.display())))?;
        let notes = order.dir.join(NOTES);
        std::fs::create_dir_all(&notes)
            .map_err(|e| cannot(format!("{} can't be made: {e}", notes.display())))?;
        let scratch = Scratch::make()
            .map_err(|e| cannot(format!("a temporary folder can't be made: {e}")))?;
        let tag = Tag::dialogue(uuid::Uuid::new_v4()).within(&order.dir);
        let user = &order.user_env;
        Ok(Self {
            cwd: order.cwd.clone(),
            dir: order.dir.clone(),
            home,
            env: environ::allowed(&order.profile.env, user, scratch.path(), &tag),
            scratch,
            tag,
            redactor: Redactor::of(user.iter().map(|(n, v)| (n.as_str(), v.as_str()))),
            required: order.profile.sandbox == Sandbox::Required,
        })
    }

    /// Starts a program here, and says where its launcher reports. It is confined to its own folders
    /// whatever its profile says: a dialogue writes nothing in the repository. It lives as long as the
    /// thread that calls this.
    pub(super) fn launch(&self, invocation: &Invocation) -> io::Result<(Child, PathBuf)> {
        ground::put_files(&invocation.files, &self.home).map_err(io::Error::other)?;
        let report = format!("launch-{}.json", uuid::Uuid::new_v4().simple());
        let report = self.dir.join(report);
        let mut write = vec![self.home.clone(), self.dir.join(NOTES)];
        write.extend_from_slice(&invocation.writable);
        let order = launch::Order {
            parent: i32::try_from(std::process::id()).unwrap_or(0),
            report: report.clone(),
            confine: Some(Roots {
                write,
                kept: closed_of(&invocation.kept),
                scratch: vec![self.scratch.path().to_owned()],
                hidden: Secret::to_hide(UserDir::find()).into_iter().collect(),
                ..Roots::default()
            }),
            required: self.required,
        };
        let program = Program {
            argv: &invocation.argv,
            env: &environ::with_drivers(&self.env, invocation.env.clone()),
            cwd: &self.cwd,
        };
        launch::spawn(&program, &order).map(|child| (child, report))
    }

    /// Ends whatever was started here, but for one process that the caller will wait for.
    pub(super) fn sweep(&self, except: &[u32]) {
        // What is left over another sweep finds, at the next beginning at the latest.
        let _ = self.tag.sweep(except);
    }

    /// The log of what a process here prints: its beginning and its end, without secrets. Where it
    /// can't be written nothing is kept.
    pub(super) fn log(&self) -> RawLog<'_> {
        let path = self.dir.join("agent.log");
        make_room(&path);
        RawLog::create(&path, LOG, &self.redactor)
            .unwrap_or_else(|_| RawLog::nowhere(&self.redactor))
    }
}

fn make_room(log: &Path) {
    if std::fs::metadata(log).is_ok_and(|meta| meta.len() > LOG) {
        let _ = std::fs::remove_file(log);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.sweep(&[]);
        self.scratch.clear();
    }
}
