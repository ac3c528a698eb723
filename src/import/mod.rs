//! From what real clusters left behind to scenarios.
//!
//! One folder per kind of source. Nothing here runs a simulation, reads a scenario or writes a
//! file: an import answers with bytes, and `cli/` writes them.

pub mod spark;
