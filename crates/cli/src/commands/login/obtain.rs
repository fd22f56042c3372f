//! Getting the token: which way a host offers, and going that way.

use std::time::Duration;

use plumb_builtin::World as _;
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_executor::Stop;
use plumb_registry::login::{
    LoginError, LoginSecrets, LoginService, PendingLogin, account_name, token_for_code, token_for_password,
};
use plumb_registry::source::HostServices;
use plumb_registry::web::{Token, WebAddress};

use super::{DEFAULT_HOST, Work, browser, wording};
use crate::prompt::Question;
use crate::shell::Shell;

/// How long a person may take in front of a browser.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// The service of hosts that have pages for tokens.
const PLATFORM_SERVICE: &str = "tfe.v2";

/// The way to a token.
pub(super) enum Method {
    /// A browser brings a code.
    Code(LoginService),
    /// A name and a password.
    Password(LoginService),
    /// The host has a page to make tokens on, which people copy here.
    Paste { accounts: WebAddress },
}

/// A token, and whose it is where that is known.
pub(super) struct Obtained {
    pub(super) token: Token,
    pub(super) account: Option<String>,
}

impl Method {
    /// The best way that a host offers.
    pub(super) fn of(services: &HostServices, host: &str, shell: &Shell) -> Result<Self, Diagnostics> {
        match LoginService::of(services) {
            Ok(Some(service)) if service.grants_code() => return Ok(Method::Code(service)),
            // A password is worth more than a token; only the one host that Terraform trusts with it is.
            Ok(Some(service)) if service.grants_password() && host == DEFAULT_HOST => {
                return Ok(Method::Password(service));
            }
            Ok(Some(_)) => {
                let detail = format!(
                    "The given hostname {host:?} does not allow any OAuth grant types that are supported here. {}",
                    other_ways(host)
                );
                return Err(Diagnostic::error("Host does not support login", detail).into());
            }
            Ok(None) => {}
            Err(reason) => {
                let detail = format!("The given hostname {host:?} cannot support \"plumb login\": {reason}");
                shell.report(Diagnostic::warning("Host does not support login", detail).into());
            }
        }
        match services.address(PLATFORM_SERVICE) {
            Ok(Some(accounts)) => Ok(Method::Paste { accounts }),
            Ok(None) => Err(no_tokens(host, "it announces neither login.v1 nor tfe.v2").into()),
            Err(reason) => {
                Err(no_tokens(host, &format!("its address of tfe.v2 is not valid: {reason}")).into())
            }
        }
    }
}

fn other_ways(host: &str) -> String {
    format!(
        "If you can get a token for {host} by other means, give it in a variable TF_TOKEN_... or in a credentials block of \
         a CLI configuration file."
    )
}

fn no_tokens(host: &str, reason: &str) -> Diagnostic {
    let ways = other_ways(host);
    let detail = format!(
        "The given hostname {host:?} does not support creating authorization tokens: {reason}. {ways}"
    );
    Diagnostic::error("Host does not support tokens API", detail)
}

/// What the host offers.
pub(super) async fn discover(work: &Work<'_>) -> Result<HostServices, Diagnostics> {
    let (services, host) = (work.installation.services.clone(), work.host.clone());
    aside(work, move || services.of_host(&host)).await?.map_err(|error| {
        Diagnostic::error(format!("Service discovery failed for {}", work.host), format!("{error}.")).into()
    })
}

/// Goes the way.
pub(super) async fn obtain(
    work: &Work<'_>,
    services: &HostServices,
    method: Method,
) -> Result<Obtained, Diagnostics> {
    let token = match method {
        Method::Code(service) => by_browser(work, service).await?,
        Method::Password(service) => by_password(work, service).await?,
        Method::Paste { accounts } => return by_paste(work, accounts, services).await,
    };
    Ok(Obtained { token, account: None })
}

async fn by_browser(work: &Work<'_>, service: LoginService) -> Result<Token, Diagnostics> {
    let mut random = [0; 64];
    plumb_builtin::Machine.fill_random(&mut random).map_err(|error| {
        let detail = format!("This system has no random numbers to protect the login with: {error}.");
        Diagnostics::from(Diagnostic::error("Failed to start the login", detail))
    })?;
    let pending = PendingLogin::begin(&service, LoginSecrets::new(&random))
        .map_err(|error| failed(&work.host, &error))?;
    let was_opened = browser::open(pending.address(), &work.session.shell.environment);
    let address = pending.address().to_string();
    work.print(&wording::open_page(&work.host, "login", &address, was_opened));
    work.print("Plumb will now wait for the host to signal that login was successful.\n\n");
    let (stop, client) = (work.session.stop.clone(), work.installation.client.clone());
    let result = aside(work, move || {
        let code = pending.wait(PATIENCE, &|| stop.asked() != Stop::No)?;
        token_for_code(&client, &service, &pending, &code)
    });
    result.await?.map_err(|error| failed(&work.host, &error))
}

async fn by_password(work: &Work<'_>, service: LoginService) -> Result<Token, Diagnostics> {
    work.print("The password is used once to request an API token, and is not saved.\n\n");
    let prompt = work.session.prompt(true);
    let title = format!("Username for {}:", work.host);
    let name = prompt.ask(&Question { title: &title, text: "", is_secret: false }).await?;
    let title = format!("Password for {}:", work.host);
    let password = Token::new(prompt.ask(&Question { title: &title, text: "", is_secret: true }).await?);
    let client = work.installation.client.clone();
    let result = aside(work, move || token_for_password(&client, &service, &name, &password));
    result.await?.map_err(|error| failed(&work.host, &error))
}

async fn by_paste(
    work: &Work<'_>,
    accounts: WebAddress,
    services: &HostServices,
) -> Result<Obtained, Diagnostics> {
    let page = services
        .document_address()
        .join("/app/settings/tokens?source=terraform-login")
        .map_err(|error| Diagnostics::from(no_tokens(&work.host, &error.to_string())))?;
    let was_opened = browser::open(&page, &work.session.shell.environment);
    work.print(&wording::open_page(&work.host, "tokens", &page.to_string(), was_opened));
    work.print(&wording::paste(&work.destination()));
    let title = format!("Token for {}:", work.host);
    let question = Question { title: &title, text: "", is_secret: true };
    let answer = work.session.prompt(true).ask(&question).await?;
    if answer.is_empty() || !answer.bytes().all(|byte| byte.is_ascii_graphic()) {
        let detail = "What was entered is no token: a token is one line of letters, digits and signs.";
        return Err(Diagnostic::error("Token is invalid", detail).into());
    }
    let token = Token::new(answer);
    let (client, checked) = (work.installation.client.clone(), token.clone());
    let account = aside(work, move || account_name(&client, &accounts, &checked));
    let account = account.await?.map_err(|error| {
        let detail =
            format!("The token was not saved: {error}. Copy the whole token from the page of {}.", work.host);
        Diagnostics::from(Diagnostic::error("Token is invalid", detail))
    })?;
    Ok(Obtained { token, account: Some(account) })
}

fn failed(host: &str, error: &LoginError) -> Diagnostics {
    if matches!(error, LoginError::Stopped) {
        return interrupted();
    }
    let detail = format!("There is no token from {host}: {error}. Nothing is changed.");
    Diagnostic::error("Failed to obtain auth token", detail).into()
}

fn interrupted() -> Diagnostics {
    Diagnostic::error("Interrupted", "No token was obtained, and nothing is changed.").into()
}

/// Does what takes its time on the network aside, and leaves it alone when it is interrupted.
async fn aside<T: Send + 'static>(
    work: &Work<'_>,
    task: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Diagnostics> {
    tokio::select! {
        result = tokio::task::spawn_blocking(task) => result.map_err(|error| {
            Diagnostic::error("Failed to obtain auth token", format!("A part of the program failed: {error}.")).into()
        }),
        () = work.session.stop.wait_for(Stop::AfterRunning) => Err(interrupted()),
    }
}
