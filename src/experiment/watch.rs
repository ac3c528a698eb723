//! Who is told how an experiment goes on while it runs.

/// Told from any thread; what it is told decides nothing.
pub trait Watch: Sync {
    /// A replication has ended.
    fn done(&self);

    /// About `replications` will be needed in all, and why that is known; nothing, if it is plain.
    fn planned(&self, replications: u32, why: &str);

    /// How well something is going to be known: worth saying where the run takes long.
    fn forecast(&self, _text: &str) {}

    /// Whether no further replication is to be begun.
    fn is_stopped(&self) -> bool {
        false
    }
}

/// Nobody is told.
#[derive(Clone, Copy, Debug)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn done(&self) {}

    fn planned(&self, _: u32, _: &str) {}
}
