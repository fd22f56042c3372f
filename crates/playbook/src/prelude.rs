//! Small functions that the code that is written brings along where it needs them: words of Ansible that the language
//! has no other way to say.

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Helper {
    Ask,
    Distribution,
    OsFamily,
    Pick,
    Truth,
    Unique,
    Version,
}

const ALL: [Helper; 7] = [
    Helper::Ask,
    Helper::Distribution,
    Helper::OsFamily,
    Helper::Pick,
    Helper::Truth,
    Helper::Unique,
    Helper::Version,
];

impl Helper {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Helper::Ask => "ask",
            Helper::Distribution => "distribution",
            Helper::OsFamily => "os_family",
            Helper::Pick => "pick",
            Helper::Truth => "truth",
            Helper::Unique => "unique",
            Helper::Version => "version",
        }
    }

    /// Whether one is called so.
    pub(crate) fn named(name: &str) -> bool {
        ALL.iter().any(|helper| helper.name() == name)
    }

    pub(crate) fn code(self) -> &'static str {
        match self {
            Helper::Ask => ASK,
            Helper::Distribution => DISTRIBUTION,
            Helper::OsFamily => OS_FAMILY,
            Helper::Pick => PICK,
            Helper::Truth => TRUTH,
            Helper::Unique => UNIQUE,
            Helper::Version => VERSION,
        }
    }
}

const ASK: &str = "# What a command says that changes nothing.\nask = fact(lambda command: command)\n";

const DISTRIBUTION: &str = r#"def distribution(host):
    """The operating system by the name that Ansible has for it."""
    names = {
        "almalinux": "AlmaLinux",
        "alpine": "Alpine",
        "amzn": "Amazon",
        "arch": "Archlinux",
        "centos": "CentOS",
        "debian": "Debian",
        "fedora": "Fedora",
        "ol": "OracleLinux",
        "opensuse-leap": "openSUSE Leap",
        "rhel": "RedHat",
        "rocky": "Rocky",
        "sles": "SLES",
        "ubuntu": "Ubuntu",
    }
    return names.get(host.facts.os, host.facts.os or "")
"#;

const OS_FAMILY: &str = r#"def os_family(host):
    """The family of the operating system by the name that Ansible has for it."""
    families = {
        "Debian": ["debian", "ubuntu"],
        "RedHat": ["rhel", "centos", "fedora"],
        "Suse": ["suse", "opensuse", "sles"],
        "Archlinux": ["arch"],
        "Alpine": ["alpine"],
    }
    like = [host.facts.os] + list(host.facts.os_like or [])
    for family, names in families.items():
        if any([name in like for name in names]):
            return family
    return host.facts.os or ""
"#;

const PICK: &str = r#"def pick(values, *names):
    """Those of the values that there are."""
    return {name: values[name] for name in names if name in values}
"#;

const TRUTH: &str = r#"def truth(value):
    """Whether a value says yes."""
    return str(value).lower() in ("1", "on", "t", "true", "y", "yes")
"#;

const UNIQUE: &str = r#"def unique(items):
    """The items, each once."""
    return list({item: None for item in items})
"#;

const VERSION: &str = r#"def version(text):
    """A version as numbers, which can be compared."""
    return [int(part) if part.isdigit() else 0 for part in str(text).replace("-", ".").split(".")]
"#;
