//! Passwords: given straight, or as answers to questions. OpenSSH's server knows none but those of the
//! machine's users, so this one is another.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use plumb_ssh::{Connection, Exit, Host, Secret, Settings};
use russh::keys::{Algorithm, PrivateKey};
use russh::server::{self, Auth, Response, Session};
use russh::{Channel, ChannelId, MethodKind, MethodSet};
use tokio::net::TcpListener;

use crate::support::{run, wait};

/// Lets in who knows the password, in one way or after one way the other.
#[derive(Clone, Copy)]
struct Door {
    methods: &'static [MethodKind],
    /// Whether the password alone does not do, and questions follow.
    wants_both: bool,
}

const PASSWORD: &str = "open sesame";

impl Door {
    fn refuse(self, methods: &[MethodKind], partial_success: bool) -> Auth {
        Auth::Reject { proceed_with_methods: Some(MethodSet::from(methods)), partial_success }
    }
}

impl server::Handler for Door {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, russh::Error> {
        Ok(match (user, password, self.wants_both) {
            ("me", PASSWORD, false) => Auth::Accept,
            ("me", PASSWORD, true) => self.refuse(&[MethodKind::KeyboardInteractive], true),
            _ => self.refuse(self.methods, false),
        })
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        _user: &str,
        _submethods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, russh::Error> {
        let Some(response) = response else {
            let question = |text: &'static str| (Cow::Borrowed(text), false);
            return Ok(Auth::Partial {
                name: "".into(),
                instructions: "".into(),
                prompts: vec![question("Password: "), question("Once more: ")].into(),
            });
        };
        let answers: Vec<Vec<u8>> = response.map(|answer| answer.to_vec()).collect();
        let is_right = answers == [PASSWORD.as_bytes(), PASSWORD.as_bytes()];
        Ok(if is_right { Auth::Accept } else { self.refuse(self.methods, false) })
    }

    async fn channel_open_session(
        &mut self,
        _channel: Channel<server::Msg>,
        reply: server::ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), russh::Error> {
        reply.accept().await;
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        _line: &[u8],
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        session.channel_success(channel)?;
        session.data(channel, "works\n")?;
        session.exit_status_request(channel, 0)?;
        session.close(channel)
    }
}

/// Whether a password opens the door; what is wrong if not.
fn opens(door: Door, password: &str) -> Result<(), String> {
    wait(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let key = PrivateKey::random(&mut russh::keys::key::safe_rng(), Algorithm::Ed25519).unwrap();
        let config = Arc::new(server::Config {
            methods: MethodSet::from(door.methods),
            auth_rejection_time: Duration::ZERO,
            keys: vec![key],
            ..server::Config::default()
        });
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            server::run_stream(config, stream, door).await.unwrap().await
        });
        let host = Host { password: Some(Secret::new(password)), ..Host::new("127.0.0.1", port, "me") };
        let settings = Settings::straight(host);
        let connection = Connection::open(&settings).await.map_err(|error| error.to_string())?;
        let ran = run(&connection, "anything", false).await.map_err(|error| error.to_string())?;
        assert_eq!((ran.exit, &*ran.output), (Exit::Status(0), "works\n"));
        Ok(())
    })
}

#[test]
fn a_password_lets_in_straight_or_as_an_answer() {
    use MethodKind::{KeyboardInteractive, Password};
    let doors: [(&'static [MethodKind], bool); 4] = [
        (&[Password], false),
        (&[KeyboardInteractive], false),
        (&[Password, KeyboardInteractive], false),
        (&[Password], true),
    ];
    for (methods, wants_both) in doors {
        let door = Door { methods, wants_both };
        assert_eq!(opens(door, PASSWORD), Ok(()), "{methods:?}");
        let problem = opens(door, "wrong").unwrap_err();
        assert!(problem.contains("does not let the user me in: it refused the password"), "{problem}");
        assert!(!problem.contains("wrong"), "{problem}");
    }
}
