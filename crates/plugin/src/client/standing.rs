//! Whether a later command may go on with a process as it is.
//!
//! Responsible for the rule alone: a process that was configured is of use to others where it was
//! configured once, with what it is recognised by, and had nothing to say about it.

use std::time::Instant;

use super::configuration::{Configuration, ConfigurationKey};

/// How a process stands.
#[derive(Debug, Default)]
pub(super) enum Standing {
    /// Nobody has configured it.
    #[default]
    Fresh,
    /// It is about to be configured with that.
    Expecting(Recognised),
    /// It has been configured with that.
    Configured(Recognised, Instant),
    /// Nobody else is to have it.
    Unfit,
}

/// A configuration, and how a process was recognised that has it, before it had it.
#[derive(Clone, Debug)]
pub(super) struct Recognised {
    pub(super) configuration: Configuration,
    pub(super) key: ConfigurationKey,
}

impl Standing {
    /// A configuration was checked. Where there was something to say it must be said each time.
    pub(super) fn validated(&mut self, was_silent: bool) {
        if let Standing::Expecting(_) = self
            && !was_silent
        {
            *self = Standing::Unfit;
        }
    }

    /// It was configured with that message. Only what was expected will do, and only once.
    pub(super) fn configured(&mut self, request: &[u8], since: Instant, was_silent: bool) {
        *self = match std::mem::replace(self, Standing::Unfit) {
            Standing::Expecting(recognised)
                if was_silent && recognised.configuration.request() == request =>
            {
                Standing::Configured(recognised, since)
            }
            _ => Standing::Unfit,
        };
    }
}

#[cfg(test)]
mod tests {
    use plumb_schema::ProviderSchema;
    use plumb_value::Value;

    use super::*;

    #[test]
    fn only_one_silent_configuration_that_was_expected_will_do() {
        let empty = Value::object::<&str>([]);
        let configuration = Configuration::new(&ProviderSchema::default(), &empty, "1").unwrap();
        let request = configuration.request().to_vec();
        let recognised = Recognised { configuration, key: ConfigurationKey::new("k") };
        let after = |steps: &[&dyn Fn(&mut Standing)]| {
            let mut standing = Standing::Fresh;
            for step in steps {
                step(&mut standing);
            }
            matches!(standing, Standing::Configured(..))
        };
        let now = Instant::now();
        let expect = |standing: &mut Standing| *standing = Standing::Expecting(recognised.clone());
        let configure = |standing: &mut Standing| standing.configured(&request, now, true);
        let warn = |standing: &mut Standing| standing.validated(false);
        let fail = |standing: &mut Standing| standing.configured(&request, now, false);
        let other = |standing: &mut Standing| standing.configured(b"other", now, true);
        assert!(after(&[&expect, &configure]));
        // What was said about other configurations before does not matter.
        assert!(after(&[&warn, &expect, &configure]));
        for steps in [
            &[&configure as &dyn Fn(&mut Standing)] as &[&dyn Fn(&mut Standing)],
            &[&expect],
            &[&expect, &warn, &configure],
            &[&expect, &fail],
            &[&expect, &other],
            &[&expect, &configure, &configure],
            &[&configure, &expect, &warn, &configure],
        ] {
            assert!(!after(steps));
        }
    }
}
