//! Walks the step graph and journals; decides nothing else.
