//! `status --format`: one line for a status bar or a prompt, of what a glance sees.

use crate::cli::Context;
use crate::records::glance::{Brief, Glance, Place, here};
use crate::records::needs::Kind;
use crate::records::project::Project;
use crate::records::user::cache_folder;
use crate::store::layout::EngineDir;
use crate::terms::usage::{PLAN, Total, dollars};
use crate::text::{SafeText, age};
use color_eyre::eyre::{Report, bail};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::path::Path;

/// How deep texts in braces may stand in each other.
const DEEPEST: usize = 8;
/// The longest format, in bytes.
const LONGEST: usize = 4096;

/// Formats that have a name.
const PRESETS: [(&str, &str); 2] = [
    ("tmux", "{needs?? {needs} }{running?◐ {running} }{cost}"),
    ("prompt", "{needs??{needs}}{running?{needs? }◐{running}}"),
];

/// A token, and what it stands for.
struct Token {
    name: &'static str,
    says: &'static str,
    of: fn(&Seen<'_>) -> Said,
}

/// What a token comes to.
enum Said {
    Count(usize),
    Text(String),
}

/// What is told of.
struct Seen<'a> {
    glances: &'a [Glance],
    first: Option<Brief>,
    project: String,
    now: Timestamp,
}

const fn token(name: &'static str, says: &'static str, of: fn(&Seen<'_>) -> Said) -> Token {
    Token { name, says, of }
}

/// The tokens.
#[rustfmt::skip]
const TOKENS: &[Token] = &[
    token("needs", "how many runs wait for you", |s| s.sum(Glance::needs)),
    token("question", "how many ask you something", |s| s.waits(&[Kind::Question])),
    token("gate", "how many wait at a gate", |s| s.waits(&[Kind::Gate])),
    token("blocked", "how many are blocked", |s| s.waits(&[Kind::Blocked, Kind::Quota])),
    token("failed", "how many failed", |s| s.waits(&[Kind::Failed])),
    token("replan", "how many need another plan", |s| s.waits(&[Kind::Replan])),
    token("interrupted", "how many are interrupted, or their landing is", |s| s.waits(&[Kind::Interrupted, Kind::CutOff])),
    token("taken", "how many you took over a stage of, and nobody is at it", |s| s.waits(&[Kind::Taken])),
    token("paused", "how many are paused: by you, by a budget, by what is stale", |s| s.waits(&[Kind::Paused, Kind::Budget, Kind::Stale])),
    token("completed", "how many are complete and not landed", |s| s.waits(&[Kind::Completed])),
    token("running", "how many go on by themselves", |s| s.sum(Glance::running)),
    token("open", "how many wait or run", |s| s.sum(|g| g.needs() + g.running())),
    token("runs", "how many there are, those that are over too", |s| s.sum(Glance::runs)),
    token("unreadable", "how many can't be read", |s| s.sum(|g| g.unreadable)),
    token("cost", "what the open ones cost so far; +? with a part unknown", |s| Said::Text(cost(&s.total()))),
    token("run", "the run that is most urgent, else the one that runs", |s| s.text(|b| b.run.to_string())),
    token("task", "its task", |s| s.text(|b| b.task.as_ref().map(ToString::to_string).unwrap_or_default())),
    token("title", "its title", |s| s.text(|b| b.title.clone())),
    token("stage", "the stage it is at", |s| s.text(stage)),
    token("state", "its state", |s| s.text(|b| b.state.to_string())),
    token("need", "what it needs, in a few words", |s| s.text(|b| b.need.as_ref().map(crate::records::needs::Need::short).unwrap_or_default())),
    token("age", "for how long it has needed that", |s| { let now = s.now; s.text(|b| since(b, now)) }),
    token("project", "the project's name", |s| Said::Text(s.project.clone())),
];

impl Seen<'_> {
    fn sum(&self, of: impl Fn(&Glance) -> usize) -> Said {
        Said::Count(self.glances.iter().map(of).sum())
    }

    fn waits(&self, kinds: &[Kind]) -> Said {
        self.sum(|glance| glance.waits(kinds))
    }

    fn text(&self, of: impl Fn(&Brief) -> String) -> Said {
        Said::Text(self.first.as_ref().map(of).unwrap_or_default())
    }

    fn total(&self) -> Total {
        let totals = self.glances.iter().map(Glance::total);
        totals.fold(Total::default(), |sum, total| sum.and(&total))
    }
}

fn stage(brief: &Brief) -> String {
    let need = brief.need.as_ref().and_then(|n| n.stage.clone());
    need.or_else(|| brief.stage.clone()).unwrap_or_default()
}

fn since(brief: &Brief, now: Timestamp) -> String {
    let since = brief.need.as_ref().and_then(|n| n.since);
    let gone = since.map(|at| now.duration_since(at).as_secs());
    gone.map_or_else(String::new, |gone| age(u64::try_from(gone).unwrap_or(0)))
}

/// What was used, short: nothing where nothing was, never 0 for what is not known or what a plan pays for.
fn cost(total: &Total) -> String {
    let metered = match (total.metered(), total.cost_unknown) {
        (0, _) => None,
        (all, unknown) if unknown == all => Some("?".to_owned()),
        (_, 0) => Some(dollars(total.cost_micros)),
        _ => Some(format!("{}+?", dollars(total.cost_micros))),
    };
    let plan = (total.on_plan > 0).then(|| PLAN.to_owned());
    let told: Vec<String> = metered.into_iter().chain(plan).collect();
    told.join("+")
}

/// A piece of a format.
#[derive(Debug, PartialEq)]
enum Piece {
    Text(String),
    Token(usize),
    /// What is said where the token says something.
    Where(usize, Vec<Piece>),
}

/// Reads a format.
fn parse(format: &str) -> Result<Vec<Piece>, Report> {
    if format.len() > LONGEST {
        bail!("--format takes at most {LONGEST} bytes");
    }
    let mut rest = format;
    let pieces = pieces(&mut rest, 0)?;
    Ok(pieces)
}

fn pieces(rest: &mut &str, depth: usize) -> Result<Vec<Piece>, Report> {
    if depth > DEEPEST {
        bail!("--format: texts in braces stand more than {DEEPEST} deep in each other");
    }
    let mut all = Vec::new();
    let mut text = String::new();
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        let twice = after.starts_with(c);
        match c {
            '{' | '}' if twice && !(c == '}' && depth > 0) => {
                text.push(c);
                *rest = after.get(1..).unwrap_or_default();
            }
            '{' => {
                *rest = after;
                if !text.is_empty() {
                    all.push(Piece::Text(std::mem::take(&mut text)));
                }
                all.push(braces(rest, depth)?);
            }
            '}' if depth > 0 => break,
            '}' => bail!("--format: a '}}' closes nothing; '}}}}' prints one"),
            c => {
                text.push(c);
                *rest = after;
            }
        }
    }
    if !text.is_empty() {
        all.push(Piece::Text(text));
    }
    Ok(all)
}

/// What stands after an opening brace, with the closing one.
fn braces(rest: &mut &str, depth: usize) -> Result<Piece, Report> {
    let Some(end) = rest.find(['}', '?', '{']) else {
        bail!("--format: a '{{' is never closed; '{{{{' prints one");
    };
    let (name, after) = rest.split_at(end);
    let Some(token) = TOKENS.iter().position(|t| t.name == name) else {
        let known: Vec<&str> = TOKENS.iter().map(|t| t.name).collect();
        let name = SafeText::line(name);
        bail!(
            "--format: there is no token '{name}'; there are {}",
            known.join(", ")
        );
    };
    let (sign, after) = after.split_at(1);
    *rest = after;
    match sign {
        "}" => Ok(Piece::Token(token)),
        "?" => {
            let inner = pieces(rest, depth + 1)?;
            match rest.strip_prefix('}') {
                Some(after) => {
                    *rest = after;
                    Ok(Piece::Where(token, inner))
                }
                None => bail!("--format: '{{{name}?' is never closed"),
            }
        }
        _ => bail!("--format: '{{{name}' is not closed before the next '{{'"),
    }
}

fn fill(pieces: &[Piece], seen: &Seen<'_>, escape: fn(&str) -> String, out: &mut String) {
    let said = |token: &usize| {
        let token = TOKENS.get(*token);
        token.map_or(Said::Text(String::new()), |t| (t.of)(seen))
    };
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Token(token) => match said(token) {
                Said::Count(n) => out.push_str(&n.to_string()),
                Said::Text(text) => out.push_str(&escape(SafeText::line(&text).as_str())),
            },
            Piece::Where(token, inner) => {
                let something = match said(token) {
                    Said::Count(n) => n > 0,
                    Said::Text(text) => !text.is_empty(),
                };
                if something {
                    fill(inner, seen, escape, out);
                }
            }
        }
    }
}

/// The line; empty: there is nothing to say.
fn line(format: &str, seen: &Seen<'_>) -> Result<String, Report> {
    if format == "json" {
        let mut object = Map::new();
        for token in TOKENS {
            let said = match (token.of)(seen) {
                Said::Count(n) => json!(n),
                Said::Text(text) if text.is_empty() => Value::Null,
                Said::Text(text) => json!(text),
            };
            object.insert(token.name.to_owned(), said);
        }
        return Ok(crate::text::json::shown(&Value::Object(object).to_string()));
    }
    let preset = PRESETS.iter().find(|(name, _)| *name == format);
    let pieces = parse(preset.map_or(format, |(_, format)| format))?;
    // What comes from files must not be taken for a sign of tmux's own.
    let escape: fn(&str) -> String = match preset {
        Some(("tmux", _)) => |text| text.replace('#', "##"),
        _ => str::to_owned,
    };
    let mut out = String::new();
    fill(&pieces, seen, escape, &mut out);
    Ok(out.trim_end().to_owned())
}

/// Where to look.
fn places(context: &Context, all: bool) -> Vec<(EngineDir, String)> {
    let name = |root: &Path| {
        let name = root.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    };
    if all {
        let known = super::every::known(context).here.into_iter();
        return known
            .map(|k| (EngineDir::at(k.engine), name(&k.home)))
            .collect();
    }
    let slowly = || context.project().ok();
    let of = |project: Project| (project.engine.clone(), project.name());
    match &context.named {
        Some(_) => slowly().map(of).into_iter().collect(),
        None => match here(&context.cwd) {
            Place::At(engine, root) => vec![(engine, name(&root))],
            Place::None => Vec::new(),
            Place::Unusual => slowly().map(of).into_iter().collect(),
        },
    }
}

/// Prints the line of this project, or of all; nothing where there is none.
pub(super) fn show(context: &Context, format: &str, all: bool) -> Result<(), Report> {
    // A wrong format is said everywhere, not only where there is something to show.
    if format != "json" && PRESETS.iter().all(|(name, _)| *name != format) {
        parse(format)?;
    }
    let places = places(context, all);
    if places.is_empty() && !all {
        return Ok(());
    }
    let cache = cache_folder();
    let look = |(engine, _): &(EngineDir, String)| Glance::at(engine, cache.as_deref());
    let glances: Vec<Glance> = places.iter().map(look).collect();
    let urgent = glances.iter().filter_map(Glance::first);
    let rank = |b: &Brief| match &b.need {
        Some(need) => (false, Some(need.kind), need.since),
        None => (true, None, b.updated),
    };
    let project = match places.as_slice() {
        [(_, name)] => name.clone(),
        _ => String::new(),
    };
    let seen = Seen {
        first: urgent.min_by_key(rank),
        glances: &glances,
        project,
        now: Timestamp::now(),
    };
    let line = line(format, &seen)?;
    if !line.is_empty() {
        context.out.verbatim(&line);
    }
    for glance in &glances {
        glance.keep();
    }
    Ok(())
}

/// The tokens and the presets, for the help.
pub fn help() -> String {
    let mut text = String::from(
        "A format is text with tokens: {needs}. {needs?TEXT} is TEXT where the token is neither empty\n\
         nor 0, {{ and }} are braces. Outside of a project nothing is printed.\n\nTokens:\n",
    );
    for token in TOKENS {
        text.push_str(&format!("  {:<12} {}\n", token.name, token.says));
    }
    text.push_str("\nFormats by name:\n");
    for (name, format) in PRESETS {
        text.push_str(&format!("  {name:<12} {format}\n"));
    }
    text.push_str("  json         every token, as one JSON object");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(format: &str) -> String {
        let seen = Seen {
            glances: &[],
            first: None,
            project: "a#[fg=red]\u{1b}[2Jb".to_owned(),
            now: Timestamp::UNIX_EPOCH,
        };
        line(format, &seen).unwrap_or_else(|e| format!("fault: {e}"))
    }

    #[test]
    fn a_format_is_text_tokens_and_what_is_said_where_one_says_something() {
        assert_eq!(said("a {needs} b {{x}}"), "a 0 b {x}");
        assert_eq!(
            said("{needs?never {run}}{project?in {project?{needs}}}"),
            "in 0"
        );
        assert_eq!(said("{cost}{run}|"), "|");
        assert_eq!(
            (said("tmux"), said("prompt")),
            (String::new(), String::new())
        );
        for (format, word) in [
            ("{", "never closed"),
            ("{needs", "never closed"),
            ("{needs?x", "never closed"),
            ("{needs{run}}", "not closed before"),
            ("}", "closes nothing"),
            ("{no\u{1b}such}", "there is no token 'no"),
            ("{ needs}", "there is no token"),
        ] {
            let fault = said(format);
            assert!(
                fault.starts_with("fault: ") && fault.contains(word),
                "{fault}"
            );
            assert!(!fault.contains('\u{1b}'), "{fault:?}");
        }
        let deep = "{project?".repeat(DEEPEST + 2);
        assert!(said(&deep).contains("deep in each other"));
    }

    #[test]
    fn what_comes_from_files_brings_no_control_characters_and_no_sign_of_tmux() {
        let plain = said("{project}");
        assert!(!plain.contains('\u{1b}'), "{plain:?}");
        let value: Value = serde_json::from_str(&said("json")).unwrap();
        assert_eq!(value["needs"], 0);
        assert_eq!(value["cost"], Value::Null);
        assert_eq!(value.as_object().unwrap().len(), TOKENS.len());
    }

    #[test]
    fn what_is_not_known_of_a_cost_is_never_0() {
        let total = |attempts, unknown, micros| Total {
            attempts,
            cost_unknown: unknown,
            cost_micros: micros,
            ..Total::default()
        };
        assert_eq!(cost(&total(0, 0, 0)), "");
        assert_eq!(cost(&total(2, 2, 0)), "?");
        assert_eq!(cost(&total(2, 1, 610_000)), "$0.61+?");
        assert_eq!(cost(&total(2, 0, 610_000)), "$0.61");
        let planned = |total: Total, plan| Total {
            on_plan: plan,
            ..total
        };
        assert_eq!(cost(&planned(total(2, 0, 0), 2)), "plan");
        assert_eq!(cost(&planned(total(2, 1, 0), 1)), "?+plan");
        assert_eq!(cost(&planned(total(3, 1, 610_000), 1)), "$0.61+?+plan");
    }
}
