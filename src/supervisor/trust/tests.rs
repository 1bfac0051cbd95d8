use super::*;
use crate::git::Git;
use crate::git::testing::repository;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

struct Scene {
    _dirs: [tempfile::TempDir; 2],
    git: Git,
    user: UserDir,
    config: PathBuf,
}

fn scene() -> Scene {
    let (dir, git) = repository();
    let own = tempfile::tempdir().unwrap();
    Scene {
        user: UserDir::at(own.path()),
        config: own.path().join("config.yaml"),
        _dirs: [dir, own],
        git,
    }
}

impl Scene {
    fn trust(&self) -> Trust {
        self.trust_at(self.git.dir())
    }

    fn trust_at(&self, home: &Path) -> Trust {
        let engine = EngineDir::at(home.join(".git/harness"));
        let harness = RepoPath::new("harness").unwrap();
        Trust::of(
            &engine,
            Roots {
                home,
                harness: &harness,
                private: None,
            },
        )
        .by(Some(self.user.clone()))
    }

    fn run(&self, lock: &str) -> RunDir {
        let id = crate::terms::RunId::new("RUN-2026-01-02-T001").unwrap();
        let dirs = EngineDir::at(self.git.dir().join(".git/harness")).run(&id);
        dirs.make(&Disk).unwrap();
        replace(&Disk, &dirs.workflow_lock(), lock.as_bytes()).unwrap();
        dirs
    }
}

fn powers(check: &str) -> Vec<Power> {
    let text = format!("stages: [{{ id: a, checks: ['{check}'] }}]\n");
    powers::of_workflow("harness/workflows/w.yaml", &text)
}

fn person() -> Person {
    Person {
        name: "ada".to_owned(),
        terminal: None,
        pid: 7,
    }
}

fn why(standing: Standing) -> Why {
    match standing {
        Standing::Not(untrusted) => untrusted.why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_is_trusted_until_it_is_given_and_a_change_is_asked_about() {
    let scene = scene();
    let trust = scene.trust();
    assert_eq!(trust.standing(&[]), Standing::Nothing);
    assert_eq!(why(trust.standing(&powers("a"))), Why::Never);
    assert!(trust.word(&powers("a")).is_err());
    trust.give(&powers("a"), &person()).unwrap();
    assert_eq!(trust.standing(&powers("a")), Standing::Given);
    let Standing::Not(changed) = trust.standing(&powers("b")) else {
        panic!("b was never shown");
    };
    assert_eq!(changed.why, Why::Changed);
    let signs: Vec<_> = changed
        .rows()
        .into_iter()
        .map(|r| (r.sign, r.power.text))
        .collect();
    assert_eq!(
        signs,
        [(Sign::Gone, "a".to_owned()), (Sign::New, "b".to_owned())]
    );
    // What was trusted once is not asked about again when it comes back.
    trust.give(&powers("b"), &person()).unwrap();
    assert_eq!(trust.standing(&powers("a")), Standing::Given);
    assert!(trust.revoke().unwrap());
    assert!(!trust.revoke().unwrap());
    assert_eq!(why(trust.standing(&powers("b"))), Why::Never);
}

#[test]
fn what_is_kept_is_for_its_owner_alone() {
    let scene = scene();
    let trust = scene.trust();
    trust.give(&powers("a"), &person()).unwrap();
    for file in [trust.file(), scene.user.trust_key()] {
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", file.display());
    }
}

#[test]
fn a_copied_clone_brings_no_trust() {
    let scene = scene();
    scene.trust().give(&powers("a"), &person()).unwrap();
    let copy = tempfile::tempdir().unwrap();
    let from = scene.trust().file();
    let copied = scene.trust_at(copy.path());
    std::fs::create_dir_all(copied.file().parent().unwrap()).unwrap();
    std::fs::copy(from, copied.file()).unwrap();
    let place = scene.git.dir().join(".git").canonicalize().unwrap();
    assert_eq!(why(copied.standing(&powers("a"))), Why::Elsewhere(place));
    copied.give(&powers("a"), &person()).unwrap();
    assert_eq!(copied.standing(&powers("a")), Standing::Given);
}

#[test]
fn a_record_that_somebody_else_wrote_counts_for_nothing() {
    let scene = scene();
    let trust = scene.trust();
    trust.give(&powers("a"), &person()).unwrap();
    let file = trust.file();
    let text = std::fs::read_to_string(&file).unwrap();
    let (old, new) = (powers::digest(&powers("a")), powers::digest(&powers("b")));
    let forged = text.replace(old.as_str(), new.as_str());
    assert_ne!(forged, text);
    for written in [&forged, "{}", ""] {
        replace(&Disk, &file, written.as_bytes()).unwrap();
        assert_eq!(
            why(trust.standing(&powers("b"))),
            Why::Altered(file.clone())
        );
    }
    // Written by this program for another user, it counts for nothing either.
    let other = tempfile::tempdir().unwrap();
    let theirs = trust.clone().by(Some(UserDir::at(other.path())));
    theirs.give(&powers("b"), &person()).unwrap();
    assert_eq!(theirs.standing(&powers("b")), Standing::Given);
    assert_eq!(why(trust.standing(&powers("b"))), Why::Altered(file));
    // And one can begin anew.
    trust.give(&powers("b"), &person()).unwrap();
    assert_eq!(trust.standing(&powers("b")), Standing::Given);
}

#[test]
fn without_a_folder_of_the_user_nothing_is_trusted() {
    let trust = scene().trust().by(None);
    assert_eq!(why(trust.standing(&powers("a"))), Why::Never);
    let refused = trust.give(&powers("a"), &person());
    assert!(matches!(refused, Err(CannotTrust::Nowhere)));
}

#[test]
fn folders_that_the_user_names_are_trusted_unseen() {
    let scene = scene();
    let above = scene.git.dir().canonicalize().unwrap();
    let above = above.parent().unwrap();
    let line = |folder: &Path| format!("trust: ['{}']\n", folder.display());
    replace(&Disk, &scene.config, line(above).as_bytes()).unwrap();
    let folder = Standing::Folder(above.to_owned());
    assert_eq!(scene.trust().standing(&powers("a")), folder);
    // Not by the beginning of a name.
    let near = format!("{}x", above.display());
    replace(&Disk, &scene.config, line(Path::new(&near)).as_bytes()).unwrap();
    assert_eq!(why(scene.trust().standing(&powers("a"))), Why::Never);
}

#[test]
fn a_run_goes_on_while_what_it_began_with_is_trusted() {
    let scene = scene();
    let trust = scene.trust();
    trust.give(&powers("a"), &person()).unwrap();
    let dirs = scene.run("lock");
    let refused = |trust: &Trust| trust.of_run(&dirs).unwrap_err().why;
    assert_eq!(refused(&trust), Why::Unsealed);
    let word = trust.word(&powers("a")).unwrap();
    word.seal(&dirs, b"lock").unwrap();
    assert_eq!(trust.of_run(&dirs), Ok(()));
    // Its files may be others by now: what it runs is locked.
    trust.give(&powers("b"), &person()).unwrap();
    assert_eq!(trust.of_run(&dirs), Ok(()));
    replace(&Disk, &dirs.workflow_lock(), b"another").unwrap();
    assert_eq!(refused(&trust), Why::Unsealed);
    replace(&Disk, &dirs.workflow_lock(), b"lock").unwrap();
    trust.revoke().unwrap();
    let revoked = Why::Revoked(powers::digest(&powers("a")));
    assert_eq!(refused(&trust), revoked);
    trust.give(&powers("b"), &person()).unwrap();
    assert_eq!(refused(&trust), revoked);
    trust.give(&powers("a"), &person()).unwrap();
    assert_eq!(trust.of_run(&dirs), Ok(()));
}

#[test]
fn a_run_of_files_that_have_nothing_run_needs_no_word() {
    let scene = scene();
    let trust = scene.trust();
    let dirs = scene.run("lock");
    trust.word(&[]).unwrap().seal(&dirs, b"lock").unwrap();
    assert_eq!(trust.of_run(&dirs), Ok(()));
}

#[test]
fn a_stage_brings_back_only_what_was_trusted_last() {
    let scene = scene();
    let trust = scene.trust();
    let server = |command: &str| Power {
        file: ".mcp.json".to_owned(),
        what: "MCP server linear".to_owned(),
        text: command.to_owned(),
        line: 1,
    };
    let why = |power: Power| trust.of_brought(&[power]).unwrap_err().why;
    let brought = Why::Brought("the MCP server linear of .mcp.json".to_owned());
    assert_eq!(trust.of_brought(&[]), Ok(()));
    assert_eq!(why(server("a")), brought);
    let all = [powers("x"), vec![server("a")]].concat();
    trust.give(&all, &person()).unwrap();
    assert_eq!(trust.of_brought(&[server("a")]), Ok(()));
    assert_eq!(why(server("b")), brought);
    trust.revoke().unwrap();
    assert_eq!(why(server("a")), brought);
}
