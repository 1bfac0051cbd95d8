//! A run-state.md that is none any more: emptied, cut off, overwritten, left in conflict. It orders
//! nothing. What stood there is kept beside it, and the file is put back.

use super::live::{Supervisor, SupervisorError};
use crate::documents::run_state::RunStateDoc;
use crate::store::swap::replace_cas;
use crate::store::write::replace_shared;

const COMPLETED: &str = "## Completed Stages";

/// Why `theirs` can't be taken as an edit of `base`; `None`: it can.
pub(super) fn why_not(base: &[u8], theirs: &[u8]) -> Option<&'static str> {
    if base == theirs {
        return None;
    }
    if theirs.iter().all(u8::is_ascii_whitespace) {
        return Some("it was emptied");
    }
    if base.starts_with(theirs) {
        return Some("it was cut off");
    }
    let (was, is) = (
        String::from_utf8_lossy(base),
        String::from_utf8_lossy(theirs),
    );
    let marked = |text: &str| {
        let mut lines = text.lines();
        lines.any(|l| l.starts_with("<<<<<<< ") || l.starts_with(">>>>>>> "))
    };
    if marked(&is) && !marked(&was) {
        return Some("it holds the marks of a conflict");
    }
    let headed = |text: &str| {
        text.lines()
            .any(|l| l.trim_end().eq_ignore_ascii_case(COMPLETED))
    };
    if headed(&was) && !headed(&is) {
        return Some("its section Completed Stages is missing");
    }
    let stated = |bytes: &[u8]| !RunStateDoc::parse(bytes).read().status_text.is_empty();
    (stated(base) && !stated(theirs)).then_some("its line Current Status is missing")
}

impl Supervisor {
    /// Keeps what stands in run-state.md, says so, and puts back what was agreed on last.
    pub(super) fn put_back_run_state(
        &mut self,
        base: &[u8],
        theirs: &[u8],
        why: &str,
    ) -> Result<(), SupervisorError> {
        let path = self.active.run_state();
        let kept = self.keep_rejected(theirs)?;
        replace_cas(&self.fs, &path, Some(theirs), base, &|_, ours, theirs| {
            // Saved again meanwhile: the next look judges that.
            match why_not(base, theirs) {
                Some(_) => ours.to_vec(),
                None => theirs.to_vec(),
            }
        })?;
        self.tell_rejected(why, kept)
    }

    /// Keeps it beside the file; the name where there was something to keep.
    pub(super) fn keep_rejected(&self, theirs: &[u8]) -> Result<Option<String>, SupervisorError> {
        if theirs.iter().all(u8::is_ascii_whitespace) {
            return Ok(None);
        }
        let name = format!("run-state.md.rejected-{}", self.journal.last_seq());
        replace_shared(&self.fs, &self.active.path().join(&name), theirs)?;
        Ok(Some(name))
    }

    pub(super) fn tell_rejected(
        &mut self,
        why: &str,
        kept: Option<String>,
    ) -> Result<(), SupervisorError> {
        let kept = kept.map_or_else(String::new, |name| {
            format!("; what stood there is in {name}")
        });
        self.refuse_edit(&format!("{why}, so it was put back as it was{kept}"))
    }
}

#[cfg(test)]
mod tests {
    use super::why_not;

    const BASE: &[u8] = b"# Run State\n## Execution State\nCurrent Status: Active\n## Completed Stages\n- Build - R - d - PASS\n";

    #[test]
    fn an_edit_is_taken_and_a_wreck_is_not() {
        let text = String::from_utf8_lossy(BASE);
        let removed = text.replace("- Build - R - d - PASS\n", "- None\n");
        let status = text.replace("Active", "Paused");
        let crlf = text.replace('\n', "\r\n");
        for lawful in [&*text, &removed, &status, &crlf] {
            assert_eq!(why_not(BASE, lawful.as_bytes()), None, "{lawful}");
        }
        let conflict = format!("<<<<<<< HEAD\n{text}>>>>>>> other\n");
        let wrecks: [&[u8]; 5] = [
            b" \n",
            &BASE[..40],
            &BASE[..BASE.len() - 30],
            b"\xff\0",
            conflict.as_bytes(),
        ];
        for wreck in wrecks {
            assert!(why_not(BASE, wreck).is_some(), "{wreck:?}");
        }
    }
}
