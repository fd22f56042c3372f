//! Running plumb and its peers side by side in tests.
