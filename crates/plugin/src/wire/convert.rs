//! Diagnostics and paths in the types of the contracts and on the wire.

use plumb_state::{ProviderDiagnostic, ProviderDiagnostics};
use plumb_value::{Path, PathStep, Value};

use crate::generated::provider as wire;
use wire::attribute_path::Step;
use wire::attribute_path::step::Selector;
use wire::diagnostic::Severity;

pub(crate) fn diagnostics_from_wire(diagnostics: Vec<wire::Diagnostic>) -> ProviderDiagnostics {
    let convert = |diagnostic: wire::Diagnostic| ProviderDiagnostic {
        // What has no valid severity is taken for the worse of the two.
        is_error: diagnostic.severity != Severity::Warning as i32,
        summary: diagnostic.summary,
        detail: diagnostic.detail,
        path: diagnostic.attribute.map(|path| path_from_wire(&path)).unwrap_or_default(),
    };
    diagnostics.into_iter().map(convert).collect()
}

pub(crate) fn diagnostics_to_wire(diagnostics: ProviderDiagnostics) -> Vec<wire::Diagnostic> {
    let convert = |diagnostic: ProviderDiagnostic| wire::Diagnostic {
        severity: if diagnostic.is_error { Severity::Error } else { Severity::Warning } as i32,
        summary: diagnostic.summary,
        detail: diagnostic.detail,
        attribute: (!diagnostic.path.0.is_empty()).then(|| path_to_wire(&diagnostic.path)),
    };
    diagnostics.into_iter().map(convert).collect()
}

pub(crate) fn path_from_wire(path: &wire::AttributePath) -> Path {
    let convert = |step: &Step| match step.selector.as_ref()? {
        Selector::AttributeName(name) => Some(PathStep::Attribute(name.as_str().into())),
        Selector::ElementKeyString(key) => Some(PathStep::Index(Value::string(key.as_str()))),
        Selector::ElementKeyInt(index) => Some(PathStep::Index(Value::number(*index))),
    };
    // A path is as good as its beginning that is understood.
    Path(path.steps.iter().map_while(convert).collect())
}

/// As much of a path as can be said on the wire, where elements of sets have no name.
pub(crate) fn path_to_wire(path: &Path) -> wire::AttributePath {
    let convert = |step: &PathStep| {
        let selector = match step {
            PathStep::Attribute(name) => Selector::AttributeName(name.to_string()),
            PathStep::Index(key) => match key.as_str() {
                Some(text) => Selector::ElementKeyString(text.to_owned()),
                None => Selector::ElementKeyInt(key.as_number()?.to_i64()?),
            },
        };
        Some(Step { selector: Some(selector) })
    };
    wire::AttributePath { steps: path.0.iter().map_while(convert).collect() }
}

/// A path for people: `.a[0].b`.
pub(crate) fn path_text(path: &Path) -> String {
    let step = |step: &PathStep| match step {
        PathStep::Attribute(name) => format!(".{name}"),
        PathStep::Index(key) => match (key.as_str(), key.as_number()) {
            (Some(text), _) => format!("[{text:?}]"),
            (None, Some(number)) => format!("[{number}]"),
            (None, None) => "[...]".to_owned(),
        },
    };
    path.0.iter().map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_go_there_and_back() {
        let path =
            Path::root().attribute("a").index(Value::number(3_i64)).attribute("b").index(Value::string("k"));
        assert_eq!(path_from_wire(&path_to_wire(&path)), path);
        assert_eq!(path_text(&path), ".a[3].b[\"k\"]");
        let inside_a_set = Path::root().attribute("s").index(Value::bool(true)).attribute("lost");
        assert_eq!(path_from_wire(&path_to_wire(&inside_a_set)), Path::root().attribute("s"));
    }

    #[test]
    fn diagnostics_go_there_and_back() {
        let diagnostics = [true, false].map(|is_error| ProviderDiagnostic {
            is_error,
            summary: "Summary".to_owned(),
            detail: "Detail".to_owned(),
            path: if is_error { Path::root() } else { Path::root().attribute("a") },
        });
        assert_eq!(diagnostics_from_wire(diagnostics_to_wire(diagnostics.to_vec())), diagnostics);
    }
}
