//! The blocks `oci_credentials` and `oci_default_credentials`: who asks registries of images.

use std::path::{Path, PathBuf};

use plumb_diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use plumb_source::Span;

use super::decode::{boolean, labelled, text, texts};
use super::tree::Item;
use crate::oci::{OciDefaults, OciLoginSettings, OciPrefix, OciSettings, is_helper_name};
use crate::web::Token;

const LOGIN_SETTINGS: [&str; 5] =
    ["username", "password", "access_token", "refresh_token", "docker_credentials_helper"];

const DEFAULT_SETTINGS: [&str; 3] =
    ["discover_ambient_credentials", "docker_style_config_files", "docker_credentials_helper"];

/// Decodes `oci_credentials "REGISTRY/PATH" { .. }`.
pub(super) fn decode_logins(item: &Item, settings: &mut OciSettings, diagnostics: &mut Diagnostics) {
    for (label, span, content) in labelled(item, diagnostics) {
        let invalid = |detail: String| Diagnostic::error("Invalid oci_credentials block", detail).at(span);
        let prefix = match OciPrefix::parse(label) {
            Ok(prefix) => prefix,
            Err(reason) => {
                let detail = format!(
                    "{label:?} is neither a registry nor the beginning of names of its repositories: {reason}."
                );
                diagnostics.push(invalid(detail));
                continue;
            }
        };
        let Some(login) = decode_login(content, &prefix, span, diagnostics) else { continue };
        if let Some(diagnostic) = repeated(settings, &prefix) {
            diagnostics.push(diagnostic.at(span));
            continue;
        }
        settings.logins.push((prefix, login));
    }
}

/// What is wrong where there is a login for the same repositories already.
fn repeated(settings: &OciSettings, prefix: &OciPrefix) -> Option<Diagnostic> {
    settings.logins.iter().any(|(other, _)| other == prefix).then(|| {
        let detail = format!("There is another oci_credentials block for \"{prefix}\". Remove one of them.");
        Diagnostic::error(format!("Duplicate oci_credentials block for \"{prefix}\""), detail)
    })
}

fn decode_login(
    content: &[Item],
    prefix: &OciPrefix,
    span: Span,
    diagnostics: &mut Diagnostics,
) -> Option<OciLoginSettings> {
    let mut values: [Option<String>; LOGIN_SETTINGS.len()] = Default::default();
    let mut is_wrong = false;
    for setting in content {
        match LOGIN_SETTINGS.iter().position(|name| *name == setting.name()) {
            Some(index) => {
                let (value, problems) = text(setting);
                is_wrong |= value.is_none();
                diagnostics.append(problems);
                values[index] = value;
            }
            None => diagnostics.push(unknown("oci_credentials", setting, &LOGIN_SETTINGS)),
        }
    }
    if is_wrong {
        return None;
    }
    let [user, password, access, refresh, helper] = values;
    let login = match (user, password, access, refresh, helper) {
        (Some(user), Some(password), None, None, None) => {
            Ok(OciLoginSettings::Password(Token::login(&user, &password)))
        }
        (None, None, Some(access), Some(refresh), None) => {
            Ok(OciLoginSettings::Tokens { access: Token::new(access), refresh: Token::new(refresh) })
        }
        (None, None, None, None, Some(helper)) if !is_helper_name(&helper) => Err(not_a_helper(&helper)),
        (None, None, None, None, Some(_)) if !prefix.path.is_empty() => {
            Err("docker_credentials_helper knows logins for registries alone, and this block is for some \
                 repositories of one: leave out what follows the registry in its label."
                .to_owned())
        }
        (None, None, None, None, Some(helper)) => Ok(OciLoginSettings::Helper(helper)),
        _ => Err("It must have either username and password, or access_token and refresh_token, or \
                  docker_credentials_helper, and nothing else."
            .to_owned()),
    };
    match login {
        Ok(login) => Some(login),
        Err(detail) => {
            diagnostics.push(Diagnostic::error("Invalid oci_credentials block", detail).at(span));
            None
        }
    }
}

/// Decodes `oci_default_credentials { .. }`.
pub(super) fn decode_defaults(item: &Item, settings: &mut OciSettings, diagnostics: &mut Diagnostics) {
    let invalid =
        |detail: String, span| Diagnostic::error("Invalid oci_default_credentials block", detail).at(span);
    let Some(objects) = item.value.objects().filter(|_| item.keys.len() == 1) else {
        let detail = "\"oci_default_credentials\" must be a block without labels.".to_owned();
        diagnostics.push(invalid(detail, item.header()));
        return;
    };
    for (content, _) in objects {
        if settings.defaults.is_some() {
            diagnostics.push(several().at(item.header()));
            return;
        }
        let mut defaults = OciDefaults::default();
        for setting in content {
            match setting.name() {
                "discover_ambient_credentials" => defaults.has_ambient = diagnostics.take(boolean(setting)),
                "docker_style_config_files" => {
                    let files = diagnostics.take(texts(setting));
                    defaults.files = Some(files.into_iter().map(PathBuf::from).collect());
                }
                "docker_credentials_helper" => {
                    let name = diagnostics.take(text(setting));
                    if let Some(name) = name.as_ref().filter(|name| !is_helper_name(name)) {
                        diagnostics.push(invalid(not_a_helper(name), setting.value.span));
                    }
                    defaults.helper = name.filter(|name| is_helper_name(name));
                }
                _ => diagnostics.push(unknown("oci_default_credentials", setting, &DEFAULT_SETTINGS)),
            }
        }
        if !defaults.has_ambient && defaults.files.is_some() {
            let detail = "docker_style_config_files says which files count where logins of other programs are looked \
                          for, and discover_ambient_credentials = false says that none are. Remove one of them."
                .to_owned();
            diagnostics.push(invalid(detail, item.header()));
        }
        settings.defaults = Some(defaults);
    }
}

fn several() -> Diagnostic {
    let detail = "No more than one oci_default_credentials block may be specified, in all files together.";
    Diagnostic::error("Duplicate oci_default_credentials block", detail)
}

fn not_a_helper(name: &str) -> String {
    format!(
        "docker_credentials_helper = {name:?} cannot be the end of the name of a program, docker-credential-NAME."
    )
}

fn unknown(block: &str, setting: &Item, names: &[&str]) -> Diagnostic {
    let hint = did_you_mean(setting.name(), names.iter().copied());
    let detail =
        format!("There is no setting {:?} in {block} blocks, so it is ignored.{hint}", setting.name());
    Diagnostic::warning("Unknown CLI configuration setting", detail).at(setting.header())
}

/// Files are named from where the configuration is.
pub(super) fn resolve(settings: &mut OciSettings, directory: &Path) {
    let files = settings.defaults.iter_mut().filter_map(|defaults| defaults.files.as_mut()).flatten();
    for file in files {
        *file = directory.join(&*file);
    }
}

/// Adds what another file says.
pub(super) fn merge(settings: &mut OciSettings, other: OciSettings, diagnostics: &mut Diagnostics) {
    for (prefix, login) in other.logins {
        match repeated(settings, &prefix) {
            Some(diagnostic) => diagnostics.push(diagnostic),
            None => settings.logins.push((prefix, login)),
        }
    }
    match (&settings.defaults, other.defaults) {
        (Some(_), Some(_)) => diagnostics.push(several()),
        (None, defaults) => settings.defaults = defaults,
        (Some(_), None) => {}
    }
}
