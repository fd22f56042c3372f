//! Proxies between here and a host.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use plumb_ssh::{Proxy, ProxyScheme, Secret, Through};
use plumb_ssh_server::Server;

use crate::support::{host, settings, works};

/// What a proxy does with a connection: what it is told first, and where it connects to.
type Greeting = fn(&mut TcpStream) -> Option<TcpStream>;

/// A proxy on a port of the loopback, for as long as the test runs.
fn proxy(scheme: ProxyScheme, greeting: Greeting) -> Proxy {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut client = stream.unwrap();
            let Some(server) = greeting(&mut client) else { continue };
            let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || std::io::copy(&mut from, &mut to));
            let (mut from, mut to) = (server, client);
            thread::spawn(move || std::io::copy(&mut from, &mut to));
        }
    });
    Proxy { scheme, name: "127.0.0.1".to_owned(), port, user: String::new(), password: Secret::new("") }
}

/// `CONNECT`, for who is `me` with the password `secret`.
fn connect(client: &mut TcpStream) -> Option<TcpStream> {
    let mut reader = BufReader::with_capacity(1, client.try_clone().unwrap());
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line == "\r\n" {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    if !lines.contains(&"Proxy-Authorization: Basic bWU6c2VjcmV0".to_owned()) {
        client.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").unwrap();
        return None;
    }
    let target = lines[0].strip_prefix("CONNECT ").unwrap().strip_suffix(" HTTP/1.1").unwrap();
    client.write_all(b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n").unwrap();
    Some(TcpStream::connect(target).unwrap())
}

/// SOCKS, for who is `me` with the password `secret`, to addresses of version 4.
fn socks(client: &mut TcpStream) -> Option<TcpStream> {
    let mut take = |length: usize| {
        let mut bytes = vec![0; length];
        client.read_exact(&mut bytes).unwrap();
        bytes
    };
    let offered = take(2)[1];
    if !take(usize::from(offered)).contains(&2) {
        client.write_all(&[5, 0xFF]).unwrap();
        return None;
    }
    client.write_all(&[5, 2]).unwrap();
    let mut take = |length: usize| {
        let mut bytes = vec![0; length];
        client.read_exact(&mut bytes).unwrap();
        bytes
    };
    assert_eq!(take(11), b"\x01\x02me\x06secret");
    client.write_all(&[1, 0]).unwrap();
    let mut request = [0; 10];
    client.read_exact(&mut request).unwrap();
    assert_eq!(request[..8], [5, 1, 0, 1, 127, 0, 0, 1]);
    let port = u16::from_be_bytes([request[8], request[9]]);
    match TcpStream::connect(("127.0.0.1", port)) {
        Ok(server) => {
            client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).unwrap();
            Some(server)
        }
        Err(_) => {
            client.write_all(&[5, 5, 0, 1, 0, 0, 0, 0, 0, 0]).unwrap();
            None
        }
    }
}

#[test]
fn hosts_are_reached_through_proxies() {
    let test = "hosts_are_reached_through_proxies";
    let (Some(bastion), Some(server)) = (Server::start(test), Server::start(test)) else { return };
    for (scheme, greeting) in
        [(ProxyScheme::Http, connect as Greeting), (ProxyScheme::Socks5, socks as Greeting)]
    {
        let mut settings = settings(&server);
        let known =
            Proxy { user: "me".to_owned(), password: Secret::new("secret"), ..proxy(scheme, greeting) };
        settings.through = Some(Through::Proxy(known));
        assert_eq!(works(&settings), Ok(()), "{scheme:?}");
        settings.jumps = vec![host(&bastion)];
        assert_eq!(works(&settings), Ok(()), "{scheme:?}");
    }
}

#[test]
fn what_a_proxy_refuses_is_told() {
    let Some(server) = Server::start("what_a_proxy_refuses_is_told") else { return };
    let mut settings = settings(&server);
    settings.through = Some(Through::Proxy(proxy(ProxyScheme::Http, connect)));
    let problem = works(&settings).unwrap_err();
    assert!(problem.contains("it answered \"HTTP/1.1 407 Proxy Authentication Required\""), "{problem}");
    settings.through = Some(Through::Proxy(proxy(ProxyScheme::Socks5, socks)));
    let problem = works(&settings).unwrap_err();
    assert!(problem.contains("it wants another kind of authentication"), "{problem}");
    let known =
        Proxy { user: "me".to_owned(), password: Secret::new("secret"), ..proxy(ProxyScheme::Socks5, socks) };
    settings.through = Some(Through::Proxy(known));
    settings.host.port = 1;
    let problem = works(&settings).unwrap_err();
    assert!(problem.contains("did not connect to 127.0.0.1:1: connection refused"), "{problem}");
}
