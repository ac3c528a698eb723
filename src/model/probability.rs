//! What may happen in a replication or not.

/// An event of which the probability is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Probability {
    /// Its name.
    pub name: String,
    /// The figure that tells.
    pub metric: String,
    /// Which values of it mean that it has happened.
    pub event: Bound,
}

/// A side of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// What is less.
    Below(f64),
    /// What is more.
    Above(f64),
}
