//! Runs an invocation and reads it with its driver's reader, as a stage does.

use harness_tui::agents::{AgentEvent, Driver, Finished, Invocation, ProcessEnd};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// What came of one process.
#[derive(Debug)]
pub struct Ran {
    pub events: Vec<AgentEvent>,
    pub finished: Finished,
    pub end: ProcessEnd,
}

/// Starts it in `cwd`, feeds it, reads it to its end; ends its group at a fatal event. A process
/// that is silent for a minute and a half fails the test.
pub fn run(driver: &dyn Driver, invocation: &Invocation, cwd: &Path) -> Ran {
    for file in &invocation.files {
        std::fs::create_dir_all(file.path.parent().unwrap()).unwrap();
        let mut on_disk = std::fs::File::create(&file.path).unwrap();
        on_disk.write_all(&file.bytes).unwrap();
    }
    let mut child = Command::new(&invocation.argv[0])
        .args(&invocation.argv[1..])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .envs(&invocation.env)
        .current_dir(cwd)
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let prompt = invocation.stdin.clone();
    std::thread::spawn(move || {
        let _ = stdin.write_all(&prompt);
    });
    let (sender, lines) = mpsc::channel();
    let errors = sender.clone();
    let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    std::thread::spawn(move || pass(out, |line| sender.send((true, line)).is_ok()));
    std::thread::spawn(move || pass(err, |line| errors.send((false, line)).is_ok()));

    let mut reader = driver.reader();
    let mut events = Vec::new();
    loop {
        let (is_out, line) = match lines.recv_timeout(Duration::from_secs(90)) {
            Ok(line) => line,
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                end_group(child.id());
                panic!("silent; so far: {events:#?}");
            }
        };
        let new = if is_out {
            reader.line(&line)
        } else {
            reader.error_line(&line)
        };
        if new.iter().any(|e| matches!(e, AgentEvent::Fatal { .. })) {
            end_group(child.id());
        }
        events.extend(new);
    }
    let status = child.wait().unwrap();
    let end = match (status.code(), status.signal()) {
        (Some(code), _) => ProcessEnd::Exited(code),
        (None, signal) => ProcessEnd::Signalled(signal.unwrap()),
    };
    let finished = reader.finish(end);
    Ran {
        events,
        finished,
        end,
    }
}

fn pass(from: impl std::io::Read, mut to: impl FnMut(String) -> bool) {
    for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
        if !to(String::from_utf8_lossy(&line).into_owned()) {
            return;
        }
    }
}

fn end_group(id: u32) {
    let id = rustix::process::Pid::from_raw(i32::try_from(id).unwrap()).unwrap();
    let _ = rustix::process::kill_process_group(id, rustix::process::Signal::TERM);
}
