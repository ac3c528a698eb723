//! From one random word to one variate.
//!
//! By inversion wherever the distribution function has a closed inverse, always of the upper tail:
//! the smaller the word, the larger the variate. So one word gives small or large work under every
//! law, and paired comparisons of laws profit. A hyperexponential variate does so within its phase.
//! Erlang and gamma expand the word into as many numbers as they need. Devroye, "Non-uniform random
//! variate generation", 1986, is the reference for the inverses.

use super::Distribution;
use super::exp::{exp, exps};
use super::gamma::Gamma;
use super::log::{log, logs};
use super::normal::{NonNegativeNormal, quantile, quantiles};
use super::word::{Draw, Word};
use crate::units::Duration;

/// A distribution with its constants worked out: a function from one word to one variate.
///
/// Variates are finite and not negative.
#[derive(Clone, Debug)]
pub struct Sampler(Law);

const _: () = assert!(size_of::<Sampler>() <= 40);

/// Up to so many phases an Erlang variate is a product of uniforms; it cannot underflow.
const LARGEST_PRODUCT: u32 = 16;

#[derive(Clone, Debug)]
enum Law {
    Exponential {
        mean: f64,
    },
    Constant {
        value: f64,
    },
    Uniform {
        max: f64,
        width: f64,
    },
    Erlang {
        k: u32,
        phase_mean: f64,
    },
    Gamma(Gamma),
    Weibull {
        scale: f64,
        power: f64,
    },
    Lognormal {
        location: f64,
        sigma: f64,
    },
    Normal(NonNegativeNormal),
    Hyperexponential {
        long_share: f64,
        short_share: f64,
        long_mean: f64,
        short_mean: f64,
    },
    Pareto {
        min: f64,
        max: f64,
        power: f64,
        beyond: f64,
    },
    Triangular {
        min: f64,
        width: f64,
        upper_share: f64,
    },
    /// Largest first.
    Empirical(Box<[f64]>),
}

impl Distribution {
    /// The sampler of this distribution, which must have passed [`Distribution::check`].
    pub fn sampler(&self) -> Sampler {
        debug_assert_eq!(self.check(), Ok(()), "{self:?} is sampled unchecked");
        Sampler(match *self {
            Self::Constant { value } => Law::Constant { value },
            Self::Uniform { min, max } => Law::Uniform {
                max,
                width: max - min,
            },
            Self::Exponential { mean } => Law::Exponential { mean },
            Self::Erlang { k, mean } if k <= LARGEST_PRODUCT => Law::Erlang {
                k,
                phase_mean: mean / f64::from(k),
            },
            Self::Erlang { k, mean } => Law::Gamma(Gamma::new(f64::from(k), mean)),
            Self::Gamma { mean, cv } => Law::Gamma(Gamma::new(1.0 / (cv * cv), mean)),
            Self::Weibull { shape, mean } => Law::Weibull {
                scale: mean / libm::tgamma(1.0 + 1.0 / shape),
                power: 1.0 / shape,
            },
            Self::Lognormal { mean, cv } => {
                let variance = libm::log1p(cv * cv);
                Law::Lognormal {
                    location: libm::log(mean) - 0.5 * variance,
                    sigma: variance.sqrt(),
                }
            }
            Self::Normal { mean, sd } => Law::Normal(NonNegativeNormal::new(mean, sd)),
            Self::Hyperexponential { mean, cv } => balanced_phases(mean, cv),
            Self::Pareto { shape, min, max } => Law::Pareto {
                min,
                max: max.unwrap_or(f64::INFINITY),
                power: -1.0 / shape,
                beyond: max.map_or(0.0, |max| libm::pow(min / max, shape)),
            },
            Self::Triangular { min, mode, max } => Law::Triangular {
                min,
                width: max - min,
                // Without width every point is the mode.
                upper_share: if max > min {
                    (max - mode) / (max - min)
                } else {
                    1.0
                },
            },
            Self::Empirical { ref values } => {
                let mut values = values.clone();
                values.sort_by(|a, b| b.total_cmp(a));
                Law::Empirical(values.into_boxed_slice())
            }
        })
    }
}

/// Two exponential phases, each of which carries half of the mean (Morse, "Queues, inventories and
/// maintenance", 1958): the short one has probability (1 + √((cv² − 1)/(cv² + 1)))/2.
fn balanced_phases(mean: f64, cv: f64) -> Law {
    let square = cv * cv;
    let root = ((square - 1.0) / (square + 1.0)).sqrt();
    let short_share = 0.5 * (1.0 + root);
    // (1 − root)/2 without the difference of nearly equal numbers.
    let long_share = 1.0 / ((square + 1.0) * (1.0 + root));
    Law::Hyperexponential {
        long_share,
        short_share,
        long_mean: 0.5 * mean / long_share,
        short_mean: 0.5 * mean / short_share,
    }
}

impl Sampler {
    /// The variate of `word`.
    #[inline]
    pub fn sample(&self, word: Word) -> f64 {
        // The commonest laws stay in the caller's loop.
        match &self.0 {
            Law::Exponential { mean } => mean * word.exponential(),
            Law::Constant { value } => *value,
            law => law.sample(word),
        }
    }

    /// The variate of `word` as a span of time, where it is in seconds.
    #[inline]
    pub fn duration(&self, word: Word) -> Duration {
        Duration::from_seconds(self.sample(word))
    }

    /// The variates of some words: those that [`Self::sample`] makes, but faster.
    #[inline]
    pub fn samples<const N: usize>(&self, words: &[Word; N]) -> [f64; N] {
        match self.0 {
            Law::Exponential { mean } => logs(words.map(Word::uniform)).map(|log| mean * -log),
            Law::Lognormal { location, sigma } => {
                let quantiles = quantiles(words.map(Word::uniform));
                exps(quantiles.map(|quantile| location - sigma * quantile))
            }
            _ => words.map(|word| self.sample(word)),
        }
    }
}

impl Law {
    #[inline(never)]
    fn sample(&self, word: Word) -> f64 {
        let uniform = word.uniform();
        match self {
            Self::Exponential { mean } => mean * word.exponential(),
            Self::Constant { value } => *value,
            Self::Uniform { max, width } => max - width * uniform,
            Self::Erlang { k, phase_mean } => {
                let mut draw = Draw::new(word);
                let product = (1..*k).fold(uniform, |product, _| product * draw.uniform());
                -phase_mean * log(product)
            }
            Self::Gamma(gamma) => gamma.sample(word),
            Self::Weibull { scale, power } => scale * exp(power * log(word.exponential())),
            Self::Lognormal { location, sigma } => exp(location - sigma * quantile(uniform)),
            Self::Normal(normal) => normal.upper_quantile(uniform),
            Self::Hyperexponential {
                long_share,
                short_share,
                long_mean,
                short_mean,
            } => {
                // The part of the uniform that the choice of phase leaves is uniform again; the
                // bounds take away rounding errors.
                let (mean, part) = if uniform < *long_share {
                    (long_mean, uniform / long_share)
                } else {
                    (short_mean, (uniform - long_share) / short_share)
                };
                -mean * log(part.clamp(Word(0).uniform(), Word(u64::MAX).uniform()))
            }
            Self::Pareto {
                min,
                max,
                power,
                beyond,
            } => {
                let tail = beyond + uniform * (1.0 - beyond);
                (min * exp(power * log(tail))).clamp(*min, *max)
            }
            Self::Triangular {
                min,
                width,
                upper_share,
            } => {
                let place = if uniform <= *upper_share {
                    1.0 - (uniform * upper_share).sqrt()
                } else {
                    ((1.0 - uniform) * (1.0 - upper_share)).sqrt()
                };
                min + width * place
            }
            Self::Empirical(values) => {
                let index = (u128::from(word.0) * values.len() as u128) >> 64;
                values[index as usize]
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    fn magnitude() -> impl Strategy<Value = f64> {
        prop_oneof![
            1e-9..1e4_f64,
            Just(1e18),
            Just(1e-300),
            (-300..18_i32).prop_map(|power| libm::exp10(f64::from(power))),
        ]
    }

    fn from_zero() -> impl Strategy<Value = f64> {
        prop_oneof![Just(0.0), magnitude()]
    }

    /// Any distribution that is sampled by its inverse.
    fn inverted() -> impl Strategy<Value = Distribution> {
        let cv = || prop_oneof![1e-6..4.0_f64, Just(1000.0), Just(1e-6)];
        let shape = || prop_oneof![0.1..10.0_f64, Just(0.1), Just(1000.0)];
        prop_oneof![
            from_zero().prop_map(|value| Distribution::Constant { value }),
            (from_zero(), from_zero()).prop_map(|(a, b)| Distribution::Uniform {
                min: a.min(b),
                max: a.max(b)
            }),
            magnitude().prop_map(|mean| Distribution::Exponential { mean }),
            (shape(), magnitude()).prop_map(|(shape, mean)| Distribution::Weibull { shape, mean }),
            (magnitude(), cv()).prop_map(|(mean, cv)| Distribution::Lognormal { mean, cv }),
            (from_zero(), magnitude()).prop_map(|(mean, sd)| Distribution::Normal { mean, sd }),
            (shape(), magnitude()).prop_map(|(shape, min)| Distribution::Pareto {
                shape,
                min,
                max: None
            }),
            (shape(), magnitude(), magnitude())
                .prop_filter("an interval", |(_, a, b)| a.min(*b) < a.max(*b))
                .prop_map(|(shape, a, b)| {
                    Distribution::Pareto {
                        shape,
                        min: a.min(b),
                        max: Some(a.max(b)),
                    }
                }),
            [from_zero(), from_zero(), from_zero()].prop_map(|mut values| {
                values.sort_by(f64::total_cmp);
                let [min, mode, max] = values;
                Distribution::Triangular { min, mode, max }
            }),
            prop::collection::vec(from_zero(), 1..20)
                .prop_map(|values| Distribution::Empirical { values }),
        ]
    }

    /// Any valid distribution.
    pub(in super::super) fn valid() -> impl Strategy<Value = Distribution> {
        let cv = prop_oneof![1e-6..4.0_f64, Just(1000.0), Just(1e-6)];
        let large_cv = prop_oneof![1.0..10.0_f64, Just(1.0), Just(1000.0)];
        prop_oneof![
            8 => inverted(),
            1 => (magnitude(), large_cv)
                .prop_map(|(mean, cv)| Distribution::Hyperexponential { mean, cv }),
            1 => (1..40_u32, magnitude()).prop_map(|(k, mean)| Distribution::Erlang { k, mean }),
            1 => magnitude().prop_map(|mean| Distribution::Erlang { k: u32::MAX, mean }),
            1 => (magnitude(), cv).prop_map(|(mean, cv)| Distribution::Gamma { mean, cv }),
        ]
    }

    fn word() -> impl Strategy<Value = u64> {
        prop_oneof![
            Just(0),
            Just(u64::MAX),
            Just(1 << 63),
            0..4096_u64,
            any::<u64>()
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn every_variate_is_finite_and_not_negative(law in valid(), word in word()) {
            prop_assert_eq!(law.check(), Ok(()));
            let sampler = law.sampler();
            for word in [word, 0, u64::MAX] {
                let value = sampler.sample(Word(word));
                prop_assert!(value.is_finite() && value >= 0.0, "{law:?} gives {value} for {word}");
            }
        }

        #[test]
        fn several_at_once_are_what_each_is_alone(law in valid(), words in any::<[u64; 16]>()) {
            let (sampler, words) = (law.sampler(), words.map(Word));
            let alone = words.map(|word| sampler.sample(word).to_bits());
            prop_assert_eq!(sampler.samples(&words).map(f64::to_bits), alone);
        }

        #[test]
        fn a_smaller_word_never_gives_a_smaller_variate(
            law in inverted(), one in word(), other in word()
        ) {
            let sampler = law.sampler();
            let large = sampler.sample(Word(one.min(other)));
            let small = sampler.sample(Word(one.max(other)));
            prop_assert!(large >= small * (1.0 - 1e-12), "{law:?}: {large} below {small}");
        }
    }

    #[test]
    fn laws_that_are_exponential_give_the_exponential_s_variates() {
        let mean = 3.0;
        let exponential = Distribution::Exponential { mean }.sampler();
        let erlang = Distribution::Erlang { k: 1, mean }.sampler();
        let weibull = Distribution::Weibull { shape: 1.0, mean }.sampler();
        for word in [0, 1 << 60, 1 << 63, 3 << 62, u64::MAX] {
            let expected = exponential.sample(Word(word));
            assert_eq!(erlang.sample(Word(word)).to_bits(), expected.to_bits());
            assert!((weibull.sample(Word(word)) / expected - 1.0).abs() < 1e-14);
        }
    }

    #[test]
    fn the_variates_of_version_1_stay_what_they_are() {
        let laws = [
            Distribution::Uniform { min: 1.0, max: 2.0 },
            Distribution::Exponential { mean: 1.0 },
            Distribution::Erlang { k: 3, mean: 1.0 },
            Distribution::Gamma { mean: 1.0, cv: 2.0 },
            Distribution::Weibull {
                shape: 0.7,
                mean: 1.0,
            },
            Distribution::Lognormal { mean: 1.0, cv: 1.5 },
            Distribution::Normal { mean: 1.0, sd: 1.0 },
            Distribution::Hyperexponential { mean: 1.0, cv: 2.0 },
            Distribution::Pareto {
                shape: 2.0,
                min: 1.0,
                max: Some(9.0),
            },
            Distribution::Triangular {
                min: 1.0,
                mode: 2.0,
                max: 4.0,
            },
        ];
        let words = [0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210];
        let line = |law: Distribution| {
            let variates = words.map(|word| law.sampler().sample(Word(word)));
            format!("{variates:?}")
        };
        insta::assert_snapshot!(laws.map(line).join("\n"), @r"
        [1.9955555555555557, 1.0044444444444443]
        [5.416100402204438, 0.004454350349380197]
        [2.692016133659429, 1.3543023429630474]
        [12.365140830076411, 2.646705343651561]
        [8.825731486952934, 0.0003457382077213847]
        [9.497984606939562, 0.032395536571779314]
        [3.674744597321443, 0.015335972209405191]
        [14.343573852168895, 0.0028296851316274014]
        [7.730077513237239, 1.0022020395505893]
        [3.836700683814456, 1.115470053837924]
        ");
    }
}
