//! What is said of mistakes: all of them, each in its place, with what to do.

use proptest::prelude::*;

use crate::support::{Setting, flat};

/// Files with mistakes: their name, what is in them, and words of what is said.
const FILES: &[(&str, &str, &[&str])] = &[
    (
        "h.ini",
        "web[1:\nweb[3:1]\n-oProxyCommand=x\n",
        &["line 1", "has no \"]\"", "line 2", "ends before", "line 3", "begins with a dash"],
    ),
    ("h.ini", "a b=c d\n", &["\"d\"", "name=value", "h.ini line 1"]),
    ("h.ini", "a b='c\n", &["the quotation that begins here has no end"]),
    ("h.ini", "[web:var]\nx=1\n", &["Did you mean \"vars\"?"]),
    ("h.ini", "[web db]\nx\n", &["without blanks"]),
    ("h.ini", "[web:vars]\nx=1\n[wbe]\na\n", &["group \"web\"", "Did you mean \"wbe\"?"]),
    ("h.ini", "[all:children]\nwbe\n[web]\na\n", &["group \"wbe\"", "Did you mean \"web\"?"]),
    ("h.ini", "[web]\na\n[web:vars]\nx\n", &["each line is name=value"]),
    (
        "h.ini",
        "[a:children]\nb\n[b:children]\nc\n[c:children]\na\n[c]\nx\n",
        &["Circular groups", "\"a\", \"c\", \"b\", \"a\""],
    ),
    ("h.ini", "[a:children]\na\n[a]\nx\n", &["\"a\", \"a\""]),
    ("h.ini", "[web:children]\nall\n[web]\nx\n", &["\"all\" has every host"]),
    (
        "h.ini",
        "a ssh_port=x\n",
        &["\"ssh_port\" must be a number from 1 to 65535, and is \"x\"", "with host a"],
    ),
    ("h.ini", "a ssh_password=\"['hunter2']\"\n", &["must be a text, and is a value that is not shown"]),
    ("h.ini", "a ssh_password=x hunter2 ssh_port=y\n", &["one of these words"]),
    ("h.yml", "all: {hosts: {a: {ssh_password: hunter2, ssh_port: z}}}\n", &["is \"z\""]),
    ("h.yml", "all:\n  vars:\n    db_password: !custom |\n      hunter2\n", &["not known here"]),
    ("h.json", "{\"a\": {\"vars\": {\"password\": \"hunter2\", \"x\": }}}\n", &["expected value"]),
    ("h.ini", "a ansible_host={{ip}}\n", &["is a template of Ansible's"]),
    (
        "h.ini",
        "a ssh_hostname=-oProxyCommand=x\n",
        &["cannot be \"-oProxyCommand=x\"", "takes it for an option|take it for an option"],
    ),
    ("h.ini", "a ssh_jump=b,-x\n", &["\"-x\" is none"]),
    ("h.ini", "a ssh_user='a b'\n", &["white space"]),
    ("h.ini", "a ssh_strict_host_key_checking=maybe\n", &["\"yes\", \"accept-new\" or \"no\""]),
    ("h.ini", "a ssh_connect_timeout=-1\n", &["a number of seconds"]),
    ("h.ini", "a ssh_key=~root/k\n", &["another user"]),
    ("h.ini", "a ansible_become=yes ansible_become_method=doas\n", &["\"doas\"", "only \"sudo\""]),
    ("h.ini", "a sudo=perhaps\n", &["must be true or false"]),
    ("h.ini", "a connection=sssh\n", &["Did you mean \"ssh\"?"]),
    ("h.ini", "a ssh_prot=22\n", &["Warning", "Did you mean \"ssh_port\"?"]),
    ("h.ini", "[web]\nweb\n", &["Host and group of the same name"]),
    ("h.ini", "@dokcer/x\n", &["\"@dokcer/x\" means nothing here", "Did you mean \"docker\"?"]),
    ("h.ini", "a:99999\n", &["is no port"]),
    ("h.ini", "# nobody\n", &["No hosts"]),
    ("h.ini", "$ANSIBLE_VAULT;1.1;AES256\n6162\n", &["the whole file is encrypted", "ansible-vault decrypt"]),
    (
        "h.yml",
        "all:\n  hosts:\n    a:\n      x: !vault |\n        $ANSIBLE_VAULT;1.1;AES256\n        61\n",
        &["the value of \"x\" is encrypted", "h.yml line 5"],
    ),
    (
        "h.yml",
        "all:\n  hosts:\n  - a\n  - 5\n",
        &["Each host of the group \"all\" has to be named by a text, and here is a number", "line 4"],
    ),
    ("h.yml", "all:\n  hosts:\n    10.1:\n", &["Write it in quotes"]),
    ("h.yml", "all:\n  host:\n    a:\nweb:\n  hosts: {a: }\n", &["Did you mean \"hosts\"?", "line 2"]),
    ("h.yml", "web: 5\n", &["and it is a number"]),
    ("h.yml", "- a\n- b\n", &["it is a list"]),
    ("h.yml", "", &["there is nothing in it"]),
    ("h.yml", "plugin: amazon.aws.aws_ec2\n", &["\"amazon.aws.aws_ec2\"", "ansible-inventory"]),
    ("h.yml", "web:\n  hosts:\n    a: [1]\n", &["What is said of host \"a\" has to be a mapping", "a list"]),
    ("h.yml", "web:\n  hosts: {a: }\n  hosts: {b: }\n", &["Duplicate key", "It is here before"]),
    ("h.yml", "web:\n\thosts:\n", &["cannot be read as YAML", "line 2"]),
    ("h.json", "{\"web\": {\"hosts\": [\"a\",]}}", &["cannot be read as JSON", "expected value"]),
    ("h.json", "{\"web\": {\"hosts\": [\"a b\"]}}", &["white space"]),
    (
        "h.json",
        "[5, {\"adress\": \"x\"}]",
        &["element 1 of h.json is a number", "Element 2 of h.json names no host", "\"adress\""],
    ),
    ("h.json", "[{\"name\": \"a\", \"groups\": [5]}]", &["a list of names"]),
    (
        "h.json",
        "{\"web\": [\"a\"], \"_meta\": {\"hostvars\": {\"b\": {}}}}",
        &["a host that no group has, \"b\""],
    ),
    ("h.json", "\"a\"", &["it is a text"]),
    ("h.toml", "x", &["inventories of that kind cannot be read"]),
    ("h.star", "[{\"nam\": 1}]", &["Element 1 of what h.star says names no host"]),
    ("h.star", "{\"web\": [5]}", &["what h.star says"]),
];

#[test]
fn files_with_mistakes() {
    for (name, text, words) in FILES {
        let (_, said, _) = Setting::new().file(name, text).read(&[name]);
        for wanted in *words {
            let found = wanted.split('|').any(|wanted| flat(&said).contains(wanted));
            assert!(found, "{text}\nlacks {wanted:?}:\n{said}");
        }
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn words_that_mean_nothing() {
    let setting = Setting::new()
        .file("bad", "#!")
        .failing("./bad --list", "no credentials\nfor the cloud\n")
        .file("mute", "#!")
        .program("./mute --list", "")
        .file("chatty", "#!")
        .program("./chatty --list", "Hello!\n")
        .file("lists/x.md", "")
        .program("docker ps --format json", "oops");
    let cases = [
        ("hosts.ini", "There is no file or directory \"hosts.ini\""),
        ("./x/y", "There is no file or directory"),
        ("@loca", "Did you mean \"local\"?"),
        ("@state/", "means nothing here"),
        ("@command/'x", "cannot be taken apart"),
        ("@command/gone --x", "The program gone was to say which hosts there are, and cannot be started"),
        ("bad", "failed (exit status: 3). It wrote: no credentials for the cloud"),
        ("mute", "wrote nothing"),
        ("chatty", "begins with \"Hello!\""),
        ("lists", "There is no inventory in the directory lists"),
        ("@docker", "its answer is no JSON"),
        ("@ssh_config", "There is no file /home/me/.ssh/config"),
        ("-x", "begins with a dash"),
        (",", "No hosts"),
    ];
    for (word, words) in cases {
        let (_, said, _) = setting.read(&[word]);
        assert!(flat(&said).contains(words), "{word}: {said}");
    }
}

#[test]
fn mistakes_beside_an_inventory() {
    let setting = Setting::new()
        .file("h.ini", "[web]\nweb1\n")
        .file("group_vars/wbe.yml", "a: 1\n")
        .file("group_vars/web.yml", "a: 1\n")
        .file("group_vars/web.yaml", "b: 1\n")
        .file("host_vars/web1.yml", "- a\n")
        .file("group_vars/all.yml", "x: [\n");
    let (_, said, _) = setting.read(&["h.ini"]);
    for words in [
        "group_vars has values for a group \"wbe\"",
        "Did you mean \"web\"?",
        "group_vars/web.yml is read, and web.yaml beside it is not",
        "What is said of host \"web1\" has to be a mapping",
        "on group_vars/all.yml line 1",
    ] {
        assert!(flat(&said).contains(words), "{words}: {said}");
    }
}

#[test]
fn values_of_data_are_named() {
    for (given, words) in
        [("x", "must be a name, an equals sign"), ("=x", "must be a name"), ("a=[1", "begins as JSON")]
    {
        let (_, said, _) = Setting::new().given(given).read(&["a"]);
        assert!(flat(&said).contains(words), "{given}: {said}");
    }
}

#[test]
fn everything_is_told_at_once() {
    let text = "web[1:\n[db\nx\n[web]\na b\n[web:vars]\nnothing\n";
    let (_, said, _) =
        Setting::new().file("h.ini", text).file("i.json", "{").read(&["h.ini", "i.json", "gone.ini"]);
    assert_eq!(said.matches("Error:").count(), 6, "{said}");
    insta::assert_snapshot!(Setting::new().file("h.ini", "web1\n[web]\nweb2 port 80\n").read(&["h.ini"]).1, @r#"
    Error: Invalid host variable

      on h.ini line 3:
        |
      3 | web2 port 80
        |      ^^^^

    Behind a host there are values as name=value, and "port" is none. What has
    blanks in it goes into quotes.

    Error: Invalid host variable

      on h.ini line 3:
        |
      3 | web2 port 80
        |           ^^

    Behind a host there are values as name=value, and "80" is none. What has
    blanks in it goes into quotes.
    "#);
}

/// Pieces that mean something in one of the forms.
const PIECES: &[&str] = &[
    "web",
    "[web]",
    "[web:vars]",
    "[web:children]",
    "[",
    "]",
    "[1:3]",
    ":22",
    "\n",
    "\n  ",
    " ",
    "a=b",
    "=",
    "'",
    "\"",
    "#x",
    "ssh_port=",
    "ssh_password=",
    "ansible_host=",
    "ansible_ssh_common_args='-o ",
    "-J",
    ": ",
    "hosts:",
    "children:",
    "vars:",
    "all:",
    "{",
    "}",
    ",",
    "- ",
    "*a",
    "&a ",
    "<<: ",
    "!vault ",
    "|",
    "{{",
    "@local",
    "@",
    "é",
    "\\",
    "\u{2028}",
    "\"hosts\":",
    "_meta",
    "\"hostvars\":",
    "null",
    "5",
    "~",
    "-",
    "\t",
    "\r\n",
    "None",
    "(",
];

proptest! {
    #[test]
    fn any_text_is_read_or_refused(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..24)) {
        let text = pieces.concat();
        for name in ["h.ini", "h.yml", "h.json", "h", "group_vars/all.yml"] {
            let setting = Setting::new().file("i.ini", "a\n").file(name, &text);
            let (inventory, said, _) = setting.read(&["i.ini", name]);
            prop_assert!(!said.is_empty() || !inventory.hosts().is_empty());
        }
        Setting::new().given(&text).read(&[&text]);
    }
}
