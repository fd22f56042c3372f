//! Tests of reading CLI configurations. The summaries are those of Terraform 1.11.4 where it has one.

use std::path::{Path, PathBuf};

use plumb_source::{Files, MemoryFiles, SourceMap};

use super::*;

fn load(files: &MemoryFiles, variables: &[(&str, &str)]) -> (CliConfiguration, Vec<String>) {
    let environment: Environment = variables.iter().copied().collect();
    let sources = SourceMap::new();
    let (configuration, diagnostics) = CliConfiguration::load(files, &environment, &sources);
    let shown = diagnostics
        .iter()
        .map(|diagnostic| {
            let place = diagnostic.subject.map(|span| sources.text(span)).unwrap_or_default();
            format!("{}|{}|{place}", diagnostic.summary, diagnostic.detail)
        })
        .collect();
    (configuration, shown)
}

fn load_text(text: &str) -> (CliConfiguration, Vec<String>) {
    load(&MemoryFiles::new().with("/c.tfrc", text), &[("TF_CLI_CONFIG_FILE", "/c.tfrc")])
}

#[test]
fn reads_every_setting() {
    let text = r#"
        plugin_cache_dir   = "$CACHE/x"
        plugin_cache_may_break_dependency_lock_file = true
        disable_checkpoint = true
        disable_checkpoint_signature = true
        credentials "App.Terraform.io" { token = "secret" }
        credentials "none.example" {}
        credentials_helper "vault" { args = ["-a", "b"] }
        host "example.com" { services = { "providers.v1" = "/p/", "login.v1" = { client = "c", ports = [1, 2] } } }
        provider_installation {
          dev_overrides {
            "hashicorp/foo" = "/dev/foo"
            acme            = "/dev/acme"
          }
          filesystem_mirror {
            path    = "/mirror"
            include = ["example.com/*/*"]
          }
          network_mirror { url = "https://mirror.example/x" }
          direct { exclude = ["example.com/*/*", "hashicorp/null"] }
        }
    "#;
    let files = MemoryFiles::new().with("/c.tfrc", text).with("/cache/x/f", "");
    let (configuration, diagnostics) =
        load(&files, &[("TF_CLI_CONFIG_FILE", "/c.tfrc"), ("CACHE", "/cache")]);
    assert_eq!(diagnostics, Vec::<String>::new());
    assert_eq!(configuration.plugin_cache_directory.as_deref(), Some(Path::new("/cache/x")));
    assert!(configuration.plugin_cache_may_break_lock_file && configuration.disable_checkpoint);
    assert!(configuration.disable_checkpoint_signature);
    assert_eq!(configuration.credentials["app.terraform.io"], Some(Token::new("secret")));
    assert_eq!(configuration.credentials["none.example"], None);
    let helper = configuration.credentials_helper.clone().expect("has one");
    assert_eq!((helper.name.as_str(), helper.arguments), ("vault", vec!["-a".to_owned(), "b".to_owned()]));
    assert_eq!(configuration.hosts["example.com"]["providers.v1"], "/p/");
    assert_eq!(configuration.hosts["example.com"]["login.v1"]["ports"][1], 2);
    let installation = configuration.provider_installation.clone().expect("has one");
    assert_eq!(installation.dev_overrides.len(), 2);
    let locations: Vec<_> = installation.methods.iter().map(|method| method.location.clone()).collect();
    let mirror = crate::web::WebAddress::parse("https://mirror.example/x/").expect("is an address");
    assert_eq!(
        locations,
        [
            InstallationLocation::FilesystemMirror(PathBuf::from("/mirror")),
            InstallationLocation::NetworkMirror(mirror),
            InstallationLocation::Direct,
        ]
    );
    assert_eq!(installation.methods[2].filter.exclude.len(), 2);
    assert!(!format!("{configuration:?}").contains("secret"));
}

#[test]
fn the_json_form_says_the_same() {
    let text = r#"{
        "disable_checkpoint": true,
        "credentials": {"a.b": {"token": "x"}},
        "host": {"h.example": {"services": {"providers.v1": "https://x/"}}},
        "provider_installation": [{"direct": [{}], "filesystem_mirror": {"path": "/m", "include": ["a/*"]}}]
    }"#;
    let (configuration, diagnostics) = load_text(text);
    assert_eq!(diagnostics, Vec::<String>::new());
    assert!(configuration.disable_checkpoint);
    assert_eq!(configuration.credentials["a.b"], Some(Token::new("x")));
    assert_eq!(configuration.hosts["h.example"]["providers.v1"], "https://x/");
    assert_eq!(configuration.provider_installation.expect("has one").methods.len(), 2);
    let (_, diagnostics) = load_text("{\n  \"a\": }");
    assert!(
        diagnostics[0].starts_with("Invalid CLI configuration file|The file is not valid JSON"),
        "{diagnostics:?}"
    );
}

#[test]
fn mistakes_are_named_with_their_place() {
    let cases: &[(&str, &[&str])] = &[
        (
            "provider_installation = {\n  direct {}\n}",
            &[
                "Invalid provider_installation block|The provider_installation block must not be introduced with an equals sign.|provider_installation",
            ],
        ),
        (
            "provider_installation \"x\" {\n  direct \"y\" {\n  }\n  x = 3\n}",
            &[
                "Invalid provider_installation block|The provider_installation block must not have any labels.|provider_installation \"x\"",
                "Invalid provider_installation method block|The blocks inside the provider_installation block may not have any labels.|direct \"y\"",
                "Invalid provider_installation method block|The items inside the provider_installation block must all be blocks.|x",
            ],
        ),
        (
            "provider_installation {\n  filesystem_miror {}\n}",
            &[
                "Invalid provider_installation method block|Unknown provider installation method \"filesystem_miror\". Did you mean \"filesystem_mirror\"?|filesystem_miror",
            ],
        ),
        (
            "provider_installation {\n  filesystem_mirror {}\n  network_mirror {}\n}",
            &[
                "Invalid provider_installation method block|Invalid filesystem_mirror block: \"path\" argument is required.|filesystem_mirror",
                "Invalid provider_installation method block|Invalid network_mirror block: \"url\" argument is required.|network_mirror",
            ],
        ),
        (
            "provider_installation {\n  direct {}\n  dev_overrides {}\n}",
            &[
                "Invalid provider_installation method block|The dev_overrides block must appear before all other installation methods, because development overrides always have the highest priority.|dev_overrides",
            ],
        ),
        (
            "provider_installation {\n  dev_overrides { \"a/b/c/d\" = \"x\" }\n}",
            &[
                "Invalid provider installation dev overrides|The entry \"a/b/c/d\" is not a valid provider source string: The \"source\" attribute must be in the format \"[hostname/][namespace/]name\".|\"a/b/c/d\"",
            ],
        ),
        (
            "provider_installation {\n  direct {\n    include = [\"a/b/c/d\"]\n    exclude = 1\n  }\n}",
            &[
                "Invalid provider source inclusion patterns|CLI config specifies invalid provider inclusion patterns: invalid provider matching pattern \"a/b/c/d\": must have either two or three slash-separated segments.|[\"a/b/c/d\"]",
                "Invalid CLI configuration setting|\"exclude\" must be a list of strings, but this is a number.|1",
            ],
        ),
        (
            "provider_installation {\n  network_mirror { url = \"http://localhost/x\" }\n}",
            &[
                "Invalid URL for provider installation source|Cannot use \"http://localhost/x\" as a URL for a network provider mirror: the mirror must be at an https: URL.|\"http://localhost/x\"",
            ],
        ),
        (
            "provider_installation {\n}\nprovider_installation {\n}",
            &[
                "Duplicate provider_installation block|No more than one provider_installation block may be specified.|provider_installation",
            ],
        ),
        (
            "credentials_helper \"a\" {}\ncredentials_helper \"b\" {}",
            &[
                "Duplicate credentials_helper block|No more than one credentials_helper block may be specified.|credentials_helper \"b\"",
            ],
        ),
        (
            "host \"bad host\" {}\ncredentials \"a b\" {}",
            &[
                "Invalid hostname|The host \"bad host\" block has an invalid hostname: it contains characters that a URL must not have.|\"bad host\"",
                "Invalid hostname|The credentials \"a b\" block has an invalid hostname: it contains characters that a URL must not have.|\"a b\"",
            ],
        ),
        (
            "disable_checkpoint = \"yes\"\nplugin_cache_dir = [\"x\"]\ncredentials = 3",
            &[
                "Invalid CLI configuration setting|\"disable_checkpoint\" must be true or false, but this is a string.|\"yes\"",
                "Invalid CLI configuration setting|\"plugin_cache_dir\" must be a string, but this is a list.|[\"x\"]",
                "Invalid CLI configuration setting|\"credentials\" must be a block with a label, but this is a number.|3",
            ],
        ),
        (
            "plugin_cache_dirs = \"/x\"\nanything_else = 1",
            &[
                "Unknown CLI configuration setting|There is no setting \"plugin_cache_dirs\", so it is ignored. Did you mean \"plugin_cache_dir\"?|plugin_cache_dirs",
            ],
        ),
        (
            "plugin_cache_dir = \"/nonexistent\"",
            &[
                "Plugin cache directory not found|The specified plugin cache dir /nonexistent cannot be opened: there is no such directory. Create it, or remove the setting.|",
            ],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(load_text(text).1, *expected, "{text}");
    }
}

#[test]
fn a_method_with_a_mistake_is_left_out() {
    let (configuration, _) = load_text("provider_installation {\n  direct { include = [\"x\"] }\n}");
    assert_eq!(configuration.provider_installation.expect("has one").methods, []);
}

#[test]
#[cfg(target_os = "linux")]
fn the_home_directory_is_read_unless_a_file_is_named() {
    let files = MemoryFiles::new()
        .with("/home/u/.terraformrc", "disable_checkpoint = true\ncredentials \"a.b\" { token = \"old\" }")
        .with("/home/u/.terraform.d/credentials.tfrc.json", "{\"credentials\":{\"a.b\":{\"token\":\"new\"}}}")
        .with("/home/u/.terraform.d/other.txt", "}{")
        .with("/other", "");
    let (configuration, diagnostics) = load(&files, &[("HOME", "/home/u")]);
    assert_eq!(diagnostics, Vec::<String>::new());
    assert!(configuration.disable_checkpoint);
    assert_eq!(configuration.credentials["a.b"], Some(Token::new("new")));

    let (configuration, diagnostics) = load(&files, &[("HOME", "/home/u"), ("TF_CLI_CONFIG_FILE", "/other")]);
    assert_eq!(diagnostics, Vec::<String>::new());
    assert!(!configuration.disable_checkpoint && configuration.credentials.is_empty());

    let (_, diagnostics) = load(&files, &[("TERRAFORM_CONFIG", "/nowhere")]);
    assert!(diagnostics[0].starts_with("Unable to open CLI configuration file|"), "{diagnostics:?}");
}

#[test]
fn variables_override_files() {
    let files = MemoryFiles::new().with("/c", "plugin_cache_dir = \"/a\"").with("/b/x", "").with("/a/x", "");
    let variables = [
        ("TF_CLI_CONFIG_FILE", "/c"),
        ("TF_PLUGIN_CACHE_DIR", "/b"),
        ("TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE", "1"),
    ];
    let (configuration, diagnostics) = load(&files, &variables);
    assert_eq!(diagnostics, Vec::<String>::new());
    assert!(files.is_directory(Path::new("/b")));
    assert_eq!(configuration.plugin_cache_directory.as_deref(), Some(Path::new("/b")));
    assert!(configuration.plugin_cache_may_break_lock_file);
}

#[test]
fn warm_providers_are_a_block_of_five_settings() {
    let (configuration, diagnostics) =
        load_text("warm_providers {\n  mode = \"on\"\n  idle_minutes = 30\n  memory_mib = \"2048\"\n}\n");
    assert_eq!(diagnostics, Vec::<String>::new());
    let expected = WarmProvidersSettings {
        mode: Some("on".to_owned()),
        idle_minutes: Some(30),
        memory_mib: Some(2048),
        ..WarmProvidersSettings::default()
    };
    assert_eq!(configuration.warm_providers, expected);
    let (configuration, diagnostics) =
        load_text("warm_providers {\n  reuse_configured = true\n  reuse_seconds = 300\n}\n");
    assert_eq!(diagnostics, Vec::<String>::new());
    let expected = WarmProvidersSettings {
        reuse_configured: Some(true),
        reuse_seconds: Some(300),
        ..WarmProvidersSettings::default()
    };
    assert_eq!(configuration.warm_providers, expected);
    let wrong = [
        ("warm_providers = \"off\"", "\"warm_providers\" must be a block, but this is a string."),
        ("warm_providers { mode = \"never\" }", "must be \"auto\", \"on\" or \"off\"."),
        ("warm_providers { idle_minutes = 0 }", "must be a whole number from 1 to 10080."),
        ("warm_providers { memory_mib = 1.5 }", "must be a whole number from 1 to"),
        ("warm_providers { reuse_configured = \"yes\" }", "must be true or false"),
        ("warm_providers { reuse_seconds = 0 }", "must be a whole number from 1 to 300."),
        ("warm_providers { reuse_seconds = 301 }", "must be a whole number from 1 to 300."),
        ("warm_providers { reuse_second = 1 }", "Did you mean \"reuse_seconds\"?"),
        ("warm_providers { idel_minutes = 1 }", "has no setting \"idel_minutes\", so it is ignored."),
    ];
    for (text, expected) in wrong {
        let (configuration, diagnostics) = load_text(text);
        assert!(diagnostics[0].contains(expected), "{text}: {diagnostics:?}");
        assert_eq!(configuration.warm_providers, WarmProvidersSettings::default(), "{text}");
    }
}

#[test]
fn logins_to_registries_of_images_are_read() {
    let text = r#"
        oci_credentials "a.example" { docker_credentials_helper = "x" }
        oci_credentials "a.example/b" {
          username = "me"
          password = "sesame"
        }
        oci_credentials "b.example:5000" {
          access_token  = "sesame"
          refresh_token = "sesame"
        }
        oci_default_credentials {
          docker_style_config_files = ["/abs.json", "near.json"]
          docker_credentials_helper = "all"
        }
    "#;
    let files = MemoryFiles::new().with("/etc/c.tfrc", text);
    let (configuration, diagnostics) = load(&files, &[("TF_CLI_CONFIG_FILE", "/etc/c.tfrc")]);
    assert_eq!(diagnostics, Vec::<String>::new());
    let names: Vec<String> = configuration.oci.logins.iter().map(|(prefix, _)| prefix.to_string()).collect();
    assert_eq!(names, ["a.example", "a.example/b", "b.example:5000"]);
    let defaults = configuration.oci.defaults.clone().expect("has some");
    assert_eq!(defaults.files, Some(vec![PathBuf::from("/abs.json"), PathBuf::from("/etc/near.json")]));
    assert_eq!((defaults.helper.as_deref(), defaults.has_ambient), (Some("all"), true));
    assert!(!format!("{:?}", configuration.oci).contains("sesame"));
    let json = r#"{"oci_credentials": {"a.example": {"username": "me", "password": "x"}},
                   "oci_default_credentials": {"discover_ambient_credentials": false}}"#;
    let (configuration, diagnostics) = load_text(json);
    assert_eq!(diagnostics, Vec::<String>::new());
    assert_eq!(configuration.oci.logins.len(), 1);
    assert!(!configuration.oci.defaults.expect("has some").has_ambient);
}

#[test]
fn wrong_logins_to_registries_of_images_are_named() {
    for (text, summary, part) in [
        ("oci_credentials \"A b\" {}", "Invalid oci_credentials block", "is no registry"),
        ("oci_credentials \"a.example/B\" {}", "Invalid oci_credentials block", "no name of a repository"),
        ("oci_credentials \"a.example\" {}", "Invalid oci_credentials block", "nothing else"),
        (
            "oci_credentials \"a.example\" { username = \"x\" }",
            "Invalid oci_credentials block",
            "nothing else",
        ),
        (
            "oci_credentials \"a.example/b\" { docker_credentials_helper = \"x\" }",
            "Invalid oci_credentials block",
            "for registries alone",
        ),
        (
            "oci_credentials \"a.example\" { docker_credentials_helper = \"../x\" }",
            "Invalid oci_credentials block",
            "name of a program",
        ),
        (
            "oci_default_credentials \"x\" {}",
            "Invalid oci_default_credentials block",
            "must be a block without labels",
        ),
        (
            "oci_default_credentials {\n  discover_ambient_credentials = false\n  docker_style_config_files = []\n}",
            "Invalid oci_default_credentials block",
            "Remove one of them",
        ),
        (
            "oci_default_credentials {\n}\noci_default_credentials {\n}",
            "Duplicate oci_default_credentials block",
            "No more than one",
        ),
        (
            "oci_credentials \"a.example\" { docker_credentials_helper = \"x\" }\noci_credentials \"a.example\" { docker_credentials_helper = \"y\" }",
            "Duplicate oci_credentials block for \"a.example\"",
            "Remove one of them",
        ),
        ("oci_default_credentials {\n  helper = \"x\"\n}", "Unknown CLI configuration setting", "ignored"),
    ] {
        let (_, diagnostics) = load_text(text);
        assert_eq!(diagnostics.len(), 1, "{text}: {diagnostics:?}");
        assert!(diagnostics[0].starts_with(summary) && diagnostics[0].contains(part), "{diagnostics:?}");
    }
}
