//! The gamma law from one word.
//!
//! Marsaglia and Tsang, "A simple method for generating gamma variables", ACM TOMS 26, 2000, with
//! the normal by inversion. The first normal comes from the word itself and settles more than 95 %
//! of variates, so a larger variate mostly belongs to a smaller word, as in laws that are inverted;
//! everything else is expanded from the word.

use super::exp::exp;
use super::log::log;
use super::normal::quantile;
use super::word::{Draw, Word};

/// A gamma law, ready to be sampled.
#[derive(Clone, Debug)]
pub(super) struct Gamma {
    /// The shape (plus one where it is below one) less a third.
    d: f64,
    /// 1/√(9d).
    c: f64,
    scale: f64,
    /// The reciprocal of a shape below one; zero otherwise.
    boost: f64,
}

impl Gamma {
    /// From shape and mean, both above zero.
    pub(super) fn new(shape: f64, mean: f64) -> Self {
        let (boosted, boost) = if shape < 1.0 {
            (shape + 1.0, 1.0 / shape)
        } else {
            (shape, 0.0)
        };
        let d = boosted - 1.0 / 3.0;
        Self {
            d,
            c: 1.0 / (9.0 * d).sqrt(),
            scale: mean / shape,
            boost,
        }
    }

    pub(super) fn sample(&self, word: Word) -> f64 {
        let mut draw = Draw::new(word);
        let mut uniform = word.uniform();
        let value = loop {
            let normal = -quantile(uniform);
            let root = 1.0 + self.c * normal;
            let cube = root * root * root;
            if root > 0.0 && self.accepts(normal, cube, draw.uniform()) {
                break self.d * cube * self.scale;
            }
            uniform = draw.uniform();
        };
        if self.boost > 0.0 {
            value * exp(self.boost * log(draw.uniform()))
        } else {
            value
        }
    }

    fn accepts(&self, normal: f64, cube: f64, uniform: f64) -> bool {
        let square = normal * normal;
        // The squeeze spares nearly all the logarithms.
        uniform < 1.0 - 0.0331 * square * square
            || log(uniform) < 0.5 * square + self.d * (1.0 - cube + libm::log(cube))
    }
}
