//! `trust`: what the repository's files have run here, shown with its places, and a person's yes to
//! it; and the same where another command is about to start something.

use super::out::{Role, paint, safe};
use super::talk::keyboard::Keyboard;
use super::{Context, Outcome, follow, person};
use crate::documents::powers::{self, Power};
use crate::records::harness::Harness;
use crate::records::project::Project;
use crate::records::runs::RunView;
use crate::supervisor::trust::{Row, Sign, Standing, Trust, Untrusted, Why};
use crate::terms::{Digest, End};
use crate::text::{SafeText, many};
use color_eyre::eyre::{Report, bail};
use serde_json::json;

/// Shows what this repository's files have run here, and asks whether they may
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The digest of what is shown: a yes without being asked, for scripts
    digest: Option<String>,
    /// Take back what was trusted: nothing of this repository is run until it is trusted again
    #[arg(long, conflicts_with = "digest")]
    revoke: bool,
}

/// What another command is told about trust.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ByDigest {
    /// Trust what the repository's files have run, by its digest (`harness-tui trust` shows both)
    #[arg(long = "trust", value_name = "DIGEST")]
    digest: Option<String>,
}

/// What came of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Yes,
    No,
    /// Nobody is there to be asked.
    Nobody,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Outcome {
    let by = person::alone(context, "trust")?;
    let project = context.project()?;
    let out = &context.out;
    let trust = project.trust();
    if args.revoke {
        let was = trust.revoke()?;
        out.object(&json!({ "type": "trust", "standing": "revoked", "was": was }));
        out.text(if was {
            "Taken back. Nothing of this repository is run until you trust it again."
        } else {
            "Nothing was trusted here that could be taken back."
        });
        return Ok(0);
    }
    let harness = Harness::load(&project);
    let standing = trust.standing(&harness.powers);
    let digest = powers::digest(&harness.powers);
    show(context, &standing, &harness);
    let Standing::Not(untrusted) = &standing else {
        tell(context, &standing, &digest);
        return match &args.digest {
            Some(given) => right(given, &digest, harness.powers.len()).map(|()| 0),
            None => Ok(0),
        };
    };
    if let Some(given) = &args.digest {
        right(given, &digest, harness.powers.len())?;
    } else {
        match ask(context, "y trusts it, enter leaves it: ")? {
            Said::Yes => {}
            said => {
                tell(context, &standing, &digest);
                if said == Said::Nobody {
                    out.text(format!("  harness-tui trust {digest}"));
                }
                return Ok(End::Waiting.exit_code());
            }
        }
    }
    trust.give(&untrusted.powers, &by)?;
    tell(context, &Standing::Given, &digest);
    Ok(0)
}

impl ByDigest {
    /// Sees to it that what is about to be started is trusted: it is, or its digest was given, or a
    /// person says yes to it now. Else an error that says what to do.
    pub fn settle(
        &self,
        context: &Context,
        project: &Project,
        harness: &Harness,
    ) -> Result<(), Report> {
        let trust = project.trust();
        let standing = trust.standing(&harness.powers);
        if let Some(given) = &self.digest {
            right(
                given,
                &powers::digest(&harness.powers),
                harness.powers.len(),
            )?;
        }
        let Standing::Not(untrusted) = &standing else {
            return Ok(());
        };
        if self.digest.is_none() {
            if !follow::can_ask(context) {
                bail!("nothing was started: {untrusted}");
            }
            show(context, &standing, harness);
            if ask(context, "y trusts it and goes on, enter leaves it: ")? != Said::Yes {
                bail!("nothing was started, for it is not trusted");
            }
        }
        let by = person::alone(context, "trust")?;
        trust.give(&untrusted.powers, &by)?;
        Ok(())
    }
}

impl ByDigest {
    /// The same for a run that is to go on: what it began with must be trusted still.
    pub fn settle_run(
        &self,
        context: &Context,
        project: &Project,
        view: &RunView,
    ) -> Result<(), Report> {
        let trust = Trust::of_order(&view.order, &view.dirs);
        let harness = Harness::load(project);
        let same = |digest: &Digest| *digest == powers::digest(&harness.powers);
        let asks = match trust.of_run(&view.dirs) {
            Ok(()) => self.digest.is_some(),
            Err(untrusted) => matches!(&untrusted.why, Why::Revoked(digest) if same(digest)),
        };
        if asks {
            self.settle(context, project, &harness)?;
        }
        match trust.of_run(&view.dirs) {
            Ok(()) => Ok(()),
            Err(untrusted) => bail!("{} does not go on: {untrusted}", view.order.run),
        }
    }
}

/// Refuses a digest that is not the one of what there is.
fn right(given: &str, now: &Digest, things: usize) -> Result<(), Report> {
    if given == now.as_str() {
        return Ok(());
    }
    bail!(
        "{} is not the digest of what this repository's files run and allow now: that is {now}, and covers {}; \
         `harness-tui trust` shows them",
        safe(given),
        many(things, "thing")
    )
}

fn ask(context: &Context, prompt: &str) -> Result<Said, Report> {
    if !follow::can_ask(context) {
        return Ok(Said::Nobody);
    }
    let said = Keyboard::open()?.ask(prompt)?;
    let yes = said.is_some_and(|s| matches!(s.to_ascii_lowercase().as_str(), "y" | "yes"));
    Ok(if yes { Said::Yes } else { Said::No })
}

/// Shows all of it, each with its place; what changed since it was trusted first.
fn show(context: &Context, standing: &Standing, harness: &Harness) {
    let out = &context.out;
    let rows = match standing {
        Standing::Not(untrusted) => {
            heading(context, untrusted);
            untrusted.rows()
        }
        _ => Row::all(&harness.powers),
    };
    let mut file = None;
    for row in rows {
        out.object(&json!({
            "type": "power", "file": row.power.file, "line": row.power.line, "what": row.power.what,
            "text": row.power.text, "change": row.sign.word(),
        }));
        if file.as_ref() != Some(&row.power.file) {
            out.text(paint(Role::Name, safe(&row.power.shown().file)));
            file = Some(row.power.file.clone());
        }
        tell_row(context, row.sign, &row.power.shown());
    }
}

fn heading(context: &Context, untrusted: &Untrusted) {
    let text = format!("Not trusted: {}.", untrusted.reason());
    context.out.text(paint(Role::Attention, safe(&text)));
}

fn tell_row(context: &Context, sign: Sign, power: &Power) {
    let role = match sign {
        Sign::Same => Role::Quiet,
        Sign::New => Role::Good,
        Sign::Gone => Role::Bad,
    };
    let mark = paint(role, sign.glyph());
    let lead = format!("{mark} {:>5}  {}: ", power.line, safe(&power.what));
    let text = SafeText::block(&power.text);
    for (n, line) in text.lines().enumerate() {
        let line = paint(Role::Command, line);
        match n {
            0 => context.out.hung(9, &format!("{lead}{line}")),
            _ => context.out.hung(9, &format!("         {line}")),
        }
    }
}

/// How it stands, and the digest.
fn tell(context: &Context, standing: &Standing, digest: &Digest) {
    let out = &context.out;
    let (word, why) = match standing {
        Standing::Nothing => ("nothing", None),
        Standing::Folder(folder) => ("folder", Some(folder.display().to_string())),
        Standing::Given => ("trusted", None),
        Standing::Not(untrusted) => ("not-trusted", Some(untrusted.reason())),
    };
    out.object(&json!({ "type": "trust", "standing": word, "digest": digest, "why": why }));
    let line = match standing {
        Standing::Nothing => "Its files have nothing run here.".to_owned(),
        Standing::Folder(folder) => format!(
            "Trusted unseen: your config.yaml trusts all in {}.",
            folder.display()
        ),
        Standing::Given => format!("Trusted: digest {digest}."),
        Standing::Not(_) => {
            format!("Not trusted, and nothing of it is run. Its digest is {digest}.")
        }
    };
    let role = match standing {
        Standing::Not(_) => Role::Attention,
        _ => Role::Good,
    };
    out.text(paint(role, safe(&line)));
}
