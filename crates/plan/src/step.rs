//! The graph of steps that makes the changes.

/// Position of a step in its graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StepId(pub u32);

/// What a step does. Numbers are positions in [`crate::Plan::changes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// Nothing: it only ties steps together, so that a value that many things make and many use
    /// costs an edge for each and not one for each pair.
    Join,
    /// Makes the object, or the new one of a replacement.
    Create(u32),
    /// Changes the object in place.
    Update(u32),
    /// Destroys the object, or the old one of a replacement.
    Destroy(u32),
    /// Reads a data source.
    Read(u32),
    /// Stops recording the object.
    Forget(u32),
    /// Records the object as it is now known: an address moved, an object taken over, an object
    /// whose recorded dependencies changed.
    Record(u32),
}

impl StepKind {
    /// The change that it belongs to.
    pub fn change(self) -> Option<usize> {
        match self {
            StepKind::Join => None,
            StepKind::Create(at)
            | StepKind::Update(at)
            | StepKind::Destroy(at)
            | StepKind::Read(at)
            | StepKind::Forget(at)
            | StepKind::Record(at) => Some(at as usize),
        }
    }

    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            StepKind::Join => "join",
            StepKind::Create(_) => "create",
            StepKind::Update(_) => "update",
            StepKind::Destroy(_) => "destroy",
            StepKind::Read(_) => "read",
            StepKind::Forget(_) => "forget",
            StepKind::Record(_) => "record",
        }
    }

    /// The kind of that name for a change; `None` where there is none, or where a change is missing
    /// or not wanted.
    pub fn from_name(name: &str, change: Option<u32>) -> Option<StepKind> {
        match (name, change) {
            ("join", None) => Some(StepKind::Join),
            ("create", Some(at)) => Some(StepKind::Create(at)),
            ("update", Some(at)) => Some(StepKind::Update(at)),
            ("destroy", Some(at)) => Some(StepKind::Destroy(at)),
            ("read", Some(at)) => Some(StepKind::Read(at)),
            ("forget", Some(at)) => Some(StepKind::Forget(at)),
            ("record", Some(at)) => Some(StepKind::Record(at)),
            _ => None,
        }
    }
}

/// One thing that applying does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it does.
    pub kind: StepKind,
    /// What must be done before, without duplicates.
    pub after: Vec<StepId>,
}

/// All steps. Edges only ever lead from a step to earlier work; [`StepGraph::order`] proves that
/// there is no cycle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepGraph {
    /// By [`StepId`].
    pub steps: Vec<Step>,
}

impl StepGraph {
    /// Adds a step.
    pub fn add(&mut self, kind: StepKind) -> StepId {
        self.steps.push(Step { kind, after: Vec::new() });
        StepId(self.steps.len() as u32 - 1)
    }

    /// Says that `step` has to wait for `before`.
    pub fn wait(&mut self, step: StepId, before: StepId) {
        if step != before {
            self.steps[step.0 as usize].after.push(before);
        }
    }

    /// Takes duplicates out of the edges. Linear but for sorting each step's own edges.
    pub fn tidy(&mut self) {
        for step in &mut self.steps {
            step.after.sort_unstable();
            step.after.dedup();
        }
    }

    /// An order in which every step comes after what it waits for, or the steps of a cycle.
    ///
    /// # Errors
    /// The steps of one cycle, each waiting for the next and the last for the first.
    pub fn order(&self) -> Result<Vec<StepId>, Vec<StepId>> {
        let mut waiting: Vec<u32> = self.steps.iter().map(|step| step.after.len() as u32).collect();
        let followers = self.followers();
        let mut order: Vec<StepId> =
            (0..self.steps.len() as u32).filter(|at| waiting[*at as usize] == 0).map(StepId).collect();
        let mut next = 0;
        while let Some(done) = order.get(next).copied() {
            next += 1;
            for follower in &followers[done.0 as usize] {
                waiting[follower.0 as usize] -= 1;
                if waiting[follower.0 as usize] == 0 {
                    order.push(*follower);
                }
            }
        }
        if order.len() == self.steps.len() { Ok(order) } else { Err(self.cycle(&waiting)) }
    }

    /// For each step the steps that wait for it.
    pub fn followers(&self) -> Vec<Vec<StepId>> {
        let mut followers = vec![Vec::new(); self.steps.len()];
        for (at, step) in self.steps.iter().enumerate() {
            for before in &step.after {
                followers[before.0 as usize].push(StepId(at as u32));
            }
        }
        followers
    }

    /// A cycle among the steps that still wait: every one of those waits for another of them, so
    /// following such edges must come round.
    fn cycle(&self, waiting: &[u32]) -> Vec<StepId> {
        let Some(start) = waiting.iter().position(|count| *count > 0) else { return Vec::new() };
        let mut seen_at = vec![usize::MAX; self.steps.len()];
        let mut path = Vec::new();
        let mut at = start;
        while seen_at[at] == usize::MAX {
            seen_at[at] = path.len();
            path.push(StepId(at as u32));
            let Some(next) = self.steps[at].after.iter().find(|before| waiting[before.0 as usize] > 0) else {
                return path;
            };
            at = next.0 as usize;
        }
        path.split_off(seen_at[at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_respects_edges() {
        let mut graph = StepGraph::default();
        let first = graph.add(StepKind::Create(0));
        let second = graph.add(StepKind::Create(1));
        let third = graph.add(StepKind::Join);
        graph.wait(first, third);
        graph.wait(third, second);
        graph.wait(third, second);
        graph.tidy();
        assert_eq!(graph.order(), Ok(vec![second, third, first]));
    }

    #[test]
    fn a_cycle_is_named() {
        let mut graph = StepGraph::default();
        let steps: Vec<StepId> = (0..4).map(|at| graph.add(StepKind::Create(at))).collect();
        graph.wait(steps[0], steps[1]);
        graph.wait(steps[1], steps[2]);
        graph.wait(steps[2], steps[1]);
        graph.wait(steps[3], steps[0]);
        let cycle = graph.order().expect_err("there is a cycle");
        assert_eq!(cycle, [steps[1], steps[2]]);
    }

    #[test]
    fn a_chain_of_a_million_is_no_trouble() {
        let mut graph = StepGraph::default();
        let mut last = graph.add(StepKind::Join);
        for _ in 0..1_000_000 {
            let step = graph.add(StepKind::Join);
            graph.wait(step, last);
            last = step;
        }
        assert_eq!(graph.order().map(|order| order.len()), Ok(1_000_001));
    }
}
