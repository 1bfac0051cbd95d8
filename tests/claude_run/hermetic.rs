//! What an agent is told in a whole run, and what not.

use super::recorded::{artifact, prompt_of};
use super::scene::Scene;
use super::stages::{BUILD, SPEC};
use super::support::model::{Request, Script, Step, TREE};

#[test]
fn the_repositorys_instructions_come_along_where_a_stage_writes_and_nowhere_else() {
    let (path, text) = artifact("spec.1.1");
    let script = Script::default()
        .rule(
            &prompt_of("SPEC"),
            [
                Step::default().write(format!("{TREE}/{path}"), &text),
                Step::say("Written."),
            ],
        )
        .rule(
            &prompt_of("BUILD"),
            [
                Step::default().write(format!("{TREE}/src/new.txt"), "new\n"),
                Step::say("Built."),
            ],
        );
    let Some(scene) = Scene::new(script) else {
        return;
    };
    let hook = serde_json::json!({"hooks": {"SessionStart": [{"hooks": [
        {"type": "command", "command": format!("touch '{}'", scene.outside("hook").display())}]}]}});
    scene.put("CLAUDE.md", "AMBIENT-instructions: two spaces.\n");
    scene.put("AGENTS.md", "AMBIENT-agents\n");
    scene.put(".claude/rules/r.md", "AMBIENT-rule\n");
    scene.put(".claude/settings.json", &hook.to_string());
    scene.put("../user/.claude/CLAUDE.md", "AMBIENT-user\n");
    let build = BUILD.replace("    role: build", "    depends_on: [spec]\n    role: build");
    scene.workflow(&format!("{SPEC}{build}"));
    let ran = scene.expect(0, &["run", "T001"]);
    assert!(!ran.out.contains("nobody asked for"), "{}", ran.out);
    assert!(!scene.outside("hook").exists());
    let requests = scene.server.requests();
    let of = |end: &str| -> Vec<&Request> {
        let prompt = regex::Regex::new(&prompt_of(end)).unwrap();
        let of = |r: &&Request| r.user_texts().iter().any(|t| prompt.is_match(t));
        requests.iter().filter(of).collect()
    };
    let (spec, build) = (of("SPEC"), of("BUILD"));
    assert_eq!((spec.len(), build.len()), (2, 2));
    for request in spec {
        let body = request.body.to_string();
        assert!(!body.contains("AMBIENT"), "{body}");
    }
    for request in build {
        let body = request.body.to_string();
        assert_eq!(body.matches("AMBIENT").count(), 1, "{body}");
        assert!(body.contains("AMBIENT-instructions: two spaces."));
    }
    let prompt = scene.attempt_file("build.1.1", "prompt.md");
    assert!(prompt.contains("- instructions: CLAUDE.md "), "{prompt}");
    assert!(
        !scene
            .attempt_file("spec.1.1", "prompt.md")
            .contains("CLAUDE.md")
    );
}
