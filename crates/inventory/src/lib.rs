//! Inventories: which hosts there are, how each is reached, in which groups it is, and what is said of it.
//!
//! Responsible for reading that from wherever it is written (what is typed, files of several kinds, programs,
//! containers, `ssh_config`, states) into one form, for whose word counts where several say something, and for
//! choosing among hosts. Nothing here connects to a host, knows what hosts are for, prints, or reads the
//! environment: what is needed of the outside is in [`World`].

mod address;
mod ansible;
mod builder;
mod data;
mod glob;
mod groups;
mod inventory;
mod name;
mod programs;
mod range;
mod select;
mod settings;
mod sources;
mod sudo;
pub mod tree;
pub mod vocabulary;
mod way;
mod world;

pub use builder::{Builder, GroupId, HostId, Target};
pub use data::{Data, Datum, HIDDEN, Origin, is_secret_name};
pub use inventory::{ALL, Group, Host, Inventory, Level, UNGROUPED};
pub use programs::{Ended, Processes, ProgramError, Programs};
pub use sources::{Reader, read};
pub use sudo::Sudo;
pub use way::{Engine, HostKeyChecking, Jump, SshWay, Way};
pub use world::{Code, States, World};
