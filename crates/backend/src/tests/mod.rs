//! What the local backend promises, on real disks and on one that loses its power.

mod crash;
mod files;
mod locks;

use std::future::Future;
use std::sync::Arc;

use plumb_address::{AbsResourceInstance, ProviderAddress, ProviderConfigAddress};
use plumb_state::journal::ObjectChange;
use plumb_state::{Backend as _, Object, State, StateStore};
use plumb_value::{Type, Value};

use crate::{Disk, LocalBackend, LocalOptions};

/// Runs a future to its end.
fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("runtime");
    runtime.block_on(future)
}

fn options(directory: &std::path::Path) -> LocalOptions {
    LocalOptions {
        directory: directory.to_owned(),
        terraform_version: "1.11.4".to_owned(),
        ..LocalOptions::default()
    }
}

fn store_on(disk: Arc<dyn Disk>) -> Arc<dyn StateStore> {
    workspace_on(disk, "default")
}

fn workspace_on(disk: Arc<dyn Disk>, workspace: &str) -> Arc<dyn StateStore> {
    LocalBackend::on(disk, options("/work".as_ref())).store(workspace).expect("store")
}

/// That the instance of that number is from now on the object of that name.
fn change(number: usize, id: Option<&str>) -> ObjectChange {
    let ty = Type::object([("id", Type::String)]);
    let object =
        |id: &str| Object::encode(&Value::object([("id", Value::string(id))]), &ty, 0).expect("encodable");
    ObjectChange {
        address: AbsResourceInstance::parse(&format!("terraform_data.a[{number}]")).expect("address"),
        deposed: None,
        provider: ProviderConfigAddress::new(
            plumb_address::ConfigModule::root(),
            ProviderAddress::implied("terraform"),
            None,
        ),
        prior: None,
        object: id.map(|id| Arc::new(object(id))),
    }
}

fn state_of(objects: &[(usize, &str)]) -> State {
    let mut state = State::default();
    for (number, id) in objects {
        change(*number, Some(id)).apply(&mut state);
    }
    state
}

/// `number=id` of everything that is recorded.
fn recorded(state: &State) -> String {
    let all = state.instances().map(|(address, instance)| {
        let id = instance.current.as_ref().and_then(|object| object.identifier());
        format!("{}={}", address.key, id.unwrap_or_default())
    });
    all.collect::<Vec<_>>().join(" ")
}
