//! Instances of modules that a test replaces: nothing in them is there, and their outputs are what the
//! test says.

use plumb_value::{Type, Value};

use crate::{Evaluator, ModuleNode};

impl Evaluator {
    /// Whether a module instance, or one around it, is replaced.
    pub fn is_replaced(&self, node: &ModuleNode) -> bool {
        if !self.has_replaced {
            return false;
        }
        let mut at = Some(node);
        while let Some(node) = at {
            if self.replacement(node).is_some() {
                return true;
            }
            at = node.parent.as_ref().map(|(parent, _)| &**parent);
        }
        false
    }

    /// What is said of an output in place of its expression, where its module instance is replaced. Nobody
    /// asks for outputs further inside.
    pub(crate) fn said_of(&self, node: &ModuleNode, output: &str) -> Option<Value> {
        if !self.is_replaced(node) {
            return None;
        }
        let said = self.replacement(node).and_then(|said| said.as_ref()).and_then(|said| said.part(output));
        Some(said.cloned().unwrap_or_else(|| Value::null(Type::Dynamic)))
    }

    /// The values that replace an instance: of those that mean it, the ones that name its key.
    fn replacement(&self, node: &ModuleNode) -> Option<&Option<Value>> {
        let replaced = self.module(node).replaced.iter();
        let meant = replaced.filter(|replaced| replaced.means(&node.address));
        meant.min_by_key(|replaced| replaced.key.is_none()).map(|replaced| &replaced.outputs)
    }
}
