//! `keep-alive = { fixed = … }`: a replica that has had nothing to do for so long goes.
//!
//! What `FaaS` platforms do (ten minutes, twenty minutes); with Poisson arrivals of rate λ and next to
//! no service time a share e^(−λτ) of the requests starts cold.

use super::{KeepAlive, Windows};
use crate::units::Duration;

/// Keeps for a fixed time.
#[derive(Clone, Debug)]
pub(super) struct Fixed(pub(super) Duration);

impl KeepAlive for Fixed {
    fn observe(&mut self, _idle: Duration) {}

    fn windows(&self) -> Windows {
        Windows {
            prewarm: None,
            keep: self.0,
        }
    }
}
