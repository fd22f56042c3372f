//! Whether a password is the one that a server of databases has, by what it keeps of it.

mod mysql;
mod postgres;

use plumb_starlark::language as starlark;
use plumb_starlark::language::environment::GlobalsBuilder;
use plumb_starlark::language::values::none::NoneOr;

#[starlark::starlark_module]
pub(super) fn natives(builder: &mut GlobalsBuilder) {
    /// Whether a password is the one that was kept in this form: by PostgreSQL (SCRAM-SHA-256, or MD5, for which
    /// it needs the name of the role), or by MySQL and MariaDB (`mysql_native_password`, or
    /// `caching_sha2_password`). None where the form is another. What was kept is itself taken for the password, too.
    fn password_fits<'v>(
        password: &str,
        kept: NoneOr<&str>,
        #[starlark(require = named, default = "")] name: &str,
    ) -> starlark::Result<NoneOr<bool>> {
        let Some(kept) = kept.into_option().filter(|kept| !kept.is_empty()) else {
            return Ok(NoneOr::Other(false));
        };
        if kept == password {
            return Ok(NoneOr::Other(true));
        }
        let fits = postgres::fits(password, kept, name).or_else(|| mysql::fits(password, kept));
        Ok(fits.map_or(NoneOr::None, NoneOr::Other))
    }
}
