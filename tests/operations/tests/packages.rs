//! Package managers, each with packages that the test itself makes.

use plumb_operations::{System, debian, follow};
use plumb_targets::{Debian, Package};

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

macro_rules! followed {
    ($($name:ident: $packages:expr, $file:literal, $prepare:expr;)*) => {$(
        #[test]
        fn $name() {
            let Some(system) = debian(stringify!($name), &$packages) else { return };
            system.must($prepare);
            follow(system, $file);
        }
    )*};
}

followed! {
    packages_of_python: ["pipx", "python3-pip", "python3-venv", "python3-virtualenv"], "tests/operations/cases/python.txt", PYTHON;
    packages_of_ruby: ["ruby"], "tests/operations/cases/ruby.txt", RUBY;
    packages_of_rpm_by_dnf: ["createrepo-c", "dnf", "gnupg", "rpm", "zypper"], "tests/operations/cases/dnf.txt", RPM;
    packages_of_rpm_by_zypper: ["createrepo-c", "dnf", "gnupg", "rpm", "zypper"], "tests/operations/cases/zypper.txt", RPM;
    packages_of_arch: ["pacman-package-manager"], "tests/operations/cases/pacman.txt", PACMAN;
}

/// Wheels, which are archives with a few files in them, and nowhere else to look for packages.
const PYTHON: &str = r#"mkdir -p /srv/wheels && cd /srv/wheels
cat > /usr/local/bin/wheel <<'END'
#!/usr/bin/python3
import sys, zipfile
name, version = sys.argv[1:3]
entry = sys.argv[3] if len(sys.argv) > 3 else None
with zipfile.ZipFile(f"/srv/wheels/{name}-{version}-py3-none-any.whl", "w") as wheel:
    info = f"{name}-{version}.dist-info"
    files = {f"{name}.py": f"def main():\n    print('{version}')\n",
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
chmod 755 /usr/local/bin/offer-rpm
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
