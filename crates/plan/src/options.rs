//! What is asked of a plan.
//!
//! Responsible for the options as data. What follows from them is the planner's.

use plumb_address::{AbsResourceInstance, Target};

/// What a plan is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlanMode {
    /// Make the world what the configuration says.
    #[default]
    Normal,
    /// Destroy everything.
    Destroy,
    /// Only record what the world is.
    RefreshOnly,
}

impl PlanMode {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            PlanMode::Normal => "normal",
            PlanMode::Destroy => "destroy",
            PlanMode::RefreshOnly => "refresh-only",
        }
    }

    /// The mode of that name; `None` where there is none.
    pub fn from_name(name: &str) -> Option<PlanMode> {
        [PlanMode::Normal, PlanMode::Destroy, PlanMode::RefreshOnly]
            .into_iter()
            .find(|mode| mode.name() == name)
    }
}

/// Which objects are looked at before anything is planned for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Refresh {
    /// All of them.
    #[default]
    All,
    /// Those that change and those that go; what the configuration leaves as it is recorded is taken
    /// to be so. Plans that are made this way are light plans.
    Config,
    /// None: everything is taken to be as it is recorded.
    None,
}

impl Refresh {
    /// Whether anything is looked at.
    pub fn looks(self) -> bool {
        self != Refresh::None
    }
}

/// What the user asked for.
#[derive(Clone, Debug)]
pub struct PlanOptions {
    /// What the plan is for.
    pub mode: PlanMode,
    /// Which objects to look at first.
    pub refresh: Refresh,
    /// Only these and what they depend on; all where empty.
    pub targets: Vec<Target>,
    /// Not these nor what depends on them.
    pub excludes: Vec<Target>,
    /// Replace these.
    pub replace: Vec<AbsResourceInstance>,
    /// How many provider calls may be under way at once.
    pub parallelism: usize,
}

impl Default for PlanOptions {
    fn default() -> Self {
        PlanOptions {
            mode: PlanMode::Normal,
            refresh: Refresh::All,
            targets: Vec::new(),
            excludes: Vec::new(),
            replace: Vec::new(),
            parallelism: 10,
        }
    }
}
