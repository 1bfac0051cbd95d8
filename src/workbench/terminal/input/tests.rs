use super::*;
use crossterm::event::{MouseButton, MouseEventKind};
use proptest::prelude::*;

fn read(bytes: &[u8]) -> Vec<Input> {
    let mut out = Vec::new();
    Parser::default().feed(bytes, &mut out);
    out
}

/// The same, and then silence.
fn read_out(bytes: &[u8]) -> Vec<Input> {
    let mut out = Vec::new();
    let mut parser = Parser::default();
    parser.feed(bytes, &mut out);
    while parser.patience().is_some() {
        parser.idle(&mut out);
    }
    out
}

fn key(code: KeyCode, modifiers: KeyModifiers) -> Input {
    Input::Key(KeyEvent::new(code, modifiers))
}

#[test]
fn keys_are_read_in_every_spelling() {
    use KeyCode::{BackTab, Backspace, Char, Delete, Down, End, Enter, Esc, F, Home, Tab, Up};
    use KeyModifiers as M;
    for (bytes, code, modifiers) in [
        ("a", Char('a'), M::NONE),
        ("G", Char('G'), M::SHIFT),
        ("é", Char('é'), M::NONE),
        ("\r", Enter, M::NONE),
        ("\t", Tab, M::NONE),
        ("\x7f", Backspace, M::NONE),
        ("\x03", Char('c'), M::CONTROL),
        ("\x1a", Char('z'), M::CONTROL),
        ("\x1bx", Char('x'), M::ALT),
        ("\x1b[A", Up, M::NONE),
        ("\x1bOA", Up, M::NONE),
        ("\x1b[1;5B", Down, M::CONTROL),
        ("\x1b[3~", Delete, M::NONE),
        ("\x1b[4~", End, M::NONE),
        ("\x1b[H", Home, M::NONE),
        ("\x1b[Z", BackTab, M::SHIFT),
        ("\x1bOP", F(1), M::NONE),
        ("\x1b[[B", F(2), M::NONE),
        ("\x1b[15~", F(5), M::NONE),
        ("\x1b[24~", F(12), M::NONE),
        ("\x1b[27u", Esc, M::NONE),
        ("\x1b[99;5u", Char('c'), M::CONTROL),
        ("\x1b[103:71;2u", Char('G'), M::SHIFT),
        ("\x1b[9;2u", BackTab, M::SHIFT),
        ("\x1b[57399u", Char('0'), M::NONE),
        ("\x1b[27;5;106~", Char('j'), M::CONTROL),
    ] {
        assert_eq!(read(bytes.as_bytes()), [key(code, modifiers)], "{bytes:?}");
    }
}

#[test]
fn escape_alone_is_a_key_after_silence_only() {
    let mut parser = Parser::default();
    let mut out = Vec::new();
    parser.feed(b"\x1b", &mut out);
    assert_eq!((out.len(), parser.patience()), (0, Some(ALONE)));
    parser.idle(&mut out);
    assert_eq!(out, [key(KeyCode::Esc, KeyModifiers::NONE)]);
    assert_eq!(parser.patience(), None);
    assert_eq!(read_out(b"\x1b\x1b").len(), 2);
    assert_eq!(read_out(b"\x1b["), [alt('[')]);
    assert_eq!(read_out(b"\x1b]"), [alt(']')]);
}

#[test]
fn answers_are_understood_or_dropped_and_never_keys() {
    for (bytes, reply) in [
        ("\x1b[?5u", Reply::Keyboard(5)),
        ("\x1b[?62;22c", Reply::Attributes),
        (
            "\x1bP>|WezTerm 2026\x1b\\",
            Reply::Version("WezTerm 2026".to_owned()),
        ),
        ("\x1b]11;rgb:1e1e/ffff/00\x07", Reply::Ground(0x1e, 255, 0)),
        ("\x1b]11;rgb:f/0/0\x1b\\", Reply::Ground(255, 0, 0)),
        ("\x1b[?997;1n", Reply::Dark(true)),
    ] {
        assert_eq!(read(bytes.as_bytes()), [Input::Reply(reply)], "{bytes:?}");
    }
    for dropped in [
        "\x1b]11;rgb:zz/0/0\x07",
        "\x1b[12;40R",
        "\x1b[?2026;2$y",
        "\x1b_Gi=31;OK\x1b\\",
        "\x1bP1$r0m\x1b\\",
        "\x1b]52;c;aGk=\x07",
        "\x1b[>41;377;0c",
        "\x1b[57441;1u",
        "\x1b[97;9u",
        "\x1b[97;1:3u",
    ] {
        assert_eq!(read_out(dropped.as_bytes()), [], "{dropped:?}");
    }
    // An answer that never ends is given up, and what is typed later is typed.
    let mut parser = Parser::default();
    let mut out = Vec::new();
    parser.feed(b"\x1b]11;rgb:", &mut out);
    assert_eq!(parser.patience(), Some(BROKEN));
    parser.idle(&mut out);
    parser.feed(b"q", &mut out);
    assert_eq!(out, [key(KeyCode::Char('q'), KeyModifiers::NONE)]);
}

#[test]
fn the_mouse_is_read_at_any_distance() {
    let told = |bytes: &[u8]| match read(bytes).as_slice() {
        [Input::Mouse(mouse)] => (mouse.kind, mouse.column, mouse.row),
        other => panic!("{other:?}"),
    };
    let left = MouseButton::Left;
    assert_eq!(told(b"\x1b[<0;1;1M"), (MouseEventKind::Down(left), 0, 0));
    assert_eq!(
        told(b"\x1b[<0;300;90m"),
        (MouseEventKind::Up(left), 299, 89)
    );
    assert_eq!(told(b"\x1b[<32;5;6M"), (MouseEventKind::Drag(left), 4, 5));
    assert_eq!(told(b"\x1b[<65;5;6M").0, MouseEventKind::ScrollDown);
    assert_eq!(told(b"\x1b[M !!"), (MouseEventKind::Down(left), 0, 0));
    for none in [
        &b"\x1b[<0;0;1M"[..],
        b"\x1b[<0;1M",
        b"\x1b[<;;M",
        b"\x1b[<0;99999;1M",
    ] {
        assert_eq!(read_out(none), []);
    }
}

#[test]
fn pasted_text_is_one_event_and_never_keys() {
    let paste = |text: &str| format!("\x1b[200~{text}\x1b[201~q").into_bytes();
    for (text, wanted) in [
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("\x1b[31m\x1b\x1b[201", "\x1b[31m\x1b\x1b[201"),
        ("", ""),
    ] {
        let told = read(&paste(text));
        assert_eq!(told[0], Input::Paste(wanted.to_owned()));
        assert_eq!(told[1], key(KeyCode::Char('q'), KeyModifiers::NONE));
    }
    let told = read(&paste(&"x".repeat(3 * MAX_PASTE)));
    let [Input::Paste(kept), Input::Key(_)] = told.as_slice() else {
        panic!("{}", told.len());
    };
    assert_eq!(kept.len(), MAX_PASTE);
}

#[test]
fn a_paste_whose_end_never_comes_is_left_by_an_interrupt() {
    let mut parser = Parser::default();
    let mut out = Vec::new();
    parser.feed(b"\x1b[200~half", &mut out);
    assert_eq!(parser.patience(), None);
    parser.feed(b"\x03", &mut out);
    assert_eq!(out, [key(KeyCode::Char('c'), KeyModifiers::CONTROL)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn however_it_is_cut_it_says_the_same(
        pieces in prop::collection::vec(prop_oneof![
            any::<Vec<u8>>().prop_map(|mut v| { v.truncate(6); v }),
            prop::sample::select(vec![
                "\x1b[", "\x1b]11;rgb:1/2/3", "\x1bP>|x", "\x1b\\", "\x07", "\x1b[200~", "\x1b[201~",
                "\x1b[<0;3;4M", "\x1b[99;5u", "é", "日", "\x1bO", "A", "1;5", "~", "\x1b",
            ]).prop_map(|s| s.as_bytes().to_vec()),
        ], 0..20),
        cuts in prop::collection::vec(1..9usize, 0..30),
    ) {
        let bytes = pieces.concat();
        // A lone interrupt means something by itself; it is tried above.
        prop_assume!(!bytes.contains(&3));
        let mut whole = Vec::new();
        let mut parser = Parser::default();
        parser.feed(&bytes, &mut whole);
        let mut cut = Vec::new();
        let mut parser = Parser::default();
        let mut rest = bytes.as_slice();
        for n in cuts {
            let (piece, after) = rest.split_at(n.min(rest.len()));
            parser.feed(piece, &mut cut);
            rest = after;
        }
        parser.feed(rest, &mut cut);
        prop_assert_eq!(whole, cut);
    }
}
