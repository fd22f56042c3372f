//! Tables of cases on systems of their own: those that `crates/deploy` holds on this machine as well, and
//! those that want a system of their own.

use plumb_operations::{busybox, busybox_with_users, debian, hold};

/// What makes cases possible that the plainest Debian has no programs for.
const PROGRAMS: [&str; 12] = [
    "bzip2", "busybox", "cron", "curl", "git", "gnupg", "locales", "tzdata", "unzip", "wget", "xz-utils",
    "zstd",
];

macro_rules! held {
    ($($name:ident: $start:expr, $file:literal, $at_least:literal;)*) => {$(
        #[test]
        fn $name() {
            hold(|| $start(stringify!($name)), $file, $at_least);
        }
    )*};
}

fn full(test: &str) -> Option<plumb_operations::System> {
    debian(test, &PROGRAMS)
}

fn plain(test: &str) -> Option<plumb_operations::System> {
    debian(test, &[])
}

held! {
    files_become_as_they_are_described_on_a_debian: full, "crates/deploy/tests/deploys/cases/files.txt", 130;
    files_become_as_they_are_described_on_a_busybox: busybox, "crates/deploy/tests/deploys/cases/files.txt", 130;
    the_machine_becomes_as_it_is_described_on_a_debian: full, "crates/deploy/tests/deploys/cases/server.txt", 55;
    users_become_as_they_are_described_on_a_debian: plain, "tests/operations/cases/users.txt", 8;
    the_machine_becomes_as_it_is_described_on_a_plain_debian: plain, "tests/operations/cases/system.txt", 9;
    the_machine_becomes_as_it_is_described_on_a_busybox: busybox, "crates/deploy/tests/deploys/cases/server.txt", 40;
    the_system_becomes_as_it_is_described_on_a_debian: full, "tests/operations/cases/system.txt", 13;
    the_system_becomes_as_it_is_described_on_a_busybox: busybox, "tests/operations/cases/system.txt", 9;
    files_are_fetched_on_a_debian: full, "tests/operations/cases/downloads.txt", 15;
    files_are_fetched_on_a_busybox: busybox, "tests/operations/cases/downloads.txt", 12;
    tables_of_cron_become_as_they_are_described_on_a_debian: full, "tests/operations/cases/crontab.txt", 10;
    tables_of_cron_become_as_they_are_described_on_a_busybox: busybox, "tests/operations/cases/crontab.txt", 6;
    tables_of_cron_become_as_they_are_described_by_the_crontab_of_busybox: busybox_with_users, "tests/operations/cases/crontab.txt", 9;
    users_become_as_they_are_described_by_the_programs_of_busybox: busybox_with_users, "tests/operations/cases/busybox-users.txt", 6;
    repositories_of_git_become_as_they_are_described: full, "tests/operations/cases/git.txt", 15;
    keys_of_gnupg_become_as_they_are_described: full, "tests/operations/cases/gpg.txt", 9;
}
