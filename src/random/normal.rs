//! The normal law: its quantile, its tail, and the law conditioned on not being negative.
//!
//! The quantile is algorithm AS 241, PPND16 (Wichura, "The percentage points of the normal
//! distribution", Applied Statistics 37, 1988): rational approximations in three regions, about 16
//! digits. The tail is `libm`'s complementary error function.

use super::log::log;
use std::f64::consts::{FRAC_1_SQRT_2, TAU};

/// A normal law conditioned on being at least zero.
#[derive(Clone, Debug)]
pub(super) struct NonNegativeNormal {
    mean: f64,
    sd: f64,
    /// What the parent leaves at or above zero, at least one half.
    kept: f64,
}

impl NonNegativeNormal {
    /// From the parent's mean, not negative, and standard deviation, above zero.
    pub(super) fn new(mean: f64, sd: f64) -> Self {
        Self {
            mean,
            sd,
            kept: upper_tail(-mean / sd),
        }
    }

    /// The value that is exceeded with probability `uniform`.
    #[inline]
    pub(super) fn upper_quantile(&self, uniform: f64) -> f64 {
        // The clamp takes away the rounding error at zero only.
        (self.mean - self.sd * quantile(uniform * self.kept)).max(0.0)
    }

    /// Mean and variance, by the inverse Mills ratio.
    pub(super) fn moments(&self) -> (f64, f64) {
        // Beyond 40 standard deviations the ratio is zero in floats; infinity would spoil the
        // product.
        let bound = -(self.mean / self.sd).min(40.0);
        let mills = density(bound) / self.kept;
        let mean = self.mean + self.sd * mills;
        let variance = self.sd * self.sd * (1.0 + bound * mills - mills * mills);
        (mean, variance)
    }
}

/// The standard normal's value that is not exceeded with probability `p`, in (0, 1).
#[inline]
pub fn quantile(p: f64) -> f64 {
    let centre = p - 0.5;
    if centre.abs() <= 0.425 {
        let r = 0.180_625 - centre * centre;
        return centre * ratio(r, &CENTRAL);
    }
    let tail = if centre < 0.0 { p } else { 1.0 - p };
    let r = (-log(tail)).sqrt();
    let value = if r <= 5.0 {
        ratio(r - 1.6, &MIDDLE)
    } else {
        ratio(r - 5.0, &FAR)
    };
    if centre < 0.0 { -value } else { value }
}

/// The same for some at once, faster: most are in the centre, where the compiler makes vectors.
#[inline]
pub(super) fn quantiles<const N: usize>(ps: [f64; N]) -> [f64; N] {
    let mut values = ps.map(|p| {
        let centre = p - 0.5;
        centre * ratio(0.180_625 - centre * centre, &CENTRAL)
    });
    for (value, p) in values.iter_mut().zip(ps) {
        if (p - 0.5).abs() > 0.425 {
            *value = quantile(p);
        }
    }
    values
}

/// The probability that a standard normal exceeds `x`.
pub(super) fn upper_tail(x: f64) -> f64 {
    0.5 * libm::erfc(x * FRAC_1_SQRT_2)
}

fn density(x: f64) -> f64 {
    libm::exp(-0.5 * x * x) / TAU.sqrt()
}

/// Coefficients of a ratio of polynomials, constant terms first.
type Ratio = [[f64; 8]; 2];

#[inline]
fn ratio(x: f64, [numerator, denominator]: &Ratio) -> f64 {
    polynomial(x, numerator) / polynomial(x, denominator)
}

/// By Estrin's scheme: half the depth of Horner's, and so nearly half the time.
#[inline]
fn polynomial(x: f64, c: &[f64; 8]) -> f64 {
    let square = x * x;
    let low = (c[0] + c[1] * x) + (c[2] + c[3] * x) * square;
    let high = (c[4] + c[5] * x) + (c[6] + c[7] * x) * square;
    low + high * (square * square)
}

#[rustfmt::skip]
#[expect(clippy::excessive_precision, reason = "as the article prints them")]
const CENTRAL: Ratio = [
    [3.387_132_872_796_366_608, 133.141_667_891_784_377_45, 1_971.590_950_306_551_442_7,
     13_731.693_765_509_461_125, 45_921.953_931_549_871_457, 67_265.770_927_008_700_853,
     33_430.575_583_588_128_105, 2_509.080_928_730_122_672_7],
    [1.0, 42.313_330_701_600_911_252, 687.187_007_492_057_908_3,
     5_394.196_021_424_751_107_7, 21_213.794_301_586_595_867, 39_307.895_800_092_710_61,
     28_729.085_735_721_942_674, 5_226.495_278_852_854_561],
];

#[rustfmt::skip]
#[expect(clippy::excessive_precision, reason = "as the article prints them")]
const MIDDLE: Ratio = [
    [1.423_437_110_749_683_577_34, 4.630_337_846_156_545_295_9, 5.769_497_221_460_691_405_5,
     3.647_848_324_763_204_605_04, 1.270_458_252_452_368_382_58, 0.241_780_725_177_450_611_77,
     2.272_384_498_926_918_458_33e-2, 7.745_450_142_783_414_076_4e-4],
    [1.0, 2.053_191_626_637_758_821_87, 1.676_384_830_183_803_849_4,
     0.689_767_334_985_100_004_55, 0.148_103_976_427_480_074_59, 1.519_866_656_361_645_719_66e-2,
     5.475_938_084_995_344_946e-4, 1.050_750_071_644_416_843_24e-9],
];

#[rustfmt::skip]
#[expect(clippy::excessive_precision, reason = "as the article prints them")]
const FAR: Ratio = [
    [6.657_904_643_501_103_777_2, 5.463_784_911_164_114_369_9, 1.784_826_539_917_291_335_8,
     0.296_560_571_828_504_891_23, 2.653_218_952_657_612_309_3e-2, 1.242_660_947_388_078_438_6e-3,
     2.711_555_568_743_487_578_15e-5, 2.010_334_399_292_288_132_65e-7],
    [1.0, 0.599_832_206_555_887_937_69, 0.136_929_880_922_735_805_31,
     1.487_536_129_085_061_485_25e-2, 7.868_691_311_456_132_591e-4, 1.846_318_317_510_054_681_8e-5,
     1.421_511_758_316_445_888_7e-7, 2.044_263_103_389_939_785_64e-15],
];

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{ContinuousCDF, Normal};

    #[test]
    fn the_quantile_has_the_published_check_values() {
        // Those of the article.
        assert!((quantile(0.25) + 0.674_489_750_196_081_7).abs() < 1e-15);
        assert!((quantile(0.001) + 3.090_232_306_167_814).abs() < 1e-14);
        assert!((quantile(1e-20) + 9.262_340_089_798_408).abs() < 1e-13);
    }

    #[test]
    fn the_quantile_agrees_with_an_independent_one_everywhere() {
        let oracle = Normal::standard();
        let inner = (1..2000).map(|step| f64::from(step) / 2000.0);
        let lower = (1..=53).map(|power| 1.0 / (1_u64 << power) as f64);
        let upper = (1..=53).map(|power| 1.0 - 1.0 / (1_u64 << power) as f64);
        for p in inner.chain(lower).chain(upper) {
            let (ours, theirs) = (quantile(p), oracle.inverse_cdf(p));
            assert!(
                (ours - theirs).abs() < 1e-11 * (1.0 + ours.abs()),
                "{p}: {ours}, {theirs}"
            );
        }
    }

    #[test]
    fn the_quantile_undoes_the_tail() {
        for step in -80..=80 {
            let x = f64::from(step) / 10.0;
            // From the side where the probability is small and so has all its digits.
            let back = if x < 0.0 {
                quantile(upper_tail(-x))
            } else {
                -quantile(upper_tail(x))
            };
            assert!((back - x).abs() < 1e-13 * (1.0 + x.abs()), "{x}: {back}");
        }
    }

    #[test]
    fn half_a_normal_has_the_moments_of_the_textbook() {
        let (mean, variance) = NonNegativeNormal::new(0.0, 3.0).moments();
        let expected = 3.0 * (2.0 / std::f64::consts::PI).sqrt();
        assert!((mean - expected).abs() < 1e-14);
        assert!((variance - 9.0 * (1.0 - 2.0 / std::f64::consts::PI)).abs() < 1e-14);
    }
}
