//! Which pools get more nodes.
//!
//! An autoscaler is shown the containers that fit on no node, present or on its way, and the pools
//! that may grow. It answers with nodes to add. When it is asked is its business too.

mod cluster_autoscaler;
mod expander;
mod karpenter;
mod packing;
#[cfg(test)]
mod tests;

pub use packing::{Demand, Room, absorb};

use crate::id::PoolId;
use crate::model::{AutoscalerKind, ExpanderKind, Resources};
use crate::units::Time;
use std::fmt::Debug;

/// A pool that may grow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Offer {
    /// The pool.
    pub pool: PoolId,
    /// What containers on one of its nodes may hold together.
    pub allocatable: Resources,
    /// So many nodes more.
    pub room: u32,
    /// What one costs for an hour.
    pub price: f64,
    /// Which pool comes first where that decides.
    pub priority: i32,
}

/// Nodes to add.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Growth {
    /// Where.
    pub pool: PoolId,
    /// How many, at least one.
    pub nodes: u32,
}

/// Who adds nodes.
pub trait Autoscaler: Debug + Send {
    /// When it looks, where containers have begun to wait at `last`, the first of them at `first`.
    fn due(&self, first: Time, last: Time) -> Time;

    /// What it adds for containers that fit nowhere.
    fn grow(&self, offers: &[Offer], demands: &[Demand<'_>]) -> Vec<Growth>;

    /// The share of a node's processor or memory, whichever is larger, from which on the node is
    /// needed whatever else there is room on.
    fn needed_from(&self) -> f64;

    /// Whether a node makes way for a cheaper one.
    fn replaces(&self) -> bool {
        false
    }
}

/// The autoscaler of that kind.
pub fn autoscaler(kind: AutoscalerKind, expander: ExpanderKind) -> Box<dyn Autoscaler> {
    match kind {
        AutoscalerKind::ClusterAutoscaler => {
            Box::new(cluster_autoscaler::ClusterAutoscaler { expander })
        }
        AutoscalerKind::Karpenter => Box::new(karpenter::Karpenter),
    }
}
