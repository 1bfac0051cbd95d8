//! Pictures of a repository as repositories are: it must be set up before it builds, one of its tests
//! is red, work of the person's own lies about, and nobody has said yet that its files may run.

use crate::player::Player;
use crate::root;
use crate::support::project::put;
use crate::support::sample::{Sample, Timed};
use crate::svg::{Ground, picture};
use harness_tui::terms::RunState;

/// Its set-up, its red test, and how failures are told apart.
fn made() -> Sample {
    let sample = Sample::new(Timed::AtOnce);
    let file = |path: &str, text: &str| put(&sample.home().join(path), text);
    file(
        "bin/fetch-fonts",
        "# The fonts of the pages, at the versions that fonts.lock names.\nset -eu\nmkdir -p fonts\n\
         while read -r name version; do\n  echo \"$name $version\" > \"fonts/$name\"\n  \
         echo \"fetched $name $version\"\ndone < fonts.lock\n",
    );
    file("fonts.lock", "literata 3.1\nplex-mono 2.4\n");
    file(".gitignore", "/fonts/\n/.env\n");
    file(".env", "SITE_URL=http://localhost\n");
    file(
        "tests/syndication_test.sh",
        "# Wanted for long, and not there yet.\ncheck 'there is a feed' there \"$site/feed.xml\"\n",
    );
    sample.edits("harness/harness.yaml", |text| {
        format!(
            "{text}\ntree:\n  setup: [{{ run: sh bin/fetch-fonts, name: fonts, timeout: 5m }}]\n  \
             copy: [\".env\"]\n"
        )
    });
    sample.edits("harness/workflows/feature.yaml", |text| {
        text.replace(
            "{ run: \"sh tests/run\", timeout: 10m }",
            "{ run: sh tests/run, name: tests, timeout: 10m, baseline: true, report: { regex: \"FAIL  (.+)\" } }",
        )
    });
    sample.commits("Fonts, and a test for the feed");
    sample
}

/// Goes there by keys, waiting for what each shows.
fn goes(player: &mut Player, keys: &[&str]) {
    player.settles();
    for keys in keys {
        player.types(keys);
        player.settles();
    }
}

/// Those of the README.
pub fn assets(size: (u16, u16)) {
    let light = ["sheet", "baseline"];
    each(size, &|player, name| {
        let ground = if light.contains(&name) {
            Ground::Light
        } else {
            Ground::Dark
        };
        draw(player, &format!("assets/{name}"), ground);
    });
}

/// All of them at these sizes, light and dark.
pub fn every(sizes: &[(u16, u16)]) {
    for size in sizes {
        each(*size, &|player, name| {
            for ground in [Ground::Dark, Ground::Light] {
                let (columns, rows) = size;
                let file = format!("{name}-{columns}x{rows}-{}", ground.name());
                draw(
                    player,
                    &format!("target/pictures/repository/{file}"),
                    ground,
                );
            }
        });
    }
}

fn draw(player: &Player, name: &str, ground: Ground) {
    let path = root().join(format!("{name}.svg"));
    put(&path, &picture(player.screen(), ground));
}

/// Goes through all of them.
fn each(size: (u16, u16), draw: &dyn Fn(&Player, &str)) {
    let sample = made();
    let mut player = Player::untrusting(&sample, size);
    goes(&mut player, &["r"]);
    draw(&player, "trust");
    goes(&mut player, &["\u{1b}", "q"]);
    player.ends();
    sheet(&sample, size, draw);
    doctor(&sample, size, draw);
    let run = sample.begin();
    sample.until(&run, |v| v.state() == RunState::AwaitingApproval);
    sample.until_left(&run);
    let mut player = Player::open(&sample, &[], size);
    goes(&mut player, &["3", "g", "\t", "g"]);
    draw(&player, "setup");
    goes(&mut player, &["\t", "jjj"]);
    draw(&player, "baseline");
    player.types("q");
    player.ends();
}

/// What a run would start from.
fn sheet(sample: &Sample, size: (u16, u16), draw: &dyn Fn(&Player, &str)) {
    let post = sample.home().join("posts/tide-table.md");
    put(&post, "---\ntitle: A tide table\n---\nDraft.\n");
    sample.edits("README.md", |text| format!("{text}\nTide tables next.\n"));
    let mut player = Player::open(sample, &[], size);
    goes(&mut player, &["r"]);
    draw(&player, "sheet");
    goes(&mut player, &["\u{1b}", "q"]);
    player.ends();
    std::fs::remove_file(post).unwrap();
    sample.git(&["checkout", "-q", "README.md"]);
}

/// With an agent that is there, where the tests have one.
fn doctor(sample: &Sample, size: (u16, u16), draw: &dyn Fn(&Player, &str)) {
    sample.edits("harness/harness.yaml", |text| {
        text.replace("name: scribe\n", "name: claude\n").replace(
            "driver: command\n    command: [sh, -c, \"cat >/dev/null\"]\n",
            "driver: claude\n    model: sonnet\n",
        )
    });
    if let Some(program) = crate::support::claude::claude() {
        let there = sample.outside("person/.local/bin");
        std::fs::create_dir_all(&there).unwrap();
        std::os::unix::fs::symlink(program, there.join("claude")).unwrap();
    }
    let mut player = Player::open(sample, &["doctor"], size);
    player.ends();
    draw(&player, "doctor");
    sample.git(&["checkout", "-q", "harness/harness.yaml"]);
}
