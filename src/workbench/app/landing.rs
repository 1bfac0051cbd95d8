//! Landing: when it may be had, and what is asked first.

pub mod brings;

use super::desk::{Ask, Deed, Look, Manner, Other, Reasons, Way};
use super::event::Effect;
use super::overlay::Overlay;
use super::{App, Pane, View};
use crate::documents::settings::land::Artifacts;
use crate::landing::remote::Remote;
use crate::landing::{CutOff, How, Offer, Preview};
use crate::records::board::Lands;
use crate::records::cut_off::Stands;
use crate::records::papers::Paper;
use crate::terms::{RunId, RunState};
use crate::text::many;

/// The ways of landing: the key and the word of each, and what it does.
const WAYS: [(How, char, &str, &str); 4] = [
    (How::Squash, 's', "squash", "one commit upon the branch"),
    (
        How::Merge,
        'm',
        "merge",
        "a merge commit over the run's own",
    ),
    (
        How::Rebase,
        'r',
        "rebase",
        "a commit a stage upon the branch",
    ),
    (
        How::Pr,
        'p',
        "pull request",
        "pushed and opened; no branch here moves",
    ),
];

/// The key of the way in which this lands a run; `None`: it lands none.
pub(super) fn key_of(deed: &Deed) -> Option<char> {
    let Deed::Land { how, .. } = deed else {
        return None;
    };
    let way = WAYS.iter().find(|(way, ..)| way == how);
    way.map(|(_, key, ..)| *key)
}

/// The key that writes what would land as a patch.
const PATCH: char = 'w';

impl App {
    /// Whether the chosen run may be landed, or a landing of it finished.
    pub fn may_land(&self) -> Result<(), String> {
        self.nothing_under_way()?;
        let card = self.target_card().ok_or("no run is chosen")?;
        match card.landing {
            Some(Lands::CutOff) => return Ok(()),
            Some(Lands::UnderWay) => return Err("it is being landed".to_owned()),
            None => {}
        }
        if let Some(landed) = &card.landed {
            return Err(format!("it was landed on {landed} already"));
        }
        if card.state != RunState::Completed {
            let state = card.state;
            return Err(format!("it is {state}, and only a completed run is landed"));
        }
        Ok(())
    }

    /// Looks at what landing would do; the question comes with that.
    pub(super) fn ask_to_land(&mut self, effects: &mut Vec<Effect>) {
        if let Some(run) = self.target().map(|v| v.order.run.clone()) {
            self.desk.lands = Some(run.clone());
            self.look_at(Look::Land(run, Manner::default()), effects);
        }
    }

    /// Asks this in place of what was asked of the same landing, if that is still wanted: never
    /// in place of another question, nor under hands that do something else by now.
    pub(super) fn ask_instead(&mut self, run: &RunId, ask: Ask) {
        if self.may_answer_landing(run) {
            self.overlays.clear();
            self.overlays.push(Overlay::Ask(Box::new(ask)));
        }
    }

    /// Says why it can't be landed, if that is still wanted.
    pub(super) fn say_why_not_landed(&mut self, run: &RunId, lines: Reasons) {
        if self.may_answer_landing(run) {
            self.overlays.clear();
            self.overlays.push(Overlay::Lines {
                title: format!("{run} can't be landed"),
                lines,
                top: 0,
            });
        }
    }

    /// Whether a person still waits for what landing this run would do, and does nothing else.
    fn may_answer_landing(&mut self, run: &RunId) -> bool {
        let still = self.target().is_some_and(|v| v.order.run == *run);
        let wanted = self.desk.lands.take_if(|wanted| wanted == run).is_some();
        let free = match self.overlays.as_slice() {
            [] => true,
            [Overlay::Ask(asked)] => asked.deed.lands() == Some(run),
            _ => false,
        };
        wanted && still && free && self.desk.doing.is_none()
    }

    /// Something else was chosen than a yes or a no.
    pub(super) fn otherwise(&mut self, way: Way, effects: &mut Vec<Effect>) {
        match way {
            Way::Look(look) => {
                if let Look::Land(run, _) = &look {
                    self.desk.lands = Some(run.clone());
                }
                self.look_at(look, effects);
            }
            Way::Do(deed) => {
                self.overlays.pop();
                self.begin(deed, effects);
            }
            Way::Show(run, paper) => {
                self.overlays.clear();
                self.run.show(&run);
                self.go(View::Artifacts);
                self.run.shelf.show(&paper);
                self.pane = Pane::Right;
            }
        }
    }
}

/// The lines of a question, with the word that leads each.
#[derive(Default)]
struct Lines(Vec<(String, String)>);

impl Lines {
    fn put(&mut self, word: &str, text: impl Into<String>) {
        self.0.push((word.to_owned(), text.into()));
    }

    fn gap(&mut self) {
        self.put("", "");
    }

    /// A list with its word at the first.
    fn list(&mut self, word: &str, texts: impl IntoIterator<Item = String>) {
        for (n, text) in texts.into_iter().enumerate() {
            self.put(if n == 0 { word } else { "" }, text);
        }
    }
}

/// Whether a run is to be landed as it would be.
pub(super) fn ask(would: &Preview, manner: Manner) -> Ask {
    let lent = manner.lent || would.asks.signed.is_some();
    let run = &would.run;
    let manner_of_now = Manner { lent, ..manner };
    let mut others = vec![Other {
        key: 'd',
        word: "the change",
        way: Way::Show(run.clone(), Paper::Change),
    }];
    let turned = |manner| Way::Look(Look::Land(run.clone(), manner));
    if would.how != How::InPlace {
        let ways = WAYS.into_iter().filter(|(how, ..)| *how != would.how);
        others.extend(ways.map(|(how, key, word, _)| Other {
            key,
            word,
            way: turned(Manner {
                how: Some(how),
                ..manner
            }),
        }));
    }
    if would.in_review.is_some() {
        others.push(Other {
            key: 'f',
            word: "bring its comments back",
            way: Way::Do(Deed::ReadPr {
                run: run.clone(),
                anyone: false,
            }),
        });
    }
    if would.patch.is_some() {
        others.push(Other {
            key: PATCH,
            word: "write a patch",
            way: Way::Do(Deed::Patch(run.clone())),
        });
    }
    if !would.asks.hooks.is_empty() && would.asks.signed.is_none() {
        others.push(Other {
            key: 't',
            word: if lent {
                "hooks without the terminal"
            } else {
                "hooks in the terminal"
            },
            way: turned(Manner {
                lent: !lent,
                ..manner
            }),
        });
    }
    Ask {
        title: match &would.offer {
            Some(_) => format!("Put {run} up for review?"),
            None => format!("Land {run} on {}?", would.into),
        },
        lines: lines(would, manner_of_now),
        top: 0,
        deed: Deed::Land {
            run: run.clone(),
            manner: manner_of_now,
            how: would.how,
            tip: would.tip.clone(),
            tree: would.tree.clone(),
        },
        yes: match &would.offer {
            Some(offer) if offer.updates.is_some() => "push, and bring it up to date",
            Some(_) => "push and open it",
            None => "land it",
        },
        light: false,
        others,
    }
}

fn lines(would: &Preview, manner: Manner) -> Vec<(String, String)> {
    let mut lines = Lines::default();
    if would.how == How::InPlace {
        lines_in_place(&mut lines, would);
        return lines.0;
    }
    let into = &would.into;
    if let Some(url) = &would.in_review {
        lines.put("in review", url);
    }
    lines.put("onto", format!("{into} at {}", would.tip.short()));
    if would.moved {
        lines.put("", format!("{into} has moved since the run started"));
    }
    if would.checks_again {
        lines.put("", "the checks are run on the two together first");
    }
    lines.put("as", told(would));
    if let Some(offer) = &would.offer {
        offered(&mut lines, offer);
    }
    let subject = would.message.lines().next().unwrap_or_default();
    lines.put("message", subject);
    beside(&mut lines, would, manner);
    match &would.checkout {
        Some(path) => {
            lines.put("checkout", format!("{} is brought along", path.display()));
            lines.put("", "what you changed and staged in it stays as it is");
        }
        None => lines.put("checkout", "no file of yours changes"),
    }
    if would.offer.is_none() {
        lines.put("goes", "the run's tree; its branch and its records stay");
    }
    match would.artifacts {
        Artifacts::Branch => {}
        Artifacts::Ref if would.offer.is_some() => {
            lines.put(
                "artifacts",
                "kept by a ref, which is pushed along; not part of it",
            );
        }
        Artifacts::Ref => lines.put("artifacts", "kept by a ref, and not part of it"),
        Artifacts::Omit => lines.put("artifacts", "not part of it"),
    }
    lines.list("note", would.notes.iter().cloned());
    lines.gap();
    let ways = WAYS.into_iter().map(|(how, key, word, does)| {
        let this = if how == would.how { " (this)" } else { "" };
        format!("{key} {word}: {does}{this}")
    });
    let patch = { would.patch.iter() }.map(|path| {
        format!(
            "{PATCH} patch: nothing lands; written to {}",
            path.display()
        )
    });
    lines.list("ways", ways.chain(patch));
    lines.gap();
    files(&mut lines, would);
    lines.gap();
    if would.makes.len() > 1 {
        lines.list("makes", would.makes.iter().cloned());
        lines.gap();
    }
    let commits = would.commits.iter();
    lines.list(
        "commits",
        commits.map(|(commit, subject)| format!("{commit} {subject}")),
    );
    lines.0
}

/// What lands it in this way, in a line.
fn told(would: &Preview) -> String {
    let one = would.makes.len() <= 1;
    match would.how {
        How::Merge if one => "a merge over the run's own commits".to_owned(),
        How::Merge => "a merge over the commits below".to_owned(),
        How::Pr | How::Rebase if !one => {
            format!("{}, a stage each", many(would.makes.len(), "commit"))
        }
        _ => "one commit".to_owned(),
    }
}

/// What is pushed where, and opened.
fn offered(lines: &mut Lines, offer: &Offer) {
    let Remote {
        name, url, branch, ..
    } = &offer.remote;
    lines.put("pushes", format!("{branch} to {name} ({url})"));
    let (what, program) = (offer.forge.opens(), offer.forge.word());
    lines.put(
        "opens",
        match &offer.updates {
            Some(url) => format!("nothing: {program} brings {url} up to date"),
            None => format!("a {what} with {program}: {}", offer.title),
        },
    );
}

/// What is so of a run that worked in place: nothing is brought anywhere.
fn lines_in_place(lines: &mut Lines, would: &Preview) {
    if let Some(home) = &would.checkout {
        lines.put("result", format!("lies in {} already", home.display()));
    }
    lines.put("landing", "writes the statuses and the run's report there");
    lines.list("note", would.notes.iter().cloned());
    lines.gap();
    files(lines, would);
}

fn files(lines: &mut Lines, would: &Preview) {
    let (added, removed) = would.lines();
    lines.put(
        "files",
        format!("{}, +{added} -{removed}", would.files.len()),
    );
    for file in &would.files {
        lines.put("", format!("{}  {}", counts(file), file.path));
    }
}

/// What runs beside git, and with what.
fn beside(lines: &mut Lines, would: &Preview, manner: Manner) {
    let asks = &would.asks;
    if let Some(with) = &asks.signed {
        let said = format!("with {with}: it has the terminal while it may ask you");
        lines.put("signed", said);
    }
    if asks.hooks.is_empty() {
        return;
    }
    let hooks = asks.hooks.join(", ");
    lines.put(
        "hooks",
        if manner.lent {
            format!("{hooks}; in the terminal")
        } else {
            format!("{hooks}; without a terminal, what they say is shown")
        },
    );
}

/// What is to become of a landing that was cut off.
pub(super) fn ask_about_cut_off(begun: &CutOff) -> Ask {
    let mut lines = Lines::default();
    lines.put("stands", begun.told());
    let how = match begun.how {
        How::Merge => "a merge over the run's own commits",
        How::Rebase => "commits upon it",
        How::Squash | How::Pr | How::InPlace => "one commit",
    };
    let into = &begun.into;
    lines.put(
        "onto",
        format!(
            "{into}, from {} to {}, as {how}, ordered by {}",
            begun.old.short(),
            begun.commit.short(),
            begun.by
        ),
    );
    let checkout = begun.checkout.as_ref().map(|p| p.display().to_string());
    let checkout = checkout.unwrap_or_else(|| "no file of yours".to_owned());
    match &begun.stands {
        Stands::Made { .. } => {
            lines.put(
                "finish",
                format!("{checkout} is brought along, then {into} moves"),
            );
            lines.put("", "what you changed and staged stays as it is");
            lines.put(
                "take back",
                format!("{checkout} is as it was before; the run is completed, and not landed"),
            );
        }
        Stands::Holds { .. } => {
            lines.put("finish", "it is recorded, and the run's tree goes");
            lines.put("", format!("{into} and your files stay as they are"));
        }
        Stands::Overtaken { .. } | Stands::Unreadable { .. } => lines.put(
            "take back",
            format!("{checkout} is as it was before; then the run can be landed anew"),
        ),
    }
    lines.gap();
    lines.put("files", begun.files.len().to_string());
    for file in &begun.files {
        lines.put("", file.clone());
    }
    let finish = Deed::Finish(begun.run.clone(), begun.commit.clone());
    let back = Deed::TakeBack(begun.run.clone(), begun.commit.clone());
    let both = begun.may_finish() && begun.may_take_back();
    let (deed, yes) = if begun.may_finish() {
        (finish, "finish it")
    } else {
        (back.clone(), "take it back")
    };
    let other = Other {
        key: 't',
        word: "take it back",
        way: Way::Do(back),
    };
    Ask {
        title: format!("The landing of {} on {into} was cut off", begun.run),
        lines: lines.0,
        top: 0,
        deed,
        yes,
        light: false,
        others: both.then_some(other).into_iter().collect(),
    }
}

/// How a file differs, in columns.
fn counts(file: &crate::git::DiffEntry) -> String {
    use crate::git::diff::How as Changed;
    let sign = match file.how {
        Changed::Added => 'A',
        Changed::Modified => 'M',
        Changed::Deleted => 'D',
    };
    match (file.added, file.removed) {
        (Some(added), Some(removed)) => {
            format!(
                "{sign} {:>6} {:>6}",
                format!("+{added}"),
                format!("-{removed}")
            )
        }
        _ => format!("{sign} {:>13}", "binary"),
    }
}
