//! What a program writes, line by line.

use std::borrow::Cow;

use plumb_state::ProvisionOutput;

/// A line that goes on for longer is passed on in pieces.
pub(crate) const LINE_BYTES_MAX: usize = 64 * 1024;

/// A line as it is shown, without what ends it.
pub(crate) fn shown(line: &[u8]) -> Cow<'_, str> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line))
}

/// Makes lines of pieces, and passes each on when it is whole.
pub(crate) struct Lines {
    output: ProvisionOutput,
    begun: Vec<u8>,
}

impl Lines {
    pub(crate) fn new(output: &ProvisionOutput) -> Self {
        Lines { output: output.clone(), begun: Vec::new() }
    }

    /// Takes a piece.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.begun.extend(piece);
            if piece.ends_with(b"\n") || self.begun.len() >= LINE_BYTES_MAX {
                self.flush();
            }
        }
    }

    /// Passes on a line that nothing ends.
    pub(crate) fn flush(&mut self) {
        if !self.begun.is_empty() {
            (self.output)(&shown(&self.begun));
            self.begun.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn pieces_become_lines() {
        let written = Arc::new(Mutex::new(Vec::new()));
        let output: ProvisionOutput = {
            let written = written.clone();
            Arc::new(move |text: &str| written.lock().unwrap().push(text.to_owned()))
        };
        let mut lines = Lines::new(&output);
        for piece in ["a", "b\r\n\nc", "ÿ"] {
            lines.push(piece.as_bytes());
        }
        assert_eq!(*written.lock().unwrap(), ["ab", ""]);
        lines.flush();
        lines.flush();
        assert_eq!(*written.lock().unwrap(), ["ab", "", "cÿ"]);
    }
}
