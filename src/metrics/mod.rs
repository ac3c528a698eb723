//! From records to figures.

mod unit;

pub use unit::Unit;
