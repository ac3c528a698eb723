//! Which parameters make a distribution.
//!
//! Limits beyond the mathematical ones keep every variate a finite float; they lie far outside of
//! what anybody measures.

use super::Distribution;

/// The largest value of any parameter that is an amount: 30 billion years in seconds.
const LARGEST: f64 = 1e18;
/// Shapes of Weibull and Pareto laws.
const SHAPES: [f64; 2] = [0.1, 1000.0];
/// Coefficients of variation; below is a constant, above nothing measurable.
const CVS: [f64; 2] = [1e-6, 1000.0];

impl Distribution {
    /// Whether the parameters make a distribution.
    ///
    /// # Errors
    /// A lower-case fragment that names the first parameter out of its domain, what is allowed, and
    /// the value.
    pub fn check(&self) -> Result<(), String> {
        match *self {
            Self::Constant { value } => not_negative("value", value),
            Self::Uniform { min, max } => ordered(&[("min", min), ("max", max)]),
            Self::Exponential { mean } => positive("mean", mean),
            Self::Erlang { k, mean } => {
                if k == 0 {
                    return Err(must("k", "be at least 1", 0.0));
                }
                positive("mean", mean)
            }
            Self::Gamma { mean, cv } | Self::Lognormal { mean, cv } => {
                positive("mean", mean)?;
                within("cv", cv, CVS)
            }
            Self::Weibull { shape, mean } => {
                within("shape", shape, SHAPES)?;
                positive("mean", mean)
            }
            Self::Normal { mean, sd } => {
                not_negative("mean", mean)?;
                positive("sd", sd)
            }
            Self::Hyperexponential { mean, cv } => {
                positive("mean", mean)?;
                if cv < 1.0 {
                    return Err(must("cv", "be at least 1", cv));
                }
                within("cv", cv, CVS)
            }
            Self::Pareto { shape, min, max } => {
                within("shape", shape, SHAPES)?;
                positive("min", min)?;
                let Some(max) = max else { return Ok(()) };
                amount("max", max)?;
                if max <= min {
                    return Err(must(
                        "max",
                        &format!("be above `min` ({})", shown(min)),
                        max,
                    ));
                }
                Ok(())
            }
            Self::Triangular { min, mode, max } => {
                ordered(&[("min", min), ("mode", mode), ("max", max)])
            }
            Self::Empirical { ref values } => {
                if values.is_empty() {
                    return Err("`values` must hold at least one value".to_owned());
                }
                values
                    .iter()
                    .try_for_each(|value| not_negative("values", *value))
            }
        }
    }
}

/// Not negative, and none below the one before.
fn ordered(parameters: &[(&str, f64)]) -> Result<(), String> {
    for (name, value) in parameters {
        not_negative(name, *value)?;
    }
    for pair in parameters.windows(2) {
        let [(lower_name, lower), (name, value)] = [pair[0], pair[1]];
        if value < lower {
            let allowed = format!("be at least `{lower_name}` ({})", shown(lower));
            return Err(must(name, &allowed, value));
        }
    }
    Ok(())
}

fn within(name: &str, value: f64, [least, most]: [f64; 2]) -> Result<(), String> {
    positive(name, value)?;
    if value < least || value > most {
        return Err(must(
            name,
            &format!("be between {} and {}", shown(least), shown(most)),
            value,
        ));
    }
    Ok(())
}

fn positive(name: &str, value: f64) -> Result<(), String> {
    amount(name, value)?;
    if value <= 0.0 {
        return Err(must(name, "be above 0", value));
    }
    Ok(())
}

fn not_negative(name: &str, value: f64) -> Result<(), String> {
    amount(name, value)?;
    if value < 0.0 {
        return Err(must(name, "be at least 0", value));
    }
    Ok(())
}

fn amount(name: &str, value: f64) -> Result<(), String> {
    if value.is_nan() {
        return Err(must(name, "be a number", value));
    }
    if value > LARGEST {
        return Err(must(name, &format!("be at most {}", shown(LARGEST)), value));
    }
    Ok(())
}

fn must(name: &str, allowed: &str, value: f64) -> String {
    format!("`{name}` must {allowed}, not {}", shown(value))
}

/// As people type it, without three hundred zeros.
fn shown(value: f64) -> String {
    let size = value.abs();
    if value.is_finite() && size > 0.0 && !(1e-5..1e15).contains(&size) {
        format!("{value:e}")
    } else {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn refused(law: &Distribution) -> String {
        law.check().expect_err("out of its domain")
    }

    #[test]
    fn the_message_names_the_parameter_what_is_allowed_and_the_value() {
        let messages = [
            refused(&Distribution::Lognormal {
                mean: 1.0,
                cv: -1.0,
            }),
            refused(&Distribution::Gamma { mean: 1.0, cv: 0.0 }),
            refused(&Distribution::Gamma {
                mean: 1.0,
                cv: 1e-9,
            }),
            refused(&Distribution::Hyperexponential { mean: 1.0, cv: 0.5 }),
            refused(&Distribution::Exponential { mean: f64::NAN }),
            refused(&Distribution::Exponential {
                mean: f64::INFINITY,
            }),
            refused(&Distribution::Exponential { mean: 1e300 }),
            refused(&Distribution::Constant { value: -0.5 }),
            refused(&Distribution::Uniform { min: 2.0, max: 1.0 }),
            refused(&Distribution::Erlang { k: 0, mean: 1.0 }),
            refused(&Distribution::Weibull {
                shape: 0.01,
                mean: 1.0,
            }),
            refused(&Distribution::Normal { mean: 1.0, sd: 0.0 }),
            refused(&Distribution::Pareto {
                shape: 2.0,
                min: 0.0,
                max: None,
            }),
            refused(&Distribution::Pareto {
                shape: 2.0,
                min: 3.0,
                max: Some(3.0),
            }),
            refused(&Distribution::Triangular {
                min: 1.0,
                mode: 5.0,
                max: 4.0,
            }),
            refused(&Distribution::Empirical { values: vec![] }),
            refused(&Distribution::Empirical {
                values: vec![1.0, -2.0],
            }),
        ];
        insta::assert_snapshot!(messages.join("\n"), @r"
        `cv` must be above 0, not -1
        `cv` must be above 0, not 0
        `cv` must be between 1e-6 and 1000, not 1e-9
        `cv` must be at least 1, not 0.5
        `mean` must be a number, not NaN
        `mean` must be at most 1e18, not inf
        `mean` must be at most 1e18, not 1e300
        `value` must be at least 0, not -0.5
        `max` must be at least `min` (2), not 1
        `k` must be at least 1, not 0
        `shape` must be between 0.1 and 1000, not 0.01
        `sd` must be above 0, not 0
        `min` must be above 0, not 0
        `max` must be above `min` (3), not 3
        `max` must be at least `mode` (5), not 4
        `values` must hold at least one value
        `values` must be at least 0, not -2
        ");
    }

    #[test]
    fn degenerate_intervals_are_allowed() {
        let degenerate = [
            Distribution::Uniform { min: 2.0, max: 2.0 },
            Distribution::Triangular {
                min: 2.0,
                mode: 2.0,
                max: 2.0,
            },
        ];
        for law in degenerate {
            assert_eq!(law.check(), Ok(()));
            let value = law.sampler().sample(super::super::Word(1 << 62));
            assert_eq!(value.to_bits(), 2.0_f64.to_bits());
            assert_eq!(law.variance(), Some(0.0));
        }
    }

    proptest! {
        #[test]
        fn what_passes_has_moments_and_samples(
            a in any::<f64>(), b in any::<f64>(), c in any::<f64>(), word in any::<u64>()
        ) {
            let laws = [
                Distribution::Constant { value: a },
                Distribution::Uniform { min: a, max: b },
                Distribution::Exponential { mean: a },
                Distribution::Gamma { mean: a, cv: b },
                Distribution::Weibull { shape: a, mean: b },
                Distribution::Lognormal { mean: a, cv: b },
                Distribution::Normal { mean: a, sd: b },
                Distribution::Hyperexponential { mean: a, cv: b },
                Distribution::Pareto { shape: a, min: b, max: Some(c) },
                Distribution::Triangular { min: a, mode: b, max: c },
            ];
            for law in laws {
                if law.check().is_ok() {
                    let value = law.sampler().sample(super::super::Word(word));
                    prop_assert!(value.is_finite() && value >= 0.0, "{law:?}: {value}");
                }
            }
        }

        #[test]
        fn every_valid_law_has_moments(law in super::super::sampler::tests::valid()) {
            prop_assert!(law.mean() >= 0.0, "{law:?}: mean {}", law.mean());
            let variance = law.variance().unwrap_or(0.0);
            prop_assert!(variance.is_finite() && variance >= 0.0, "{law:?}: {variance}");
        }
    }
}
