//! Texts and what they are read as, or why they are not.

use crate::*;

/// What `-target` makes of a text: its kind and its normal form.
fn target(text: &str) -> String {
    match Target::parse(text) {
        Ok(Target::Module(module)) => format!("module {module}"),
        Ok(Target::Resource(resource)) => format!("resource {resource}"),
        Ok(Target::Instance(instance)) => format!("instance {instance}"),
        Err(error) => format!("{}: {}", error.position, error.message),
    }
}

#[test]
fn targets() {
    let cases = [
        ("module.a", "module module.a"),
        ("module.a[0].module.b[\"x.y\"]", "module module.a[0].module.b[\"x.y\"]"),
        ("aws_instance.web", "resource aws_instance.web"),
        ("module.a[\"x.y\"].data.aws_ami.u[0]", "instance module.a[\"x.y\"].data.aws_ami.u[0]"),
        ("ephemeral.random_password.p", "resource ephemeral.random_password.p"),
        ("resource.terraform_data.M", "resource terraform_data.M"),
        ("resource.var.x", "resource var.x"),
        ("terraform_data . n [ 0 ] \n", "instance terraform_data.n[0]"),
        ("terraform_data.n[00]", "instance terraform_data.n[0]"),
        ("terraform_data.n[0.0]", "instance terraform_data.n[0]"),
        ("terraform_data.n[1e0]", "instance terraform_data.n[1]"),
        ("terraform_data.n[0.12e2]", "instance terraform_data.n[12]"),
        ("terraform_data.n[1200e-2]", "instance terraform_data.n[12]"),
        ("terraform_data.ünïcode-1_", "resource terraform_data.ünïcode-1_"),
        ("terraform_data.fe[\"\\u00e9\"]", "instance terraform_data.fe[\"é\"]"),
        ("terraform_data.fe[\"e\u{301}\"]", "instance terraform_data.fe[\"é\"]"),
        ("terraform_data.fe[\"$${x} %%{y} $$ $ %\"]", "instance terraform_data.fe[\"$${x} %%{y} $$ $ %\"]"),
        ("terraform_data.fe[\"\\U0001F600\"]", "instance terraform_data.fe[\"😀\"]"),
        // Problems.
        ("", "0: Must begin with a name."),
        ("1a.b", "0: Must begin with a name."),
        ("module", "6: Prefix \"module.\" must be followed by a module name."),
        ("module[0]", "6: Prefix \"module.\" must be followed by a module name."),
        ("terraform_data", "14: Resource specification must include a resource type and name."),
        ("data", "4: Resource specification must include a resource type and name."),
        ("resource.a", "10: Resource specification must include a resource type and name."),
        ("module.z.terraform_data", "23: Resource specification must include a resource type and name."),
        ("terraform_data.", "15: Dot must be followed by a name."),
        ("terraform_data.n.0", "17: Dot must be followed by a name."),
        ("terraform_data[\"n\"]", "14: A resource name is required."),
        ("data[0].x", "4: A data source name is required."),
        ("terraform_data.n[0].x", "20: Unexpected extra operators after address."),
        ("terraform_data.n[0][1]", "19: Unexpected extra operators after address."),
        ("terraform_data.n.x", "17: Resource instance key must be given in square brackets."),
        ("terraform_data.n[0]extra", "19: Only a dot with a name or a key in brackets can follow here."),
        ("var.x", "0: The keyword \"var\" is reserved and cannot be used to target a resource address."),
        (
            "module.a.local.x",
            "9: The keyword \"local\" is reserved and cannot be used to target a resource address.",
        ),
        ("t.n[-1]", "4: Index brackets must contain either a literal number or a literal string."),
        ("t.n[true]", "4: Index brackets must contain either a literal number or a literal string."),
        ("t.n[*]", "4: Index brackets must contain either a literal number or a literal string."),
        ("t.n[", "4: Index brackets must contain either a literal number or a literal string."),
        (
            "t.n[1.5]",
            "4: Invalid instance key: value must be a whole number, between -9223372036854775808 and 9223372036854775807.",
        ),
        (
            "t.n[9223372036854775808]",
            "4: Invalid instance key: value must be a whole number, between -9223372036854775808 and 9223372036854775807.",
        ),
        (
            "t.n[1e9999999999]",
            "4: Invalid instance key: value must be a whole number, between -9223372036854775808 and 9223372036854775807.",
        ),
        ("t.n[0", "5: The bracket that begins an instance key is not closed."),
        ("t.n[\"", "4: The closing quote mark of the key is missing."),
        ("t.n[\"a\nb\"]", "6: A key cannot contain a line break as such."),
        ("t.n[\"${x}\"]", "5: Template sequences are not allowed in this string."),
        ("t.n[\"\\q\"]", "5: This is no escape sequence."),
        ("t.n[\"\\ud800\"]", "5: This is no escape sequence."),
        ("t.n[\"\\u00é\"]", "5: This is no escape sequence."),
    ];
    for (text, expected) in cases {
        assert_eq!(target(text), expected, "{text:?}");
    }
}

#[test]
fn hints() {
    let hint = |text: &str| Target::parse(text).unwrap_err().hint.unwrap_or_default();
    assert_eq!(hint("t.n.12"), "The number of an instance stands in brackets: [12].");
    assert!(hint("t.n[west]").contains("[\"west\"]"), "{}", hint("t.n[west]"));
    assert!(hint("t.n['a b']").contains("[\"a b\"]"), "{}", hint("t.n['a b']"));
    assert!(hint("each.key").contains("\"resource.\""));
    let error = AbsResource::parse("module.a[0].t.n[1]").unwrap_err();
    assert_eq!((error.position, error.hint.as_deref()), (15, Some("The whole resource is module.a[0].t.n.")));
    let error = ConfigResource::parse("module.a[0].t.n").unwrap_err();
    assert_eq!(error.hint.as_deref(), Some("The resource in all instances of the module is module.a.t.n."));
    assert_eq!(error.to_diagnostic().summary, "Invalid address");
}

#[test]
fn other_kinds() {
    assert_eq!(ModuleInstance::parse("").unwrap(), ModuleInstance::root());
    assert_eq!(ModuleInstance::parse("a.b").unwrap_err().summary, "Invalid module instance address");
    assert_eq!(ModuleInstance::parse("module.a.t.n").unwrap_err().position, 9);
    assert!(ConfigModule::parse("module.a[0]").is_err());
    assert_eq!(ConfigModule::parse("module.a.module.b").unwrap().0.len(), 2);
    let output = OutputAddress::parse("module.a[1].output.id").unwrap();
    assert_eq!((&*output.name, output.module.0.len()), ("id", 1));
    assert!(OutputAddress::parse("output").is_err());
    assert!(OutputAddress::parse("output.a.b").is_err());
    assert_eq!(OutputAddress::parse("module.a").unwrap_err().position, 8);
    assert_eq!("t.n[3]".parse::<AbsResourceInstance>().unwrap().key, InstanceKey::Int(3));
}

#[test]
fn providers() {
    let cases = [
        ("aws", "registry.terraform.io/hashicorp/aws"),
        ("AWS", "registry.terraform.io/hashicorp/aws"),
        ("terraform", "registry.terraform.io/hashicorp/terraform"),
        ("hashicorp/google-beta", "registry.terraform.io/hashicorp/google-beta"),
        ("Example.com:8443/Foo/Bar", "example.com:8443/foo/bar"),
        ("example.com:443/foo/bar", "example.com/foo/bar"),
        ("localhost/a/b", "localhost/a/b"),
        ("terraform.io/builtin/terraform", "terraform.io/builtin/terraform"),
        ("registry.terraform.io/-/aws", "registry.terraform.io/-/aws"),
        ("", "Invalid provider source string"),
        ("a//b", "Invalid provider source string"),
        ("a/b/c/d", "Invalid provider source string"),
        ("a_b", "Invalid provider type"),
        ("a--b", "Invalid provider type"),
        ("-", "Invalid provider type"),
        ("foo/a.b", "Invalid provider type"),
        ("foo/terraform-x", "Invalid provider type"),
        ("foo/terraform-provider-x", "Invalid provider type"),
        ("f_o/x", "Invalid provider namespace"),
        ("example.com/-/x", "Invalid provider namespace"),
        ("bad_host/a/b", "Invalid provider source hostname"),
        ("h.x:99999/a/b", "Invalid provider source hostname"),
        ("h.x:/a/b", "Invalid provider source hostname"),
        ("h..x/a/b", "Invalid provider source hostname"),
    ];
    for (text, expected) in cases {
        let read = ProviderAddress::parse(text);
        let read = read.map_or_else(|error| error.summary.to_owned(), |address| address.to_string());
        assert_eq!(read, expected, "{text:?}");
    }
    let hint = ProviderAddress::parse("foo/terraform-provider-x").unwrap_err().hint;
    assert_eq!(hint.as_deref(), Some("Did you mean \"foo/x\"?"));
    let hint = ProviderAddress::parse("https://example.com/foo/x").unwrap_err().hint;
    assert_eq!(hint.as_deref(), Some("Did you mean \"example.com/foo/x\"?"));
}

#[test]
fn provider_configurations() {
    let aws = ProviderAddress::implied("aws");
    let parse = ProviderConfigAddress::parse;
    let address = parse("provider[\"registry.terraform.io/hashicorp/aws\"]").unwrap();
    assert_eq!((address.module.is_root(), &address.provider, address.alias.clone()), (true, &aws, None));
    let address = parse("provider[\"aws\"].by_region[\"eu \\\"1\\\"\"]").unwrap();
    assert_eq!((address.alias.as_deref(), address.key.as_deref()), (Some("by_region"), Some("eu \"1\"")));
    assert_eq!((address.whole().key.as_deref(), address.whole() == address), (None, false));
    let address = parse("module.a.module.b.provider[\"hashicorp/aws\"].west").unwrap();
    assert_eq!((address.module.0.len(), address.alias.as_deref()), (2, Some("west")));
    let wrong = [
        "provider",
        "provider[0]",
        "provider.aws",
        "module.a",
        "module.a[0].provider[\"aws\"]",
        "provider[\"aws\"][\"x\"]",
        "provider[\"aws\"].a[0]",
        "provider[\"aws\"].a.b",
    ];
    for text in wrong {
        assert_eq!(parse(text).unwrap_err().summary, "Invalid provider configuration address", "{text}");
    }
    assert_eq!(parse("provider[\"a_b\"]").unwrap_err().position, 10);
    let legacy = ProviderConfigAddress::parse_any("module.a.provider.aws.west").unwrap();
    assert!(legacy.provider.is_legacy() && legacy.alias.is_some());
    assert!(ProviderConfigAddress::parse_any("provider.aws.west.x").is_err());
}

#[test]
fn what_targets_contain() {
    let instance = |text: &str| AbsResourceInstance::parse(text).unwrap();
    let cases = [
        ("module.a", "module.a.t.n", true),
        ("module.a", "module.a[1].t.n[0]", true),
        ("module.a", "module.a[1].module.b.t.n", true),
        ("module.a[0]", "module.a[1].t.n", false),
        ("module.a[0]", "module.a[0].module.b[2].t.n", true),
        ("module.a.module.b", "module.a[0].module.b.t.n", false),
        ("module.a[0].module.b", "module.a[0].module.b[\"x\"].t.n", true),
        ("module.a", "t.n", false),
        ("t.n", "t.n[4]", true),
        ("t.n", "data.t.n", false),
        ("module.a.t.n", "module.a[0].t.n", false),
        ("t.n[4]", "t.n[4]", true),
        ("t.n[4]", "t.n[5]", false),
    ];
    for (target, address, expected) in cases {
        assert_eq!(
            Target::parse(target).unwrap().contains(&instance(address)),
            expected,
            "{target} {address}"
        );
    }
    let block = ConfigResource::parse("module.a.module.b.t.n").unwrap();
    for (target, expected) in
        [("module.a", true), ("module.a[0]", false), ("module.a.module.b.t.n", true), ("module.b", false)]
    {
        assert_eq!(Target::parse(target).unwrap().contains_config(&block), expected, "{target}");
    }
}
