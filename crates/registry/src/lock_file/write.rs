//! Writes lock files.

use std::fmt::{self, Write};
use std::io;
use std::path::Path;

use super::LockFile;

// The name in the first line is part of the format: Terraform would write it back.
const HEADER: &str = "# This file is maintained automatically by \"terraform init\".\n\
                      # Manual edits may be lost in future updates.\n";

impl LockFile {
    /// The file's text.
    pub fn to_text(&self) -> String {
        let mut text = HEADER.to_owned();
        // Writing to a string cannot fail.
        let _ = self.write_blocks(&mut text);
        text
    }

    fn write_blocks(&self, out: &mut String) -> fmt::Result {
        for (provider, lock) in self.iter() {
            let constraints = lock.constraints().to_string();
            let gap = if constraints.is_empty() { "" } else { "    " };
            writeln!(out, "\nprovider {} {{", quoted(&provider.to_string()))?;
            writeln!(out, "  version{gap} = {}", quoted(&lock.version().to_string()))?;
            if !constraints.is_empty() {
                writeln!(out, "  constraints = {}", quoted(&constraints))?;
            }
            if !lock.hashes().is_empty() {
                writeln!(out, "  hashes = [")?;
                for hash in lock.hashes() {
                    writeln!(out, "    {},", quoted(hash.as_str()))?;
                }
                writeln!(out, "  ]")?;
            }
            writeln!(out, "}}")?;
        }
        Ok(())
    }

    /// Replaces the file at a path, at once or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let directory =
            path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = tempfile::Builder::new().prefix(".terraform.lock").tempfile_in(directory)?;
        io::Write::write_all(&mut file, self.to_text().as_bytes())?;
        file.as_file().sync_all()?;
        make_readable(file.as_file(), path)?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }
}

/// Temporary files are for their owner only; the lock file belongs into version control, and keeps
/// the mode that it had.
#[cfg(unix)]
fn make_readable(file: &std::fs::File, path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).map_or(0o644, |metadata| metadata.permissions().mode() & 0o777);
    file.set_permissions(std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn make_readable(_: &std::fs::File, _: &Path) -> io::Result<()> {
    Ok(())
}

/// A string literal of the native syntax.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if rest.peek() == Some(&'{') => {
                out.push(c);
                out.push(c);
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
