//! Who we are to the hosts of registries.
//!
//! Responsible for finding the token for a host: in a `TF_TOKEN_` variable, in the CLI
//! configuration, or from a helper program; and for keeping and forgetting the tokens that `login`
//! obtains. Which server a token may be sent to is decided in [`crate::web`].

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use serde_json::{Map, Value, json};

use crate::Environment;
use crate::cli_configuration::{CliConfiguration, CredentialsHelperSettings, UserDirectories};
use crate::web::{Token, WebAddress};

const VARIABLE_PREFIX: &str = "TF_TOKEN_";

/// Tokens by host.
#[derive(Debug, Default)]
pub struct Credentials {
    from_environment: BTreeMap<String, Token>,
    configured: BTreeMap<String, Option<Token>>,
    helper: Option<CredentialsHelper>,
    /// What the helper said, so that it runs once per host.
    helper_answers: Mutex<BTreeMap<String, Option<Token>>>,
}

/// Where the token for a host is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialsPlace {
    /// In no place that is known.
    Nowhere,
    /// In the file that `login` writes.
    File(PathBuf),
    /// In another file of the CLI configuration, which belongs to the user alone.
    Settings,
    /// With a helper program of this name, if anywhere.
    Helper(String),
}

/// A program that knows tokens.
#[derive(Clone, Debug)]
struct CredentialsHelper {
    settings: CredentialsHelperSettings,
    directories: Vec<PathBuf>,
}

/// Why tokens cannot be had, kept or forgotten.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// The helper program is not installed.
    #[error(
        "there is no program {program} in any of the plugin directories; the CLI configuration names it as credentials helper"
    )]
    NoHelper {
        /// Its file name.
        program: String,
    },
    /// The helper program failed.
    #[error("the credentials helper {program} failed for {host}: {message}")]
    Helper {
        /// Where the program is.
        program: PathBuf,
        /// Which host it was asked about.
        host: String,
        /// What it said.
        message: String,
    },
    /// The file with tokens cannot be used.
    #[error("the credentials file {path} cannot be used: {error}")]
    File {
        /// Where it is.
        path: PathBuf,
        /// What is wrong.
        error: io::Error,
    },
    /// There is no place to keep tokens in.
    #[error("there is no home directory to keep credentials in")]
    NoHome,
}

impl Credentials {
    /// No tokens at all.
    pub fn none() -> Self {
        Self::default()
    }

    /// The tokens that a configuration and an environment have.
    pub fn new(
        configuration: &CliConfiguration,
        environment: &Environment,
        directories: &UserDirectories,
    ) -> Self {
        let from_environment = environment
            .iter()
            .filter_map(|(name, value)| Some((variable_host(name)?, value)))
            .filter(|(_, value)| !value.is_empty())
            .map(|(host, value)| (host, Token::new(value)))
            .collect();
        let helper = configuration
            .credentials_helper
            .clone()
            .map(|settings| CredentialsHelper { settings, directories: directories.plugin_directories() });
        Credentials {
            from_environment,
            configured: configuration.credentials.clone(),
            helper,
            helper_answers: Mutex::default(),
        }
    }

    /// The token for a host, written as in providers' addresses.
    ///
    /// # Errors
    /// When a helper program is configured and fails.
    pub fn token_for(&self, host: &str) -> Result<Option<Token>, CredentialsError> {
        let host = normalise(host);
        if let Some(token) = self.from_environment.get(&host) {
            return Ok(Some(token.clone()));
        }
        if let Some(token) = self.configured.get(&host) {
            return Ok(token.clone());
        }
        let Some(helper) = &self.helper else { return Ok(None) };
        let mut answers = self.helper_answers.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(answer) = answers.get(&host) {
            return Ok(answer.clone());
        }
        let answer = helper.get(&host)?;
        answers.insert(host, answer.clone());
        Ok(answer)
    }

    /// Whether a variable of the environment gives a token for a host; it wins over any other.
    pub fn is_in_environment(&self, host: &str) -> bool {
        self.from_environment.contains_key(&normalise(host))
    }

    /// Where the token for a host is kept or, where there is none, whether a helper is asked for it.
    /// The environment is not looked at: nothing can be kept there.
    ///
    /// # Errors
    /// When the credentials file cannot be read.
    pub fn place(
        &self,
        host: &str,
        directories: &UserDirectories,
    ) -> Result<CredentialsPlace, CredentialsError> {
        let host = normalise(host);
        if let Some(path) = directories.credentials_file()
            && self.configured.contains_key(&host)
            && has_entry(&path, &host)?
        {
            return Ok(CredentialsPlace::File(path));
        }
        if self.configured.get(&host).is_some_and(Option::is_some) {
            return Ok(CredentialsPlace::Settings);
        }
        match &self.helper {
            Some(helper) => Ok(CredentialsPlace::Helper(helper.settings.name.clone())),
            None => Ok(CredentialsPlace::Nowhere),
        }
    }

    /// The helper program that new tokens are given to, by its name in the CLI configuration.
    pub fn helper_name(&self) -> Option<&str> {
        self.helper.as_ref().map(|helper| helper.settings.name.as_str())
    }

    /// Keeps a token: with the helper program where there is one, else in the credentials file.
    ///
    /// # Errors
    /// When the helper or the file system refuses.
    pub fn store(
        &self,
        host: &str,
        token: &Token,
        directories: &UserDirectories,
    ) -> Result<(), CredentialsError> {
        let host = normalise(host);
        if let Some(helper) = &self.helper {
            let input = json!({ "token": token.reveal() }).to_string();
            return helper.run("store", &host, Some(&input)).map(drop);
        }
        let path = directories.credentials_file().ok_or(CredentialsError::NoHome)?;
        change_file(&path, |hosts| {
            hosts.retain(|name, _| normalise(name) != host);
            hosts.insert(host, json!({ "token": token.reveal() }));
        })
    }

    /// Forgets the token for a host, in the place where it is kept.
    ///
    /// # Errors
    /// When the helper or the file system refuses.
    pub fn forget(&self, host: &str, place: &CredentialsPlace) -> Result<(), CredentialsError> {
        let host = normalise(host);
        match (place, &self.helper) {
            (CredentialsPlace::Helper(_), Some(helper)) => helper.run("forget", &host, None).map(drop),
            (CredentialsPlace::File(path), _) => change_file(path, |hosts| {
                hosts.retain(|name, _| normalise(name) != host);
            }),
            _ => Ok(()),
        }
    }
}

fn normalise(host: &str) -> String {
    WebAddress::of_host(host).map_or_else(|_| host.to_ascii_lowercase(), |address| address.host_and_port())
}

/// The host that a variable is about: underscores stand for dots, two of them for a dash.
fn variable_host(name: &str) -> Option<String> {
    let encoded = name.strip_prefix(VARIABLE_PREFIX).filter(|encoded| !encoded.is_empty())?;
    let host = encoded.replace("__", "-").replace('_', ".");
    WebAddress::of_host(&host).ok().map(|address| address.host_and_port())
}

impl CredentialsHelper {
    fn get(&self, host: &str) -> Result<Option<Token>, CredentialsError> {
        let output = self.run("get", host, None)?;
        let fail = |message: String| CredentialsError::Helper {
            program: PathBuf::from(self.file_name()),
            host: host.to_owned(),
            message,
        };
        let answer: Value =
            serde_json::from_slice(&output).map_err(|_| fail("it did not answer with JSON".to_owned()))?;
        Ok(answer.get("token").and_then(Value::as_str).filter(|token| !token.is_empty()).map(Token::new))
    }

    fn file_name(&self) -> String {
        format!("terraform-credentials-{}{}", self.settings.name, std::env::consts::EXE_SUFFIX)
    }

    fn run(&self, verb: &str, host: &str, input: Option<&str>) -> Result<Vec<u8>, CredentialsError> {
        let file_name = self.file_name();
        let program = self
            .directories
            .iter()
            .map(|directory| directory.join(&file_name))
            .find(|path| path.is_file())
            .ok_or(CredentialsError::NoHelper { program: file_name })?;
        let fail = |message: String| CredentialsError::Helper {
            program: program.clone(),
            host: host.to_owned(),
            message,
        };
        let mut child = Command::new(&program)
            .args(&self.settings.arguments)
            .args([verb, host])
            .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| fail(error.to_string()))?;
        if let (Some(input), Some(mut stdin)) = (input, child.stdin.take()) {
            // A helper that ends without reading says why on its own; that counts, not the broken pipe.
            match stdin.write_all(input.as_bytes()) {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                    return Err(fail(error.to_string()));
                }
                _ => {}
            }
        }
        let output = child.wait_with_output().map_err(|error| fail(error.to_string()))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(fail(if said.is_empty() { output.status.to_string() } else { said }))
    }
}

/// Whether a credentials file has something about a host.
fn has_entry(path: &Path, host: &str) -> Result<bool, CredentialsError> {
    let fail = |error: io::Error| CredentialsError::File { path: path.to_path_buf(), error };
    let content = match plumb_source::read_regular_file(path) {
        Ok(content) => content,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(fail(error)),
    };
    let document: Value = serde_json::from_slice(&content).map_err(|error| fail(error.into()))?;
    let hosts = document.get("credentials").and_then(Value::as_object);
    Ok(hosts.is_some_and(|hosts| hosts.keys().any(|name| normalise(name) == host)))
}

/// Changes the hosts in a credentials file, leaving everything else in it as it is.
fn change_file(path: &Path, change: impl FnOnce(&mut Map<String, Value>)) -> Result<(), CredentialsError> {
    let fail = |error: io::Error| CredentialsError::File { path: path.to_path_buf(), error };
    let malformed = || fail(io::Error::other("it does not hold a JSON object with credentials by host"));
    let mut document = match plumb_source::read_regular_file(path) {
        Ok(content) => serde_json::from_slice::<Value>(&content).map_err(|error| fail(error.into()))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => json!({}),
        Err(error) => return Err(fail(error)),
    };
    let hosts =
        document.as_object_mut().ok_or_else(malformed)?.entry("credentials").or_insert_with(|| json!({}));
    change(hosts.as_object_mut().ok_or_else(malformed)?);
    write_private(path, &document).map_err(fail)
}

/// Temporary files are readable by their owner only, which is right for tokens.
fn write_private(path: &Path, document: &Value) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(directory)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    serde_json::to_writer_pretty(&mut file, document)?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        variables.iter().copied().collect()
    }

    #[test]
    fn variables_name_hosts() {
        let cases = [
            ("TF_TOKEN_app_terraform_io", Some("app.terraform.io")),
            ("TF_TOKEN_my__host_example", Some("my-host.example")),
            ("TF_TOKEN_xn--caf-dma_fr", Some("xn--caf-dma.fr")),
            ("TF_TOKEN_Example_Com", Some("example.com")),
            ("TF_TOKEN_", None),
            ("TF_TOKENS", None),
        ];
        for (name, expected) in cases {
            assert_eq!(variable_host(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn variables_come_before_the_configuration() {
        let mut configuration = CliConfiguration::default();
        configuration.credentials.insert("a.example".to_owned(), Some(Token::new("from-file")));
        configuration.credentials.insert("b.example".to_owned(), Some(Token::new("from-file")));
        let credentials = Credentials::new(
            &configuration,
            &environment(&[("TF_TOKEN_a_example", "variable")]),
            &UserDirectories::default(),
        );
        let token =
            |host| credentials.token_for(host).expect("no helper").map(|token| token.reveal().to_owned());
        assert_eq!(token("A.example").as_deref(), Some("variable"));
        assert_eq!(token("b.example:443").as_deref(), Some("from-file"));
        assert_eq!(token("b.example:8443"), None);
        assert!(!format!("{credentials:?}").contains("from-file"));
    }

    #[test]
    fn tokens_are_kept_and_forgotten() {
        let scratch = tempfile::tempdir().expect("makes a directory");
        let directories = UserDirectories {
            configuration_directory: Some(scratch.path().join("d")),
            ..UserDirectories::default()
        };
        let path = directories.credentials_file().expect("has one");
        let credentials = Credentials::none();
        credentials.store("A.example", &Token::new("one"), &directories).expect("stores");
        credentials.store("b.example", &Token::new("two"), &directories).expect("stores");
        let kept = CredentialsPlace::File(path.clone());
        credentials.forget("a.example", &kept).expect("forgets");
        let document: Value = serde_json::from_slice(&std::fs::read(&path).expect("reads")).expect("is JSON");
        assert_eq!(document, json!({ "credentials": { "b.example": { "token": "two" } } }));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).expect("is there").permissions().mode() & 0o777, 0o600);
        }
        std::fs::write(&path, "[]").expect("writes");
        assert!(credentials.forget("b.example", &kept).is_err());
    }

    #[test]
    fn tokens_are_looked_for_where_they_are_kept() {
        let scratch = tempfile::tempdir().expect("makes a directory");
        let directories = UserDirectories {
            configuration_directory: Some(scratch.path().to_path_buf()),
            ..UserDirectories::default()
        };
        let path = directories.credentials_file().expect("has one");
        Credentials::none().store("kept.example", &Token::new("x"), &directories).expect("stores");
        let mut configuration = CliConfiguration::default();
        for host in ["kept.example", "written.example"] {
            configuration.credentials.insert(host.to_owned(), Some(Token::new("x")));
        }
        let place = |configuration: &CliConfiguration, host: &str| {
            Credentials::new(configuration, &Environment::empty(), &directories).place(host, &directories)
        };
        let place_of =
            |configuration: &CliConfiguration, host: &str| place(configuration, host).expect("is known");
        assert_eq!(place_of(&configuration, "Kept.example"), CredentialsPlace::File(path.clone()));
        assert_eq!(place_of(&configuration, "written.example"), CredentialsPlace::Settings);
        assert_eq!(place_of(&configuration, "other.example"), CredentialsPlace::Nowhere);
        // Where other settings are used than those beside the file, the file plays no part.
        assert_eq!(place_of(&CliConfiguration::default(), "kept.example"), CredentialsPlace::Nowhere);
        configuration.credentials_helper =
            Some(CredentialsHelperSettings { name: "h".to_owned(), arguments: Vec::new() });
        assert_eq!(place_of(&configuration, "kept.example"), CredentialsPlace::File(path.clone()));
        assert_eq!(place_of(&configuration, "other.example"), CredentialsPlace::Helper("h".to_owned()));
        std::fs::write(&path, "{").expect("writes");
        assert!(place(&configuration, "kept.example").is_err());
    }

    #[test]
    #[cfg(unix)]
    fn a_helper_is_asked_once_per_host() {
        use std::os::unix::fs::PermissionsExt;
        let scratch = tempfile::tempdir().expect("makes a directory");
        let plugins = scratch.path().join("plugins");
        std::fs::create_dir(&plugins).expect("makes a directory");
        let log = scratch.path().join("log");
        let script = format!(
            "#!/bin/sh\necho \"$@\" >> {}\ncase $3 in\n  bad*) echo no luck >&2; exit 1;;\n  none*) echo '{{}}';;\n  *) echo '{{\"token\":\"from-helper\"}}';;\nesac\n",
            log.display()
        );
        let program = plugins.join("terraform-credentials-test");
        std::fs::write(&program, script).expect("writes");
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("sets the mode");
        let configuration = CliConfiguration {
            credentials_helper: Some(CredentialsHelperSettings {
                name: "test".to_owned(),
                arguments: vec!["-x".to_owned()],
            }),
            ..CliConfiguration::default()
        };
        let directories = UserDirectories {
            configuration_directory: Some(scratch.path().to_path_buf()),
            ..UserDirectories::default()
        };
        let credentials = Credentials::new(&configuration, &Environment::empty(), &directories);
        for _ in 0..2 {
            let token = credentials.token_for("a.example").expect("answers").expect("has one");
            assert_eq!(token.reveal(), "from-helper");
        }
        assert_eq!(credentials.token_for("none.example").expect("answers"), None);
        let error = credentials.token_for("bad.example").expect_err("fails").to_string();
        assert!(error.contains("no luck"), "{error}");
        let asked = std::fs::read_to_string(log).expect("reads");
        assert_eq!(asked, "-x get a.example\n-x get none.example\n-x get bad.example\n");
    }
}
