//! Roots and quantiles by bisection, to the last digits.

/// Where `is_above` turns from false to true between `low` and `high`.
pub(super) fn threshold(mut low: f64, mut high: f64, is_above: impl Fn(f64) -> bool) -> f64 {
    loop {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            return middle;
        }
        if is_above(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
}

/// The value that is exceeded with probability `tail`, of a law on the positive numbers whose
/// probability of being exceeded is `exceeds`; `scale` is a first guess.
pub(super) fn quantile(tail: f64, scale: f64, exceeds: impl Fn(f64) -> f64) -> f64 {
    if tail <= 0.0 {
        return f64::INFINITY;
    }
    if exceeds(0.0) <= tail {
        return 0.0;
    }
    let mut low = 0.0;
    let mut high = scale;
    while exceeds(high) > tail {
        low = high;
        high *= 2.0;
        if high.is_infinite() {
            return high;
        }
    }
    threshold(low, high, |value| exceeds(value) <= tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_found_to_the_last_digits_from_any_guess() {
        for scale in [1e-6, 1.0, 1e6] {
            let median = quantile(0.5, scale, |t| libm::exp(-t));
            assert!((median / libm::log(2.0) - 1.0).abs() < 1e-14, "{median}");
        }
        // An atom of one half at zero.
        assert!(quantile(0.6, 1.0, |t| 0.5 * libm::exp(-t)) <= 0.0);
        assert!(quantile(0.0, 1.0, |t| libm::exp(-t)).is_infinite());
    }
}
