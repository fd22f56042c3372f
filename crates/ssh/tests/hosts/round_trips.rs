//! How often both sides wait for each other until a first command has run.
//!
//! What is counted does not depend on time: each piece of a stream is one deeper than the deepest that its
//! sender had received before. A way that takes a while keeps apart what is sent unasked from what answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use plumb_ssh::{Connection, Settings};
use plumb_ssh_server::Server;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::support::{host, run, settings, wait};

const ONE_WAY: Duration = Duration::from_millis(150);

/// The deepest that each side has received.
#[derive(Default)]
struct Depths {
    client: AtomicUsize,
    server: AtomicUsize,
}

/// Passes everything on, later, and counts how deep it is.
async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin + Send + 'static,
    depths: Arc<Depths>,
    is_from_client: bool,
) {
    let (sender, mut pieces) = mpsc::unbounded_channel::<(tokio::time::Instant, usize, Vec<u8>)>();
    let received = depths.clone();
    tokio::spawn(async move {
        while let Some((when, depth, piece)) = pieces.recv().await {
            tokio::time::sleep_until(when).await;
            let side = if is_from_client { &received.server } else { &received.client };
            side.fetch_max(depth, Ordering::SeqCst);
            if to.write_all(&piece).await.is_err() {
                return;
            }
        }
    });
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let depth = if is_from_client {
            depths.client.load(Ordering::SeqCst) + 1
        } else {
            depths.server.load(Ordering::SeqCst)
        };
        let _ = sender.send((tokio::time::Instant::now() + ONE_WAY, depth, buffer[..read].to_vec()));
    }
}

/// How many round trips something takes, beside that of connecting over TCP.
async fn counted(settings: &Settings) -> usize {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let first = settings.jumps.first().unwrap_or(&settings.host).port;
    let depths = Arc::new(Depths::default());
    let mut settings = settings.clone();
    settings.jumps.first_mut().unwrap_or(&mut settings.host).port = listener.local_addr().unwrap().port();
    let counting = depths.clone();
    tokio::spawn(async move {
        let (client, _) = listener.accept().await.unwrap();
        let server = TcpStream::connect(("127.0.0.1", first)).await.unwrap();
        client.set_nodelay(true).unwrap();
        server.set_nodelay(true).unwrap();
        let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
        tokio::join!(
            pass(from_client, to_server, counting.clone(), true),
            pass(from_server, to_client, counting.clone(), false)
        )
    });
    let connection = Connection::open(&settings).await.unwrap();
    let ran = run(&connection, "echo works", false).await.unwrap();
    assert_eq!(ran.output, "works\n");
    depths.client.load(Ordering::SeqCst)
}

#[test]
fn a_connection_and_a_first_command_take_seven() {
    let test = "a_connection_and_a_first_command_take_seven";
    let (Some(server), Some(behind)) = (Server::start(test), Server::start(test)) else { return };
    wait(async {
        // The greetings; the keys of both sides; the service of logging in; the user's key and a signature
        // with it, which the library does not send as one; a channel; the command.
        let mut straight = settings(&server);
        assert_eq!(counted(&straight).await, 7);
        // What programs on the host may use costs nothing more.
        straight.forwarded_agent = Some("/nowhere/agent".into());
        assert_eq!(counted(&straight).await, 7);
        // Behind another host, all of it but the last comes once more.
        let mut through = settings(&behind);
        through.jumps = vec![host(&server)];
        assert_eq!(counted(&through).await, 5 + 1 + 7);
    });
}
