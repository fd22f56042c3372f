//! `login` and `logout`.

mod browser;
mod obtain;
mod wording;

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_registry::source::HostServices;
use plumb_registry::web::{Token, WebAddress};
use plumb_registry::{Credentials, CredentialsError, CredentialsPlace};

use super::in_session;
use crate::arguments::HostArguments;
use crate::exit::{CommandResult, Exit};
use crate::session::{Installation, Session};
use crate::shell::Shell;
use obtain::{Method, Obtained};

/// The host where none is given.
const DEFAULT_HOST: &str = "app.terraform.io";

fn host(arguments: &HostArguments) -> Result<String, Diagnostics> {
    let text = arguments.host.as_deref().unwrap_or(DEFAULT_HOST);
    match WebAddress::of_host(text) {
        Ok(address) => Ok(address.host_and_port()),
        Err(error) => {
            let detail = format!("The given hostname {text:?} is not valid: it {error}.");
            Err(Diagnostic::error("Invalid hostname", detail).into())
        }
    }
}

/// What both commands work with.
struct Work<'s> {
    session: &'s Session<'s>,
    host: String,
    installation: Installation,
    credentials: Credentials,
}

impl<'s> Work<'s> {
    fn new(session: &'s Session<'_>, host: String) -> Self {
        let installation = Installation::of(session);
        let environment = session.shell.environment.for_registry();
        let credentials =
            Credentials::new(&installation.configuration, &environment, &installation.directories);
        Work { session, host, installation, credentials }
    }

    fn print(&self, text: &str) {
        self.session.shell.terminal.print(text);
    }

    fn place(&self) -> Result<CredentialsPlace, Diagnostics> {
        self.credentials.place(&self.host, &self.installation.directories).map_err(|error| {
            let detail = format!("What is kept for {} is not known: {error}.", self.host);
            Diagnostic::error("Failed to read credentials", detail).into()
        })
    }

    /// Where a new token goes, as the end of "will be stored in plain text in …".
    fn destination(&self) -> String {
        let file = self.installation.directories.credentials_file();
        match (self.credentials.helper_name(), file) {
            (Some(name), _) => format!("the configured {name:?} credentials helper"),
            (None, Some(path)) => format!("plain text in the following file:\n    {}", path.display()),
            (None, None) => "a file of your home directory, which is not known".to_owned(),
        }
    }

    fn store(&self, token: &Token) -> Result<(), Diagnostics> {
        self.credentials.store(&self.host, token, &self.installation.directories).map_err(|error| {
            let detail = format!("Unable to save the API token: {error}. The host has given it all the same; revoke it there if you do not log in again.");
            Diagnostic::error("Failed to save API token", detail).into()
        })
    }
}

pub(super) fn login(shell: &Shell, arguments: &HostArguments) -> CommandResult {
    let host = host(arguments)?;
    in_session(shell, async |session| {
        let work = Work::new(session, host);
        if work.place()? == CredentialsPlace::Settings {
            return Err(wording::configured_by_hand(&work.host, "login", "log in").into());
        }
        let services = obtain::discover(&work).await?;
        let method = Method::of(&services, &work.host, shell)?;
        if !session.prompt(true).is_allowed() {
            return Err(wording::not_interactive().into());
        }
        work.print(&wording::introduction(&work.host, &method, &work.destination()));
        if !session
            .prompt(true)
            .confirm("Do you want to proceed?", "Only 'yes' will be accepted to confirm.")
            .await?
        {
            return Err(Diagnostic::error(
                "Login cancelled",
                "Nothing was asked of the host and nothing is changed.",
            )
            .into());
        }
        let obtained = obtain::obtain(&work, &services, method).await?;
        work.store(&obtained.token)?;
        announce(&work, &services, &obtained);
        if work.credentials.is_in_environment(&work.host) {
            shell.report(wording::variable_wins(&work.host).into());
        }
        Ok(Exit::Success)
    })
}

fn announce(work: &Work<'_>, services: &HostServices, obtained: &Obtained) {
    let style = work.session.shell.terminal.style();
    let is_platform = matches!(services.address("tfe.v2"), Ok(Some(_)));
    work.print(&wording::success(style, &work.host, is_platform, obtained.account.as_deref()));
}

pub(super) fn logout(shell: &Shell, arguments: &HostArguments) -> CommandResult {
    let host = host(arguments)?;
    in_session(shell, async |session| {
        let work = Work::new(session, host);
        let place = work.place()?;
        match &place {
            CredentialsPlace::Nowhere => {
                work.print(&format!("No credentials for {} are stored.\n\n", work.host));
                return Ok(Exit::Success);
            }
            CredentialsPlace::Settings => {
                return Err(wording::configured_by_hand(&work.host, "logout", "log out").into());
            }
            CredentialsPlace::File(path) => work.print(&format!(
                "Removing the stored credentials for {} from the following file:\n    {}\n\n",
                work.host,
                path.display()
            )),
            CredentialsPlace::Helper(name) => work.print(&format!(
                "Removing the stored credentials for {} from the configured\n{name:?} credentials helper.\n\n",
                work.host
            )),
        }
        work.credentials.forget(&work.host, &place).map_err(|error| not_removed(&error))?;
        work.print(&wording::removed(session.shell.terminal.style(), &work.host));
        if work.credentials.is_in_environment(&work.host) {
            shell.report(wording::variable_stays(&work.host).into());
        }
        Ok(Exit::Success)
    })
}

fn not_removed(error: &CredentialsError) -> Diagnostics {
    Diagnostic::error("Failed to remove API token", format!("Unable to remove stored API token: {error}."))
        .into()
}
