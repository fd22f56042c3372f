//! Hosts that are none: nobody there, silence, something else than SSH, and ends in the middle.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use plumb_ssh::{Connection, Error, Host, Settings};

use crate::support::wait;

/// The error of a connection to something that answers so.
fn error(answer: impl Fn(TcpStream) + Send + 'static) -> Error {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || listener.incoming().for_each(|stream| answer(stream.unwrap())));
    connecting(port)
}

fn connecting(port: u16) -> Error {
    let mut host = Host::new("127.0.0.1", port, "me");
    host.patience.connect = Duration::from_secs(1);
    let begin = Instant::now();
    let error = wait(async { Connection::open(&Settings::straight(host)).await.err().unwrap() });
    assert!(begin.elapsed() < Duration::from_secs(10));
    error
}

#[test]
fn a_port_where_nobody_listens() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let error = connecting(port);
    let Error::Unreachable { source, .. } = &error else { panic!("{error:?}") };
    assert_eq!(source.kind(), std::io::ErrorKind::ConnectionRefused);
}

#[test]
fn a_host_that_says_nothing() {
    let error = error(|stream| {
        thread::sleep(Duration::from_secs(20));
        drop(stream);
    });
    let text = error.to_string();
    assert!(matches!(error, Error::Silent { .. }), "{error:?}");
    assert!(text.contains("does not answer: its greeting took longer than 1 seconds"), "{text}");
}

#[test]
fn a_host_that_stops_in_the_middle() {
    let error = error(|mut stream| {
        stream.write_all(b"SSH-2.0-slow\r\n").unwrap();
        thread::sleep(Duration::from_secs(20));
    });
    let text = error.to_string();
    assert!(text.contains("agreeing on keys took longer than 1 seconds"), "{text}");
}

#[test]
fn something_else_than_ssh() {
    for (answer, said) in [
        ("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", "it says \"HTTP/1.1 400 Bad Request"),
        ("Not allowed at this time\r\n", "it says \"Not allowed at this time\""),
        ("", "it ends the connection without a word"),
    ] {
        let error = error(move |mut stream| {
            let mut greeting = [0; 8];
            stream.read_exact(&mut greeting).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let text = error.to_string();
        assert!(matches!(error, Error::NoSsh { .. }), "{error:?}");
        assert!(text.contains("does not speak SSH") && text.contains(said), "{text}");
    }
}

#[test]
fn something_else_that_goes_on() {
    let error = error(|mut stream| {
        stream.write_all(b"220 mail.example.com ESMTP\r\n").unwrap();
        thread::sleep(Duration::from_secs(20));
    });
    let text = error.to_string();
    assert!(text.contains("does not speak SSH: it says \"220 mail.example.com ESMTP\""), "{text}");
}

#[test]
fn an_end_in_the_middle_of_the_handshake() {
    // With a greeting and the beginning of a packet.
    for packet in [&b""[..], b"\0\0\x01\0"] {
        let error = error(move |mut stream| {
            stream.write_all(b"Welcome!\r\nSSH-2.0-short\r\n").unwrap();
            stream.write_all(packet).unwrap();
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            let _ = stream.read_to_end(&mut Vec::new());
        });
        assert!(matches!(error, Error::Lost { .. }), "{error:?}");
        assert!(error.to_string().contains("was lost"), "{error}");
    }
}
