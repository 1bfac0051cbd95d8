use super::colour::{Depth, contrast, linear, rgb};
use super::palette::{Palette, Part, SLOTS, Slot};
use super::registry::{BUILT_IN, Background, Registry};
use super::*;

/// What words must reach on what is behind them, and what can be passed over.
const WORDS: f64 = 4.5;
const QUIET: f64 = 3.0;
/// What the themes of high contrast promise.
const HIGH: f64 = 7.0;

fn of(theme: Theme) -> &'static Palette {
    &theme.0.palette
}

fn built_in(depth: Depth) -> Vec<(&'static str, Theme)> {
    let registry = Registry::new(None, depth);
    let theme = |name| match registry.theme(name) {
        Ok(theme) => theme,
        Err(faults) => panic!("{faults:#?}"),
    };
    BUILT_IN.iter().map(|(n, _)| (*n, theme(n))).collect()
}

fn is_quiet(slot: Slot) -> bool {
    matches!(
        slot,
        Slot::Role(Role::Quiet)
            | Slot::Look(Look::Struck | Look::Mark | Look::Quote | Look::Comment)
    )
}

/// Everything that can be read less well than it must, one a line.
fn faint(name: &str, palette: &Palette, words: f64, quiet: f64) -> Vec<String> {
    let ground = palette.style(Slot::Part(Part::Ground));
    let Some(behind) = ground.bg.and_then(rgb) else {
        return Vec::new();
    };
    let added = palette.style(Slot::Look(Look::Added)).bg;
    let removed = palette.style(Slot::Look(Look::Removed)).bg;
    let mut faint = Vec::new();
    for (section, slot_name, slot) in SLOTS {
        let style = palette.style(slot);
        let fg = style.fg.or(ground.fg).and_then(rgb).unwrap();
        let own = style.bg.and_then(rgb);
        let mut grounds = vec![own.unwrap_or(behind)];
        if own.is_none() && section == "looks" {
            // Code is shown on the ground of a changed line too.
            grounds.extend([added, removed].into_iter().flatten().filter_map(rgb));
        }
        let least = match slot {
            Slot::Part(Part::Rule) => 1.8,
            slot if is_quiet(slot) => quiet,
            _ => words,
        };
        for ground in grounds {
            let reached = contrast(fg, ground);
            if reached < least {
                faint.push(format!(
                    "{name}: {section}.{slot_name}: {reached:.2} < {least}"
                ));
            }
        }
    }
    faint
}

#[test]
fn every_built_in_theme_can_be_read() {
    let mut all = Vec::new();
    for (name, theme) in built_in(Depth::True) {
        let (words, quiet) = if name.starts_with("high-contrast") {
            (HIGH, HIGH)
        } else {
            (WORDS, QUIET)
        };
        all.extend(faint(name, of(theme), words, quiet));
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn with_fewer_colours_they_still_can() {
    let mut all = Vec::new();
    for (name, theme) in built_in(Depth::Indexed) {
        all.extend(faint(name, of(theme), 4.0, 2.8));
    }
    for (name, theme) in built_in(Depth::Sixteen) {
        all.extend(faint(name, of(theme), 3.0, 3.0));
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn no_theme_sets_a_ground_and_leaves_the_text_to_the_terminal() {
    for (name, theme) in built_in(Depth::True) {
        for (section, slot_name, slot) in SLOTS {
            let style = of(theme).style(slot);
            assert!(
                style.bg.is_none() || style.fg.is_some(),
                "{name}: {section}.{slot_name}"
            );
        }
    }
}

#[test]
fn colours_for_colour_blind_eyes_are_told_apart_by_them() {
    for (name, theme) in built_in(Depth::True) {
        if !name.starts_with("colour-blind") {
            continue;
        }
        let colour = |role| rgb(theme.style(role).fg.unwrap()).unwrap();
        let pairs = [
            (Role::Good, Role::Bad),
            (Role::Good, Role::Attention),
            (Role::Bad, Role::Attention),
            (Role::Live, Role::Bad),
            (Role::Live, Role::Attention),
        ];
        for (one, other) in pairs {
            for eye in EYES {
                let far = apart(seen(eye, colour(one)), seen(eye, colour(other)));
                assert!(far > 0.09, "{name}: {one:?} and {other:?}: {far:.3}");
            }
        }
    }
}

/// What is left of light for eyes without long and without middle cones (Machado and others, 2009).
const EYES: [[[f64; 3]; 3]; 2] = [
    [
        [0.152_286, 1.052_583, -0.204_868],
        [0.114_503, 0.786_281, 0.099_216],
        [-0.003_882, -0.048_116, 1.051_998],
    ],
    [
        [0.367_322, 0.860_646, -0.227_968],
        [0.280_085, 0.672_501, 0.047_413],
        [-0.011_820, 0.042_940, 0.968_881],
    ],
];

/// A colour as such an eye sees it, in the space Oklab, where distances are as they look.
fn seen(eye: [[f64; 3]; 3], colour: [u8; 3]) -> [f64; 3] {
    const CONES: [[f64; 3]; 3] = [
        [0.412_221_47, 0.536_332_54, 0.051_445_99],
        [0.211_903_5, 0.680_699_55, 0.107_396_96],
        [0.088_302_46, 0.281_718_84, 0.629_978_7],
    ];
    const LAB: [[f64; 3]; 3] = [
        [0.210_454_26, 0.793_617_79, -0.004_072_05],
        [1.977_998_5, -2.428_592_21, 0.450_593_71],
        [0.025_904_04, 0.782_771_77, -0.808_675_77],
    ];
    let times =
        |by: [[f64; 3]; 3], v: [f64; 3]| by.map(|r| r.iter().zip(v).map(|(a, b)| a * b).sum());
    let light: [f64; 3] = times(eye, colour.map(linear));
    times(LAB, times(CONES, light).map(f64::cbrt))
}

fn apart(a: [f64; 3], b: [f64; 3]) -> f64 {
    let parts = a.iter().zip(b).map(|(a, b)| (a - b).powi(2));
    parts.sum::<f64>().sqrt()
}

#[test]
fn without_colours_the_weight_remains_and_the_chosen_row_is_reversed() {
    for (name, theme) in built_in(Depth::None) {
        assert!(!theme.has_colours());
        for (section, slot_name, slot) in SLOTS {
            let style = of(theme).style(slot);
            assert!(
                style.fg.is_none() && style.bg.is_none(),
                "{name}: {section}.{slot_name}"
            );
        }
        for style in [theme.chosen(true), theme.toast(false), theme.toast(true)] {
            assert!(style.add_modifier.contains(Modifier::REVERSED), "{name}");
        }
        assert!(theme.chosen(false).add_modifier.contains(Modifier::BOLD));
    }
}

#[test]
fn the_same_theme_is_kept_once() {
    let one = Theme::new(true);
    let before = PAINTED.lock().unwrap().len();
    assert!(std::ptr::eq(one.0, Theme::new(true).0));
    assert!(PAINTED.lock().unwrap().len() >= before);
    assert_ne!(one, Theme::new(false));
}

/// A folder of a person's own themes.
fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, Registry) {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        #[expect(clippy::disallowed_methods, reason = "a fixture needs no durability")]
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    let registry = Registry::new(Some(dir.path().to_owned()), Depth::True);
    (dir, registry)
}

#[test]
fn a_persons_own_themes_stand_beside_the_built_in_ones() {
    let mine = "description: mine\nextends: dark\nroles:\n  good: { fg: \"#00ff00\" }\n";
    let (_dir, registry) = folder(&[("mine.yaml", mine), ("notes.txt", "no theme")]);
    let list = registry.list();
    assert_eq!(list.len(), BUILT_IN.len() + 1);
    let mine = list.last().unwrap();
    assert_eq!((mine.name.as_str(), mine.own), ("mine", true));
    assert_eq!(mine.background, Some(Background::Dark));
    let theme = mine.theme.as_ref().unwrap();
    assert_eq!(theme.style(Role::Good).fg, Some(Color::Rgb(0, 255, 0)));
    let dark = registry.theme("dark").unwrap();
    assert_eq!(theme.style(Role::Bad), dark.style(Role::Bad));
}

#[test]
fn one_of_the_same_name_takes_the_place_and_may_extend_what_it_replaces() {
    let own = "extends: dark\nroles:\n  good: { fg: \"#00ff00\" }\n";
    let (_dir, registry) = folder(&[("dark.yaml", own)]);
    let theme = registry.theme("dark").unwrap();
    assert_eq!(theme.style(Role::Good).fg, Some(Color::Rgb(0, 255, 0)));
    assert_eq!(registry.list().len(), BUILT_IN.len());
}

#[test]
fn what_is_wrong_with_one_is_told_with_its_place() {
    let (_dir, registry) = folder(&[
        ("a.yaml", "extends: b\n"),
        ("b.yaml", "extends: a\n"),
        ("c.yaml", "description: c\nextends: drak\n"),
        ("d.yaml", "roles:\n  good: { fg: green }\n"),
    ]);
    let said = |name| registry.theme(name).unwrap_err()[0].to_string();
    assert!(
        said("a").contains("b.yaml:1:10: 'a' leads back here"),
        "{}",
        said("a")
    );
    assert!(
        said("c").contains("c.yaml:2:10: there is no theme 'drak'"),
        "{}",
        said("c")
    );
    assert!(said("c").ends_with("did you mean 'dark'?"));
    assert!(
        said("d").contains("d.yaml:1:1: it has no roles.title, roles.bad"),
        "{}",
        said("d")
    );
    assert!(said("../d").starts_with("there is no theme '../d'"));
}
