//! Text, JSON and progress for people and programs.
