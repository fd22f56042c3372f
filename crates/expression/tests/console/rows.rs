//! The rows: expressions with what Terraform's console makes of them, kept as data.
//!
//! A row has an expression and either the text that the console shows for its value or the headlines of
//! its errors. `tests/console.rs` of the testkit asks `terraform` for them, and so that test writes them too
//! where it is run with `UPDATE=1`. References stand for what [`crate::fixture`] says.

use serde::Deserialize;

/// The tables, by the names of their files.
pub(crate) const TABLES: [(&str, &str); 3] = [
    ("forms.json", include_str!("../forms.json")),
    ("functions.json", include_str!("../functions.json")),
    ("covering.json", include_str!("../covering.json")),
];

/// An expression with what becomes of it. How programs are asked for it is no concern of the library's.
#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    pub(crate) expression: String,
    /// Which cell of the table of what is covered it belongs to, such as `upper/null`.
    pub(crate) covers: Option<String>,
    /// What the console shows.
    result: Option<String>,
    /// The headlines of errors.
    errors: Option<Vec<String>>,
    /// Who says so, where it is not Terraform: `OpenTofu`, for what it alone has.
    pub(crate) of: Option<String>,
    /// Whether only the whole program can tell, which knows schemas and providers.
    #[serde(default)]
    pub(crate) program: bool,
    /// What is different on purpose.
    pub(crate) different: Option<Different>,
}

/// What becomes of an expression here, where that is not the peer's.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Different {
    /// Why it is so.
    pub(crate) reason: String,
    result: Option<String>,
    errors: Option<Vec<String>>,
}

impl Row {
    /// What has to become of it here.
    pub(crate) fn expected(&self) -> Result<String, Vec<String>> {
        let (result, errors) = match &self.different {
            Some(different) => (&different.result, &different.errors),
            None => (&self.result, &self.errors),
        };
        match (result, errors) {
            (Some(result), None) => Ok(result.clone()),
            (None, Some(errors)) => Err(errors.clone()),
            _ => panic!("{}: either a result or errors", self.expression),
        }
    }
}

/// The rows of a table.
pub(crate) fn read(text: &str) -> Vec<Row> {
    serde_json::from_str(text).expect("the table is JSON of rows")
}

/// The rows of all tables.
pub(crate) fn all() -> Vec<Row> {
    TABLES.iter().flat_map(|(_, text)| read(text)).collect()
}
