//! Looking at a deploy as it is.

use plumb_value::Value;

use super::{Around, Problems, Ready, texts, with};
use crate::code::declared;
use crate::look::{look, pending};
use crate::problem::{Problem, warning};

/// The object with what would change on its host now. What keeps that from being found out is no error: nobody
/// could get rid of an object whose host or code is gone.
pub(crate) async fn read(current: Value, around: &Around) -> (Value, Problems) {
    let ready = match Ready::of(&current, around) {
        Ok(ready) => ready,
        Err(found) => return (current, vec![unseen(found)]),
    };
    match look(&*around.outside, &ready.reached, &ready.program, &ready.setting).await {
        Ok(looked) => {
            let found = pending(&*around.outside, &looked.plan, &ready.setting);
            let mut replaced = vec![("pending", texts(&found))];
            if let Some(operations) = declared(&ready.program, &ready.setting, true) {
                replaced.push(("operations", texts(&operations)));
            }
            (with(&current, replaced), Vec::new())
        }
        Err(why) => (current, vec![unseen(why.into_problem())]),
    }
}

fn unseen(found: Problem) -> Problem {
    let detail = format!("{} Whether it is still as the deploy describes it is not known.", found.detail);
    warning(Problem { detail, ..found })
}
