//! Programs of BusyBox that Debian's is built without, and those of other distributions have.
//!
//! They are built once, of the sources that Debian has: a BusyBox of these few takes seconds.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{cache, debian, machine};

/// To be raised when what is below makes something else of the same sources.
const EDITION: u32 = 1;
/// Each, and where Alpine has it.
pub(crate) const APPLETS: [(&str, &str); 8] = [
    ("addgroup", "usr/sbin"),
    ("adduser", "usr/sbin"),
    ("chpasswd", "usr/sbin"),
    ("crond", "usr/sbin"),
    ("crontab", "usr/bin"),
    ("delgroup", "usr/sbin"),
    ("deluser", "usr/sbin"),
    ("passwd", "usr/bin"),
];
/// What of BusyBox's configuration is not off, as Alpine has it.
const SETTINGS: &str = r#"BUSYBOX=y
LFS=y
LONG_OPTS=y
SHOW_USAGE=y
FEATURE_SHADOWPASSWDS=y
FEATURE_CHECK_NAMES=y
ADDUSER=y
FEATURE_ADDUSER_TO_GROUP=y
ADDGROUP=y
DELUSER=y
DELGROUP=y
FEATURE_DEL_USER_FROM_GROUP=y
LAST_ID=60000
FIRST_SYSTEM_ID=100
LAST_SYSTEM_ID=999
PASSWD=y
CHPASSWD=y
FEATURE_DEFAULT_PASSWD_ALGO="sha512"
CROND=y
CRONTAB=y
FEATURE_CROND_SPECIAL_TIMES=y
FEATURE_CROND_DIR="/var/spool/cron"
"#;
/// Gets the sources and builds them, in `$1`. Apt finds them with lists of its own, so that nothing of this
/// machine's changes; the sources of packages are those that the Debian `$2` was made of.
const BUILD: &str = r#"set -e
mkdir -p "$1/lists/partial" "$1/source"
cd "$1"
sed -n 's/^deb /deb-src /p' "$2/etc/apt/sources.list" >sources.list
set -- -qq -o "Dir::Etc::sourcelist=$1/sources.list" -o Dir::Etc::sourceparts=/dev/null \
  -o "Dir::Etc::trustedparts=$2/etc/apt/trusted.gpg.d" -o "Dir::State::lists=$1/lists" \
  -o Dir::Cache::srcpkgcache= -o Dir::Cache::pkgcache= -o APT::Sandbox::User=root
apt-get "$@" update
apt-get "$@" source --download-only busybox
tar -xjf busybox_*.orig.tar.bz2 -C source --strip-components=1
cd source
make -s allnoconfig >/dev/null
while IFS= read -r setting; do
  name=CONFIG_${setting%%=*}
  sed -i "/^$name=/d; /^# $name is not set$/d" .config
  echo "CONFIG_$setting" >>.config
done
# What is asked beyond that is answered as it is by default; `yes` ends by a signal.
yes '' 2>/dev/null | make -s oldconfig >/dev/null
make -s -j2
mv busybox ..
cd ..
rm -r source lists busybox_*
"#;

/// The program; it is what it is called by.
pub(crate) fn program() -> Result<PathBuf, String> {
    for name in ["apt-get", "make", "cc", "tar", "bzip2"] {
        machine::find(name).ok_or_else(|| format!("there is no {name}"))?;
    }
    let debian = debian::base(&[])?;
    let directory = cache::once(&format!("applets-{EDITION}"), |directory| build(directory, &debian))?;
    Ok(directory.join("busybox"))
}

fn build(directory: &Path, debian: &Path) -> Result<(), String> {
    fs::create_dir(directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let settings = directory.join("settings");
    let file = fs::write(&settings, SETTINGS).and_then(|()| fs::File::open(&settings));
    let file = file.map_err(|error| format!("{}: {error}", settings.display()))?;
    let mut command = machine::command("sh");
    command.args(["-c", BUILD, "build"]).arg(directory).arg(debian).stdin(file);
    machine::run(&mut command).map(drop)
}
