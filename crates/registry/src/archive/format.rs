//! Which kinds of archives there are, and how they are named.

/// A kind of archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ArchiveFormat {
    Zip,
    Tar(Compression),
}

/// How a stream of `tar` is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Compression {
    Gzip,
    Bzip2,
    Xz,
}

/// Names as `archive=` and the ends of file names give them.
const NAMES: [(&str, ArchiveFormat); 8] = [
    ("zip", ArchiveFormat::Zip),
    ("tar.gz", ArchiveFormat::Tar(Compression::Gzip)),
    ("tgz", ArchiveFormat::Tar(Compression::Gzip)),
    ("tar.bz2", ArchiveFormat::Tar(Compression::Bzip2)),
    ("tar.tbz2", ArchiveFormat::Tar(Compression::Bzip2)),
    ("tbz2", ArchiveFormat::Tar(Compression::Bzip2)),
    ("tar.xz", ArchiveFormat::Tar(Compression::Xz)),
    ("txz", ArchiveFormat::Tar(Compression::Xz)),
];

impl ArchiveFormat {
    /// The format of a name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
    }

    /// The format of the archive at a path, which its name tells.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        NAMES
            .iter()
            .find(|(name, _)| path.strip_suffix(name).is_some_and(|rest| rest.ends_with('.')))
            .map(|(_, format)| *format)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_formats() {
        let cases = [
            ("/a.zip", Some(ArchiveFormat::Zip)),
            ("/a.tar.gz", Some(ArchiveFormat::Tar(Compression::Gzip))),
            ("/a.tgz", Some(ArchiveFormat::Tar(Compression::Gzip))),
            ("/a.tar.bz2", Some(ArchiveFormat::Tar(Compression::Bzip2))),
            ("/a.txz", Some(ArchiveFormat::Tar(Compression::Xz))),
            ("/a.tar", None),
            ("/a.gz", None),
            ("/zip", None),
        ];
        for (path, expected) in cases {
            assert_eq!(ArchiveFormat::of_path(path), expected, "{path}");
        }
        assert_eq!(ArchiveFormat::named("tgz"), Some(ArchiveFormat::Tar(Compression::Gzip)));
        assert_eq!(ArchiveFormat::named("rar"), None);
    }
}
