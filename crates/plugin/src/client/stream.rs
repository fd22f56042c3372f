//! A connection to a local socket whose thread is woken for what arrives, and for nothing else.
//!
//! [`tokio::net::UnixStream`] asks to hear of room for writing from the beginning. The kernel then tells of
//! each piece that the other side takes, so that every request wakes a thread once more for nothing. Here
//! that is asked only while there is no room, which with requests of providers is next to never.

use std::io::{self, ErrorKind, IoSlice, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};

/// A connected socket.
pub(super) struct LocalStream {
    socket: AsyncFd<UnixStream>,
    /// A second handle, which is there while a write waits for room.
    room: Option<AsyncFd<UnixStream>>,
}

impl LocalStream {
    /// Connects to the socket at a path.
    pub(super) async fn connect(path: &Path) -> io::Result<LocalStream> {
        // Tokio's waits where the backlog of the listener is full.
        LocalStream::new(tokio::net::UnixStream::connect(path).await?.into_std()?)
    }

    /// The socket must not block.
    fn new(socket: UnixStream) -> io::Result<LocalStream> {
        Ok(LocalStream { socket: watched(socket, Interest::READABLE)?, room: None })
    }

    fn poll_room(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let room = match &mut self.room {
            Some(room) => room,
            // One file descriptor is watched once.
            none => none.insert(watched(self.socket.get_ref().try_clone()?, Interest::WRITABLE)?),
        };
        ready!(room.poll_write_ready(context))?.clear_ready();
        Poll::Ready(Ok(()))
    }

    fn poll_sent(
        &mut self,
        context: &mut Context<'_>,
        mut send: impl FnMut(&mut &UnixStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            match send(&mut self.socket.get_ref()) {
                Err(problem) if problem.kind() == ErrorKind::WouldBlock => ready!(self.poll_room(context))?,
                Err(problem) if problem.kind() == ErrorKind::Interrupted => {}
                sent => {
                    self.room = None;
                    return Poll::Ready(sent);
                }
            }
        }
    }
}

#[expect(deprecated, reason = "what owns its descriptor, as this socket does, needs no unsafe registration")]
fn watched(socket: UnixStream, interest: Interest) -> io::Result<AsyncFd<UnixStream>> {
    AsyncFd::with_interest(socket, interest)
}

impl AsyncRead for LocalStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            let mut arrived = ready!(self.socket.poll_read_ready(context))?;
            let space = buffer.initialize_unfilled();
            let length = space.len();
            match arrived.get_inner().read(space) {
                Err(problem) if problem.kind() == ErrorKind::WouldBlock => arrived.clear_ready(),
                Err(problem) if problem.kind() == ErrorKind::Interrupted => {}
                Err(problem) => return Poll::Ready(Err(problem)),
                Ok(read) => {
                    // That was all there is: no need to ask once more to hear so.
                    if 0 < read && read < length {
                        arrived.clear_ready();
                    }
                    buffer.advance(read);
                    return Poll::Ready(Ok(()));
                }
            }
        }
    }
}

impl AsyncWrite for LocalStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_sent(context, |socket| socket.write(bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_sent(context, |socket| socket.write_vectored(bytes))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.socket.get_ref().shutdown(Shutdown::Write))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    fn pair() -> (LocalStream, LocalStream) {
        let (one, other) = UnixStream::pair().unwrap();
        for socket in [&one, &other] {
            socket.set_nonblocking(true).unwrap();
        }
        (LocalStream::new(one).unwrap(), LocalStream::new(other).unwrap())
    }

    /// Far more than a socket holds, so that both wait for each other many times.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn everything_arrives_in_order_both_ways() {
        const BYTES: usize = 8 * 1024 * 1024;
        let sent: Vec<u8> = (0..BYTES).map(|at| u8::try_from(at * 7 % 251).unwrap()).collect();
        let (one, other) = pair();
        let both = [one, other].map(|stream| {
            let sent = sent.clone();
            tokio::spawn(async move {
                let (mut reading, mut writing) = tokio::io::split(stream);
                let mut received = Vec::new();
                let write = async {
                    for piece in sent.chunks(100_003) {
                        writing.write_all(piece).await.unwrap();
                    }
                    writing.shutdown().await.unwrap();
                };
                let (read, ()) = tokio::join!(reading.read_to_end(&mut received), write);
                read.unwrap();
                received
            })
        });
        for side in both {
            assert!(side.await.unwrap() == sent);
        }
    }

    #[tokio::test]
    async fn room_is_watched_only_while_there_is_none() {
        let (mut one, mut other) = pair();
        let full = async {
            loop {
                one.write_all(&[0; 4096]).await.unwrap();
            }
        };
        assert!(tokio::time::timeout(std::time::Duration::from_millis(50), full).await.is_err());
        assert!(one.room.is_some());
        let mut received = vec![0; 1024 * 1024];
        while other.read(&mut received).await.unwrap() == received.len() {}
        one.write_all(b"x").await.unwrap();
        assert!(one.room.is_none());
    }

    #[tokio::test]
    async fn one_that_is_gone_is_told() {
        let (mut one, other) = pair();
        drop(other);
        assert_eq!(one.read(&mut [0; 8]).await.unwrap(), 0);
        assert_eq!(one.write(b"x").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
    }
}
