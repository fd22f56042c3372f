//! Files that are written on a host.
//!
//! `scp` is there wherever OpenSSH's server is, also on Windows, and does not care what the user's
//! shell makes of names and contents.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use tokio::io::AsyncReadExt as _;

use crate::connection::Connection;
use crate::error::Error;
use crate::quote::{posix_quoted, windows_quoted};
use crate::sink::Sink;
use crate::tree::{Step, steps};

/// What a file is sent in.
const PIECE_BYTES: u64 = 64 * 1024;

/// What kind of system a host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// One with a POSIX shell.
    Unix,
    /// Windows.
    Windows,
}

/// What is written.
#[derive(Clone, Copy, Debug)]
pub enum Contents<'a> {
    /// A file with these contents.
    Bytes(&'a [u8]),
    /// A file like this one.
    File(&'a Path),
    /// A directory like this one, in the destination if that is there, and else as the destination.
    Directory(&'a Path),
    /// All that is in this directory, in the destination, which must be there.
    Within(&'a Path),
}

/// Who may do what with a file, in the bits of Unix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// What is usual on the host: its owner may write it, and whoever the host lets may read it. One that
    /// is there already keeps what it has.
    Usual,
    /// Its owner alone may read, write and run it.
    OwnProgram,
}

impl Connection {
    /// Writes a file, or a directory with all that is in it.
    pub async fn write(
        &self,
        destination: &str,
        contents: Contents<'_>,
        mode: Mode,
        platform: Platform,
    ) -> Result<(), Error> {
        match contents {
            Contents::Bytes(bytes) => {
                self.write_file(destination, Source::Bytes(bytes), mode, platform).await
            }
            Contents::File(path) => {
                let size = tokio::fs::metadata(path).await.map_err(|source| unreadable(path, source))?.len();
                self.write_file(destination, Source::File { path, size }, mode, platform).await
            }
            Contents::Directory(path) => self.write_tree(destination, path, true, platform).await,
            Contents::Within(path) => self.write_tree(destination, path, false, platform).await,
        }
    }

    async fn write_file(
        &self,
        destination: &str,
        source: Source<'_>,
        mode: Mode,
        platform: Platform,
    ) -> Result<(), Error> {
        let (directory, name) = split(destination, platform);
        let options = match mode {
            // Without "d" a directory that is missing would be made as a file.
            Mode::Usual => "-dt",
            // Exactly this mode, whatever is usual, and also for a file that is there already.
            Mode::OwnProgram => "-dpt",
        };
        let line = scp(options, &directory, platform);
        let mut sink = Sink::start(self, &line, destination).await?;
        file(&mut sink, &name, source, mode).await?;
        sink.finish().await
    }

    async fn write_tree(
        &self,
        destination: &str,
        source: &Path,
        with_itself: bool,
        platform: Platform,
    ) -> Result<(), Error> {
        let root = source.to_owned();
        let steps = tokio::task::spawn_blocking(move || steps(&root, with_itself)).await;
        let steps = steps.map_err(|error| unreadable(source, std::io::Error::other(error)))??;
        let options = if with_itself { "-rt" } else { "-drt" };
        let mut sink = Sink::start(self, &scp(options, destination, platform), destination).await?;
        for step in steps {
            match step {
                Step::Enter { name } => sink.say(format!("D0755 0 {name}\n")).await?,
                Step::File { path, name, size } => {
                    file(&mut sink, &name, Source::File { path: &path, size }, Mode::Usual).await?;
                }
                Step::Leave => sink.say("E\n").await?,
            }
        }
        sink.finish().await
    }
}

/// The command that writes what it is sent.
fn scp(options: &str, target: &str, platform: Platform) -> String {
    // What looks like an option must not be one.
    let target = if target.starts_with('-') { format!("./{target}") } else { target.to_owned() };
    let words = ["scp", options, &target];
    match platform {
        Platform::Unix => posix_quoted(&words),
        Platform::Windows => windows_quoted(&words),
    }
}

/// Where the contents of a file come from.
enum Source<'a> {
    Bytes(&'a [u8]),
    File { path: &'a Path, size: u64 },
}

async fn file(sink: &mut Sink<'_>, name: &str, source: Source<'_>, mode: Mode) -> Result<(), Error> {
    let bits = match mode {
        Mode::Usual => "0644",
        Mode::OwnProgram => "0700",
    };
    match source {
        Source::Bytes(bytes) => {
            sink.say(format!("C{bits} {} {name}\n", bytes.len())).await?;
            sink.send(Bytes::copy_from_slice(bytes)).await?;
        }
        Source::File { path, size } => {
            let mut file = tokio::fs::File::open(path).await.map_err(|source| unreadable(path, source))?;
            sink.say(format!("C{bits} {size} {name}\n")).await?;
            let mut left = size;
            while left > 0 {
                let mut piece = Vec::new();
                let read = (&mut file).take(left.min(PIECE_BYTES)).read_to_end(&mut piece).await;
                read.map_err(|source| unreadable(path, source))?;
                if piece.is_empty() {
                    let why = "it became shorter while it was sent".to_owned();
                    return Err(Error::NotSendable { path: path.to_owned(), why });
                }
                left -= piece.len() as u64;
                sink.send(Bytes::from(piece)).await?;
            }
        }
    }
    sink.say(&b"\0"[..]).await
}

pub(crate) fn unreadable(path: &Path, source: std::io::Error) -> Error {
    Error::Unreadable { path: PathBuf::from(path), source }
}

/// The directory and the name of a file on the host. A path that ends in a slash names a file in that
/// directory that is called as the directory itself, as Terraform has it.
fn split(path: &str, platform: Platform) -> (String, String) {
    let separators: &[char] = match platform {
        Platform::Unix => &['/'],
        Platform::Windows => &['/', '\\'],
    };
    let directory = match path.rfind(separators) {
        Some(0) => "/",
        Some(end) => &path[..end],
        None => ".",
    };
    let name = path.trim_end_matches(separators).rsplit(separators).next().unwrap_or_default();
    (directory.to_owned(), name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_a_directory_and_a_name() {
        let unix = |path| split(path, Platform::Unix);
        let pair = |directory: &str, name: &str| (directory.to_owned(), name.to_owned());
        assert_eq!(unix("/tmp/a b/c"), pair("/tmp/a b", "c"));
        assert_eq!(unix("/c"), pair("/", "c"));
        assert_eq!(unix("c"), pair(".", "c"));
        assert_eq!(unix("/tmp/a/"), pair("/tmp/a", "a"));
        assert_eq!(unix(r"\c"), pair(".", r"\c"));
        assert_eq!(split(r"C:\temp\c", Platform::Windows), pair(r"C:\temp", "c"));
        assert_eq!(split("C:/temp/c", Platform::Windows), pair("C:/temp", "c"));
    }

    #[test]
    fn what_looks_like_an_option_is_none() {
        assert_eq!(scp("-dt", "-x y", Platform::Unix), "scp -dt './-x y'");
    }
}
