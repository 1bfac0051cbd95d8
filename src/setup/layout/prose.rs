//! A prose harness: roles named `build-agent.md` that an orchestrating agent follows, templates named
//! `feature-spec-template.md`, standards, and a backlog in a folder of its own.

use super::Finder;
use super::listing::is_markdown;

/// Roles with the name they serve under here.
const ROLES: [(&str, &str); 6] = [
    ("author-agent.md", "author"),
    ("po-spec-agent.md", "po-spec"),
    ("feature-design-agent.md", "feature-design"),
    ("tech-lead-agent.md", "tech-lead"),
    ("build-agent.md", "build"),
    ("qa-agent.md", "qa"),
];
/// Templates likewise.
const TEMPLATES: [(&str, &str); 5] = [
    ("task-template.md", "task"),
    ("feature-spec-template.md", "feature-spec"),
    ("design-note-template.md", "design-note"),
    ("implementation-plan-template.md", "implementation-plan"),
    ("qa-review-template.md", "qa-review"),
];
/// Templates of what the engine writes.
const ENGINES: [&str; 2] = ["run-state-template.md", "run-report-template.md"];
/// Words in the names of standards that say what the engine does itself.
const RULES: [&str; 6] = [
    "workflow",
    "lifecycle",
    "run-state",
    "run-id",
    "run-report",
    "stage-input",
];

/// Looks for one, and whether there is one.
pub(super) fn look(found: &mut Finder<'_>, ours: bool) -> bool {
    let roles = ROLES
        .iter()
        .map(|(file, _)| format!("harness/roles/{file}"));
    let templates = TEMPLATES.iter();
    let templates = templates.map(|(file, _)| format!("harness/templates/{file}"));
    let there = roles.chain(templates);
    let there = there.filter(|path| found.listing.get(path).is_some());
    if there.count() < if ours { 1 } else { 2 } {
        return false;
    }
    let place = found.whole("harness/");
    found
        .layout
        .kinds
        .push(format!("a prose harness in {place}"));
    roles_of(found);
    templates_of(found);
    standards(found);
    found_in_place(found);
    true
}

fn roles_of(found: &mut Finder<'_>) {
    let listing = found.listing;
    for name in listing.names("harness/roles").filter(|n| is_markdown(n)) {
        let path = format!("harness/roles/{name}");
        if let Some((_, role)) = ROLES.iter().find(|(file, _)| *file == name) {
            found.role(&path, role);
        } else if name.starts_with("orchestrator") {
            found.leave(
                &path,
                "not needed: the engine decides which stage runs next",
            );
        } else if let Some(own) = name.strip_suffix("-agent.md") {
            let says = format!("no stage asks for it; `run --template {own}-agent` takes it");
            found.leave(&path, says);
        }
    }
}

fn templates_of(found: &mut Finder<'_>) {
    let listing = found.listing;
    for name in listing.names("harness/templates") {
        let path = format!("harness/templates/{name}");
        if let Some((_, template)) = TEMPLATES.iter().find(|(file, _)| *file == name) {
            found.template(&path, template);
        } else if ENGINES.contains(&name) {
            found.leave(&path, "not needed: the engine writes these files itself");
        }
    }
}

/// Each standard into the prompts of the stages that it concerns.
fn standards(found: &mut Finder<'_>) {
    let listing = found.listing;
    let files = listing.names("harness/standards");
    for name in files.filter(|n| is_markdown(n)) {
        let path = format!("harness/standards/{name}");
        let word = name.to_lowercase();
        if RULES.iter().any(|rule| word.contains(rule)) {
            found.leave(&path, "not needed: the engine sees to what it rules");
        } else if ["design", "accessib", "brand"]
            .iter()
            .any(|w| word.contains(w))
        {
            found.bring(&path, &["design", "build"]);
        } else if word.contains("coding") || word.contains("test") {
            found.bring(&path, &["plan", "build", "qa"]);
        } else {
            found.bring(&path, &["plan", "build"]);
        }
    }
    let mut designs = listing.names("harness/design-system");
    if designs.any(|n| listing.is_file(&format!("harness/design-system/{n}")) && is_markdown(n)) {
        found.bring("harness/design-system/**/*.md", &["design"]);
    }
}

/// What is read where it lies without being named anywhere.
fn found_in_place(found: &mut Finder<'_>) {
    let listing = found.listing;
    for backlog in ["harness/backlog/backlog.md", "harness/backlog.md"] {
        if listing.is_file(backlog) {
            found.serve(backlog, "the backlog");
            break;
        }
    }
    let tasks = listing.names("harness/tasks");
    let tasks = tasks.filter(|n| crate::documents::task::name::task_id_of(n).is_some());
    let count = tasks.count();
    if count > 0 {
        let says = crate::text::many(count, "task definition");
        found.serve("harness/tasks/", says);
    }
    let reports = listing.names("harness/runs").filter(|n| is_markdown(n));
    let count = reports.count();
    if count > 0 {
        let says = format!("{} of earlier runs", crate::text::many(count, "report"));
        found.serve("harness/runs/", says);
    }
    if listing.is_file("harness/run-state.md") {
        let why = "each run keeps its own state, in harness/runs/active/";
        found.leave("harness/run-state.md", why);
    }
}
