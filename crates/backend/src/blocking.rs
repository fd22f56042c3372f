//! Runs what waits for a disk where it holds up nobody else.

/// Runs `work` beside the runtime's own threads; right here where there is no runtime.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else { return work() };
    match runtime.spawn_blocking(work).await {
        Ok(result) => result,
        Err(failure) => match failure.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime ends, and with it everybody who could use the result.
            Err(_) => std::future::pending().await,
        },
    }
}
