//! Marks between what one request writes and the next.

use bytes::{Buf as _, Bytes, BytesMut};
use memchr::memmem::Finder;
use rand::TryRng as _;
use rand::rngs::SysRng;

use crate::hexadecimal::hexadecimal;

const RANDOM_BYTES: usize = 16;
/// Behind the mark itself: a space, a number, a space, a status, the end of the line.
const NUMBERS_BYTES_MAX: usize = 32;

/// What no program can have written.
#[derive(Clone)]
pub(crate) struct Mark {
    text: String,
}

impl Mark {
    /// One that nobody can guess.
    pub(crate) fn random() -> Result<Self, rand::rngs::SysError> {
        let mut bytes = [0; RANDOM_BYTES];
        SysRng.try_fill_bytes(&mut bytes)?;
        Ok(Mark { text: hexadecimal(&bytes) })
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    #[cfg(test)]
    pub(crate) fn fixed(text: &str) -> Self {
        Mark { text: text.to_owned() }
    }
}

/// What was found in a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Something that was written.
    Written(Bytes),
    /// The end of what a request wrote.
    End {
        /// Which request.
        request: u64,
        /// How it ended.
        status: u32,
    },
}

/// Parts a stream at the marks in it, however it is cut into pieces.
pub(crate) struct Splitter {
    finder: Finder<'static>,
    held: BytesMut,
}

impl Splitter {
    pub(crate) fn new(mark: &Mark) -> Self {
        Splitter { finder: Finder::new(mark.text.as_bytes()).into_owned(), held: BytesMut::new() }
    }

    /// Takes a piece; what may yet become a mark is kept back.
    pub(crate) fn push(&mut self, piece: &[u8], mut found: impl FnMut(Found)) {
        self.held.extend_from_slice(piece);
        loop {
            let Some(at) = self.finder.find(&self.held) else {
                let safe = self.held.len() - self.beginning_of_mark();
                if safe > 0 {
                    found(Found::Written(self.held.split_to(safe).freeze()));
                }
                return;
            };
            if at > 0 {
                found(Found::Written(self.held.split_to(at).freeze()));
            }
            let behind = self.finder.needle().len();
            let numbers = &self.held[behind..];
            match numbers.iter().take(NUMBERS_BYTES_MAX).position(|byte| *byte == b'\n') {
                Some(end) => {
                    let end_of_request = numbers_of(&numbers[..end]);
                    // Somebody repeats the order to say it, such as a shell that says what it does.
                    let Some((request, status)) = end_of_request else {
                        found(Found::Written(self.held.split_to(behind).freeze()));
                        continue;
                    };
                    self.held.advance(behind + end + 1);
                    found(Found::End { request, status });
                }
                None if numbers.len() >= NUMBERS_BYTES_MAX => {
                    found(Found::Written(self.held.split_to(behind).freeze()));
                }
                None => return,
            }
        }
    }

    /// How many of the last bytes could be the beginning of a mark.
    fn beginning_of_mark(&self) -> usize {
        let mark = self.finder.needle();
        let longest = self.held.len().min(mark.len() - 1);
        (1..=longest).rev().find(|length| self.held.ends_with(&mark[..*length])).unwrap_or(0)
    }

    /// What is kept back, at the end of the stream.
    pub(crate) fn rest(&mut self) -> Bytes {
        self.held.split().freeze()
    }
}

/// A request and a status, as in ` 12 0`.
fn numbers_of(bytes: &[u8]) -> Option<(u64, u32)> {
    let text = std::str::from_utf8(bytes).ok()?.strip_prefix(' ')?;
    let (request, status) = text.split_once(' ')?;
    Some((request.parse().ok()?, status.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const MARK: &str = "abab1";

    /// What came before each mark, and behind the last.
    fn parted(pieces: &[&[u8]]) -> (Vec<(Vec<u8>, u64, u32)>, Vec<u8>) {
        let mut splitter = Splitter::new(&Mark::fixed(MARK));
        let (mut ended, mut written) = (Vec::new(), Vec::new());
        for piece in pieces {
            splitter.push(piece, |found| match found {
                Found::Written(bytes) => written.extend_from_slice(&bytes),
                Found::End { request, status } => {
                    ended.push((std::mem::take(&mut written), request, status));
                }
            });
        }
        written.extend_from_slice(&splitter.rest());
        (ended, written)
    }

    #[test]
    fn what_is_between_marks_is_kept_byte_for_byte() {
        let stream = b"noise\nabab1 0 0\n\x00\xff\nabab1 1 17\nabab1 2 0\nrest";
        let (ended, rest) = parted(&[stream]);
        let expected = vec![(b"noise\n".to_vec(), 0, 0), (b"\x00\xff\n".to_vec(), 1, 17), (Vec::new(), 2, 0)];
        assert_eq!((ended, rest), (expected, b"rest".to_vec()));
    }

    #[test]
    fn what_only_looks_like_a_mark_is_written() {
        let long = format!("{MARK} {}\n", "1".repeat(NUMBERS_BYTES_MAX));
        for text in ["abab1\n", "abab1 1\n", "abab1 x 0\n", "abab1abab1 q\n", &long, "ababab", "abab1 1 0"] {
            assert_eq!(parted(&[text.as_bytes()]), (Vec::new(), text.as_bytes().to_vec()), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_a_stream_is_cut(
            written in vec("[ab1 \n]{0,12}", 1..6),
            cuts in vec(1..5_usize, 0..60),
        ) {
            let stream: Vec<u8> = written
                .iter()
                .enumerate()
                .flat_map(|(at, text)| format!("{text}{MARK} {at} {at}\n").into_bytes())
                .collect();
            let mut pieces = Vec::new();
            let mut rest = &stream[..];
            for cut in cuts {
                let (piece, behind) = rest.split_at(cut.min(rest.len()));
                pieces.push(piece);
                rest = behind;
            }
            pieces.push(rest);
            prop_assert_eq!(parted(&pieces), parted(&[&stream]));
        }
    }
}
