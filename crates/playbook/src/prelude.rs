//! Small functions that the code that is written brings along where it needs them: words of Ansible that the language
//! has no other way to say.

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Helper {
    Ask,
    Distribution,
    Flatten,
    ModeText,
    Names,
    OsFamily,
    PackageFacts,
    Pick,
    RegexReplace,
    ServiceFacts,
    ToJson,
    ToNiceJson,
    Truth,
    Unique,
    Version,
    WithoutNone,
}

const ALL: [Helper; 16] = [
    Helper::Ask,
    Helper::Distribution,
    Helper::Flatten,
    Helper::ModeText,
    Helper::Names,
    Helper::OsFamily,
    Helper::PackageFacts,
    Helper::Pick,
    Helper::RegexReplace,
    Helper::ServiceFacts,
    Helper::ToJson,
    Helper::ToNiceJson,
    Helper::Truth,
    Helper::Unique,
    Helper::Version,
    Helper::WithoutNone,
];

impl Helper {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Helper::Ask => "ask",
            Helper::Distribution => "distribution",
            Helper::Flatten => "flatten",
            Helper::ModeText => "mode_text",
            Helper::Names => "names_of",
            Helper::OsFamily => "os_family",
            Helper::PackageFacts => "package_facts",
            Helper::Pick => "pick",
            Helper::RegexReplace => "regex_replace",
            Helper::ServiceFacts => "service_facts",
            Helper::ToJson => "to_json",
            Helper::ToNiceJson => "to_nice_json",
            Helper::Truth => "truth",
            Helper::Unique => "unique",
            Helper::Version => "version",
            Helper::WithoutNone => "without_none",
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
            Helper::Flatten => FLATTEN,
            Helper::ModeText => MODE_TEXT,
            Helper::Names => NAMES,
            Helper::OsFamily => OS_FAMILY,
            Helper::PackageFacts => PACKAGE_FACTS,
            Helper::Pick => PICK,
            Helper::RegexReplace => REGEX_REPLACE,
            Helper::ServiceFacts => SERVICE_FACTS,
            Helper::ToJson => TO_JSON,
            Helper::ToNiceJson => TO_NICE_JSON,
            Helper::Truth => TRUTH,
            Helper::Unique => UNIQUE,
            Helper::Version => VERSION,
            Helper::WithoutNone => WITHOUT_NONE,
        }
    }
}

const ASK: &str = "# What a command says that changes nothing.\nask = fact(lambda command: command, family = \"anything\")\n";

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

const FLATTEN: &str = r#"def flatten(items):
    """The items of lists in a list."""
    out = []
    for item in items:
        out.extend(flatten(item) if type(item) == "list" else [item])
    return out
"#;

const MODE_TEXT: &str = r#"def mode_text(mode):
    """A mode in octal digits."""
    return "%o" % mode if type(mode) == "int" else mode
"#;

const NAMES: &str = r#"def names_of(value):
    """Names, of which several may stand in a text with commas between them."""
    if type(value) != "string":
        return value
    return [name.strip() for name in value.split(",") if name.strip()]
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

const PACKAGE_FACTS: &str = r#"def packages_by_name(said):
    found = {}
    for line in said.output.splitlines():
        name, version = line.split("\t")
        found.setdefault(name, []).append({"name": name, "version": version})
    return found

# Packages that are installed, by name, as Ansible lists them.
package_facts = fact(
    "if command -v dpkg-query > /dev/null; then " +
    "dpkg-query -W -f '${db:Status-Abbrev}\\t${Package}\\t${Version}\\n' | sed -n 's/^ii \\t//p'; " +
    "else rpm -qa --qf '%{NAME}\\t%{VERSION}\\n'; fi 2>/dev/null",
    packages_by_name,
    family = "anything",
)
"#;

const PICK: &str = r#"def pick(values, *names):
    """Those of the values that there are."""
    return {name: values[name] for name in names if name in values}
"#;

const REGEX_REPLACE: &str = r#"def regex_replace(text, expression, replacement):
    """The text with what the expression matches replaced."""
    return with_replaced(str(text), expression, replacement).text
"#;

const SERVICE_FACTS: &str = r#"def services_by_name(said):
    found = {}
    for line in said.output.splitlines():
        words = line.split()
        if line.startswith(" [ "):
            state = "running" if "+" in words else "stopped"
            found[words[-1]] = {"name": words[-1], "state": state, "source": "sysv"}
        elif len(words) > 1 and words[0].endswith(".service"):
            unit = found.setdefault(words[0], {"name": words[0], "state": "stopped", "source": "systemd"})
            if len(words) < 4:
                unit["status"] = words[1]
            elif words[3] == "running":
                unit["state"] = "running"
    return found

# Services by name, as Ansible lists them.
service_facts = fact(
    "if test -d /run/systemd/system; then for what in unit-files units; do " +
    "systemctl list-$what --type=service --plain --no-legend --no-pager; done; " +
    "else service --status-all 2>&1; fi 2>/dev/null",
    services_by_name,
    family = "anything",
)
"#;

const TO_JSON: &str = r#"def to_json(value):
    """A value as JSON, with the spaces that Python puts there."""
    return render("{{ value | to_json }}", {"value": value}).text
"#;

const TO_NICE_JSON: &str = r#"def to_nice_json(value):
    """A value as JSON in several lines."""
    return render("{{ value | to_nice_json }}", {"value": value}).text
"#;

const TRUTH: &str = r#"def truth(value):
    """Whether a value says yes; None where there is none."""
    return None if value == None else str(value).lower() in ("1", "on", "t", "true", "y", "yes")
"#;

const UNIQUE: &str = r#"def unique(items):
    """The items, each once."""
    return list({item: None for item in items})
"#;

const VERSION: &str = r#"def version(text):
    """A version as numbers, which can be compared."""
    return [int(part) if part.isdigit() else 0 for part in str(text).replace("-", ".").split(".")]
"#;

const WITHOUT_NONE: &str = r#"def without_none(values):
    """The values that there are."""
    return {name: value for name, value in values.items() if value != None}
"#;
