//! What a tenant claims, and what it is given.

/// Kinds of resources that are shared: processor, memory, ephemeral storage, graphics processors.
pub const KINDS: usize = 4;

/// The kind that comes in whole units: graphics processors.
pub const WHOLE: usize = 3;

/// An amount of each kind: thousandths of a core, bytes, bytes, pieces.
pub type Amounts = [f64; KINDS];

/// What a tenant claims.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Claim {
    /// What its containers hold and what those that wait would hold, cut to its quota.
    pub demand: Amounts,
    /// What it gets whoever else claims something, as far as it claims it.
    pub guaranteed: Amounts,
    /// Its share grows so fast compared with others; above 0.
    pub weight: f64,
    /// Price of a unit of each kind.
    pub cost: Amounts,
    /// Price of a unit of each kind that it claims and does not get.
    pub penalty: Amounts,
    /// Higher goes first, under `priority`.
    pub priority: i32,
}

/// What a tenant is given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// So much.
    pub amounts: Amounts,
    /// Why not more.
    pub why: Why,
}

/// Why a share is what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It is all that was claimed.
    Whole,
    /// It is what is guaranteed, and no more was left for it.
    Guaranteed,
    /// It is a share of something that ran out: the kind.
    Scarce(usize),
    /// More of it would cost more than its lack.
    Dear,
    /// It is the same whatever is claimed.
    Fixed,
}

impl Claim {
    /// The share of the whole that is claimed, of each kind; of a kind that there is none of, none.
    pub(super) fn shares(&self, capacity: &Amounts) -> Amounts {
        std::array::from_fn(|kind| {
            if 0.0 < capacity[kind] {
                self.demand[kind] / capacity[kind]
            } else {
                0.0
            }
        })
    }

    /// The largest of these shares.
    pub(super) fn dominant(&self, capacity: &Amounts) -> f64 {
        self.shares(capacity).into_iter().fold(0.0, f64::max)
    }

    /// The price of all that is claimed, at `prices` for a unit.
    pub(super) fn price(&self, prices: &Amounts) -> f64 {
        let kinds = self.demand.iter().zip(prices);
        kinds.map(|(demand, price)| demand * price).sum()
    }

    /// The part of the claim that meets every guarantee in it. What the guarantee of one kind needs
    /// of the others comes with it.
    pub(super) fn guaranteed_part(&self) -> f64 {
        let kinds = self.demand.iter().zip(&self.guaranteed);
        let parts = kinds
            .filter(|(demand, _)| 0.0 < **demand)
            .map(|(demand, guaranteed)| guaranteed / demand);
        parts.fold(0.0, f64::max).min(1.0)
    }
}
