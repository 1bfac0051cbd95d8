//! The agent's part of an attempt: its prompt, its start, its hold.

use super::Attempt;
use super::own::{self, Obtained, Own};
use crate::agents::recording::Recorder;
use crate::agents::{AgentEvent, Driver, Kept, Launch, ProcessEnd, Reader, catalogue};
use crate::engine::plan::{Produce, ProduceFrom, RoleWork, Work};
use crate::stage::ambient::Ambient;
use crate::stage::desk::{Desk, roots_with_caches};
use crate::stage::environ;
use crate::stage::ground;
use crate::stage::guard::Before;
use crate::stage::launch::Report;
use crate::stage::prompt::{self, Makings, Prompt};
use crate::stage::sandbox::Roots;
use crate::stage::setup::Placed;
use crate::stage::spec::{AttemptKind, AttemptSpec};
use crate::stage::timeline::Step;
use crate::stage::watch::raw::RawLog;
use crate::stage::watch::{self, Bounds, Heard, Held, Listener, Stream, Why};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The artifacts that are to stand in the answer: those the workflow wants there, and all of a
/// stage that may write nothing else while its agent's program can't open single paths.
pub(in crate::stage) fn by_answer(spec: &AttemptSpec) -> Vec<&Produce> {
    let Work::Role(role) = &spec.stage.work else {
        return Vec::new();
    };
    if matches!(spec.kind, AttemptKind::Recheck | AttemptKind::Taken) {
        // Nobody answers: they are where they were handed on.
        return Vec::new();
    }
    let closed = catalogue::driver(&role.agent.driver)
        .is_some_and(|d| !d.caps().write_one_path && !spec.stage.writes_beyond_artifacts());
    let produces = spec.stage.produces.iter();
    produces
        .filter(|p| p.from == ProduceFrom::Answer || closed)
        .collect()
}

/// Everything that is needed to start it.
struct Ready {
    argv: Vec<String>,
    env: BTreeMap<String, String>,
    stdin: Vec<u8>,
    roots: Roots,
    kept: Vec<Kept>,
}

impl Attempt<'_> {
    /// Asks the agent, and holds it until it is gone.
    pub(super) fn ask_agent(
        &mut self,
        desk: &mut Desk<'_>,
        role: &RoleWork,
        (before, _): &(Before, Placed),
    ) {
        let Some(driver) = catalogue::driver(&role.agent.driver) else {
            self.facts.refused = Some(format!(
                "no driver is named '{}'; see 'driver:' of the agent '{}' in harness.yaml",
                role.agent.driver, role.agent.name
            ));
            return;
        };
        let asked = self
            .make_prompt(desk, role, driver, before)
            .and_then(|(prompt, home)| self.make_ready(desk, role, driver, &prompt, &home));
        let ready = match asked {
            Ok(ready) => ready,
            Err(why) => {
                self.facts.refused = Some(why);
                return;
            }
        };
        let step = desk.log.start(Step::Agent, &role.agent.name);
        match self.hold(desk, driver, ready) {
            Ok(()) => {
                if let Some(finished) = self.finished.as_mut().filter(|_| role.agent.plan) {
                    finished.usage = finished.usage.on_plan();
                }
                let finished = self.finished.as_ref();
                let ok = finished.is_some_and(|f| f.failure.is_none());
                let detail = finished.map(|f| f.usage.to_string()).unwrap_or_default();
                desk.log.finish(step, ok, detail);
            }
            Err(e) => {
                desk.log.finish(step, false, e.to_string());
                self.facts.refused = Some(format!("the agent could not be started: {e}"));
            }
        }
    }

    fn make_prompt(
        &self,
        desk: &mut Desk<'_>,
        role: &RoleWork,
        driver: &dyn Driver,
        before: &Before,
    ) -> Result<(Prompt, PathBuf), String> {
        let step = desk.log.start(Step::Prompt, &role.role);
        // A conversation is gone on with where its configuration lies.
        let own = || desk.dir.join("home");
        let home = self.spec.agent_home.clone().unwrap_or_else(own);
        let made = std::fs::create_dir_all(&home)
            .map_err(|e| format!("{}: {e}", home.display()))
            .and_then(|()| {
                // What the driver brings back is told before the prompt it is given is whole.
                let loaded = self.invocation(desk, role, driver, "", &home)?.loaded;
                let makings = Makings {
                    role,
                    by_answer: &by_answer(self.spec),
                    tree: before.base(),
                    loaded: &loaded,
                };
                prompt::make(desk, &makings).map_err(|e| e.to_string())
            })
            .and_then(|prompt| {
                desk.keep("prompt.md", &prompt::document(&prompt))
                    .map_err(|e| format!("prompt.md: {e}"))?;
                Ok(prompt)
            });
        match &made {
            Ok(prompt) => desk
                .log
                .finish(step, true, format!("{} bytes", prompt.text.len())),
            Err(why) => desk.log.finish(step, false, why.clone()),
        }
        made.map(|prompt| (prompt, home))
    }

    fn invocation(
        &self,
        desk: &Desk<'_>,
        role: &RoleWork,
        driver: &dyn Driver,
        prompt: &str,
        home: &Path,
    ) -> Result<crate::agents::Invocation, String> {
        with_launch(self.spec, &desk.user_env, role, (prompt, home), |launch| {
            driver.invocation(launch)
        })?
        .map_err(|e| e.to_string())
    }

    fn make_ready(
        &self,
        desk: &Desk<'_>,
        role: &RoleWork,
        driver: &dyn Driver,
        prompt: &Prompt,
        home: &Path,
    ) -> Result<Ready, String> {
        let invocation = self.invocation(desk, role, driver, &prompt.text, home)?;
        ground::put_files(&invocation.files, home)?;
        let env = environ::with_drivers(&desk.env, invocation.env);
        let mut roots = roots(self.spec, &desk.user_env, &desk.scratch)?;
        roots.write.push(home.to_owned());
        roots.write.extend(invocation.writable);
        roots.kept = own::closed(&invocation.kept);
        Ok(Ready {
            argv: invocation.argv,
            env,
            stdin: invocation.stdin,
            roots,
            kept: invocation.kept,
        })
    }

    fn hold(
        &mut self,
        desk: &mut Desk<'_>,
        driver: &dyn Driver,
        ready: Ready,
    ) -> std::io::Result<()> {
        let limits = self.spec.stage.limits;
        let own = Own::look(&ready.kept, &ready.roots);
        let (child, report) =
            desk.launch(&ready.argv, &ready.env, &self.spec.tree, Some(ready.roots))?;
        let bounds = Bounds {
            idle: Some(Duration::from_secs(limits.idle_secs)),
            after_result: Duration::from_secs(limits.after_result_secs),
            ..desk.bounds(Duration::from_secs(limits.timeout_secs))
        };
        let redactor = desk.log.redactor().clone();
        let mut raw = RawLog::create(&desk.dir.join("raw.log"), limits.output_bytes, &redactor)?;
        let mut reader = driver.reader();
        let mut hearing = Hearing {
            reader: reader.as_mut(),
            desk,
            recorder: &mut self.recorder,
        };
        let held = watch::hold(child, ready.stdin, &bounds, &mut raw, &mut hearing)?;
        raw.finish();
        desk.log.tell_left_out();
        let said = Report::read(&report);
        let _ = std::fs::remove_file(&report);
        self.confined = said.confined && !said.open;
        self.sandbox = said.sandbox;
        let obtained = Obtained {
            confined: said.confined,
            closed: said.closed,
        };
        let meddled = own.compare(obtained, desk.dir);
        desk.notes.extend(meddled.notes);
        self.facts.meddled = meddled.tampering;
        if let Some(error) = said.error {
            self.facts.refused = Some(error);
            return Ok(());
        }
        Self::note(desk, &held);
        // Who was ended after its result did end well by its own account.
        let end = match held.why {
            Why::Lingered => ProcessEnd::Exited(0),
            _ => held.end,
        };
        let finished = reader.finish(end);
        self.facts.why = Some(held.why);
        self.facts.end = Some(held.end);
        self.facts.failure.clone_from(&finished.failure);
        self.finished = Some(finished);
        Ok(())
    }

    fn note(desk: &mut Desk<'_>, held: &Held) {
        if held.slept {
            desk.notes
                .push("the machine slept meanwhile; the idle time began anew".to_owned());
        }
        if held.why == Why::Lingered {
            desk.notes
                .push("it had reported its result and did not leave; it was ended".to_owned());
        }
        if held.left > 0 {
            let words = format!("{} processes were left running", held.left);
            let step = desk.log.start(Step::Sweep, &words);
            desk.log.finish(step, true, "ended");
            desk.notes.push(format!("{words}, and ended"));
        }
    }
}

/// The order to start the attempt's agent, with what its profile brings back.
pub(in crate::stage) fn with_launch<T>(
    spec: &AttemptSpec,
    user_env: &BTreeMap<String, String>,
    role: &RoleWork,
    (prompt, home): (&str, &Path),
    give: impl FnOnce(&Launch<'_>) -> T,
) -> Result<T, String> {
    let ambient = Ambient::of(&spec.home, user_env);
    let profile = &spec.stage.profile;
    let brought = match &spec.brought {
        Some(trusted) => ambient.trusted(profile, trusted),
        None => ambient.brought(profile),
    };
    let brought = brought.map_err(|e| e.to_string())?;
    let in_answer = by_answer(spec);
    let produces = spec.stage.produces.iter();
    let artifacts: Vec<PathBuf> = produces
        .filter(|p| !in_answer.iter().any(|a| a.name == p.name))
        .map(|p| p.path.under(&spec.tree))
        .collect();
    Ok(give(&Launch {
        agent: &role.agent,
        profile,
        writes: spec.stage.writes_beyond_artifacts(),
        artifacts: &artifacts,
        prompt,
        cwd: &spec.tree,
        agent_home: home,
        brought: &brought,
        session: &spec.session,
        attempt: &spec.attempt,
        user_env,
    }))
}

/// Where the agent may write: the tree if it changes it or has a shell to work with, else only
/// the folders of its artifacts.
pub(in crate::stage) fn roots(
    spec: &AttemptSpec,
    user_env: &BTreeMap<String, String>,
    scratch: &Path,
) -> Result<Roots, String> {
    let stage = &spec.stage;
    let shell = stage.profile.tools.iter().any(|t| t == "shell");
    if shell {
        return Ok(roots_with_caches(user_env, scratch, &spec.tree));
    }
    let mut write = Vec::new();
    if stage.writes_beyond_artifacts() {
        write.push(spec.tree.clone());
    } else {
        for produce in &stage.produces {
            let path = produce.path.under(&spec.tree);
            let folder = path.parent().unwrap_or(&spec.tree);
            std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
            write.push(folder.to_owned());
        }
    }
    Ok(Roots {
        write,
        scratch: vec![scratch.to_owned()],
        ..Roots::default()
    })
}

/// Where an agent is heard: its lines become events, and those the timeline, until that is full.
struct Hearing<'a, 'd> {
    reader: &'a mut dyn Reader,
    desk: &'a mut Desk<'d>,
    recorder: &'a mut Option<Recorder>,
}

impl Listener for Hearing<'_, '_> {
    fn line(&mut self, stream: Stream, line: &str) -> Heard {
        let events = match stream {
            Stream::Out => self.reader.line(line),
            Stream::Err => self.reader.error_line(line),
        };
        let heard = meaning(&events);
        for mut event in events {
            event.tell_from(&self.desk.spec.tree);
            if let Some(recorder) = self.recorder {
                recorder.event(self.desk.log.elapsed_ms(), event.clone());
            }
            self.desk.log.agent(event);
        }
        heard
    }

    fn skims(&self, _: Stream) -> bool {
        self.desk.log.is_full()
    }

    fn skim(&mut self, stream: Stream, lines: &[u8]) -> Heard {
        self.desk.log.leave_out(lines);
        let events = match stream {
            Stream::Out => self.reader.skim(lines),
            Stream::Err => self.reader.skim_errors(lines),
        };
        let heard = meaning(&events);
        if let Some(recorder) = self.recorder {
            for event in events {
                recorder.event(self.desk.log.elapsed_ms(), event);
            }
        }
        heard
    }
}

/// What these events mean to whoever holds the process.
fn meaning(events: &[AgentEvent]) -> Heard {
    let any = |is: fn(&AgentEvent) -> bool| events.iter().any(is);
    if any(|e| matches!(e, AgentEvent::Fatal { .. })) {
        Heard::Fatal
    } else if any(|e| matches!(e, AgentEvent::ResultReported)) {
        Heard::Result
    } else {
        Heard::Nothing
    }
}
