//! Documentation of modules: what it says, and how it comes into a file.

mod support;

use support::Directory;

const MAIN: &str = r#"/**
 * # A web_server
 *
 * It serves.
 */
terraform {
  required_version = ">= 1.0"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
    corp = {
      source = "registry.example.com/corp/corp"
    }
  }
}

variable "instance_type" {
  description = "How large | how_much"
  type        = string
  default     = "t3.micro"
}

# Who may
# get in.
variable "networks" {
  type = list(object({
    name = string
  }))
}

variable "tags" {
  default = { Name = "web" }
}

# terraform-docs-ignore
variable "hidden" {}

resource "aws_instance" "web" {
  instance_type = var.instance_type
}

data "aws_ami" "image" {
  provider = aws.images
}

resource "corp_thing" "it" {}

module "dns" {
  source = "git::https://example.com/dns.git?ref=v1.2.0"
}

module "certificate" {
  source  = "example/certificate/aws"
  version = "~> 2.0"
}

output "address" {
  description = "Where it is"
  value       = aws_instance.web.id
}
"#;

const EXPECTED: &str = r#"# A web\_server

It serves.

## Requirements

| Name | Version |
| ---- | ------- |
| <a name="requirement_terraform"></a> [terraform](#requirement\_terraform) | >= 1.0 |
| <a name="requirement_aws"></a> [aws](#requirement\_aws) | ~> 5.0 |

## Providers

| Name | Version |
| ---- | ------- |
| <a name="provider_aws"></a> [aws](#provider\_aws) | ~> 5.0 |
| <a name="provider_aws.images"></a> [aws.images](#provider\_aws.images) | ~> 5.0 |
| <a name="provider_corp"></a> [corp](#provider\_corp) | n/a |

## Modules

| Name | Source | Version |
| ---- | ------ | ------- |
| <a name="module_certificate"></a> [certificate](#module\_certificate) | example/certificate/aws | ~> 2.0 |
| <a name="module_dns"></a> [dns](#module\_dns) | git::https://example.com/dns.git | v1.2.0 |

## Resources

| Name | Type |
| ---- | ---- |
| [aws_instance.web](https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/instance) | resource |
| corp_thing.it | resource |
| [aws_ami.image](https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/ami) | data source |

## Inputs

| Name | Description | Type | Default | Required |
| ---- | ----------- | ---- | ------- | :------: |
| <a name="input_instance_type"></a> [instance\_type](#input\_instance\_type) | How large \| how\_much | `string` | `"t3.micro"` | no |
| <a name="input_networks"></a> [networks](#input\_networks) | Who may get in. | <pre>list(object({<br/>    name = string<br/>  }))</pre> | n/a | yes |
| <a name="input_tags"></a> [tags](#input\_tags) | n/a | `map` | <pre>{<br/>  "Name": "web"<br/>}</pre> | no |

## Outputs

| Name | Description |
| ---- | ----------- |
| <a name="output_address"></a> [address](#output\_address) | Where it is |
"#;

#[test]
fn modules_are_documented_without_being_installed() {
    let directory = Directory::new(MAIN);
    let run = directory.run(&["docs"]).expect(0, &[]);
    assert_eq!(run.stdout, EXPECTED);
    let empty =
        Directory::new("").run(&["docs"]).expect(0, &["No requirements.", "No inputs.", "No outputs."]);
    assert!(!empty.stdout.contains('|'));
    Directory::new("variable {").run(&["docs"]).expect(1, &["on main.tf line 1"]);
}

#[test]
fn programs_get_json() {
    let directory = Directory::new(MAIN);
    let run = directory.run(&["docs", "-json"]).expect(0, &[]);
    let found: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(found["header"], "# A web_server\n\nIt serves.");
    let inputs = found["inputs"].as_array().unwrap();
    assert_eq!(inputs.len(), 3);
    assert_eq!(inputs[1]["description"], "Who may get in.");
    assert_eq!((&inputs[1]["default"], &inputs[1]["required"]), (&serde_json::Value::Null, &true.into()));
    assert_eq!(inputs[2]["default"]["Name"], "web");
    assert_eq!(found["providers"][1]["alias"], "images");
    assert_eq!(found["resources"][2]["mode"], "data");
    assert_eq!(found["modules"][1]["version"], "v1.2.0");
}

#[test]
fn a_readme_is_kept_up_to_date() {
    let directory = Directory::new(MAIN);
    let write = ["docs", "-output-file=README.md"];
    let check = ["docs", "-output-file=README.md", "-check"];
    directory.run(&check).expect(1, &["Documentation is out of date"]);
    assert!(!directory.exists("README.md"));
    directory.write("README.md", "# Mine\n\n<!-- BEGIN_TF_DOCS -->\nold\n<!-- END_TF_DOCS -->\n\nThe end.\n");
    directory.run(&write).expect(0, &["README.md updated successfully"]);
    let text = directory.read("README.md");
    let expected = format!("# Mine\n\n<!-- BEGIN_TF_DOCS -->\n{EXPECTED}<!-- END_TF_DOCS -->\n\nThe end.\n");
    assert_eq!(text, expected);
    directory.run(&check).expect(0, &["README.md is up to date"]);
    directory.write("main.tf", &MAIN.replace("Where it is", "Where"));
    directory.run(&check).expect(1, &["Documentation is out of date", "README.md"]);
    assert_eq!(directory.read("README.md"), text);
    assert!(directory.left_of(".tmp").is_empty());
}

#[test]
fn what_contradicts_itself_is_refused() {
    let directory = Directory::new(MAIN);
    directory.run(&["docs", "-check"]).expect(1, &["Output file required"]);
    directory.run(&["docs", "-json", "-output-file=x"]).expect(1, &["mutually-exclusive"]);
    directory.write("README.md", "<!-- END_TF_DOCS -->");
    directory.run(&["docs", "-output-file=README.md"]).expect(1, &["No place for documentation"]);
    assert_eq!(directory.read("README.md"), "<!-- END_TF_DOCS -->");
}

#[test]
fn selected_versions_are_those_of_the_lock_file() {
    let directory = Directory::new("resource \"aws_instance\" \"a\" {}\n");
    directory.write(
        ".terraform.lock.hcl",
        "provider \"registry.terraform.io/hashicorp/aws\" {\n  version = \"5.31.0\"\n}\n",
    );
    directory.run(&["docs"]).expect(0, &["[aws](#provider\\_aws) | 5.31.0 |"]);
}
