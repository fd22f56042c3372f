//! How often a block says that its object is there: `count`, `for_each`, or `enabled` in its `lifecycle`.

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_syntax::ast::Attribute;

use crate::config::Repetition;
use crate::reader::{Reader, compile};

/// The repetition of a block. `enabled` is the argument of its `lifecycle`, `what` the kind of its objects
/// in the plural.
pub(crate) fn repetition(
    reader: &mut Reader<'_>,
    enabled: Option<&Attribute>,
    what: &str,
    diagnostics: &mut Diagnostics,
) -> Repetition {
    let count = reader.attribute("count");
    let for_each = reader.attribute("for_each");
    let given = [count, enabled, for_each];
    if given.iter().flatten().count() > 1 {
        diagnostics.push(combined(given, what));
    }
    match (count, for_each, enabled) {
        (_, Some(for_each), _) => Repetition::ForEach(compile(&for_each.value, &[])),
        (Some(count), None, _) => Repetition::Count(compile(&count.value, &[])),
        (None, None, Some(enabled)) => Repetition::Enabled(compile(&enabled.value, &[])),
        (None, None, None) => Repetition::Single,
    }
}

fn combined(given: [Option<&Attribute>; 3], what: &str) -> Diagnostic {
    let given: Vec<&Attribute> = given.into_iter().flatten().collect();
    let names: Vec<String> = given.iter().map(|attribute| format!("\"{}\"", attribute.name.text)).collect();
    let names = match &names[..] {
        [one, two] => format!("{one} and {two}"),
        [one, two, three] => format!("{one}, {two}, and {three}"),
        others => others.join(" and "),
    };
    let mut diagnostic = Diagnostic::error(
        format!("Invalid combination of {names}"),
        format!(
            "The {names} meta-arguments are mutually-exclusive, only one should be used to be explicit about the number \
             of {what} to be created."
        ),
    );
    if let [others @ .., last] = &given[..] {
        diagnostic = diagnostic.at(last.value.span);
        for other in others {
            diagnostic = diagnostic.note(other.span, "the other one");
        }
    }
    diagnostic
}
