//! A line as long as one wants: what goes in at one end comes out at the other so much later.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::{Duration, Instant};

const READ_BYTES: usize = 64 * 1024;

/// Puts a line before a connection that has just come in; its other end.
///
/// Over such a line a client waits a round trip for its connection, and a server knows of it after one and
/// a half. As this one came at once, the first bytes of both are held back until they would have arrived.
pub(crate) fn lengthened(near: TcpStream, address: Ipv4Addr, round_trip: Duration) -> io::Result<TcpStream> {
    let listener = TcpListener::bind((address, 0))?;
    let here = TcpStream::connect(listener.local_addr()?)?;
    let (there, _) = listener.accept()?;
    let (one_way, begun) = (round_trip / 2, Instant::now());
    for end in [&near, &here] {
        end.set_nodelay(true)?;
    }
    let (near_out, here_out) = (near.try_clone()?, here.try_clone()?);
    carry(near, here_out, one_way, begun + 3 * one_way);
    carry(here, near_out, one_way, begun + 4 * one_way);
    Ok(there)
}

/// Carries bytes from one end to the other until one of them is gone.
fn carry(mut from: impl Read + Send + 'static, to: TcpStream, one_way: Duration, not_before: Instant) {
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    std::thread::spawn(move || {
        let mut buffer = vec![0; READ_BYTES];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            let due = (Instant::now() + one_way).max(not_before);
            if sender.send((due, buffer[..read].to_vec())).is_err() {
                return;
            }
        }
    });
    std::thread::spawn(move || {
        let mut to = to;
        for (due, bytes) in receiver {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        // One that is gone already is what is wanted.
        let _ = to.shutdown(Shutdown::Write);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_trip_takes_as_long_as_it_is_to_take() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let begun = Instant::now();
        let (near, _) = listener.accept().unwrap();
        let round_trip = Duration::from_millis(60);
        let mut server = lengthened(near, Ipv4Addr::LOCALHOST, round_trip).unwrap();
        let mut byte = [0; 1];
        // What is asked for first waits for the connection too, what comes then for itself alone.
        for least in [2 * round_trip, round_trip] {
            let asked = Instant::now();
            client.write_all(b"?").unwrap();
            server.read_exact(&mut byte).unwrap();
            server.write_all(b"!").unwrap();
            client.read_exact(&mut byte).unwrap();
            let since = if least > round_trip { begun } else { asked };
            let taken = since.elapsed();
            assert!(taken >= least && taken < least + round_trip, "{taken:?} instead of {least:?}");
        }
        drop(client);
        assert_eq!(server.read(&mut byte).unwrap(), 0);
    }
}
