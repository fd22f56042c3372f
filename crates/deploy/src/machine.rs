//! What is always known of a host.

use std::collections::BTreeMap;

use serde_json::Value;

/// Says what the machine is, a name and a value on each line. Nothing in it starts more than a few
/// programs: it is part of the first thing that is asked of every host.
pub(crate) const SCRIPT: &str = r#"
say() { printf '%s=%s\n' "$1" "$2"; }
uid=
if [ -r /proc/self/status ]; then
  while read -r k real uid rest; do case $k in Uid:) break;; esac; done </proc/self/status
fi
[ "$uid" ] || uid=$(id -u)
say uid "$uid"
say user "$(id -un 2>/dev/null || echo "$uid")"
say home "$HOME"
set -- $(uname -s -n -r -m)
say kernel "$1"; say hostname "$2"; say kernel_release "$3"; say arch "$4"
for f in /etc/os-release /usr/lib/os-release; do
  [ -r $f ] || continue
  while IFS='=' read -r k v; do
    case $k in ID|ID_LIKE|VERSION_ID|VERSION_CODENAME|PRETTY_NAME) say "os_$k" "$v";; esac
  done <$f
  break
done
n=0; online=
# Shells read byte by byte: what says this in few of them is better than /proc/cpuinfo.
if [ -r /sys/devices/system/cpu/online ]; then read -r online </sys/devices/system/cpu/online; fi
IFS=,
for k in $online; do n=$((n + ${k#*-} - ${k%-*} + 1)); done
unset IFS
[ $n -gt 0 ] || n=$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 1)
say cpus $n
if [ -r /proc/meminfo ]; then
  while read -r k v rest; do case $k in MemTotal:) say memory_mb $((v / 1024)); break;; esac; done </proc/meminfo
fi
if [ -d /run/systemd/system ]; then say init systemd
elif [ -d /run/openrc ]; then say init openrc
else
  one=; [ -r /proc/1/comm ] && read -r one </proc/1/comm
  say init "${one:-other}"
fi
for m in apt-get apk dnf yum zypper pacman brew pkg; do
  if command -v $m >/dev/null 2>&1; then say package_manager ${m%-get}; break; fi
done
"#;

/// The names of all that is known, in the order of the documentation.
pub(crate) const NAMES: [&str; 16] = [
    "arch",
    "cpus",
    "home",
    "hostname",
    "init",
    "kernel",
    "kernel_release",
    "memory_mb",
    "os",
    "os_codename",
    "os_like",
    "os_name",
    "os_version",
    "package_manager",
    "uid",
    "user",
];

/// What the script said. What a host does not say is null.
pub(crate) fn facts(output: &[u8]) -> BTreeMap<&'static str, Value> {
    let text = String::from_utf8_lossy(output);
    let said: BTreeMap<&str, &str> = text.lines().filter_map(|line| line.split_once('=')).collect();
    let value = |name: &'static str| {
        let said_as = match name {
            "os" => "os_ID",
            "os_like" => "os_ID_LIKE",
            "os_version" => "os_VERSION_ID",
            "os_codename" => "os_VERSION_CODENAME",
            "os_name" => "os_PRETTY_NAME",
            other => other,
        };
        let text = said.get(said_as).map(|text| text.trim().trim_matches(['"', '\'']));
        let value = match (name, text) {
            ("os_like", text) => {
                let words = text.unwrap_or_default().split_ascii_whitespace();
                Value::Array(words.map(|word| Value::String(word.to_owned())).collect())
            }
            (_, None) => Value::Null,
            ("cpus" | "memory_mb" | "uid", Some(text)) => {
                text.parse::<u64>().map_or(Value::Null, Value::from)
            }
            (_, Some(text)) => Value::String(text.to_owned()),
        };
        (name, value)
    };
    NAMES.into_iter().map(value).collect()
}

/// Code that says everything that is always known of a host, as JSON.
pub fn code() -> String {
    let fields: Vec<String> = NAMES.iter().map(|name| format!("{name} = host.facts.{name}")).collect();
    format!("def deploy(host):\n    print(json.encode(struct({})))\n", fields.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_taken_apart() {
        let facts = facts(
            b"user=root\nuid=0\ncpus=2\nos_ID=debian\nos_PRETTY_NAME=\"Debian 12\"\nos_ID_LIKE=\"a b\"\n",
        );
        assert_eq!(facts["os"], "debian");
        assert_eq!(facts["os_name"], "Debian 12");
        assert_eq!(facts["cpus"], 2);
        assert_eq!(facts["os_like"], serde_json::json!(["a", "b"]));
        assert_eq!(facts["init"], Value::Null);
    }
}
