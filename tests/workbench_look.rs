//! How the workbench looks, as a person sets it: the real program on a terminal of its own.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::unused_self,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "a test fails by panicking, says what it leaves out, and writes as people do"
)]

mod support;

use support::project::{GATED, Project, WORKS, put};
use support::terminal::{Terminal, comes, proves};
use support::trusted;
use vt100::Color;
/// The grounds of the built-in themes.
const DARK: Color = Color::Rgb(0x16, 0x1a, 0x20);
const LIGHT: Color = Color::Rgb(0xfb, 0xfa, 0xf7);
/// A terminal that shows every colour.
const TRUE: (&str, &str) = ("COLORTERM", "truecolor");
const SIZE: (u16, u16) = (120, 35);

fn project() -> Project {
    Project::new().agent("build", WORKS).flow(GATED)
}

fn choose(project: &Project, config: &str) {
    put(&project.outside("user/config.yaml"), config);
}

fn leaves(mut terminal: Terminal) {
    terminal.types("q");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
}

#[test]
fn a_theme_is_shown_while_it_is_looked_at_kept_by_enter_and_gone_by_esc() {
    let project = project();
    choose(&project, "# mine\nagents: []\n");
    let mut terminal = Terminal::within(&project, &[], SIZE, &[TRUE]);
    terminal.until("READY 1");
    assert_eq!(
        terminal.screen().cell(0, 0).unwrap().bgcolor(),
        Color::Default
    );
    proves!(Theme on terminal, comes(" Themes "));
    terminal.types("j");
    terminal.until_ground(DARK);
    terminal.types("j");
    terminal.until_ground(LIGHT);
    terminal.types("\u{1b}");
    terminal.until_ground(Color::Default);
    terminal.types("\u{14}");
    terminal.until(" Themes ");
    terminal.types("j");
    terminal.until_ground(DARK);
    terminal.types("\r");
    terminal.until("theme dark, kept in");
    terminal.until_ground(DARK);
    leaves(terminal);
    let kept = std::fs::read_to_string(project.outside("user/config.yaml")).unwrap();
    let before = format!("# mine\nagents: []\n{}", trusted::line());
    assert_eq!(kept, before + "theme: dark\n");
    let mut terminal = Terminal::within(&project, &[], SIZE, &[TRUE]);
    terminal.until_ground(DARK);
    leaves(terminal);
}

#[test]
fn with_auto_the_look_follows_what_the_terminal_says_and_no_key_is_lost() {
    let project = project();
    choose(&project, "theme: auto\n");
    let mut terminal = Terminal::within(&project, &[], SIZE, &[TRUE]);
    terminal.until_printed(b"\x1b]11;?\x1b\\\x1b[c", 0);
    terminal.types("?\u{1b}]11;rgb:ffff/ffff/ffff\u{1b}\\\u{1b}[?62;22c");
    terminal.until_ground(LIGHT);
    terminal.until("Steer the run");
    terminal.types("\u{1b}");
    terminal.until("READY 1");
    leaves(terminal);
}

#[test]
fn a_terminal_that_never_answers_holds_nothing_up_and_a_late_answer_is_no_key() {
    let project = project();
    choose(&project, "theme: { light: light, dark: dark }\n");
    let mut terminal = Terminal::within(&project, &[], SIZE, &[TRUE]);
    // The first frame is there before anything is asked.
    terminal.until_printed(b"\x1b[?2026l", 0);
    terminal.until_printed(b"\x1b]11;?", 0);
    terminal.until_ground(DARK);
    terminal.until("READY 1");
    terminal.types("\u{1b}]11;rgb:fbfb/fafa/f7f7\u{1b}\\\u{1b}[?62c");
    terminal.until_ground(LIGHT);
    terminal.types("?");
    terminal.until("Steer the run");
    terminal.types("\u{1b}");
    terminal.until("READY 1");
    assert!(
        !terminal.shown().contains("nothing holds"),
        "{}",
        terminal.shown()
    );
    leaves(terminal);
}

#[test]
fn the_default_asks_the_terminal_nothing() {
    let project = project();
    let mut terminal = Terminal::within(&project, &[], SIZE, &[TRUE]);
    terminal.until("READY 1");
    leaves_unasked(terminal);
}

fn leaves_unasked(mut terminal: Terminal) {
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
    assert!(
        !terminal.raw.windows(4).any(|w| w == b"\x1b]11"),
        "it asked"
    );
}

#[test]
fn a_fault_in_the_settings_is_told_and_keeps_nobody_out() {
    let project = project();
    choose(&project, "theme: mine\n");
    put(
        &project.outside("user/themes/mine.yaml"),
        "extends: dark\nroles:\n  godo: { fg: red }\n",
    );
    let mut terminal = Terminal::within(&project, &[], SIZE, &[]);
    terminal.until("Your settings");
    terminal.until("mine.yaml:3:3: unknown key 'godo' in roles");
    terminal.types("\u{1b}");
    // A key right after an escape would be read as one with it.
    terminal.until_gone("Your settings");
    terminal.until("READY 1");
    terminal.types("\u{14}");
    terminal.until("faults");
    leaves_from_list(terminal);
}

fn leaves_from_list(mut terminal: Terminal) {
    terminal.types("\u{1b}");
    terminal.until("? more");
    leaves(terminal);
}

/// The colours that were set, as the terminal was told.
fn colours(terminal: &Terminal) -> Vec<String> {
    let text = String::from_utf8_lossy(&terminal.raw).into_owned();
    let codes = text.split("\x1b[").filter_map(|s| s.split_once('m'));
    let codes = codes.map(|(c, _)| c.to_owned());
    let is_sgr = |c: &String| c.chars().all(|c| c.is_ascii_digit() || c == ';');
    let is_colour = |c: &String| {
        let first = c.split(';').next().unwrap_or_default();
        matches!(first, "38" | "48") || matches!(first.parse(), Ok(30..38 | 40..48 | 90..108))
    };
    codes.filter(is_sgr).filter(is_colour).collect()
}

#[test]
fn colours_go_by_what_the_terminal_can_and_by_what_is_wanted() {
    let project = project();
    choose(&project, "theme: dark\n");
    let seen = |variables: &[(&str, &str)]| {
        let mut terminal = Terminal::within(&project, &[], SIZE, variables);
        terminal.until("READY 1");
        terminal.types("q");
        assert_eq!(terminal.ends(), 0);
        colours(&terminal)
    };
    assert!(seen(&[TRUE]).iter().any(|c| c.contains("48;2;22;26;32")));
    let indexed = seen(&[]);
    assert!(indexed.iter().any(|c| c.contains("48;5;")), "{indexed:?}");
    assert!(!indexed.iter().any(|c| c.contains("8;2;")), "{indexed:?}");
    assert_eq!(seen(&[("NO_COLOR", "1"), TRUE]), [""; 0]);
    let forced = seen(&[("NO_COLOR", "1"), ("FORCE_COLOR", "3")]);
    assert!(forced.iter().any(|c| c.contains("48;2;")), "{forced:?}");
}

#[test]
fn keys_of_ones_own_count_and_are_shown() {
    let project = project();
    put(
        &project.outside("user/keymap.yaml"),
        "help: [f11]\nleave: [Q]\n",
    );
    let mut terminal = Terminal::within(&project, &[], SIZE, &[]);
    terminal.until("READY 1");
    terminal.until("f11 more");
    terminal.types("?");
    terminal.types("\u{1b}[23~");
    terminal.until("Steer the run");
    terminal.types("\u{1b}");
    terminal.until_gone("Steer the run");
    terminal.types("qQ");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
}

#[test]
fn faults_of_a_keymap_are_told_at_once_and_the_programs_own_keys_count() {
    let project = project();
    let text = "hepl: [H]\nleave: [a]\nback: [esc]\n";
    put(&project.outside("user/keymap.yaml"), text);
    let mut terminal = Terminal::within(&project, &[], SIZE, &[]);
    terminal.until("Your settings");
    terminal.until("keymap.yaml:1:1: there is no action 'hepl'");
    terminal.until("keymap.yaml:2:9: the key a is given to leave here and is approve's");
    terminal.types("\u{1b}");
    terminal.until_gone("Your settings");
    leaves(terminal);
}
