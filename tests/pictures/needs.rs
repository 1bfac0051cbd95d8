//! Pictures of the first screen where several things wait for a person and something happened since
//! they looked last.

use crate::player::Player;
use crate::root;
use crate::support::project::{Project, put};
use crate::svg::{Ground, picture};

/// The tasks, and the exit code of a run of each.
const TASKS: [(&str, &str, i32); 6] = [
    ("T021", "Dark mode for the reader", 6),
    ("T022", "Tables that scroll on phones", 6),
    ("T023", "A feed for every topic", 3),
    ("T024", "Footnotes beside the text", 0),
    ("T025", "Search without a server", 1),
    ("T026", "Dates in the reader's words", 0),
];

const AGENT: &str = "cat >/dev/null
case \"$HARNESS_TASK_ID\" in
  T022) printf '## Questions\\n\\n- Q1 [blocking] Below which width do they scroll?\\n- Q2 Keep the first column in sight?\\n' ;;
  T023) echo 'I looked at it' ;;
  *) echo \"$HARNESS_TASK_ID\" >> page.txt; echo done ;;
esac";

const STAGES: &str = "  - { id: build, name: Build, role: build, gate: { after: \"task.id == 'T021'\", \
message: Is this the dark mode you meant? }, \
checks: [{ run: \"test $HARNESS_TASK_ID != T025\" }], loop: { until: checks, max_iterations: 1 } }\n";

fn made() -> Project {
    let project = Project::new();
    std::fs::remove_file(project.home().join("harness/tasks/T001-dark-mode.md")).unwrap();
    let mut backlog = String::from("# Backlog\n");
    for (id, title, _) in TASKS {
        let number = &id[2..];
        backlog.push_str(&format!(
            "\n### B0{number} - {title}\n\n**Status:** Ready\n**Summary:** Readers asked for it.\n"
        ));
        let slug = title.to_lowercase().replace([' ', '\''], "-");
        let task = format!(
            "# Task {id} — {title}\n\nStatus: Ready\nBacklog Item: B0{number}\n\n## Summary\n\nReaders asked for it.\n\n\
             ## Acceptance Criteria\n\n- It is so.\n"
        );
        project.put(&format!("harness/tasks/{id}-{slug}.md"), &task);
    }
    for (n, title) in ["A newsletter", "Comments", "Captions for videos"]
        .iter()
        .enumerate()
    {
        backlog.push_str(&format!(
            "\n### B0{} - {title}\n\n**Status:** Planned\n**Summary:** One day.\n",
            30 + n
        ));
    }
    project.put("harness/backlog.md", &backlog);
    let project = project.agent("build", AGENT).flow(STAGES);
    // Somebody looked, and then all of it happened.
    let mut player = Player::of(&project, (120, 35));
    player.settles();
    player.types("q");
    player.ends();
    for (id, _, code) in TASKS {
        project.expect(code, &["run", id]);
    }
    project.expect(0, &["land", "T026"]);
    project
}

/// The first screen at each of these sizes.
fn each(sizes: &[(u16, u16)], draw: &dyn Fn(&Player, (u16, u16))) {
    for size in sizes {
        // Who looked has seen what happened: each size is looked at by somebody who has not.
        let project = made();
        let mut player = Player::of(&project, *size);
        player.settles();
        draw(&player, *size);
    }
}

/// Those of the README.
pub fn assets() {
    each(&[(120, 35), (80, 24)], &|player, (columns, rows)| {
        let (name, ground) = match columns {
            80 => (format!("needs-{columns}x{rows}"), Ground::Light),
            _ => ("needs".to_owned(), Ground::Dark),
        };
        let path = root().join(format!("assets/{name}.svg"));
        put(&path, &picture(player.screen(), ground));
    });
}

/// All of them, light and dark.
pub fn every(sizes: &[(u16, u16)]) {
    each(sizes, &|player, (columns, rows)| {
        for ground in [Ground::Dark, Ground::Light] {
            let name = format!(
                "target/pictures/needs/{columns}x{rows}-{}.svg",
                ground.name()
            );
            put(&root().join(name), &picture(player.screen(), ground));
        }
    });
}
