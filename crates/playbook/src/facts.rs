//! Facts of Ansible, as what is always known of a host.

use crate::code::{Expr, Level};
use crate::prelude::Helper;
use crate::scope::Used;

/// The fact of a name without `ansible_`, or why there is none.
pub(crate) fn fact(name: &str, used: &mut Used) -> Result<Expr, String> {
    let of_host = |name: &str| Expr::atom(format!("host.facts.{name}"));
    Ok(match name {
        "os_family" => helped(Helper::OsFamily, used),
        "distribution" => helped(Helper::Distribution, used),
        "distribution_version" => of_host("os_version"),
        "distribution_major_version" => Expr::atom("host.facts.os_version.split(\".\")[0]"),
        "distribution_release" | "lsb.codename" => of_host("os_codename"),
        "hostname" => Expr::atom("host.facts.hostname.split(\".\")[0]"),
        "nodename" | "fqdn" => of_host("hostname"),
        "kernel" => of_host("kernel_release"),
        "system" => of_host("kernel"),
        "architecture" | "machine" => of_host("arch"),
        "processor_vcpus" | "processor_count" | "processor_nproc" | "processor_cores" => of_host("cpus"),
        "memtotal_mb" => of_host("memory_mb"),
        "user_id" => of_host("user"),
        "user_uid" | "effective_user_id" => of_host("uid"),
        "user_dir" => of_host("home"),
        "pkg_mgr" => of_host("package_manager"),
        "service_mgr" => of_host("init"),
        "services" => called(Helper::ServiceFacts, used),
        "packages" => called(Helper::PackageFacts, used),
        "check_mode" => Expr::Bool(false),
        // What is on hosts already stays as it is.
        "managed" => Expr::text("Ansible managed"),
        _ => {
            return Err(format!(
                "no fact says what Ansible calls `ansible_{name}`: write one with `fact`, or put it into the inventory"
            ));
        }
    })
}

/// Variables that Ansible's inventories have for connections: they come from there.
pub(crate) fn is_of_connection(name: &str) -> bool {
    let of_connection = ["user", "host", "port", "password", "connection", "python_interpreter"];
    of_connection.contains(&name) || name.starts_with("ssh_") || name.starts_with("become")
}

fn called(helper: Helper, used: &mut Used) -> Expr {
    used.helpers.insert(helper);
    Expr::call(helper.name(), Vec::new())
}

fn helped(helper: Helper, used: &mut Used) -> Expr {
    used.helpers.insert(helper);
    Expr::Code(format!("{}(host)", helper.name()), Level::Atom)
}
