//! Provider processes and the wire protocol.
