"""The configurations that are measured.

Responsible for their text alone. Each function fills a directory. Those that take a kind of resource
are for the built-in one and for one of a provider alike, so that nothing is won by a short cut for
either.
"""

import json
import pathlib

ATTRIBUTES = 50


class BuiltIn:
    """`terraform_data`, which needs no provider process."""

    name = "terraform_data"
    head = ""

    @staticmethod
    def body(value):
        return f"  input = {value}\n"


class Plugin:
    """Objects of fifty attributes of the testkit's provider."""

    name = "bench_thing"
    head = 'terraform {\n  required_providers {\n    bench = {\n      source = "testing/bench"\n    }\n  }\n}\n\n'

    @staticmethod
    def body(value):
        texts = "".join(f'  text_{at} = "a text of some length, number {at}"\n' for at in range(8))
        numbers = "".join(f"  number_{at} = {at * 1000}\n" for at in range(4))
        return (
            f"  name = {value}\n{texts}{numbers}"
            '  labels = {\n    owner = "somebody"\n    stage = "test"\n  }\n  zones = ["a", "b", "c"]\n'
        )

    @staticmethod
    def schema():
        attributes = {
            "id": {"type": "string", "computed": True, "generated": "id"},
            "name": {"type": "string", "required": True},
            "labels": {"type": ["map", "string"], "optional": True},
            "zones": {"type": ["list", "string"], "optional": True},
        }
        for at in range(16):
            attributes[f"text_{at}"] = {"type": "string", "optional": True}
        for at in range(10):
            attributes[f"number_{at}"] = {"type": "number", "optional": True}
        at = 0
        while len(attributes) < ATTRIBUTES:
            attributes[f"given_{at}"] = {
                "type": "string", "optional": True, "computed": True, "default": f"given by the provider, {at}",
            }
            at += 1
        return json.dumps({"resources": {"probe_thing": {"attributes": attributes}}})


def write(directory, text, name="main.tf"):
    directory.mkdir(parents=True, exist_ok=True)
    (directory / name).write_text(text)


def counted(directory, instances, kind=BuiltIn):
    """One resource with `count`."""
    body = kind.body('"item ${count.index}"')
    write(directory, f'{kind.head}resource "{kind.name}" "item" {{\n  count = {instances}\n{body}}}\n')


def by_key(directory, instances, kind=BuiltIn):
    """A second resource whose instances refer to those of a first by key."""
    write(
        directory,
        f"{kind.head}locals {{\n  keys = toset([for at in range({instances}) : \"key-${{at}}\"])\n}}\n\n"
        f'resource "{kind.name}" "first" {{\n  for_each = local.keys\n{kind.body("each.key")}}}\n\n'
        f'resource "{kind.name}" "second" {{\n  for_each = local.keys\n'
        f'{kind.body(f"{kind.name}.first[each.key].id")}}}\n',
    )


def many_variables(directory, modules, variables, kind=None):
    """Calls of a module with many variables; with a kind, each has an object made of them."""
    names = [f"value_{at}" for at in range(variables)]
    joined = f'join(",", [{", ".join(f"var.{name}" for name in names)}])'
    head = kind.head if kind else ""
    child = head + "".join(f'variable "{name}" {{\n  type = string\n}}\n' for name in names)
    if kind:
        child += f'resource "{kind.name}" "item" {{\n{kind.body(joined)}}}\n'
    child += f'output "joined" {{\n  value = {joined}\n}}\n'
    write(directory / "child", child)
    calls = []
    for module in range(modules):
        arguments = "".join(f'  {name} = "value of {name} in {module}"\n' for name in names)
        calls.append(f'module "call_{module}" {{\n  source = "./child"\n{arguments}}}\n')
    write(directory, head + "\n".join(calls))


def large(directory, modules, instances_each):
    """Modules with two resources each, in chains of ten modules that refer to one another."""
    half = instances_each // 2
    write(
        directory / "child",
        'variable "prefix" {\n  type = string\n}\n\nvariable "upstream" {\n  type    = string\n  default = ""\n}\n\n'
        f'resource "terraform_data" "first" {{\n  count = {half}\n'
        '  input = "${var.prefix}-${count.index}-${var.upstream}"\n}\n\n'
        f'resource "terraform_data" "second" {{\n  count = {half}\n'
        "  input = terraform_data.first[count.index].id\n}\n\n"
        f'output "last" {{\n  value = terraform_data.second[{half - 1}].id\n}}\n',
    )
    calls = []
    for module in range(modules):
        upstream = f"  upstream = module.call_{module - 1}.last\n" if module % 10 else ""
        calls.append(
            f'module "call_{module}" {{\n  source = "./child"\n  prefix = "module {module}"\n{upstream}}}\n'
        )
    write(directory, "\n".join(calls))


def many_files(directory, files):
    """A module of many small files."""
    for number in range(files):
        write(
            directory,
            f'variable "given_{number}" {{\n  type    = string\n  default = "x"\n}}\n\n'
            f"locals {{\n  upper_{number} = upper(var.given_{number})\n}}\n\n"
            f'resource "terraform_data" "item_{number}" {{\n  input = {{\n    text = local.upper_{number}\n'
            f'    list = [1, 2, 3]\n  }}\n}}\n\noutput "made_{number}" {{\n'
            f"  value = terraform_data.item_{number}.output\n}}\n",
            f"part_{number}.tf",
        )


def one_large_file(directory, size):
    """A file that is to be formatted."""
    blocks, written, number = [], 0, 0
    while written < size:
        blocks.append(
            f'resource "some_kind" "item_{number}" {{\n  name = "thing-${{var.name}}-{number}"\n'
            '    longer_argument = [for item in var.list : upper(item) if item != ""]\n  tags = {\n'
            '    Name = "a"\n      Environment = "b${local.environment}"\n  }\n  nested {\n   a=1\n'
            "   bbbbb = { x = 1, y = 2 }\n  }\n}\n\n"
        )
        written += len(blocks[-1])
        number += 1
    write(pathlib.Path(directory), "".join(blocks))


REGIONS = ("eu-west-1", "eu-central-1", "us-east-1", "us-west-2", "ap-southeast-1", "sa-east-1")


def aliased(directory, aliases):
    """Configurations of the AWS provider for different regions, each with five resources."""
    blocks = [
        'terraform {\n  required_providers {\n    aws = {\n      source  = "hashicorp/aws"\n'
        '      version = "~> 5.100"\n    }\n  }\n}\n'
    ]
    for alias in range(aliases):
        name, provider = f"at_{alias}", f"  provider = aws.at_{alias}\n"
        blocks.append(
            f'provider "aws" {{\n  alias  = "{name}"\n  region = "{REGIONS[alias]}"\n\n'
            "  skip_credentials_validation = true\n  skip_requesting_account_id  = true\n"
            "  skip_metadata_api_check     = true\n  s3_use_path_style           = true\n}\n"
        )
        for kind, arguments in (
            ("sqs_queue", f'  name = "aliases-{alias}"\n'),
            ("sns_topic", f'  name = "aliases-{alias}"\n'),
            ("ssm_parameter", f'  name = "/aliases/{alias}"\n  type = "String"\n  value = aws_sqs_queue.{name}.url\n'),
            ("cloudwatch_log_group", f'  name = "/aliases/{alias}"\n  retention_in_days = 14\n'),
            ("s3_bucket", f'  bucket = "aliases-{alias}"\n'),
        ):
            blocks.append(f'resource "aws_{kind}" "{name}" {{\n{provider}{arguments}}}\n')
    write(directory, "\n".join(blocks))
