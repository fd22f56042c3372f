//! Files and directories that are written on a host.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use plumb_ssh::{Connection, Contents, Mode, Platform};
use plumb_ssh_server::Server;

use crate::support::{settings, wait};

/// Writes something on the host; what is wrong if it cannot be.
fn write(server: &Server, destination: &Path, contents: Contents<'_>, mode: Mode) -> Result<(), String> {
    wait(async {
        let connection = Connection::open(&settings(server)).await.map_err(|error| error.to_string())?;
        let destination = destination.to_str().unwrap();
        let written = connection.write(destination, contents, mode, Platform::Unix).await;
        written.map_err(|error| error.to_string())
    })
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn files_are_written() {
    let Some(server) = Server::start("files_are_written") else { return };
    let target = server.directory().join("a file's name $HOME");
    // More than a channel's window, and nothing that is text.
    let bytes: Vec<u8> = (0..5_000_000_u32).map(|number| (number % 251) as u8).collect();
    write(&server, &target, Contents::Bytes(&bytes), Mode::Usual).unwrap();
    assert!(fs::read(&target).unwrap() == bytes);
    assert_eq!(mode(&target), 0o644);
    let copy = server.directory().join("copy");
    write(&server, &copy, Contents::File(&target), Mode::OwnProgram).unwrap();
    assert!(fs::read(&copy).unwrap() == bytes);
    assert_eq!(mode(&copy), 0o700);
    write(&server, &copy, Contents::Bytes(b""), Mode::Usual).unwrap();
    assert_eq!((fs::read(&copy).unwrap().len(), mode(&copy)), (0, 0o700));
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o666)).unwrap();
    write(&server, &copy, Contents::Bytes(b"x"), Mode::OwnProgram).unwrap();
    assert_eq!(mode(&copy), 0o700);
}

#[test]
fn what_cannot_be_written_is_told_why() {
    let Some(server) = Server::start("what_cannot_be_written_is_told_why") else { return };
    let write =
        |name: &str| write(&server, &server.directory().join(name), Contents::Bytes(b"x"), Mode::Usual);
    let problem = write("missing/file").unwrap_err();
    assert!(problem.contains("missing: No such file or directory"), "{problem}");
    assert!(!server.directory().join("missing").exists());
    fs::create_dir(server.directory().join("directory")).unwrap();
    let problem = write("directory").unwrap_err();
    assert!(problem.contains("directory: Is a directory"), "{problem}");
}

#[test]
fn directories_are_written() {
    let Some(server) = Server::start("directories_are_written") else { return };
    let source = server.directory().join("source");
    fs::create_dir_all(source.join("inner/most")).unwrap();
    fs::write(source.join("inner/most/file"), "deep").unwrap();
    fs::write(source.join("top"), "").unwrap();
    symlink(source.join("inner"), source.join("link")).unwrap();
    let written = |root: &Path| {
        assert_eq!(fs::read_to_string(root.join("inner/most/file")).unwrap(), "deep");
        assert_eq!(fs::read_to_string(root.join("link/most/file")).unwrap(), "deep");
        assert!(!root.join("link").is_symlink());
        assert!(root.join("top").is_file());
    };
    let target = server.directory().join("target");
    write(&server, &target, Contents::Directory(&source), Mode::Usual).unwrap();
    written(&target);
    write(&server, &target, Contents::Directory(&source), Mode::Usual).unwrap();
    written(&target.join("source"));
    let other = server.directory().join("other");
    let problem = write(&server, &other, Contents::Within(&source), Mode::Usual).unwrap_err();
    assert!(problem.contains("other: No such file or directory"), "{problem}");
    fs::create_dir(&other).unwrap();
    write(&server, &other, Contents::Within(&source), Mode::Usual).unwrap();
    written(&other);
}

#[test]
fn what_cannot_be_sent_is_told_why() {
    let Some(server) = Server::start("what_cannot_be_sent_is_told_why") else { return };
    let target = server.directory().join("target");
    let problem =
        write(&server, &target, Contents::File(Path::new("/nowhere/file")), Mode::Usual).unwrap_err();
    assert!(problem.starts_with("/nowhere/file cannot be read"), "{problem}");
    let source = server.directory().join("source");
    fs::create_dir(&source).unwrap();
    symlink(&source, source.join("circle")).unwrap();
    let problem = write(&server, &target, Contents::Directory(&source), Mode::Usual).unwrap_err();
    assert!(problem.contains("cannot be"), "{problem}");
    fs::remove_file(source.join("circle")).unwrap();
    fs::write(source.join("line\nbreak"), "").unwrap();
    let problem = write(&server, &target, Contents::Directory(&source), Mode::Usual).unwrap_err();
    assert!(problem.contains("its name has a line break"), "{problem}");
    assert!(!target.exists());
}
