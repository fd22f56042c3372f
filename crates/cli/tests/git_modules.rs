//! Modules from git repositories.

mod support;

use std::process::Command;

use support::Directory;

/// A repository beside the configuration: the module of its root calls the one in `sub`.
fn repository(directory: &Directory) -> String {
    let repository = directory.path().join("repository");
    std::fs::create_dir_all(repository.join("sub")).unwrap();
    directory.write("repository/main.tf", "module \"inner\" {\n  source = \"./sub\"\n}\n");
    directory.write("repository/sub/main.tf", "output \"path\" {\n  value = path.module\n}\n");
    for arguments in [
        &["init", "--quiet"][..],
        &["add", "."],
        &["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--message=one"],
        &["tag", "v1"],
    ] {
        let status = Command::new("git").args(arguments).current_dir(&repository).status().unwrap();
        assert!(status.success(), "{arguments:?}");
    }
    format!("git::file://{}", repository.display())
}

#[test]
fn repositories_are_fetched_and_recorded() {
    let directory = Directory::new("");
    let source = repository(&directory);
    let main = format!(
        "module \"a\" {{\n  source = \"{source}?ref=v1\"\n}}\nmodule \"b\" {{\n  source = \"{source}//sub\"\n}}\n\
         output \"path\" {{\n  value = module.b.path\n}}\n"
    );
    directory.write("main.tf", &main);
    directory.run(&["plan"]).expect(1, &["Module not installed"]);
    directory.run(&["init"]).expect(
        0,
        &[
            "Initializing modules...",
            "?ref=v1 for a...",
            "- a in .terraform/modules/a",
            "- a.inner in .terraform/modules/a/sub",
            "- b in .terraform/modules/b/sub",
        ],
    );
    let record = directory.read(".terraform/modules/modules.json");
    assert!(record.contains(r#""Dir":".terraform/modules/a/sub""#), "{record}");
    directory.run(&["plan"]).expect(0, &["path = \".terraform/modules/b/sub\""]);
    directory.run(&["init", "-upgrade"]).expect(0, &["Upgrading modules...", "Downloading git::file://"]);
    assert_eq!(directory.read(".terraform/modules/modules.json"), record);
}

#[test]
fn failures_leave_nothing_behind() {
    let directory = Directory::new("");
    let source = repository(&directory);
    for (wrong, headline, said) in [
        ("?ref=nowhere", "Failed to download module", "nowhere"),
        ("//nowhere", "Failed to expand subdir globs", "nowhere"),
        ("-gone", "Failed to download module", "git clone"),
    ] {
        directory.write("main.tf", &format!("module \"a\" {{\n  source = \"{source}{wrong}\"\n}}\n"));
        directory.run(&["init"]).expect(1, &[headline, "main.tf", said]);
        let left: Vec<_> = std::fs::read_dir(directory.path().join(".terraform/modules")).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

/// `ssh` is replaced by a program that tells what it was given, and refuses.
#[cfg(unix)]
#[test]
fn keys_in_sources_are_given_to_ssh_and_never_shown() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = Directory::new(
        "module \"a\" {\n  source = \"git::ssh://git@h.example/a.git?sshkey=c2VjcmV0LWtleQo%3D\"\n}\n",
    );
    let seen = directory.path().join("seen");
    directory.write(
        "bin/ssh",
        &format!(
            "#!/bin/sh\n[ \"$1\" = -i ] && ls -l \"$2\" | cut -c1-10 > {0} && cat \"$2\" >> {0}\nexit 255\n",
            seen.display()
        ),
    );
    let program = directory.path().join("bin/ssh");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = directory.command(&["init"]);
    command.env("PATH", format!("{}:{path}", directory.path().join("bin").display()));
    let run =
        support::Run::with_input(command, "").expect(1, &["Failed to download module", "sshkey=(hidden)"]);
    assert_eq!(directory.read("seen"), "-rw-------\nsecret-key\n");
    assert!(!run.says("c2VjcmV0"), "{}{}", run.stdout, run.stderr);
    let left: Vec<_> = std::fs::read_dir(directory.path().join(".terraform/modules")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}
