//! One of the two streams of a shell.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use super::mark::{Found, Mark, Splitter};

/// What a shell says on one of its streams.
pub(crate) struct Side {
    splitter: Splitter,
    /// Who writes; 0 is whatever came before the first request.
    current: u64,
    written: BytesMut,
    is_cut: bool,
    /// What has been written by requests that have ended, in order.
    pub(crate) done: VecDeque<Written>,
}

/// What a request has written on one stream.
pub(crate) struct Written {
    pub(crate) status: u32,
    pub(crate) bytes: Bytes,
    pub(crate) is_cut: bool,
}

impl Side {
    pub(crate) fn new(mark: &Mark) -> Self {
        Side {
            splitter: Splitter::new(mark),
            current: 0,
            written: BytesMut::new(),
            is_cut: false,
            done: VecDeque::new(),
        }
    }

    /// Whether there is a shell by now.
    pub(crate) fn has_begun(&self) -> bool {
        self.current > 0
    }

    /// Takes what is said. So much of it is kept of what a request writes, by its number; all of it is
    /// handed on.
    pub(crate) fn take(
        &mut self,
        said: &[u8],
        kept_bytes_max: impl Fn(u64) -> usize,
        mut observe: impl FnMut(u64, &[u8]),
    ) {
        let Side { splitter, current, written, is_cut, done } = self;
        splitter.push(said, |found| match found {
            Found::Written(bytes) => {
                observe(*current, &bytes);
                let room = kept_bytes_max(*current).saturating_sub(written.len());
                *is_cut |= bytes.len() > room;
                written.extend_from_slice(&bytes[..bytes.len().min(room)]);
            }
            // Whoever repeats a mark, such as a shell that shows what it reads, ends nothing with it.
            Found::End { request, .. } if request != *current => {}
            Found::End { request, status } => {
                let bytes = written.split().freeze();
                let is_cut = std::mem::take(is_cut);
                if request > 0 {
                    done.push_back(Written { status, bytes, is_cut });
                }
                *current += 1;
            }
        });
    }

    /// What is left at the end.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let mut rest = self.written.split().to_vec();
        rest.extend_from_slice(&self.splitter.rest());
        rest
    }
}
