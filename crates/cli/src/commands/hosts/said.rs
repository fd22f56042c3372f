//! What operations write while they are done on a host, in whole lines.

use std::collections::HashMap;

use plumb_host::Stream;

use super::show::lines_of;

/// What operations have written on a host without having told it yet. What one writes may come before the one before
/// it has come to its end, for output and errors go different ways.
#[derive(Default)]
pub(super) struct Said(HashMap<usize, [Vec<u8>; 2]>);

impl Said {
    /// An operation has written something.
    pub(super) fn wrote(&mut self, operation: usize, stream: Stream, bytes: &[u8]) {
        self.0.entry(operation).or_default()[usize::from(stream == Stream::Errors)].extend_from_slice(bytes);
    }

    /// The whole lines of what an operation has written, and at its end what is left: output first, then errors,
    /// which are marked. A secret that is written in pieces is whole in its line.
    pub(super) fn lines(&mut self, operation: usize, is_end: bool) -> Vec<(bool, String)> {
        let Some(sides) = self.0.get_mut(&operation) else { return Vec::new() };
        let mut lines = Vec::new();
        for (is_error, side) in [false, true].into_iter().zip(sides) {
            lines.extend(lines_of(side, is_end).into_iter().map(|line| (is_error, line)));
        }
        if is_end {
            self.0.remove(&operation);
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_whole_and_by_operation() {
        let mut said = Said::default();
        said.wrote(1, Stream::Output, b"one\npart");
        said.wrote(0, Stream::Errors, b"odd");
        assert_eq!(said.lines(1, false), [(false, "one".to_owned())]);
        assert_eq!(said.lines(0, true), [(true, "odd".to_owned())]);
        said.wrote(1, Stream::Output, b"ner");
        assert_eq!(said.lines(1, true), [(false, "partner".to_owned())]);
        assert_eq!(said.lines(1, true), []);
    }
}
