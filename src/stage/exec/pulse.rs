//! The sign of life of an attempt: its lock file is touched while its process lives, so that of one that
//! was lost it is known how long it was at work.

use std::fs::File;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, SystemTime};

/// How often.
const BEAT: Duration = Duration::from_secs(5);

/// Touches this file until what it returns is dropped. Where that can't be done, less is known of an
/// attempt that is lost, and nothing else is amiss.
pub(super) fn beat(path: &Path) -> Option<Sender<()>> {
    let file = File::options().write(true).open(path).ok()?;
    let (stop, stopped) = channel::<()>();
    std::thread::Builder::new()
        .name("pulse".to_owned())
        .spawn(move || {
            while stopped.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) {
                let _ = file.set_modified(SystemTime::now());
            }
        })
        .ok()?;
    Some(stop)
}
