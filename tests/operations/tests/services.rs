//! Services that run, by what looks after them.

use plumb_operations::{debian, follow};

/// A daemon that does nothing, with a script as `/etc/init.d` has them.
const SCRIPT: &str = r#"cat > /etc/init.d/small <<'END'
#!/bin/sh
### BEGIN INIT INFO
# Provides:          small
# Required-Start:
# Required-Stop:
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: nothing
### END INIT INFO
pid=/run/small.pid
case $1 in
start) start-stop-daemon --start --quiet --background --make-pidfile --pidfile $pid --exec /bin/sleep -- 1000 ;;
stop) start-stop-daemon --stop --quiet --oknodo --remove-pidfile --retry 5 --pidfile $pid ;;
restart) "$0" stop && "$0" start ;;
reload) echo yes >> /run/reloaded ;;
status) start-stop-daemon --status --pidfile $pid ;;
*) exit 2 ;;
esac
END
chmod 755 /etc/init.d/small"#;

/// Services that do nothing, and what looks after them.
const RUNIT: &str = r#"mkdir -p /var/service /etc/sv
for name in one two three; do
  mkdir -p /etc/sv/$name
  printf '#!/bin/sh\ntrap : HUP\necho $$ > /run/%s\nwhile :; do sleep 1000 & wait; done\n' $name > /etc/sv/$name/run
  chmod 755 /etc/sv/$name/run
done
setsid runsvdir -P /var/service > /dev/null 2>&1 < /dev/null &"#;

#[test]
fn services_of_init_scripts() {
    let Some(system) = debian("services_of_init_scripts", &["cron"]) else { return };
    system.must(SCRIPT);
    follow(system, "tests/operations/cases/sysvinit.txt");
}

#[test]
fn services_of_runit() {
    let Some(system) = debian("services_of_runit", &["runit"]) else { return };
    system.must(RUNIT);
    follow(system, "tests/operations/cases/runit.txt");
}
