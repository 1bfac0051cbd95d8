//! A login that is refreshed: its refresh token serves once, and whoever has only a copy of it is
//! logged out. Attempts go through its expiry side by side, and the person stays logged in.

use super::scene::Scene;
use super::support::model::{Script, Step, TREE};
use super::{recorded::prompt_of, support};
use harness_tui::terms::Outcome;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

/// Where logins are refreshed; it ends when this is dropped.
struct Tokens {
    child: Child,
    port: u16,
    /// Certificate of who vouches for it.
    ca: std::path::PathBuf,
    told: Arc<Mutex<Vec<String>>>,
}

const FIRST: &str = "sk-ant-ort01-scripted-0";

impl Tokens {
    /// `None`, said loudly, where the programs that it needs can't be had. Each token that it issues
    /// is the only one that the model's server takes from then on.
    fn start(scene: &Scene, seconds: u32) -> Option<Self> {
        let (key, cert) = (scene.outside("tls.key"), scene.outside("tls.pem"));
        let made = Command::new("openssl")
            .args([
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            ])
            .args(["-subj", "/CN=localhost", "-addext"])
            .arg("subjectAltName=DNS:platform.claude.com,DNS:api.anthropic.com,DNS:claude.ai")
            .args(["-addext", "basicConstraints=critical,CA:TRUE"])
            .args([std::ffi::OsStr::new("-keyout"), key.as_os_str()])
            .args([std::ffi::OsStr::new("-out"), cert.as_os_str()])
            .stderr(Stdio::null())
            .status();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/claude_run/tokens.mjs");
        let child = Command::new("node")
            .arg(script)
            .args([&key, &cert])
            .args([FIRST, &seconds.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let (Ok(true), Ok(mut child)) = (made.map(|s| s.success()), child) else {
            assert!(
                std::env::var_os("HARNESS_REQUIRE_AGENTS").is_none_or(|v| v != "1"),
                "openssl and node are required"
            );
            eprintln!("SKIPPED: logins: openssl or node can't be had");
            return None;
        };
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines.next().unwrap().unwrap();
        let port = port.strip_prefix("port ").unwrap().parse().unwrap();
        let told = Arc::<Mutex<Vec<String>>>::default();
        let (heard, only) = (Arc::clone(&told), scene.server.only());
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Some(token) = line.strip_prefix("issued ") {
                    only.set(token);
                }
                heard.lock().unwrap().push(line);
            }
        });
        Some(Self {
            child,
            port,
            ca: cert,
            told,
        })
    }

    fn told(&self, what: &str) -> usize {
        let told = self.told.lock().unwrap();
        told.iter().filter(|line| line.starts_with(what)).count()
    }
}

impl Drop for Tokens {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A person who is logged in with a token that expires at this time, and has no key.
fn logged_in(scene: &mut Scene, tokens: &Tokens, expires: u64) {
    scene.no_env("ANTHROPIC_API_KEY");
    scene.env("HTTPS_PROXY", &format!("http://127.0.0.1:{}", tokens.port));
    scene.env("NO_PROXY", "127.0.0.1");
    scene.env("NODE_EXTRA_CA_CERTS", tokens.ca.to_str().unwrap());
    scene.no_env("CLAUDE_CODE_MAX_RETRIES");
    let login = serde_json::json!({"claudeAiOauth": {
        "accessToken": "sk-ant-oat01-scripted-0", "refreshToken": FIRST, "expiresAt": expires,
        "scopes": ["user:inference", "user:profile"], "subscriptionType": "max"}});
    scene.put("../user/.claude/.credentials.json", &login.to_string());
}

/// The person's own program, as they start it themselves.
fn persons_own(scene: &Scene) -> String {
    let mut command = scene.command(&[]);
    let mut own = Command::new(support::claude::claude().unwrap());
    own.env_clear()
        .envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .current_dir(scene.outside("user"))
        .args(["-p", "Are you there?", "--model", "sonnet"])
        .stdin(Stdio::null());
    command.arg("--version");
    let out = own.output().unwrap();
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(
        out.status.success(),
        "{said} {}",
        String::from_utf8_lossy(&out.stderr)
    );
    said
}

/// Eight stages, four of them side by side.
fn eight() -> String {
    let mut text = String::new();
    for n in 0..8 {
        let after = if n < 4 {
            String::new()
        } else {
            format!("    depends_on: [s{}]\n", n - 4)
        };
        let _ = write!(
            text,
            "  - id: s{n}\n    code: S{n}\n    name: S{n}\n    role: tech-lead\n    context: [task]\n    \
             timeout: 90s\n{after}    produces:\n      note-{n}: {{ path: \
             \"harness/artifacts/note-{n}.md\", from: answer }}\n"
        );
    }
    text
}

fn notes() -> Script {
    let script = (0..8).fold(Script::default(), |script, n| {
        let note = format!("<<<ARTIFACT note-{n}\n# Note\n\nSeen.\nARTIFACT>>>");
        let read = Step::default().read(format!("{TREE}/README.md"));
        script.rule(&prompt_of(&format!("S{n}(-2)?")), [read, Step::say(note)])
    });
    script.rule("Are you there", [Step::say("I am here.")])
}

#[test]
fn eight_attempts_go_through_the_expiry_of_a_login_and_the_person_stays_logged_in() {
    let Some(mut scene) = Scene::new(notes()) else {
        return;
    };
    // Renewed as soon as fewer than five minutes are left: after a second it is due again.
    let Some(tokens) = Tokens::start(&scene, 301) else {
        return;
    };
    logged_in(&mut scene, &tokens, 1000);
    scene.workflow(&eight());
    let small = scene.read("harness/workflows/small.yaml");
    scene.put(
        "harness/workflows/small.yaml",
        &small.replace("task: required", "task: required\nmax_parallel: 4"),
    );
    scene.commit();
    scene.expect(0, &["run", "T001"]);
    let mut attempts = scene.attempts();
    attempts.sort();
    let once: Vec<String> = (0..8).map(|n| format!("s{n}.1.1")).collect();
    assert_eq!(attempts, once, "no attempt failed");
    // What the program writes there by itself is none of the person's configuration.
    for attempt in &attempts {
        let record = scene.attempt_file(attempt, "exit.json");
        assert!(!record.contains("your own sessions"), "{record}");
    }
    assert_eq!(tokens.told("refused"), 0);
    assert!(tokens.told("issued") >= 2, "it expired in between");
    assert!(persons_own(&scene).contains("I am here."));
    assert_eq!(tokens.told("refused"), 0);
}

#[test]
fn a_token_that_is_refused_on_the_way_is_renewed_and_costs_no_attempt() {
    let stages = super::stages::SPEC;
    let (path, text) = super::recorded::artifact("spec.1.1");
    let script = Script::always([
        Step::default().write(format!("{TREE}/{path}"), &text),
        Step::say("Written."),
    ]);
    let Some(mut scene) = Scene::small(script, stages) else {
        return;
    };
    let Some(tokens) = Tokens::start(&scene, 28_800) else {
        return;
    };
    // It says it is good for years, and the provider knows it no more.
    logged_in(&mut scene, &tokens, 4_102_444_800_000);
    scene.server.only().set("another");
    scene.expect(0, &["run", "T001"]);
    assert_eq!(scene.attempts(), ["spec.1.1"]);
    assert_eq!((tokens.told("issued"), tokens.told("refused")), (1, 0));
}

#[test]
fn who_is_logged_out_holds_every_stage_and_costs_no_retry() {
    let Some(mut scene) = Scene::new(notes()) else {
        return;
    };
    let Some(tokens) = Tokens::start(&scene, 28_800) else {
        return;
    };
    logged_in(&mut scene, &tokens, 1000);
    let login = scene.read("../user/.claude/.credentials.json");
    scene.put(
        "../user/.claude/.credentials.json",
        &login.replace(FIRST, "sk-ant-ort01-old"),
    );
    scene.workflow(&eight());
    scene.expect(3, &["run", "T001"]);
    let attempts = scene.attempts();
    assert!(attempts.iter().all(|a| a.ends_with(".1.1")), "{attempts:?}");
    assert!(attempts.len() <= 2, "{attempts:?}");
    let why = scene.why();
    assert!(why.contains("could not be refreshed"), "{why}");
    assert!(why.contains("log in with `claude auth login`"), "{why}");
    // Logged in again, the run goes on where it was.
    scene.put("../user/.claude/.credentials.json", &login);
    scene.expect(0, &["resume", "T001", "--follow"]);
    assert!(scene.attempts().iter().all(|a| !a.ends_with(".3")));
    assert_eq!(tokens.told("issued"), 1);
}

/// Tries to change what there is, to take it away, and to make it anew.
const MEDDLES: &str = "cd ~/.claude; echo '{\"hooks\":1}' > settings.json; mkdir -p skills/evil && \
                       echo evil > skills/evil/SKILL.md; echo more >> CLAUDE.md; rm -f hooks/own.sh; \
                       echo evil >> scripts/line.sh; echo evil >> statusline; \
                       rm rules && mkdir rules && echo evil > rules/r.md; \
                       echo done > $OLDPWD/src/done.txt";

#[test]
fn who_uses_the_persons_login_does_not_get_at_their_configuration() {
    if !support::namespaces::may_be_had() {
        return;
    }
    let script = Script::always([Step::default().bash(MEDDLES), Step::say("Done.")]);
    let Some(mut scene) = Scene::small(script, super::stages::BUILD) else {
        return;
    };
    let Some(tokens) = Tokens::start(&scene, 28_800) else {
        return;
    };
    logged_in(&mut scene, &tokens, 4_102_444_800_000);
    let there = [
        ("settings.json", "{\"model\": \"sonnet\"}"),
        ("hooks/own.sh", "true\n"),
        ("scripts/line.sh", "true\n"),
        ("statusline", "true\n"),
    ];
    for (path, text) in there {
        scene.put(&format!("../user/.claude/{path}"), text);
    }
    let user = |path: &str| scene.outside(&format!("user/.claude/{path}"));
    scene.put("../user/dot/rules/mine.md", "mine\n");
    std::os::unix::fs::symlink("../dot/rules", user("rules")).unwrap();
    scene.expect(3, &["run", "T001"]);
    let exit = scene.exit("build.1.1");
    // What was there stands, and so does what is new: a person says what becomes of it.
    for (path, text) in there {
        assert_eq!(std::fs::read_to_string(user(path)).unwrap(), text, "{path}");
    }
    assert!(user("CLAUDE.md").exists() && user("skills/evil/SKILL.md").exists());
    assert_eq!(exit.outcome, Outcome::Tampering, "{}", exit.reason);
    let of = |name: &str| {
        let found = { exit.findings.iter() }.find(|f| {
            let file = f.place.as_ref().map(|place| place.file.as_str());
            file.is_some_and(|file| file.ends_with(name))
        });
        found.unwrap_or_else(|| panic!("{name}: {:?}", exit.findings))
    };
    for name in ["CLAUDE.md", "skills/evil/SKILL.md", "rules", "rules/r.md"] {
        assert_eq!(of(name).code.as_str(), "guard/own-configuration");
    }
    assert_eq!(exit.findings.len(), 4, "{:?}", exit.findings);
    let why = scene.why();
    assert!(why.contains("resume"), "{why}");
    // Who resumes keeps it: it is theirs from then on, and the program found no more to do there.
    scene.expect(0, &["resume", "T001", "--follow"]);
    assert!(user("CLAUDE.md").exists());
}
