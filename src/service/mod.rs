//! Services: replicas that serve requests.
//!
//! A request arrives as an effect ([`Send`](crate::effect::Effect::Send)) and ends with one answer
//! to its workload ([`Answered`](crate::effect::Effect::Answered)). Each attempt at it is given to
//! a replica by the balancer, waits there (or in the service's central queue) by the discipline,
//! holds a place for its service time and for the calls that it makes to other services, and has
//! one outcome. What a request makes Spark do is an effect too; a service knows nothing of
//! applications but when one that it waits for has ended.
//!
//! Requests that only wait in line and are served take the short way of `direct`.
//!
//! `station` is the places of one replica, `line` who waits before them, `sharing` who shares them;
//! `serve` is the way of one attempt through them, `steps` what it does while it holds its place,
//! `calls` what clients do about slow and failed attempts, `breaker`, `bucket` and `shedding` what
//! keeps too many of them out, `connections` and `trips` how they come and go where that takes time,
//! `tickets` which applications they have submitted already, `power` set-up and breakdowns,
//! `cores` what replicas need of the processors that they share,
//! `scaling` replicas that come and go, `grace` how they end, `books`
//! what must add up, `start` who is there at time zero, `follow` what a trace is told.
//!
//! # Invariants
//! * Every attempt that arrived is present or has had exactly one outcome; one that is present
//!   after its outcome only holds its place until it is done.
//! * No replica that serves has a free place while somebody waits who could take it.

mod attempt;
mod backlog;
mod books;
mod breaker;
mod bucket;
mod calls;
mod connections;
mod cores;
mod direct;
mod follow;
mod free;
mod grace;
mod keys;
mod line;
mod loss;
mod passings;
mod power;
mod scaling;
mod serve;
mod services;
mod sharing;
mod shedding;
mod start;
mod station;
mod steps;
mod tickets;
mod trips;
mod words;

pub use direct::Answer;
pub use services::Services;
