//! Types as the console shows them.

use plumb_value::Type;

/// The type as a constraint that would accept it, each part of it on a line of its own.
pub fn format_type(ty: &Type) -> String {
    let mut text = String::new();
    write_type(ty, 0, &mut text);
    text
}

fn write_type(ty: &Type, indent: usize, out: &mut String) {
    match ty {
        Type::Dynamic => out.push_str("dynamic"),
        Type::Bool => out.push_str("bool"),
        Type::Number => out.push_str("number"),
        Type::String => out.push_str("string"),
        Type::List(element) => write_collection("list", element, indent, out),
        Type::Set(element) => write_collection("set", element, indent, out),
        Type::Map(element) => write_collection("map", element, indent, out),
        Type::Tuple(elements) => {
            write_parts("tuple([", "])", elements.iter().map(|element| (None, element)), indent, out);
        }
        Type::Object(object) => {
            let attributes = object.attributes().iter().map(|(name, ty)| (Some(&**name), ty));
            write_parts("object({", "})", attributes, indent, out);
        }
    }
}

fn write_collection(kind: &str, element: &Type, indent: usize, out: &mut String) {
    out.push_str(kind);
    if matches!(element, Type::Dynamic | Type::Bool | Type::Number | Type::String) {
        out.push('(');
        write_type(element, indent, out);
        return out.push(')');
    }
    write_parts("(", ")", std::iter::once((None, element)), indent, out);
}

fn write_parts<'t>(
    open: &str,
    close: &str,
    parts: impl ExactSizeIterator<Item = (Option<&'t str>, &'t Type)>,
    indent: usize,
    out: &mut String,
) {
    out.push_str(open);
    if parts.len() > 0 {
        out.push('\n');
        for (name, ty) in parts {
            push_indent(indent + 1, out);
            if let Some(name) = name {
                out.push_str(name);
                out.push_str(": ");
            }
            write_type(ty, indent + 1, out);
            out.push_str(",\n");
        }
        push_indent(indent, out);
    }
    out.push_str(close);
}

fn push_indent(indent: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("    ", indent));
}

#[cfg(test)]
mod tests {
    use plumb_value::Type;

    use super::format_type;

    #[test]
    fn a_type_has_each_of_its_parts_on_a_line() {
        let inner = Type::object([("c", Type::tuple([Type::Number]))]);
        let outer = Type::set(Type::object([("b", inner), ("a", Type::list(Type::Dynamic))]));
        let nested = "set(\n    object({\n        a: list(dynamic),\n        b: object({\n            c: \
                      tuple([\n                number,\n            ]),\n        }),\n    }),\n)";
        let none: [(&str, Type); 0] = [];
        let cases = [
            (Type::Bool, "bool"),
            (Type::map(Type::String), "map(string)"),
            (Type::tuple([]), "tuple([])"),
            (Type::object(none), "object({})"),
            (outer, nested),
        ];
        for (ty, expected) in cases {
            assert_eq!(format_type(&ty), expected);
        }
    }
}
