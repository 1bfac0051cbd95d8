//! From the tree to [`Settings`]. The shape was checked before: what does not fit is left at its
//! default here.

use super::{
    AgentSettings, CommandDef, DRIVERS, DayLimits, Holding, LandSettings, Limits, OnQuota,
    OnQuotaDef, ProfileSettings, Reach, RunDef, Settings, Submodules, Until, bad_glob, keys,
};
use crate::documents::clock::parse_clock;
use crate::documents::interpolate;
use crate::documents::yaml::shape::{Checker, Kind, did_you_mean, duration, size};
use crate::documents::yaml::{self, At, Node, Parsed, Span, Value, overlay};
use crate::terms::{Finding, RepoPath};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// The names that a branch pattern may hold.
const NAMES: [&str; 8] = [
    "task.id",
    "task.title",
    "task.slug",
    "task.path",
    "task.item",
    "run.id",
    "run.date",
    "run.workflow",
];

pub(super) fn settings(file: &str, text: &str, local: Option<&str>) -> (Settings, Vec<Finding>) {
    let mut parsed = yaml::parse(file, text);
    if let Some(local) = local {
        lay_over(&mut parsed, file, local);
    }
    let mut reader = Reader {
        file,
        faults: parsed.faults,
    };
    let mut settings = Settings {
        file: file.to_owned(),
        ..Settings::default()
    };
    if let Some(root) = parsed.root.filter(|r| r.value != Value::Null) {
        let mut checker = Checker {
            file,
            area: "settings",
            not_built: "not-yet",
            faults: std::mem::take(&mut reader.faults),
        };
        checker.check(&root, &Kind::Record(&keys::SETTINGS), "the file");
        reader.faults = checker.faults;
        reader.fill(&root, &mut settings);
    }
    reader.faults.sort_by(|a, b| a.place.cmp(&b.place));
    (settings, reader.faults)
}

/// Lays the settings of this machine over those of the project. What is no map says nothing.
fn lay_over(parsed: &mut Parsed, file: &str, local: &str) {
    let local_file = overlay::file_over(file);
    let over = yaml::parse(&local_file, local);
    parsed.faults.extend(over.faults);
    let Some(over) = over.root else { return };
    let Value::Map(_) = over.value else {
        if over.value != Value::Null {
            let text = "the file is not a list of settings";
            let fault = Finding::new("settings/wrong-type", text)
                .at(over.span.in_file(&local_file))
                .remedy("write keys of harness.yaml, such as agents:");
            parsed.faults.push(fault);
        }
        return;
    };
    let Some(root) = parsed.root.take() else {
        return;
    };
    let over = overlay::marked(over);
    let items = |node: &Node| node.get("agents").map(|n| n.items().to_vec());
    let agents = items(&root).zip(items(&over));
    let mut both = overlay::laid(root, over);
    if let (Some((under, over)), Value::Map(entries)) = (agents, &mut both.value)
        && let Some((_, node)) = entries.iter_mut().find(|(key, _)| key.text == "agents")
        && matches!(node.value, Value::Seq(_))
    {
        node.value = Value::Seq(overlay::laid_by_name(under, over));
    }
    parsed.root = Some(both);
}

struct Reader<'a> {
    file: &'a str,
    faults: Vec<Finding>,
}

impl Reader<'_> {
    fn fill(&mut self, root: &Node, to: &mut Settings) {
        to.default_workflow = root.text_of("default_workflow");
        to.agents = self.agents(root);
        self.approvals(root, to);
        to.in_place = root
            .text_of("isolation")
            .is_some_and(|word| word.value == "in-place");
        if let Some(budget) = root.get("budget") {
            to.budget = limits(budget);
            to.day = budget.get("day").map(|day| DayLimits {
                limits: limits(day),
                pauses: day.string_of("do").as_deref() == Some("pause"),
            });
        }
        for (name, node) in root.get("profiles").map_or(&[][..], Node::entries) {
            let profile = self.profile(node);
            to.profiles.insert(name.text.clone(), profile);
        }
        if let Some(branch) = root.text_of("branch") {
            self.names(&branch);
            self.branch(&branch);
            to.branch = branch;
        }
        if let Some(tree) = root.get("tree") {
            if let Some(path) = tree.text_of("path") {
                self.trees(&path);
                to.tree.path = Some(path.value);
            }
            to.tree.setup = self.commands(tree, "setup");
            to.tree.copy = self.globs(tree, "copy");
            let link = tree.texts_of("link");
            to.tree.link = link.into_iter().filter_map(|l| self.path(&l)).collect();
            to.tree.submodules = match tree.string_of("submodules").as_deref() {
                Some("all") => Submodules::All,
                Some("none") => Submodules::None,
                _ => Submodules::Used,
            };
            to.tree.limit = tree.string_of("limit").and_then(|l| size(&l));
        }
        to.root = self.path_of(root, "root");
        self.paths(root, to);
        self.statuses(root, to);
        to.land = LandSettings::read(root, self.file, &mut self.faults);
        to.sandbox = holding(root).unwrap_or_default();
        for (event, node) in root.get("on").map_or(&[][..], Node::entries) {
            let command = self.command(node);
            to.on
                .extend(command.map(|command| (event.text.clone(), command)));
        }
        to.on_quota = on_quota(root);
        to.resumes = root.string_of("resume").as_deref() == Some("auto");
        to.max_parallel = root
            .count_of("max_parallel")
            .and_then(|n| u32::try_from(n).ok());
        to.awake = matches!(root.get("awake").map(|n| &n.value), Some(Value::Bool(true)));
    }

    fn agents(&mut self, root: &Node) -> Vec<AgentSettings> {
        let mut agents: Vec<AgentSettings> = Vec::new();
        let nodes: &[Node] = root.get("agents").map_or(&[], Node::items);
        for node in nodes {
            let (Some(name), Some(driver)) = (node.string_of("name"), node.text_of("driver"))
            else {
                continue;
            };
            if agents.iter().any(|a| a.name == name) {
                let text = format!("a second agent has the name '{name}'");
                self.fault("duplicate-agent", text, "give it another name", node.span);
            }
            let agent = AgentSettings {
                name,
                span: node.span,
                driver: driver.value.clone(),
                model: node.string_of("model"),
                effort: node.string_of("effort"),
                capabilities: values(node, "capabilities"),
                command: values(node, "command"),
                interactive: values(node, "interactive"),
                recordings: node.string_of("recordings"),
                env: values(node, "env"),
                plan: node.string_of("billing").as_deref() == Some("plan"),
                by_turns: node.string_of("dialogue").as_deref() == Some("turns"),
            };
            self.driver(&agent, &driver);
            agents.push(agent);
        }
        agents
    }

    fn driver(&mut self, agent: &AgentSettings, driver: &At<String>) {
        if !DRIVERS.contains(&agent.driver.as_str()) {
            let text = format!("unknown driver '{}'", agent.driver);
            let remedy = did_you_mean(&agent.driver, DRIVERS).map_or_else(
                || format!("known here: {}", DRIVERS.join(", ")),
                |near| format!("did you mean '{near}'?"),
            );
            self.fault("unknown-driver", text, &remedy, driver.span);
        }
        if agent.by_turns && agent.driver == "acp" {
            let text = format!("the agent '{}' can't be talked to by turns", agent.name);
            let remedy = "take 'dialogue' out: the driver acp talks to one process all the time";
            self.fault("no-turns", text, remedy, driver.span);
        }
        if ["acp", "command"].contains(&agent.driver.as_str()) && agent.command.is_empty() {
            let text = format!(
                "agent '{}' has the driver {} but no command",
                agent.name, agent.driver
            );
            let remedy = if agent.driver == "acp" {
                "add what starts its server: command: [opencode, acp]"
            } else {
                "add command: [program, argument]"
            };
            self.fault("no-command", text, remedy, agent.span);
        }
        if agent.driver == "replay" && agent.recordings.is_none() {
            let text = format!(
                "agent '{}' has the driver replay but no recordings",
                agent.name
            );
            self.fault("no-recordings", text, "add recordings: FOLDER", agent.span);
        }
    }

    fn approvals(&mut self, root: &Node, to: &mut Settings) {
        for (name, node) in root.get("approvals").map_or(&[][..], Node::entries) {
            let Value::Bool(asks) = node.value else {
                continue;
            };
            if name.text == "by_edit" {
                to.approvals_by_edit = asks;
            } else if is_name(&name.text) {
                to.approvals.insert(name.text.clone(), asks);
            } else {
                let text = format!("'{}' can't be used in an expression", name.text);
                let remedy = "use letters, digits and underscores";
                self.fault("bad-name", text, remedy, name.span);
            }
        }
    }

    fn profile(&mut self, node: &Node) -> ProfileSettings {
        let instructions = node.get("instructions").map(|n| {
            let texts = n.texts();
            { texts.into_iter() }
                .filter_map(|p| {
                    Some(At {
                        value: self.path(&p)?,
                        span: p.span,
                    })
                })
                .collect()
        });
        ProfileSettings {
            writes: self.globs(node, "writes"),
            tools: values(node, "tools"),
            network: match node.string_of("network").as_deref() {
                Some("open") => Reach::Open,
                Some("none") => Reach::None,
                _ => Reach::Model,
            },
            instructions,
            mcp: node.texts_of("mcp"),
            skills: node.texts_of("skills"),
            env: values(node, "env"),
            sandbox: holding(node),
        }
    }

    fn paths(&mut self, root: &Node, to: &mut Settings) {
        let Some(paths) = root.get("paths") else {
            return;
        };
        to.paths.roles = self.path_map(paths, "roles");
        to.paths.templates = self.path_map(paths, "templates");
        to.paths.workflows = self.path_map(paths, "workflows");
        to.paths.backlog = self.path_of(paths, "backlog");
        to.paths.tasks = self.path_of(paths, "tasks");
    }

    fn statuses(&mut self, root: &Node, to: &mut Settings) {
        let Some(node) = root.get("statuses") else {
            return;
        };
        let statuses = &mut to.statuses;
        for (key, field) in [
            ("ready", &mut statuses.ready),
            ("in_progress", &mut statuses.in_progress),
            ("in_review", &mut statuses.in_review),
            ("done", &mut statuses.done),
        ] {
            if let Some(name) = node.text_of(key) {
                if name.value.trim().is_empty() || name.value.contains('\n') {
                    let remedy = "write one line with a word";
                    self.fault(
                        "bad-value",
                        format!("'{key}' is no status"),
                        remedy,
                        name.span,
                    );
                } else {
                    *field = name.value;
                }
            }
        }
    }

    fn commands(&mut self, node: &Node, key: &str) -> Vec<CommandDef> {
        let nodes: &[Node] = node.get(key).map_or(&[], Node::items);
        nodes.iter().filter_map(|n| self.command(n)).collect()
    }

    fn command(&mut self, node: &Node) -> Option<CommandDef> {
        let command = command(node)?;
        self.faults
            .extend(shell_template(&command, self.file, "settings"));
        Some(command)
    }

    fn globs(&mut self, node: &Node, key: &str) -> Vec<String> {
        let globs = node.texts_of(key);
        for glob in &globs {
            if let Some(why) = bad_glob(&glob.value) {
                let text = format!("'{}' is no glob: {why}", glob.value);
                let span = glob.span;
                self.fault("bad-glob", text, "write a gitignore pattern", span);
            }
        }
        globs.into_iter().map(|g| g.value).collect()
    }

    fn path_map(&mut self, node: &Node, key: &str) -> BTreeMap<String, RepoPath> {
        let mut map = BTreeMap::new();
        for (name, node) in node.get(key).map_or(&[][..], Node::entries) {
            if let Some(path) = node.text().and_then(|t| self.path(&t)) {
                map.insert(name.text.clone(), path);
            }
        }
        map
    }

    fn path_of(&mut self, node: &Node, key: &str) -> Option<RepoPath> {
        node.text_of(key).and_then(|text| self.path(&text))
    }

    fn path(&mut self, text: &At<String>) -> Option<RepoPath> {
        match RepoPath::new(text.value.trim_end_matches('/')) {
            Ok(path) => Some(path),
            Err(bad) => {
                let remedy = "write a path relative to the repository's root";
                self.fault("bad-path", bad.to_string(), remedy, text.span);
                None
            }
        }
    }

    fn names(&mut self, text: &At<String>) {
        let names = interpolate::Names::later(&NAMES);
        let place = text.span.in_file(self.file);
        if let Err(faults) = interpolate::fill_from(&text.value, &names, &place) {
            self.faults.extend(faults);
        }
    }

    /// A pattern that no name of a branch can come from, whatever the task is.
    fn branch(&mut self, pattern: &At<String>) {
        if let Some(why) = no_branch(&pattern.value) {
            let text = format!("'{}' makes no name of a branch: {why}", pattern.value);
            let remedy = "write one like harness/{{ task.id }}-{{ task.slug }}";
            self.fault("bad-branch", text, remedy, pattern.span);
        }
    }

    /// The trees of runs can't lie in the harness folder, in git's, or in place of the checkout.
    fn trees(&mut self, path: &At<String>) {
        let own = Path::new(self.file).parent().unwrap_or(Path::new(""));
        let wanted = plain(Path::new(&path.value));
        let taken = wanted.as_os_str().is_empty()
            || wanted.starts_with(".git")
            || (!own.as_os_str().is_empty() && wanted.starts_with(own));
        if taken {
            let text = format!("the trees of runs can't lie in '{}'", path.value);
            let remedy = "name a folder beside the repository, like ../trees";
            self.fault("bad-path", text, remedy, path.span);
        }
    }

    fn fault(&mut self, code: &str, text: String, remedy: &str, span: Span) {
        self.faults.push(
            Finding::new(format!("settings/{code}"), text)
                .at(span.in_file(self.file))
                .remedy(remedy),
        );
    }
}

/// Why git would take no branch of this pattern; what stands in braces is taken for a plain word.
fn no_branch(pattern: &str) -> Option<&'static str> {
    let mut name = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("{{") {
        name.push_str(before);
        name.push('x');
        rest = after.split_once("}}").map_or("", |(_, after)| after);
    }
    name.push_str(rest);
    let forbidden = |c: char| c.is_control() || " ~^:?*[\\".contains(c);
    let bad_part = |part: &str| {
        let lock = part.rsplit_once('.').is_some_and(|(_, end)| end == "lock");
        part.is_empty() || part.starts_with('.') || part.ends_with('.') || lock
    };
    if name.chars().any(forbidden) {
        Some("git allows no blank and none of ~ ^ : ? * [ \\ in one")
    } else if name.contains("..") || name.contains("@{") || name == "@" || name.starts_with('-') {
        Some("git allows no .., no @{ and no - at its beginning")
    } else if name.split('/').any(bad_part) {
        Some("a part between slashes is empty, begins or ends with a dot, or ends with .lock")
    } else {
        None
    }
}

/// A path without `.` and `..`, by its words alone.
fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if out.components().next_back().is_some_and(is_name_part) => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

fn is_name_part(part: Component<'_>) -> bool {
    matches!(part, Component::Normal(_))
}

fn values(node: &Node, key: &str) -> Vec<String> {
    node.texts_of(key).into_iter().map(|t| t.value).collect()
}

fn holding(node: &Node) -> Option<Holding> {
    Some(match node.string_of("sandbox")?.as_str() {
        "required" => Holding::Required,
        "off" => Holding::Off,
        _ => Holding::BestEffort,
    })
}

/// Whether a word can stand after a dot in an expression and in `{{ }}`.
pub(in crate::documents) fn is_name(word: &str) -> bool {
    word.len() <= 64
        && word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// What a used-up quota does: a word, or a map that says how long is waited, too.
pub(in crate::documents) fn on_quota(node: &Node) -> OnQuotaDef {
    let Some(node) = node.get("on_quota") else {
        return OnQuotaDef::default();
    };
    let word = node.string_of("do");
    let act = match word.as_deref().or(node.as_str()) {
        Some("wait") => Some(OnQuota::Wait),
        Some("fallback") => Some(OnQuota::Fallback),
        Some("block") => Some(OnQuota::Block),
        _ => None,
    };
    OnQuotaDef {
        act,
        until: node.string_of("until").and_then(|text| {
            let secs = duration(&text).map(Until::Secs);
            secs.or_else(|| parse_clock(&text).map(Until::Clock))
        }),
    }
}

/// Limits as they were written.
pub(in crate::documents) fn limits(node: &Node) -> Limits {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "bounded on both sides just before"
    )]
    let micros = |usd: f64| (usd.clamp(0.0, 1e9) * 1e6).round() as u64;
    let cost = match node.get("cost_usd").map(|n| &n.value) {
        #[expect(clippy::cast_precision_loss, reason = "dollars")]
        Some(Value::Int { number, .. }) => Some(micros(*number as f64)),
        Some(Value::Float { number, .. }) => Some(micros(*number)),
        _ => None,
    };
    Limits {
        cost_micros: cost,
        tokens: node.count_of("tokens"),
        minutes: node.count_of("minutes"),
    }
}

/// A command in any of its spellings: a line, a list, or a map with `run` (or `command`).
pub(in crate::documents) fn command(node: &Node) -> Option<CommandDef> {
    let inner = node.get("run").or_else(|| node.get("command"));
    let run = match &inner.unwrap_or(node).value {
        Value::Str { text, .. } => RunDef::Shell(text.clone()),
        Value::Seq(_) => RunDef::Argv(inner.unwrap_or(node).texts()),
        _ => return None,
    };
    Some(CommandDef {
        run,
        timeout_secs: node.string_of("timeout").and_then(|t| duration(&t)),
        name: node.string_of("name"),
        span: inner.unwrap_or(node).span,
    })
}

/// What can't be run: an empty command, or a shell line that counts on being filled in.
pub(in crate::documents) fn shell_template(
    command: &CommandDef,
    file: &str,
    area: &str,
) -> Option<Finding> {
    let place = command.span.in_file(file);
    match &command.run {
        RunDef::Shell(line) if line.trim().is_empty() => Some(
            Finding::new(format!("{area}/empty-command"), "the command is empty")
                .at(place)
                .remedy("write what to run"),
        ),
        RunDef::Argv(argv) if argv.first().is_none_or(|a| a.value.is_empty()) => Some(
            Finding::new(format!("{area}/empty-command"), "the command is empty")
                .at(place)
                .remedy("write the program first"),
        ),
        RunDef::Shell(line) if !interpolate::names_in(line).is_empty() => Some(
            Finding::new(
                format!("{area}/shell-template"),
                "a shell line is never filled in, but this one holds {{ }}",
            )
            .at(place)
            .remedy("use $HARNESS_TASK_ID or $HARNESS_VAR_…, write the command as a list, or put it into a script"),
        ),
        _ => None,
    }
}
