//! Proving to a host who the user is.

use std::collections::VecDeque;
use std::time::Duration;

use russh::MethodSet;
use russh::client::{AuthResult, Handle, KeyboardInteractiveAuthResponse};
use russh::keys::HashAlg;

use crate::agent::Keys;
use crate::client::Client;
use crate::error::Error;
use crate::key::WrongKey;
use crate::secret::Secret;
use crate::settings::Host;
use crate::signing::{NotSigned, Signing};
use crate::ways::{Shown, Way, ways};

/// How often a host may ask something before it is not answered any more.
const QUESTIONS_MAX: usize = 16;
/// How long a host may take to say which signatures it knows. It says so at once, or not at all.
const EXTENSIONS_MAX: Duration = Duration::from_millis(250);

/// What has been tried so far.
#[derive(Default)]
struct Course {
    tried: Vec<String>,
    /// What the host accepts, once it has said so.
    accepted: Option<MethodSet>,
    /// A key that the host takes and that does not sign.
    unusable: Option<(String, WrongKey)>,
}

/// Proves to the host who the user is, with whatever there is that the host accepts.
pub(crate) async fn authenticate(handle: &mut Handle<Client>, host: &Host) -> Result<(), Error> {
    let (mut keys, no_agent) = match &host.agent {
        Some(agent) => match Keys::of(agent).await {
            Ok(keys) => (Some(keys), None),
            Err(error) => (None, Some(error)),
        },
        None => (None, None),
    };
    let mut left = ways(host, keys.as_ref());
    let mut course = Course::default();
    // A host that is shown a key says what else it accepts if it does not take it. Asking that first would be
    // one more round trip; but passwords are shown only to who asks for them.
    if !left.front().is_some_and(Way::is_key) {
        match handle.authenticate_none(&*host.user).await? {
            AuthResult::Success => return Ok(()),
            AuthResult::Failure { remaining_methods, .. } => course.accepted = Some(remaining_methods),
        }
    }
    while let Some(way) = course.next(&mut left) {
        let is_in = match way {
            Way::Key(shown) => show(handle, host, &shown, keys.as_mut(), &mut course).await?,
            Way::Password(password) => {
                course.tried.push("the password".to_owned());
                let result = handle.authenticate_password(&*host.user, password.reveal()).await?;
                course.goes_on(result, handle.is_closed())
            }
            Way::Questions(password) => {
                course.tried.push("the password as an answer to its questions".to_owned());
                let result = answer(handle, &host.user, password).await?;
                course.goes_on(result, handle.is_closed())
            }
        };
        match is_in {
            Progress::In => return Ok(()),
            Progress::Gone => break,
            Progress::Further => {}
        }
    }
    Err(match (course.unusable.take(), no_agent) {
        (Some((key, why)), _) => {
            Error::UnusableKey { address: host.address(), user: host.user.clone(), key, why }
        }
        (None, Some(error)) if course.tried.is_empty() => error,
        (None, no_agent) => not_let_in(host, &course, handle.is_closed(), no_agent.as_ref()),
    })
}

/// How far it has come.
enum Progress {
    In,
    Further,
    /// One that is gone says nothing of what it would accept.
    Gone,
}

impl Course {
    fn next<'a>(&self, left: &mut VecDeque<Way<'a>>) -> Option<Way<'a>> {
        let is_accepted = |way: &Way<'_>| match &self.accepted {
            Some(accepted) => accepted.contains(&way.method()),
            None => way.is_key(),
        };
        let next = left.iter().position(is_accepted)?;
        left.remove(next)
    }

    fn goes_on(&mut self, result: AuthResult, is_gone: bool) -> Progress {
        match result {
            AuthResult::Success => Progress::In,
            AuthResult::Failure { .. } if is_gone => Progress::Gone,
            AuthResult::Failure { remaining_methods, .. } => {
                self.accepted = Some(remaining_methods);
                Progress::Further
            }
        }
    }
}

/// Shows a key, and signs if the host takes it.
async fn show(
    handle: &mut Handle<Client>,
    host: &Host,
    shown: &Shown<'_>,
    keys: Option<&mut Keys>,
    course: &mut Course,
) -> Result<Progress, Error> {
    course.tried.push(shown.describe());
    let hash = rsa_hash(handle, shown.public.algorithm().is_rsa()).await?;
    let agent = keys.zip(shown.in_agent.as_ref()).map(|(keys, identity)| (&mut keys.agent, identity));
    let mut signing = Signing { agent, identity: shown.identity };
    let result = match &shown.certificate {
        Some(certificate) => {
            let certificate = certificate.clone();
            handle.authenticate_certificate_with(&*host.user, certificate, hash, &mut signing).await
        }
        None => {
            handle.authenticate_publickey_with(&*host.user, shown.public.clone(), hash, &mut signing).await
        }
    };
    match result {
        Ok(result) => Ok(course.goes_on(result, handle.is_closed())),
        Err(NotSigned::Connection(error)) => Err(error),
        // Others are still worth an attempt.
        Err(not_signed) => {
            course.tried.pop();
            course.tried.push(format!("{} without a signature", shown.describe()));
            if let NotSigned::Key(why) = not_signed {
                course.unusable.get_or_insert((shown.describe(), why));
            }
            if course.accepted.is_some() {
                return Ok(Progress::Further);
            }
            let result = handle.authenticate_none(&*host.user).await?;
            Ok(course.goes_on(result, handle.is_closed()))
        }
    }
}

fn not_let_in(host: &Host, course: &Course, is_closed: bool, no_agent: Option<&Error>) -> Error {
    let tried = if course.tried.is_empty() {
        "there is nothing to show that it accepts".to_owned()
    } else {
        format!("it refused {}", course.tried.join(", "))
    };
    let accepted = course.accepted.iter().flat_map(|accepted| accepted.iter());
    let accepted: Vec<String> = accepted.map(|method| <&str>::from(method).to_owned()).collect();
    let accepts = match (is_closed, accepted.is_empty()) {
        (true, _) => "it has ended the connection".to_owned(),
        (false, true) => "it accepts nothing else".to_owned(),
        (false, false) => format!("it accepts {}", accepted.join(", ")),
    };
    let no_agent = no_agent.map(|error| format!("; {error}")).unwrap_or_default();
    let why = format!("{tried}; {accepts}{no_agent}");
    Error::NotLetIn { address: host.address(), user: host.user.clone(), why, accepted }
}

fn refused() -> AuthResult {
    AuthResult::Failure { remaining_methods: MethodSet::empty(), partial_success: false }
}

/// The best way to sign with an RSA key that the host knows.
async fn rsa_hash(handle: &Handle<Client>, is_rsa: bool) -> Result<Option<HashAlg>, Error> {
    if !is_rsa {
        return Ok(None);
    }
    // Who does not say what it knows is likely to know more than what has been broken.
    match tokio::time::timeout(EXTENSIONS_MAX, handle.best_supported_rsa_hash()).await {
        Ok(known) => Ok(known?.unwrap_or(Some(HashAlg::Sha256))),
        Err(_) => Ok(Some(HashAlg::Sha256)),
    }
}

async fn answer(handle: &mut Handle<Client>, user: &str, password: &Secret) -> Result<AuthResult, Error> {
    let mut response = handle.authenticate_keyboard_interactive_start(user, None::<String>).await?;
    for _ in 0..QUESTIONS_MAX {
        let prompts = match response {
            KeyboardInteractiveAuthResponse::Success => return Ok(AuthResult::Success),
            KeyboardInteractiveAuthResponse::Failure { remaining_methods, partial_success } => {
                return Ok(AuthResult::Failure { remaining_methods, partial_success });
            }
            KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } => prompts,
        };
        let answers = prompts.iter().map(|_| password.reveal().to_owned()).collect();
        response = handle.authenticate_keyboard_interactive_respond(answers).await?;
    }
    Ok(refused())
}
