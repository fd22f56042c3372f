//! Profiles in the files `config` and `credentials`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::AwsOptions;

/// What the files say about each profile.
#[derive(Default)]
pub(super) struct Profiles {
    sections: BTreeMap<String, BTreeMap<String, String>>,
    /// Where people sign in, by the name that profiles have for it.
    sessions: BTreeMap<String, BTreeMap<String, String>>,
}

/// What a line is about.
enum Section {
    Profile(String),
    Session(String),
}

impl Profiles {
    /// Reads the files that there are.
    ///
    /// # Errors
    /// A sentence about a file that was named and cannot be read.
    pub(super) fn read(options: &AwsOptions) -> Result<Self, String> {
        let mut profiles = Profiles::default();
        let usual = |variable: &str, name: &str| {
            let home = options.variable("HOME").map(|home| PathBuf::from(home).join(".aws").join(name));
            (options.variable(variable).map(PathBuf::from), home)
        };
        let all = |given: &[String], (variable, home): (Option<PathBuf>, Option<PathBuf>)| {
            let given: Vec<PathBuf> = given.iter().map(|path| options.path(path)).collect();
            match (given.is_empty(), variable) {
                (false, _) => (given, true),
                (true, Some(path)) => (vec![path], false),
                (true, None) => (home.into_iter().collect(), false),
            }
        };
        let config = all(&options.config_files, usual("AWS_CONFIG_FILE", "config"));
        let credentials =
            all(&options.credentials_files, usual("AWS_SHARED_CREDENTIALS_FILE", "credentials"));
        for ((paths, is_named), is_config) in [(config, true), (credentials, false)] {
            for path in paths {
                match crate::web::read_text(path.as_ref()) {
                    Ok(text) => profiles.add(&text, is_config),
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound && !is_named => {}
                    Err(error) => return Err(format!("the file {} cannot be read: {error}", path.display())),
                }
            }
        }
        Ok(profiles)
    }

    /// What is said about a profile.
    pub(super) fn get(&self, name: &str) -> Option<&BTreeMap<String, String>> {
        self.sections.get(name)
    }

    /// What is said about a place to sign in.
    pub(super) fn session(&self, name: &str) -> Option<&BTreeMap<String, String>> {
        self.sessions.get(name)
    }

    fn add(&mut self, text: &str, is_config: bool) {
        let mut section = None;
        for line in text.lines() {
            // Lines that are indented belong to settings of single services, which say nothing here.
            if line.starts_with([' ', '\t', '#', ';']) || line.is_empty() {
                continue;
            }
            if let Some(header) = line.strip_prefix('[') {
                let header = header.split(']').next().unwrap_or_default().trim();
                section = match header.split_once(char::is_whitespace) {
                    Some(("profile", name)) if is_config => Some(Section::Profile(name.trim().to_owned())),
                    Some(("sso-session", name)) if is_config => {
                        Some(Section::Session(name.trim().to_owned()))
                    }
                    None if !is_config || header == "default" => Some(Section::Profile(header.to_owned())),
                    _ => None,
                };
                continue;
            }
            if let (Some(section), Some((name, value))) = (&section, line.split_once('=')) {
                let settings = match section {
                    Section::Profile(name) => self.sections.entry(name.clone()).or_default(),
                    Section::Session(name) => self.sessions.entry(name.clone()).or_default(),
                };
                settings.insert(name.trim().to_lowercase(), value.trim().to_owned());
            }
        }
    }
}

impl AwsOptions {
    /// A path in which `~` stands for the home directory.
    fn path(&self, path: &str) -> PathBuf {
        match (path.strip_prefix("~/"), self.variable("HOME")) {
            (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
            _ => path.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Profiles;

    #[test]
    fn both_files_say_something_about_a_profile() {
        let mut profiles = Profiles::default();
        profiles.add(
            "# mine\n[default]\nregion = x\ns3 =\n  max = 1\n[profile one]\nrole_arn=r\n[sso-session one]\nrole_arn=no\n[two]\na=b\n",
            true,
        );
        profiles.add("[one]\naws_access_key_id = k # all of it\n", false);
        let one = profiles.get("one").expect("a profile");
        assert_eq!((one["role_arn"].as_str(), one["aws_access_key_id"].as_str()), ("r", "k # all of it"));
        assert_eq!(profiles.get("default").expect("a profile")["region"], "x");
        assert!(profiles.get("two").is_none(), "without the word it is none");
        assert_eq!(profiles.session("one").expect("a session")["role_arn"], "no");
    }
}
