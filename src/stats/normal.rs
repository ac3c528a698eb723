//! The quantile of the standard normal law.
//!
//! Source: M. J. Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988) 477–484:
//! rational approximations with a relative error of about 1e-16.

#![expect(clippy::excessive_precision, reason = "the coefficients as published")]

/// The standard normal quantile z with P(Z ≤ z) = `p`; infinite at 0 and 1.
///
/// # Panics
/// If `p` is not between 0 and 1.
pub fn normal_quantile(p: f64) -> f64 {
    assert!(
        (0.0..=1.0).contains(&p),
        "quantile {p} is not between 0 and 1"
    );
    let centred = p - 0.5;
    if centred.abs() <= 0.425 {
        let r = 0.180_625 - centred * centred;
        return centred * polynomial(&CENTRE_NUMERATOR, r) / polynomial(&CENTRE_DENOMINATOR, r);
    }
    let tail = if centred < 0.0 { p } else { 1.0 - p };
    if tail <= 0.0 {
        return f64::INFINITY.copysign(centred);
    }
    let r = libm::sqrt(-libm::log(tail));
    let z = if r <= 5.0 {
        polynomial(&MIDDLE_NUMERATOR, r - 1.6) / polynomial(&MIDDLE_DENOMINATOR, r - 1.6)
    } else {
        polynomial(&FAR_NUMERATOR, r - 5.0) / polynomial(&FAR_DENOMINATOR, r - 5.0)
    };
    z.copysign(centred)
}

/// Horner's scheme; coefficients from the constant upwards.
fn polynomial(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
}

const CENTRE_NUMERATOR: [f64; 8] = [
    3.387_132_872_796_366_608,
    133.141_667_891_784_377_45,
    1_971.590_950_306_551_442_7,
    13_731.693_765_509_461_125,
    45_921.953_931_549_871_457,
    67_265.770_927_008_700_853,
    33_430.575_583_588_128_105,
    2_509.080_928_730_122_672_7,
];
const CENTRE_DENOMINATOR: [f64; 8] = [
    1.0,
    42.313_330_701_600_911_252,
    687.187_007_492_057_908_3,
    5_394.196_021_424_751_107_7,
    21_213.794_301_586_595_867,
    39_307.895_800_092_710_61,
    28_729.085_735_721_942_674,
    5_226.495_278_852_854_561,
];
const MIDDLE_NUMERATOR: [f64; 8] = [
    1.423_437_110_749_683_577_34,
    4.630_337_846_156_545_295_9,
    5.769_497_221_460_691_405_5,
    3.647_848_324_763_204_605_04,
    1.270_458_252_452_368_382_58,
    0.241_780_725_177_450_611_77,
    0.022_723_844_989_269_184_583_3,
    7.745_450_142_783_414_076_4e-4,
];
const MIDDLE_DENOMINATOR: [f64; 8] = [
    1.0,
    2.053_191_626_637_758_821_87,
    1.676_384_830_183_803_849_4,
    0.689_767_334_985_100_004_55,
    0.148_103_976_427_480_074_59,
    0.015_198_666_563_616_457_196_6,
    5.475_938_084_995_344_946e-4,
    1.050_750_071_644_416_843_24e-9,
];
const FAR_NUMERATOR: [f64; 8] = [
    6.657_904_643_501_103_777_2,
    5.463_784_911_164_114_369_9,
    1.784_826_539_917_291_335_8,
    0.296_560_571_828_504_891_23,
    0.026_532_189_526_576_123_093,
    0.001_242_660_947_388_078_438_6,
    2.711_555_568_743_487_578_15e-5,
    2.010_334_399_292_288_132_65e-7,
];
const FAR_DENOMINATOR: [f64; 8] = [
    1.0,
    0.599_832_206_555_887_937_69,
    0.136_929_880_922_735_805_31,
    0.014_875_361_290_850_614_852_5,
    7.868_691_311_456_132_591e-4,
    1.846_318_317_510_054_681_8e-5,
    1.421_511_758_316_445_888_7e-7,
    2.044_263_103_389_939_785_64e-15,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_values_are_met() {
        // STAT-z-0.95, STAT-z-0.975, STAT-z-0.995, STAT-z-0.999: definition.
        for (p, expected) in [
            (0.95, 1.644_853_626_951_473),
            (0.975, 1.959_963_984_540_054),
            (0.995, 2.575_829_303_548_901),
            (0.999, 3.090_232_306_167_814),
        ] {
            let found = normal_quantile(p);
            assert!(
                (found - expected).abs() < 4e-15,
                "p {p}: {found} against {expected}"
            );
            assert!(
                (normal_quantile(1.0 - p) + expected).abs() < 1e-13,
                "p {}",
                1.0 - p
            );
        }
    }

    #[test]
    fn the_distribution_function_of_the_quantile_is_the_probability_in_every_branch() {
        // P(Z ≤ z) = erfc(−z/√2)/2. (That of statrs is off by 5e-11 at z = 1.28.)
        let tails = (1..=300).map(|exponent| libm::pow(10.0, -f64::from(exponent)));
        let centre = (1..1000).map(|thousandths| f64::from(thousandths) / 1000.0);
        for p in tails.chain(centre) {
            let z = normal_quantile(p);
            let back = libm::erfc(-z / std::f64::consts::SQRT_2) / 2.0;
            // An error of z is magnified by z² where the tail is far.
            let tolerance = 4e-15 * (1.0 + z * z);
            assert!(
                (back / p - 1.0).abs() < tolerance,
                "p {p}: z {z}, back {back}"
            );
        }
    }

    #[test]
    fn the_ends_are_infinite() {
        assert!(normal_quantile(0.0).is_infinite() && normal_quantile(0.0) < 0.0);
        assert!(normal_quantile(1.0).is_infinite() && normal_quantile(1.0) > 0.0);
        assert!(normal_quantile(0.5).abs() < f64::MIN_POSITIVE);
    }
}
