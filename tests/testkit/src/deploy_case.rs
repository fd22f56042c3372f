//! Deploys as data: what there is, what is declared, and what there is then.
//!
//! ```text
//! ### the name of the case
//! # needs      a script that fails, in an empty directory of the host, where it cannot be tried
//! # setup      a script, in the directory of the case
//! # deploy     what stands in `deploy(host)`; `ROOT` is that directory
//! # then       a script, and behind `=>` what it says afterwards
//! # fails      what the deploy fails with, before or while it is carried out
//! # etc        the host has a directory /etc of its own, which is `etc` here
//! # always     it changes something each time
//! # same       it changes nothing at all
//! ```
//! Each case runs twice: the second time there is nothing left to do.

const SECTIONS: [&str; 8] = ["needs", "setup", "deploy", "then", "fails", "always", "same", "etc"];
const MODULES: [&str; 20] = [
    "apt", "cargo", "crontab", "dnf", "files", "gem", "git", "gpg", "npm", "packages", "pacman", "pip",
    "pipx", "runit", "server", "services", "ssh", "sysvinit", "uv", "zypper",
];

/// One of them.
#[derive(Clone, Debug)]
pub struct DeployCase {
    /// What it is called.
    pub name: String,
    sections: Vec<(String, String)>,
}

impl DeployCase {
    /// All cases of a file, in their order.
    pub fn parse(text: &str) -> Vec<Self> {
        let mut cases: Vec<DeployCase> = Vec::new();
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("### ") {
                cases.push(DeployCase { name: name.to_owned(), sections: Vec::new() });
            } else if let Some(case) = cases.last_mut() {
                case.read(line);
            }
        }
        cases
    }

    fn read(&mut self, line: &str) {
        if let Some(name) = line.strip_prefix("# ").filter(|name| SECTIONS.contains(name)) {
            self.sections.push((name.to_owned(), String::new()));
        } else if let Some((_, text)) = self.sections.last_mut() {
            text.push_str(line);
            text.push('\n');
        }
    }

    /// What a section says, if there is one.
    pub fn section(&self, name: &str) -> Option<&str> {
        self.sections.iter().find(|(of, _)| of == name).map(|(_, text)| text.as_str())
    }

    /// What is looked at afterwards, and what that has to say.
    pub fn look(&self) -> Result<(&str, &str), String> {
        let then = self.section("then").ok_or("nothing is looked at")?;
        Ok(then.split_once("=>\n").ok_or("what is expected?")?)
    }

    /// A file of code whose `deploy` declares it.
    pub fn code(&self) -> String {
        let modules: Vec<_> = MODULES.iter().map(|module| format!("{module:?}")).collect();
        let body = self.section("deploy").unwrap_or("pass\n").lines();
        let body: String = body.map(|line| format!("    {line}\n")).collect();
        format!("load(\"@plumb//ops\", {})\n\ndef deploy(host):\n{body}", modules.join(", "))
    }

    /// Whether what went wrong is what it has to fail with, for that directory.
    pub fn is_failure(&self, why: &str, root: &str) -> bool {
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let expected = self.section("fails").unwrap_or_default().replace("ROOT", root);
        words(why).contains(&words(&expected))
    }
}
