"""A provider made with the `tf` package of PyPI: not one line of it is Plumb's.

Responsible for notes: objects that are one file each, in the directory that PROBE_OBJECTS names, and
for a record of all requests in the file that PROBE_LOG names, in the form that the provider server
of these tests has too. Texts that begin with "refuse" are refused, each in the call that they name.
"""

import json
import os
import threading
import time

import tf.provider
from tf.blocks import SetNestedBlock
from tf.function import FunctionSignature, Parameter, Return
from tf.iface import DataSource, Provider, Resource
from tf.runner import run_provider
from tf.schema import Attribute, Block, Schema
from tf.types import Bool, List, Map, NormalizedJson, Number, Set, String, Unknown
from tf.utils import read_dynamic_value

OBJECTS = os.environ["PROBE_OBJECTS"]
LOG = os.environ["PROBE_LOG"]


def path_of(identifier):
    return os.path.join(OBJECTS, f"foreign_note.{identifier}.json")


def read_object(identifier):
    try:
        with open(path_of(identifier), encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return None


def write_object(state):
    with open(path_of(state["id"]), "w", encoding="utf-8") as file:
        json.dump(state, file, sort_keys=True)


class Note(Resource):
    def __init__(self, provider):
        self.provider = provider

    @classmethod
    def get_name(cls):
        return "note"

    @classmethod
    def get_schema(cls):
        return Schema(
            version=1,
            attributes=[
                Attribute("id", String(), computed=True, default=Unknown),
                Attribute("name", String(), required=True, requires_replace=True),
                Attribute("text", String(), optional=True),
                Attribute("size", Number(), computed=True, default=Unknown),
                Attribute("public", Bool(), optional=True, computed=True, default=False),
                Attribute("secret", String(), optional=True, sensitive=True),
                Attribute("tags", Map(String()), optional=True),
                Attribute("words", Set(String()), optional=True),
                Attribute("lines", List(String()), optional=True),
                Attribute("document", NormalizedJson(), optional=True),
            ],
            block_types=[
                SetNestedBlock(
                    "label",
                    Block(
                        attributes=[
                            Attribute("key", String(), required=True),
                            Attribute("value", String(), optional=True),
                        ]
                    ),
                )
            ],
        )

    def validate(self, diags, type_name, config):
        super().validate(diags, type_name, config)
        if config.get("text") == "refuse validate":
            diags.add_error("Text refused", "This text is never allowed.", path=["text"])
        if config.get("text") == "warn":
            diags.add_warning("Text is odd", "It goes on anyway.", path=["text"])

    def create(self, ctx, planned):
        if planned["text"] == "refuse create":
            ctx.diagnostics.add_error("Cannot create a note", "The text says so.", path=["text"])
            return None
        state = {**planned, "id": f"{planned['name']}-{self.count(planned['name'])}"}
        state["size"] = len(state["text"] or "")
        write_object(state)
        return state

    @staticmethod
    def count(name):
        """No identifier is given twice."""
        own = [file for file in os.listdir(OBJECTS) if file.startswith(f"foreign_note.{name}-")]
        return len(own) + 1

    def read(self, ctx, current):
        return read_object(current["id"])

    def plan(self, ctx, current, planned):
        if "text" in ctx.changed_fields:
            planned["size"] = Unknown
        if planned["text"] == "refuse plan":
            ctx.diagnostics.add_error("Cannot plan a note", "The text says so.", path=["text"])
        return planned

    def update(self, ctx, current, planned):
        if planned["text"] == "refuse update":
            ctx.diagnostics.add_error("Cannot change a note", "The text says so.")
            return current
        state = {**planned, "size": len(planned["text"] or "")}
        write_object(state)
        return state

    def delete(self, ctx, current):
        if current["text"] == "refuse delete":
            ctx.diagnostics.add_error("Cannot delete a note", "The text says so.")
            return current
        if os.path.exists(path_of(current["id"])):
            os.rename(path_of(current["id"]), path_of(current["id"]) + ".deleted")
        return None

    def import_(self, ctx, id):
        found = read_object(id)
        if found is None:
            ctx.diagnostics.add_error("No such note", f"There is no note {id}.")
        return found

    def upgrade(self, ctx, version, old):
        return old


class Summary(DataSource):
    def __init__(self, provider):
        self.provider = provider

    @classmethod
    def get_name(cls):
        return "summary"

    @classmethod
    def get_schema(cls):
        return Schema(
            attributes=[
                Attribute("note", String(), required=True),
                Attribute("text", String(), computed=True),
                Attribute("words", List(String()), computed=True),
            ]
        )

    def read(self, ctx, config):
        found = read_object(config["note"])
        if found is None:
            ctx.diagnostics.add_error("No such note", f"There is no note {config['note']}.", path=["note"])
            return None
        return {**config, "text": found["text"], "words": (found["text"] or "").split()}


class Shout:
    def __init__(self, provider):
        self.provider = provider

    @classmethod
    def get_name(cls):
        return "shout"

    @classmethod
    def get_signature(cls):
        return FunctionSignature(parameters=[Parameter("text", String())], return_type=Return(String()))

    def call(self, ctx, arguments):
        if arguments[0] == "refuse":
            ctx.diagnostics.add_error("The function refuses this text")
        return arguments[0].upper()


class Notes(Provider):
    def get_model_prefix(self):
        return "foreign_"

    def get_provider_schema(self, diags):
        return Schema(attributes=[Attribute("owner", String(), optional=True)])

    def full_name(self):
        return "registry.terraform.io/testing/probe"

    def validate_config(self, diags, config):
        pass

    def configure_provider(self, diags, config):
        if config and config.get("owner") == "refuse":
            diags.add_error("Owner refused", "Nobody is called that.", path=["owner"])

    def get_data_sources(self):
        return [Summary]

    def get_resources(self):
        return [Note]

    def get_functions(self):
        return [Shout]


def plain(value):
    """A value as JSON."""
    if value is Unknown:
        return {"$unknown": {}}
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return {"$unknown": {"extension": repr(value)}}


# What each request holds that counts.
PARTS = {
    "GetProviderSchema": [],
    "ValidateProviderConfig": ["config"],
    "ConfigureProvider": ["config"],
    "ValidateResourceConfig": ["config"],
    "ValidateDataResourceConfig": ["config"],
    "UpgradeResourceState": [],
    "ReadResource": ["current_state"],
    "PlanResourceChange": ["prior_state", "proposed_new_state", "config"],
    "ApplyResourceChange": ["prior_state", "planned_state", "config"],
    "ImportResourceState": [],
    "ReadDataSource": ["config"],
    "CallFunction": [],
}
TURN = threading.Lock()


def recorded(method, parts):
    """The method of the package, with a line in the record before it."""
    inner = getattr(tf.provider.ProviderServicer, method)

    def wrapper(self, request, context):
        content = {part.removesuffix("_state"): plain(read_dynamic_value(getattr(request, part))) for part in parts}
        if method == "UpgradeResourceState":
            content = {"version": request.version, "state": json.loads(request.raw_state.json)}
        if method == "ImportResourceState":
            content = {"id": request.id}
        line = {
            "process": os.getpid(),
            "time_ms": int(time.time() * 1000),
            "method": method,
            "type": getattr(request, "type_name", ""),
            "request": content,
        }
        with TURN, open(LOG, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        return inner(self, request, context)

    return wrapper


for method, parts in PARTS.items():
    setattr(tf.provider.ProviderServicer, method, recorded(method, parts))
run_provider(Notes())
