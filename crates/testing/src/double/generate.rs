//! Values that are made up where nobody says any.

use std::hash::{DefaultHasher, Hash, Hasher};

use plumb_value::{Path, Type, Value};

/// How many characters a made up text has.
const TEXT_LENGTH: u8 = 8;
const CHARACTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// Makes values up: the same for one place in one object however often it is asked, as plans and what is
/// made of them must agree, and others in the next run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Generator {
    pub(crate) seed: u64,
}

impl Generator {
    /// A value of a type for a part of an object.
    pub(crate) fn value(&self, ty: &Type, object: &str, path: &Path) -> Value {
        match ty {
            Type::String => Value::string(self.text(object, path)),
            Type::Number => Value::number(0),
            Type::Bool => Value::bool(false),
            Type::List(element) => Value::list(element.clone(), []),
            Type::Set(element) => Value::set(element.clone(), []),
            Type::Map(element) => Value::map::<&str>(element.clone(), []),
            Type::Object(object_type) => {
                let parts = object_type.attributes().iter();
                let values = parts.map(|(name, ty)| self.value(ty, object, &path.attribute(name.clone())));
                Value::object_of(object_type.clone(), values)
            }
            Type::Tuple(elements) => {
                let values = elements
                    .iter()
                    .enumerate()
                    .map(|(at, ty)| self.value(ty, object, &path.index(Value::number(at as i64))));
                Value::tuple(values)
            }
            // Nothing says what it could be.
            Type::Dynamic => Value::null(Type::Dynamic),
        }
    }

    fn text(&self, object: &str, path: &Path) -> String {
        let place = path.to_string();
        (0..TEXT_LENGTH)
            .map(|at| {
                let mut hasher = DefaultHasher::new();
                (self.seed, object, &place, at).hash(&mut hasher);
                char::from(CHARACTERS[(hasher.finish() % CHARACTERS.len() as u64) as usize])
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_of_their_type_and_agree_with_themselves() {
        let ty = Type::object([
            ("text", Type::String),
            ("number", Type::Number),
            ("flag", Type::Bool),
            ("list", Type::list(Type::String)),
            ("set", Type::set(Type::Number)),
            ("map", Type::map(Type::Bool)),
            ("pair", Type::tuple([Type::String, Type::String])),
        ]);
        let generator = Generator { seed: 1 };
        let value = generator.value(&ty, "a.b", &Path::root());
        assert!(value.is_of_type(&ty), "{value:?}");
        assert!(value.same(&generator.value(&ty, "a.b", &Path::root())));
        assert!(!value.same(&generator.value(&ty, "a.c", &Path::root())));
        assert!(!value.same(&Generator { seed: 2 }.value(&ty, "a.b", &Path::root())));
        let pair = value.part("pair").and_then(Value::as_sequence).expect("a pair");
        assert!(!pair[0].same(&pair[1]));
        let text = value.part("text").and_then(Value::as_str).expect("a text");
        assert!(text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{text}");
    }
}
