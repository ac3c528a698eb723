//! `[network]`: links that several nodes share.

use crate::scenario::located::Located;
use crate::scenario::units_spec::Quantity;
use crate::units::Bandwidth;
use macro_rules_attribute::apply;

/// Links that several nodes share, besides their own.
#[apply(table)]
pub(crate) struct NetworkSpec {
    /// The link of each zone in each direction; never a limit where it is left out.
    pub(crate) zone_uplink: Option<Located<Quantity<Bandwidth>>>,
    /// Nodes of one pool and zone that share a rack; there are no racks where it is left out.
    pub(crate) rack_size: Option<Located<u32>>,
    /// The link of a rack in each direction.
    pub(crate) rack_uplink: Option<Located<Quantity<Bandwidth>>>,
    /// The links of a rack's nodes together / the link of the rack; instead of `rack-uplink`.
    pub(crate) oversubscription: Option<Located<f64>>,
    /// Price of a GB (10^9 bytes) that goes from one zone to another, both directions together; free
    /// where it is left out.
    pub(crate) cross_zone_price: Option<Located<f64>>,
}
