//! A signature is told, and no program of the repository's looks at it.

use crate::scene::{Clone, is_so, landed};
use std::process::Command;

#[test]
fn the_signature_is_told_and_the_repositorys_own_programs_are_not_started() {
    let (project, _) = landed();
    let clone = Clone::of(&project, "clone");
    let said = clone.verify(&[]);
    assert!(said.out.contains("not signed"), "{}", said.out);
    let key = project.outside("key");
    let made = Command::new("ssh-keygen")
        .args([
            "-q",
            "-t",
            "ed25519",
            "-N",
            "",
            "-C",
            "ada@example.org",
            "-f",
        ])
        .arg(&key)
        .status()
        .unwrap();
    assert!(made.success());
    let public = std::fs::read_to_string(key.with_extension("pub")).unwrap();
    let signers = project.outside("signers");
    std::fs::write(&signers, format!("ada@example.org {public}")).unwrap();
    clone.git(&["config", "gpg.format", "ssh"]);
    clone.git(&["config", "user.signingkey", key.to_str().unwrap()]);
    clone.git(&["commit", "-q", "--amend", "--no-edit", "-S"]);
    let said = clone.verify(&[]);
    is_so(&said);
    assert!(
        said.out.contains("signed, and it can't be looked at here"),
        "{}",
        said.out
    );
    clone.git(&[
        "config",
        "gpg.ssh.allowedSignersFile",
        signers.to_str().unwrap(),
    ]);
    let mark = project.outside("started");
    let script = project.outside("evil.sh");
    let text = format!("#!/bin/sh\necho started >> '{}'\nexit 0\n", mark.display());
    crate::support::project::put(&script, &text);
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let script = script.to_str().unwrap();
    for key in [
        "gpg.program",
        "gpg.ssh.program",
        "core.fsmonitor",
        "core.pager",
        "diff.external",
    ] {
        clone.git(&["config", key, script]);
    }
    let said = clone.verify(&[]);
    is_so(&said);
    assert!(said.out.contains("signed: Good"), "{}", said.out);
    assert!(!mark.exists(), "a program of the repository was started");
}
