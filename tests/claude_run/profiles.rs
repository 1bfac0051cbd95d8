//! What reaches the model is what the profile declares, for every combination of what can be
//! declared, beside marked things of the repository and of the person that nobody declared.

use super::recorded::prompt_of;
use super::scene::Scene;
use super::support::model::{Request, Script, Step};
use std::fmt::Write as _;

/// Every combination of instructions, a skill and a server.
const ALL: std::ops::Range<u8> = 0..8;
const INSTRUCTIONS: u8 = 1;
const SKILL: u8 = 2;
const SERVER: u8 = 4;

/// A server of the Model Context Protocol with one tool, in the shell of any machine. It notes that
/// it was started.
const SERVER_SCRIPT: &str = r#"echo "$1" >> "$2"
while IFS= read -r line; do
  id=$(printf '%s' "$line" | sed -n 's/.*"id": *\([0-9][0-9]*\).*/\1/p')
  [ -n "$id" ] || continue
  case $line in
    *'"initialize"'*) r='{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}}' ;;
    *'"tools/list"'*) r='{"tools":[{"name":"look","description":"AMBIENT-server-'$1'","inputSchema":{"type":"object","properties":{}}}]}' ;;
    *'"tools/call"'*) r='{"content":[{"type":"text","text":"LOOKED-'$1'"}]}' ;;
    *) r='{}' ;;
  esac
  printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$id" "$r"
done
"#;

fn skill(name: &str, more: &str) -> String {
    format!("---\nname: {name}\ndescription: AMBIENT-skill-{name}\n{more}---\nBODY-{name}\n")
}

fn hooks(scene: &Scene, name: &str) -> String {
    let marker = scene.outside(name);
    let run = serde_json::json!([{"hooks": [{"type": "command",
        "command": format!("touch '{}'", marker.display())}]}]);
    serde_json::json!({"hooks": {"SessionStart": run, "PreToolUse": run, "Stop": run}}).to_string()
}

fn servers(scene: &Scene, names: &[&str]) -> String {
    let server = |name: &&str| {
        let words = [
            scene.outside("server.sh"),
            (*name).into(),
            scene.outside("started"),
        ];
        (
            (*name).to_owned(),
            serde_json::json!({"command": "sh", "args": words}),
        )
    };
    let all: serde_json::Map<_, _> = names.iter().map(server).collect();
    serde_json::json!({ "mcpServers": all }).to_string()
}

/// Marks everything that could come along, of the repository and of the person.
fn mark(scene: &Scene) {
    scene.put("../server.sh", SERVER_SCRIPT);
    scene.put("CLAUDE.md", "AMBIENT-instructions\n");
    scene.put("CLAUDE.local.md", "AMBIENT-local\n");
    scene.put(".claude/rules/r.md", "AMBIENT-rule\n");
    let own_hook = format!(
        "allowed-tools: Bash(*)\nhooks:\n  PreToolUse:\n    - hooks:\n        - type: command\n          \
         command: touch '{}'\n",
        scene.outside("hook-skill").display()
    );
    scene.put(
        ".claude/skills/review/SKILL.md",
        &skill("review", &own_hook),
    );
    scene.put(".claude/skills/other/SKILL.md", &skill("other", ""));
    scene.put(".claude/settings.json", &hooks(scene, "hook-repository"));
    scene.put(".mcp.json", &servers(scene, &["linear", "figma"]));
    scene.put("../user/.claude/CLAUDE.md", "AMBIENT-user\n");
    scene.put("../user/.claude/skills/mine/SKILL.md", &skill("mine", ""));
    scene.put("../user/.claude/settings.json", &hooks(scene, "hook-user"));
    scene.put("../user/.claude.json", &servers(scene, &["users"]));
}

/// A stage for each combination, whose artifact stands in its answer.
fn stages() -> String {
    let mut text = String::new();
    for n in ALL {
        let _ = write!(
            text,
            "  - id: s{n}\n    code: S{n}\n    name: S{n}\n    role: tech-lead\n    profile: p{n}\n    \
             context: [task]\n    timeout: 90s\n    produces:\n      note-{n}: {{ path: \
             \"harness/artifacts/note-{n}.md\", from: answer }}\n"
        );
    }
    text
}

/// A profile for each combination.
fn profiles() -> String {
    let mut text = String::new();
    for n in ALL {
        let named = |bit: u8, name: &'static str| if n & bit == 0 { "" } else { name };
        let _ = writeln!(
            text,
            "  p{n}: {{ writes: [], tools: [read, search], instructions: [{}], skills: [{}], mcp: [{}] }}",
            named(INSTRUCTIONS, "CLAUDE.md"),
            named(SKILL, "review"),
            named(SERVER, "linear"),
        );
    }
    text
}

/// Adds these profiles to the settings, with a sandbox that would not hide what a hook leaves behind.
fn declare(scene: &Scene, profiles: &str) {
    let settings = scene.read("harness/harness.yaml");
    let with = settings.replace(
        "\nprofiles:\n",
        &format!("\nsandbox: off\nprofiles:\n{profiles}"),
    );
    assert_ne!(settings, with, "{settings}");
    scene.put("harness/harness.yaml", &with);
}

/// Each uses what it was given, and then writes its note.
fn script() -> Script {
    ALL.fold(Script::default(), |script, n| {
        let mut steps = Vec::new();
        if n & SKILL != 0 {
            let input = serde_json::json!({"skill": "harness:review"});
            steps.push(Step::default().call("Skill", input));
        }
        if n & SERVER != 0 {
            steps.push(Step::default().call("mcp__linear__look", serde_json::json!({})));
        }
        let note = format!("<<<ARTIFACT note-{n}\n# Note\n\nSeen.\nARTIFACT>>>");
        steps.push(Step::say(note));
        script.rule(&prompt_of(&format!("S{n}")), steps)
    })
}

/// The marks that a request holds.
fn marks(request: &Request) -> Vec<String> {
    let pattern = regex::Regex::new("(AMBIENT|BODY|LOOKED)-[a-z-]*[a-z]").unwrap();
    let body = request.body.to_string();
    let mut found: Vec<String> = pattern
        .find_iter(&body)
        .map(|m| m.as_str().to_owned())
        .collect();
    found.sort();
    found.dedup();
    found
}

fn expected(n: u8) -> Vec<&'static str> {
    let mut all = Vec::new();
    if n & INSTRUCTIONS != 0 {
        all.push("AMBIENT-instructions");
    }
    if n & SERVER != 0 {
        all.push("AMBIENT-server-linear");
    }
    if n & SKILL != 0 {
        all.push("AMBIENT-skill-review");
        all.push("BODY-review");
    }
    if n & SERVER != 0 {
        all.push("LOOKED-linear");
    }
    all
}

fn what_reaches_the_model_is_what_is_declared(scene: &Scene) {
    mark(scene);
    declare(scene, &profiles());
    scene.workflow(&stages());
    let checked = scene.expect(0, &["check"]);
    assert!(!checked.out.contains("unknown-extra"), "{}", checked.out);
    scene.expect(0, &["run", "T001"]);
    let requests = scene.server.requests();
    for n in ALL {
        let prompt = regex::Regex::new(&prompt_of(&format!("S{n}"))).unwrap();
        let of = |r: &&Request| r.user_texts().iter().any(|t| prompt.is_match(t));
        let asked: Vec<&Request> = requests.iter().filter(of).collect();
        let last = asked.last().unwrap();
        assert_eq!(marks(last), expected(n), "stage s{n}");
        let tools = last.tools();
        let has = |name: &str| tools.iter().any(|t| t == name);
        assert_eq!(has("Skill"), n & SKILL != 0, "stage s{n}: {tools:?}");
        assert_eq!(
            has("mcp__linear__look"),
            n & SERVER != 0,
            "stage s{n}: {tools:?}"
        );
        let loaded = scene.attempt_file(&format!("s{n}.1.1"), "prompt.md");
        let (loaded, _) = loaded.split_once("-->").unwrap();
        for (bit, line) in [
            (INSTRUCTIONS, "- instructions: CLAUDE.md "),
            (SKILL, "- skill: review (.claude/skills/review) "),
            (SERVER, "- MCP server: linear (.mcp.json) "),
        ] {
            assert_eq!(loaded.contains(line), n & bit != 0, "stage s{n}: {loaded}");
        }
    }
    // Of all requests none holds more than the fullest profile lets through.
    for request in &requests {
        let all = expected(INSTRUCTIONS | SKILL | SERVER);
        assert!(
            marks(request).iter().all(|m| all.contains(&m.as_str())),
            "{request:#?}"
        );
    }
    let started = std::fs::read_to_string(scene.outside("started")).unwrap();
    assert_eq!(
        started,
        "linear\n".repeat(4),
        "one for each stage that names it"
    );
    for hook in ["hook-repository", "hook-user", "hook-skill"] {
        assert!(!scene.outside(hook).exists(), "{hook} ran");
    }
}

#[test]
fn with_a_key_what_reaches_the_model_is_what_the_profile_declares() {
    let Some(scene) = Scene::new(script()) else {
        return;
    };
    what_reaches_the_model_is_what_is_declared(&scene);
}

#[test]
fn with_the_persons_own_login_it_is_the_same() {
    let Some(mut scene) = Scene::new(script()) else {
        return;
    };
    scene.no_env("ANTHROPIC_API_KEY");
    let login = serde_json::json!({"claudeAiOauth": {
        "accessToken": "sk-ant-oat01-scripted", "refreshToken": "sk-ant-ort01-scripted",
        "expiresAt": 4_102_444_800_000_u64, "scopes": ["user:inference", "user:profile"],
        "subscriptionType": "max"}});
    scene.put("../user/.claude/.credentials.json", &login.to_string());
    what_reaches_the_model_is_what_is_declared(&scene);
}

#[test]
fn a_person_brings_back_their_own_by_name_and_a_server_that_fails_stops_the_stage() {
    let Some(scene) = Scene::new(script()) else {
        return;
    };
    mark(&scene);
    scene.put(
        ".mcp.json",
        r#"{"mcpServers": {"linear": {"command": "/nowhere/server"}}}"#,
    );
    let own = "  p0: { writes: [], tools: [read], skills: [mine], mcp: [users] }\n  \
               p1: { writes: [], tools: [read], mcp: [linear] }\n";
    declare(&scene, own);
    let two: Vec<_> = stages()
        .match_indices("  - id: ")
        .map(|(at, _)| at)
        .collect();
    scene.workflow(&stages()[..two[2]]);
    scene.expect(3, &["run", "T001"]);
    let requests = scene.server.requests();
    let prompt = regex::Regex::new(&prompt_of("S0")).unwrap();
    let of = |r: &&Request| r.user_texts().iter().any(|t| prompt.is_match(t));
    let asked = requests.iter().rev().find(of).unwrap();
    assert_eq!(marks(asked), ["AMBIENT-server-users", "AMBIENT-skill-mine"]);
    let why = scene.why();
    assert!(why.contains("MCP server linear did not start"), "{why}");
    assert_eq!(
        scene
            .attempts()
            .iter()
            .filter(|a| a.starts_with("s1"))
            .count(),
        1
    );
}

#[test]
fn what_nobody_has_is_found_with_its_place_and_refuses_the_start() {
    let Some(scene) = Scene::new(Script::default()) else {
        return;
    };
    mark(&scene);
    let stage = "  - id: s0\n    code: S0\n    name: S0\n    role: tech-lead\n    skills: [reveiw]\n    \
                 mcp: [jira]\n    context: [task]\n";
    scene.workflow(stage);
    let checked = scene.expect(1, &["check"]);
    for line in ["9:14", "10:11", "did you mean 'review'", "'jira'"] {
        assert!(checked.out.contains(line), "{line}: {}", checked.out);
    }
    let ran = scene.expect(2, &["run", "T001"]);
    assert!(ran.err.contains("'jira'"), "{}", ran.err);
    assert!(scene.server.requests().is_empty());
}

#[test]
fn edited_instructions_make_what_was_made_with_them_stale() {
    let builds = |name: &str| {
        let path = format!("{}/src/{name}.txt", super::support::model::TREE);
        [Step::default().write(path, "new\n"), Step::say("Built.")]
    };
    let script = Script::default()
        .rule(&prompt_of("BUILD"), builds("first"))
        .rule(&prompt_of("BUILD-2"), builds("second"));
    let stages = format!(
        "{}  - id: done\n    name: Done\n    depends_on: [build]\n    gate: {{ before: true }}\n",
        super::stages::BUILD
    );
    let Some(scene) = Scene::small(script, &stages) else {
        return;
    };
    scene.put("CLAUDE.md", "AMBIENT-first\n");
    scene.expect(6, &["run", "T001"]);
    assert!(!scene.why().contains("stale"), "{}", scene.why());
    // What the person did not name changes nothing.
    scene.put(".claude/skills/other/SKILL.md", &skill("other", ""));
    assert!(!scene.why().contains("stale"), "{}", scene.why());
    scene.put("CLAUDE.md", "AMBIENT-second\n");
    let why = scene.why();
    assert!(
        why.contains("stale") && why.contains("instructions CLAUDE.md"),
        "{why}"
    );
    scene.expect(6, &["rerun", "T001", "--stale", "--follow"]);
    let prompt = scene.attempt_file("build.2.1", "prompt.md");
    assert!(prompt.contains("AMBIENT-second"), "{prompt}");
    assert!(!scene.why().contains("stale"), "{}", scene.why());
}
