//! `harness.yaml`: a project's settings.
//!
//! Law: every key stands in the tables of [`keys`]; reading fills in defaults and never stops at
//! the first fault.

pub mod keys;
pub mod land;
pub(in crate::documents) mod read;

pub use land::LandSettings;

use crate::documents::yaml::overlay::file_over;
use crate::documents::yaml::{At, Span};
use crate::terms::{Finding, RepoPath};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Reads harness.yaml. What is wrong is reported and has its default in the value, so that a
/// caller can go on looking for more; nothing may be started from settings with faults.
pub fn parse(file: &str, text: &str) -> (Settings, Vec<Finding>) {
    read::settings(file, text, None)
}

/// Reads harness.yaml with the settings of this machine, the text of [`local_file`], laid over it
/// field by field. Of `agents` those that are named there come first, joined with those of the
/// same name. Each finding has its place in the file that says it.
pub fn parse_with_local(file: &str, text: &str, local: &str) -> (Settings, Vec<Finding>) {
    read::settings(file, text, Some(local))
}

/// The file with the settings of this machine, beside a project's: `harness.local.yaml`.
pub fn local_file(file: &str) -> String {
    file_over(file)
}

/// Findings that stop nobody: a setting has no effect yet, a program is not on this machine, a task
/// names a backlog item that is nowhere, a role has keys of another program.
const ADVICE: [&str; 4] = [
    "settings/not-yet",
    "agent/no-program",
    "task/unknown-item",
    "role/other-key",
];

/// Whether a finding only advises, and need not stop anybody.
pub fn is_advice(finding: &Finding) -> bool {
    ADVICE.contains(&finding.code.as_str())
}

/// The drivers of this version.
pub const DRIVERS: [&str; 4] = ["claude", "acp", "command", "replay"];

/// A project's settings, defaults filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The file they were read from.
    pub file: String,
    /// The workflow of a run that names none.
    pub default_workflow: Option<At<String>>,
    /// The agents, in order of preference.
    pub agents: Vec<AgentSettings>,
    /// The approval settings by name; `before_build` and `before_complete` are always there.
    pub approvals: BTreeMap<String, bool>,
    /// Whether an edit of run-state.md may approve.
    pub approvals_by_edit: bool,
    /// Limits of a run.
    pub budget: Limits,
    /// The profiles; `read-only` and `workspace` are always there.
    pub profiles: BTreeMap<String, ProfileSettings>,
    /// Whether runs work in the checkout and not in a tree of their own.
    pub in_place: bool,
    /// The pattern of a run's branch.
    pub branch: At<String>,
    /// How a fresh tree is made to build.
    pub tree: TreeSettings,
    /// The folder that writes and checks are scoped to.
    pub root: Option<RepoPath>,
    /// Where files lie that are not in their usual place.
    pub paths: Paths,
    /// The names of the backlog statuses that the engine sets.
    pub statuses: Statuses,
    /// How a result lands.
    pub land: LandSettings,
    /// How strongly attempts are held where their profile does not say.
    pub sandbox: Holding,
    /// Commands by the event that they are run for.
    pub on: BTreeMap<String, CommandDef>,
    /// What a used-up quota does to a stage that does not say.
    pub on_quota: OnQuotaDef,
    /// Whether the machine is to be kept from sleeping while an agent works.
    pub awake: bool,
    /// What all runs of a day may use together.
    pub day: Option<DayLimits>,
    /// Whether a run goes on by itself that was interrupted.
    pub resumes: bool,
    /// How many attempts of all runs may be at work at once; `None`: as many as there are.
    pub max_parallel: Option<u32>,
}

/// What a used-up quota does, as it was written: what says nothing is left to who stands above.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OnQuotaDef {
    /// What is done.
    pub act: Option<OnQuota>,
    /// How long a reset is waited for at most.
    pub until: Option<Until>,
}

/// How long something is waited for at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// So many seconds.
    Secs(u64),
    /// To the next time that a clock shows this.
    Clock(jiff::civil::Time),
}

/// What all runs of a day may use together, and what one does that this keeps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DayLimits {
    /// The limits.
    pub limits: Limits,
    /// Whether it pauses until a person says more; else it waits until the day is over.
    pub pauses: bool,
}

/// What is done when a quota is used up whose reset is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnQuota {
    /// The reset is waited for.
    #[default]
    Wait,
    /// The next agent with the capability does the work; where none is left, the reset is waited for.
    Fallback,
    /// The run is blocked.
    Block,
}

/// The capability of who leads dialogues.
pub const AUTHOR: &str = "author";

/// An agent that can serve stages, or lead dialogues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentSettings {
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub span: Span,
    /// Its driver.
    pub driver: String,
    /// Its model.
    pub model: Option<String>,
    /// Its effort.
    pub effort: Option<String>,
    /// What it can do.
    pub capabilities: Vec<String>,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// What a person works with who takes a stage of it over: a program and its arguments.
    pub interactive: Vec<String>,
    /// The folder of recordings, for `replay`.
    pub recordings: Option<String>,
    /// Names of environment variables to pass on.
    pub env: Vec<String>,
    /// Whether it is paid by a plan: tokens and no dollars.
    pub plan: bool,
    /// Whether a dialogue with it is a process a turn, each of which takes its session up, although
    /// its program could be talked to while it runs.
    pub by_turns: bool,
}

impl AgentSettings {
    /// Whether what it uses can be told in money.
    pub fn reports_cost(&self) -> bool {
        !matches!(self.driver.as_str(), "acp" | "command") && !self.plan
    }

    /// Whether it can be given MCP servers and skills by name. Of one whose driver nobody knows,
    /// that alone is said.
    pub fn takes_extras(&self) -> bool {
        !matches!(self.driver.as_str(), "acp" | "command")
    }

    /// Whether it can be given work of this capability: some programs only talk, in dialogues.
    pub fn can_serve(&self, capability: &str) -> bool {
        let declares = self.capabilities.iter().any(|c| c == capability);
        declares && (self.driver != "acp" || capability == AUTHOR)
    }

    /// Whether it tells how many tokens it used.
    pub fn reports_tokens(&self) -> bool {
        !matches!(self.driver.as_str(), "acp" | "command")
    }
}

/// Limits in money, tokens and time; `None` does not bind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Millionths of a US dollar.
    pub cost_micros: Option<u64>,
    /// Tokens.
    pub tokens: Option<u64>,
    /// Minutes of agent time.
    pub minutes: Option<u64>,
}

/// How strongly an attempt is held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Holding {
    /// As well as this machine can.
    #[default]
    BestEffort,
    /// By a sandbox, or not at all.
    Required,
    /// Not.
    Off,
}

/// What a stage may reach.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reach {
    /// Its model's provider.
    #[default]
    Model,
    /// Anything.
    Open,
    /// Nothing.
    None,
}

/// What a stage may touch. The default is nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileSettings {
    /// Gitignore globs of what it may write.
    pub writes: Vec<String>,
    /// Kinds of tools.
    pub tools: Vec<String>,
    /// What it may reach.
    pub network: Reach,
    /// Instruction files to bring back; `None`: the agent's own in stages that write.
    pub instructions: Option<Vec<At<RepoPath>>>,
    /// MCP servers to bring back.
    pub mcp: Vec<At<String>>,
    /// Skills to bring back.
    pub skills: Vec<At<String>>,
    /// Environment variables to pass on.
    pub env: Vec<String>,
    /// How strongly it is held; `None`: as the settings say.
    pub sandbox: Option<Holding>,
}

/// A command as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandDef {
    /// What to run.
    pub run: RunDef,
    /// Seconds it may take; `None`: the default of its place.
    pub timeout_secs: Option<u64>,
    /// Its name for people.
    pub name: Option<String>,
    /// Where it stands.
    pub span: Span,
}

/// The two spellings of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunDef {
    /// Under `sh -c`, never templated.
    Shell(String),
    /// As it is; each part may hold names.
    Argv(Vec<At<String>>),
}

/// How a fresh tree is made to build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TreeSettings {
    /// The folder that worktrees are made in, as written; `None`: beside the repository.
    pub path: Option<String>,
    /// Commands to run first.
    pub setup: Vec<CommandDef>,
    /// Globs of untracked files to copy.
    pub copy: Vec<String>,
    /// Paths to link.
    pub link: Vec<RepoPath>,
    /// Which submodules are made in it.
    pub submodules: Submodules,
    /// How many bytes the trees of this project's runs may take; `None`: as many as there are.
    pub limit: Option<u64>,
}

/// Which submodules a fresh tree has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Submodules {
    /// Those that the checkout has, from its own objects.
    #[default]
    Used,
    /// All; what the checkout has not got is fetched.
    All,
    /// None: their folders stay empty.
    None,
}

/// Where files lie that are not in their usual place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Paths {
    /// Role name to file.
    pub roles: BTreeMap<String, RepoPath>,
    /// Template name to file.
    pub templates: BTreeMap<String, RepoPath>,
    /// Workflow name to file.
    pub workflows: BTreeMap<String, RepoPath>,
    /// The backlog.
    pub backlog: Option<RepoPath>,
    /// The folder of task definitions.
    pub tasks: Option<RepoPath>,
}

/// The names of the backlog statuses that the engine sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statuses {
    /// A task was saved.
    pub ready: String,
    /// A run started.
    pub in_progress: String,
    /// A run completed.
    pub in_review: String,
    /// It landed.
    pub done: String,
}

impl Default for Statuses {
    fn default() -> Self {
        Self {
            ready: "Ready".to_owned(),
            in_progress: "In Progress".to_owned(),
            in_review: "In Review".to_owned(),
            done: "Done".to_owned(),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            file: "harness/harness.yaml".to_owned(),
            default_workflow: None,
            agents: Vec::new(),
            approvals: BTreeMap::from([
                ("before_build".to_owned(), false),
                ("before_complete".to_owned(), true),
            ]),
            approvals_by_edit: false,
            budget: Limits::default(),
            profiles: ProfileSettings::built_in(),
            in_place: false,
            branch: At {
                value: "harness/{{ task.id }}-{{ task.slug }}".to_owned(),
                span: Span::START,
            },
            tree: TreeSettings::default(),
            root: None,
            paths: Paths::default(),
            statuses: Statuses::default(),
            land: LandSettings::default(),
            sandbox: Holding::BestEffort,
            on: BTreeMap::new(),
            on_quota: OnQuotaDef::default(),
            awake: false,
            day: None,
            resumes: false,
            max_parallel: None,
        }
    }
}

impl ProfileSettings {
    fn of(writes: &[&str], tools: &[&str]) -> Self {
        let own = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect();
        Self {
            writes: own(writes),
            tools: own(tools),
            network: Reach::Model,
            instructions: None,
            mcp: Vec::new(),
            skills: Vec::new(),
            env: Vec::new(),
            sandbox: None,
        }
    }

    /// The profiles that are there without being declared.
    pub fn built_in() -> BTreeMap<String, Self> {
        BTreeMap::from([
            ("read-only".to_owned(), Self::of(&[], &["read", "search"])),
            (
                "review".to_owned(),
                Self::of(&[], &["read", "search", "shell"]),
            ),
            (
                "workspace".to_owned(),
                Self::of(
                    &["**", "!harness/**", "!.git/**"],
                    &["read", "search", "edit", "shell"],
                ),
            ),
        ])
    }
}

/// What is wrong with a gitignore glob; `None` where nothing is.
pub fn bad_glob(glob: &str) -> Option<String> {
    let body = glob.strip_prefix('!').unwrap_or(glob);
    if body.trim().is_empty() {
        return Some("it is empty".to_owned());
    }
    if body.split('/').any(|part| part == "..") {
        return Some("'..' would leave the repository".to_owned());
    }
    if body.contains(['\0', '\n', '\r']) {
        return Some("it holds a control character".to_owned());
    }
    let mut builder = ignore::gitignore::GitignoreBuilder::new("/");
    builder
        .add_line(None, glob)
        .err()
        .map(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_given_is_all_defaults() {
        let (settings, faults) = parse("harness/harness.yaml", "");
        assert_eq!(faults, []);
        assert_eq!(settings, Settings::default());
        assert_eq!(settings.approvals.get("before_complete"), Some(&true));
        assert_eq!(settings.profiles["read-only"].writes, Vec::<String>::new());
    }

    #[test]
    fn everything_that_can_be_set_is_read() {
        let text = include_str!("settings/full.yaml");
        let (settings, faults) = parse("harness/harness.yaml", text);
        assert_eq!(faults, []);
        assert_eq!(settings.agents[0].model.as_deref(), Some("sonnet"));
        assert!(settings.agents[1].plan);
        assert_eq!(settings.agents[2].command, ["./tool", "--go"]);
        assert!(settings.approvals["before_build"]);
        assert!(settings.approvals["before_complete"], "a default");
        assert!(!settings.approvals["before_release"]);
        assert!(settings.approvals_by_edit);
        assert_eq!(settings.budget.cost_micros, Some(2_500_000));
        assert_eq!(settings.profiles["docs"].mcp[0].value, "figma");
        assert!(settings.profiles.contains_key("workspace"), "built in");
        assert_eq!(settings.tree.setup[0].timeout_secs, Some(600));
        assert_eq!(settings.tree.setup[1].run, RunDef::Shell("make".into()));
        assert_eq!(
            settings.paths.roles["build"].as_str(),
            "docs/roles/build.md"
        );
        assert_eq!(settings.statuses.in_review, "Ready For Review");
        let day = settings.day.unwrap();
        assert_eq!(
            (day.limits.cost_micros, day.pauses),
            (Some(20_000_000), true)
        );
        assert!(settings.resumes);
        assert_eq!(settings.max_parallel, Some(3));
        let until = settings.on_quota.until.unwrap();
        assert_eq!(until, Until::Clock(jiff::civil::time(7, 30, 0, 0)));
    }

    #[test]
    fn all_faults_are_said_with_their_places() {
        let text = "version: 2\nagents:\n  - { name: a, driver: cluade }\n  - { name: a, driver: command }\n\
            profiles:\n  p: { writes: [\"../x\", \"a{b\"] }\ntree: { setup: [\"echo {{ task.id }}\"], submodules: some }\n\
            branch: \"x/{{ task.idd }}\"\nroot: /etc\napprovals: { by_edit: 3 }\n\
            run_state: harness/run-state.md\nbugdet: {}\n";
        let (_, faults) = parse("h.yaml", text);
        let codes: Vec<String> = faults
            .iter()
            .map(|f| format!("{} {}", f.place.clone().unwrap(), f.code))
            .collect();
        for expected in [
            "h.yaml:1:10 settings/bad-value",
            "h.yaml:3:24 settings/unknown-driver",
            "h.yaml:4:5 settings/duplicate-agent",
            "h.yaml:4:5 settings/no-command",
            "h.yaml:6:18 settings/bad-glob",
            "h.yaml:6:26 settings/bad-glob",
            "h.yaml:7:17 settings/shell-template",
            "h.yaml:7:52 settings/bad-value",
            "h.yaml:8:12 template/unknown-name",
            "h.yaml:9:7 settings/bad-path",
            "h.yaml:10:23 settings/wrong-type",
            "h.yaml:11:1 settings/unsupported",
            "h.yaml:12:1 settings/unknown-key",
        ] {
            assert!(
                codes.iter().any(|c| c == expected),
                "{expected} in {codes:#?}"
            );
        }
        assert_eq!(faults.len(), 13, "{codes:#?}");
    }

    #[test]
    fn a_branch_that_git_refuses_and_trees_in_the_harness_folder_are_faults() {
        let codes = |text: &str| -> Vec<String> {
            let (_, faults) = parse("harness/harness.yaml", text);
            faults.into_iter().map(|f| f.code).collect()
        };
        for branch in ["a b", "a..b", "/a", "a/", "a.lock", "-a", "a/.b", "x~1"] {
            let text = format!("branch: \"{branch}\"\n");
            assert_eq!(codes(&text), ["settings/bad-branch"], "{branch}");
        }
        for branch in [
            "{{ task.id }}",
            "harness/{{ task.id }}-{{task.slug}}",
            "a.b/c@d",
        ] {
            assert_eq!(
                codes(&format!("branch: \"{branch}\"\n")),
                [""; 0],
                "{branch}"
            );
        }
        for path in ["harness", "./harness/trees", ".git/trees", ".", "x/.."] {
            let text = format!("tree: {{ path: \"{path}\" }}\n");
            assert_eq!(codes(&text), ["settings/bad-path"], "{path}");
        }
        for path in ["../trees", "trees", "/var/trees", "../harness"] {
            assert_eq!(
                codes(&format!("tree: {{ path: \"{path}\" }}\n")),
                [""; 0],
                "{path}"
            );
        }
    }
}
