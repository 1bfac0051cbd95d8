//! spec-kit: a constitution, templates and scripts in `.specify/`, a folder a feature in `specs/`.

use super::Finder;

const CONSTITUTION: &str = ".specify/memory/constitution.md";
/// Templates with the name they serve under here.
const TEMPLATES: [(&str, &str); 2] = [
    ("spec-template.md", "feature-spec"),
    ("plan-template.md", "implementation-plan"),
];
/// The stages that a constitution binds, and that a feature's own documents help.
const STAGES: [&str; 5] = ["spec", "design", "plan", "build", "qa"];
/// How many features are named.
const NAMED: usize = 3;

/// Looks for it.
pub(super) fn look(found: &mut Finder<'_>) {
    let listing = found.listing;
    let mut templates = listing.names(".specify/templates");
    let is_there =
        listing.get(CONSTITUTION).is_some() || templates.any(|n| n.ends_with("-template.md"));
    if !is_there {
        return;
    }
    let place = found.whole(".specify/");
    found.layout.kinds.push(format!("spec-kit in {place}"));
    if found.text(CONSTITUTION).is_some() {
        found.bring(CONSTITUTION, &STAGES);
    }
    for (file, name) in TEMPLATES {
        // A harness of our own form says more of the same thing.
        let own = format!(".specify/templates/overrides/{file}");
        let path = match listing.get(&own) {
            Some(_) => own,
            None => format!(".specify/templates/{file}"),
        };
        if found.layout.templates.contains_key(name) {
            let why = format!("the template {name} of the harness serves");
            found.leave(&path, why);
        } else {
            found.template(&path, name);
        }
    }
    others(found);
    features(found);
}

fn others(found: &mut Finder<'_>) {
    let listing = found.listing;
    for name in listing.names(".specify/templates") {
        let path = format!(".specify/templates/{name}");
        let known = TEMPLATES.iter().any(|(file, _)| *file == name);
        if name == "tasks-template.md" {
            let why = "its sections are the phases of one feature, which no contract can ask for; \
                       the implementation plan has the slices";
            found.leave(&path, why);
        } else if !known && name.ends_with("-template.md") {
            found.leave(&path, "no stage makes what it is for");
        }
    }
    if listing.get(".specify/scripts").is_some() {
        found.leave(
            ".specify/scripts/",
            "what they do, the engine does; none is run",
        );
    }
}

/// Features that are specified already can be taken along by name.
fn features(found: &mut Finder<'_>) {
    let listing = found.listing;
    found.layout.vars.push(("feature", "none"));
    let glob = found.whole("specs/{{ vars.feature }}/**/*.md");
    for stage in STAGES {
        let glob = glob.clone();
        found.layout.context.push(super::More { stage, glob });
    }
    let has = |name: &&str| listing.is_file(&format!("specs/{name}/spec.md"));
    let features: Vec<&str> = listing.names("specs").filter(has).collect();
    for name in features.iter().take(NAMED) {
        let says = format!("documents that a run takes along: --set feature={name}");
        found.serve(&format!("specs/{name}/"), says);
    }
    if features.len() > NAMED {
        let more = features.len() - NAMED;
        found.serve("specs/", format!("{more} more, likewise"));
    }
    if let Some(name) = features.last() {
        let hint = format!(
            "A task that builds on a feature's documents takes them along: harness-tui run T001 --set feature={name}"
        );
        found.layout.hints.push(hint);
    }
}
