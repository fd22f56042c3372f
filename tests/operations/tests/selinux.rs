//! Operations of SELinux, as far as they are about what its policy says: the kernel need not have it.

use plumb_operations::Site;
use plumb_targets::Debian;

const PACKAGES: [&str; 3] = ["netbase", "policycoreutils-python-utils", "selinux-policy-default"];

#[test]
fn types_of_ports_and_files_are_said_on_top_of_the_policy() {
    let test = "types_of_ports_and_files_are_said_on_top_of_the_policy";
    let made = Debian::with(&PACKAGES);
    #[expect(clippy::print_stdout, reason = "a test that cannot run says so")]
    let made = made.inspect_err(|why| println!("skipped: {test}: {why}"));
    let Ok(target) = made else { return };
    let site = Site::of(&target, &["selinux"]);
    site.is_so("selinux.port('tcp', 443, 'http_port_t')");
    site.changes(
        "selinux.port('tcp', 22, 'http_port_t')\n\
         selinux.port('tcp', '9990-9995', 'ssh_port_t')\n\
         selinux.file_context_mapping('/srv/web(/.*)?', 'httpd_sys_content_t')",
    );
    let own = target.must("semanage port -l -n -C && semanage fcontext -l -n -C");
    for line in ["http_port_t tcp 22", "ssh_port_t tcp 9990-9995", "/srv/web(/.*)? all files"] {
        let words: Vec<_> =
            own.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        assert!(words.iter().any(|words| words.starts_with(line)), "{line} is not in {own}");
    }
    site.changes(
        "selinux.port('tcp', '9990-9995', 'http_port_t')\n\
         selinux.port('tcp', 22, present = False)\n\
         selinux.file_context_mapping('/srv/web(/.*)?', 'httpd_log_t')",
    );
    site.is_so("selinux.port('tcp', 22, 'ssh_port_t')");
    site.changes(
        "selinux.port('tcp', '9990-9995', present = False)\n\
         selinux.file_context_mapping('/srv/web(/.*)?', present = False)",
    );
    assert_eq!(target.must("semanage port -l -n -C && semanage fcontext -l -n -C").trim(), "");
    site.refuses("selinux.port('tcp', 9, 'nonsense_t')", &["nonsense_t"]);
}
