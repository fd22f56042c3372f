//! Directories of this machine with all that is in them, and names that are left out.

use std::collections::BTreeSet;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use plumb_starlark::language as starlark;
use plumb_starlark::language::environment::GlobalsBuilder;
use plumb_starlark::language::eval::Evaluator;
use plumb_starlark::language::values::Value;
use plumb_starlark::language::values::list::AllocList;

use super::convert::texts;
use super::paths::beside;
use super::{error, pass};
use crate::pass::Pass;

/// Nobody has directories within directories deeper than that, but for links that lead upwards.
const DEPTH_MAX: usize = 30;

/// Names that are left out. One without a slash in it goes for what is called so anywhere.
struct LeftOut {
    names: GlobSet,
    paths: GlobSet,
}

impl LeftOut {
    fn of(patterns: &[String]) -> starlark::Result<Self> {
        let (mut names, mut paths) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for pattern in patterns {
            let trimmed = pattern.trim_matches('/');
            let glob = GlobBuilder::new(trimmed).literal_separator(true).build();
            let glob =
                glob.map_err(|why| error(format!("`{pattern}` is no pattern for names: {}", why.kind())))?;
            if pattern.trim_end_matches('/').contains('/') {
                paths.add(glob)
            } else {
                names.add(glob)
            };
        }
        let built = |set: GlobSetBuilder| set.build().map_err(|why| error(why.to_string()));
        Ok(LeftOut { names: built(names)?, paths: built(paths)? })
    }

    /// Whether a path, or one of the directories that it is in, is left out.
    fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        ends.into_iter().any(|end| {
            let part = &path[..end];
            let name = part.rsplit_once('/').map_or(part, |(_, name)| name);
            self.names.is_match(name) || self.paths.is_match(part)
        })
    }
}

fn walk(
    pass: &Pass,
    root: &str,
    within: &str,
    out: &mut BTreeSet<String>,
    left_out: &LeftOut,
) -> starlark::Result<()> {
    if within.matches('/').count() > DEPTH_MAX {
        return Err(error(format!(
            "{root}/{within} lies deeper than {DEPTH_MAX} directories: a link leads upwards"
        )));
    }
    let directory = if within.is_empty() { root.to_owned() } else { format!("{root}/{within}") };
    for (name, is_directory) in pass.setting.files.list(directory.trim_end_matches('/')).map_err(error)? {
        let path = format!("{within}{name}");
        if left_out.has(&path) {
            continue;
        }
        if is_directory {
            walk(pass, root, &format!("{path}/"), out, left_out)?;
            out.insert(path + "/");
        } else {
            out.insert(path);
        }
    }
    Ok(())
}

#[starlark::starlark_module]
pub(super) fn natives(builder: &mut GlobalsBuilder) {
    /// All that is in a directory of this machine and in those within it, of directories with a slash behind
    /// them, without what one of the patterns of `exclude` matches: `*.pyc` anywhere, `build/*` from the top.
    fn local_tree<'v>(
        path: &str,
        #[starlark(require = named)] exclude: Option<Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let pass = pass(eval, "a directory")?;
        let patterns = exclude.map(|exclude| texts(exclude, "exclude")).transpose()?.unwrap_or_default();
        let root = beside(path, pass, eval);
        let mut names = BTreeSet::new();
        walk(pass, root.trim_end_matches('/'), "", &mut names, &LeftOut::of(&patterns)?)?;
        Ok(eval.heap().alloc(AllocList(names)))
    }

    /// Those of the paths that none of the patterns matches, as `local_tree` has them.
    fn not_excluded<'v>(
        paths: Value<'v>,
        exclude: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let left_out = LeftOut::of(&texts(exclude, "exclude")?)?;
        let paths = texts(paths, "paths")?;
        Ok(eval.heap().alloc(AllocList(paths.into_iter().filter(|path| !left_out.has(path)))))
    }
}
