//! `login` and `logout`.

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_registry::web::{Token, WebAddress};
use plumb_registry::{CliConfiguration, Credentials, CredentialsError, UserDirectories};

use super::in_session;
use crate::arguments::HostArguments;
use crate::exit::{CommandResult, Exit};
use crate::prompt::Question;
use crate::session::Session;
use crate::shell::Shell;

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

struct Keeping {
    credentials: Credentials,
    directories: UserDirectories,
}

fn keeping(session: &Session<'_>) -> Keeping {
    let environment = session.shell.environment.for_registry();
    let configuration: CliConfiguration = session.cli_configuration();
    let directories = UserDirectories::new(&environment, session.shell.environment.home().as_deref());
    Keeping { credentials: Credentials::new(&configuration, &environment, &directories), directories }
}

fn failed(error: &CredentialsError) -> Diagnostics {
    Diagnostic::error("Failed to keep credentials", format!("The token is not changed: {error}.")).into()
}

pub(super) fn login(shell: &Shell, arguments: &HostArguments) -> CommandResult {
    let host = host(arguments)?;
    in_session(shell, async |session| {
        let Keeping { credentials, directories } = keeping(session);
        if let Some(origin) = credentials.origin(&host)
            && origin != "the CLI configuration"
        {
            let detail =
                format!("There is a token for {host} in {origin} already, which would win over any other.");
            return Err(Diagnostic::error("Credentials are set elsewhere", detail).into());
        }
        let place = directories.credentials_file().map(|path| path.display().to_string()).unwrap_or_default();
        let text = format!(
            "Create a token for {host} in your browser, for instance at\n    https://{host}/app/settings/tokens\nand enter it \
             here. It will be stored in plain text, readable by you only, in\n    {place}\nunless a credentials helper is \
             configured."
        );
        let prompt = session.prompt(true);
        if !prompt.is_allowed() {
            let detail = "A token can be entered only where questions may be asked. Set TF_TOKEN_... in the environment instead.";
            return Err(Diagnostic::error("Login is an interactive command", detail).into());
        }
        let title = format!("Token for {host}");
        let answer = prompt.ask(&Question { title: &title, text: &text, is_secret: true }).await?;
        if answer.is_empty() {
            session.shell.terminal.print_error("Login cancelled: no token was entered.\n");
            return Ok(Exit::Failure);
        }
        credentials.store(&host, &Token::new(answer), &directories).map_err(|error| failed(&error))?;
        let style = session.shell.terminal.style();
        session.shell.terminal.line(format!(
            "{}\n\nPlumb will now use the new token for any requests to {host}.",
            style.success("Success! Plumb has obtained and saved an API token.")
        ));
        Ok(Exit::Success)
    })
}

pub(super) fn logout(shell: &Shell, arguments: &HostArguments) -> CommandResult {
    let host = host(arguments)?;
    in_session(shell, async |session| {
        let Keeping { credentials, directories } = keeping(session);
        credentials.forget(&host, &directories).map_err(|error| failed(&error))?;
        let style = session.shell.terminal.style();
        session.shell.terminal.line(format!(
            "{} Plumb has removed the stored API token for {host}.\n\nThe token itself stays valid until it is revoked at \
             {host}.",
            style.success("Success!")
        ));
        Ok(Exit::Success)
    })
}
