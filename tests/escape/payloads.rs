//! Text that would act on a terminal if it reached it.

/// What is asked or ordered of a terminal by an operating system command.
const OSC: [&str; 17] = [
    "52;c;cHduZWQ=",
    "52;c;?",
    "8;;http://evil.example/",
    "0;pwned",
    "1;pwned",
    "2;pwned",
    "2;?",
    "9;pwned",
    "777;notify;pwned;pwned",
    "1337;File=inline=1:AAAA",
    "4;1;?",
    "10;?",
    "11;#000000",
    "50;pwned",
    "7;file:///etc/passwd",
    "133;A",
    "9;4;3;100",
];
/// By a control sequence.
const CSI: [&str; 22] = [
    "1;2c", ">0c", "6n", "18t", "21t", "14t", "3J", "2L", "?1048h", "?1003h", "?1005h", "?5h",
    "8;1;1t", "20h", "4h", "!p", ">4;2m", "?6n", "5i", "4i", "1;1r", "200~",
];
/// By a string for a device or a program.
const TEXTS: [(&str, &str); 10] = [
    ("P", "$qm"),
    ("P", "+q544e"),
    ("P", "q#0;2;0;0;0~~@@vv"),
    ("P", "tmux;\u{1b}\u{1b}]52;c;aGk=\u{7}"),
    ("P", "1000p"),
    ("_", "Ga=T,f=100;AAAA"),
    ("_", "pwned"),
    ("^", "pwned"),
    ("X", "pwned"),
    ("k", "pwned"),
];
/// By a single escape.
const ESCAPES: [&str; 10] = ["c", "7", "8", "D", "M", "Z", "=", "(0", "#8", "n"];
/// What hides or reorders what is read.
const DECEIT: [char; 18] = [
    '\u{202a}',
    '\u{202b}',
    '\u{202d}',
    '\u{202e}',
    '\u{2066}',
    '\u{2067}',
    '\u{2068}',
    '\u{200b}',
    '\u{200e}',
    '\u{200f}',
    '\u{2060}',
    '\u{feff}',
    '\u{ad}',
    '\u{61c}',
    '\u{e0041}',
    '\u{2028}',
    '\u{180e}',
    '\u{fffa}',
];

/// Every payload.
pub fn all() -> Vec<Vec<u8>> {
    let mut found: Vec<Vec<u8>> = Vec::new();
    let mut put = |text: String| found.push(text.into_bytes());
    for body in OSC {
        for (begin, end) in [
            ("\u{1b}]", "\u{7}"),
            ("\u{1b}]", "\u{1b}\\"),
            ("\u{9d}", "\u{9c}"),
        ] {
            put(format!("{begin}{body}{end}"));
        }
    }
    for body in CSI {
        put(format!("\u{1b}[{body}"));
        put(format!("\u{9b}{body}"));
    }
    for (kind, body) in TEXTS {
        put(format!("\u{1b}{kind}{body}\u{1b}\\"));
    }
    for body in ESCAPES {
        put(format!("\u{1b}{body}"));
    }
    for c in DECEIT {
        put(format!("a{c}b"));
    }
    for control in [
        '\u{7}', '\u{8}', '\u{b}', '\u{c}', '\u{e}', '\u{f}', '\u{85}', '\u{90}',
    ] {
        put(format!("a{control}b"));
    }
    found
}

/// Bytes that are no UTF-8: the short spellings of eight bits, and spellings that are too long.
const BYTES: [&[u8]; 5] = [
    b"\x9d52;c;cHduZWQ=\x9c",
    b"\x9b2J",
    b"\xc0\x9b2J",
    b"\xe0\x80\x9b]0;pwned\x07",
    b"\xf0\x80\x80\x9b2J",
];

/// All of them, a line each, the bytes too.
pub fn as_lines() -> Vec<u8> {
    let mut text = Vec::new();
    let bytes = BYTES.iter().map(|b| b.to_vec());
    for payload in all().into_iter().chain(bytes) {
        text.extend_from_slice(b"seen ");
        text.extend_from_slice(&payload);
        text.extend_from_slice(b" seen\n");
    }
    text
}

/// Some of them in one line.
pub fn in_one_line(some: &[Vec<u8>]) -> String {
    let texts = some.iter().map(|p| String::from_utf8_lossy(p));
    texts.collect::<Vec<_>>().join("x")
}
