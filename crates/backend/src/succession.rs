//! Which version may follow another, wherever the two are kept.

use plumb_state::{BackendError, State, StoredState};

/// Refuses a state that does not follow from the one that is there.
pub(crate) fn require_related(place: &str, state: &State, stored: &StoredState) -> Result<(), BackendError> {
    let refuse = |cause: String| Err(BackendError::Unrelated { place: place.to_owned(), cause });
    let found = &stored.version;
    if !found.lineage.is_empty() && state.lineage != found.lineage {
        return refuse(format!(
            "cannot import state with lineage {:?} over unrelated state with lineage {:?}",
            state.lineage, found.lineage
        ));
    }
    if state.serial < found.serial {
        return refuse(format!(
            "cannot import state with serial {} over newer state with serial {}",
            state.serial, found.serial
        ));
    }
    let text = |state: &State| plumb_state::file::write(state, "");
    if state.serial == found.serial && text(state) != text(&stored.state) {
        return refuse(format!(
            "cannot overwrite existing state with serial {} with a different state that has the same serial",
            found.serial
        ));
    }
    Ok(())
}

/// Whether two files say the same but for the program that wrote them, which stands before what
/// counts. Files that someone has formatted otherwise do not.
pub(crate) fn says_the_same(one: &[u8], two: &[u8]) -> bool {
    match (content(one), content(two)) {
        (Some(one), Some(two)) => one == two,
        _ => false,
    }
}

fn content(file: &[u8]) -> Option<&[u8]> {
    let mark = b"\n  \"serial\": ";
    // It is the fourth line.
    let at = file[..file.len().min(300)].windows(mark.len()).position(|window| window == mark)?;
    Some(&file[at..])
}
