//! Objects sorted into the tree of module instances that they belong to, as documents nest them.

use std::collections::BTreeMap;
use std::io::{self, Write};

use plumb_address::ModuleInstance;
use plumb_value::json::write_string;

use crate::ViewError;

/// Objects by module instance.
pub(crate) struct ModuleTree<T> {
    objects: BTreeMap<ModuleInstance, Vec<T>>,
    /// In the order of their written addresses: `module.a[10]` comes before `module.a[1]`.
    children: BTreeMap<ModuleInstance, BTreeMap<String, ModuleInstance>>,
}

impl<T> Default for ModuleTree<T> {
    fn default() -> Self {
        ModuleTree { objects: BTreeMap::new(), children: BTreeMap::new() }
    }
}

/// Writes one object.
pub(crate) type WriteObject<'w, T> = dyn FnMut(&T, &mut Vec<u8>) -> Result<(), ViewError> + 'w;

impl<T> ModuleTree<T> {
    /// Puts an object into its module instance, and that into those around it.
    pub(crate) fn add(&mut self, module: &ModuleInstance, object: T) {
        if let Some(objects) = self.objects.get_mut(module) {
            objects.push(object);
            return;
        }
        self.objects.insert(module.clone(), vec![object]);
        let mut inner = module.clone();
        while let Some((outer, _)) = inner.parent() {
            let known = self.children.entry(outer.clone()).or_default().insert(inner.to_string(), inner);
            if known.is_some() {
                break;
            }
            inner = outer;
        }
    }

    /// Writes the root module and everything inside, one object at a time.
    pub(crate) fn write(&self, out: &mut dyn Write, write: &mut WriteObject<'_, T>) -> Result<(), ViewError> {
        self.write_module(&ModuleInstance::root(), out, write)
    }

    fn write_module(
        &self,
        module: &ModuleInstance,
        out: &mut dyn Write,
        write: &mut WriteObject<'_, T>,
    ) -> Result<(), ViewError> {
        let mut opening: &[u8] = b"{";
        let mut text = Vec::new();
        if let Some(objects) = self.objects.get(module) {
            out.write_all(b"{\"resources\":")?;
            let mut separator = b'[';
            for object in objects {
                text.clear();
                text.push(separator);
                separator = b',';
                write(object, &mut text)?;
                out.write_all(&text)?;
            }
            out.write_all(b"]")?;
            opening = b",";
        }
        if !module.is_root() {
            out.write_all(opening)?;
            write_member("address", &module.to_string(), out)?;
            opening = b",";
        }
        if let Some(children) = self.children.get(module) {
            out.write_all(opening)?;
            out.write_all(b"\"child_modules\":")?;
            let mut separator: &[u8] = b"[";
            for child in children.values() {
                out.write_all(separator)?;
                separator = b",";
                self.write_module(child, out, write)?;
            }
            out.write_all(b"]")?;
            opening = b",";
        }
        if opening == b"{" {
            out.write_all(b"{")?;
        }
        out.write_all(b"}")?;
        Ok(())
    }
}

fn write_member(name: &str, value: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut text = Vec::new();
    write_string(name, &mut text);
    text.push(b':');
    write_string(value, &mut text);
    out.write_all(&text)
}
