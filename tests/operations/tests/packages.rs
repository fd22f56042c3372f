//! Package managers, each with packages that the test itself makes.

use std::path::Path;
use std::process::{Command, Stdio};

use plumb_operations::{Site, System, debian, follow};
use plumb_targets::{Debian, Package, Target, Unavailable};
use serde_json::Value;

/// Makes another package, and puts it into the index. Its words are the name, the version, more fields, and
/// the kind of a file that it has (`conf`) with what is in it.
const OFFER: &str = r#"#!/bin/sh
set -e
cd /srv/packages
d=$(mktemp -d)
mkdir "$d/DEBIAN"
printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: N <n@example.org>\n%bDescription: x\n' \
  "$1" "$2" "$3" > "$d/DEBIAN/control"
if [ "$4" = conf ]; then
  mkdir "$d/etc"
  echo "$5" > "$d/etc/p.conf"
  echo /etc/p.conf > "$d/DEBIAN/conffiles"
fi
dpkg-deb --root-owner-group -Znone --build "$d" "$1_$2.deb" > /dev/null
{
  cat "$d/DEBIAN/control"
  printf 'Filename: ./%s.deb\nSize: %s\nSHA256: %s\n\n' "$1_$2" "$(stat -c %s "$1_$2.deb")" \
    "$(sha256sum < "$1_$2.deb" | cut -d ' ' -f 1)"
} >> Packages
rm -r "$d"
"#;

#[test]
fn packages_of_debian() {
    let debian = match Debian::with(&["gnupg", "curl"]) {
        Ok(debian) => debian,
        Err(why) => return plumb_targets::skip("packages_of_debian", &why),
    };
    debian.offer(&[
        Package::new("p-a", "1.0"),
        Package::new("p-a", "2.0"),
        Package::new("p-b", "1.0").field("Provides", "p-virtual"),
        Package::new("p-conf", "1.0").settings("/etc/p.conf", "as it comes\n"),
        Package::new("p-recommends", "1.0").field("Recommends", "p-recommended"),
        Package::new("p-recommended", "1.0"),
        Package::new("p-fails", "1.0").script("postinst", "echo the script says no >&2\nexit 1"),
    ]);
    debian.write("/usr/local/bin/offer", OFFER.as_bytes());
    debian.must("chmod 755 /usr/local/bin/offer");
    follow(Box::new(debian) as System, "tests/operations/cases/apt.txt");
}

/// Holds facts against a system: each line is one with its arguments, and what it is, of an object as much as is
/// said there. What is behind a `$` is done before.
#[track_caller]
fn know(system: &Target, facts: &str) {
    let site = Site::of(system, &[]);
    for line in facts.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            system.must(command);
            continue;
        }
        let (fact, expected) = line.split_once(" => ").unwrap_or_else(|| panic!("what is {line}?"));
        let expected: Value =
            serde_json::from_str(expected).unwrap_or_else(|error| panic!("{line}: {error}"));
        let words: Vec<_> = fact.split(' ').collect();
        let said = site.fact(words[0], &words[1..])["value"].take();
        match expected.as_object().filter(|members| !members.is_empty() && said.is_object()) {
            Some(members) => {
                for (name, value) in members {
                    assert_eq!(said[name], *value, "{line}: {said}");
                }
            }
            None => assert_eq!(said, expected, "{line}"),
        }
    }
}

macro_rules! followed {
    ($($name:ident: $packages:expr, $file:literal, $prepare:expr, $facts:expr;)*) => {$(
        #[test]
        fn $name() {
            let Some(system) = debian(stringify!($name), &$packages) else { return };
            system.must($prepare);
            know(&follow(system, $file), $facts);
        }
    )*};
}

followed! {
    packages_of_python: PYTHON_OF_DEBIAN, "tests/operations/cases/python.txt", PYTHON, PYTHON_FACTS;
    packages_of_ruby: ["ruby"], "tests/operations/cases/ruby.txt", RUBY, RUBY_FACTS;
    packages_of_rpm_by_dnf: ["createrepo-c", "dnf", "gnupg", "rpm", "zypper"], "tests/operations/cases/dnf.txt", RPM, DNF_FACTS;
    packages_of_rpm_by_zypper: ["createrepo-c", "dnf", "gnupg", "rpm", "zypper"], "tests/operations/cases/zypper.txt", RPM, ZYPPER_FACTS;
    packages_of_arch: ["pacman-package-manager"], "tests/operations/cases/pacman.txt", PACMAN, PACMAN_FACTS;
}

const PYTHON_OF_DEBIAN: [&str; 4] = ["pipx", "python3-pip", "python3-venv", "python3-virtualenv"];

/// The cases leave what they end with.
const PYTHON_FACTS: &str = r#"pip.installed pip3 => {"one": "1.0", "two": "1.0", "tool": "2.0", "dash-name": null}
pip.newer pip3 => {"one": "2.0", "two": "1.5", "tool": null}
pip.installed /srv/v/d/bin/pip => {"one": "2.0", "tool": null}
pip.installed /srv/v/none/bin/pip => null
pip.missing pip3 /srv/requirements.txt => {}
pip.missing /srv/v/d/bin/pip /srv/requirements.txt => {"one": "1.0", "tool": "2.0"}
pipx.installed => {}
pipx.path_is_set => true
pipx.environment => {"PIPX_BIN_DIR": "/root/.local/bin"}
$ pipx install tool==1.0 > /dev/null 2>&1
pipx.installed => {"tool": "1.0"}"#;

const RUBY_FACTS: &str = r#"gem.installed => {"gb": ["1.0"], "ga": null}
$ offer-gem gb 2.0
gem.newer => {"gb": "2.0"}"#;

/// What is known of the repository is older than what there is.
const DNF_FACTS: &str = r#"$ dnf -q -y install rb > /dev/null 2>&1
rpm.installed => {"ma": ["2.0-1"], "ra": ["4.0-1"], "rb": ["1.0-1"], "rc": null, "gpg-pubkey": null}
rpm.provided r-virtual none => {"r-virtual": ["rb"], "none": null}
rpm.provides r-virtual => ["rb"]
rpm.package ra => {"name": "ra", "version": "4.0-1", "architecture": "noarch"}
rpm.package none => null
rpm.file /srv/rpms/rc-1.0.rpm => ["rc", "1.0-1"]
rpm.file /srv/rpms/none.rpm => null
rpm.modules => {"mo": {"enabled": "1", "disabled": false}}
dnf.enabled_modules => [{"module": "mo", "stream": "1"}]
dnf.disabled_modules => []
dnf.repositories => {"own": {"file": "/etc/yum.repos.d/own.repo", "name": "Packages of our own", "baseurl": "file:///srv/rpms", "enabled": "1", "gpgcheck": "0"}}
$ dnf -q -y module disable mo > /dev/null 2>&1
rpm.modules => {"mo": {"enabled": null, "disabled": true}}
dnf.enabled_modules => []
dnf.disabled_modules => ["mo"]
$ offer-rpm ra 5.0
rpm.dnf_newer => {}
rpm.dnf_newer refresh=True => {"ra": "5.0-1", "rb": null}"#;

const ZYPPER_FACTS: &str = r#"rpm.installed => {"ra": ["4.0-1"], "rb": ["1.0-1"], "rc": null}
zypper.repositories => {"own": {"file": "/etc/zypp/repos.d/own.repo", "name": "Packages of our own", "baseurl": "file:///srv/rpms", "enabled": "1", "gpgcheck": "0", "type": "rpm-md"}}
$ offer-rpm ra 5.0
rpm.zypper_newer => {}
rpm.zypper_newer refresh=True => {"ra": "5.0-1", "rb": null}"#;

const PACMAN_FACTS: &str = r#"pacman.installed => {"pe": "1.0-1", "pa": null}
pacman.groups team pe => {"team": ["pc", "pd"], "pe": null}
pacman.newer => {}
$ offer-pacman pe 2.0-1 && pacman -Sy > /dev/null
pacman.newer => {"pe": "2.0-1"}"#;

const UV_FACTS: &str = r#"uv.version => "0.13.9"
uv.installed --system => {"one": "2.0", "tool": "2.0", "two": null}
uv.installed --python=/srv/u/a => {"one": "2.0", "tool": null}
uv.installed --python=/srv/u/none => null
uv.missing --system /srv/requirements.txt => {}
uv.missing --python=/srv/u/a /srv/requirements.txt => {"tool": "2.0", "one": null}
uv.tools => {"tool": "1.0", "other": null}
uv.newer_tools => {"tool": "2.0"}
uv.held_tools => ["tool"]
uv.tool_path_is_set => true
uv.tool_dir => "/root/.local/share/uv/tools"
uv.python_dir => "/root/.local/share/uv/python"
uv.pythons => []
$ wheel one 3.0
uv.newer --system => {"one": "3.0", "tool": null}"#;

/// Wheels, which are archives with a few files in them, and nowhere else to look for packages.
const PYTHON: &str = r#"mkdir -p /srv/wheels && cd /srv/wheels
cat > /usr/local/bin/wheel <<'END'
#!/usr/bin/python3
import sys, zipfile
name, version = sys.argv[1:3]
entry = sys.argv[3] if len(sys.argv) > 3 else None
with zipfile.ZipFile(f"/srv/wheels/{name}-{version}-py3-none-any.whl", "w") as wheel:
    info = f"{name}-{version}.dist-info"
    # Each version has another size: what was compiled of one is not taken for another one's.
    files = {f"{name}.py": f"def main():\n    print('{version}')\n" + "\n" * int(float(version) * 10),
             f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
             f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}
    if entry:
        files[f"{info}/entry_points.txt"] = f"[console_scripts]\n{entry} = {name}:main\n"
    record = "".join(f"{path},,\n" for path in files) + f"{info}/RECORD,,\n"
    for path, text in {**files, f"{info}/RECORD": record}.items():
        wheel.writestr(path, text)
END
chmod 755 /usr/local/bin/wheel
wheel one 1.0; wheel one 2.0; wheel two 1.0; wheel Dash_Name 1.0; wheel tool 1.0 a-tool; wheel tool 2.0 a-tool
printf '[global]\nno-index = true\nfind-links = /srv/wheels\nbreak-system-packages = true\n' > /etc/pip.conf"#;

const UV: &str = r#"chmod 755 /usr/local/bin/uv && mkdir /etc/uv
printf 'no-index = true\nfind-links = ["/srv/wheels"]\npython-downloads = "never"\n' > /etc/uv/uv.toml
printf '[pip]\nbreak-system-packages = true\n' >> /etc/uv/uv.toml
wheel other 1.0 b-tool; for of in pip setuptools wheel; do wheel $of 1.0; done"#;

#[test]
fn packages_of_python_by_uv() {
    let test = "packages_of_python_by_uv";
    let uv = match plumb_targets::python_package("uv==0.13.9") {
        Ok(uv) => uv.join("bin/uv"),
        Err(why) => return plumb_targets::skip(test, &why),
    };
    let Some(system) = debian(test, &PYTHON_OF_DEBIAN) else { return };
    let program = std::fs::read(&uv).unwrap_or_else(|error| panic!("{}: {error}", uv.display()));
    system.write("/usr/local/bin/uv", &program);
    system.must(PYTHON);
    system.must(UV);
    know(&follow(system, "tests/operations/cases/uv.txt"), UV_FACTS);
}

const RUBY: &str = r#"mkdir -p /srv/gems/gems /tmp/gem && cd /tmp/gem
cat > /usr/local/bin/offer-gem <<'END'
#!/bin/sh
set -e
cd /tmp/gem && rm -rf ./* && mkdir bin
printf '#!/usr/bin/env ruby\nputs "%s"\n' "$2" > "bin/$1-run"
cat > a.gemspec <<SPEC
Gem::Specification.new do |s|
  s.name = "$1"; s.version = "$2"; s.summary = "x"; s.authors = ["x"]; s.files = ["bin/$1-run"]
  s.executables = ["$1-run"]; s.license = "MIT"; s.homepage = "http://x"
end
SPEC
gem build -q a.gemspec -o "/srv/gems/gems/$1-$2.gem" > /dev/null 2>&1
cd /srv/gems && gem generate_index -q > /dev/null
END
chmod 755 /usr/local/bin/offer-gem
for of in "ga 1.0" "ga 2.0" "gb 1.0"; do offer-gem $of; done
gem sources -q --clear-all > /dev/null; printf -- '---\n:sources:\n- file:///srv/gems/\n' > /root/.gemrc"#;

/// Debian has rpm keep what is installed in a home directory, and zypper and dnf do not look there.
const RPM: &str = r#"mkdir -p /srv/rpms /tmp/rpm /etc/rpm /etc/yum.repos.d /etc/zypp/repos.d /etc/dnf/vars
cat > /usr/local/bin/offer-rpm <<'END'
#!/bin/sh
set -e
cat > /tmp/rpm/a.spec <<SPEC
Name: $1
Version: $2
Release: 1
Summary: x
License: x
BuildArch: noarch
$3
%description
x
%install
mkdir -p %{buildroot}/opt
echo $2 > %{buildroot}/opt/$1
%files
/opt/$1
SPEC
rpmbuild -bb --quiet --define '_rpmdir /srv/rpms' --define '_topdir /tmp/rpm' --define '_build_name_fmt %%{NAME}-%%{VERSION}.rpm' /tmp/rpm/a.spec > /tmp/rpm/log 2>&1 || { cat /tmp/rpm/log >&2; exit 1; }
createrepo_c -q /srv/rpms
END
cat > /usr/local/bin/offer-module <<'END'
#!/bin/sh
set -e
for of in 1 2; do
  offer-rpm ma "$of.0"
  printf '%s\n' --- 'document: modulemd' 'version: 2' 'data:' '  name: mo' "  stream: '$of'" '  version: 1' "  context: c$of" \
    '  arch: noarch' '  summary: x' '  description: x' '  license: {module: [MIT]}' '  profiles: {common: {rpms: [ma]}}' \
    "  artifacts: {rpms: ['ma-0:$of.0-1.noarch']}" ... >> /tmp/rpm/modules.yaml
done
printf '%s\n' --- 'document: modulemd-defaults' 'version: 1' 'data:' '  module: mo' "  stream: '1'" \
  "  profiles: {'1': [common]}" ... >> /tmp/rpm/modules.yaml
modifyrepo_c --mdtype=modules /tmp/rpm/modules.yaml /srv/rpms/repodata > /dev/null
END
chmod 755 /usr/local/bin/offer-rpm /usr/local/bin/offer-module
echo '%_dbpath /var/lib/rpm' > /etc/rpm/macros
offer-rpm ra 1.0; offer-rpm ra 2.0; offer-rpm rb 1.0 'Provides: r-virtual'; offer-rpm rc 1.0 'Requires: rb'
echo 1 > /etc/dnf/vars/releasever"#;

/// A repository is an archive with a directory for each package.
const PACMAN: &str = r#"mkdir -p /srv/pacman /srv/index /var/lib/pacman
cat > /usr/local/bin/offer-pacman <<'END'
#!/bin/sh
set -e
d=$(mktemp -d) && cd "$d" && mkdir opt && echo "$2" > "opt/$1"
printf 'pkgname = %s\npkgbase = %s\npkgver = %s\npkgdesc = x\nurl = x\nbuilddate = 1\npackager = x\nsize = 1\narch = any\n' \
  "$1" "$1" "$2" > .PKGINFO
[ -z "$3" ] || echo "group = $3" >> .PKGINFO
file=$1-$2-any.pkg.tar.gz
tar -czf "/srv/pacman/$file" .PKGINFO opt
rm -rf "/srv/index/$1-"[0-9]* && mkdir "/srv/index/$1-$2"
printf '%%%s%%\n%s\n\n' FILENAME "$file" NAME "$1" BASE "$1" VERSION "$2" ARCH any CSIZE "$(stat -c %s "/srv/pacman/$file")" \
  ISIZE 1 SHA256SUM "$(sha256sum < "/srv/pacman/$file" | cut -d ' ' -f 1)" > "/srv/index/$1-$2/desc"
[ -z "$3" ] || printf '%%GROUPS%%\n%s\n\n' "$3" >> "/srv/index/$1-$2/desc"
cd /srv/index && tar -czf /srv/pacman/own.db *
rm -r "$d"
# What is of the same second as the last one fetched counts as the same: each one is a second newer.
age=$(($(cat /srv/age 2>/dev/null || echo 1700000000) + 1)); echo "$age" > /srv/age
touch -d "@$age" /srv/pacman/own.db
END
chmod 755 /usr/local/bin/offer-pacman
for of in "pa 1.0-1" "pb 1.0-1" "pc 1.0-1 team" "pd 1.0-1 team"; do offer-pacman $of; done
printf '[options]\nArchitecture = auto\nSigLevel = Never\n[own]\nServer = file:///srv/pacman\n' > /etc/pacman.conf
pacman -Sy > /dev/null"#;

/// Answers as registries do, with what lies in `/srv/npm` by then: the newest of all versions is the latest.
const NPM_REGISTRY: &str = r#"const fs = require("node:fs"), crypto = require("node:crypto");
const at = "http://127.0.0.1:4873";
const parts = (version) => version.split(".").map(Number);
const older = (a, b) => parts(a).map((part, place) => part - parts(b)[place]).find((by) => by) || 0;
require("node:http").createServer((request, response) => {
  const name = decodeURIComponent(request.url.slice(1).split("?")[0]);
  const path = "/srv/npm/" + name;
  if (!fs.existsSync(path)) return response.writeHead(404, { "content-type": "application/json" }).end("{}");
  if (name.endsWith(".tgz")) return response.end(fs.readFileSync(path));
  const versions = {};
  for (const file of fs.readdirSync(path)) {
    const version = file.slice(0, -".tgz".length);
    const integrity = "sha512-" + crypto.createHash("sha512").update(fs.readFileSync(`${path}/${file}`)).digest("base64");
    versions[version] = { name, version, bin: { [name.split("/").pop() + "-run"]: "run.js" },
                          dist: { integrity, tarball: `${at}/${name}/${file}` } };
  }
  const latest = Object.keys(versions).sort(older).pop();
  // What was said counts for five minutes, as with the registry that people use.
  response.writeHead(200, { "content-type": "application/json", "cache-control": "public, max-age=300" });
  response.end(JSON.stringify({ name, versions, "dist-tags": { latest } }));
}).listen(4873, "127.0.0.1", () => fs.writeFileSync("/srv/listens", ""));
"#;

/// Packages of one program each, that prints its version.
const NPM: &str = r#"cat > /usr/local/bin/offer-npm <<'END'
#!/bin/sh
set -e
d=$(mktemp -d) && cd "$d" && mkdir package
printf '{"name": "%s", "version": "%s", "bin": {"%s-run": "run.js"}}' "$1" "$2" "${1##*/}" > package/package.json
printf '#!/usr/bin/env node\nconsole.log("%s")\n' "$2" > package/run.js
mkdir -p "/srv/npm/$1" && tar -czf "/srv/npm/$1/$2.tgz" package
rm -r "$d"
END
chmod 755 /usr/local/bin/offer-npm
for of in "one 1.0.0" "one 2.0.0" "two 1.0.0" "@own/three 1.0.0" "@own/three 2.0.0"; do offer-npm $of; done
printf 'registry=http://127.0.0.1:4873/\nupdate-notifier=false\nfetch-retries=0\n' > /root/.npmrc
setsid node /srv/registry.js > /srv/registry.log 2>&1 &
until [ -e /srv/listens ]; do sleep 0.05; done"#;

const NPM_FACTS: &str = r#"npm.installed => {"one": "1.0.0", "two": null}
npm.newer => {"one": "2.1.0"}
npm.installed /srv/wants => {"one": "1.0.0"}
npm.installed /srv/made => {"two": "1.0.0"}
npm.installed /srv/nowhere => {}
npm.newer /srv/wants => {"one": "2.1.0"}
npm.newer /srv/made => {}"#;

/// This machine's Node goes there, for that of Debian brings hundreds of packages along.
#[test]
fn packages_of_node() {
    let test = "packages_of_node";
    let Some(system) = debian(test, &[]) else { return };
    if let Err(why) = bring_node(&system) {
        return plumb_targets::skip(test, &Unavailable(why));
    }
    system.write("/srv/registry.js", NPM_REGISTRY.as_bytes());
    system.must(NPM);
    know(&follow(system, "tests/operations/cases/npm.txt"), NPM_FACTS);
}

fn bring_node(system: &System) -> Result<(), String> {
    // What is on `PATH` may only lead to them.
    let said =
        here("npm", &["exec", "--offline", "--call", "echo \"$npm_node_execpath\"; echo \"$npm_execpath\""])?;
    let said = String::from_utf8_lossy(&said).into_owned();
    let [node, npm] = said.lines().collect::<Vec<_>>()[..] else {
        return Err(format!("npm does not say where it is: {said}"));
    };
    let directory = Path::new(npm).ancestors().nth(2).ok_or("npm is at no usual place")?;
    let directory = directory.to_str().ok_or("npm is at a path that is no text")?;
    let program = std::fs::read(node).map_err(|error| format!("{node}: {error}"))?;
    system.write("/usr/local/bin/node", &program);
    let packed = here("tar", &["-cf", "-", "-C", directory, "."])?;
    system.must("mkdir -p /usr/local/lib/node_modules/npm && chmod 755 /usr/local/bin/node");
    system.run(&["tar", "-xf", "-", "-C", "/usr/local/lib/node_modules/npm"], &packed);
    let tried = system.shell(
        "cd /usr/local/bin && ln -s ../lib/node_modules/npm/bin/npm-cli.js npm && chmod 755 npm && npm --version",
    );
    if tried.status == 0 {
        Ok(())
    } else {
        Err(format!("this machine's npm does not run there: {}", tried.stderr))
    }
}

/// What a program of this machine writes.
fn here(name: &str, arguments: &[&str]) -> Result<Vec<u8>, String> {
    let output = Command::new(name).args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("there is no {name}: {error}"))?;
    if output.status.success() { Ok(output.stdout) } else { Err(format!("{name} fails: {}", output.status)) }
}
