//! `init --upgrade`: newer shipped files, merged into what people made of the earlier ones.

use crate::support::{Said, git, objects, program, put, repository};
use crate::world::{check, contents};
use harness_tui::terms::Digest;
use std::path::Path;
use tempfile::TempDir;

const ROLE: &str = "harness/roles/build.md";
const NAME: &str = "roles/build.md";
const NEWER: &str = include_str!("../../builtin/roles/build.md");
/// A line that the earlier version of the role does not have.
const NEW_LINE: &str = "- Follow the plan slice by slice.";
const OTHER: &str = "# Builder";

fn text(dir: &TempDir, path: &str) -> String {
    std::fs::read_to_string(dir.path().join(path)).unwrap()
}

fn write(dir: &TempDir, path: &str, text: &str) {
    put(dir.path(), path, text);
}

fn commit(dir: &Path) {
    git(dir, &["add", "-A"]);
    git(dir, &["commit", "-q", "--allow-empty", "-m", "more"]);
}

/// Where the harness of a person lies who keeps it to themselves, from the checkout.
const OWN: &str = ".git/harness/private";

/// A role of an earlier version.
fn old_role() -> String {
    let lines = NEWER.split_inclusive('\n');
    lines.filter(|line| !line.starts_with(NEW_LINE)).collect()
}

/// What was written below this folder becomes what an earlier version wrote: the role one line
/// shorter.
fn make_older(dir: &TempDir, root: &str) {
    let old = old_role();
    assert_ne!(old, NEWER);
    write(dir, &format!("{root}{ROLE}"), &old);
    let list = format!("{root}harness/.shipped.json");
    let mut shipped: serde_json::Value = serde_json::from_str(&text(dir, &list)).unwrap();
    assert_eq!(shipped["files"][NAME], Digest::of(NEWER).to_string());
    shipped["files"][NAME] = Digest::of(&old).to_string().into();
    if shipped["texts"][NAME].is_string() {
        shipped["texts"][NAME] = old.into();
    }
    write(dir, &list, &shipped.to_string());
}

/// A repository in which an earlier version wrote the role, one line shorter, and committed it.
fn earlier() -> (TempDir, String) {
    let dir = repository(&[]);
    assert_eq!(program(dir.path(), &["init"]).code, 0);
    make_older(&dir, "");
    commit(dir.path());
    (dir, old_role())
}

fn upgrade(dir: &TempDir, more: &[&str]) -> Said {
    let mut args = vec!["init", "--upgrade"];
    args.extend(more);
    program(dir.path(), &args)
}

fn nothing_newer(dir: &TempDir) {
    let before = contents(dir.path());
    let said = upgrade(dir, &["--apply"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert!(said.out.contains("Up to date"), "{}", said.out);
    assert_eq!(contents(dir.path()), before);
}

#[test]
fn what_nobody_edited_becomes_what_is_shipped_now_when_a_person_says_so() {
    let (dir, old) = earlier();
    let said = upgrade(&dir, &[]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains(&format!("+{NEW_LINE}")), "{}", said.out);
    assert!(said.out.contains("--apply writes them"), "{}", said.out);
    assert_eq!(text(&dir, ROLE), old, "shown, not done");
    let said = upgrade(&dir, &["--apply"]);
    assert!(said.out.contains("wrote 1 file"), "{}", said.out);
    assert_eq!(text(&dir, ROLE), NEWER);
    nothing_newer(&dir);
    check(dir.path(), &[]);
}

#[test]
fn an_edited_role_keeps_its_edits_and_gets_what_is_newer_and_so_again() {
    let (dir, old) = earlier();
    let edited = old.replace(OTHER, "# Builder of ours");
    write(&dir, ROLE, &edited);
    let said = upgrade(&dir, &["--apply", "--json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let told = objects(&said);
    assert!(
        told.iter()
            .any(|l| l["becomes"] == "merged" && l["path"] == ROLE),
        "{told:?}"
    );
    assert_eq!(text(&dir, ROLE), NEWER.replace(OTHER, "# Builder of ours"));
    commit(dir.path());
    nothing_newer(&dir);
    // What was merged can be merged into again: the earlier text is kept.
    let shipped = text(&dir, "harness/.shipped.json");
    assert!(
        shipped.contains("carry out the implementation plan"),
        "{shipped}"
    );
}

#[test]
fn one_place_that_both_changed_is_named_and_nothing_is_written_until_it_is_settled() {
    let (dir, old) = earlier();
    let at = NEWER.lines().position(|l| l.starts_with(NEW_LINE)).unwrap();
    let mut lines: Vec<&str> = old.lines().collect();
    lines.insert(at, "- Follow nobody.");
    let edited = lines.join("\n") + "\n";
    write(&dir, ROLE, &edited);
    let before = contents(dir.path());
    for more in [&[][..], &["--apply"]] {
        let said = upgrade(&dir, more);
        assert_eq!(said.code, 1, "{}", said.out);
        assert!(
            said.out.contains(&format!("line {}", at + 1)),
            "{}",
            said.out
        );
        assert!(said.out.contains(&format!("--keep {ROLE}")), "{}", said.out);
        assert_eq!(contents(dir.path()), before);
    }
    let said = upgrade(&dir, &["--keep", ROLE]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert_eq!(text(&dir, ROLE), edited);
    nothing_newer(&dir);
    let said = upgrade(&dir, &["--keep", "src/none.md"]);
    assert_eq!(said.code, 2, "{}", said.out);
}

#[test]
fn what_is_not_known_is_said_and_left() {
    let (dir, old) = earlier();
    let edited = old.replace(OTHER, "# Builder of ours");
    write(&dir, ROLE, &edited);
    std::fs::remove_file(dir.path().join("harness/.shipped.json")).unwrap();
    let said = upgrade(&dir, &["--apply"]);
    assert_eq!(said.code, 1);
    let why = "what was shipped here before is not written down";
    assert!(said.out.contains(why), "{}", said.out);
    assert!(!said.out.contains("was edited"), "{}", said.out);
    assert_eq!(text(&dir, ROLE), edited);
    write(&dir, "harness/.shipped.json", "{ broken");
    let said = upgrade(&dir, &["--apply"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("harness/.shipped.json"), "{}", said.err);
    // `init` itself goes on, and leaves what it can't read.
    assert_eq!(program(dir.path(), &["init"]).code, 0);
    assert_eq!(text(&dir, "harness/.shipped.json"), "{ broken");
}

#[test]
fn a_link_is_neither_followed_nor_replaced() {
    let (dir, old) = earlier();
    let elsewhere = tempfile::tempdir().unwrap();
    put(elsewhere.path(), "build.md", &old);
    std::fs::remove_file(dir.path().join(ROLE)).unwrap();
    std::os::unix::fs::symlink(elsewhere.path().join("build.md"), dir.path().join(ROLE)).unwrap();
    upgrade(&dir, &["--apply"]);
    let kept = std::fs::read_to_string(elsewhere.path().join("build.md")).unwrap();
    assert_eq!(kept, old);
    assert!(dir.path().join(ROLE).is_symlink());
}

#[test]
fn where_there_is_no_harness_there_is_nothing_to_upgrade() {
    let dir = repository(&[]);
    let said = upgrade(&dir, &[]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("harness-tui init"), "{}", said.err);
}

#[test]
fn what_init_wrote_is_not_older_than_itself_whatever_layout_it_fits() {
    for (fixture, args) in [
        ("prose", &[][..]),
        ("spec_kit", &[]),
        ("foreign", &[]),
        ("foreign", &["--project", "src"]),
    ] {
        let dir = crate::world::of(fixture);
        put(
            dir.path(),
            "src/package.json",
            r#"{"scripts":{"test":"node --test"}}"#,
        );
        put(dir.path(), ".husky/pre-commit", "npm run lint\n");
        let mut init = vec!["init"];
        init.extend(args);
        assert_eq!(program(dir.path(), &init).code, 0);
        init.push("--upgrade");
        let said = program(dir.path(), &init);
        assert!(said.out.contains("Up to date"), "{fixture}: {}", said.out);
    }
}

#[test]
fn a_private_harness_is_upgraded_in_its_place_and_the_teams_stays() {
    let dir = repository(&[]);
    assert_eq!(program(dir.path(), &["init", "--private"]).code, 0);
    make_older(&dir, &format!("{OWN}/"));
    // The team has one too by now, older as well.
    write(&dir, "harness/backlog.md", "# Backlog\n");
    write(&dir, ROLE, &old_role());
    commit(dir.path());
    let own = format!("{OWN}/{ROLE}");
    write(&dir, &own, &old_role().replace(OTHER, "# Builder of mine"));
    let said = upgrade(&dir, &["--apply"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert!(said.out.contains("wrote 1 file"), "{}", said.out);
    assert_eq!(text(&dir, &own), NEWER.replace(OTHER, "# Builder of mine"));
    assert_eq!(git(dir.path(), &["status", "--porcelain"]).out, "");
    nothing_newer(&dir);
}

#[test]
fn set_up_once_more_keeps_what_is_known_of_a_private_harness() {
    let dir = repository(&[]);
    assert_eq!(program(dir.path(), &["init", "--private"]).code, 0);
    let list = format!("{OWN}/harness/.shipped.json");
    let before = text(&dir, &list);
    std::fs::remove_file(dir.path().join(OWN).join(ROLE)).unwrap();
    assert_eq!(program(dir.path(), &["init", "--private"]).code, 0);
    assert_eq!(text(&dir, &format!("{OWN}/{ROLE}")), NEWER);
    assert_eq!(text(&dir, &list), before);
}

#[test]
fn the_lines_of_a_file_end_as_they_did() {
    let crlf = |text: &str| text.replace('\n', "\r\n");
    for other in [OTHER, "# Builder of ours"] {
        let (dir, old) = earlier();
        write(&dir, ROLE, &crlf(&old.replace(OTHER, other)));
        let said = upgrade(&dir, &["--apply"]);
        assert_eq!(said.code, 0, "{}{}", said.out, said.err);
        assert_eq!(text(&dir, ROLE), crlf(&NEWER.replace(OTHER, other)));
        nothing_newer(&dir);
    }
}

#[test]
fn without_git_it_is_the_same() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(program(dir.path(), &["init", "--no-git"]).code, 0);
    nothing_newer(&dir);
    make_older(&dir, "");
    write(&dir, ROLE, &old_role().replace(OTHER, "# Builder of ours"));
    let said = upgrade(&dir, &["--no-git"]);
    assert!(
        said.out.contains("--apply writes them"),
        "{}{}",
        said.out,
        said.err
    );
    let said = upgrade(&dir, &["--apply"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert_eq!(text(&dir, ROLE), NEWER.replace(OTHER, "# Builder of ours"));
    nothing_newer(&dir);
    // And where there is neither a harness nor git, that is what is said.
    let bare = tempfile::tempdir().unwrap();
    let said = upgrade(&bare, &[]);
    assert_eq!(said.code, 2, "{}", said.out);
    assert!(
        said.err.contains("there is no harness here yet"),
        "{}",
        said.err
    );
}
