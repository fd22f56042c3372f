//! PostgreSQL.

use plumb_operations::Site;
use plumb_targets::{Debian, Target};

use crate::{does_each_time, server, unstarted, watch};

const START: &str = "pg_ctlcluster \"$(ls /etc/postgresql)\" main start";
const MODULES: [&str; 1] = ["postgres"];

fn started(test: &str) -> Option<Debian> {
    server(test, "postgresql", START)
}

/// What a query says, to somebody who may ask anything.
#[track_caller]
fn says(target: &Target, database: &str, query: &str) -> String {
    let text = "PGDATABASE=$1 exec su postgres -c 'exec psql -X -At -v ON_ERROR_STOP=1'";
    let output = target.run(&["sh", "-c", text, "says", database], query.as_bytes());
    assert_eq!(output.status, 0, "{query}: {}", output.stderr);
    output.stdout.trim_end().to_owned()
}

/// Whether somebody may log in by a password.
fn lets_in(target: &Target, user: &str, password: &str) -> bool {
    let text =
        "PGHOST=127.0.0.1 PGUSER=$1 PGPASSWORD=$2 PGDATABASE=postgres exec psql -X -w -At -c 'SELECT 1'";
    target.run(&["sh", "-c", text, "lets_in", user, password], b"").status == 0
}

/// Lines of operations, each for who may do anything.
fn by_owner(lines: &str) -> String {
    lines
        .lines()
        .map(|line| line.strip_suffix(')').expect("a call").to_owned() + ", sudo_user = \"postgres\")\n")
        .collect()
}

#[test]
fn roles_of_postgres_are_made_changed_and_removed() {
    let Some(target) = started("roles_of_postgres_are_made_changed_and_removed") else { return };
    let site = Site::of(&target, &MODULES);
    let facts = "SELECT rolcanlogin, rolcreatedb, rolsuper, rolconnlimit, rolvaliduntil IS NOT NULL FROM pg_roles WHERE rolname = ";
    site.changes(&by_owner(
        "postgres.role(\"readers\", login = False)\n\
         postgres.role(\"app\", password = \"it's \\\\ \\\"s3cret\\\"\", createdb = True, groups = \"readers\")\n\
         postgres.role(\"app\", password = \"it's \\\\ \\\"s3cret\\\"\", groups = [\"readers\"])",
    ));
    assert_eq!(says(&target, "postgres", &format!("{facts}'app'")), "t|t|f|-1|f");
    assert!(lets_in(&target, "app", "it's \\ \"s3cret\"") && !lets_in(&target, "app", "s3cret"));
    // Another password is another, and nobody is shown either.
    let said = site.changes(&by_owner(
        "postgres.role(\"app\", password = \"pässwörd\", createdb = False, connection_limit = 3, \
         valid_until = \"2099-01-01 01:00+01\", groups = [])",
    ));
    assert_eq!(says(&target, "postgres", &format!("{facts}'app'")), "t|f|f|3|t");
    assert!(lets_in(&target, "app", "pässwörd") && !lets_in(&target, "app", "it's \\ \"s3cret\""));
    assert!(!said.contains("pässwörd") && said.contains("(hidden)"), "{said}");
    let groups =
        "SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = 'app'";
    assert_eq!(says(&target, "postgres", groups), "0");
    // As servers before kept it.
    says(&target, "postgres", "SET password_encryption = 'md5'; ALTER ROLE app PASSWORD 'old';");
    site.is_so(&by_owner("postgres.role(\"app\", password = \"old\")"));
    site.changes(&by_owner(
        "postgres.role(\"app\", present = False)\npostgres.role(\"readers\", present = False)",
    ));
    assert_eq!(
        says(&target, "postgres", "SELECT count(*) FROM pg_roles WHERE rolname IN ('app', 'readers')"),
        "0"
    );
}

#[test]
fn odd_names_of_postgres_are_names() {
    let Some(target) = started("odd_names_of_postgres_are_names") else { return };
    let site = Site::of(&target, &MODULES);
    let odd = "it's \\\\ \\\"o\\\"; DROP DATABASE template1; -- ünd $x `id`";
    let lines = format!(
        "postgres.role(\"{odd}\", password = \"geheim\")\n\
         postgres.database(\"{odd}\", owner = \"{odd}\")\n\
         postgres.schema(\"{odd}\", owner = \"{odd}\", psql_database = \"{odd}\")\n\
         postgres.sql(\"CREATE TABLE \\\"a b\\\" (x int)\", unless = \"SELECT 1 FROM \\\"a b\\\" UNION SELECT 1\", psql_database = \"{odd}\")\n\
         postgres.owner(\"a b\", \"{odd}\", psql_database = \"{odd}\")\n\
         postgres.privileges(\"{odd}\", [\"SELECT\", \"UPDATE\"], table = \"a b\", psql_database = \"{odd}\")\n\
         postgres.privileges(\"{odd}\", \"ALL\", database = \"{odd}\", psql_database = \"{odd}\", append = True)"
    );
    site.changes(&by_owner(&lines));
    let plain = "it's \\ \"o\"; DROP DATABASE template1; -- ünd $x `id`";
    let owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname LIKE 'it''s%'";
    assert_eq!(says(&target, "postgres", owner), plain);
    assert_eq!(says(&target, plain, "SELECT tableowner FROM pg_tables WHERE tablename = 'a b'"), plain);
    assert_eq!(
        says(&target, "postgres", "SELECT count(*) FROM pg_database WHERE datname = 'template1'"),
        "1"
    );
    site.changes(&by_owner(&format!(
        "postgres.database(\"{odd}\", present = False)\npostgres.role(\"{odd}\", present = False)"
    )));
    assert_eq!(says(&target, "postgres", "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'it%'"), "0");
}

#[test]
fn databases_of_postgres_are_made_changed_and_removed() {
    let Some(target) = started("databases_of_postgres_are_made_changed_and_removed") else { return };
    let site = Site::of(&target, &MODULES);
    let planned = site.changes(&by_owner(
        "postgres.role(\"app\")\n\
         postgres.database(\"shop\", owner = \"app\", encoding = \"LATIN1\", lc_collate = \"C\", lc_ctype = \"C\")\n\
         postgres.schema(\"sales\", owner = \"app\", psql_database = \"shop\")\n\
         postgres.extension(\"hstore\", schema = \"sales\", psql_database = \"shop\")",
    ));
    assert!(planned.contains("~ postgres.database shop"), "its owner is planned: {planned}");
    let encoding = "SELECT pg_encoding_to_char(encoding), datcollate, datconnlimit FROM pg_database WHERE datname = 'shop'";
    assert_eq!(says(&target, "postgres", encoding), "LATIN1|C|-1");
    let extension = "SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'hstore'";
    assert_eq!(says(&target, "shop", extension), "sales");
    let refused = by_owner("postgres.database(\"shop\", encoding = \"UTF8\")");
    site.refuses(&refused, &["encoding of the database shop is LATIN1, and cannot become UTF8"]);
    site.changes(&by_owner(
        "postgres.database(\"shop\", owner = \"postgres\", connection_limit = 7)\n\
         postgres.schema(\"sales\", owner = \"postgres\", psql_database = \"shop\")\n\
         postgres.extension(\"hstore\", schema = \"public\", version = \"latest\", psql_database = \"shop\")\n\
         postgres.role(\"app\", present = False)",
    ));
    assert_eq!(says(&target, "postgres", encoding), "LATIN1|C|7");
    assert_eq!(says(&target, "shop", extension), "public");
    site.changes(&by_owner(
        "postgres.extension(\"hstore\", present = False, psql_database = \"shop\")\n\
         postgres.schema(\"sales\", present = False, psql_database = \"shop\")",
    ));
    // Somebody is connected, who would keep the database from being removed.
    target.must("su postgres -c 'psql -X -c \"SELECT pg_sleep(600)\" shop' >/dev/null 2>&1 & sleep 1");
    let removed = "postgres.database(\"shop\", present = False)";
    site.refuses(&by_owner(removed), &["is being accessed by other users"]);
    site.changes(&by_owner("postgres.database(\"shop\", present = False, force = True)"));
    assert_eq!(says(&target, "postgres", "SELECT count(*) FROM pg_database WHERE datname = 'shop'"), "0");
}

#[test]
fn privileges_of_postgres_are_granted_and_revoked() {
    let Some(target) = started("privileges_of_postgres_are_granted_and_revoked") else { return };
    let site = Site::of(&target, &MODULES);
    says(
        &target,
        "postgres",
        "CREATE TABLE bills (id serial); CREATE TABLE clients (a int); CREATE VIEW pair AS SELECT 1;",
    );
    let may = |query: &str| says(&target, "postgres", &format!("SELECT has_{query}"));
    site.changes(&by_owner(
        "postgres.role(\"app\")\n\
         postgres.privileges(\"app\", [\"SELECT\", \"insert\"], table = [\"bills\", \"clients\"])\n\
         postgres.privileges(\"app\", \"SELECT\", table = \"pair\", with_grant_option = True)\n\
         postgres.privileges(\"app\", \"ALL\", sequence = \"bills_id_seq\")\n\
         postgres.privileges(\"app\", [\"CREATE\", \"USAGE\"], schema = \"public\")\n\
         postgres.privileges(\"public\", [], database = \"postgres\")",
    ));
    assert_eq!(may("table_privilege('app', 'bills', 'INSERT')"), "t");
    assert_eq!(may("table_privilege('app', 'pair', 'SELECT WITH GRANT OPTION')"), "t");
    assert_eq!(may("sequence_privilege('app', 'bills_id_seq', 'UPDATE')"), "t");
    assert_eq!(may("database_privilege('app', 'postgres', 'CONNECT')"), "f");
    site.changes(&by_owner(
        "postgres.privileges(\"app\", \"SELECT\", table = \"*\")\n\
         postgres.privileges(\"app\", [], sequence = \"*\")\n\
         postgres.privileges(\"app\", \"USAGE\", schema = \"public\")\n\
         postgres.privileges(\"app\", \"CONNECT\", database = \"postgres\", append = True)",
    ));
    assert_eq!(may("table_privilege('app', 'bills', 'INSERT')"), "f");
    assert_eq!(may("table_privilege('app', 'pair', 'SELECT WITH GRANT OPTION')"), "f");
    assert_eq!(may("table_privilege('app', 'pair', 'SELECT')"), "t");
    assert_eq!(may("sequence_privilege('app', 'bills_id_seq', 'UPDATE')"), "f");
    assert_eq!(may("schema_privilege('app', 'public', 'CREATE')"), "f");
    assert_eq!(may("database_privilege('app', 'postgres', 'CONNECT')"), "t");
    let nowhere = by_owner("postgres.privileges(\"app\", \"SELECT\", table = \"nothing\")");
    site.refuses(&nowhere, &["there is no table `nothing` in the schema `public`"]);
}

#[test]
fn what_is_in_databases_of_postgres_is_dumped_and_loaded() {
    let Some(target) = started("what_is_in_databases_of_postgres_is_dumped_and_loaded") else { return };
    let site = Site::of(&target, &MODULES);
    let made = by_owner(
        "postgres.database(\"one\")\n\
         postgres.database(\"two\")\n\
         postgres.sql([\"CREATE TABLE t (a text)\", \"INSERT INTO t VALUES ('it''s \\\\ ü'), (NULL)\"], unless = \"SELECT count(*) FROM t\", psql_database = \"one\")",
    );
    site.changes(&made);
    let there = by_owner(
        "postgres.dump(\"/tmp/it's one.sql\", overwrite = False, psql_database = \"one\")\n\
         postgres.load_file(\"/tmp/it's one.sql\", unless = \"SELECT count(*) FROM t\", single_transaction = True, psql_database = \"two\")",
    );
    site.changes(&there);
    assert_eq!(
        target.must("stat -c '%a %U' /tmp/*one.sql; ls /tmp/*.plumb 2>/dev/null || :"),
        "600 postgres\n"
    );
    assert_eq!(says(&target, "two", "SELECT a, a IS NULL FROM t"), "it's \\ ü|f\n|t");
    does_each_time(&site, &by_owner("postgres.sql(\"INSERT INTO t VALUES ('x')\", psql_database = \"two\")"));
    assert_eq!(says(&target, "two", "SELECT count(*) FROM t"), "3");
    // What goes wrong is told, and what was there stays.
    let wrong = by_owner(
        "postgres.dump(\"/tmp/it's one.sql\", options = \"--table=nothing\", psql_database = \"one\")",
    );
    site.refuses(&wrong, &["no matching tables were found"]);
    assert!(target.must("cat /tmp/*one.sql").contains("CREATE TABLE"));
    let twice = by_owner("postgres.load_file(\"/tmp/it's one.sql\", psql_database = \"two\")");
    site.refuses(&twice, &["relation \"t\" already exists"]);
    let broken = by_owner(
        "postgres.sql([\"INSERT INTO t VALUES ('y')\", \"SELEC 1\"], single_transaction = True, psql_database = \"two\")",
    );
    site.refuses(&broken, &["syntax error at or near \"SELEC\""]);
    assert_eq!(says(&target, "two", "SELECT count(*) FROM t"), "3");
}

#[test]
fn passwords_of_postgres_are_seen_by_nobody() {
    let Some(target) = started("passwords_of_postgres_are_seen_by_nobody") else { return };
    let site = Site::of(&target, &MODULES);
    says(
        &target,
        "postgres",
        "CREATE ROLE admin SUPERUSER LOGIN PASSWORD 'adm1n''s word'; ALTER SYSTEM SET log_statement = 'all'; SELECT pg_reload_conf();",
    );
    watch(&target, "psql");
    let as_admin = "psql_user = \"admin\", psql_password = \"adm1n's word\", psql_host = \"127.0.0.1\"";
    let said = site.changes(&format!("postgres.role(\"app\", password = \"app's s3cret\", {as_admin})"));
    does_each_time(&site, &format!("postgres.sql(\"SELECT '%s'\" % secret(\"t0ken\"), {as_admin})"));
    assert!(lets_in(&target, "app", "app's s3cret"));
    let seen = target.must("cat /tmp/seen");
    assert!(seen.contains("psql"), "{seen}");
    let log = target.must("cat /var/log/postgresql/*.log");
    assert!(log.contains("CREATE ROLE"), "{log}");
    for secret in ["adm1n", "s3cret"] {
        assert!(!seen.contains(secret) && !said.contains(secret) && !log.contains(secret), "{secret}");
    }
    assert!(!seen.contains("t0ken"), "{seen}");
    let asked = ["psql_user=admin", "psql_password=adm1n's word", "psql_host=127.0.0.1"];
    let verifiers = site.fact("postgres.verifiers", &asked);
    assert!(!verifiers.to_string().contains("SCRAM"), "{verifiers}");
    // Who may not read what passwords are verified by cannot tell, and says so.
    says(
        &target,
        "postgres",
        "CREATE ROLE maker CREATEROLE LOGIN PASSWORD 'maker'; GRANT app TO maker WITH ADMIN OPTION;",
    );
    let as_maker = "psql_user = \"maker\", psql_password = \"maker\", psql_host = \"127.0.0.1\"";
    let said = does_each_time(&site, &format!("postgres.role(\"app\", password = \"an0ther\", {as_maker})"));
    assert!(said.contains("(cannot be read)"), "{said}");
    assert!(lets_in(&target, "app", "an0ther"));
    site.is_so(&format!("postgres.role(\"app\", password = \"third\", update_password = False, {as_maker})"));
}

#[test]
fn servers_of_postgres_that_do_not_answer_are_explained() {
    let Some(target) = unstarted("servers_of_postgres_that_do_not_answer_are_explained", "postgresql") else {
        return;
    };
    let site = Site::of(&target, &MODULES);
    let role = by_owner("postgres.role(\"app\")");
    site.refuses(&role, &["PostgreSQL does not answer", "services.service"]);
    target.must(START);
    site.refuses("postgres.role(\"app\")", &["role \"root\"", "`sudo_user"]);
    site.refuses(
        "postgres.role(\"app\", psql_user = \"postgres\", psql_password = \"wr0ng\", psql_host = \"127.0.0.1\")",
        &["authentication failed", "`psql_password`"],
    );
    site.refuses(
        "postgres.role(\"app\", psql_user = \"postgres\", psql_host = \"127.0.0.1\")",
        &["fe_sendauth", "`psql_password`"],
    );
    site.refuses(
        &by_owner("postgres.schema(\"x\", psql_database = \"nothing\")"),
        &["\"nothing\"", "`psql_database`"],
    );
    // Whoever is made first may ask afterwards.
    site.changes(
        "postgres.role(\"app\", password = \"geheim\", sudo_user = \"postgres\")\n\
         postgres.sql(\"SELECT 1\", unless = \"SELECT 1\", psql_user = \"app\", psql_password = \"geheim\", psql_host = \"localhost\")",
    );
    target.remove_program("psql");
    site.refuses(&role, &["there is no `psql` on this host", "postgresql-client"]);
}
