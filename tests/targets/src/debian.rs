//! A Debian, of Debian's own packages.

use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};

use crate::packages::{self, Package};
use crate::target::Target;
use crate::{Unavailable, cache, machine, or_skip};

/// Always the same one, whatever this machine is.
const RELEASE: &str = "bookworm";
/// To be raised when what is below makes something else of the same packages.
const EDITION: u32 = 1;
/// Beside the packages that every Debian has.
const PACKAGES: [&str; 4] = ["openssh-server", "opendoas", "procps", "sudo"];
/// Nobody reads there, and nothing has to outlive a loss of power.
const DPKG_OPTIONS: [&str; 4] = [
    "--dpkgopt=force-unsafe-io",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
];
/// There is no init system, so that packages start no services.
const POLICY: &str = "--customize-hook=printf '#!/bin/sh\\nexit 101\\n' > \"$1/usr/sbin/policy-rc.d\" && \
                      chmod 755 \"$1/usr/sbin/policy-rc.d\"";
const SERVER: [&str; 3] = ["/usr/sbin/sshd", "-i", "-e"];

/// A Debian without an init system. It ends with this.
pub struct Debian {
    target: Target,
}

impl Debian {
    /// Starts one; nothing, which is said, where there can be none.
    pub fn start(test: &str) -> Option<Self> {
        or_skip(test, Debian::with(&[]))
    }

    /// Starts one with these packages installed as well.
    pub fn with(packages: &[&str]) -> Result<Self, Unavailable> {
        machine::check(&["mmdebstrap"])?;
        let base =
            base(packages).map_err(|why| machine::unavailable(format!("no Debian can be made: {why}")))?;
        Ok(Debian { target: Target::start(&base, "debian", &SERVER)? })
    }

    /// Makes these packages the only ones that `apt-get` finds, in a directory there. It has to be told by
    /// `apt-get update`.
    #[track_caller]
    pub fn offer(&self, offered: &[Package]) {
        packages::offer(&self.target, offered);
    }
}

impl Deref for Debian {
    type Target = Target;

    fn deref(&self) -> &Target {
        &self.target
    }
}

impl DerefMut for Debian {
    fn deref_mut(&mut self) -> &mut Target {
        &mut self.target
    }
}

pub(crate) fn base(further: &[&str]) -> Result<PathBuf, String> {
    let name = [&[&format!("debian-{RELEASE}-{EDITION}")[..]], further].concat().join("+");
    cache::once(&name, |directory| bootstrap(directory, further))
}

fn bootstrap(directory: &Path, further: &[&str]) -> Result<(), String> {
    let include = [&PACKAGES[..], further].concat().join(",");
    let mut command = machine::command("mmdebstrap");
    command.args(["--quiet", "--mode=root", "--variant=minbase", &format!("--include={include}")]);
    command.args(DPKG_OPTIONS).arg(POLICY).arg(RELEASE).arg(directory);
    machine::run(&mut command).map(drop)
}
