//! A disk that fills up under a run.

use crate::bench::Bench;
use crate::support::project::Project;
use harness_tui::documents::run_state::RunStateDoc;
use harness_tui::terms::RunState;
use std::path::Path;
use std::process::Command;

/// A small file system of its own; unmounted when this goes.
struct Small(tempfile::TempDir);

impl Small {
    fn mount() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=12m", "tmpfs"])
            .arg(dir.path())
            .status();
        mounted.is_ok_and(|s| s.success()).then_some(Self(dir))
    }

    fn fill(&self) {
        // Everything that is left, in large pieces and then in small ones.
        for size in [1 << 20, 1 << 16, 1 << 12] {
            for n in 0.. {
                let path = self.0.path().join(format!("filler.{size}.{n}"));
                if std::fs::write(&path, vec![1; size]).is_err() {
                    break;
                }
            }
        }
    }

    fn free(&self) {
        for entry in std::fs::read_dir(self.0.path()).unwrap() {
            let path = entry.unwrap().path();
            if path
                .file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with("filler.")
            {
                std::fs::remove_file(path).unwrap();
            }
        }
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

fn valid(path: &Path) -> RunState {
    RunStateDoc::parse(std::fs::read(path).unwrap())
        .read()
        .status
        .expect("a valid run-state.md")
}

#[test]
fn a_full_disk_stops_the_run_with_its_reason_and_it_goes_on_when_there_is_room() {
    let Some(small) = Small::mount() else {
        eprintln!("SKIPPED: a small file system can't be mounted here (it takes root)");
        return;
    };
    let place = tempfile::tempdir_in(small.0.path()).unwrap();
    let bench = Bench::new(Project::within(place), crate::bench::SHORT);
    // None is even started where there is no room for it.
    small.fill();
    let refused = bench.project.expect(2, &["run", "T001"]);
    assert!(
        refused.err.contains("nothing was started: the disk that"),
        "{}",
        refused.err
    );
    assert!(bench.project.runs().is_empty());
    small.free();
    bench.hold("build");
    let run = bench.project.detach();
    bench.until_held("build");
    small.fill();
    bench.let_go("build");
    bench.no_supervisor(&run);
    let view = bench.project.view(&run);
    assert!(!view.supervised);
    assert_eq!(view.state(), RunState::Paused, "{:?}", view.run.notes);
    assert!(
        view.run
            .notes
            .iter()
            .any(|(_, n)| n.contains("disk is full")),
        "{:?}",
        view.run.notes
    );
    valid(&bench.run_state(&view));
    let still = bench.project.run(&["resume", &run]);
    bench.no_supervisor(&run);
    assert_ne!(
        bench.project.view(&run).state(),
        RunState::Completed,
        "{}",
        still.err
    );
    small.free();
    bench.project.expect(0, &["resume", &run, "--follow"]);
    bench.no_supervisor(&run);
    let view = bench.project.view(&run);
    assert_eq!(view.state(), RunState::Completed);
    assert_eq!(valid(&bench.run_state(&view)), RunState::Completed);
    assert_eq!(bench.done()["spec"], 1);
    bench.audit(&run, 2);
}
