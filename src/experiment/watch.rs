//! Who is told how an experiment goes on while it runs.

/// Told from any thread; what it is told decides nothing.
pub trait Watch: Sync {
    /// A replication has ended.
    fn done(&self);

    /// About `replications` will be needed in all, and why that is known; nothing, if it is plain.
    fn planned(&self, replications: u32, why: &str);
}

/// Nobody is told.
#[derive(Clone, Copy, Debug)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn done(&self) {}

    fn planned(&self, _: u32, _: &str) {}
}
