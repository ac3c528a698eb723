//! Random streams and distributions: the same numbers on every machine.
//!
//! A [`Word`] is 64 random bits. [`Streams`] hands out one stream of words for each entity and
//! purpose: a [`Sequence`] where words are taken in order, a [`Keyed`] stream where each word
//! belongs to something with a number. A [`Distribution`]'s [`Sampler`] is a function from one word
//! to one variate. So a stream advances by one word for each variate whatever the law, and two
//! scenarios that differ in a law or a policy stay in step.
//!
//! Transcendental functions come from `libm` (on hot paths from `log.rs` and `exp.rs`), never from
//! the platform. There is no entropy, no
//! global generator, and no state but that of a `Sequence`.
//!
//! # Invariants
//! Adding, removing or advancing a stream changes no other. A change of any word or variate raises
//! [`STREAM_VERSION`].

mod stream;
mod word;

mod distribution;
mod domain;
mod moments;
mod sampler;
mod scale;

mod exp;
mod gamma;
mod log;
mod normal;

#[cfg(test)]
mod goodness;
#[cfg(test)]
mod oracle;

pub use distribution::Distribution;
pub use normal::quantile as normal_quantile;
pub use sampler::Sampler;
pub use stream::{Keyed, Purpose, STREAM_VERSION, Sequence, Streams};
pub use word::{Draw, Word};
