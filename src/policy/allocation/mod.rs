//! How capacity is shared among tenants.
//!
//! A policy is a function: claims and capacity in, a share for each claim out, with the reason. It
//! keeps nothing. [`fill`](self::fill) is the arithmetic that most have in common: every share grows
//! at its own speed until its claim is met or something that it needs has run out.
//!
//! What every policy keeps to: a share is never less than what is guaranteed, as far as that is
//! claimed; where guarantees together are more than there is, all of them shrink by one factor.
//! All but [`fixed`](self::fixed) give nobody more than its claim. Of graphics processors everybody is
//! given whole ones, in the end ([`whole`](self::whole)).

mod allocate;
mod claim;
mod drf;
mod fill;
mod fixed;
mod greedy;
mod lp;
mod max_min;
mod priority;
mod proportional;
mod turns;
mod whole;

pub use allocate::allocate;
pub use claim::{Amounts, Claim, KINDS, Share, WHOLE, Why};
