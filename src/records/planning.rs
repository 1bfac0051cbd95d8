//! From the harness files and an order to a plan and all that a run is created with.

use super::harness::{Harness, TaskFile, is_advice, slug};
use super::project::{HARNESS, Project};
use crate::documents::interpolate::{Names, fill_from};
use crate::documents::settings::{self, AgentSettings, Settings};
use crate::documents::yaml::Span;
use crate::engine::Person;
use crate::engine::plan::{Plan, PlannedTask, Work};
use crate::engine::resolve::{self, AdHoc, Overrides, Purpose, Sources};
use crate::stage::setup::pattern_of;
use crate::supervisor::order::{InPlace, Statuses};
use crate::supervisor::start;
use crate::supervisor::trust::Word;
use crate::terms::{Finding, ItemId, Oid, Place, RepoPath, StageId, TaskId};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

/// What is to be planned.
#[derive(Debug, Clone, Default)]
pub struct PlanRequest {
    /// The task.
    pub task: Option<TaskId>,
    /// The workflow; `None`: the project's default.
    pub workflow: Option<String>,
    /// One stage in a role, and no workflow.
    pub ad_hoc: Option<AdHocRequest>,
    /// Variables from `--set`.
    pub set: BTreeMap<String, String>,
    /// Agent, model and effort from the command line, for all stages.
    pub overrides: Overrides,
    /// A folder of recordings, absolute: every stage is played from there, no agent is started.
    pub replay: Option<PathBuf>,
    /// What the run's own names stand for, once they are known: see [`start::create`].
    pub run_names: start::RunNames,
}

/// One stage in a role: `run --template NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdHocRequest {
    /// The role's name.
    pub role: String,
    /// The capability its agent must have, where the role names none or another.
    pub capability: Option<String>,
    /// The profile.
    pub profile: Option<String>,
}

/// A plan, and what a run of it is created with.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// The backlog item of its task.
    pub item: Option<ItemId>,
    /// The wanted branch, short name; a number is added where it is taken.
    pub branch: String,
    /// The folder that the run's tree is made in, absolute.
    pub trees: PathBuf,
    /// The backlog's file, where the settings name one.
    pub backlog: Option<RepoPath>,
    /// The backlog's words.
    pub statuses: Statuses,
    /// Whether it would work in the checkout itself.
    pub in_place: bool,
}

/// What a run is created with beside its plan.
#[derive(Debug, Clone)]
pub struct RunStart {
    /// The commit to start from.
    pub base: Oid,
    /// The content of the checkout with its uncommitted changes, where they are taken along.
    pub changes: Option<Oid>,
    /// The content of the commit with the private harness in it; `None`: the harness is not private.
    pub private: Option<Oid>,
    /// The branch that is checked out, short name; `None`: detached.
    pub base_branch: Option<String>,
    /// The stages that were chosen; empty: all.
    pub chosen: Vec<StageId>,
    /// Who orders it.
    pub by: Person,
    /// Where attempts are to be recorded.
    pub record: Option<PathBuf>,
    /// Whether raw output is kept unredacted.
    pub keep_raw: bool,
    /// Whether the machine is to be kept from sleeping while an agent works.
    pub awake: bool,
    /// It works in the checkout itself.
    pub in_place: Option<InPlace>,
    /// That what it is begun with is trusted.
    pub trusted: Word,
}

impl Planned {
    /// What [`start::create`] needs. To it also give a closure that plans again with the run's
    /// names, as [`PlanRequest::run_names`].
    pub fn request(&self, project: &Project, start: RunStart) -> start::Request {
        start::Request {
            home: project.home().to_owned(),
            harness: project.harness.clone(),
            private: project.private.clone(),
            engine: project.engine.clone(),
            trees: self.trees.clone(),
            subject: self.subject(),
            branch: self.branch.clone(),
            base: start.base,
            changes: start.changes,
            private_tree: start.private,
            base_branch: start.base_branch,
            item: self.item.clone(),
            chosen: start.chosen,
            by: start.by,
            record: start.record,
            keep_raw: start.keep_raw,
            awake: start.awake,
            backlog: self.backlog.clone(),
            statuses: self.statuses.clone(),
            in_place: start.in_place,
            trusted: start.trusted,
        }
    }

    /// What the run's id names: the task or, without one, the workflow.
    fn subject(&self) -> String {
        let task = self.plan.task.as_ref().map(|t| t.id.to_string());
        task.unwrap_or_else(|| self.plan.workflow.clone())
    }
}

/// Makes the plan, or lists everything that stands in its way: faults of the settings, of the
/// task, of the workflow and of every file it uses. Advice does not.
pub fn plan(
    harness: &Harness,
    project: &Project,
    request: &PlanRequest,
) -> Result<Planned, Vec<Finding>> {
    let settings = &harness.settings.file;
    let local = settings::local_file(settings);
    let mut faults = faults_of(harness, [settings.as_str(), local.as_str()]);
    let task = match &request.task {
        None => None,
        Some(id) => match ready_task(harness, id) {
            Ok(file) => Some(file),
            Err(found) => {
                faults.extend(found);
                return Err(faults);
            }
        },
    };
    let planned = task.map(planned_task);
    let item = task.and_then(|file| file.task.item());
    let resolved = resolved(harness, request, planned.as_ref(), item.as_ref());
    let branch = match &resolved {
        Ok(plan) => branch(harness, plan, item.as_ref()),
        Err(_) => Ok(String::new()),
    };
    match (resolved, branch) {
        (Ok(mut plan), Ok(branch)) => {
            faults.extend(faults_of(harness, used(&plan)));
            close_harness(&mut plan, &project.harness);
            let in_place = harness.settings.in_place || project.is_without_git();
            faults.extend((in_place && project.is_private()).then(|| never_in_place(harness)));
            if in_place {
                fit_in_place(&mut plan);
            }
            if faults.is_empty() {
                return Ok(Planned {
                    plan,
                    item,
                    branch,
                    trees: trees(&harness.settings, project),
                    backlog: harness.settings.paths.backlog.clone(),
                    statuses: statuses(&harness.settings),
                    in_place,
                });
            }
        }
        (Err(found), _) | (_, Err(found)) => faults.extend(found),
    }
    if faults.iter().any(|f| f.code == "workflow/task-needed") {
        // Each text that names the task lacks it too; that says nothing more.
        faults.retain(|f| f.code != "template/unknown-name");
    }
    let mut seen: Vec<Finding> = Vec::new();
    for fault in faults {
        if !seen.contains(&fault) {
            seen.push(fault);
        }
    }
    Err(seen)
}

/// In place the stages write their artifacts into the checkout, where everybody sees them.
fn never_in_place(harness: &Harness) -> Finding {
    let text = "a private harness keeps nothing in the checkout, and a run in place writes its artifacts there";
    Finding::new("settings/private-in-place", text)
        .at(Place::file(&harness.settings.file))
        .remedy("leave `isolation: in-place` out, so that runs work in trees of their own")
}

/// In place there is one tree, so stages run one after the other; and an agent in the checkout could
/// edit run-state.md, so that an edit of it approves nothing.
fn fit_in_place(plan: &mut Plan) {
    plan.max_parallel = 1;
    plan.approvals_by_edit = false;
}

/// What `!harness/…` keeps from stages it keeps from them in the project's own harness folder too,
/// which in a repository of several projects lies deeper.
fn close_harness(plan: &mut Plan, harness: &RepoPath) {
    if harness.as_str() == HARNESS {
        return;
    }
    let own = pattern_of(harness.as_str());
    let lists = plan
        .stages
        .iter_mut()
        .flat_map(|s| [&mut s.writes, &mut s.within]);
    for list in lists {
        let closed = list.iter().flat_map(|glob| {
            let below = glob
                .strip_prefix('!')
                .and_then(|g| g.trim_start_matches('/').strip_prefix(HARNESS))
                .filter(|rest| rest.is_empty() || rest.starts_with('/'));
            let same = below.map(|rest| format!("!{own}{rest}"));
            std::iter::once(glob.clone()).chain(same)
        });
        *list = closed.collect();
    }
}

fn resolved(
    harness: &Harness,
    request: &PlanRequest,
    task: Option<&PlannedTask>,
    item: Option<&ItemId>,
) -> Result<Plan, Vec<Finding>> {
    let name = match &request.workflow {
        Some(name) => name,
        None => harness.default_workflow(),
    };
    let file = harness.files.get(name);
    let (Some(file), None) = (file, &request.ad_hoc) else {
        return match &request.ad_hoc {
            Some(order) => ad_hoc(harness, request, order, task, item),
            None => Err(vec![harness.no_workflow(name)]),
        };
    };
    let Some(workflow) = &file.workflow else {
        return Err(file.faults.clone());
    };
    let (settings, overrides) = served(&harness.settings, request);
    resolve::resolve(&Sources {
        workflow,
        workflow_faults: &file.faults,
        workflow_path: file.path.as_ref(),
        workflow_text: &file.text,
        workflows: &harness.workflows,
        settings: &settings,
        roles: &harness.roles,
        templates: &harness.templates,
        nameable: &harness.nameable,
        purpose: Purpose::Run {
            task,
            item: item.map(ItemId::as_str),
        },
        set: &request.set,
        overrides: &overrides,
        run_names: &request.run_names,
    })
}

fn ad_hoc(
    harness: &Harness,
    request: &PlanRequest,
    order: &AdHocRequest,
    task: Option<&PlannedTask>,
    item: Option<&ItemId>,
) -> Result<Plan, Vec<Finding>> {
    let (settings, overrides) = served(&harness.settings, request);
    // Of the workflow nothing counts: the one stage is made from the order.
    let (Some(workflow), _) = crate::documents::workflow::parse("--template", "stages: []") else {
        return Err(vec![Finding::new(
            "workflow/internal",
            "an empty workflow can't be read",
        )]);
    };
    let order = AdHoc {
        role: &order.role,
        capability: order.capability.as_deref(),
        profile: order.profile.as_deref(),
    };
    resolve::ad_hoc(
        order,
        &Sources {
            workflow: &workflow,
            workflow_faults: &[],
            workflow_path: None,
            workflow_text: "",
            workflows: &harness.workflows,
            settings: &settings,
            roles: &harness.roles,
            templates: &harness.templates,
            nameable: &harness.nameable,
            purpose: Purpose::Run {
                task,
                item: item.map(ItemId::as_str),
            },
            set: &request.set,
            overrides: &overrides,
            run_names: &request.run_names,
        },
    )
}

/// The name of the agent that plays recordings where the order says so.
const REPLAY: &str = "replay";

/// The settings and overrides that serve this order: where it is to be played, one agent more that
/// plays, for all stages.
fn served(settings: &Settings, request: &PlanRequest) -> (Settings, Overrides) {
    let mut settings = settings.clone();
    let mut overrides = request.overrides.clone();
    if let Some(folder) = &request.replay {
        settings.agents.retain(|a| a.name != REPLAY);
        settings.agents.push(AgentSettings {
            interactive: Vec::new(),
            name: REPLAY.to_owned(),
            span: Span::START,
            driver: REPLAY.to_owned(),
            model: None,
            effort: None,
            capabilities: Vec::new(),
            command: Vec::new(),
            recordings: Some(folder.to_string_lossy().into_owned()),
            env: Vec::new(),
            plan: false,
            by_turns: false,
        });
        overrides.agent = Some(REPLAY.to_owned());
    }
    (settings, overrides)
}

/// The task's file, fit to be run, or all that keeps it from that.
pub fn ready_task<'a>(harness: &'a Harness, id: &TaskId) -> Result<&'a TaskFile, Vec<Finding>> {
    let file = harness.only_task(id).map_err(|fault| vec![fault])?;
    let faults = faults_of(harness, [file.path.as_str()]);
    match not_ready(file, faults) {
        faults if faults.is_empty() => Ok(file),
        faults => Err(faults),
    }
}

/// What keeps a task from being run, where its file has these faults.
pub(super) fn not_ready(file: &TaskFile, faults: Vec<Finding>) -> Vec<Finding> {
    if !file.task.is_draft() {
        return faults;
    }
    vec![
        Finding::new("task/draft", format!("{} is a draft", file.id))
            .at(Place::line(file.path.as_str(), 1))
            .remedy("finish it, and set its line 'Status:' to Ready"),
    ]
}

fn planned_task(file: &TaskFile) -> PlannedTask {
    PlannedTask {
        id: file.id.clone(),
        title: file.task.title().to_owned(),
        slug: slug(file),
        path: file.path.clone(),
        digest: file.task.digest_for_staleness(),
        criteria: crate::supervisor::by_hand::criteria(&file.task),
    }
}

/// The faults of these files that are more than advice.
fn faults_of<'a>(harness: &Harness, files: impl IntoIterator<Item = &'a str>) -> Vec<Finding> {
    let files: BTreeSet<&str> = files.into_iter().collect();
    let of = |f: &&Finding| {
        f.place
            .as_ref()
            .is_some_and(|p| files.contains(p.file.as_str()))
    };
    let found = harness.faults.iter().filter(of);
    found.filter(|f| !is_advice(f)).cloned().collect()
}

/// The files of roles that a plan uses.
fn used(plan: &Plan) -> impl Iterator<Item = &str> {
    plan.stages.iter().filter_map(|stage| match &stage.work {
        Work::Role(role) => Some(role.role_path.as_str()),
        Work::Command(_) | Work::Gate => None,
    })
}

/// The wanted branch.
fn branch(harness: &Harness, plan: &Plan, item: Option<&ItemId>) -> Result<String, Vec<Finding>> {
    let pattern = &harness.settings.branch;
    let Some(task) = &plan.task else {
        // The pattern speaks of a task, and there is none.
        return Ok(format!("harness/{}", plan.workflow));
    };
    let mut names = Names::default();
    let pairs = [
        ("task.id", task.id.to_string()),
        (
            "task.title",
            crate::documents::task::name::slugify(&task.title),
        ),
        ("task.slug", task.slug.clone()),
        ("task.path", task.path.to_string()),
        (
            "task.item",
            item.map_or_else(String::new, ToString::to_string),
        ),
    ];
    names
        .known
        .extend(pairs.map(|(name, value)| (name.to_owned(), value)));
    let place = pattern.span.in_file(&harness.settings.file);
    fill_from(&pattern.value, &names, &place)
}

/// The folder that the trees of runs are made in, absolute.
pub fn trees(settings: &Settings, project: &Project) -> PathBuf {
    match &settings.tree.path {
        Some(path) => plain(&project.home().join(path)),
        None => project.default_trees(),
    }
}

/// A path without `.` and `..`, by its words alone: git names its working trees like that.
fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            part => out.push(part),
        }
    }
    out
}

fn statuses(settings: &Settings) -> Statuses {
    Statuses {
        started: settings.statuses.in_progress.clone(),
        completed: settings.statuses.in_review.clone(),
        landed: settings.statuses.done.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::testing::{put, repository};
    use crate::stage::writes::Writes;

    const TASK: &str = "# Task T001 — Dark mode\n\nStatus: Ready\nBacklog Item: B003\n\n## Summary\n\nWanted at night.\n\n## Acceptance Criteria\n\n- AC-1: It is dark.\n- It stays so.\n";

    fn project(files: &[(&str, &str)]) -> (tempfile::TempDir, Project) {
        let (dir, git) = repository();
        put(git.dir(), "harness/tasks/T001-dark-mode.md", TASK);
        for (path, text) in files {
            put(git.dir(), path, text);
        }
        let project = Project::find(git.dir()).unwrap();
        (dir, project)
    }

    fn of(task: &str) -> PlanRequest {
        PlanRequest {
            task: Some(TaskId::new(task).unwrap()),
            ..PlanRequest::default()
        }
    }

    fn codes(faults: &[Finding]) -> Vec<&str> {
        faults.iter().map(|f| f.code.as_str()).collect()
    }

    #[test]
    fn a_task_becomes_a_plan_with_its_criteria_branch_and_item() {
        let (_dir, project) = project(&[]);
        let planned = plan(&Harness::load(&project), &project, &of("T001")).unwrap();
        assert_eq!(planned.branch, "harness/T001-dark-mode");
        assert_eq!(planned.item, Some(ItemId::new("B003").unwrap()));
        let task = planned.plan.task.as_ref().unwrap();
        let ids: Vec<&str> = task.criteria.iter().map(|c| c.id.as_str()).collect();
        assert_eq!(ids, ["AC-1", "AC-2"]);
        assert_eq!(planned.subject(), "T001");
        assert!(planned.trees.is_absolute());
    }

    #[test]
    fn a_harness_that_lies_deeper_is_closed_as_one_at_the_root_is() {
        let (dir, git) = repository();
        put(git.dir(), "apps/web/harness/tasks/T001-dark-mode.md", TASK);
        let project = Project::find(&git.dir().join("apps/web")).unwrap();
        assert_eq!(project.harness.as_str(), "apps/web/harness");
        let planned = plan(&Harness::load(&project), &project, &of("T001")).unwrap();
        let build = planned
            .plan
            .stages
            .iter()
            .find(|s| s.id.as_str() == "build");
        let (writes, unread) = Writes::new(&build.unwrap().writes, Vec::new(), "apps/web/harness");
        assert!(unread.is_empty(), "{unread:?}");
        for (path, may) in [
            ("apps/web/src/a.ts", true),
            ("apps/web/harness/roles/build.md", false),
            ("apps/api/harness/roles/build.md", true),
            ("harness/roles/build.md", false),
        ] {
            assert_eq!(writes.allow(path), may, "{path}");
        }
        drop(dir);
    }

    #[test]
    fn recordings_play_every_stage_whatever_the_settings_say() {
        let (_dir, project) = project(&[]);
        let request = PlanRequest {
            replay: Some(PathBuf::from("/rec")),
            ..of("T001")
        };
        let planned = plan(&Harness::load(&project), &project, &request).unwrap();
        for stage in &planned.plan.stages {
            if let Work::Role(role) = &stage.work {
                assert_eq!(role.agent.driver, "replay");
                assert_eq!(role.agent.recordings.as_deref(), Some("/rec"));
                assert_eq!(role.agent.model, None);
            }
        }
    }

    #[test]
    fn the_runs_names_fill_the_paths_of_artifacts() {
        let (_dir, project) = project(&[]);
        let request = PlanRequest {
            workflow: Some("quick-review".to_owned()),
            run_names: [("run.id".to_owned(), "RUN-1".to_owned())].into(),
            ..PlanRequest::default()
        };
        let planned = plan(&Harness::load(&project), &project, &request).unwrap();
        assert_eq!(planned.branch, "harness/quick-review");
        assert_eq!(planned.subject(), "quick-review");
        let path = planned.plan.stages[0].produces[0].path.as_str();
        assert_eq!(path, "harness/artifacts/reviews/RUN-1-review-notes.md");
    }

    #[test]
    fn what_stands_in_the_way_is_said() {
        let draft = TASK.replace("Ready", "Draft").replace("T001", "T002");
        let (_dir, project) = project(&[
            ("harness/tasks/T002-draft.md", &draft),
            ("harness/tasks/T003-a.md", &TASK.replace("T001", "T003")),
            ("harness/tasks/T003-b.md", &TASK.replace("T001", "T003")),
        ]);
        let harness = Harness::load(&project);
        let refused = |request: &PlanRequest| plan(&harness, &project, request).unwrap_err();
        assert_eq!(codes(&refused(&of("T002"))), ["task/draft"]);
        assert_eq!(codes(&refused(&of("T003"))), ["task/duplicate-id"]);
        assert_eq!(codes(&refused(&of("T009"))), ["task/unknown"]);
        let unknown = PlanRequest {
            workflow: Some("featur".to_owned()),
            ..of("T001")
        };
        assert_eq!(codes(&refused(&unknown)), ["settings/unknown-workflow"]);
        let no_task = refused(&PlanRequest::default());
        assert_eq!(codes(&no_task), ["workflow/task-needed"]);
    }

    #[test]
    fn faulty_settings_and_roles_stop_a_run_and_advice_does_not() {
        let (_dir, project) = project(&[("harness/harness.yaml", "version: 1\nbugdet: {}\n")]);
        let faults = plan(&Harness::load(&project), &project, &of("T001")).unwrap_err();
        assert!(
            codes(&faults).contains(&"settings/unknown-key"),
            "{faults:?}"
        );
        let (_dir, project) = self::project(&[(
            "harness/roles/qa.md",
            "---\ncapability: review\ntimeot: 3m\n---\nLook.\n",
        )]);
        let faults = plan(&Harness::load(&project), &project, &of("T001")).unwrap_err();
        assert_eq!(codes(&faults), ["role/unknown-key"]);
    }

    #[test]
    fn one_stage_needs_no_workflow() {
        let (_dir, project) = project(&[]);
        let request = PlanRequest {
            ad_hoc: Some(AdHocRequest {
                role: "critic".to_owned(),
                capability: None,
                profile: None,
            }),
            ..PlanRequest::default()
        };
        let planned = plan(&Harness::load(&project), &project, &request).unwrap();
        assert_eq!(planned.plan.stages.len(), 1);
        assert_eq!(planned.subject(), "critic");
    }

    #[test]
    fn trees_lie_where_the_settings_say() {
        let settings = "version: 1\ntree: { path: \"../trees/./here\" }\n";
        let (_dir, project) = project(&[("harness/harness.yaml", settings)]);
        let harness = Harness::load(&project);
        let wanted = project.home().parent().unwrap().join("trees/here");
        assert_eq!(trees(&harness.settings, &project), wanted);
    }
}
