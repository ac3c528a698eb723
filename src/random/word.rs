//! One random word, and how several numbers are made from it.
//!
//! `SplitMix64` is by Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
//! OOPSLA 2014.

use super::log::log;

/// 64 random bits: what one variate, or one decision, is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Word(pub u64);

/// As many numbers as a decision needs, all from one word.
#[derive(Clone, Debug)]
pub struct Draw {
    state: SplitMix64,
}

impl Word {
    /// The word as a number in (0, 1), both ends excluded; small words give small numbers.
    #[inline]
    pub fn uniform(self) -> f64 {
        // An odd number of 53 bits: exact as a float, never 0 or 1, symmetric about one half.
        // Signed, because that conversion is a single instruction.
        ((self.0 >> 11) | 1).cast_signed() as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// The word as an exponential variate of mean 1, between 2^-53 and 36.8; small words give
    /// large variates.
    #[inline]
    pub fn exponential(self) -> f64 {
        -log(self.uniform())
    }

    /// The word as a number below `n`; small words give small numbers.
    ///
    /// Each is as likely as any other to within one part in 2^32 (the high half of the product,
    /// without a rejection).
    ///
    /// # Panics
    /// If `n` is 0.
    #[inline]
    pub fn below(self, n: u32) -> u32 {
        assert!(n > 0, "nothing to choose from");
        ((u128::from(self.0) * u128::from(n)) >> 64) as u32
    }
}

impl Draw {
    /// Everything that is drawn is a function of `word`.
    #[inline]
    pub const fn new(word: Word) -> Self {
        Self {
            state: SplitMix64(word.0),
        }
    }

    /// The next number in (0, 1), both ends excluded.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        Word(self.state.next()).uniform()
    }

    /// The next number below `n`.
    ///
    /// # Panics
    /// If `n` is 0.
    #[inline]
    pub fn below(&mut self, n: u32) -> u32 {
        Word(self.state.next()).below(n)
    }

    /// Two different numbers below `n`; every ordered pair is as likely as any other.
    ///
    /// # Panics
    /// If `n` is less than 2.
    #[inline]
    pub fn two_distinct(&mut self, n: u32) -> (u32, u32) {
        assert!(n > 1, "no two distinct numbers below {n}");
        let first = self.below(n);
        let other = self.below(n - 1);
        // The second is a place among those that the first has left.
        (first, other + u32::from(other >= first))
    }
}

/// The generator that turns 64 bits into as many words as needed.
#[derive(Clone, Debug)]
pub(super) struct SplitMix64(pub(super) u64);

impl SplitMix64 {
    #[inline]
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GAMMA);
        mix(self.0)
    }

    /// What `next` would answer after it has been called `number` times.
    #[inline]
    pub(super) fn at(self, number: u64) -> u64 {
        mix(self
            .0
            .wrapping_add(number.wrapping_add(1).wrapping_mul(GAMMA)))
    }
}

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// A bijection of which every bit depends on every bit (variant 13 of Stafford's finalizers).
#[inline]
fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nth_word_is_the_one_that_comes_after_n_others() {
        let mut words = SplitMix64(7);
        for number in 0..100 {
            assert_eq!(SplitMix64(7).at(number), words.next());
        }
    }

    use proptest::prelude::*;
    use rand::{Rng, SeedableRng};
    use statrs::distribution::{ChiSquared, ContinuousCDF};

    #[test]
    fn uniforms_keep_clear_of_both_ends() {
        assert!(Word(0).uniform() > 0.0);
        assert!(Word(u64::MAX).uniform() < 1.0);
        assert_eq!(
            Word(0).uniform().to_bits(),
            (1.0 - Word(u64::MAX).uniform()).to_bits()
        );
        assert!((Word(1 << 63).uniform() - 0.5).abs() < 1e-15);
        assert!(Word(0).exponential() < 36.8);
        assert!(Word(u64::MAX).exponential() > 0.0);
    }

    #[test]
    fn splitmix_is_the_published_generator() {
        // rand seeds its xoshiro256++ from 64 bits by the published SplitMix64; with the state
        // 1, 2, 3, 4 from SplitMix64's first four words its first output follows.
        let mut mix = SplitMix64(7);
        let state = [mix.next(), mix.next(), mix.next(), mix.next()];
        let expected = state[0]
            .wrapping_add(state[3])
            .rotate_left(23)
            .wrapping_add(state[0]);
        let mut rng = rand::rngs::Xoshiro256PlusPlus::seed_from_u64(7);
        assert_eq!(rng.next_u64(), expected);
    }

    #[test]
    fn ordered_pairs_of_distinct_numbers_are_equally_likely() {
        const N: u32 = 7;
        const DRAWS: u64 = 420_000;
        let mut words = SplitMix64(1);
        let mut counts = [[0_u32; N as usize]; N as usize];
        for _ in 0..DRAWS {
            let (first, second) = Draw::new(Word(words.next())).two_distinct(N);
            counts[first as usize][second as usize] += 1;
        }
        let expected = DRAWS as f64 / f64::from(N * (N - 1));
        let mut statistic = 0.0;
        for (first, row) in counts.iter().enumerate() {
            assert_eq!(row[first], 0);
            let others = row
                .iter()
                .enumerate()
                .filter(|(second, _)| *second != first);
            statistic += others
                .map(|(_, count)| (f64::from(*count) - expected) * (f64::from(*count) - expected))
                .sum::<f64>()
                / expected;
        }
        // A sound generator fails one such test in 10,000.
        let law = ChiSquared::new(f64::from(N * (N - 1) - 1)).unwrap();
        assert!(law.sf(statistic) > 1e-4, "chi-square {statistic}");
    }

    proptest! {
        #[test]
        fn numbers_stay_below_their_bound(word in any::<u64>(), n in 2..u32::MAX) {
            let mut draw = Draw::new(Word(word));
            prop_assert!(draw.below(n) < n);
            prop_assert_eq!(draw.below(1), 0);
            let (first, second) = draw.two_distinct(n);
            prop_assert!(first < n && second < n && first != second);
            prop_assert!(Word(u64::MAX).below(n) == n - 1);
        }
    }
}
