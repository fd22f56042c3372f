//! Going through a value and everything inside, in time linear to its size.

use crate::{Kind, Path, Value};

impl Value {
    /// Looks at the value, then at everything inside that `look` asks for by returning true.
    pub fn walk(&self, look: &mut dyn FnMut(&Path, &Value) -> bool) {
        walk(self, &mut Path::root(), look);
    }

    /// Where in it an infinity is, which no file and no message has a word for.
    pub fn infinite_part(&self) -> Option<Path> {
        if matches!(self.kind(), Kind::Null(_) | Kind::Unknown(..) | Kind::Bool(_) | Kind::String(_)) {
            return None;
        }
        let mut found = None;
        self.walk(&mut |path, part| {
            if found.is_none() && part.as_number().is_some_and(|number| !number.is_finite()) {
                found = Some(path.clone());
            }
            found.is_none()
        });
        found
    }

    /// The value with everything replaced by what `change` makes of it, from the inside out; own marks
    /// are there for `change` to see and to keep. Elements of collections must keep their type.
    #[must_use]
    pub fn transform(&self, change: &mut dyn FnMut(&Path, &Value) -> Value) -> Value {
        transform(self, &mut Path::root(), change)
    }
}

fn walk(value: &Value, path: &mut Path, look: &mut dyn FnMut(&Path, &Value) -> bool) {
    if !look(path, value) {
        return;
    }
    for (step, part) in value.steps() {
        path.0.push(step);
        walk(part, path, look);
        path.0.pop();
    }
}

fn transform(value: &Value, path: &mut Path, change: &mut dyn FnMut(&Path, &Value) -> Value) -> Value {
    if matches!(
        value.kind(),
        Kind::Null(_) | Kind::Unknown(..) | Kind::Bool(_) | Kind::Number(_) | Kind::String(_)
    ) {
        return change(path, value);
    }
    let mut steps = value.steps().into_iter().map(|(step, _)| step);
    let rebuilt = value.rebuild(&mut |part| {
        let Some(step) = steps.next() else { return part.clone() };
        path.0.push(step);
        let changed = transform(part, path, change);
        path.0.pop();
        changed
    });
    change(path, &rebuilt)
}
