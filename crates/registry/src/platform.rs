//! Operating systems and processor architectures, by the names that provider packages use.

use std::fmt;
use std::str::FromStr;

/// A platform such as `linux_amd64`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Platform {
    /// The operating system: `linux`, `darwin`, `windows`...
    pub os: String,
    /// The architecture: `amd64`, `arm64`, `386`...
    pub arch: String,
}

/// Why a text names no platform.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be two words separated by an underscore, such as \"linux_amd64\"")]
pub struct PlatformError;

impl Platform {
    /// The platform that this program was built for.
    pub fn current() -> Self {
        let os = match std::env::consts::OS {
            "macos" => "darwin",
            other => other,
        };
        let arch = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            "x86" => "386",
            other => other,
        };
        Platform { os: os.to_owned(), arch: arch.to_owned() }
    }
}

impl FromStr for Platform {
    type Err = PlatformError;

    fn from_str(text: &str) -> Result<Self, PlatformError> {
        let (os, arch) = text.split_once('_').ok_or(PlatformError)?;
        let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if is_word(os) && is_word(arch) {
            Ok(Platform { os: os.to_owned(), arch: arch.to_owned() })
        } else {
            Err(PlatformError)
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}_{}", self.os, self.arch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_two_words() {
        assert_eq!("linux_amd64".parse::<Platform>().expect("is one").to_string(), "linux_amd64");
        for text in ["linux", "linux_", "_amd64", "linux_amd64_x", "li nux_amd64", "../x_y"] {
            assert!(text.parse::<Platform>().is_err(), "{text}");
        }
        assert!(Platform::current().to_string().parse::<Platform>().is_ok());
    }
}
