//! MariaDB, as one of the servers that speak MySQL.

use plumb_operations::Site;
use plumb_targets::{Debian, Target};

use crate::{does_each_time, server, unstarted, watch};

const START: &str = "(mariadbd-safe --user=mysql >/dev/null 2>&1 </dev/null &)
n=0; until mariadb-admin ping >/dev/null 2>&1; do n=$((n + 1)); [ $n -le 300 ] || exit 1; sleep 0.1; done";
const MODULES: [&str; 1] = ["mysql"];

fn started(test: &str) -> Option<Debian> {
    server(test, "mariadb-server", START)
}

/// What a query says, to somebody who may ask anything.
#[track_caller]
fn says(target: &Target, query: &str) -> String {
    let words = ["mariadb", "--batch", "--raw", "--skip-column-names", "--default-character-set=utf8mb4"];
    let output = target.run(&words, query.as_bytes());
    assert_eq!(output.status, 0, "{query}: {}", output.stderr);
    output.stdout.trim_end().to_owned()
}

/// What a query says to somebody with a password, who comes over the network; nothing where it is refused.
fn says_to(target: &Target, user: &str, password: &str, query: &str) -> Option<String> {
    let text = "MYSQL_PWD=$2 exec mariadb --user=\"$1\" --host=127.0.0.1 --default-character-set=utf8mb4 -N -e \"$3\"";
    let output = target.run(&["sh", "-c", text, "says_to", user, password, query], b"");
    (output.status == 0).then(|| output.stdout.trim_end().to_owned())
}

#[test]
fn users_of_mysql_are_made_changed_and_removed() {
    let Some(target) = started("users_of_mysql_are_made_changed_and_removed") else { return };
    let site = Site::of(&target, &MODULES);
    site.changes(
        "mysql.user(\"app\", password = \"it's \\\\ \\\"s3cret\\\"\", max_connections = 5, privileges = [\"PROCESS\"])\n\
         mysql.user(\"app\", password = \"it's \\\\ \\\"s3cret\\\"\", privileges = \"process\")\n\
         mysql.user(\"far\", user_hostname = \"10.0.0.%\", require_subject = \"/CN=it's\", require_cipher = \"AES\")",
    );
    let app =
        "SELECT max_user_connections, ssl_type, Process_priv, Reload_priv FROM mysql.user WHERE User = 'app'";
    assert_eq!(says(&target, app), "5\t\tY\tN");
    let far =
        "SELECT ssl_type, ssl_cipher, x509_subject FROM mysql.user WHERE User = 'far' AND Host = '10.0.0.%'";
    assert_eq!(says(&target, far), "SPECIFIED\tAES\t/CN=it's");
    assert!(says_to(&target, "app", "it's \\ \"s3cret\"", "SELECT 1").is_some());
    let said = site.changes(
        "mysql.user(\"app\", password = \"pässwörd\", max_connections = 0, max_queries_per_hour = 1000, privileges = \"RELOAD\")\n\
         mysql.user(\"far\", user_hostname = \"10.0.0.%\", require = \"SSL\")",
    );
    assert!(!said.contains("pässwörd") && said.contains("(hidden)"), "{said}");
    assert_eq!(says(&target, app), "0\t\tN\tY");
    assert_eq!(says(&target, far), "ANY");
    assert!(says_to(&target, "app", "it's \\ \"s3cret\"", "SELECT 1").is_none());
    assert!(says_to(&target, "app", "pässwörd", "SELECT 1").is_some());
    // The sum of a password stands for it.
    site.changes("mysql.user(\"app\", password = \"*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19\")");
    assert!(says_to(&target, "app", "password", "SELECT 1").is_some());
    site.is_so("mysql.user(\"app\", password = \"password\")\nmysql.user(\"app\", password = \"other\", update_password = False)");
    site.changes("mysql.user(\"app\", present = False)\nmysql.user(\"far\", user_hostname = \"10.0.0.%\", present = False)");
    assert_eq!(says(&target, "SELECT count(*) FROM mysql.user WHERE User IN ('app', 'far')"), "0");
}

#[test]
fn odd_names_of_mysql_are_names() {
    let Some(target) = started("odd_names_of_mysql_are_names") else { return };
    let site = Site::of(&target, &MODULES);
    let odd = "it's \\\\ \\\"o\\\" `d`; -- ünd %_ $x";
    let lines = format!(
        "mysql.user(\"{odd}\", password = \"geheim\")\n\
         mysql.database(\"{odd}\", user = \"{odd}\", user_privileges = [\"SELECT\", \"INSERT\"])\n\
         mysql.sql(\"CREATE TABLE `a b``c` (x int, `y,z` int)\", database = \"{odd}\", unless = \"SELECT count(*) + 1 FROM `a b``c`\")\n\
         mysql.privileges(\"{odd}\", [\"UPDATE (x, `y,z`)\", \"DELETE\"], database = \"{odd}\", table = \"a b`c\")"
    );
    // Whatever quotes mean to the server.
    for mode in ["NO_BACKSLASH_ESCAPES,ANSI_QUOTES", ""] {
        says(&target, &format!("SET GLOBAL sql_mode = '{mode}'"));
        site.changes(&lines);
        let plain = "it's \\ \"o\" `d`; -- ünd %_ $x";
        let databases = says_to(&target, plain, "geheim", "SHOW DATABASES").expect("it may log in");
        assert!(
            says(&target, "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA").contains(plain),
            "{databases}"
        );
        let into = format!("INSERT INTO `{}`.`a b``c` VALUES (1, 2)", plain.replace('`', "``"));
        assert!(says_to(&target, plain, "geheim", &into).is_some());
        // Of another database, for which the letters in the name could stand, nothing may be seen.
        let other = plain.replace("%_", "xxx").replace('`', "``");
        says(
            &target,
            &format!(
                "CREATE DATABASE IF NOT EXISTS `{other}`; CREATE TABLE IF NOT EXISTS `{other}`.t (a int);"
            ),
        );
        assert!(says_to(&target, plain, "geheim", &format!("SELECT * FROM `{other}`.t")).is_none());
        site.changes(&format!(
            "mysql.database(\"{odd}\", present = False)\nmysql.user(\"{odd}\", present = False)"
        ));
        assert_eq!(says(&target, "SELECT count(*) FROM mysql.user WHERE User LIKE 'it%'"), "0");
    }
}

#[test]
fn databases_of_mysql_are_made_changed_and_removed() {
    let Some(target) = started("databases_of_mysql_are_made_changed_and_removed") else { return };
    let site = Site::of(&target, &MODULES);
    site.changes(
        "mysql.user(\"app\", password = \"geheim\")\n\
         mysql.database(\"shop\", charset = \"latin1\", collate = \"latin1_bin\", user = \"app\")\n\
         mysql.database(\"old\", charset = \"utf8\")",
    );
    let of = "SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'shop'";
    assert_eq!(says(&target, of), "latin1\tlatin1_bin");
    assert!(says_to(&target, "app", "geheim", "CREATE TABLE shop.t (a int)").is_some());
    site.changes(
        "mysql.database(\"shop\", charset = \"utf8mb4\")\nmysql.database(\"old\", collate = \"utf8_bin\")",
    );
    assert_eq!(says(&target, of), "utf8mb4\tutf8mb4_general_ci");
    site.refuses("mysql.database(\"shop\", collate = \"nothing\")", &["Unknown collation: 'nothing'"]);
    site.changes("mysql.database(\"shop\", present = False)\nmysql.database(\"old\", present = False)");
    assert_eq!(
        says(
            &target,
            "SELECT count(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME IN ('shop', 'old')"
        ),
        "0"
    );
}

#[test]
fn privileges_of_mysql_are_granted_and_revoked() {
    let Some(target) = started("privileges_of_mysql_are_granted_and_revoked") else { return };
    let site = Site::of(&target, &MODULES);
    says(&target, "CREATE DATABASE my_shop; CREATE TABLE my_shop.t (a int, b int); CREATE DATABASE myxshop;");
    site.changes(
        "mysql.user(\"app\", password = \"geheim\")\n\
         mysql.privileges(\"app\", \"ALL\", database = \"my_shop\", with_grant_option = True)\n\
         mysql.privileges(\"app\", [\"SELECT (b, a)\", \"insert\"], database = \"my_shop\", table = \"t\")\n\
         mysql.privileges(\"app\", [\"PROCESS\", \"REPLICATION CLIENT\"], flush = True)",
    );
    let may = |query: &str| says_to(&target, "app", "geheim", query).is_some();
    assert!(may("CREATE TABLE my_shop.u (a int)") && !may("CREATE TABLE myxshop.u (a int)"));
    site.changes(
        "mysql.privileges(\"app\", \"SELECT\", database = \"my_shop\")\n\
         mysql.privileges(\"app\", [\"SELECT (b)\"], database = \"my_shop\", table = \"t\")\n\
         mysql.privileges(\"app\", [])",
    );
    assert!(may("SELECT * FROM my_shop.u") && !may("INSERT INTO my_shop.t VALUES (1, 2)"));
    let grants = says(&target, "SHOW GRANTS FOR 'app'@'localhost'");
    assert!(
        !grants.contains("GRANT OPTION") && !grants.contains("PROCESS") && grants.contains("SELECT (`b`)"),
        "{grants}"
    );
    site.changes("mysql.privileges(\"app\", \"INSERT\", database = \"my_shop\", append = True)");
    assert!(may("SELECT * FROM my_shop.u") && may("INSERT INTO my_shop.t VALUES (1, 2)"));
    // What somebody granted without knowing what _ stands for is left as it is.
    says(&target, "GRANT SELECT ON `my_other`.* TO 'app'@'localhost'");
    site.is_so("mysql.privileges(\"app\", \"SELECT\", database = \"my_other\")");
    site.changes("mysql.privileges(\"app\", [], database = \"my_other\")");
    site.changes("mysql.privileges(\"app\", \"ALL\", with_grant_option = True)");
    site.changes("mysql.privileges(\"app\", \"PROCESS\")");
    assert_eq!(site.fact("mysql.user_grants", &["app"])["value"]["*.*"]["privileges"][0], "PROCESS");
    site.refuses("mysql.privileges(\"nobody\", \"SELECT\")", &["there is no user `nobody` from `localhost`"]);
}

#[test]
fn what_is_in_databases_of_mysql_is_dumped_and_loaded() {
    let Some(target) = started("what_is_in_databases_of_mysql_is_dumped_and_loaded") else { return };
    let site = Site::of(&target, &MODULES);
    site.changes(
        "mysql.database(\"-one\")\n\
         mysql.database(\"two\")\n\
         mysql.sql([\"CREATE TABLE t (a text)\", \"INSERT INTO t VALUES ('it''s ü'), (NULL)\"], unless = \"SELECT count(*) FROM t\", database = \"-one\")",
    );
    site.changes(
        "mysql.dump(\"/tmp/it's one.sql\", database = \"-one\", overwrite = False, options = \"--single-transaction\")\n\
         mysql.load_file(\"/tmp/it's one.sql\", database = \"two\", unless = \"SELECT count(*) FROM t\")",
    );
    assert_eq!(target.must("stat -c '%a %U' /tmp/*one.sql; ls /tmp/*.plumb 2>/dev/null || :"), "600 root\n");
    assert_eq!(says(&target, "SELECT a, a IS NULL FROM two.t ORDER BY 2"), "it's ü\t0\nNULL\t1");
    does_each_time(&site, "mysql.sql(\"INSERT INTO t VALUES ('x')\", database = \"two\")");
    assert_eq!(says(&target, "SELECT count(*) FROM two.t"), "3");
    site.changes("mysql.dump(\"/tmp/all.sql\", overwrite = False)");
    assert!(target.must("cat /tmp/all.sql").contains("CREATE DATABASE"));
    let wrong = "mysql.dump(\"/tmp/it's one.sql\", database = \"nothing\")";
    site.refuses(wrong, &["Unknown database 'nothing'"]);
    assert!(target.must("cat /tmp/*one.sql").contains("CREATE TABLE"));
    site.refuses(
        "mysql.sql([\"SELEC 1\", \"DROP TABLE t\"], database = \"two\")",
        &["You have an error in your SQL syntax"],
    );
    assert_eq!(says(&target, "SELECT count(*) FROM two.t"), "3");
}

#[test]
fn passwords_of_mysql_are_seen_by_nobody() {
    let Some(target) = started("passwords_of_mysql_are_seen_by_nobody") else { return };
    let site = Site::of(&target, &MODULES);
    says(
        &target,
        "CREATE USER admin@localhost IDENTIFIED BY '#adm1n''s \"\\\\ word'; GRANT ALL ON *.* TO admin@localhost WITH GRANT OPTION;",
    );
    // What a file of options says of somebody else's password does not count where one is given.
    target.write("/root/.my.cnf", b"[client]\nuser=admin\npassword=another\n");
    watch(&target, "mariadb");
    watch(&target, "mariadb-dump");
    let as_admin = "mysql_password = \"#adm1n's \\\"\\\\ word\", mysql_host = \"127.0.0.1\"";
    let said = site.changes(&format!("mysql.user(\"app\", password = \"app's s3cret\", {as_admin})"));
    does_each_time(&site, &format!("mysql.sql(\"SELECT '%s'\" % secret(\"t0ken\"), {as_admin})"));
    does_each_time(&site, &format!("mysql.dump(\"/tmp/all.sql\", options = \"--no-data\", {as_admin})"));
    target.must("rm /root/.my.cnf");
    assert!(says_to(&target, "app", "app's s3cret", "SELECT 1").is_some());
    let seen = target.must("cat /tmp/seen");
    assert!(seen.contains("mariadb-dump"), "{seen}");
    for secret in ["adm1n", "s3cret", "t0ken"] {
        assert!(!seen.contains(secret) && !said.contains(secret), "{secret}: {seen}");
    }
    let verifiers = site.fact("mysql.verifiers", &[]);
    assert_eq!(verifiers["value"]["app@localhost"], "(sensitive)");
}

#[test]
fn servers_of_mysql_that_do_not_answer_are_explained() {
    let Some(target) = unstarted("servers_of_mysql_that_do_not_answer_are_explained", "mariadb-server")
    else {
        return;
    };
    let site = Site::of(&target, &MODULES);
    let user = "mysql.user(\"app\", password = \"geheim\")";
    site.refuses(user, &["MySQL does not answer", "ERROR 2002", "services.service"]);
    target.must(START);
    site.refuses(
        "mysql.user(\"app\", mysql_user = \"root\", mysql_password = \"wr0ng\", mysql_host = \"127.0.0.1\")",
        &["MySQL does not answer", "ERROR 1698", "`sudo"],
    );
    // Whoever is made first may ask afterwards.
    site.changes(&format!(
        "{user}\nmysql.sql(\"SELECT 1\", unless = \"SELECT 1\", mysql_user = \"app\", mysql_password = \"geheim\", mysql_host = \"127.0.0.1\")"
    ));
    site.refuses(
        "mysql.sql(\"SELECT 1\", unless = \"SELECT 1\", mysql_user = \"app\", mysql_password = \"wr0ng\")",
        &["ERROR 1045", "`mysql_password`"],
    );
    target.remove_program("mariadb");
    target.remove_program("mysql");
    site.refuses(user, &["there is neither `mariadb` nor `mysql` on this host", "mariadb-client"]);
}
