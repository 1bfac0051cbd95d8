//! Room on the disk: what runs left, a limit for it, and what goes.

use super::BUILD;
use crate::support::drive::last;
use crate::support::project::{GATED, Project, WORKS, put, ran};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;

fn objects(out: &str) -> Vec<Value> {
    out.lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect()
}

#[test]
fn at_the_limit_no_run_starts_until_what_is_over_is_tidied_away() {
    let script = format!("{WORKS}; head -c 300000 /dev/zero > big.bin; ln big.bin twice.bin");
    let project = Project::new();
    project.put(".gitignore", "*.bin\n");
    let project = project
        .agent("build", &script)
        .settings("tree: { limit: 300KB }\n")
        .flow(BUILD);
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    let run = view.order.run.to_string();
    let shown = project.expect(0, &["status", &run]);
    assert!(shown.out.contains("disk"), "{}", shown.out);
    // Its tree is there, and nothing of it may go: it is not landed.
    let ran = project.expect(2, &["run", "T001", "--new"]);
    for told in ["nothing was started", "of the 292 KiB", "raise 'limit'"] {
        assert!(ran.err.contains(told), "{told}: {}", ran.err);
    }
    assert_eq!(project.runs().len(), 1);
    let sheet = project.expect(0, &["run", "T001", "--new", "--dry-run"]);
    assert!(sheet.out.contains("runs' trees take"), "{}", sheet.out);
    project.expect(0, &["land", &run]);
    // The landing took the tree with it.
    project.expect(0, &["run", "T001", "--new"]);
}

#[test]
fn the_limit_holds_where_nobody_can_say_what_may_go() {
    let script = format!("{WORKS}; head -c 300000 /dev/zero > big.bin");
    let project = Project::new();
    project.put(".gitignore", "*.bin\n");
    let project = project
        .agent("build", &script)
        .settings("tree: { limit: 250KB }\n")
        .flow(BUILD);
    project.expect(0, &["run", "T001"]);
    let run = last(&project).order.run.to_string();
    project.until(&run, |v| !v.supervised);
    // A git that can't say which trees there are.
    let own = "#!/bin/sh\ncase \"$*\" in *worktree*list*) echo broken >&2; exit 1;; esac\nPATH=${PATH#*:} exec git \"$@\"\n";
    let git = project.outside("bin/git");
    put(&git, own);
    std::fs::set_permissions(&git, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", project.outside("bin").display());
    let mut command = project.command(&["run", "T001", "--new"]);
    let ran = ran(&command.env("PATH", path).output().unwrap());
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    for told in ["nothing was started", "can't be listed"] {
        assert!(ran.err.contains(told), "{told}: {}", ran.err);
    }
    assert_eq!(project.runs().len(), 1);
}

#[test]
fn clean_says_what_everything_takes_and_counts_no_file_twice() {
    let script = format!("{WORKS}; head -c 300000 /dev/zero > big.bin; ln big.bin twice.bin");
    let project = Project::new();
    project.put(".gitignore", "*.bin\n");
    let project = project.agent("build", &script).flow(GATED);
    project.expect(6, &["run", "T001"]);
    let run = last(&project).order.run.to_string();
    let listed = objects(&project.expect(0, &["clean", "--json"]).out);
    let tree = listed.iter().find(|o| o["what"] == "tree").unwrap();
    let bytes = tree["bytes"].as_u64().unwrap();
    assert!((300_000..600_000).contains(&bytes), "{tree}");
    assert_eq!(
        (&tree["at_least"], &tree["may_go"]),
        (&false.into(), &false.into())
    );
    project.expect(0, &["cancel", &run]);
    let listed = project.expect(0, &["clean"]);
    assert!(listed.out.contains("in all "), "{}", listed.out);
    assert!(listed.out.contains("may go  tree"), "{}", listed.out);
    project.expect(0, &["clean", "--apply"]);
    assert!(!last(&project).order.tree.exists());
}

#[test]
fn temporary_folders_of_the_killed_are_swept_and_those_of_others_stay() {
    let project = Project::new().agent("build", WORKS).flow(BUILD);
    let tmp = project.outside("tmp");
    let (left, foreign) = (tmp.join("harness-0123456789ab"), tmp.join("harness-mine"));
    let old = std::time::SystemTime::now() - std::time::Duration::from_hours(2);
    for folder in [&left, &foreign] {
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join("x"), "x").unwrap();
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).unwrap();
        std::fs::File::open(folder)
            .unwrap()
            .set_modified(old)
            .unwrap();
    }
    let clean = |args: &[&str]| {
        let output = project.command(args).env("TMPDIR", &tmp).output().unwrap();
        crate::support::project::ran(&output)
    };
    let listed = clean(&["clean"]);
    assert!(
        listed.out.contains("may go  1 temporary folder"),
        "{}",
        listed.out
    );
    assert!(left.exists());
    let swept = clean(&["clean", "--apply"]);
    assert!(
        swept.out.contains("removed 1 temporary folder"),
        "{}",
        swept.out
    );
    assert!(!left.exists() && foreign.join("x").exists());
    // A run that ends leaves none.
    let ran = clean(&["run", "T001"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let names = std::fs::read_dir(&tmp).unwrap().flatten();
    let ours = names.filter(|e| e.file_name().to_string_lossy().starts_with("harness-"));
    assert_eq!(ours.count(), 1);
}
