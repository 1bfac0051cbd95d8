//! What a stage may write and touch: its profile, narrowed by its own words.

use super::checks::Work;
use crate::documents::settings::{AgentSettings, Holding, ProfileSettings, Reach, bad_glob};
use crate::documents::workflow::StageDef;
use crate::documents::yaml::{At, Span, did_you_mean};
use crate::engine::plan::{Network, Profile, Sandbox};
use crate::terms::{Finding, Place, RepoPath};
use std::collections::BTreeSet;

/// A stage's profile with its effective writes.
pub(super) struct Reachable {
    pub(super) writes: Vec<String>,
    pub(super) within: Vec<String>,
    pub(super) profile: Profile,
}

pub(super) fn of(
    work: &Work<'_>,
    stage: &StageDef,
    role: Option<(&str, &super::RoleSource)>,
    driver: &str,
    faults: &mut Vec<Finding>,
) -> Reachable {
    let own = globs(work, stage, faults);
    let (name, place) = match (&stage.profile, role.and_then(|(_, r)| r.profile.as_ref())) {
        (Some(named), _) => (named.value.clone(), Some(named.span)),
        (None, Some(named)) => (named.clone(), None),
        (None, None) if own.is_some() => ("workspace".to_owned(), None),
        (None, None) => ("read-only".to_owned(), None),
    };
    let profiles = &work.sources.settings.profiles;
    let found = profiles.get(&name);
    if found.is_none() {
        let remedy = did_you_mean(&name, profiles.keys().map(String::as_str)).map_or_else(
            || {
                format!(
                    "declare it under profiles: in {}",
                    work.sources.settings.file
                )
            },
            |near| format!("did you mean '{near}'?"),
        );
        let named_by = role.filter(|_| place.is_none());
        let said = named_by.map(|(role, _)| format!(", named by role '{role}'"));
        let text = format!("unknown profile '{name}'{}", said.unwrap_or_default());
        faults.push(
            Finding::new("workflow/unknown-profile", text)
                .at(stage.place(place.unwrap_or(stage.id.span)))
                .remedy(remedy),
        );
    }
    let nothing = ProfileSettings::default();
    let settings = found.unwrap_or(&nothing);
    let (writes, within) = scoped(work, stage, meet(own, &settings.writes), faults);
    let reads_own = writes.iter().any(|g| !g.starts_with('!'));
    let usual = reads_own.then_some(if driver == "claude" {
        "CLAUDE.md"
    } else {
        "AGENTS.md"
    });
    Reachable {
        profile: profile(work, stage, &name, settings, usual, faults),
        writes,
        within,
    }
}

fn globs(work: &Work<'_>, stage: &StageDef, faults: &mut Vec<Finding>) -> Option<Vec<String>> {
    let names = work.names.of(stage);
    let mut all = Vec::new();
    for glob in stage.writes.as_ref()? {
        let place = stage.place(glob.span);
        match crate::documents::interpolate::fill_from(&glob.value, &names, &place) {
            Ok(filled) => {
                faults.extend(glob_fault(stage, &filled, glob.span));
                all.push(filled);
            }
            Err(found) => faults.extend(found),
        }
    }
    Some(all)
}

/// What is wrong with a glob of a stage.
pub(super) fn glob_fault(stage: &StageDef, glob: &str, span: Span) -> Option<Finding> {
    let why = bad_glob(glob)?;
    Some(
        Finding::new("workflow/bad-glob", format!("'{glob}' is no glob: {why}"))
            .at(stage.place(span))
            .remedy("write a gitignore pattern relative to the repository's root"),
    )
}

/// The paths that both lists let through, as a list and, where one can't say it, a second one that
/// must let them through as well.
fn meet(own: Option<Vec<String>>, profile: &[String]) -> (Vec<String>, Vec<String>) {
    let positive = |g: &&String| !g.starts_with('!');
    if profile.iter().filter(positive).count() == 0 {
        return (Vec::new(), Vec::new());
    }
    let Some(mut own) = own else {
        return (profile.to_vec(), Vec::new());
    };
    if own.iter().filter(positive).count() == 0 {
        return (Vec::new(), Vec::new());
    }
    // Everything but some: the exclusions go last, where they win. That holds only while nothing
    // is let in again behind them.
    if profile.first().is_some_and(|g| g == "**") && !profile[1..].iter().any(|g| positive(&g)) {
        own.extend(profile[1..].iter().cloned());
        return (own, Vec::new());
    }
    (own, profile.to_vec())
}

/// Scopes writes to the settings' `root:`.
fn scoped(
    work: &Work<'_>,
    stage: &StageDef,
    (writes, within): (Vec<String>, Vec<String>),
    faults: &mut Vec<Finding>,
) -> (Vec<String>, Vec<String>) {
    let Some(root) = &work.sources.settings.root else {
        return (writes, within);
    };
    if writes.is_empty() {
        return (writes, within);
    }
    if !within.is_empty() {
        faults.push(
            Finding::new(
                "workflow/unsupported",
                "root:, a profile's writes and a stage's writes can't be combined here",
            )
            .at(stage.place(stage.span))
            .remedy("leave out the stage's writes, or use a profile that starts with **"),
        );
    }
    (writes, vec![format!("/{root}/**")])
}

fn profile(
    work: &Work<'_>,
    stage: &StageDef,
    name: &str,
    from: &ProfileSettings,
    usual: Option<&str>,
    faults: &mut Vec<Finding>,
) -> Profile {
    let mut instructions: Vec<RepoPath> = match &from.instructions {
        Some(named) => named.iter().map(|n| n.value.clone()).collect(),
        None => usual
            .and_then(|u| RepoPath::new(u).ok())
            .into_iter()
            .collect(),
    };
    for text in &stage.instructions {
        match RepoPath::new(text.value.as_str()) {
            Ok(path) => instructions.push(path),
            Err(bad) => faults.push(
                Finding::new("workflow/bad-path", bad.to_string())
                    .at(stage.place(text.span))
                    .remedy("write a path relative to the repository's root"),
            ),
        }
    }
    let join = |a: &[String], b: &[String]| {
        let mut all = a.to_vec();
        all.extend(b.iter().filter(|x| !a.contains(x)).cloned());
        all
    };
    let values =
        |all: &[At<String>]| -> Vec<String> { all.iter().map(|x| x.value.clone()).collect() };
    Profile {
        name: name.to_owned(),
        tools: from.tools.clone(),
        network: match from.network {
            Reach::Model => Network::Model,
            Reach::Open => Network::Open,
            Reach::None => Network::None,
        },
        instructions,
        mcp: join(&values(&from.mcp), &values(&stage.mcp)),
        skills: join(&values(&from.skills), &values(&stage.skills)),
        env: join(&from.env, &stage.env),
        sandbox: match from.sandbox.unwrap_or(work.sources.settings.sandbox) {
            Holding::BestEffort => Sandbox::BestEffort,
            Holding::Required => Sandbox::Required,
            Holding::Off => Sandbox::Off,
        },
    }
}

/// What a stage or its profile asks for by name and its agent can't be given, or nobody has: each at
/// its place.
pub(super) fn not_to_be_had(
    work: &Work<'_>,
    stage: &StageDef,
    agent: &str,
    profile: &str,
) -> Vec<Finding> {
    let (settings, known) = (work.sources.settings, work.sources.nameable);
    let Some(declared) = settings.agents.iter().find(|a| a.name == agent) else {
        return Vec::new();
    };
    let said = |extra: &Extra<'_>, name: &At<String>, place: Place| {
        let fault = if declared.takes_extras() {
            extra.unknown(&name.value)?
        } else {
            extra.not_taken(&name.value, declared)
        };
        Some(fault.at(place))
    };
    let mut faults = lacking(work, stage, profile);
    for extra in [Extra::servers(&known.servers), Extra::skills(&known.skills)] {
        let of = |mcp, skills| if extra.key == "mcp" { mcp } else { skills };
        if let Some(from) = settings.profiles.get(profile) {
            let named: &Vec<At<String>> = of(&from.mcp, &from.skills);
            let place = |span: Span| span.in_file(&settings.file);
            faults.extend(named.iter().filter_map(|n| said(&extra, n, place(n.span))));
        }
        let own: &Vec<At<String>> = of(&stage.mcp, &stage.skills);
        faults.extend(
            own.iter()
                .filter_map(|n| said(&extra, n, stage.place(n.span))),
        );
    }
    faults
}

/// The files of instructions that a stage or its profile names and that are not there: they would
/// bring nothing, and nobody would know.
fn lacking(work: &Work<'_>, stage: &StageDef, profile: &str) -> Vec<Finding> {
    let (settings, known) = (work.sources.settings, work.sources.nameable);
    let fault = |path: &str, place: Place| {
        let text = format!("the file of instructions '{path}' is not there");
        let fault = Finding::new("workflow/no-instructions", text).at(place);
        known
            .lacking
            .contains(path)
            .then(|| fault.remedy("write it, or take it out of instructions:"))
    };
    let of_profile = settings.profiles.get(profile);
    let named = of_profile.and_then(|p| p.instructions.as_deref());
    { named.unwrap_or_default().iter() }
        .filter_map(|n| fault(n.value.as_str(), n.span.in_file(&settings.file)))
        .chain({ stage.instructions.iter() }.filter_map(|n| fault(&n.value, stage.place(n.span))))
        .collect()
}

/// One kind of what is brought back by name.
struct Extra<'a> {
    what: &'static str,
    key: &'static str,
    /// Where one is declared, for people.
    declared: &'static str,
    known: &'a BTreeSet<String>,
}

impl<'a> Extra<'a> {
    fn servers(known: &'a BTreeSet<String>) -> Self {
        Self {
            what: "MCP server",
            key: "mcp",
            declared: "declare it in .mcp.json, or for yourself with `claude mcp add`",
            known,
        }
    }

    fn skills(known: &'a BTreeSet<String>) -> Self {
        Self {
            what: "skill",
            key: "skills",
            declared: "put its SKILL.md into a folder of that name in .claude/skills or ~/.claude/skills",
            known,
        }
    }

    /// The fault of a name that nothing has; `None`: something has it.
    fn unknown(&self, name: &str) -> Option<Finding> {
        if self.known.contains(name) {
            return None;
        }
        let remedy = did_you_mean(name, self.known.iter().map(String::as_str)).map_or_else(
            || format!("{}, or take it out of {}:", self.declared, self.key),
            |near| format!("did you mean '{near}'?"),
        );
        let text = format!(
            "there is no {} '{name}', neither of this repository nor of yours",
            self.what
        );
        Some(Finding::new("workflow/unknown-extra", text).remedy(remedy))
    }

    fn not_taken(&self, name: &str, agent: &AgentSettings) -> Finding {
        let text = format!(
            "agent '{}' can't be given the {} '{name}': its driver '{}' has no way to",
            agent.name, self.what, agent.driver
        );
        Finding::new("workflow/not-to-be-had", text).remedy(format!(
            "take it out of {}:, or give the stage an agent of the driver claude",
            self.key
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::meet;

    #[test]
    fn a_stage_only_narrows_its_profile() {
        let own = |all: &[&str]| all.iter().map(|g| (*g).to_owned()).collect::<Vec<_>>();
        let workspace = own(&["**", "!harness/**"]);
        assert_eq!(meet(None, &workspace), (workspace.clone(), vec![]));
        assert_eq!(
            meet(Some(own(&["docs/**"])), &workspace),
            (own(&["docs/**", "!harness/**"]), vec![])
        );
        let docs = own(&["docs/**"]);
        assert_eq!(meet(Some(own(&["*.md"])), &docs), (own(&["*.md"]), docs));
        assert_eq!(meet(Some(own(&["**"])), &[]), (vec![], vec![]));
        let again = own(&["**", "!a/**", "a/b"]);
        assert_eq!(meet(Some(own(&["x"])), &again), (own(&["x"]), again));
    }
}
