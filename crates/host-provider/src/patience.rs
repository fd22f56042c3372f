//! Waiting for hosts that are only just being made.

use std::time::{Duration, Instant};

use plumb_deploy::Setting;
use plumb_starlark::Program;

use crate::code::interrupted;
use crate::look::{Looked, Unseen, look};
use crate::outside::Outside;
use crate::problem::Problem;
use crate::way::Reached;

/// The first pause between two attempts; each is longer than the one before.
const PAUSE: Duration = Duration::from_millis(250);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// Looks at a host, again and again for so long while it cannot be reached. It goes by the clock.
pub(crate) async fn awaited(
    outside: &dyn Outside,
    reached: &Reached,
    program: &Program,
    setting: &Setting,
    wait: Duration,
) -> Result<Looked, Problem> {
    let begun = Instant::now();
    let mut pause = PAUSE;
    loop {
        let problem = match look(outside, reached, program, setting).await {
            Ok(looked) => return Ok(looked),
            Err(Unseen::Code(problem)) => return Err(problem),
            Err(Unseen::Unreachable(problem)) => problem,
        };
        if setting.is_stopped() {
            return Err(interrupted());
        }
        if begun.elapsed() + pause > wait {
            let waited = format!("It was waited for {} seconds (wait_seconds).", wait.as_secs());
            return Err(Problem { detail: format!("{} {waited}", problem.detail), ..problem });
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE_MAX);
    }
}
