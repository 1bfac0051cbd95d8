//! What the agent asks leave for.

use super::desk::Desk;
use super::keyboard::Asked;
use crate::agents::talk::{Decision, Permission};
use crate::cli::out::{Role, paint, safe};
use crate::text::SafeText;
use color_eyre::eyre::Report;

/// Asks whether the agent may do it. Where nobody is there, it may not. False: they leave.
pub(super) fn permission(desk: &mut Desk<'_>, permission: &Permission) -> Result<bool, Report> {
    let decision = if desk.attended {
        show(desk, permission);
        desk.forget_typed();
        match ask(desk, permission)? {
            Answer::Decided(decision) => decision,
            Answer::Moot => return Ok(true),
            Answer::Left => return Ok(false),
        }
    } else {
        let what = format!("{} {}", permission.tool, permission.title);
        let told = format!("denied, for nobody is there to allow it: {}", safe(&what));
        desk.line(paint(Role::Attention, told));
        Decision::Deny {
            reason: Some("nobody is there to allow it".to_owned()),
        }
    };
    desk.decide(&permission.id, &decision)?;
    Ok(true)
}

fn show(desk: &Desk<'_>, permission: &Permission) {
    let what = format!("{} {}", permission.tool, permission.title);
    let head = format!("\n{} asks leave for: {}", desk.talk.agent(), what.trim());
    desk.line(paint(Role::Attention, SafeText::block(&head)));
    if let Some(diff) = &permission.diff {
        for line in SafeText::block(diff.trim_end()).as_str().lines() {
            desk.line(format!("  {}", coloured(line)));
        }
    }
}

/// A line of a diff. Its sign says what it is, also without colour.
pub(super) fn coloured(line: &str) -> String {
    let role = match line.as_bytes().first() {
        Some(b'+') => Role::Good,
        Some(b'-') => Role::Bad,
        Some(b'@') => Role::Quiet,
        _ => return safe_line(line),
    };
    paint(role, safe_line(line))
}

fn safe_line(line: &str) -> String {
    SafeText::block(line).into_string()
}

/// What a person said to it.
enum Answer {
    Decided(Decision),
    /// Nobody needs to decide any more.
    Moot,
    Left,
}

fn ask(desk: &mut Desk<'_>, permission: &Permission) -> Result<Answer, Report> {
    let asked = |talk: &crate::dialogue::Talk| {
        let mut waiting = talk.live().permissions.iter();
        waiting.any(|p| p.id == permission.id)
    };
    loop {
        let prompt = "a allow once, d allow in this dialogue, n deny (n and why): ";
        let line = match desk.ask_while(prompt, asked)? {
            Asked::Line(line) => line,
            Asked::Moot => return Ok(Answer::Moot),
            Asked::Leave => return Ok(Answer::Left),
        };
        let (word, why) = line.split_once(' ').unwrap_or((line.as_str(), ""));
        let decision = match word.to_ascii_lowercase().as_str() {
            "a" | "allow" => Decision::AllowOnce,
            "d" | "dialogue" => Decision::AllowForDialogue,
            "n" | "no" | "deny" => Decision::Deny {
                reason: Some(why.trim().to_owned()).filter(|w| !w.is_empty()),
            },
            _ => {
                let told = format!("'{}' is none of them", safe(word));
                desk.line(told);
                continue;
            }
        };
        return Ok(Answer::Decided(decision));
    }
}
