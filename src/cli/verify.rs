//! `verify`: whether what the receipt of a run says is so, from git alone.

use super::out::{Role, paint, safe};
use super::{Context, MISUSE, Outcome};
use crate::git::Git;
use crate::landing::receipt::{About, MAX_TEXT};
use crate::landing::verify::{AS_LEFT, Line, Stands, Subject, Verified, verify};
use crate::store::fs::{Disk, Fs};
use crate::terms::CriterionId;
use color_eyre::eyre::{Report, bail};
use serde_json::json;
use std::io::Read;

/// The columns of the word that leads a line.
const WORD: usize = 9;

/// Looks up in git whether what a receipt says is so
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A commit, a file with the text of a pull request, or - for standard input
    #[arg(value_name = "COMMIT|FILE|-", default_value = "HEAD")]
    what: String,
    /// The commit to hold a text against; without it, the one that landed the run
    #[arg(long, value_name = "COMMIT")]
    at: Option<String>,
    /// Print every line, those that are so too
    #[arg(long)]
    all: bool,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Outcome {
    let git = Git::new(&context.cwd).careful();
    let verified = match subject(args, &git, context) {
        Ok(subject) => verify(&git, &subject).map_err(|e| e.to_string()),
        Err(why) => Err(format!("{why:#}")),
    };
    match verified {
        Ok(verified) => {
            print(&verified, args.all, context);
            Ok(verified.code())
        }
        Err(why) => {
            let out = &context.out;
            out.object(&json!({ "error": why, "exit": MISUSE }));
            out.trouble("not verified:", &why);
            Ok(MISUSE)
        }
    }
}

/// What is meant: standard input, a commit, or a file.
fn subject(args: &Args, git: &Git, context: &Context) -> Result<Subject, Report> {
    let commit = |name: &str| git.resolve(&format!("{name}^{{commit}}"));
    let at = match &args.at {
        Some(name) => match commit(name) {
            Ok(commit) => Some(commit),
            Err(_) => bail!("there is no commit '{name}' here; fetch it, or name another"),
        },
        None => None,
    };
    if args.what == "-" {
        let text = bounded(&mut std::io::stdin().lock())?;
        return Ok(Subject::Text { text, at });
    }
    let file = context.cwd.join(&args.what);
    match (commit(&args.what), file.is_file()) {
        (Ok(_), true) => bail!(
            "'{0}' is a commit and a file; write ./{0} for the file, or the commit's id",
            args.what
        ),
        (Ok(_), false) if at.is_some() => {
            bail!("--at is for a text; a commit is held against itself")
        }
        (Ok(commit), false) => Ok(Subject::Commit(commit)),
        (Err(_), true) => {
            let size = u64::try_from(MAX_TEXT).unwrap_or(u64::MAX);
            let bytes = Disk.read(&file, size)?;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            Ok(Subject::Text { text, at })
        }
        (Err(_), false) => bail!("'{}' is no commit and no file here", args.what),
    }
}

fn bounded(from: &mut dyn Read) -> Result<String, Report> {
    let mut bytes = Vec::new();
    let most = u64::try_from(MAX_TEXT).unwrap_or(u64::MAX);
    from.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() > MAX_TEXT {
        bail!("the text is longer than {MAX_TEXT} bytes");
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn print(verified: &Verified, all: bool, context: &Context) {
    let out = &context.out;
    for line in &verified.lines {
        out.object(&json!({
            "type": "claim",
            "stands": line.stands,
            "about": line.about.kind(),
            "which": line.about.which(),
            "criteria": line.criteria,
            "claimed": line.claimed,
            "found": line.found,
        }));
    }
    let receipt = &verified.receipt;
    out.object(&json!({
        "type": "verified",
        "run": receipt.run,
        "task": receipt.task.as_ref().map(|t| &t.id),
        "commit": verified.commit,
        "read": verified.read,
        "receipt": receipt.digest(),
        "ok": verified.code() == 0,
        "exit": verified.code(),
    }));
    out.text(format!(
        "receipt of {} in {}, held against {}",
        paint(Role::Name, &receipt.run),
        safe(&verified.read),
        verified.commit.short()
    ));
    // What is as it should be of a long list is told in one line.
    let is_left = |line: &Line| line.stands == Stands::Ok && line.found == AS_LEFT;
    let is_file = |line: &&Line| matches!(line.about, About::File(_)) && is_left(line);
    let summed = !all && verified.lines.iter().filter(is_file).count() > 1;
    for line in verified.lines.iter().filter(|l| !(summed && is_file(l))) {
        row(line, context);
    }
    if summed {
        let count = verified.lines.iter().filter(is_file).count();
        let word = paint(Role::Good, format!("{:WORD$}", "ok"));
        out.text(format!("{word}  {count} files  as the run left them"));
    }
    out.text(match verified.code() {
        0 => format!(
            "{}: all that git can tell is so",
            paint(Role::Good, "verified")
        ),
        1 => format!(
            "{}: see what is not true above",
            paint(Role::Bad, "not verified")
        ),
        _ => format!(
            "{}: something can't be looked up here",
            paint(Role::Attention, "not verified")
        ),
    });
}

fn row(line: &Line, context: &Context) {
    let role = match line.stands {
        Stands::Ok => Role::Good,
        Stands::Told => Role::Quiet,
        Stands::NotKnown => Role::Attention,
        Stands::NotTrue => Role::Bad,
    };
    let word = paint(role, format!("{:WORD$}", line.stands.word()));
    let about = safe(&line.about.to_string());
    let out = &context.out;
    out.text(format!("{word}  {about}  {}", safe(&line.claimed)));
    let criteria: Vec<&str> = line.criteria.iter().map(CriterionId::as_str).collect();
    let rests = match criteria.as_slice() {
        [] => String::new(),
        [one] => format!(" ({one} rests on it)"),
        ids => format!(" ({} rest on it)", ids.join(", ")),
    };
    out.text(format!("{:WORD$}  → {}{rests}", "", safe(&line.found)));
}
