//! Whether the commit is signed: a signature is what binds everything else to somebody.

use super::find::Unverifiable;
use super::{Line, Stands};
use crate::git::Git;
use crate::landing::receipt::{About, flat};
use crate::terms::Oid;

/// Largest commit that is read.
const MAX_COMMIT: usize = 16 * 1024 * 1024;

/// The programs that look at signatures. A repository's own word for them is not taken: it would be
/// started.
const PROGRAMS: [(&str, &str); 4] = [
    ("gpg.program", "gpg"),
    ("gpg.openpgp.program", "gpg"),
    ("gpg.x509.program", "gpgsm"),
    ("gpg.ssh.program", "ssh-keygen"),
];

/// A line that tells how the commit is signed.
pub(super) fn line(git: &Git, commit: &Oid) -> Result<Line, Unverifiable> {
    let object = git
        .call(["cat-file", "commit", commit.as_str()])
        .limit(MAX_COMMIT)
        .run()?;
    let object = String::from_utf8_lossy(&object).into_owned();
    let mut head = object.lines().take_while(|l| !l.is_empty());
    let is_signed = head.any(|l| l.starts_with("gpgsig"));
    let claimed = format!("commit {}", commit.short());
    if !is_signed {
        let found = "not signed: who can write commits could have written all of this";
        return Ok(Line::of(Stands::Told, About::Signature, claimed, found));
    }
    let mut args: Vec<String> = Vec::new();
    for (key, usual) in PROGRAMS {
        args.extend([
            "-c".to_owned(),
            format!("{key}={}", own(git, key).unwrap_or(usual.to_owned())),
        ]);
    }
    args.extend(["verify-commit".to_owned(), commit.to_string()]);
    let output = git.call(args).output()?;
    let said = output.stderr.lines().map(flat).filter(|l| !l.is_empty());
    let said: Vec<String> = said.collect();
    let of = |word: &str| said.iter().find(|l| l.contains(word)).cloned();
    let (stands, found) = if output.code == Some(0) {
        let good = of("Good").unwrap_or_else(|| said.join("; "));
        (Stands::Ok, format!("signed: {good}"))
    } else if let Some(bad) = of("BAD").or_else(|| of("incorrect signature")) {
        (
            Stands::NotTrue,
            format!("its signature is not of this text: {bad}"),
        )
    } else {
        let why = said.last().map_or("git does not say why", String::as_str);
        (
            Stands::Told,
            format!("signed, and it can't be looked at here: {why}"),
        )
    };
    Ok(Line::of(stands, About::Signature, claimed, found))
}

/// What the person or the machine has set, which is theirs.
fn own(git: &Git, key: &str) -> Option<String> {
    let told = |scope: &str| {
        let call = git.call(["config", scope, "--get", key]);
        call.text().ok().filter(|text| !text.is_empty())
    };
    told("--global").or_else(|| told("--system"))
}
