//! The same law in other units: every variate times a factor.

use super::Distribution;

impl Distribution {
    /// The law of `factor` times the variate, for a factor above 0.
    pub fn scaled(&self, factor: f64) -> Self {
        let mut law = self.clone();
        match &mut law {
            Self::Constant { value } => *value *= factor,
            Self::Uniform { min, max } => {
                *min *= factor;
                *max *= factor;
            }
            Self::Exponential { mean }
            | Self::Erlang { mean, .. }
            | Self::Gamma { mean, .. }
            | Self::Weibull { mean, .. }
            | Self::Lognormal { mean, .. }
            | Self::Hyperexponential { mean, .. } => *mean *= factor,
            Self::Normal { mean, sd } => {
                *mean *= factor;
                *sd *= factor;
            }
            Self::Pareto { min, max, .. } => {
                *min *= factor;
                *max = max.map(|max| max * factor);
            }
            Self::Triangular { min, mode, max } => {
                *min *= factor;
                *mode *= factor;
                *max *= factor;
            }
            Self::Empirical { values } => values.iter_mut().for_each(|value| *value *= factor),
        }
        law
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_deviation_grow_with_the_factor_whatever_the_law() {
        for law in [
            Distribution::Uniform { min: 1.0, max: 3.0 },
            Distribution::Gamma { mean: 2.0, cv: 0.5 },
            Distribution::Normal { mean: 1.0, sd: 2.0 },
            Distribution::Pareto {
                shape: 2.5,
                min: 1.0,
                max: Some(9.0),
            },
            Distribution::Triangular {
                min: 1.0,
                mode: 2.0,
                max: 6.0,
            },
            Distribution::Empirical {
                values: vec![1.0, 5.0],
            },
        ] {
            let scaled = law.scaled(3.0);
            assert!((scaled.mean() / law.mean() - 3.0).abs() < 1e-12, "{law:?}");
            let (variance, scaled) = (law.variance().unwrap(), scaled.variance().unwrap());
            assert!((scaled / variance - 9.0).abs() < 1e-9, "{law:?}");
        }
    }
}
