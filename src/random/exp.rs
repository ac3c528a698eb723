//! The exponential function where it is hottest: in lognormal, Weibull and Pareto variates.
//!
//! Faster than `libm`'s for the same reasons as `log.rs`: no division, one special case. The method
//! of Tang, "Table-driven implementation of the exponential function in IEEE floating-point
//! arithmetic", ACM TOMS 15, 1989: e^x = 2^(k/64) · e^r with a table made by the compiler. Within
//! 4e-16 of the true value, relatively.

use std::f64::consts::LN_2;

const INDEX_BITS: u32 = 6;
const COUNT: usize = 1 << INDEX_BITS;
/// Inside, neither the result nor a power of two on the way leaves the normal numbers.
const LIMIT: f64 = 700.0;
/// Adding this to a small number leaves its nearest integer in the low bits.
const ROUNDER: f64 = 1.5 * (1_u64 << 52) as f64;
/// ln 2 in two parts; the first has so many zero bits that its products with `k` are exact.
const LN_2_HIGH: f64 = f64::from_bits(LN_2.to_bits() & !0xf_ffff);
/// What that leaves of ln 2, and of what a float leaves of it.
const LN_2_LOW: f64 = (LN_2 - LN_2_HIGH) + 2.319_046_813_846_299_6e-17;

/// 2^(i/64).
static POWERS: [f64; COUNT] = powers();

/// e to the power of `x`.
#[inline]
pub(super) fn exp(x: f64) -> f64 {
    if x.abs() > LIMIT {
        return libm::exp(x);
    }
    let (power, r) = parts(x);
    joined(power, r)
}

/// The exponential functions of some at once: the same, faster, as the compiler makes vectors of all
/// but the search in the table.
#[inline]
pub(super) fn exps<const N: usize>(xs: [f64; N]) -> [f64; N] {
    if xs.iter().any(|x| x.abs() > LIMIT) {
        return xs.map(exp);
    }
    let [mut powers, mut rs] = [[0.0; N]; 2];
    for (index, x) in xs.into_iter().enumerate() {
        (powers[index], rs[index]) = parts(x);
    }
    std::array::from_fn(|index| joined(powers[index], rs[index]))
}

/// `x` as a power of 2^(1/64) and what is left of it: that power, and r.
#[inline]
fn parts(x: f64) -> (f64, f64) {
    let rounded = x * (COUNT as f64 / LN_2) + ROUNDER;
    let k = rounded.to_bits();
    let steps = rounded - ROUNDER;
    let r = (x - steps * (LN_2_HIGH / COUNT as f64)) - steps * (LN_2_LOW / COUNT as f64);
    let exponent = (k >> INDEX_BITS) << 52;
    let power = f64::from_bits(POWERS[k as usize % COUNT].to_bits().wrapping_add(exponent));
    (power, r)
}

#[inline]
fn joined(power: f64, r: f64) -> f64 {
    let square = r * r;
    // e^r − 1 to the fifth power; |r| is at most 0.0055, so the rest is below 4e-17.
    let tail = r + square * ((0.5 + r * (1.0 / 6.0)) + square * (1.0 / 24.0 + r * (1.0 / 120.0)));
    power + power * tail
}

const fn powers() -> [f64; COUNT] {
    let mut table = [1.0; COUNT];
    let mut index = 1;
    while index < COUNT {
        table[index] = series(index as f64 / COUNT as f64 * LN_2);
        index += 1;
    }
    table
}

/// e^x by its power series, for x between 0 and 0.7.
const fn series(x: f64) -> f64 {
    let mut sum = 1.0;
    // The first term that is left out, 0.7^20/20!, is below 2^-70.
    let mut term = 19;
    while term > 0 {
        sum = 1.0 + sum * x / term as f64;
        term -= 1;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn error(x: f64) -> f64 {
        let expected = libm::exp(x);
        (exp(x) - expected).abs() / expected
    }

    #[test]
    fn it_agrees_with_libm_at_every_border() {
        assert_eq!(exp(0.0).to_bits(), 1.0_f64.to_bits());
        assert_eq!(exp(-800.0).to_bits(), 0);
        for border in -2_000..=2_000 {
            let x = (f64::from(border) + 0.5) * LN_2 / COUNT as f64;
            for x in [x, x * (1.0 + 1e-15), x * (1.0 - 1e-15), x * 30.0] {
                assert!(error(x) < 6e-16, "{x}: {}", error(x));
            }
        }
        for x in [LIMIT, -LIMIT, LIMIT + 1.0, -LIMIT - 1.0, 1e-300, -1e-300] {
            assert!(error(x) < 6e-16, "{x}: {}", error(x));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100_000))]

        #[test]
        fn it_agrees_with_libm_everywhere(far in -LIMIT..LIMIT, near in -3.0..3.0_f64) {
            for x in [far, near] {
                prop_assert!(error(x) < 6e-16, "{x}: {}", error(x));
                prop_assert_eq!(exps([1.0, x])[1].to_bits(), exp(x).to_bits());
            }
        }
    }
}
