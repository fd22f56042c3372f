//! What is asked of other hosts.

use crate::code::Expr;

/// The names of the hosts of a group.
pub(super) fn names_in(group: &Expr) -> Expr {
    if *group == Expr::text("all") {
        return names();
    }
    Expr::atom(format!("[other.name for other in inventory.hosts({})]", group.line()))
}

/// The names of all hosts.
pub(super) fn names() -> Expr {
    Expr::atom("[other.name for other in inventory.hosts()]")
}

/// What is said of a host under a name, as `hostvars[host].name` has it.
pub(super) fn data_of(host: &Expr, name: &str) -> Result<Expr, String> {
    let of = format!("inventory.host({})", host.line());
    Ok(match name {
        "inventory_hostname" => Expr::atom(format!("{of}.name")),
        "group_names" => Expr::atom(format!("{of}.groups")),
        // Where nothing is said, it is reached by its name.
        "ansible_host" => Expr::atom(format!("{of}.data.get(\"ssh_hostname\", {})", host.line())),
        "ansible_hostname" => Expr::atom(format!("{of}.facts.hostname")),
        "ansible_facts" => {
            return Err("facts of other hosts are asked by `inventory.host(..).facts`".to_owned());
        }
        _ if name.starts_with("ansible_") => {
            return Err(format!("`{name}` of another host: see `inventory.host(..).facts` and `.fact(..)`"));
        }
        _ => Expr::atom(format!("{of}.data")).index(&Expr::text(name)),
    })
}
