//! What `login` and `logout` say.

use plumb_diagnostics::{Diagnostic, TextStyle};

use super::DEFAULT_HOST;
use super::obtain::Method;

/// Before the question whether to go on.
pub(super) fn introduction(host: &str, method: &Method, destination: &str) -> String {
    let how = match method {
        Method::Code(_) | Method::Password(_) => "OAuth",
        Method::Paste { .. } => "your browser",
    };
    let needs = match method {
        Method::Code(_) => {
            "This will work only if you are able to use a web browser on this computer to\ncomplete a login process. If not, \
             you must obtain an API token by another\nmeans and configure it in the CLI configuration manually.\n\n"
        }
        Method::Password(_) | Method::Paste { .. } => "",
    };
    format!(
        "Plumb will request an API token for {host} using {how}.\n\n{needs}If login is successful, the token will be \
         stored for use by subsequent\ncommands in {destination}\n\n"
    )
}

/// Where the browser should have been opened, or was.
pub(super) fn open_page(host: &str, page: &str, address: &str, was_opened: bool) -> String {
    if was_opened {
        format!(
            "Plumb opens a web browser at the {page} page for {host}.\n\nIf no browser opens, open the following URL \
             yourself:\n    {address}\n\n"
        )
    } else {
        format!("Open the following URL to access the {page} page for {host}:\n    {address}\n\n")
    }
}

/// Before a token is asked for.
pub(super) fn paste(destination: &str) -> String {
    format!(
        "Generate a token using your browser, and copy-paste it into this prompt.\nIt will be stored in {destination}\n\n"
    )
}

/// After everything.
pub(super) fn success(style: TextStyle, host: &str, is_platform: bool, account: Option<&str>) -> String {
    let account =
        account.map(|name| format!("Retrieved token for user {}\n\n", style.bold(name))).unwrap_or_default();
    let success = style.success("Success!");
    if host == DEFAULT_HOST {
        return format!("\n{account}{success} {}\n\n", style.bold("Logged in to HCP Terraform"));
    }
    if is_platform {
        let text = format!("Logged in to Terraform Enterprise ({host})");
        return format!("\n{account}{success} {}\n\n", style.bold(&text));
    }
    format!(
        "\n{account}{success} {}\n\nThe new API token will be used for any future command that must make\nauthenticated \
         requests to {host}.\n\n",
        style.bold("Plumb has obtained and saved an API token.")
    )
}

/// After a token was removed.
pub(super) fn removed(style: TextStyle, host: &str) -> String {
    let text = format!("Plumb has removed the stored API token for {host}.");
    format!(
        "{} {}\n\nThe token itself stays valid until it is revoked at {host}.\n\n",
        style.success("Success!"),
        style.bold(&text)
    )
}

pub(super) fn configured_by_hand(host: &str, command: &str, verb: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Credentials for {host} are manually configured"),
        format!(
            "The \"plumb {command}\" command cannot {verb}, because credentials for this host are written in a CLI \
             configuration file, which Plumb does not change.\n\nTo {verb}, first revoke the existing credentials and \
             remove that block from the CLI configuration."
        ),
    )
}

pub(super) fn not_interactive() -> Diagnostic {
    Diagnostic::error(
        "Login is an interactive command",
        "The \"plumb login\" command asks questions, so it cannot be run with input disabled.\n\nWhere nobody is there to \
         answer, give an existing token in a variable TF_TOKEN_..., or in a credentials block of a CLI configuration \
         file.",
    )
}

/// The environment gives another token than the one that was just stored.
pub(super) fn variable_wins(host: &str) -> Diagnostic {
    Diagnostic::warning(
        "The new token is not used yet",
        format!(
            "A variable TF_TOKEN_... in the environment gives a token for {host}, and it wins over the one that was \
             stored. Unset it to use the new token."
        ),
    )
}

/// The environment goes on giving a token.
pub(super) fn variable_stays(host: &str) -> Diagnostic {
    Diagnostic::warning(
        "A token is still in use",
        format!(
            "A variable TF_TOKEN_... in the environment still gives a token for {host}. Unset it to stop that."
        ),
    )
}
