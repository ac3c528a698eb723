//! The quantile of Student's t law.
//!
//! The probability of a tail, and of the centre, is an incomplete beta function (Abramowitz and
//! Stegun 26.7.1), evaluated by its continued fraction (26.5.8) in Lentz's form; the quantile is
//! its root by Newton's method. From 100 000 degrees of freedom on the expansion around the normal
//! quantile (26.7.5) is exact to the last digits; below, it is the starting point.
//!
//! Only basic operations and `libm`: the same digits on every machine.

use std::f64::consts::PI;

use super::normal::normal_quantile;

/// The quantile t with P(T ≤ t) = `p` of Student's law with `df` degrees of freedom (which need
/// not be a whole number); infinite at 0 and 1. Relative error below 1e-12.
///
/// # Panics
/// If `p` is not between 0 and 1, or `df` is below 1.
pub fn student_t_quantile(p: f64, df: f64) -> f64 {
    assert!(df >= 1.0, "{df} degrees of freedom: at least 1 is needed");
    let normal = normal_quantile(p);
    if normal.is_infinite() || df >= EXPANSION_FROM {
        return expansion(normal, df);
    }
    let tail = if p < 0.5 { p } else { 1.0 - p };
    let law = Student::new(df);
    // Whichever of tail and centre is the smaller is solved for: it keeps its digits.
    let start = expansion(normal.abs(), df);
    let t = if tail < 0.25 {
        law.solve_tail(start, tail)
    } else {
        law.solve_centre(start, 0.5 - tail)
    };
    t.copysign(normal)
}

/// P(T > t) for Student's law with `df` degrees of freedom (which need not be a whole number).
///
/// # Panics
/// If `df` is below 1.
pub fn student_t_tail(t: f64, df: f64) -> f64 {
    assert!(df >= 1.0, "{df} degrees of freedom: at least 1 is needed");
    if t.is_infinite() {
        return if t > 0.0 { 0.0 } else { 1.0 };
    }
    let tail = if t.abs() <= 0.0 {
        0.5
    } else {
        Student::new(df).probabilities(t.abs()).tail
    };
    if t < 0.0 { 1.0 - tail } else { tail }
}

const EXPANSION_FROM: f64 = 1e5;
const MAX_STEPS: usize = 100;

/// Abramowitz and Stegun 26.7.5 to the second order.
fn expansion(z: f64, df: f64) -> f64 {
    let square = z * z;
    let first = (square + 1.0) / 4.0;
    let second = ((5.0 * square + 16.0) * square + 3.0) / 96.0;
    if z.is_infinite() {
        z
    } else {
        z * (1.0 + (first + second / df) / df)
    }
}

/// The law with its normalising constant.
struct Student {
    df: f64,
    /// 1 / B(df/2, 1/2).
    inverse_beta: f64,
}

impl Student {
    fn new(df: f64) -> Self {
        Self {
            df,
            inverse_beta: gamma_ratio(df / 2.0) / libm::sqrt(PI),
        }
    }

    /// The root of ln P(T > t) = ln `tail` in ln t. The function is concave and falling, so that
    /// from the second step on Newton's method comes down to the root from the right.
    fn solve_tail(&self, start: f64, tail: f64) -> f64 {
        let mut t = start;
        for _ in 0..MAX_STEPS {
            let found = self.probabilities(t).tail;
            let step = libm::log(found / tail) * found / (t * self.density(t));
            t *= libm::exp(step);
            if step.abs() < 1e-14 {
                break;
            }
        }
        t
    }

    /// The root of P(0 < T < t) = `centre`, a concave and rising function of t.
    fn solve_centre(&self, start: f64, centre: f64) -> f64 {
        let mut t = start;
        for _ in 0..MAX_STEPS {
            let step = (centre - self.probabilities(t).centre) / self.density(t);
            t += step;
            if step.abs() <= 1e-14 * t {
                break;
            }
        }
        t
    }

    fn density(&self, t: f64) -> f64 {
        let power = -(self.df + 1.0) / 2.0 * libm::log1p(t * t / self.df);
        self.inverse_beta / libm::sqrt(self.df) * libm::exp(power)
    }

    /// P(T > t) and P(0 < T < t), which add up to 1/2: the one whose continued fraction converges
    /// fast is evaluated.
    fn probabilities(&self, t: f64) -> Probabilities {
        let half = self.df / 2.0;
        let total = self.df + t * t;
        let (outer, inner) = (self.df / total, t * t / total);
        // outer^(df/2) · √inner / B(df/2, 1/2)
        let factor = self.inverse_beta
            * libm::exp(-half * libm::log1p(t * t / self.df))
            * (t / libm::sqrt(total));
        if outer < (half + 1.0) / (half + 2.5) {
            let tail = factor / (2.0 * half) * beta_fraction(outer, half, 0.5);
            Probabilities {
                tail,
                centre: 0.5 - tail,
            }
        } else {
            let centre = factor * beta_fraction(inner, 0.5, half);
            Probabilities {
                tail: 0.5 - centre,
                centre,
            }
        }
    }
}

struct Probabilities {
    tail: f64,
    centre: f64,
}

/// The continued fraction F with `I_x(a, b)` = x^a (1−x)^b / (a B(a, b)) · F, for
/// x < (a + 1)/(a + b + 2); modified Lentz.
fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    // A denominator of zero is stepped over, as Lentz's method asks for.
    let nonzero = |value: f64| {
        if value.abs() < f64::MIN_POSITIVE {
            f64::MIN_POSITIVE
        } else {
            value
        }
    };
    let mut upper = 1.0;
    let mut lower = 1.0 / nonzero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = lower;
    // It converges within a few times the square root of the larger parameter.
    for m in 1..10_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        lower = 1.0 / nonzero(1.0 + even * lower);
        upper = nonzero(1.0 + even / upper);
        fraction *= lower * upper;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        lower = 1.0 / nonzero(1.0 + odd * lower);
        upper = nonzero(1.0 + odd / upper);
        fraction *= lower * upper;
        if (lower * upper - 1.0).abs() < 1e-15 {
            break;
        }
    }
    fraction
}

/// Γ(x + 1/2) / Γ(x) for x ≥ 1/2, by its expansion for large x (Tricomi and Erdélyi 1951) after
/// as many steps of the recurrence as that needs. A difference of `lgamma`s would lose digits.
fn gamma_ratio(x: f64) -> f64 {
    let mut x = x;
    let mut factor = 1.0;
    while x < 40.0 {
        factor *= x / (x + 0.5);
        x += 1.0;
    }
    let y = 1.0 / x;
    let series = 1.0
        + y * (-1.0 / 8.0
            + y * (1.0 / 128.0
                + y * (5.0 / 1024.0
                    + y * (-21.0 / 32_768.0
                        + y * (-399.0 / 262_144.0
                            + y * (869.0 / 4_194_304.0 + y * 39_325.0 / 33_554_432.0))))));
    factor * libm::sqrt(x) * series
}

#[cfg(test)]
mod tests {
    use statrs::distribution::{ContinuousCDF, StudentsT};

    use super::*;

    #[test]
    fn golden_values_are_met() {
        // STAT-t-4, STAT-t-9, STAT-t-19, STAT-t-29, STAT-t-99: definition.
        for (df, expected) in [
            (4.0, 2.776_445_105_197_794),
            (9.0, 2.262_157_162_798_206),
            (19.0, 2.093_024_054_408_31),
            (29.0, 2.045_229_642_132_704),
            (99.0, 1.984_216_951_586_417),
        ] {
            let found = student_t_quantile(0.975, df);
            assert!(
                (found / expected - 1.0).abs() < 2e-14,
                "df {df}: {found} against {expected}"
            );
            assert!((student_t_quantile(0.025, df) / -expected - 1.0).abs() < 2e-14);
        }
    }

    #[test]
    fn the_tail_is_that_of_the_quantile() {
        for df in [1.0, 9.0, 19.0, 120.0] {
            for p in [0.001, 0.2, 0.5, 0.9, 0.999_9] {
                let found = student_t_tail(student_t_quantile(p, df), df);
                assert!((found - (1.0 - p)).abs() < 1e-13, "p {p}, df {df}: {found}");
            }
        }
        assert!(student_t_tail(f64::INFINITY, 3.0) <= 0.0);
        assert!(student_t_tail(f64::NEG_INFINITY, 3.0) >= 1.0);
    }

    #[test]
    fn one_and_two_degrees_of_freedom_have_closed_forms() {
        for thousandths in 501..1000 {
            let p = f64::from(thousandths) / 1000.0;
            // Cauchy: -cot(πp). Two degrees: (2p − 1) / √(2p(1 − p)).
            let cauchy = -1.0 / libm::tan(PI * p);
            let two = (2.0 * p - 1.0) * std::f64::consts::FRAC_1_SQRT_2 / libm::sqrt(p * (1.0 - p));
            let (one_found, two_found) = (student_t_quantile(p, 1.0), student_t_quantile(p, 2.0));
            assert!(
                (one_found / cauchy - 1.0).abs() < 1e-12,
                "{p}: {one_found}, {cauchy}"
            );
            assert!(
                (two_found / two - 1.0).abs() < 1e-12,
                "{p}: {two_found}, {two}"
            );
        }
        // Far in the heaviest tail, where 1/(πt) is exact to 20 digits.
        let far = student_t_quantile(1e-12, 1.0) * -PI * 1e-12;
        assert!((far - 1.0).abs() < 1e-12);
    }

    #[test]
    fn values_of_forty_digit_arithmetic_are_met() {
        // Roots of the incomplete beta function, found in 40 digits for the doubles nearest to p.
        for (p, df, expected) in [
            (0.505, 999.0, 0.012_536_606_896_950_004),
            (0.6, 3999.0, 0.253_363_958_525_072_8),
            (0.75, 7.0, 0.711_141_778_081_786_3),
            (0.975, 19.5, 2.089_397_620_972_246),
            (0.975, 3999.0, 1.960_557_377_186_027_4),
            (0.995, 10_000.0, 2.576_321_046_668_528_6),
            (0.9995, 3.0, 12.923_978_636_687_964),
        ] {
            let found = student_t_quantile(p, df);
            assert!(
                (found / expected - 1.0).abs() < 1e-13,
                "p {p}, df {df}: {found} against {expected}"
            );
        }
    }

    #[test]
    fn the_tail_beyond_the_quantile_is_that_of_statrs_up_to_ten_thousand_degrees_of_freedom() {
        // Its tail, not its quantile, which at (0.76, 2000) is off by 2e-8.
        let dfs = (1..=200).chain([300, 500, 999, 1000, 2000, 3999, 5000, 9999, 10_000]);
        for df in dfs.map(f64::from) {
            let oracle = StudentsT::new(0.0, 1.0, df).expect("a valid law");
            for p in [0.6, 0.74, 0.76, 0.9, 0.95, 0.975, 0.995, 0.9995, 0.999_999] {
                let t = student_t_quantile(p, df);
                let relative = oracle.sf(t) / (1.0 - p) - 1.0;
                assert!(
                    relative.abs() < 1e-10,
                    "p {p}, df {df}: t {t}, off by {relative}"
                );
            }
        }
    }

    #[test]
    fn the_expansion_takes_over_without_a_step_and_tends_to_the_normal_law() {
        for p in [0.51, 0.9, 0.975, 0.999_999] {
            let below = student_t_quantile(p, EXPANSION_FROM - 1e-3);
            let above = student_t_quantile(p, EXPANSION_FROM);
            assert!(
                (below / above - 1.0).abs() < 1e-11,
                "p {p}: {below}, {above}"
            );
            let normal = normal_quantile(p);
            assert!((student_t_quantile(p, 1e12) / normal - 1.0).abs() < 1e-10);
        }
        assert!(student_t_quantile(0.5, 7.0).abs() < f64::MIN_POSITIVE);
        assert!(student_t_quantile(1.0, 7.0).is_infinite());
    }
}
