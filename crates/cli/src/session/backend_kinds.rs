//! The backends that there are, and the arguments of each.
//!
//! Responsible for names and types. Checksums and records of what was initialised hold every argument,
//! so the lists are complete and in order of names.

use std::collections::BTreeMap;

use plumb_configuration::NestedBlock;
use plumb_diagnostics::{Diagnostic, did_you_mean};
use plumb_value::{Type, Value};
use serde_json::Value as Json;

/// Arguments that are given, by name.
pub(super) type Arguments = BTreeMap<&'static str, Json>;

/// What an argument holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ArgumentType {
    Text,
    /// A text without which the object that it is in means nothing.
    RequiredText,
    Number,
    Bool,
    /// A set of texts.
    Texts,
    /// A map of texts.
    TextMap,
    Object(&'static [Argument]),
}

/// An argument: its name and what it holds.
pub(super) type Argument = (&'static str, ArgumentType);

/// A kind of backend.
pub(super) struct Kind {
    /// Such as `local`.
    pub(super) name: &'static str,
    /// Every argument that there is, in order of names.
    pub(super) arguments: &'static [Argument],
    /// Those that must be given, with what to say where they are asked for.
    pub(super) required: &'static [(&'static str, &'static str)],
    /// Those that others have taken the place of, with the name of the other.
    pub(super) deprecated: &'static [(&'static str, &'static str)],
}

use ArgumentType::{Bool, Number, Object, RequiredText, Text, TextMap, Texts};

const HTTP: &[Argument] = &[
    ("address", Text),
    ("client_ca_certificate_pem", Text),
    ("client_certificate_pem", Text),
    ("client_private_key_pem", Text),
    ("lock_address", Text),
    ("lock_method", Text),
    ("password", Text),
    ("retry_max", Number),
    ("retry_wait_max", Number),
    ("retry_wait_min", Number),
    ("skip_cert_verification", Bool),
    ("unlock_address", Text),
    ("unlock_method", Text),
    ("update_method", Text),
    ("username", Text),
];

const PG: &[Argument] = &[
    ("conn_str", Text),
    ("schema_name", Text),
    ("skip_index_creation", Bool),
    ("skip_schema_creation", Bool),
    ("skip_table_creation", Bool),
];

const ENDPOINTS: &[Argument] =
    &[("dynamodb", Text), ("iam", Text), ("s3", Text), ("sso", Text), ("sts", Text)];

const ASSUME_ROLE: &[Argument] = &[
    ("duration", Text),
    ("external_id", Text),
    ("policy", Text),
    ("policy_arns", Texts),
    ("role_arn", RequiredText),
    ("session_name", Text),
    ("source_identity", Text),
    ("tags", TextMap),
    ("transitive_tag_keys", Texts),
];

const WEB_IDENTITY: &[Argument] = &[
    ("duration", Text),
    ("policy", Text),
    ("policy_arns", Texts),
    ("role_arn", RequiredText),
    ("session_name", Text),
    ("web_identity_token", Text),
    ("web_identity_token_file", Text),
];

const S3: &[Argument] = &[
    ("access_key", Text),
    ("acl", Text),
    ("allowed_account_ids", Texts),
    ("assume_role", Object(ASSUME_ROLE)),
    ("assume_role_with_web_identity", Object(WEB_IDENTITY)),
    ("bucket", Text),
    ("custom_ca_bundle", Text),
    ("dynamodb_endpoint", Text),
    ("dynamodb_table", Text),
    ("ec2_metadata_service_endpoint", Text),
    ("ec2_metadata_service_endpoint_mode", Text),
    ("encrypt", Bool),
    ("endpoint", Text),
    ("endpoints", Object(ENDPOINTS)),
    ("forbidden_account_ids", Texts),
    ("force_path_style", Bool),
    ("http_proxy", Text),
    ("https_proxy", Text),
    ("iam_endpoint", Text),
    ("insecure", Bool),
    ("key", Text),
    ("kms_key_id", Text),
    ("max_retries", Number),
    ("no_proxy", Text),
    ("profile", Text),
    ("region", Text),
    ("retry_mode", Text),
    ("secret_key", Text),
    ("shared_config_files", Texts),
    ("shared_credentials_file", Text),
    ("shared_credentials_files", Texts),
    ("skip_credentials_validation", Bool),
    ("skip_metadata_api_check", Bool),
    ("skip_region_validation", Bool),
    ("skip_requesting_account_id", Bool),
    ("skip_s3_checksum", Bool),
    ("sse_customer_key", Text),
    ("sts_endpoint", Text),
    ("sts_region", Text),
    ("token", Text),
    ("use_dualstack_endpoint", Bool),
    ("use_fips_endpoint", Bool),
    ("use_lockfile", Bool),
    ("use_path_style", Bool),
    ("workspace_key_prefix", Text),
];

/// Arguments that others have taken the place of.
const S3_DEPRECATED: &[(&str, &str)] = &[
    ("dynamodb_endpoint", "endpoints.dynamodb"),
    ("dynamodb_table", "use_lockfile"),
    ("endpoint", "endpoints.s3"),
    ("force_path_style", "use_path_style"),
    ("iam_endpoint", "endpoints.iam"),
    ("shared_credentials_file", "shared_credentials_files"),
    ("sts_endpoint", "endpoints.sts"),
];

/// What there is where nothing else is said.
pub(super) static LOCAL: Kind = Kind {
    name: "local",
    arguments: &[("path", Text), ("workspace_dir", Text)],
    required: &[],
    deprecated: &[],
};

static KINDS: [&Kind; 4] = [
    &LOCAL,
    &Kind { name: "http", arguments: HTTP, required: &[], deprecated: &[] },
    &Kind { name: "pg", arguments: PG, required: &[], deprecated: &[] },
    &Kind {
        name: "s3",
        arguments: S3,
        required: &[
            ("bucket", "The name of the S3 bucket"),
            ("key", "The path to the state file inside the bucket"),
        ],
        deprecated: S3_DEPRECATED,
    },
];

/// A backend that is there.
pub(super) fn known(name: &str) -> Option<&'static Kind> {
    KINDS.into_iter().find(|kind| kind.name == name)
}

/// The names of all that are there, as people write a list.
pub(super) fn known_names() -> String {
    let names: Vec<String> = KINDS.iter().map(|kind| format!("\"{}\"", kind.name)).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

impl Kind {
    pub(super) fn argument(&self, name: &str) -> Option<&'static Argument> {
        self.arguments.iter().find(|(known, _)| *known == name)
    }

    /// What may have been meant.
    pub(super) fn hint(&self, name: &str) -> String {
        did_you_mean(name, self.arguments.iter().map(|(name, _)| *name))
    }

    /// No backend has blocks in its block.
    pub(super) fn no_block(&self, block: &NestedBlock) -> Diagnostic {
        let (span, name) = match block {
            NestedBlock::Static(block) => (block.header, &block.kind),
            NestedBlock::Dynamic(block) => (block.header, &block.kind),
        };
        let hint = match self.argument(name) {
            Some(_) => format!(
                " Did you mean to define argument \"{name}\"? If so, use the equals sign to assign it a value."
            ),
            None => String::new(),
        };
        let detail = format!("Blocks of type \"{name}\" are not expected here.{hint}");
        Diagnostic::error("Unsupported block type", detail).at(span)
    }
}

impl ArgumentType {
    /// Whether it is more than one text, number or truth value.
    pub(super) fn has_parts(self) -> bool {
        matches!(self, Texts | TextMap | Object(_))
    }

    /// A value as this type, or what is required instead.
    pub(super) fn convert(self, value: &Value) -> Result<Json, String> {
        match self {
            Text | RequiredText => text(value).map(Json::String).ok_or_else(|| "string required".to_owned()),
            Bool => {
                let value = plumb_value::convert(value, &Type::Bool).ok();
                let value = value.and_then(|value| value.as_bool());
                value.map(Json::Bool).ok_or_else(|| "a bool is required".to_owned())
            }
            Number => {
                let number = plumb_value::convert(value, &Type::Number).ok();
                let number = number.and_then(|number| serde_json::from_str(&text(&number)?).ok());
                number.filter(Json::is_number).ok_or_else(|| "a number is required".to_owned())
            }
            Texts => texts(value).ok_or_else(|| "set of string required".to_owned()),
            TextMap => text_map(value).ok_or_else(|| "map of string required".to_owned()),
            Object(arguments) => object(arguments, value),
        }
    }
}

fn text(value: &Value) -> Option<String> {
    Some(plumb_value::convert(value, &Type::String).ok()?.as_str()?.to_owned())
}

/// A set, in its order.
fn texts(value: &Value) -> Option<Json> {
    if value.entries().is_some() {
        return None;
    }
    let mut texts = value.elements()?.iter().map(|(_, text)| self::text(text)).collect::<Option<Vec<_>>>()?;
    texts.sort();
    texts.dedup();
    Some(texts.into())
}

fn text_map(value: &Value) -> Option<Json> {
    let texts = value
        .entries()?
        .into_iter()
        .map(|(name, value)| Some((name.to_string(), Json::String(text(value)?))));
    // By name, whatever the order was.
    let texts = texts.collect::<Option<BTreeMap<String, Json>>>()?;
    Some(Json::Object(texts.into_iter().collect()))
}

fn object(arguments: &[Argument], value: &Value) -> Result<Json, String> {
    if value.entries().is_none() {
        return Err("object required".to_owned());
    }
    let mut object = serde_json::Map::new();
    for (name, ty) in arguments {
        let json = match value.part(name).filter(|value| !value.is_null()) {
            Some(value) => {
                ty.convert(value).map_err(|required| format!("attribute \"{name}\": {required}"))?
            }
            None if *ty == RequiredText => return Err(format!("attribute \"{name}\" is required")),
            None => Json::Null,
        };
        object.insert((*name).to_owned(), json);
    }
    Ok(Json::Object(object))
}
