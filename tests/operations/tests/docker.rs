//! Containers, by a Docker that runs for the test alone.

#![expect(clippy::print_stdout, reason = "a test that cannot run says so")]

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use plumb_operations::Site;

const PATIENCE: Duration = Duration::from_secs(60);
/// A system that has a shell and little else.
const IMAGE: &str = r#"set -e
mkdir -p root/bin root/tmp root/etc
cp "$(command -v busybox)" root/bin/busybox
for library in $(ldd root/bin/busybox 2>/dev/null | grep -o '/[^ )]*'); do
  mkdir -p "root${library%/*}" && cp -L "$library" "root$library"
done
for name in sh sleep cat echo env id ls touch true; do ln -s busybox root/bin/$name; done
tar -C root -cf - . | docker import - plumb/base:1
echo second > root/bin/second && tar -C root -cf - . | docker import - plumb/base:2
"#;

/// A daemon of its own. It ends with this.
struct Docker {
    directory: tempfile::TempDir,
    daemon: Child,
}

impl Docker {
    /// Starts one, with two images; nothing, which is said, where there can be none.
    fn start(test: &str) -> Option<Self> {
        Docker::try_start().inspect_err(|why| println!("skipped: {test}: {why}")).ok()
    }

    fn try_start() -> Result<Self, String> {
        let has = |name: &str| {
            let found = Command::new("sh").args(["-c", "command -v \"$1\" >/dev/null", "has", name]).status();
            if found.is_ok_and(|status| status.success()) {
                Ok(())
            } else {
                Err(format!("there is no {name}"))
            }
        };
        ["unshare", "dockerd", "docker", "busybox", "tar"].into_iter().try_for_each(has)?;
        // A path of a socket is short.
        let directory = tempfile::tempdir_in("/tmp").map_err(|error| error.to_string())?;
        let log = fs::File::create(directory.path().join("log")).map_err(|error| error.to_string())?;
        // It has a network of its own, so that it changes nothing of this machine's.
        let daemon = Command::new("unshare")
            .args(["--net", "dockerd", "--data-root"])
            .arg(directory.path().join("data"))
            .arg("--exec-root")
            .arg(directory.path().join("run"))
            .arg("--pidfile")
            .arg(directory.path().join("pid"))
            .arg("--host")
            .arg(address(directory.path()))
            .args(["--iptables=false", "--bridge=none", "--storage-driver=vfs"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("dockerd: {error}"))?;
        let mut docker = Docker { directory, daemon };
        let patience = Instant::now() + PATIENCE;
        while docker.run("docker version").is_err() {
            let has_ended = docker.daemon.try_wait().is_ok_and(|status| status.is_some());
            if has_ended || Instant::now() > patience {
                let log = fs::read_to_string(docker.path().join("log")).unwrap_or_default();
                return Err(format!("dockerd does not start: {}", log.lines().last().unwrap_or_default()));
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        docker.must(IMAGE);
        docker
            .run("docker run --rm --network none plumb/base:1 true")
            .map_err(|why| format!("no container can be run here: {why}"))?;
        Ok(docker)
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn site(&self) -> Site {
        let site = Site::here(&["docker", "files"]);
        self.variables().into_iter().fold(site, |site, (name, value)| site.with_variable(name, &value))
    }

    fn variables(&self) -> [(&'static str, String); 3] {
        let config = self.path().join("config").display().to_string();
        [
            ("DOCKER_HOST", address(self.path())),
            ("DOCKER_CONFIG", config),
            // What buildx does is not what is tested, and it is not everywhere.
            ("DOCKER_BUILDKIT", "0".to_owned()),
        ]
    }

    fn run(&self, script: &str) -> Result<String, String> {
        let output = Command::new("sh")
            .args(["-c", script])
            .current_dir(self.path())
            .envs(self.variables())
            .stdin(Stdio::null())
            .output()
            .map_err(|error| error.to_string())?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    #[track_caller]
    fn must(&self, script: &str) -> String {
        self.run(script).unwrap_or_else(|why| panic!("{script}: {why}"))
    }
}

impl Drop for Docker {
    fn drop(&mut self) {
        // It ends what it has started when it is asked to; killed, it would leave that behind.
        let _ = self.run("docker ps --all --quiet | xargs -r docker rm --force");
        let _ = Command::new("kill").arg(self.daemon.id().to_string()).status();
        let patience = Instant::now() + PATIENCE;
        while self.daemon.try_wait().is_ok_and(|status| status.is_none()) && Instant::now() < patience {
            std::thread::sleep(Duration::from_millis(100));
        }
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

fn address(directory: &Path) -> String {
    format!("unix://{}", directory.join("socket").display())
}

fn containers(docker: &Docker) {
    let site = docker.site();
    let web = |more: &str| {
        format!(
            "docker.container(\"web\", image = \"plumb/base:1\", networks = \"none\", command = [\"sleep\", \"10000\"], \
             env_vars = {{\"A\": \"it's $b\"}}, labels = {{\"l\": \"1\"}}, restart_policy = \"no\", memory = \"64m\"{more})"
        )
    };
    site.changes(&web(""));
    let seen = docker.must("docker inspect --format '{{.State.Status}} {{.HostConfig.Memory}} {{index .Config.Labels \"l\"}}' web");
    assert_eq!(seen, "running 67108864 1\n");
    assert_eq!(docker.must("docker exec web sh -c 'echo $A'"), "it's $b\n");

    // What runs and what it was made of is known: anything else makes it anew.
    let first = docker.must("docker inspect --format '{{.Id}}' web");
    let anew = site.changes(&web(", hostname = \"h\""));
    assert!(anew.contains("remove, to make it anew"), "{anew}");
    assert_ne!(docker.must("docker inspect --format '{{.Id}}' web"), first);
    assert_eq!(docker.must("docker exec web cat /etc/hostname"), "h\n");
    let other = web(", hostname = \"h\"").replace("base:1", "base:2");
    site.changes(&other);
    docker.must("docker exec web ls /bin/second");

    site.changes(&other.replace(", hostname", ", start = False, hostname"));
    assert_eq!(docker.must("docker inspect --format '{{.State.Status}}' web"), "exited\n");
    site.refuses("docker.container_exec(\"web\", \"true\")", &["container web does not run, but is exited"]);
    docker.must("docker start web");
    site.is_so(&other);
    docker.must("docker kill web");
    site.changes(&other);
    site.changes("docker.container(\"web\", present = False)");
    assert_eq!(docker.must("docker ps --all --quiet"), "");
    site.refuses("docker.container(\"web\")", &["`image` is missing"]);
}

fn commands(docker: &Docker) {
    let site = docker.site();
    docker.must("docker run --detach --network none --name app plumb/base:1 sleep 10000");
    let done = site.deploy(
        &["-yes"],
        "docker.container_exec(\"app\", \"echo $A >/tmp/a; id -u >>/tmp/a; pwd >>/tmp/a\", env_vars = {\"A\": \"it's $b\"}, \
         user = \"7\", workdir = \"/tmp\")\n\
         docker.container_exec(\"app\", [\"touch\", \"/tmp/with space\"])",
    );
    assert_eq!(done.code, 1, "/tmp there is root's: {}", done.output);
    docker.must("docker exec app sh -c 'echo >/tmp/a'");
    let lines = "docker.container_exec(\"app\", \"echo $A >/tmp/a; id -u >>/tmp/a; pwd >>/tmp/a\", env_vars = {\"A\": \"it's $b\"}, \
         workdir = \"/tmp\")\ndocker.container_exec(\"app\", [\"touch\", \"/tmp/with space\"])";
    let done = site.deploy(&["-yes"], lines);
    assert_eq!(done.code, 0, "{}", done.output);
    assert_eq!(docker.must("docker exec app cat /tmp/a"), "it's $b\n0\n/tmp\n");
    docker.must("docker exec app ls '/tmp/with space'");
    site.refuses("docker.container_exec(\"app\", \"echo no >&2; exit 3\")", &["no", "3"]);
    site.refuses("docker.container_exec(\"none\", \"true\")", &["there is no container none"]);
    docker.must("docker rm --force app");
}

fn images(docker: &Docker) {
    let site = docker.site();
    site.is_so("docker.image(\"plumb/base:1\")");
    site.refuses("docker.image(\"127.0.0.1:1/none:1\")", &["127.0.0.1:1"]);
    docker.must("docker tag plumb/base:1 plumb/old:1");
    site.changes("docker.image(\"plumb/old:1\", present = False)");
    docker.must("! docker image inspect plumb/old:1 2>/dev/null && docker image inspect plumb/base:1");
}

fn builds(docker: &Docker) {
    let site = docker.site();
    let context = docker.path().join("context");
    fs::create_dir_all(context.join(".git")).expect("a directory");
    let write = |name: &str, text: &str| fs::write(context.join(name), text).expect("a file");
    write("Dockerfile", "FROM plumb/base:1\nARG A=0\nLABEL a=$A\nCOPY it /it\n");
    write("it", "1\n");
    let build = |more: &str| {
        format!("docker.build(\"{}\", [\"plumb/app:1\", \"plumb/app:latest\"]{more})", context.display())
    };
    site.changes(&build(""));
    let label = |name: &str| {
        docker.must(&format!(
            "docker image inspect --format '{{{{index .Config.Labels \"{name}\"}}}}' plumb/app:latest"
        ))
    };
    assert_eq!(label("a"), "0\n");
    // When a file was written does not matter, nor what git keeps beside it.
    write("it", "1\n");
    write(".git/HEAD", "x\n");
    site.is_so(&build(""));
    write("it", "2\n");
    site.changes(&build(""));
    site.changes(&build(", build_args = {\"A\": \"b c\"}"));
    assert_eq!(label("a"), "b c\n");
    let made = docker.must("docker create --network none plumb/app:1 true");
    assert_eq!(docker.must(&format!("docker cp {}:/it - | tar -xOf -", made.trim())), "2\n");
    site.refuses(&build(", dockerfile = \"/none\""), &["/none"]);
    let none = "docker.build(\"/none\", \"plumb/none:1\")";
    site.refuses(none, &["there is no directory /none on the host"]);
}

fn networks_and_volumes(docker: &Docker) {
    let site = docker.site();
    let network = "docker.network(\"front\", driver = \"bridge\", subnet = \"10.99.0.0/24\", gateway = \"10.99.0.1\", \
                   aux_addresses = {\"r\": \"10.99.0.2\"}, labels = {\"a\": \"b\"}, internal = True)";
    site.changes(network);
    let seen = docker.must("docker network inspect --format '{{.Driver}} {{(index .IPAM.Config 0).Subnet}} {{.Internal}} {{.Labels.a}}' front");
    assert_eq!(seen, "bridge 10.99.0.0/24 true b\n");
    site.refuses("docker.network(\"front\", driver = \"macvlan\")", &["has the driver bridge"]);
    site.changes("docker.network(\"front\", present = False)");

    let volume = "docker.volume(\"data\", labels = {\"a\": \"b c\"})";
    site.changes(volume);
    assert_eq!(docker.must("docker volume inspect --format '{{.Labels.a}}' data"), "b c\n");
    site.changes(
        "docker.volume(\"data\")\ndocker.container(\"keeper\", image = \"plumb/base:1\", networks = \"none\", \
         volumes = \"data:/data\", command = [\"sleep\", \"1000\"])",
    );
    docker.must("docker exec keeper touch /data/x");
    site.refuses("docker.volume(\"data\", present = False)", &["volume is in use"]);
    site.changes("docker.container(\"keeper\", present = False)\ndocker.volume(\"data\", present = False)");
    assert_eq!(docker.must("docker volume ls --quiet"), "");
}

fn plugins(docker: &Docker) {
    let site = docker.site();
    let config = r#"{"description": "x", "documentation": "", "entrypoint": ["/bin/sleep", "1000"],
        "interface": {"types": ["docker.dummy/1.0"], "socket": "p.sock"}, "network": {"type": "none"},
        "env": [{"name": "DEBUG", "settable": ["value"], "value": "0"}],
        "linux": {"capabilities": null}, "mounts": null, "args": {"name": "", "settable": null, "value": null},
        "workdir": "", "propagatedMount": "", "ipcHost": false, "pidHost": false}"#;
    fs::write(docker.path().join("config.json"), config).expect("a file");
    docker.must("mkdir plugin && cp config.json plugin && cp -a root plugin/rootfs && docker plugin create plumb/plugin plugin");
    site.is_so("docker.plugin(\"plumb/plugin\", enabled = False)");
    site.changes("docker.plugin(\"plumb/plugin\", enabled = False, plugin_options = {\"DEBUG\": 1})");
    assert_eq!(docker.must("docker plugin inspect --format '{{.Settings.Env}}' plumb/plugin"), "[DEBUG=1]\n");
    site.changes("docker.plugin(\"plumb/plugin\", present = False)");
    assert_eq!(docker.must("docker plugin ls --quiet"), "");
    site.refuses("docker.plugin(\"127.0.0.1:1/none\")", &["127.0.0.1:1"]);
}

/// What a fact is.
#[track_caller]
fn fact(site: &Site, name: &str, arguments: &[&str]) -> serde_json::Value {
    site.fact(name, arguments)["value"].take()
}

fn facts(docker: &Docker) {
    let site = docker.site();
    docker.must(
        "docker run --detach --network none --name seen --env A=b=c --label l=1 --volume kept:/data plumb/base:1 \
         sh -c 'touch /new; sleep 10000'",
    );
    let name = &["seen"][..];
    assert_eq!(fact(&site, "docker.container", name)["Name"], "/seen");
    assert_eq!(fact(&site, "docker.containers", &[]).as_array().map(Vec::len), Some(1));
    assert_eq!(fact(&site, "docker.container_envs", name)["A"], "b=c");
    assert_eq!(fact(&site, "docker.container_labels", name)["l"], "1");
    assert_eq!(fact(&site, "docker.container_mounts", name)[0]["Destination"], "/data");
    assert!(fact(&site, "docker.container_networks", name)["none"].is_object());
    assert!(fact(&site, "docker.container_ports", name).is_object());
    let changes = fact(&site, "docker.container_fs_changes", name);
    let is_new = |change: &serde_json::Value| change["path"] == "/new" && change["kind"] == "added";
    assert!(changes.as_array().is_some_and(|changes| changes.iter().any(is_new)), "{changes}");
    let processes = fact(&site, "docker.container_processes", name).to_string();
    assert!(processes.contains("sleep 10000"), "{processes}");
    assert_eq!(fact(&site, "docker.container_stats", &[])[0]["Name"], "seen");
    let images = fact(&site, "docker.images", &[]).to_string();
    assert!(images.contains("plumb/base:1") && images.contains("plumb/base:2"), "{images}");
    let id = fact(&site, "docker.image", &["plumb/base:1"])["Id"].clone();
    assert!(id.as_str().is_some_and(|id| id.starts_with("sha256:")), "{id}");
    assert_eq!(fact(&site, "docker.image_layers", &["plumb/base:1"]).as_array().map(Vec::len), Some(1));
    assert!(fact(&site, "docker.image_labels", &["plumb/base:1"]).is_object());
    assert_eq!(fact(&site, "docker.image_history", &["plumb/base:1"]).as_array().map(Vec::len), Some(1));
    assert_eq!(fact(&site, "docker.network", &["host"])["Driver"], "host");
    assert!(fact(&site, "docker.networks", &[]).to_string().contains("\"host\""));
    assert!(fact(&site, "docker.network_labels", &["host"]).is_object());
    assert_eq!(fact(&site, "docker.volume", &["kept"])["Name"], "kept");
    assert_eq!(fact(&site, "docker.volumes", &[])[0]["Name"], "kept");
    assert!(fact(&site, "docker.volume_labels", &["kept"]).is_object());
    assert_eq!(fact(&site, "docker.plugins", &[]), serde_json::json!([]));
    assert_eq!(fact(&site, "docker.plugin", &["none"]), serde_json::json!({}));
    assert_eq!(fact(&site, "docker.container", &["none"]), serde_json::json!({}));
    assert_eq!(fact(&site, "docker.system_info", &[])["Containers"], 1);
    assert!(fact(&site, "docker.version", &[])["Server"]["Version"].is_string());
    docker.must("docker rm --force seen && docker volume rm kept");
}

/// One daemon for all of them: it takes as long to start as they take.
#[test]
fn docker_is_as_its_operations_say() {
    if let Some(docker) = Docker::start("docker_is_as_its_operations_say") {
        containers(&docker);
        commands(&docker);
        images(&docker);
        builds(&docker);
        networks_and_volumes(&docker);
        plugins(&docker);
        docker.must("docker ps --all --quiet | xargs -r docker rm --force");
        facts(&docker);
        let done = docker.site().deploy(&["-yes"], "docker.prune(all = True)");
        assert_eq!(done.code, 0, "{}", done.output);
        assert_eq!(docker.must("docker image ls --quiet"), "");
    }
}
