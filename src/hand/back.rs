//! Handing a stage back.

use super::take::until_ready;
use crate::engine::Person;
use crate::engine::event::Attempted;
use crate::records::runs::RunView;
use crate::stage::lent::{self, Back, How};
use crate::store::fs::Disk;
use crate::store::lock::{is_held, read_note};
use crate::store::watch::Watch;
use crate::supervisor::start;
use crate::terms::AttemptId;
use std::time::{Duration, Instant};

/// How often it is looked although nothing signalled.
const TICK: Duration = Duration::from_millis(500);
/// How long a new supervisor may take before another one is started.
const STARTING: Duration = Duration::from_secs(3);

/// Hands back the stage that is taken, whoever took it. Gives the attempt that is judged now. While
/// somebody is at work there it is theirs; `own`: that is this process.
pub fn hand_back(
    view: &mut RunView,
    how: How,
    by: &Person,
    own: bool,
) -> Result<AttemptId, String> {
    if let Some(mark) = crate::process::inside_attempt() {
        return Err(format!(
            "it is a person's to hand back, and this runs inside an attempt ({mark})"
        ));
    }
    let Some(taken) = &view.run.taken else {
        return Err("nobody has taken anything of it over".to_owned());
    };
    let stage = taken.stage.clone();
    let attempt = until_ready(view, &stage, None)?;
    let dir = view.attempt_dir(&attempt);
    if !own && is_held(&dir.hand()).unwrap_or(false) {
        let who = read_note(&dir.hand());
        return Err(format!("{} is at work there", who.trim()));
    }
    let back = Back {
        how,
        by: by.clone(),
    };
    lent::hand_back(&Disk, &dir, &back).map_err(|e| e.to_string())?;
    Ok(attempt)
}

/// Waits until what was handed back is judged; what it came to.
pub fn judged(view: &mut RunView, attempt: &AttemptId) -> Result<Attempted, String> {
    let mut watch = Watch::new([
        view.dirs.path().to_owned(),
        view.attempt_dir(attempt).path().to_owned(),
    ]);
    let mut woken = Instant::now();
    loop {
        view.follow().map_err(|e| e.to_string())?;
        let record = view.run.record(&attempt.stage);
        let known = record.and_then(|r| r.attempts.iter().find(|a| a.id == *attempt));
        if let Some(result) = known.and_then(|a| a.result.clone()) {
            return Ok(result);
        }
        if !view.supervised && woken.elapsed() > STARTING {
            start::wake(view.dirs.path(), &view.order.home).map_err(|e| e.to_string())?;
            woken = Instant::now();
        }
        watch.wait(TICK);
    }
}
