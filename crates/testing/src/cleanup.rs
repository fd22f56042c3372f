//! Destroying what runs have made, the last first.

use std::sync::Arc;

use plumb_diagnostics::Diagnostics;
use plumb_executor::{Stop, StopHandle};
use plumb_plan::{ChangeRecord, PlanMode, PlanOptions};
use plumb_planner::PlanRequest;
use plumb_state::State;

use crate::execute::{Applying, apply, heeding, of_test};
use crate::file::{FileRun, Kept};
use crate::report::Cleanup;
use crate::subject::TestedModule;

/// Destroys the objects of every state of a file.
pub(crate) async fn clean_up(file: &FileRun<'_>) {
    let stop = last_stop(&file.request.stop);
    let mut keys: Vec<(usize, Arc<str>)> =
        file.states().iter().map(|(key, kept)| (kept.run, key.clone())).collect();
    keys.sort_by_key(|(run, _)| std::cmp::Reverse(*run));
    for (_, key) in keys {
        if file.request.stop.asked() == Stop::Now {
            return;
        }
        let Some(kept) = file.states().remove(&key) else { continue };
        // Outputs are nothing that could be destroyed.
        if kept.state.resources.is_empty() {
            continue;
        }
        let run = &file.file.runs[kept.run];
        file.request.observer.cleans(&file.file.name, &run.name);
        let (left, diagnostics) = destroy(file, &kept, &stop).await;
        if diagnostics.has_errors() {
            file.fail();
        }
        if file.request.stop.asked() != Stop::Now {
            file.request.observer.cleaned(&Cleanup {
                file: &file.file.name,
                run: &run.name,
                module: run.module.as_ref().map(|module| &*module.source),
                diagnostics,
                left: &left,
            });
        }
        file.states().insert(key, Kept { state: left, ..kept });
    }
}

/// The first interrupt is why everything is destroyed now, so only the second one ends that.
fn last_stop(stop: &StopHandle) -> StopHandle {
    let (last, asked) = (StopHandle::new(), stop.clone());
    let told = last.clone();
    tokio::spawn(async move {
        asked.wait_for(Stop::Now).await;
        told.interrupt();
        told.interrupt();
    });
    last
}

/// Destroys the objects of one state; what is left of it, and why.
async fn destroy(file: &FileRun<'_>, kept: &Kept, stop: &StopHandle) -> (State, Diagnostics) {
    let request = file.request;
    let providers = file.providers(&kept.subject);
    let TestedModule { config, index } = kept.subject.module.clone();
    let options =
        PlanOptions { mode: PlanMode::Destroy, parallelism: request.parallelism, ..PlanOptions::default() };
    let planning = plumb_planner::plan(PlanRequest {
        config,
        index,
        environment: request.environment(false),
        variables: kept.variables.clone(),
        state: kept.state.clone(),
        options,
        providers: providers.clone(),
        observer: Arc::new(plumb_planner::NoObserver),
        record: ChangeRecord::default(),
        inquiry: None,
    });
    let Some(planned) = heeding(planning, stop, &providers).await else {
        return (kept.state.clone(), Diagnostics::new());
    };
    let mut diagnostics = planned.diagnostics;
    if diagnostics.has_errors() {
        return (kept.state.clone(), diagnostics);
    }
    let applied = apply(&Applying {
        request,
        module: &kept.subject.module,
        variables: &kept.variables,
        providers: &providers,
        plan: Arc::new(planned.plan),
        stop,
        inquiry: None,
    })
    .await;
    diagnostics.append(of_test(applied.diagnostics, applied.stopped));
    (applied.state, diagnostics)
}
