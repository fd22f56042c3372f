//! Files of known hosts: read once, and written to when a host that is new was taken.

use std::collections::{HashMap, HashSet};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use plumb_ssh::KnownHosts;
use tokio::sync::OnceCell;

/// All files that have been read so far.
#[derive(Default)]
pub(crate) struct KnownFiles {
    read: Mutex<HashMap<Vec<PathBuf>, Arc<OnceCell<Known>>>>,
    written: Mutex<HashSet<(PathBuf, String)>>,
}

/// What some files say.
#[derive(Clone)]
pub(crate) struct Known {
    pub(crate) hosts: Arc<KnownHosts>,
    /// Files that are there and cannot be read, and lines that cannot be understood.
    pub(crate) notices: Vec<String>,
}

impl KnownFiles {
    /// What these files say; those that are not there say nothing.
    pub(crate) async fn of(&self, files: Vec<PathBuf>) -> Known {
        let cell = {
            let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
            read.entry(files.clone()).or_default().clone()
        };
        cell.get_or_init(|| read(files)).await.clone()
    }

    /// Writes lines behind a file, in one piece each time, so that whoever else does so at the same time harms
    /// nobody; what this process has written there before is left out.
    pub(crate) async fn add(&self, file: &Path, lines: Vec<String>) -> Result<(), String> {
        let lines: Vec<String> = {
            let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
            lines.into_iter().filter(|line| written.insert((file.to_owned(), line.clone()))).collect()
        };
        if lines.is_empty() {
            return Ok(());
        }
        let (path, shown) = (file.to_owned(), file.display().to_string());
        let appended = tokio::task::spawn_blocking(move || append(&path, &lines.concat())).await;
        let appended = appended.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        appended.map_err(|error| {
            format!("a new host was taken, and cannot be written to {shown}, so that it will be as new again: {error}")
        })
    }
}

async fn read(files: Vec<PathBuf>) -> Known {
    let (mut hosts, mut notices) = (KnownHosts::default(), Vec::new());
    for file in files {
        match tokio::fs::read(&file).await {
            Ok(bytes) => hosts.add(&file, &String::from_utf8_lossy(&bytes)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
            Err(error) => notices.push(format!("{} cannot be read: {error}", file.display())),
        }
    }
    let wrong = hosts.wrong_lines().iter();
    notices.extend(wrong.map(|line| format!("{}: the line is left out: {}", line.place, line.why)));
    Known { hosts: Arc::new(hosts), notices }
}

fn append(file: &Path, text: &str) -> std::io::Result<()> {
    if let Some(directory) = file.parent() {
        make_directory(directory)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true).read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(file)?;
    // A last line that was left without its end stays a line of its own.
    let text = if ends_a_line(&mut file)? { text.to_owned() } else { format!("\n{text}") };
    file.write_all(text.as_bytes())
}

fn ends_a_line(file: &mut std::fs::File) -> std::io::Result<bool> {
    if !file.metadata()?.is_file() || file.seek(SeekFrom::End(0))? == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

fn make_directory(directory: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_are_written_once_and_whole() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join(".ssh/known_hosts");
        let files = Arc::new(KnownFiles::default());
        files.add(&file, vec!["a key\n".to_owned()]).await.unwrap();
        std::fs::write(&file, "a key\nb without an end").unwrap();
        let writing: Vec<_> = (0..50)
            .map(|at| {
                let (files, file) = (files.clone(), file.clone());
                let line = |at| format!("host{at} key\n");
                tokio::spawn(async move { files.add(&file, vec![line(at), line(at / 2)]).await.unwrap() })
            })
            .collect();
        for writing in writing {
            writing.await.unwrap();
        }
        files.add(&file, vec!["a key\n".to_owned()]).await.unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        let mut lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(lines.len(), 52, "{text}");
        lines.sort_unstable();
        lines.dedup();
        assert_eq!(lines.len(), 52, "{text}");
        assert!(lines.contains(&"b without an end") && lines.contains(&"host49 key"), "{text}");
        let nowhere = files.add(Path::new("/dev/null/x"), vec!["a key\n".to_owned()]).await.unwrap_err();
        assert!(nowhere.contains("cannot be written to /dev/null/x"), "{nowhere}");
        files.add(Path::new("/dev/null"), vec!["a key\n".to_owned()]).await.unwrap();
    }
}
