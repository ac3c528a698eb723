//! The `sparksim` program.
fn main() {}
