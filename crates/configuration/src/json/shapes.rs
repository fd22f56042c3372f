//! What the language itself knows of each kind of block: labels, arguments, nested blocks.
//!
//! Native files need no such table, as their form tells arguments from blocks. It says how texts of
//! each argument are to be read, and no more than that: whether an argument may stand where it does is
//! said by whoever reads the block.

/// How a property of an object is to be read.
#[derive(Clone, Copy)]
pub(crate) enum Reading {
    /// An argument with an expression.
    Template,
    /// An argument that must be constant.
    Literal,
    /// An argument that takes references, keywords or a type.
    Reference,
    /// The argument that takes a type.
    Type,
    /// An entry of `required_providers`.
    RequiredProvider,
    /// Nested blocks.
    Block(&'static Shape),
}

/// What becomes of properties that a shape does not name.
#[derive(Clone, Copy)]
pub(crate) enum Rest {
    /// There are no others.
    Refused,
    /// Each is an argument.
    Read(Reading),
    /// Arguments or blocks; a provider's schema says which.
    Undecided,
}

/// A kind of block.
pub(crate) struct Shape {
    /// What its labels are called.
    pub(crate) labels: &'static [&'static str],
    properties: &'static [(&'static str, Reading)],
    pub(crate) rest: Rest,
}

impl Shape {
    pub(crate) fn reading(&self, name: &str) -> Option<Reading> {
        self.properties.iter().find(|(known, _)| *known == name).map(|(_, reading)| *reading)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.properties.iter().map(|(name, _)| *name)
    }
}

use Reading::{Block, Literal, Reference, RequiredProvider, Template, Type};

pub(crate) static FILE: Shape = Shape {
    labels: &[],
    properties: &[
        ("terraform", Block(&TERRAFORM)),
        ("provider", Block(&PROVIDER)),
        ("variable", Block(&VARIABLE)),
        ("locals", Block(&LOCALS)),
        ("output", Block(&OUTPUT)),
        ("module", Block(&MODULE)),
        ("resource", Block(&RESOURCE)),
        ("data", Block(&RESOURCE)),
        ("ephemeral", Block(&RESOURCE)),
        ("moved", Block(&MOVED)),
        ("removed", Block(&REMOVED)),
        ("import", Block(&IMPORT)),
        ("check", Block(&CHECK)),
    ],
    rest: Rest::Refused,
};

static TERRAFORM: Shape = Shape {
    labels: &[],
    properties: &[
        ("required_version", Literal),
        ("experiments", Reference),
        ("language", Reference),
        ("backend", Block(&BACKEND)),
        ("cloud", Block(&CLOUD)),
        ("encryption", Block(&ENCRYPTION)),
        ("required_providers", Block(&REQUIRED_PROVIDERS)),
        ("provider_meta", Block(&PROVIDER_META)),
    ],
    rest: Rest::Refused,
};

static BACKEND: Shape = Shape { labels: &["type"], properties: &[], rest: Rest::Read(Template) };

static ENCRYPTION: Shape = Shape {
    labels: &[],
    properties: &[
        ("key_provider", Block(&ENCRYPTION_PART)),
        ("method", Block(&ENCRYPTION_PART)),
        ("state", Block(&ENCRYPTION_TARGET)),
        ("plan", Block(&ENCRYPTION_TARGET)),
        ("remote_state_data_sources", Block(&ENCRYPTION_REMOTE)),
    ],
    rest: Rest::Refused,
};

static ENCRYPTION_PART: Shape = Shape {
    labels: &["type", "name"],
    properties: &[("keys", Reference), ("chain", Reference), ("endpoints", Block(&ENCRYPTION_ENDPOINTS))],
    rest: Rest::Read(Template),
};

static ENCRYPTION_ENDPOINTS: Shape = Shape { labels: &[], properties: &[], rest: Rest::Read(Template) };

static ENCRYPTION_TARGET: Shape = Shape {
    labels: &[],
    properties: &[("method", Reference), ("enforced", Literal), ("fallback", Block(&ENCRYPTION_TARGET))],
    rest: Rest::Refused,
};

static ENCRYPTION_REMOTE: Shape = Shape {
    labels: &[],
    properties: &[
        ("default", Block(&ENCRYPTION_TARGET)),
        ("remote_state_data_source", Block(&ENCRYPTION_NAMED)),
    ],
    rest: Rest::Refused,
};

static ENCRYPTION_NAMED: Shape = Shape {
    labels: &["name"],
    properties: &[("method", Reference), ("fallback", Block(&ENCRYPTION_TARGET))],
    rest: Rest::Refused,
};

static CLOUD: Shape =
    Shape { labels: &[], properties: &[("workspaces", Block(&CLOUD_WORKSPACES))], rest: Rest::Read(Literal) };

static CLOUD_WORKSPACES: Shape = Shape { labels: &[], properties: &[], rest: Rest::Read(Literal) };

static REQUIRED_PROVIDERS: Shape = Shape { labels: &[], properties: &[], rest: Rest::Read(RequiredProvider) };

static PROVIDER_META: Shape = Shape { labels: &["provider"], properties: &[], rest: Rest::Undecided };

static PROVIDER: Shape = Shape {
    labels: &["name"],
    properties: &[
        ("alias", Literal),
        ("version", Literal),
        ("count", Template),
        ("for_each", Template),
        ("depends_on", Reference),
        ("source", Literal),
        ("lifecycle", Block(&LIFECYCLE)),
        ("locals", Block(&LOCALS)),
        ("_", Block(&ESCAPED)),
    ],
    rest: Rest::Undecided,
};

static VARIABLE: Shape = Shape {
    labels: &["name"],
    properties: &[
        ("type", Type),
        ("default", Literal),
        ("description", Literal),
        ("sensitive", Literal),
        ("ephemeral", Literal),
        ("nullable", Literal),
        ("deprecated", Literal),
        ("validation", Block(&RULE)),
    ],
    rest: Rest::Refused,
};

static RULE: Shape = Shape {
    labels: &[],
    properties: &[("condition", Template), ("error_message", Template)],
    rest: Rest::Refused,
};

static LOCALS: Shape = Shape { labels: &[], properties: &[], rest: Rest::Read(Template) };

static OUTPUT: Shape = Shape {
    labels: &["name"],
    properties: &[
        ("value", Template),
        ("description", Literal),
        ("sensitive", Literal),
        ("ephemeral", Literal),
        ("deprecated", Literal),
        ("depends_on", Reference),
        ("precondition", Block(&RULE)),
        ("postcondition", Block(&RULE)),
    ],
    rest: Rest::Refused,
};

static MODULE: Shape = Shape {
    labels: &["name"],
    properties: &[
        ("source", Template),
        ("version", Template),
        ("count", Template),
        ("for_each", Template),
        ("depends_on", Reference),
        ("providers", Reference),
        ("lifecycle", Block(&LIFECYCLE)),
        ("locals", Block(&LOCALS)),
        ("_", Block(&ARGUMENTS)),
    ],
    rest: Rest::Read(Template),
};

static ARGUMENTS: Shape = Shape { labels: &[], properties: &[], rest: Rest::Read(Template) };

static RESOURCE: Shape = Shape {
    labels: &["type", "name"],
    properties: &[
        ("count", Template),
        ("for_each", Template),
        ("provider", Reference),
        ("depends_on", Reference),
        ("lifecycle", Block(&LIFECYCLE)),
        ("connection", Block(&CONNECTION)),
        ("provisioner", Block(&PROVISIONER)),
        ("locals", Block(&LOCALS)),
        ("_", Block(&ESCAPED)),
    ],
    rest: Rest::Undecided,
};

/// Arguments whose names the language takes, given to the provider nevertheless.
static ESCAPED: Shape = Shape { labels: &[], properties: &[], rest: Rest::Undecided };

static LIFECYCLE: Shape = Shape {
    labels: &[],
    properties: &[
        ("enabled", Template),
        ("create_before_destroy", Literal),
        ("prevent_destroy", Template),
        ("ignore_changes", Reference),
        ("replace_triggered_by", Reference),
        ("destroy", Literal),
        ("precondition", Block(&RULE)),
        ("postcondition", Block(&RULE)),
    ],
    rest: Rest::Refused,
};

static CONNECTION: Shape = Shape { labels: &[], properties: &[], rest: Rest::Read(Template) };

static PROVISIONER: Shape = Shape {
    labels: &["type"],
    properties: &[
        ("when", Reference),
        ("on_failure", Reference),
        ("connection", Block(&CONNECTION)),
        ("lifecycle", Block(&LIFECYCLE)),
        ("locals", Block(&LOCALS)),
        ("_", Block(&ARGUMENTS)),
    ],
    rest: Rest::Read(Template),
};

static MOVED: Shape =
    Shape { labels: &[], properties: &[("from", Reference), ("to", Reference)], rest: Rest::Refused };

static REMOVED: Shape = Shape {
    labels: &[],
    properties: &[
        ("from", Reference),
        ("lifecycle", Block(&LIFECYCLE)),
        ("connection", Block(&CONNECTION)),
        ("provisioner", Block(&PROVISIONER)),
    ],
    rest: Rest::Refused,
};

static IMPORT: Shape = Shape {
    labels: &[],
    properties: &[
        ("to", Reference),
        ("id", Template),
        ("identity", Template),
        ("for_each", Template),
        ("provider", Reference),
    ],
    rest: Rest::Refused,
};

/// A test file.
pub(crate) static TEST_FILE: Shape = Shape {
    labels: &[],
    properties: &[
        ("test", Block(&TEST)),
        ("run", Block(&RUN)),
        ("variables", Block(&ARGUMENTS)),
        ("provider", Block(&PROVIDER)),
        ("mock_provider", Block(&MOCK_PROVIDER)),
        ("override_resource", Block(&OVERRIDE)),
        ("override_data", Block(&OVERRIDE)),
        ("override_module", Block(&OVERRIDE)),
    ],
    rest: Rest::Refused,
};

static TEST: Shape = Shape { labels: &[], properties: &[("parallel", Literal)], rest: Rest::Refused };

static RUN: Shape = Shape {
    labels: &["name"],
    properties: &[
        ("command", Reference),
        ("providers", Reference),
        ("expect_failures", Reference),
        ("state_key", Literal),
        ("parallel", Literal),
        ("assert", Block(&RULE)),
        ("plan_options", Block(&PLAN_OPTIONS)),
        ("variables", Block(&ARGUMENTS)),
        ("module", Block(&RUN_MODULE)),
        ("override_resource", Block(&OVERRIDE)),
        ("override_data", Block(&OVERRIDE)),
        ("override_module", Block(&OVERRIDE)),
    ],
    rest: Rest::Refused,
};

static PLAN_OPTIONS: Shape = Shape {
    labels: &[],
    properties: &[("mode", Reference), ("refresh", Literal), ("replace", Reference), ("target", Reference)],
    rest: Rest::Refused,
};

static RUN_MODULE: Shape =
    Shape { labels: &[], properties: &[("source", Literal), ("version", Literal)], rest: Rest::Refused };

static MOCK_PROVIDER: Shape = Shape {
    labels: &["name"],
    properties: &[
        ("alias", Literal),
        ("source", Literal),
        ("override_during", Reference),
        ("mock_resource", Block(&MOCK_DEFAULTS)),
        ("mock_data", Block(&MOCK_DEFAULTS)),
        ("override_resource", Block(&OVERRIDE)),
        ("override_data", Block(&OVERRIDE)),
    ],
    rest: Rest::Refused,
};

/// A file that a mock provider takes in.
pub(crate) static MOCK_FILE: Shape = Shape {
    labels: &[],
    properties: &[
        ("mock_resource", Block(&MOCK_DEFAULTS)),
        ("mock_data", Block(&MOCK_DEFAULTS)),
        ("override_resource", Block(&OVERRIDE)),
        ("override_data", Block(&OVERRIDE)),
    ],
    rest: Rest::Refused,
};

/// What a test says in a provider's place is taken as it is written.
static MOCK_DEFAULTS: Shape = Shape {
    labels: &["type"],
    properties: &[("defaults", Literal), ("override_during", Reference)],
    rest: Rest::Refused,
};

static OVERRIDE: Shape = Shape {
    labels: &[],
    properties: &[
        ("target", Reference),
        ("values", Literal),
        ("outputs", Literal),
        ("override_during", Reference),
    ],
    rest: Rest::Refused,
};

static CHECK: Shape = Shape {
    labels: &["name"],
    properties: &[("data", Block(&RESOURCE)), ("assert", Block(&RULE))],
    rest: Rest::Refused,
};
