//! Users, and the machine as a whole.

use crate::cases;

#[tokio::test]
async fn users_and_the_machine_become_as_they_are_described_in_every_shell() {
    cases::run(include_str!("cases/server.txt"), 50).await;
}
