//! Commits that are signed, by a key of ssh and by one of gpg, each of which `git verify-commit` takes.

use super::{completed, ordered, refused, with_origin};
use crate::support::drive::{git_in, script};
use crate::support::project::{Project, put};
use std::process::Command;

/// Runs a program; `false`: it is not on this machine.
fn runs(command: &mut Command) -> bool {
    match command.output() {
        Ok(out) => {
            let err = String::from_utf8_lossy(&out.stderr).into_owned();
            assert!(out.status.success(), "{command:?}: {err}");
            true
        }
        Err(e) => {
            assert_eq!(e.kind(), std::io::ErrorKind::NotFound);
            eprintln!("SKIPPED: {command:?}: {e}");
            false
        }
    }
}

fn with_ssh_key(project: &Project) -> bool {
    let key = project.outside("key");
    let mut made = Command::new("ssh-keygen");
    made.args(["-q", "-t", "ed25519", "-N", "", "-C", "ada", "-f"])
        .arg(&key);
    if !runs(&mut made) {
        return false;
    }
    let public = std::fs::read_to_string(project.outside("key.pub")).unwrap();
    put(
        &project.outside("signers"),
        &format!("ada@example.org {public}"),
    );
    let signers = project.outside("signers");
    for (name, value) in [
        ("gpg.format", "ssh"),
        ("user.signingkey", key.to_str().unwrap()),
        ("gpg.ssh.allowedSignersFile", signers.to_str().unwrap()),
        ("commit.gpgsign", "true"),
    ] {
        project.git(&["config", name, value]);
    }
    true
}

#[test]
fn with_signing_required_a_refusing_hook_leaves_nothing_and_then_every_commit_verifies() {
    let (project, run) = completed("land: { pr: gh, commits: stages }\n");
    if !with_ssh_key(&project) {
        return;
    }
    with_origin(&project);
    let hook = project.home().join(".git/hooks/pre-commit");
    script(&hook, "#!/bin/sh\necho not so >&2\nexit 1\n");
    for way in ["--squash", "--rebase", "--merge", "--pr"] {
        refused(
            &project,
            3,
            &["land", &run, way],
            &["not so", "nothing was changed"],
        );
    }
    std::fs::remove_file(&hook).unwrap();
    ordered(&project, 0, &["land", &run, "--pr"]);
    let pushed = project.view(&run).run.in_review.unwrap().commit;
    ordered(&project, 0, &["land", &run, "--rebase", "--signoff"]);
    for tip in [pushed.as_str(), "HEAD"] {
        for n in 0..3 {
            git_in(&project.home(), &["verify-commit", &format!("{tip}~{n}")]);
        }
    }
    let message = project.git(&["log", "-1", "--format=%B"]);
    assert!(
        message.contains("Signed-off-by: Ada <ada@example.org>"),
        "{message}"
    );
}

#[test]
fn a_key_of_gpg_signs_too() {
    let (project, run) = completed("");
    let home = project.outside("gnupg");
    std::fs::create_dir(&home).unwrap();
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&home, std::fs::Permissions::from_mode(0o700)).unwrap();
    }
    let mut made = Command::new("gpg");
    made.args([
        "--batch",
        "--quiet",
        "--passphrase",
        "",
        "--quick-generate-key",
    ])
    .args(["Ada <ada@example.org>", "ed25519", "sign", "never"])
    .env("GNUPGHOME", &home);
    if !runs(&mut made) {
        return;
    }
    project.git(&["config", "commit.gpgsign", "true"]);
    project.git(&["config", "user.signingkey", "ada@example.org"]);
    let landed = project
        .command(&["land", &run])
        .env("GNUPGHOME", &home)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&landed.stderr).into_owned();
    assert!(landed.status.success(), "{said}");
    let mut verified = Command::new("git");
    verified
        .args(["verify-commit", "HEAD"])
        .current_dir(project.home())
        .env("GNUPGHOME", &home);
    assert!(runs(&mut verified));
    // Its agent ends with the folder that it serves.
    let mut ended = Command::new("gpgconf");
    runs(ended.args(["--kill", "all"]).env("GNUPGHOME", &home));
}
