//! From what real clusters left behind to scenarios.
//!
//! One folder per kind of source. Nothing here runs a simulation or writes a file: an import
//! answers with bytes, and `cli/` writes them. What it writes it has checked as a scenario.

pub mod fleet;
pub mod kubernetes;
pub mod spark;
mod text;
