use super::*;
use crate::git::testing::put;
use std::os::unix::fs::symlink;

/// A person's folder, and one for what is kept.
struct Place {
    dir: tempfile::TempDir,
    kept_in: tempfile::TempDir,
}

const CLOSED: Obtained = Obtained {
    confined: true,
    closed: true,
};
const OPEN: Obtained = Obtained {
    confined: true,
    closed: false,
};

impl Place {
    fn new() -> Self {
        let new = || tempfile::tempdir().unwrap();
        let place = Self {
            dir: new(),
            kept_in: new(),
        };
        put(place.dir.path(), "own/history.jsonl", "{}\n");
        place
    }

    fn at(&self, path: &str) -> PathBuf {
        let top = self.dir.path().canonicalize().unwrap();
        top.join("own").join(path)
    }

    fn put(&self, path: &str, text: &str) {
        put(&self.at(""), path, text);
    }

    fn kept(&self) -> Vec<Kept> {
        let whole = ["settings.json", "skills", "plugins", "CLAUDE.md"];
        let mut kept: Vec<Kept> = whole.map(|n| Kept::whole(self.at(n))).into();
        kept.push(Kept {
            path: self.at("state.json"),
            keys: &["mcpServers"],
            ends: &[],
            starts: &[],
        });
        kept.push(Kept {
            path: self.at(""),
            keys: &[],
            ends: &["sh"],
            starts: &["statusline"],
        });
        kept
    }

    fn look(&self) -> Own {
        let roots = Roots {
            write: vec![self.at("")],
            kept: closed(&self.kept()),
            ..Roots::default()
        };
        Own::look(&self.kept(), &roots)
    }

    /// What is told of by name, in order.
    fn told(&self, own: &Own, obtained: Obtained) -> Vec<String> {
        let meddled = own.compare(obtained, self.kept_in.path());
        let top = self.at("");
        let name = |finding: &Finding| {
            let file = PathBuf::from(&finding.place.as_ref().unwrap().file);
            let name = file.strip_prefix(&top).unwrap_or(&file);
            name.display().to_string()
        };
        meddled.tampering.iter().map(name).collect()
    }
}

#[test]
fn what_was_closed_is_somebody_elses_and_all_else_is_told_and_left() {
    let place = Place::new();
    place.put("settings.json", "{}");
    place.put("plugins/market/one", "1");
    place.put("statusline", "true\n");
    let own = place.look();
    assert!(place.told(&own, OPEN).is_empty());
    place.put("settings.json", "{\"hooks\": {}}");
    place.put("plugins/market/two", "2");
    place.put("statusline", "evil\n");
    place.put("skills/x/SKILL.md", "do it");
    assert_eq!(place.told(&own, CLOSED), ["skills/x/SKILL.md"]);
    let all = [
        "plugins/market/two",
        "settings.json",
        "skills/x/SKILL.md",
        "statusline",
    ];
    assert_eq!(place.told(&own, OPEN), all);
    // Nothing of it is touched, and each is kept as it is now.
    for path in all {
        assert!(place.at(path).exists(), "{path}");
    }
    let kept = std::fs::read_dir(place.kept_in.path()).unwrap();
    assert_eq!(kept.count(), all.len());
    // Who resumes takes it as it is.
    assert!(place.told(&place.look(), OPEN).is_empty());
}

#[test]
fn what_is_removed_is_told_where_it_was_not_closed() {
    let place = Place::new();
    for n in 0..30 {
        place.put(&format!("plugins/p{n}"), "1");
    }
    let own = place.look();
    for n in 0..10 {
        std::fs::remove_file(place.at(&format!("plugins/p{n}"))).unwrap();
    }
    assert!(place.told(&own, CLOSED).is_empty());
    let told = place.told(&own, OPEN);
    assert_eq!(told.len(), 10, "{told:?}");
    std::fs::remove_dir_all(place.at("plugins")).unwrap();
    // By their number from the twenty-first on.
    let many = own.compare(OPEN, place.kept_in.path()).tampering;
    assert_eq!(many.len(), MOST_TOLD + 1);
    assert!(
        many[MOST_TOLD].to_string().contains("10 files more"),
        "{}",
        many[MOST_TOLD]
    );
}

#[test]
fn a_link_that_is_replaced_or_removed_is_told_whatever_it_led_to() {
    let place = Place::new();
    put(place.dir.path(), "dot/settings.json", "{}");
    put(place.dir.path(), "dot/skills/a/SKILL.md", "a");
    symlink("../dot/settings.json", place.at("settings.json")).unwrap();
    symlink("../dot/skills", place.at("skills")).unwrap();
    symlink("later.md", place.at("CLAUDE.md")).unwrap();
    let own = place.look();
    // What it leads to lies where the sandbox lets nobody write: it was somebody else.
    put(place.dir.path(), "dot/settings.json", "{\"a\": 1}");
    assert!(place.told(&own, CLOSED).is_empty());
    let told = place.told(
        &own,
        Obtained {
            confined: false,
            ..OPEN
        },
    );
    assert_eq!(told.len(), 1, "{told:?}");
    std::fs::remove_file(place.at("settings.json")).unwrap();
    place.put("settings.json", "{\"hooks\": 1}");
    std::fs::remove_file(place.at("skills")).unwrap();
    place.put("later.md", "do it");
    let told = place.told(&own, CLOSED);
    assert_eq!(told, ["later.md", "settings.json", "skills"]);
    assert!(place.at("settings.json").is_file());
    assert!(place.dir.path().join("dot/skills/a/SKILL.md").exists());
}

#[test]
fn a_new_link_is_told_and_left() {
    let place = Place::new();
    put(place.dir.path(), "elsewhere/SKILL.md", "mine");
    place.put("skills/a/SKILL.md", "a");
    let own = place.look();
    symlink("../../elsewhere", place.at("skills/linked")).unwrap();
    let link = |told: &String| told == "skills/linked";
    assert!(place.told(&own, OPEN).iter().any(link));
    assert!(place.at("skills/linked/SKILL.md").exists());
    assert!(place.told(&own, CLOSED).is_empty());
}

#[test]
fn size_and_number_hide_nothing() {
    let place = Place::new();
    let own = place.look();
    let padded = format!("{{\"hooks\": 1}}{}", " ".repeat(5 * 1024 * 1024));
    place.put("settings.json", &padded);
    assert_eq!(place.told(&own, CLOSED), ["settings.json"]);
    // Beyond what is read, times and size tell.
    let few = look::Bounds {
        bytes: 3,
        entries: 10,
    };
    let at = |bounds| look::at(&place.at("settings.json"), bounds).unwrap();
    let before = at(few);
    assert_eq!(before, at(few));
    place.put("settings.json", &padded.replace('1', "2"));
    assert_ne!(before, at(few));
    // More than is looked through is said so, and where that is new it blocks.
    for n in 0..11 {
        place.put(&format!("skills/s{n}"), "");
    }
    assert!(look::at(&place.at("skills"), few).is_err());
    let beyond = |part: &str| Looked {
        parts: [(place.at(part), Err("too many".to_owned()))].into(),
        ..Looked::default()
    };
    let mut meddled = Meddled::default();
    let found = own.differences(&beyond("skills"), CLOSED, &mut meddled);
    assert!(matches!(found[&place.at("skills")], How::Unseen(_)));
    let same = Own {
        before: beyond("skills"),
        ..place.look()
    };
    let open = same.differences(&beyond("skills"), OPEN, &mut meddled);
    assert!(open.is_empty() && meddled.notes[0].contains("is not known"));
}

#[test]
fn what_can_not_be_read_is_told_and_no_pipe_holds_anybody_up() {
    let place = Place::new();
    let own = place.look();
    let pipe = place.at("CLAUDE.md");
    let mode = rustix::fs::Mode::from(0o600);
    let fifo = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, fifo, mode, 0).unwrap();
    assert_eq!(place.told(&own, CLOSED), ["CLAUDE.md"]);
}

#[test]
fn of_the_programs_state_what_is_obeyed_counts() {
    let place = Place::new();
    place.put("state.json", r#"{"numStartups": 1}"#);
    let own = place.look();
    let notes = || own.compare(CLOSED, place.kept_in.path()).notes;
    place.put("state.json", r#"{"numStartups": 2, "mcpServers": {}}"#);
    assert!(notes().is_empty());
    let with = r#"{"projects": {"/p": {"mcpServers": {"x": {"command": "y"}}}}}"#;
    place.put("state.json", with);
    assert!(notes()[0].contains("state.json"));
    place.put("state.json", "{");
    assert!(
        notes()
            .iter()
            .any(|note| note.contains("can't be looked at"))
    );
}

#[test]
fn what_was_replaced_under_its_mount_is_told() {
    let place = Place::new();
    place.put("settings.json", "{}");
    let own = place.look();
    place.put("new", "{\"a\": 1}");
    std::fs::rename(place.at("new"), place.at("settings.json")).unwrap();
    let meddled = own.compare(CLOSED, place.kept_in.path());
    assert!(meddled.tampering.is_empty());
    assert!(meddled.notes[0].contains("was replaced"), "{meddled:?}");
}
