//! Several questions at once: what remains significant.
//!
//! S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of
//! Statistics 6 (1979) 65–70: the chance of any wrong rejection stays at the level, whatever the
//! dependence between the tests, and nothing is lost against Bonferroni.

/// Holm's adjusted p values, in the order of `p`: what is at most the level is significant.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut adjusted = vec![1.0; p.len()];
    let mut largest = 0.0_f64;
    for (rank, &index) in order.iter().enumerate() {
        let factor = (p.len() - rank) as f64;
        largest = largest.max((factor * p[index]).min(1.0));
        adjusted[index] = largest;
    }
    adjusted
}

/// The confidence of each of `count` intervals that hold together with `confidence`.
pub fn bonferroni(confidence: f64, count: usize) -> f64 {
    1.0 - (1.0 - confidence) / count.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_golden_family_is_adjusted_as_it_should() {
        // STAT-holm-1 to -4: Holm 1979. STAT-bonf.
        let found = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (found, expected) in found.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((found - expected).abs() < 1e-15, "{found} {expected}");
        }
        assert!((bonferroni(0.95, 10) - 0.995).abs() < 1e-15);
        assert_eq!(holm(&[]), Vec::<f64>::new());
        assert_eq!(holm(&[0.7, 0.9]), [1.0, 1.0]);
    }
}
