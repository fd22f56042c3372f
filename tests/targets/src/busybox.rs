//! A system with nothing but BusyBox, and an SSH server.

use std::fs;
use std::ops::{Deref, DerefMut};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use crate::applets::APPLETS;
use crate::target::Target;
use crate::{Unavailable, applets, cache, machine, or_skip};

/// To be raised when what is below makes something else of the same programs.
const EDITION: u32 = 1;
/// One that serves a single connection says nothing but to a system log, of which there is none.
const SERVER: [&str; 4] = ["/usr/sbin/dropbear", "-i", "-r", "/etc/dropbear/host_key"];
const DIRECTORIES: [&str; 15] = [
    "bin",
    "dev",
    "etc/dropbear",
    "etc/ssh",
    "home",
    "mnt",
    "proc",
    "root",
    "run",
    "sbin",
    "srv",
    "sys",
    "usr/bin",
    "usr/sbin",
    "var/log",
];
/// Users, groups and settings as Alpine has them.
const FILES: [(&str, u32, &str); 7] = [
    (
        "etc/passwd",
        0o644,
        "root:x:0:0:root:/root:/bin/sh\nbin:x:1:1:bin:/bin:/sbin/nologin\n\
         daemon:x:2:2:daemon:/sbin:/sbin/nologin\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n",
    ),
    (
        "etc/group",
        0o644,
        "root:x:0:root\nbin:x:1:root,bin,daemon\ndaemon:x:2:root,bin,daemon\ntty:x:5:\nwheel:x:10:root\n\
         users:x:100:\nnogroup:x:65533:\nnobody:x:65534:\n",
    ),
    ("etc/shadow", 0o640, "root:*::0:::::\nbin:!::0:::::\ndaemon:!::0:::::\nnobody:!::0:::::\n"),
    ("etc/shells", 0o644, "/bin/sh\n/bin/ash\n"),
    (
        "etc/profile",
        0o644,
        "export PATH=\"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\"\nexport PAGER=less\n\
         umask 022\n",
    ),
    ("etc/fstab", 0o644, ""),
    ("etc/motd", 0o644, ""),
];
/// Where programs of their kind are usually looked for; all others are in `usr/bin`.
const IN_BIN: &str = " ash base64 cat chgrp chmod chown cp date dd df dmesg echo egrep false fgrep getopt grep \
     gunzip gzip hostname kill link ln ls mkdir mknod mktemp more mount mv nice pidof ping ps pwd rm rmdir sed sh \
     sleep stat stty sync tar touch true umount uname usleep watch zcat ";
const IN_SBIN: &str = " adjtimex arp blkid fdisk halt hwclock ifconfig ifdown ifup init insmod ip loadkmap losetup \
     lsmod mdev mkswap modprobe nologin pivot_root poweroff reboot rmmod route swapoff swapon switch_root sysctl \
     syslogd udhcpc vconfig ";

/// A system whose every program is BusyBox, without a package manager. It ends with this.
pub struct BusyBox {
    target: Target,
}

impl BusyBox {
    /// Starts one; nothing, which is said, where there can be none.
    pub fn start(test: &str) -> Option<Self> {
        or_skip(test, BusyBox::try_start())
    }

    /// Starts one.
    pub fn try_start() -> Result<Self, Unavailable> {
        BusyBox::of(base)
    }

    /// Starts one that has BusyBox's programs for users, groups and tables of cron as well, as Alpine does;
    /// nothing, which is said, where there can be none.
    pub fn start_with_users(test: &str) -> Option<Self> {
        or_skip(test, BusyBox::of(base_with_users))
    }

    fn of(base: fn() -> Result<PathBuf, String>) -> Result<Self, Unavailable> {
        machine::check(&["busybox", "dropbear", "dropbearkey", "ldd"])?;
        if finds_programs_without_path() {
            let why = "its busybox finds programs without PATH, so that none could be missing; Debian's package \
                       busybox does not, busybox-static does";
            return Err(machine::unavailable(why));
        }
        let base = base().map_err(|why| machine::unavailable(format!("no BusyBox can be made: {why}")))?;
        Ok(BusyBox { target: Target::start(&base, "busybox", &SERVER)? })
    }
}

impl Deref for BusyBox {
    type Target = Target;

    fn deref(&self) -> &Target {
        &self.target
    }
}

impl DerefMut for BusyBox {
    fn deref_mut(&mut self) -> &mut Target {
        &mut self.target
    }
}

fn finds_programs_without_path() -> bool {
    let mut command = machine::command("busybox");
    machine::run(command.args(["sh", "-c", "PATH=/nowhere; stat / >/dev/null"])).is_ok()
}

fn base() -> Result<PathBuf, String> {
    make("busybox", |_| Ok(()))
}

fn base_with_users() -> Result<PathBuf, String> {
    let program = applets::program()?;
    make("busybox-users", |root| add_applets(root, &program))
}

fn make(kind: &str, add: impl FnOnce(&Path) -> Result<(), String>) -> Result<PathBuf, String> {
    let busybox = machine::find("busybox").ok_or("there is no busybox")?;
    let dropbear = machine::find("dropbear").ok_or("there is no dropbear")?;
    // Another version of one of them is another base.
    let stamp = |path: &Path| fs::metadata(path).map(|data| format!("{}-{}", data.size(), data.mtime()));
    let stamps = stamp(&busybox).and_then(|first| Ok(format!("{first}-{}", stamp(&dropbear)?)));
    let name = format!("{kind}-{EDITION}-{}", stamps.map_err(|error| error.to_string())?);
    cache::once(&name, |directory| {
        lay_out(directory).map_err(|error| format!("{}: {error}", directory.display()))?;
        install(directory, &busybox, "bin/busybox")?;
        install(directory, &dropbear, "usr/sbin/dropbear")?;
        link_applets(directory, &busybox)?;
        make_host_key(directory)?;
        add(directory)
    })
}

/// Adds what other distributions have in their BusyBox, and where it keeps tables of cron.
fn add_applets(root: &Path, program: &Path) -> Result<(), String> {
    install(root, program, "bin/busybox-users")?;
    let linked = APPLETS
        .iter()
        .try_for_each(|(applet, directory)| symlink("/bin/busybox-users", root.join(directory).join(applet)));
    let made = linked
        .and_then(|()| fs::create_dir_all(root.join("etc/crontabs")))
        .and_then(|()| fs::create_dir_all(root.join("var/spool/cron")))
        .and_then(|()| symlink("/etc/crontabs", root.join("var/spool/cron/crontabs")));
    made.map_err(|error| format!("{}: {error}", root.display()))
}

fn lay_out(root: &Path) -> std::io::Result<()> {
    for directory in DIRECTORIES {
        fs::create_dir_all(root.join(directory))?;
    }
    fs::set_permissions(root.join("root"), fs::Permissions::from_mode(0o700))?;
    for directory in ["tmp", "var/tmp"] {
        fs::create_dir(root.join(directory))?;
        fs::set_permissions(root.join(directory), fs::Permissions::from_mode(0o1777))?;
    }
    for (path, mode, contents) in FILES {
        fs::write(root.join(path), contents)?;
        fs::set_permissions(root.join(path), fs::Permissions::from_mode(mode))?;
    }
    Ok(())
}

/// Copies a program, with the libraries that it is linked with.
fn install(root: &Path, program: &Path, to: &str) -> Result<(), String> {
    copy(program, &root.join(to))?;
    // Of one without libraries it says by its status that there are none.
    let listed = machine::run(machine::command("ldd").arg(program)).unwrap_or_default();
    for library in listed.split_whitespace().filter(|word| word.starts_with('/')) {
        copy(Path::new(library), &root.join(&library[1..]))?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let directory = to.parent().expect("it is in a directory");
    let copied = fs::create_dir_all(directory).and_then(|()| fs::copy(from, to));
    copied.map(drop).map_err(|error| format!("{} to {}: {error}", from.display(), to.display()))
}

fn link_applets(root: &Path, busybox: &Path) -> Result<(), String> {
    let applets = machine::run(machine::command("busybox").arg("--list"))?;
    for applet in applets.lines().filter(|applet| *applet != "busybox") {
        let word = format!(" {applet} ");
        let directory = if IN_BIN.contains(&word) {
            "bin"
        } else if IN_SBIN.contains(&word) {
            "sbin"
        } else {
            "usr/bin"
        };
        let linked = symlink("/bin/busybox", root.join(directory).join(applet));
        linked.map_err(|error| format!("{}: {applet}: {error}", busybox.display()))?;
    }
    Ok(())
}

fn make_host_key(root: &Path) -> Result<(), String> {
    let key = root.join("etc/dropbear/host_key");
    let mut command = machine::command("dropbearkey");
    let said = machine::run(command.args(["-t", "ed25519", "-f"]).arg(&key))?;
    let public =
        said.lines().find(|line| line.starts_with("ssh-ed25519 ")).ok_or("dropbearkey says no key")?;
    // Where other servers have theirs.
    fs::write(root.join("etc/ssh/ssh_host_ed25519_key.pub"), format!("{public}\n"))
        .map_err(|why| why.to_string())
}
