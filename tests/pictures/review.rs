//! A review by line: a comment that is being written, comments that stand in the change, and the next
//! gate with what became of each.

use crate::player::Player;
use crate::root;
use crate::support::project::put;
use crate::support::sample::{Sample, Timed};
use crate::svg::{Ground, picture};
use harness_tui::terms::RunState;
use serde_json::{Value, json};

const DRAFT: &str = "# A first try at the list of tags; bin/build does it now.\nBEGIN { FS = \"\\t\" }\n{ print $5 }\n";
const MINUTES: &str = "# A post's reading time: WORDS words a minute, rounded up, at least one. Front matter and fenced\n# code do not count.\nBEGIN { WORDS = 200 }\nNR == 1 && $0 == \"---\" { front = 1; next }\nfront && $0 == \"---\" { front = 0; next }\nfront { next }\n/^```/ { code = !code; next }\n!code { words += NF }\nEND {\n    minutes = int((words + WORDS - 1) / WORDS)\n    if (minutes < 1) minutes = 1\n    print minutes \" min read\"\n}\n";
const REPLIES: &str = "I went through the three of them.\n\n## Review Comments\n\n- C1 declined — the design note has “Notes tagged …”, and the tests look for it\n- C3 fixed — WORDS in src/minutes.awk:3, and said so in its first line\n";

/// The sample's run at its gate, with a file too many; what its build does when it comes back.
fn at_the_gate() -> (Sample, String) {
    let sample = Sample::new(Timed::AsRecorded);
    let path = |name: &str| sample.recordings().join(format!("{name}.jsonl"));
    let first = std::fs::read_to_string(path("build.1.1")).unwrap();
    let (head, rest) = first.split_once('\n').unwrap();
    let at = |line: &str| serde_json::from_str::<Value>(line).unwrap()["at_ms"].clone();
    let draft = json!({"at_ms": at(head), "write": {"path": "src/draft.awk", "text": DRAFT}});
    put(&path("build.1.1"), &format!("{head}\n{draft}\n{rest}"));
    let usage = json!({"input": 5100, "output": 640, "cache_read": 4200, "cost_micros": 31_800});
    let again = [
        json!({"at_ms": 30, "event": {"type": "session_started", "session": "demo-build-3", "model": "demo-model", "tools": ["Read", "Edit", "Bash"]}}),
        json!({"at_ms": 90, "write": {"path": "src/minutes.awk", "text": MINUTES}}),
        json!({"at_ms": 120, "delete": {"path": "src/draft.awk"}}),
        json!({"at_ms": 150, "event": {"type": "usage", "usage": usage}}),
        json!({"at_ms": 160, "answer": REPLIES}),
        json!({"at_ms": 160, "exit": {"code": 0}}),
    ];
    let again: Vec<String> = again.iter().map(|l| format!("{l}\n")).collect();
    put(&path("build.3.1"), &again.concat());
    sample.plays("qa.3.1", "qa.2.1");
    let run = sample.begin();
    sample.until(&run, |v| {
        v.state() == RunState::AwaitingApproval && !v.supervised
    });
    (sample, run)
}

/// Goes to a row of the page by words on it.
fn find(player: &mut Player, words: &str) {
    player.types("/");
    player.until("esc stop looking");
    player.types(words);
    player.settles();
    player.types("\r");
    player.settles();
}

/// Comments on the chosen line.
fn says(player: &mut Player, text: &str, id: &str) {
    player.types("c");
    player.until("Comment on ");
    player.types(text);
    player.settles();
    player.types("\r");
    player.until(&format!("{id} ● open"));
    player.settles();
}

/// What draws a moment of the story by its name, in a size.
type Draw<'a> = &'a dyn Fn(&Player, &str, (u16, u16));

/// The story once, and what stands there at each of its three moments in these sizes.
fn told(sizes: &[(u16, u16)], draw: Draw<'_>) {
    let (sample, run) = at_the_gate();
    let mut player = Player::open(&sample, &[], (120, 35));
    let each = |player: &mut Player, name: &str| {
        for size in sizes {
            player.resize(size.0, size.1);
            player.settles();
            draw(player, name, *size);
        }
        player.resize(120, 35);
        player.settles();
    };
    player.settles();
    player.types("4");
    player.settles();
    player.types("\td");
    player.settles();
    find(&mut player, "@title@”");
    says(&mut player, "“Posts about” would say it better", "C1");
    find(&mut player, "A first try");
    says(&mut player, "is that still needed?", "C2");
    find(&mut player, "minutes = int");
    player.types(" j");
    player.settles();
    player.types("c");
    player.until("Comment on ");
    player.types("200 is said twice: give it a name");
    player.settles();
    each(&mut player, "comment");
    player.types("\r");
    player.until("C3 ● open");
    player.settles();
    each(&mut player, "commented");
    player.types("b");
    player.until("Goes back with 3 comments.");
    player.types("\r");
    sample.until(&run, |v| {
        v.run.review.rounds.len() == 1 && v.state() == RunState::AwaitingApproval && !v.supervised
    });
    player.until("awaiting approval");
    player.types("1");
    player.settles();
    player.types("!");
    player.until("C3  ✓ fixed");
    player.settles();
    each(&mut player, "verdicts");
    player.types("q");
    player.ends();
}

/// Those of the documents.
pub fn assets(large: (u16, u16)) {
    told(&[large, (80, 24)], &|player, name, (columns, rows)| {
        let (name, ground) = match columns {
            80 => (format!("{name}-{columns}x{rows}"), Ground::Light),
            _ => (name.to_owned(), Ground::Dark),
        };
        let path = root().join(format!("assets/{name}.svg"));
        put(&path, &picture(player.screen(), ground));
    });
}

/// All of them, light and dark.
pub fn every(sizes: &[(u16, u16)]) {
    told(sizes, &|player, name, (columns, rows)| {
        for ground in [Ground::Dark, Ground::Light] {
            let name = format!(
                "target/pictures/review/{name}-{columns}x{rows}-{}.svg",
                ground.name()
            );
            put(&root().join(name), &picture(player.screen(), ground));
        }
    });
}
