//! Repositories that git keeps in other ways: other hashes, other files of refs, other indexes,
//! settings that say what counts as a change.

use super::BUILD;
use super::kinds::{changed, did_its_work, lands_in, passes_in};
use crate::support::drive::{git_in, on_branch};
use crate::support::project::{Project, WORKS};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

fn project() -> Project {
    let project = Project::new().agent("build", WORKS);
    project.put("src/a.txt", "a\n");
    project.flow(BUILD)
}

/// The same files in a repository that was made with these arguments; `None`: this git can't.
fn made_with(project: &Project, name: &str, args: &[&str]) -> Option<PathBuf> {
    let home = project.outside(name);
    let made = Command::new("git")
        .args(["init", "-q", "-b", "main"])
        .args(args)
        .arg(&home)
        .output();
    if !made.unwrap().status.success() {
        println!("this git can't {args:?}: left out");
        return None;
    }
    for path in ["harness", "src", "page.txt"] {
        let copied = Command::new("cp")
            .arg("-r")
            .arg(project.home().join(path))
            .arg(&home)
            .status();
        assert!(copied.unwrap().success());
    }
    for args in [
        &["config", "user.name", "Ada"][..],
        &["config", "user.email", "ada@example.org"],
        &["add", "-A"],
        &["commit", "-qm", "first"],
    ] {
        git_in(&home, args);
    }
    Some(home)
}

#[test]
fn other_hashes_and_other_files_of_refs() {
    let project = project();
    for (name, args) in [
        ("sha256", &["--object-format=sha256"][..]),
        ("reftable", &["--ref-format=reftable"]),
    ] {
        let Some(home) = made_with(&project, name, args) else {
            continue;
        };
        let view = passes_in(&project, &home, name);
        did_its_work(&view, name);
        lands_in(&project, &view, name);
    }
}

/// Settings of the index, each with what is done to have an index of that kind.
const INDEXES: [(&str, &str, &str); 7] = [
    ("core.splitIndex", "true", "update-index --split-index"),
    (
        "core.untrackedCache",
        "true",
        "update-index --untracked-cache",
    ),
    ("index.version", "4", "update-index --index-version 4"),
    ("index.skipHash", "true", "update-index --force-write-index"),
    ("feature.manyFiles", "true", "status"),
    ("core.checkStat", "minimal", "status"),
    ("core.trustctime", "false", "status"),
];

#[test]
fn every_kind_of_index_is_read_and_left_as_it_is() {
    let project = project();
    for (key, value, made) in INDEXES {
        project.git(&["config", key, value]);
        project.git(&made.split(' ').collect::<Vec<_>>());
        let view = passes_in(&project, &project.home(), key);
        did_its_work(&view, key);
        lands_in(&project, &view, key);
        project.put("page.txt", "light\n");
        project.git(&["commit", "-qam", "light again"]);
        project.git(&["config", "--unset", key]);
    }
}

#[test]
fn a_monitor_of_the_file_system_is_not_started_and_stale_marks_hide_nothing() {
    let project = project();
    let (hook, mark) = (project.outside("monitor.sh"), project.outside("ran"));
    std::fs::write(&hook, format!("#!/bin/sh\ntouch '{}'\n", mark.display())).unwrap();
    std::fs::set_permissions(&hook, PermissionsExt::from_mode(0o755)).unwrap();
    project.git(&["config", "core.fsmonitor", hook.to_str().unwrap()]);
    // Every file that is checked out is taken to be unchanged.
    project.git(&["config", "core.ignoreStat", "true"]);
    let view = passes_in(&project, &project.home(), "monitor");
    did_its_work(&view, "monitor");
    assert!(!mark.exists(), "the monitor was started");
}

#[test]
fn modes_links_and_letters_count_as_the_settings_say() {
    let script = "cat >/dev/null; echo dark >> page.txt; chmod +x src/a.txt
        ln -sf ../page.txt src/link; echo other > src/A.txt; rm src/b.txt";
    let project = Project::new().agent("build", script);
    project.put("src/a.txt", "a\n");
    project.put("src/b.txt", "b\n");
    std::os::unix::fs::symlink("b.txt", project.home().join("src/link")).unwrap();
    let project = project.flow(BUILD);
    project.git(&["config", "core.fileMode", "false"]);
    project.git(&["config", "core.ignoreCase", "true"]);
    let view = passes_in(&project, &project.home(), "modes");
    // With this setting a name that differs in its letters' case alone is no other name to git.
    let told = ["page.txt", "src/b.txt", "src/link"];
    assert_eq!(changed(&view), told);
    assert_eq!(on_branch(&view, "src/a.txt").unwrap(), "a\n");
    let listed = project.git(&["ls-tree", &view.order.branch, "src/"]);
    assert!(listed.contains("120000"), "{listed}");
    assert!(!listed.contains("100755"), "{listed}");
}

#[test]
fn names_that_are_not_utf_8_are_kept_handed_on_and_put_back() {
    let named = |byte: u8| [b"src/".as_slice(), &[byte], b".txt"].concat();
    let script = r#"cat >/dev/null; echo dark >> page.txt
        a=$(printf 'src/\377.txt'); b=$(printf 'src/\376.txt'); c=$(printf 'docs/\375.txt')
        echo more >> "$a"; echo new > "$b"; "#;
    for (beyond, code) in [("", 0), ("echo mine > \"$c\"; echo mine > docs/d*.txt", 3)] {
        let project = Project::new().agent("build", &format!("{script}{beyond}"));
        let put = |name: &[u8]| {
            let path = project.home().join(OsStr::from_bytes(name));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "as it was\n").unwrap();
        };
        put(&named(0xff));
        put(b"docs/d\xfc.txt");
        let stages =
            "  - { id: build, name: Build, role: build, writes: [page.txt, \"src/**\"] }\n";
        let project = project.flow(stages);
        let view = super::kinds::run_in(&project, &project.home(), code, "names");
        let tree = &view.order.tree;
        if code == 0 {
            let names = project.git(&["diff", "--name-only", "main", &view.order.branch]);
            assert_eq!(names, "page.txt\n\"src/\\376.txt\"\n\"src/\\377.txt\"");
        } else {
            let kept = std::fs::read(tree.join(OsStr::from_bytes(b"docs/d\xfc.txt")));
            assert_eq!(kept.unwrap(), b"as it was\n");
            assert!(!tree.join(OsStr::from_bytes(b"docs/\xfd.txt")).exists());
            let left = std::fs::read(tree.join(OsStr::from_bytes(&named(0xfe))));
            assert_eq!(left.unwrap(), b"new\n");
        }
    }
}
