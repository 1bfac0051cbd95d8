use super::*;
use crate::engine::plan::{Network, Sandbox};
use std::os::unix::fs::PermissionsExt;

struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        std::fs::create_dir_all(place.at("site")).unwrap();
        place
    }

    fn at(&self, path: &str) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join(path)
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.at(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::io::Write::write_all(&mut std::fs::File::create(path).unwrap(), text.as_bytes())
            .unwrap();
    }

    fn ambient(&self) -> Ambient {
        let home = self.at("user").display().to_string();
        Ambient::of(&self.at("site"), &[("HOME".to_owned(), home)].into())
    }
}

fn profile(instructions: &[&str], mcp: &[&str], skills: &[&str]) -> Profile {
    let own = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
    Profile {
        name: "docs".to_owned(),
        tools: Vec::new(),
        network: Network::Model,
        instructions: { instructions.iter() }
            .map(|p| RepoPath::new(*p).unwrap())
            .collect(),
        mcp: own(mcp),
        skills: own(skills),
        env: Vec::new(),
        sandbox: Sandbox::BestEffort,
    }
}

#[test]
fn the_repositorys_come_before_the_users_and_both_can_be_named() {
    let place = Place::new();
    place.put(
        "site/.mcp.json",
        r#"{"mcpServers": {"linear": {"command": "a"}, "odd": 3}}"#,
    );
    let here = serde_json::json!({
        "mcpServers": {"linear": {"command": "b"}, "mine": {"url": "c"}},
        "projects": {place.at("site").display().to_string(): {"mcpServers": {"local": {}}}},
    });
    place.put("user/.claude.json", &here.to_string());
    place.put("site/.claude/skills/review/SKILL.md", "ours");
    place.put("user/.claude/skills/review/SKILL.md", "theirs");
    place.put("user/.claude/skills/brand/SKILL.md", "theirs");
    place.put("user/.claude/skills/none/README.md", "no skill");
    let names = place.ambient().names();
    assert_eq!(
        names.servers.into_iter().collect::<Vec<_>>(),
        ["linear", "local", "mine"]
    );
    assert_eq!(
        names.skills.into_iter().collect::<Vec<_>>(),
        ["brand", "review"]
    );
    let wanted = profile(&[], &["linear", "local"], &["review", "brand"]);
    let brought = place.ambient().brought(&wanted).unwrap();
    assert_eq!(brought.servers[0].declared["command"], "a");
    assert_eq!(brought.servers[0].from, ".mcp.json");
    assert_eq!(brought.skills[0].files[0].bytes, b"ours");
    assert!(
        brought.skills[1]
            .from
            .ends_with("user/.claude/skills/brand")
    );
    assert!(brought.told()[0].starts_with("MCP server: linear (.mcp.json) "));
}

#[test]
fn a_name_that_nothing_has_is_refused_with_what_to_do() {
    let place = Place::new();
    let refused = |mcp: &[&str], skills: &[&str]| {
        place
            .ambient()
            .brought(&profile(&[], mcp, skills))
            .unwrap_err()
    };
    assert_eq!(refused(&["x"], &[]), CannotBring::NoServer("x".to_owned()));
    for name in ["x", "../../user", "", ".", "a/b"] {
        assert_eq!(refused(&[], &[name]), CannotBring::NoSkill(name.to_owned()));
    }
    place.put("site/.mcp.json", "{");
    let said = refused(&["x"], &[]).to_string();
    assert!(
        said.contains(".mcp.json") && said.contains("line 1"),
        "{said}"
    );
}

#[test]
fn no_link_leads_out_of_the_repository() {
    let place = Place::new();
    place.put("elsewhere/s/SKILL.md", "secret");
    std::fs::create_dir_all(place.at("site/.claude/skills/own")).unwrap();
    std::os::unix::fs::symlink(place.at("elsewhere/s"), place.at("site/.claude/skills/s")).unwrap();
    assert!(place.ambient().names().skills.is_empty());
    let wanted = profile(&[], &[], &["s"]);
    assert!(place.ambient().brought(&wanted).is_err());
    // Neither does one inside of a skill, whoever's it is.
    place.put("site/.claude/skills/own/SKILL.md", "x");
    std::os::unix::fs::symlink("/etc/passwd", place.at("site/.claude/skills/own/l")).unwrap();
    let wanted = profile(&[], &[], &["own"]);
    let said = place.ambient().brought(&wanted).unwrap_err().to_string();
    assert!(said.contains("neither a file nor a folder"), "{said}");
}

#[test]
fn every_change_of_what_is_named_changes_its_digest_and_nothing_else_does() {
    let place = Place::new();
    place.put("site/CLAUDE.md", "Be brief.");
    place.put(
        "site/.mcp.json",
        r#"{"mcpServers": {"a": {"command": "x"}, "b": {}}}"#,
    );
    place.put("site/.claude/skills/review/SKILL.md", "one");
    place.put("site/.claude/skills/review/run.sh", "two");
    let wanted = profile(&["CLAUDE.md", "AGENTS.md"], &["a"], &["review"]);
    let digests = || place.ambient().digests(&wanted);
    let first = digests();
    let names: Vec<&str> = first.keys().map(String::as_str).collect();
    let expected = [
        "MCP server a",
        "instructions AGENTS.md",
        "instructions CLAUDE.md",
        "skill review",
    ];
    assert_eq!(names, expected);
    assert_eq!(names, {
        let mut names = crate::engine::inputs::brought_names(&wanted);
        names.sort();
        names
    });
    let changed = |then: &BTreeMap<String, Digest>| -> Vec<String> {
        let now = digests();
        let differ = now.iter().filter(|(name, digest)| then[*name] != **digest);
        differ.map(|(name, _)| name.clone()).collect()
    };
    place.put(
        "site/.mcp.json",
        r#"{"mcpServers": {"b": {"url": "y"}, "a": {"command":"x"}}}"#,
    );
    place.put("site/.claude/skills/other/SKILL.md", "new");
    assert_eq!(changed(&first), [""; 0]);
    place.put("site/AGENTS.md", "");
    assert_eq!(changed(&first), ["instructions AGENTS.md"]);
    let then = digests();
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(place.at("site/.claude/skills/review/run.sh"), mode).unwrap();
    assert_eq!(changed(&then), ["skill review"]);
    place.put("site/.mcp.json", "{}");
    assert_eq!(changed(&then), ["MCP server a", "skill review"]);
}

#[test]
fn a_skill_has_bounds() {
    let place = Place::new();
    place.put(
        "site/.claude/skills/big/SKILL.md",
        &"x".repeat(5 * 1024 * 1024),
    );
    let said = place
        .ambient()
        .brought(&profile(&[], &[], &["big"]))
        .unwrap_err();
    assert!(said.to_string().contains("more than 4 MiB"), "{said}");
}

#[test]
fn only_what_was_trusted_is_given_and_a_change_in_between_is_refused() {
    let place = Place::new();
    let server = |command: &str| {
        let text = format!("{{\"mcpServers\": {{\"linear\": {{\"command\": \"{command}\"}}}}}}");
        place.put("site/.mcp.json", &text);
    };
    server("a");
    place.put("site/.claude/skills/review/SKILL.md", "Look.\n");
    let of = profile(&[], &["linear"], &["review"]);
    let trusted = place
        .ambient()
        .powers(["linear"].into_iter(), ["review"].into_iter());
    assert!(trusted[1].text.contains("Look."), "{trusted:?}");
    let given = place.ambient().trusted(&of, &trusted).unwrap();
    assert_eq!((given.servers.len(), given.skills.len()), (1, 1));
    server("evil");
    let refused = place.ambient().trusted(&of, &trusted).unwrap_err();
    assert!(
        refused.to_string().contains("MCP server linear"),
        "{refused}"
    );
    server("a");
    place.put("site/.claude/skills/review/run.sh", "evil\n");
    let refused = place.ambient().trusted(&of, &trusted).unwrap_err();
    assert!(refused.to_string().contains("skill review"), "{refused}");
    // What the user has of their own is theirs.
    std::fs::remove_dir_all(place.at("site/.claude")).unwrap();
    place.put("user/.claude/skills/review/SKILL.md", "Mine.\n");
    assert!(place.ambient().trusted(&of, &trusted).is_ok());
}
