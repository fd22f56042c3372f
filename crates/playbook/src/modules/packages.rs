//! Packages, and where they come from.

use super::{Arguments, Found, Operation, is_present};
use crate::code::{Expr, Level};

pub(super) fn operation(module: &str, arguments: &mut Arguments<'_>) -> Found {
    Some(match module {
        "apt" => apt(arguments),
        "dnf" | "dnf5" => of_rpm(arguments, ["dnf.packages", "dnf.update", "dnf.rpm"]),
        "yum" => of_rpm(arguments, ["yum.packages", "yum.update", "yum.rpm"]),
        "zypper" => of_rpm(arguments, ["zypper.packages", "zypper.update", "zypper.rpm"]),
        "package" => simple(arguments, "packages.packages"),
        "apk" => simple(arguments, "apk.packages"),
        "pacman" => simple(arguments, "pacman.packages"),
        "homebrew" => simple(arguments, "brew.packages"),
        "npm" => simple(arguments, "npm.packages"),
        "gem" => simple(arguments, "gem.packages"),
        "pip" => pip(arguments),
        "apt_key" => apt_key(arguments),
        "apt_repository" => apt_repository(arguments),
        "deb822_repository" => deb822(arguments),
        "rpm_key" => rpm_key(arguments),
        "yum_repository" => yum_repository(arguments),
        _ => return None,
    })
}

/// Packages as a list, or what is one.
fn names(arguments: &mut Arguments<'_>) -> Result<Option<Expr>, String> {
    let found = arguments.get(&["name", "pkg", "package"])?;
    Ok(found.map(|names| match names {
        Expr::Text(text) => Expr::List(text.split(',').map(|name| Expr::text(name.trim())).collect()),
        other => other,
    }))
}

/// `present` and `latest` of a state.
fn with_state(operation: Operation, state: Option<&str>) -> Result<Operation, String> {
    Ok(match state {
        None | Some("present" | "installed") => operation,
        Some("latest") => operation.with("latest", Expr::Bool(true)),
        Some("absent" | "removed") => operation.with("present", Expr::Bool(false)),
        Some(other) => return Err(format!("the state `{other}` has no counterpart")),
    })
}

/// What a state is, where it may be made of variables: present and absent then.
fn stated(arguments: &mut Arguments<'_>, operation: Operation) -> Result<Operation, String> {
    let Some(state) = arguments.get(&["state"])? else { return Ok(operation) };
    match state.literal() {
        Some(state) => with_state(operation, Some(state)),
        None => {
            let code = |operator: &str, word: &str| {
                Expr::Code(format!("{} {operator} \"{word}\"", state.at(Level::Union)), Level::Comparison)
            };
            Ok(operation.with("present", code("!=", "absent")).with("latest", code("==", "latest")))
        }
    }
}

fn apt(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let mut operations = Vec::new();
    let cache_time = arguments.number(&["cache_valid_time"])?;
    let update = arguments.flag(&["update_cache", "update-cache"])?;
    let wants_update =
        cache_time.is_some() || update.as_ref().is_some_and(|update| *update != Expr::Bool(false));
    let deb = arguments.text(&["deb"])?;
    let names = names(arguments)?;
    let upgrade = arguments.literal("upgrade")?.filter(|upgrade| upgrade != "no");
    let purge = arguments.flag(&["purge"])?;
    let auto_remove = arguments.flag(&["autoremove"])?;
    let is_alone = names.is_none() && deb.is_none() && upgrade.is_none();
    arguments.ignore(&[
        "install_recommends_",
        "lock_timeout",
        "force_apt_get",
        "autoclean",
        "clean",
        "update_cache_retries",
        "update_cache_retry_max_delay",
    ]);
    if wants_update && names.is_none() && (deb.is_some() || upgrade.is_some() || is_alone) {
        operations.push(Operation::new("apt.update").maybe("cache_time", cache_time.clone()));
    }
    if let Some(upgrade) = &upgrade {
        let function =
            if upgrade == "full" || upgrade == "dist" { "apt.dist_upgrade" } else { "apt.upgrade" };
        operations.push(Operation::new(function).flag("auto_remove", auto_remove.clone(), false));
    }
    if let Some(src) = deb {
        let operation = Operation::new("apt.deb").of(src);
        operations.push(stated(arguments, operation)?);
    }
    if let Some(names) = names {
        let mut operation = stated(arguments, Operation::new("apt.packages").of(names))?;
        if wants_update {
            operation =
                operation.flag("update", Some(Expr::Bool(true)), false).maybe("cache_time", cache_time);
        }
        if arguments.flag(&["install_recommends"])? == Some(Expr::Bool(false)) {
            operation = operation.with("no_recommends", Expr::Bool(true));
        }
        operation = operation.flag("purge", purge, false);
        operation = operation.flag("force", arguments.flag(&["force", "allow_unauthenticated"])?, false);
        operation = operation.flag(
            "allow_downgrades",
            arguments.flag(&["allow_downgrade", "allow_downgrades"])?,
            false,
        );
        if let Some(release) = arguments.text(&["default_release"])? {
            let words = Expr::List(vec![Expr::text("-t"), release]);
            operation = operation.with("extra_install_args", words);
        }
        operations.push(operation);
    } else if auto_remove == Some(Expr::Bool(true)) && upgrade.is_none() {
        let command = Expr::text("apt-get -y autoremove");
        operations.push(Operation::new("server.shell").of(command));
    }
    arguments.ignore(&["state", "force", "allow_unauthenticated", "install_recommends", "dpkg_options"]);
    if operations.is_empty() { Err("it says nothing that is to be done".to_owned()) } else { Ok(operations) }
}

fn of_rpm(arguments: &mut Arguments<'_>, functions: [&'static str; 3]) -> Result<Vec<Operation>, String> {
    let [packages, update, rpm] = functions;
    let names = names(arguments)?.ok_or("the argument `name` is missing")?;
    let update_cache = arguments.flag(&["update_cache", "expire-cache", "refresh"])?;
    arguments.ignore(&[
        "update_only",
        "lock_timeout",
        "skip_broken",
        "install_weak_deps",
        "disable_gpg_check",
        "autoremove",
    ]);
    let literals: Option<Vec<&str>> = match &names {
        Expr::List(items) => items.iter().map(Expr::literal).collect(),
        _ => None,
    };
    if literals.as_deref() == Some(&["*"]) {
        arguments.ignore(&["state"]);
        return Ok(vec![Operation::new(update)]);
    }
    if let Some([one]) = literals.as_deref()
        && one.ends_with(".rpm")
    {
        let operation = Operation::new(rpm).of(Expr::text(*one));
        return Ok(vec![stated(arguments, operation)?]);
    }
    let mut operation = stated(arguments, Operation::new(packages).of(names))?;
    operation = operation.flag("update", update_cache, false);
    let repositories = [("enablerepo", "--enablerepo"), ("disablerepo", "--disablerepo")];
    let mut words = Vec::new();
    for (name, option) in repositories {
        if let Some(Expr::Text(value)) = arguments.text(&[name])? {
            words.push(Expr::text(format!("{option}={value}")));
        }
    }
    if !words.is_empty() && packages != "zypper.packages" {
        operation = operation.with("extra_install_args", Expr::List(words));
    }
    Ok(vec![operation])
}

fn simple(arguments: &mut Arguments<'_>, function: &'static str) -> Result<Vec<Operation>, String> {
    let names = names(arguments)?.ok_or("the argument `name` is missing")?;
    let state = arguments.get(&["state"])?;
    let mut operation = Operation::new(function).of(names);
    operation = match state.as_ref().map(|state| (state, state.literal())) {
        None => operation,
        Some((_, Some("latest"))) if function == "packages.packages" => {
            arguments.notes.push("a package that is there already is left as it is".to_owned());
            operation
        }
        Some((_, Some("latest"))) if function == "pacman.packages" => operation,
        Some((_, Some(literal))) => with_state(operation, Some(literal))?,
        Some((state, None)) => {
            let code = format!("{} != \"absent\"", state.at(Level::Union));
            operation.with("present", Expr::Code(code, Level::Comparison))
        }
    };
    if matches!(function, "apk.packages" | "pacman.packages" | "brew.packages") {
        operation = operation.flag("update", arguments.flag(&["update_cache", "update_homebrew"])?, false);
    }
    arguments.ignore(&["use", "global", "no_cache", "user_install"]);
    Ok(vec![operation])
}

fn pip(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let mut operation = Operation::new("pip.packages");
    let version = arguments.text(&["version"])?;
    let names = names(arguments)?.map(|names| match (&names, &version) {
        (Expr::List(items), Some(Expr::Text(version))) if items.len() == 1 => {
            let name = items[0].literal().unwrap_or_default().to_owned();
            Expr::List(vec![Expr::text(format!("{name}=={version}"))])
        }
        _ => names,
    });
    operation.arguments.extend(names.map(|names| (None, names)));
    operation = operation.maybe("requirements", arguments.text(&["requirements"])?);
    operation = stated(arguments, operation)?;
    operation = operation.maybe("virtualenv", arguments.text(&["virtualenv"])?);
    operation = operation.maybe("pip", arguments.text(&["executable"])?);
    operation = operation.maybe("extra_install_args", arguments.text(&["extra_args"])?);
    operation = operation.maybe("chdir", arguments.text(&["chdir"])?);
    arguments.ignore(&[
        "virtualenv_command",
        "virtualenv_python",
        "virtualenv_site_packages",
        "editable",
        "umask",
        "break_system_packages",
    ]);
    Ok(vec![operation])
}

fn apt_key(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let state = arguments.literal("state")?;
    let mut operation = Operation::new("apt.key");
    let url = arguments.text(&["url"])?;
    let src = match url {
        Some(url) => Some(url),
        None => arguments.text(&["file"])?,
    };
    operation = operation.maybe("src", src);
    operation = operation.maybe("keyserver", arguments.text(&["keyserver"])?);
    operation = operation.maybe("keyid", arguments.text(&["id"])?);
    operation = operation.maybe("dest", arguments.text(&["keyring"])?);
    arguments.ignore(&["validate_certs"]);
    if arguments.has("data") {
        return Err("a key that stands in the playbook has no counterpart: put it into a file".to_owned());
    }
    arguments.notes.push(
        "the key is put into a keyring of its own, and not into that which all sources trust".to_owned(),
    );
    Ok(vec![operation.maybe("present", is_present(state.as_deref()))])
}

fn apt_repository(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let repo = arguments.need(&["repo"])?;
    let state = arguments.literal("state")?;
    let update = arguments.flag(&["update_cache"])?;
    arguments.ignore(&["mode", "codename", "validate_certs", "install_python_apt", "update_cache_retries"]);
    let is_ppa = repo.literal().is_some_and(|repo| repo.starts_with("ppa:"));
    let operation = Operation::new(if is_ppa { "apt.ppa" } else { "apt.repo" }).of(repo);
    let filename = arguments.text(&["filename"])?;
    let operation = operation.maybe("filename", filename.filter(|_| !is_ppa));
    let mut operations = vec![operation.maybe("present", is_present(state.as_deref()))];
    if update != Some(Expr::Bool(false)) && state.as_deref() != Some("absent") {
        operations.push(Operation::new("apt.update"));
    }
    Ok(operations)
}

fn deb822(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let name = arguments.need(&["name"])?;
    let state = arguments.literal("state")?;
    let mut operation = Operation::new("apt.sources_file").of(name);
    for name in ["types", "uris", "suites", "components", "architectures", "signed_by"] {
        operation = operation.maybe(name, arguments.get(&[name])?);
    }
    arguments.ignore(&["enabled", "mode", "install_python_debian"]);
    Ok(vec![operation.maybe("present", is_present(state.as_deref()))])
}

fn rpm_key(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let key = arguments.need(&["key"])?;
    if arguments.literal("state")?.is_some_and(|state| state == "absent") {
        return Err("keys are only added".to_owned());
    }
    arguments.ignore(&["validate_certs", "fingerprint"]);
    Ok(vec![Operation::new("dnf.key").of(key)])
}

fn yum_repository(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let name = arguments.need(&["name"])?;
    let state = arguments.literal("state")?;
    let mut operation = Operation::new("dnf.repo").of(name);
    operation = operation.maybe("baseurl", arguments.get(&["baseurl"])?);
    operation = operation.maybe("description", arguments.text(&["description"])?);
    operation = operation.flag("enabled", arguments.flag(&["enabled"])?, true);
    operation = operation.flag("gpgcheck", arguments.flag(&["gpgcheck"])?, true);
    operation = operation.maybe("gpgkey", arguments.get(&["gpgkey"])?);
    Ok(vec![operation.maybe("present", is_present(state.as_deref()))])
}
