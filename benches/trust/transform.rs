//! Distributions from the transforms of their densities.

use std::f64::consts::PI;

/// A complex number, for transforms.
#[derive(Clone, Copy)]
pub(crate) struct Complex {
    re: f64,
    im: f64,
}

impl Complex {
    pub(crate) fn real(re: f64) -> Self {
        Self { re, im: 0.0 }
    }

    pub(crate) fn scale(self, factor: f64) -> Self {
        Self {
            re: self.re * factor,
            im: self.im * factor,
        }
    }
}

impl std::ops::Add for Complex {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            re: self.re + other.re,
            im: self.im + other.im,
        }
    }
}

impl std::ops::Sub for Complex {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + other.scale(-1.0)
    }
}

impl std::ops::Mul for Complex {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self {
            re: self.re * other.re - self.im * other.im,
            im: self.re * other.im + self.im * other.re,
        }
    }
}

impl std::ops::Div for Complex {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let norm = other.re * other.re + other.im * other.im;
        let conjugate = Self {
            re: other.re,
            im: -other.im,
        };
        (self * conjugate).scale(1.0 / norm)
    }
}

/// E exp(−sX) of a lognormal law by the trapezoidal rule over its normal variable.
pub(crate) fn lognormal_transform(s: Complex, mu: f64, sigma: f64) -> Complex {
    const STEPS: i32 = 6000;
    const REACH: f64 = 8.5;
    let step = REACH / f64::from(STEPS);
    let mut sum = Complex::real(0.0);
    for index in -STEPS..=STEPS {
        let z = f64::from(index) * step;
        let x = libm::exp(mu + sigma * z);
        let weight = libm::exp(-z * z / 2.0 - s.re * x);
        sum = sum
            + Complex {
                re: weight * libm::cos(s.im * x),
                im: -weight * libm::sin(s.im * x),
            };
    }
    sum.scale(step / (2.0 * PI).sqrt())
}

/// The distribution function at `t` from the transform of its density (J. Abate and W. Whitt, the
/// Euler algorithm, ORSA Journal on Computing 7, 1995).
fn distribution(transform: &impl Fn(Complex) -> Complex, t: f64) -> f64 {
    const TERMS: u32 = 30;
    const AVERAGED: u32 = 14;
    let a = 18.4;
    let value = |k: u32| {
        let s = Complex {
            re: a / (2.0 * t),
            im: PI * f64::from(k) / t,
        };
        (transform(s) / s).re
    };
    let scale = libm::exp(a / 2.0) / t;
    let mut sum = scale / 2.0 * value(0);
    let mut binomial = 1.0;
    let (mut result, mut weight) = (0.0, 0.0);
    for k in 1..=TERMS + AVERAGED {
        let sign = if k.is_multiple_of(2) { 1.0 } else { -1.0 };
        sum += sign * scale * value(k);
        if k >= TERMS {
            let index = k - TERMS;
            result += binomial * sum;
            weight += binomial;
            binomial *= f64::from(AVERAGED - index) / f64::from(index + 1);
        }
    }
    result / weight
}

/// The smallest time that at least the share `p` does not exceed; `mean` tells where to look.
pub(crate) fn quantile(transform: &impl Fn(Complex) -> Complex, p: f64, mean: f64) -> f64 {
    let (mut low, mut high) = (mean / 1000.0, mean * 100.0);
    for _ in 0..50 {
        let middle = f64::midpoint(low, high);
        if distribution(transform, middle) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}
