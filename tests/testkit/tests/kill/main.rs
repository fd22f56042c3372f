//! Killing an apply at instants spread over all of it: nothing that was created is forgotten, and
//! nothing is created twice.
//!
//! How often is in `PLUMB_KILLS`, and from which seed in `PLUMB_SEED`; `PLUMB` names another program.
//! Each kill is of real processes: the tool, killed with SIGKILL in front of a provider that has made
//! real files. Whole versions of the state are written in the middle of an apply only where it takes
//! long, so a few kills are of one that does.

#![expect(clippy::print_stdout, reason = "a failure can be had again from the seed that is printed")]

mod aftermath;
mod moment;
mod setting;

use std::sync::Mutex;

use plumb_testkit::{Workspace, plumb, provider_server};

use crate::aftermath::{Tally, look_and_go_on};
use crate::moment::{Course, Dice, Moment, Traces};
use crate::setting::{Length, Setting};

/// So many are enough to meet every part of an apply.
const KILLS: u64 = 40;

/// Kills side by side, beside those of long applies.
const THREADS: usize = 3;

/// One in so many kills is of a long apply.
const LONG_SHARE: u64 = 20;

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// One apply that is killed, what is found afterwards, and the apply that goes on from there.
fn kill_once(setting: &Setting, moment: &Moment, tally: &Mutex<Tally>) {
    let mut workspace = setting.workspace(moment.length);
    let mut is_time = moment.watch(traces(&workspace));
    let killed = workspace.run_until(&setting.plumb, &setting.apply(), &mut is_time);
    let found = look_and_go_on(setting, &mut workspace, &killed.expect("plumb can be started"));
    tally.lock().expect("the tally").add(&found);
}

fn traces(workspace: &Workspace) -> Traces {
    Traces { directory: workspace.directory(), requests: workspace.next_requests() }
}

/// How an apply goes that nobody disturbs.
fn undisturbed(setting: &Setting) -> Course {
    let mut workspace = setting.workspace(Length::Short);
    let mut course = Course::default();
    let traces = traces(&workspace);
    let finished = workspace
        .run_until(&setting.plumb, &setting.apply(), &mut |elapsed| course.look(&traces, elapsed))
        .expect("plumb can be started");
    assert_eq!(finished.exit_code, Some(0), "{}{}", finished.stdout, finished.stderr);
    course
}

#[test]
fn an_apply_killed_at_any_instant_forgets_and_repeats_nothing() {
    let (kills, seed) = (number("PLUMB_KILLS", KILLS), number("PLUMB_SEED", 20_261_123));
    let setting = Setting {
        plumb: plumb().expect("it builds").path,
        provider_server: provider_server().expect("it builds"),
    };
    // The first one also makes whatever is kept between commands.
    undisturbed(&setting);
    let course = undisturbed(&setting);
    println!("{kills} kills from seed {seed} of an apply that takes {:?}", course.whole);

    let mut dice = Dice(seed);
    let long = usize::try_from(kills / LONG_SHARE).unwrap_or_default();
    let long: Vec<Moment> = (0..long).map(|nth| Moment::in_a_long_apply(nth, &mut dice)).collect();
    let short = kills - long.len() as u64;
    let short: Vec<Moment> = (0..short).map(|nth| Moment::of(nth, short, &course, &mut dice)).collect();
    let tally = Mutex::new(Tally::default());
    std::thread::scope(|scope| {
        // What takes long mostly waits.
        scope.spawn(|| long.iter().for_each(|moment| kill_once(&setting, moment, &tally)));
        for thread in 0..THREADS {
            let (own, setting, tally) = (short.iter().skip(thread).step_by(THREADS), &setting, &tally);
            scope.spawn(move || own.for_each(|moment| kill_once(setting, moment, tally)));
        }
    });
    let tally = tally.into_inner().expect("the tally");
    println!("{tally}");
    assert_eq!(tally.kills(), kills);
    // A machine that is busy with other things moves instants, but not all of them out of the apply.
    assert!(tally.within * 4 > kills, "too few kills met the apply: {tally}");
}
