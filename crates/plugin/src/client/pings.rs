//! Answers to pings, a little late.
//!
//! A plugin made with Go's gRPC pings whenever it has taken in a piece of a request and no ping is under
//! way, to find out how much a faraway caller could send ahead. Answered at once that is a ping for each
//! call: as many writes, and as many wake-ups on both sides, as the calls themselves need. Answered after a
//! moment it is a few in a second. HTTP/2 sets no time for the answer, and a plugin that wants to know
//! whether anybody is there waits for many seconds.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// How late an answer is.
const LATE_BY: Duration = Duration::from_millis(100);
/// What a client says before its first frame.
const PREFACE_BYTES: usize = 24;
const HEADER_BYTES: usize = 9;
/// The header of an answer to a ping: eight bytes follow, of that type, an answer, of no stream.
const ANSWER_HEADER: [u8; HEADER_BYTES] = [0, 0, 8, 6, 1, 0, 0, 0, 0];
const ANSWER_BYTES: usize = HEADER_BYTES + 8;
/// Whoever has more pings under way than this gets his answers at once.
const HELD_BYTES_MAX: usize = 8 * ANSWER_BYTES;

/// The client's side of an HTTP/2 connection.
pub(super) struct LatePings<S> {
    stream: S,
    frames: Frames,
    /// Answers, whole ones; but for the first, while it is being written.
    held: Vec<u8>,
    /// Whether a part of what is held is written already: nothing else may come before the rest.
    is_begun: bool,
    due: Pin<Box<Sleep>>,
}

impl<S: AsyncWrite + Unpin> LatePings<S> {
    pub(super) fn new(stream: S) -> Self {
        let due = Box::pin(tokio::time::sleep(LATE_BY));
        LatePings { stream, frames: Frames::default(), held: Vec::new(), is_begun: false, due }
    }

    /// Holds the answer that these bytes begin with, if they do.
    fn hold(&mut self, bytes: &[u8]) -> Option<usize> {
        let answer = bytes.get(..ANSWER_BYTES).filter(|answer| answer.starts_with(&ANSWER_HEADER))?;
        if !self.frames.is_between() || self.held.len() >= HELD_BYTES_MAX {
            return None;
        }
        if self.held.is_empty() {
            self.due.as_mut().reset(Instant::now() + LATE_BY);
        }
        self.held.extend_from_slice(answer);
        Some(ANSWER_BYTES)
    }

    /// Writes all that is held.
    fn poll_held(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.held.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(context, &self.held))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.held.drain(..written);
            self.is_begun = !self.held.is_empty();
        }
        Poll::Ready(Ok(()))
    }

    /// Writes what is held if its time has come. It can wait, too.
    fn poll_due(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        let is_time = !self.held.is_empty()
            && self.frames.is_between()
            && (self.is_begun || self.due.as_mut().poll(context).is_ready());
        if is_time && let Poll::Ready(written) = self.poll_held(context) {
            written?;
            if let Poll::Ready(flushed) = Pin::new(&mut self.stream).poll_flush(context) {
                flushed?;
            }
        }
        Ok(())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for LatePings<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // Whoever drives the connection reads whenever it is woken, and so it is by the clock.
        self.poll_due(context)?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for LatePings<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.is_begun {
            ready!(self.poll_held(context))?;
        }
        if let Some(held) = pieces.first().and_then(|piece| self.hold(piece)) {
            // To be woken when it is due.
            self.poll_due(context)?;
            return Poll::Ready(Ok(held));
        }
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(context, pieces))?;
        self.frames.follow(pieces, written);
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.frames.is_between() {
            ready!(self.poll_held(context))?;
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Knows where frames begin in what is written.
struct Frames {
    header: [u8; HEADER_BYTES],
    /// How much of the header is there.
    known: usize,
    /// How much of the frame, or of the preface, is still to come behind its header.
    rest: usize,
}

impl Default for Frames {
    fn default() -> Self {
        Frames { header: [0; HEADER_BYTES], known: 0, rest: PREFACE_BYTES }
    }
}

impl Frames {
    /// Whether what comes next is the beginning of a frame.
    fn is_between(&self) -> bool {
        self.known == 0 && self.rest == 0
    }

    fn follow(&mut self, pieces: &[IoSlice<'_>], mut written: usize) {
        for piece in pieces {
            let length = piece.len().min(written);
            self.follow_piece(&piece[..length]);
            written -= length;
        }
    }

    fn follow_piece(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.rest > 0 {
                let passed = self.rest.min(bytes.len());
                self.rest -= passed;
                bytes = &bytes[passed..];
                continue;
            }
            let read = (HEADER_BYTES - self.known).min(bytes.len());
            self.header[self.known..self.known + read].copy_from_slice(&bytes[..read]);
            self.known += read;
            bytes = &bytes[read..];
            if self.known == HEADER_BYTES {
                let [one, two, three, ..] = self.header;
                self.rest = u32::from_be_bytes([0, one, two, three]) as usize;
                self.known = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

    use super::*;

    const PREFACE: &[u8; PREFACE_BYTES] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    fn answer(number: u8) -> Vec<u8> {
        [&ANSWER_HEADER[..], &[number; 8]].concat()
    }

    /// A frame of data.
    fn data(content: &[u8]) -> Vec<u8> {
        let length = u8::try_from(content.len()).unwrap();
        [&[0, 0, length, 0, 0, 0, 0, 0, 1], content].concat()
    }

    fn connection(room: usize) -> (LatePings<DuplexStream>, DuplexStream) {
        let (near, far) = duplex(room);
        (LatePings::new(near), far)
    }

    async fn received(far: &mut DuplexStream, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        far.read_exact(&mut bytes).await.unwrap();
        bytes
    }

    #[tokio::test]
    async fn answers_come_late_and_do_not_hold_up_requests() {
        let (mut near, mut far) = connection(4096);
        let began = Instant::now();
        near.write_all(PREFACE).await.unwrap();
        near.write_all(&[answer(1), data(b"request")].concat()).await.unwrap();
        near.write_all(&answer(2)).await.unwrap();
        let first = [&PREFACE[..], &data(b"request")].concat();
        assert_eq!(received(&mut far, first.len()).await, first);
        assert!(began.elapsed() < LATE_BY, "{:?}", began.elapsed());
        let reading = tokio::spawn(async move { near.read(&mut [0; 8]).await });
        assert_eq!(received(&mut far, 2 * ANSWER_BYTES).await, [answer(1), answer(2)].concat());
        assert!(began.elapsed() >= LATE_BY, "{:?}", began.elapsed());
        reading.abort();
    }

    #[tokio::test]
    async fn what_only_looks_like_an_answer_is_data() {
        let (mut near, mut far) = connection(4096);
        near.write_all(PREFACE).await.unwrap();
        let frame = data(&answer(3));
        // However it is cut.
        let (head, content) = frame.split_at(HEADER_BYTES);
        near.write_all(head).await.unwrap();
        near.write_all(content).await.unwrap();
        let sent = [&PREFACE[..], &frame].concat();
        assert_eq!(received(&mut far, sent.len()).await, sent);
    }

    #[tokio::test]
    async fn with_little_room_frames_stay_whole() {
        futures::future::join_all((1..40).map(frames_through)).await;
    }

    async fn frames_through(room: usize) {
        const EACH: u8 = 8;
        let (mut near, mut far) = connection(room);
        let writing = tokio::spawn(async move {
            near.write_all(PREFACE).await.unwrap();
            for number in 0..EACH {
                near.write_all(&answer(number)).await.unwrap();
                near.write_all(&data(&[number; 30])).await.unwrap();
                // Read as well, as whoever drives the connection does.
                let mut byte = [0];
                assert!(tokio::time::timeout(LATE_BY / 3, near.read(&mut byte)).await.is_err());
            }
            near.shutdown().await.unwrap();
        });
        let mut bytes = Vec::new();
        far.read_to_end(&mut bytes).await.unwrap();
        writing.await.unwrap();
        let mut rest = bytes.strip_prefix(&PREFACE[..]).unwrap();
        let (mut answers, mut requests) = (0, 0);
        while !rest.is_empty() {
            let (expected, count) = if rest.starts_with(&ANSWER_HEADER) {
                (answer(answers), &mut answers)
            } else {
                (data(&[requests; 30]), &mut requests)
            };
            rest = rest.strip_prefix(&expected[..]).unwrap();
            *count += 1;
        }
        assert_eq!((answers, requests), (EACH, EACH), "{room}");
    }

    #[tokio::test]
    async fn many_pings_are_not_hoarded() {
        let (mut near, mut far) = connection(4096);
        near.write_all(PREFACE).await.unwrap();
        for number in 0..10 {
            near.write_all(&answer(number)).await.unwrap();
        }
        received(&mut far, PREFACE_BYTES).await;
        assert_eq!(received(&mut far, 2 * ANSWER_BYTES).await, [answer(8), answer(9)].concat());
    }
}
