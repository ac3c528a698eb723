//! Services: replicas that serve requests.
//!
//! A request arrives as an effect ([`Send`](crate::effect::Effect::Send)), is given to a replica by
//! the balancer, waits there or holds one of its places, and ends with one outcome, told to its
//! workload ([`Answered`](crate::effect::Effect::Answered)). What a request makes Spark do is an
//! effect too; a service knows nothing of applications but when one that it waits for has ended.
//!
//! # Invariants
//! * Every request that arrived is present or has had exactly one outcome.
//! * No replica has both a free place and a waiting request.

mod replica;
mod services;

pub use services::Services;
