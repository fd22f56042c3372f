//! What will happen and why: changes, step graph, change record, the saved plan.
