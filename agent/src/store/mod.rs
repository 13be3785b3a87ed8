//! What is kept on disk: malicious logs as files, everything else in the database.

pub mod database;
