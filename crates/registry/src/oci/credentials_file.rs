//! Files of logins as programs for containers keep them, such as `~/.docker/config.json`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use serde::Deserialize;

use super::{OciLoginSettings, OciPrefix, OciRepository};
use crate::Environment;
use crate::web::Token;

/// What a file says, as far as it matters here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CredentialsFile {
    /// Logins by registry, or by what names of repositories begin with.
    #[serde(default)]
    auths: BTreeMap<String, Option<Login>>,
    /// Programs that know logins, by registry.
    #[serde(default)]
    cred_helpers: BTreeMap<String, String>,
    /// A program that knows those of all others.
    #[serde(default)]
    creds_store: String,
}

#[derive(Deserialize)]
struct Login {
    /// A name and a password, with a colon between them, in base64.
    #[serde(default)]
    auth: String,
}

/// How much somebody says about a repository: the more, the more it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Specificity {
    /// It is for all.
    Everything,
    /// It is for those of a registry whose names begin with so many parts.
    Parts(usize),
}

impl CredentialsFile {
    /// Understands the content of a file.
    pub(super) fn parse(content: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(content)
    }

    /// All that it says about a repository.
    ///
    /// # Errors
    /// When the login for it is none, as the end of a sentence.
    pub(super) fn logins(
        &self,
        repository: &OciRepository,
    ) -> Result<Vec<(Specificity, OciLoginSettings)>, String> {
        let mut found = Vec::new();
        for (name, login) in &self.auths {
            // What another program has left may have a form that means nothing here.
            let Ok(prefix) = OciPrefix::parse(name) else { continue };
            let Some(parts) = prefix.specificity(repository) else { continue };
            // Programs that keep logins elsewhere leave an empty one behind.
            let Some(login) = login.as_ref().filter(|login| !login.auth.is_empty()) else { continue };
            let token = read_login(&login.auth).ok_or_else(|| {
                format!(
                    "the login for {name:?} is no user name and password in base64 with a colon between them"
                )
            })?;
            found.push((Specificity::Parts(parts), OciLoginSettings::Password(token)));
        }
        let helper = self.cred_helpers.get(&repository.registry).filter(|name| !name.is_empty());
        found.extend(helper.map(|name| (Specificity::Parts(0), OciLoginSettings::Helper(name.clone()))));
        if !self.creds_store.is_empty() {
            found.push((Specificity::Everything, OciLoginSettings::Helper(self.creds_store.clone())));
        }
        Ok(found)
    }
}

fn read_login(text: &str) -> Option<Token> {
    let bytes = base64::engine::general_purpose::STANDARD.decode(text.trim()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (user, password) = text.split_once(':')?;
    Some(Token::login(user, password))
}

/// Where such files are, the ones that count most first.
pub(super) fn usual_places(environment: &Environment, home: Option<&Path>) -> Vec<PathBuf> {
    places(environment, home, std::env::consts::OS)
}

fn places(environment: &Environment, home: Option<&Path>, system: &str) -> Vec<PathBuf> {
    let below = |directory: PathBuf| directory.join("containers").join("auth.json");
    let in_home = |name: &str| home.map(|home| home.join(name));
    let runtime = match system {
        "linux" => environment.get("XDG_RUNTIME_DIR").map(PathBuf::from),
        "macos" | "windows" => in_home(".config"),
        _ => None,
    };
    let settings = environment.get("XDG_CONFIG_HOME").map(PathBuf::from).or_else(|| in_home(".config"));
    let docker = [in_home(".docker/config.json"), in_home(".dockercfg")];
    let mut places: Vec<PathBuf> =
        [runtime.map(below), settings.map(below)].into_iter().chain(docker).flatten().collect();
    places.dedup();
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_looked_for_where_other_programs_have_them() {
        let home = Some(Path::new("/h"));
        let shown = |variables: &[(&str, &str)], system: &str| -> Vec<String> {
            let environment: Environment = variables.iter().copied().collect();
            let found = places(&environment, home, system);
            found.iter().map(|path| path.to_string_lossy().replace('\\', "/")).collect()
        };
        let both = [("XDG_RUNTIME_DIR", "/run/me"), ("XDG_CONFIG_HOME", "/c")];
        assert_eq!(
            shown(&both, "linux"),
            [
                "/run/me/containers/auth.json",
                "/c/containers/auth.json",
                "/h/.docker/config.json",
                "/h/.dockercfg"
            ]
        );
        assert_eq!(
            shown(&[], "macos"),
            ["/h/.config/containers/auth.json", "/h/.docker/config.json", "/h/.dockercfg"]
        );
        assert_eq!(places(&Environment::empty(), None, "linux"), Vec::<PathBuf>::new());
    }

    #[test]
    fn what_says_most_about_a_repository_is_told_apart() {
        let content = br#"{
            "auths": {
                "a.example": { "auth": "bWU6b25l" },
                "a.example/b": { "auth": "bWU6dHdv" },
                "b.example": { "auth": "bWU=" },
                "c.example": {},
                "d.example": null,
                "https://index.docker.io/v1/": { "auth": "bWU6b25l" }
            },
            "credHelpers": { "c.example": "c" },
            "credsStore": "all"
        }"#;
        let file = CredentialsFile::parse(content).expect("is one");
        let logins = |text: &str| file.logins(&OciRepository::parse(text).expect("is one"));
        let me = |password: &str| OciLoginSettings::Password(Token::login("me", password));
        let all = (Specificity::Everything, OciLoginSettings::Helper("all".to_owned()));
        assert_eq!(
            logins("a.example/b/c"),
            Ok(vec![(Specificity::Parts(0), me("one")), (Specificity::Parts(1), me("two")), all.clone()])
        );
        assert_eq!(
            logins("c.example/x"),
            Ok(vec![(Specificity::Parts(0), OciLoginSettings::Helper("c".to_owned())), all.clone()])
        );
        assert_eq!(logins("d.example/x"), Ok(vec![all]));
        let wrong = logins("b.example/x").expect_err("is none");
        assert!(wrong.contains("b.example") && !wrong.contains("bWU"), "{wrong}");
        assert!(CredentialsFile::parse(b"7").is_err());
    }
}
