//! Packages for a Debian that no server has.

use crate::target::Target;

/// Where they lie.
const DIRECTORY: &str = "/srv/packages";
/// Builds a package of each directory, and the index of them all.
const BUILD: &str = r#"set -e
cd "$1"
: > Packages
for directory in */; do
  name=${directory%/}
  chmod 755 "$name/DEBIAN"/*inst "$name/DEBIAN"/*rm 2>/dev/null || :
  dpkg-deb --root-owner-group -Znone --build "$name" "$name.deb" > /dev/null
  cat "$name/DEBIAN/control" >> Packages
  printf 'Filename: ./%s.deb\nSize: %s\nSHA256: %s\n\n' "$name" "$(stat -c %s "$name.deb")" \
    "$(sha256sum < "$name.deb" | cut -d ' ' -f 1)" >> Packages
  rm -r "$name"
done
rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*
printf 'deb [trusted=yes] file:%s ./\n' "$1" > /etc/apt/sources.list
"#;

/// A package.
#[derive(Clone, Debug)]
pub struct Package {
    name: String,
    version: String,
    fields: String,
    files: Vec<(String, String)>,
}

impl Package {
    /// One that holds nothing and needs nothing.
    pub fn new(name: &str, version: &str) -> Self {
        Package {
            name: name.to_owned(),
            version: version.to_owned(),
            fields: String::new(),
            files: Vec::new(),
        }
    }

    /// With another field, such as `Depends`.
    #[must_use]
    pub fn field(mut self, name: &str, value: &str) -> Self {
        self.fields.push_str(&format!("{name}: {value}\n"));
        self
    }

    /// With a file at an absolute path.
    #[must_use]
    pub fn file(mut self, path: &str, contents: &str) -> Self {
        self.files.push((path.to_owned(), contents.to_owned()));
        self
    }

    /// With a file that belongs to its owner, whose changes packages do not write over.
    #[must_use]
    pub fn settings(mut self, path: &str, contents: &str) -> Self {
        let listed = self.files.iter_mut().find(|(known, _)| known == "/DEBIAN/conffiles");
        match listed {
            Some((_, paths)) => paths.push_str(&format!("{path}\n")),
            None => self.files.push(("/DEBIAN/conffiles".to_owned(), format!("{path}\n"))),
        }
        self.file(path, contents)
    }

    /// With a script that `dpkg` runs, such as `postinst`.
    #[must_use]
    pub fn script(self, name: &str, text: &str) -> Self {
        let path = format!("/DEBIAN/{name}");
        self.file(&path, &format!("#!/bin/sh\nset -e\n{text}\n"))
    }

    fn control(&self) -> String {
        format!(
            "Package: {}\nVersion: {}\nArchitecture: all\nMaintainer: Nobody <nobody@example.org>\n{}\
             Description: a package of a test\n",
            self.name, self.version, self.fields
        )
    }
}

#[track_caller]
pub(crate) fn offer(target: &Target, offered: &[Package]) {
    target.must(&format!("rm -rf {DIRECTORY}"));
    for package in offered {
        let root = format!("{DIRECTORY}/{}_{}", package.name, package.version);
        target.write(&format!("{root}/DEBIAN/control"), package.control().as_bytes());
        for (path, contents) in &package.files {
            target.write(&format!("{root}{path}"), contents.as_bytes());
        }
    }
    let output = target.run(&["sh", "-c", BUILD, "build", DIRECTORY], b"");
    assert_eq!(output.status, 0, "the packages cannot be built: {}", output.stderr);
}
