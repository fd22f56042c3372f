//! What may come out otherwise than planned.

use plumb_source::Span;

use super::state::{Frame, State};
use crate::plan::Doubt;

/// The family that stands for everything.
pub(crate) const EVERYTHING: &str = "*";
/// The family of what may depend on anything that is done before, such as what a command of somebody's says.
pub(crate) const ANYTHING: &str = "anything";

impl State {
    /// Whether what something was worked out by may be otherwise by then. So many operations are done.
    pub(crate) fn doubt_of(&self, frame: &Frame, done: usize) -> Option<Doubt> {
        if let Some(blind) = &self.blind {
            return Some(blind.clone());
        }
        if frame.families.contains_key(ANYTHING) {
            let waiting = self.operations.iter().enumerate().skip(done);
            let mut changing = waiting.filter(|(_, of)| of.doubt.is_some() || !of.changes.is_empty());
            if let Some((by, operation)) = changing.next() {
                return Some(Doubt { by, why: format!("may depend on what {} does", operation.function) });
            }
        }
        let touches = |by: usize, obscured: &String| {
            let mut touched = frame.families.iter();
            touched.any(|(family, since)| *since <= by && (obscured == EVERYTHING || obscured == family))
        };
        let mut obscured = self.obscured.iter();
        let (by, _) = obscured.find(|(by, families)| families.iter().any(|family| touches(*by, family)))?;
        let by = *by;
        let title = self.operations.get(by).map(|operation| operation.function.clone()).unwrap_or_default();
        Some(Doubt { by, why: format!("depends on what {title} does") })
    }

    /// The deploy itself looked at something that may come out otherwise.
    pub(crate) fn decide_blindly(&mut self, place: Span, by: usize, why: &str) {
        if self.blind.is_none() {
            self.blind = Some(Doubt { by, why: why.to_owned() });
            if self.undecided.is_none() {
                self.undecided = Some((place, why.to_owned()));
            }
        }
    }
}
