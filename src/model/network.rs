//! What lies between nodes, and between them and the rest of the world.

use crate::units::Bandwidth;

/// How transfers share links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkKind {
    /// Max-min fair sharing of every link on the way.
    MaxMin,
    /// Transfers take no time.
    Unlimited,
}

/// Links that several nodes share.
#[derive(Clone, Copy, Debug, Default)]
pub struct Network {
    /// Into each zone, and out of it; `None`: never a limit.
    pub zone_uplink: Option<Bandwidth>,
    /// How nodes are grouped in racks; `None`: they are not.
    pub racks: Option<Racks>,
    /// Price of a byte that goes from one zone to another; `None`: nobody asks.
    pub cross_zone_price: Option<f64>,
}

/// Racks: so many nodes of a pool and zone in turn.
#[derive(Clone, Copy, Debug)]
pub struct Racks {
    /// Nodes of a rack.
    pub size: u32,
    /// The link of a rack in each direction.
    pub uplink: RackUplink,
}

/// How fast the link of a rack is.
#[derive(Clone, Copy, Debug)]
pub enum RackUplink {
    /// So fast.
    Bandwidth(Bandwidth),
    /// The links of its nodes together are so many times as fast.
    Oversubscription(f64),
}
