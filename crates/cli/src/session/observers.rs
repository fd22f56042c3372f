//! Progress: what planning and applying tell on their way, shown as it comes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use plumb_address::{AbsResourceInstance, DeposedKey};
use plumb_diagnostics::TextStyle;
use plumb_executor::StepAction;
use plumb_planner::EphemeralAction;
use plumb_view::{Event, Operation};

use crate::shell::Shell;
use crate::terminal::Terminal;

/// How often people are told that something still goes on.
const STILL: Duration = Duration::from_secs(10);

type Key = (AbsResourceInstance, Option<DeposedKey>);

/// Shows progress.
pub(crate) struct Progress {
    terminal: Arc<Terminal>,
    /// Asked for once: it costs a call of the system, and there are many lines.
    style: TextStyle,
    is_json: bool,
    running: Mutex<HashMap<Key, Running>>,
}

struct Running {
    operation: Operation,
    id: Option<String>,
    since: Instant,
    told: u64,
}

impl Progress {
    /// Shows progress from now on. To be called within the runtime.
    pub(crate) fn new(shell: &Shell) -> Arc<Self> {
        let progress = Arc::new(Progress {
            terminal: shell.terminal.clone(),
            style: shell.terminal.style(),
            is_json: shell.speaks_json(),
            running: Mutex::default(),
        });
        let weak = Arc::downgrade(&progress);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_secs(1)).await;
                match weak.upgrade() {
                    Some(progress) => progress.tell_what_goes_on(),
                    None => return,
                }
            }
        });
        progress
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn show(&self, event: &Event<'_>) {
        let line = if self.is_json {
            plumb_view::json::event_line(event, &crate::terminal::now())
        } else {
            plumb_view::progress::line(event, &self.style)
        };
        if let Some(line) = line {
            self.terminal.line_soon(&line);
        }
    }

    fn tell_what_goes_on(&self) {
        for ((address, deposed), running) in self.running().iter_mut() {
            let rounds = running.since.elapsed().as_secs() / STILL.as_secs();
            if rounds <= running.told {
                continue;
            }
            running.told = rounds;
            self.show(&Event::Progress {
                address,
                deposed: deposed.as_ref(),
                operation: running.operation,
                id: running.id.as_deref(),
                elapsed_seconds: rounds * STILL.as_secs(),
            });
        }
    }

    fn begin(
        &self,
        address: &AbsResourceInstance,
        deposed: Option<&DeposedKey>,
        operation: Operation,
        id: Option<&str>,
    ) {
        let running = Running { operation, id: id.map(str::to_owned), since: Instant::now(), told: 0 };
        self.running().insert((address.clone(), deposed.cloned()), running);
        self.show(&Event::Start { address, deposed, operation, id });
    }

    /// Says how long it took, in whole seconds.
    fn end(&self, address: &AbsResourceInstance, deposed: Option<&DeposedKey>) -> u64 {
        let ended = self.running().remove(&(address.clone(), deposed.cloned()));
        ended.map_or(0, |running| running.since.elapsed().as_secs())
    }

    fn complete(
        &self,
        address: &AbsResourceInstance,
        deposed: Option<&DeposedKey>,
        operation: Operation,
        id: Option<&str>,
    ) {
        let elapsed_seconds = self.end(address, deposed);
        self.show(&Event::Complete { address, deposed, operation, id, elapsed_seconds });
    }

    fn fail(&self, address: &AbsResourceInstance, deposed: Option<&DeposedKey>, operation: Operation) {
        let elapsed_seconds = self.end(address, deposed);
        self.show(&Event::Failed { address, deposed, operation, elapsed_seconds });
    }
}

/// Views speak of the `id` only.
fn id<'a>(identity: Option<(&'a str, &'a str)>) -> Option<&'a str> {
    identity.filter(|(name, _)| *name == "id").map(|(_, value)| value)
}

impl plumb_planner::Observer for Progress {
    fn refresh_start(
        &self,
        address: &AbsResourceInstance,
        deposed: Option<&DeposedKey>,
        identity: Option<(&str, &str)>,
    ) {
        self.show(&Event::RefreshStart { address, deposed, id: id(identity) });
    }

    fn refresh_complete(&self, address: &AbsResourceInstance, identity: Option<(&str, &str)>) {
        self.show(&Event::RefreshComplete { address, id: id(identity) });
    }

    fn import_start(&self, address: &AbsResourceInstance, id: &str) {
        self.show(&Event::ImportStart { address, id });
    }

    fn read_start(&self, address: &AbsResourceInstance) {
        self.begin(address, None, Operation::Read, None);
    }

    fn read_complete(&self, address: &AbsResourceInstance, identity: Option<(&str, &str)>) {
        self.complete(address, None, Operation::Read, id(identity));
    }

    fn read_errored(&self, address: &AbsResourceInstance) {
        self.fail(address, None, Operation::Read);
    }

    fn read_abandoned(&self, address: &AbsResourceInstance) {
        self.end(address, None);
    }
}

fn ephemeral_operation(action: EphemeralAction) -> Operation {
    match action {
        EphemeralAction::Open => Operation::Open,
        EphemeralAction::Close => Operation::Close,
    }
}

impl plumb_planner::EphemeralObserver for Progress {
    fn ephemeral_start(&self, address: &AbsResourceInstance, action: EphemeralAction) {
        self.begin(address, None, ephemeral_operation(action), None);
    }

    fn ephemeral_complete(&self, address: &AbsResourceInstance, action: EphemeralAction) {
        self.complete(address, None, ephemeral_operation(action), None);
    }

    fn ephemeral_errored(&self, address: &AbsResourceInstance, action: EphemeralAction) {
        self.fail(address, None, ephemeral_operation(action));
    }
}

fn operation(action: StepAction) -> Operation {
    match action {
        StepAction::Create => Operation::Create,
        StepAction::Update => Operation::Update,
        StepAction::Delete => Operation::Delete,
        StepAction::Read => Operation::Read,
    }
}

impl plumb_executor::Observer for Progress {
    fn step_start(
        &self,
        address: &AbsResourceInstance,
        deposed: Option<&DeposedKey>,
        action: StepAction,
        identity: Option<(&str, &str)>,
    ) {
        self.begin(address, deposed, operation(action), id(identity));
    }

    fn step_complete(
        &self,
        address: &AbsResourceInstance,
        deposed: Option<&DeposedKey>,
        action: StepAction,
        identity: Option<(&str, &str)>,
    ) {
        self.complete(address, deposed, operation(action), id(identity));
    }

    fn step_errored(&self, address: &AbsResourceInstance, deposed: Option<&DeposedKey>, action: StepAction) {
        self.fail(address, deposed, operation(action));
    }

    fn step_abandoned(&self, address: &AbsResourceInstance, deposed: Option<&DeposedKey>) {
        self.end(address, deposed);
    }

    fn provision_start(&self, address: &AbsResourceInstance, kind: &str) {
        self.show(&Event::ProvisionStart { address, provisioner: kind });
    }

    fn provision_output(&self, address: &AbsResourceInstance, kind: &str, output: &str) {
        self.show(&Event::ProvisionOutput { address, provisioner: kind, output });
    }

    fn provision_complete(&self, address: &AbsResourceInstance, kind: &str) {
        self.show(&Event::ProvisionComplete { address, provisioner: kind });
    }

    fn provision_errored(&self, address: &AbsResourceInstance, kind: &str) {
        self.show(&Event::ProvisionFailed { address, provisioner: kind });
    }
}
