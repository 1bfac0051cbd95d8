//! spec-kit.

use crate::support::put;
use crate::world::{TASK, check, in_prompts_of, init, init_again, item_once, of, prompts};

#[test]
fn its_constitution_binds_and_its_templates_are_the_contracts() {
    let dir = of("spec_kit");
    let (said, new) = init(dir.path(), &[]);
    assert!(new.iter().all(|n| n.starts_with("harness/")), "{new:?}");
    for name in ["feature-spec", "implementation-plan"] {
        let shipped = format!("harness/templates/{name}.md");
        assert!(!new.contains(&shipped), "{shipped}");
    }
    for told in [
        "--set feature=001-bed-map",
        "tasks-template.md",
        ".claude/commands/",
        "none is run",
    ] {
        assert!(said.out.contains(told), "{told} in {}", said.out);
    }
    check(dir.path(), &[]);
    put(dir.path(), "harness/tasks/T001-one.md", TASK);
    let alone = prompts(dir.path(), &["T001"]);
    let all = ["spec", "design", "plan", "build", "qa"];
    in_prompts_of(&alone, "Beds are text files", &all);
    in_prompts_of(&alone, "what it can do for the gardener", &["spec"]);
    in_prompts_of(&alone, "the allotment's technical answer", &["plan"]);
    in_prompts_of(&alone, "shows every bed by its number", &[]);
    let along = prompts(dir.path(), &["T001", "--set", "feature=001-bed-map"]);
    in_prompts_of(&along, "shows every bed by its number", &all);
    in_prompts_of(&along, "One awk program draws the beds", &all);
    item_once(&along, "qa", ".specify/memory/constitution.md");
    init_again(dir.path(), &[]);
    assert!(!dir.path().join("ran-a-script").exists());
}
