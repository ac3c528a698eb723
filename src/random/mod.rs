//! Random streams and distributions.

mod distribution;

pub use distribution::Distribution;
