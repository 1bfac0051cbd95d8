//! Taking in what the base of a run got since: what it would do is looked at, and asked about.

use super::App;
use super::desk::{Look, Reasons, Seen};
use super::event::{Effect, Request};
use super::overlay::{Overlay, Yes};
use crate::engine::{Event, Person, Refreshed};
use crate::records::refresh::lines;
use crate::records::runs::RunView;
use crate::supervisor::refresh::Would;
use crate::terms::{Oid, RunId};

/// Whether a run has a base to follow, and may be refreshed now, and why not.
pub(super) fn may(view: &RunView, onto: Option<&Oid>) -> Result<Event, String> {
    if view.order.in_place.is_some() {
        return Err("the run works in place, and has no base of its own".to_owned());
    }
    if view.order.base_branch.is_none() {
        return Err("the run was started from no branch".to_owned());
    }
    if view.goes_on() {
        return Err("the run goes on: pause it, then refresh".to_owned());
    }
    let event = Event::Refresh {
        onto: onto.unwrap_or(&view.order.base).clone(),
        by: nobody(),
    };
    match view.run.may(&event) {
        Ok(()) => Ok(event),
        Err(refusal) => Err(refusal.to_string()),
    }
}

fn nobody() -> Person {
    Person {
        name: String::new(),
        terminal: None,
        pid: 0,
    }
}

impl App {
    /// Whether the chosen run may be refreshed.
    pub(super) fn may_refresh(&self) -> Result<(), String> {
        let view = self.target().ok_or_else(|| self.no_target())?;
        let event = may(view, None)?;
        let Event::Refresh { onto, .. } = event else {
            return Ok(());
        };
        self.not_twice(&view.order.run, &Request::Refresh { onto })
    }

    /// Looks at what a refresh would do; the question comes with that.
    pub(super) fn ask_to_refresh(&mut self, effects: &mut Vec<Effect>) {
        if let Some(run) = self.target().map(|v| v.order.run.clone()) {
            self.desk.refreshes = Some(run.clone());
            self.look_at(Look::Refresh(run), effects);
        }
    }

    /// Asks whether it is to be done, if that is still wanted; says where there is nothing to do.
    pub(super) fn would_refresh(&mut self, run: &RunId, seen: Result<Seen, Reasons>) {
        let wanted = self
            .desk
            .refreshes
            .take_if(|wanted| wanted == run)
            .is_some();
        let view = self.target().filter(|v| v.order.run == *run).cloned();
        let (Some(view), true) = (view, wanted && self.overlays.is_empty()) else {
            return;
        };
        match seen {
            Ok(Seen::Refresh(None)) => {
                let branch = view.order.base_branch.as_deref().unwrap_or_default();
                self.say(format!("{run} has all that is on {branch}"), false);
            }
            Ok(Seen::Refresh(Some(would))) => match would.stands_in_the_way(&view.order) {
                Some(why) => {
                    let mut said: Reasons = { lines(&would).into_iter() }
                        .map(|(word, text)| (word.to_owned(), text))
                        .collect();
                    said.push(("so".to_owned(), why));
                    self.overlays.push(Overlay::Lines {
                        title: format!("{run} can't be refreshed"),
                        lines: said,
                        top: 0,
                    });
                }
                None => self.overlays.push(Overlay::Confirm {
                    run: run.clone(),
                    says: says(&view, &would),
                    yes: Yes::Order(Request::Refresh { onto: would.onto }),
                    evidence: None,
                    top: 0,
                }),
            },
            Ok(_) => {}
            Err(why) => {
                for (_, why) in why {
                    self.say(format!("refresh: {why}"), true);
                }
            }
        }
    }
}

/// The question, what comes in, and what the engine makes of it.
fn says(view: &RunView, would: &Would) -> Vec<String> {
    let run = &view.order.run;
    let mut says = vec![format!("Refresh {run} on {}?", would.branch)];
    let told = lines(would).into_iter();
    says.extend(told.map(|(word, text)| format!("{word:<8} {text}").trim_end().to_owned()));
    let fact = Refreshed {
        branch: would.branch.clone(),
        onto: would.onto.clone(),
        base: would.base.clone(),
        // Which commit it will be nobody knows yet: any other than there is.
        head: would.onto.clone(),
        commits: would.commits,
        files: would.brought.len(),
        both: would.both.clone(),
        work: would.work.clone(),
        by: nobody(),
    };
    let mut then = view.run.clone();
    let at = then.updated.unwrap_or(view.order.created);
    if then.apply(at, &Event::Refreshed(Box::new(fact))).is_ok() {
        let told = then.after_refresh(would.brought.len()).into_iter();
        says.extend(told.map(|text| format!("{:<8} {text}", "then")));
    }
    says.push(format!(
        "It is a merge on {}; no file of your checkout changes.",
        view.order.branch
    ));
    says
}
