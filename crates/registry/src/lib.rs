//! Finding, verifying and installing providers; the lock file.
