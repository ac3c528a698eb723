//! The quantile of the standard normal law, with its ends.

use crate::random;

/// The standard normal quantile z with P(Z ≤ z) = `p`; infinite at 0 and 1.
///
/// # Panics
/// If `p` is not between 0 and 1.
pub fn normal_quantile(p: f64) -> f64 {
    assert!(
        (0.0..=1.0).contains(&p),
        "quantile {p} is not between 0 and 1"
    );
    if p <= 0.0 || 1.0 <= p {
        return f64::INFINITY.copysign(p - 0.5);
    }
    random::normal_quantile(p)
}

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
