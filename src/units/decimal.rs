//! Decimal numbers as people type them, kept exactly.
//!
//! A number is whole digits and a power of ten, never a float, so `0.1` cores are 100 thousandths
//! and `1.2GB` are 1,200,000,000 bytes on every machine. No signs, no `inf`, no `nan`: quantities
//! are not negative.

/// The exact value `digits` · 10^`exponent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    digits: u64,
    exponent: i32,
}

/// Why a text does not start with a decimal number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DecimalError {
    /// There is a minus sign.
    Negative,
    /// There is no digit.
    NoNumber,
    /// More significant digits than 64 bits hold.
    TooManyDigits,
}

/// What to do with a part smaller than one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rounding {
    /// Refuse it.
    Exact,
    /// To the nearest whole number, halves up.
    Nearest,
    /// To the next whole number, as Kubernetes does.
    Up,
}

/// Why a product is no whole number of 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProductError {
    /// Larger than 64 bits.
    TooLarge,
    /// Not whole, or above zero and rounded to nothing.
    TooFine,
}

/// No power of ten beyond this changes whether a 64-bit number overflows or vanishes.
const EXPONENT_LIMIT: i32 = 9999;

impl Decimal {
    /// Reads the number that `text` starts with; answers with it and the rest.
    ///
    /// An `e` is an exponent only where digits follow it, so that `1E` keeps its unit (exa).
    pub(super) fn read(text: &str) -> Result<(Self, &str), DecimalError> {
        if text.starts_with(['-', '\u{2212}']) {
            return Err(DecimalError::Negative);
        }
        let (whole, rest) = split_digits(text);
        let (fraction, rest) = match rest.strip_prefix('.') {
            Some(after_point) => split_digits(after_point),
            None => ("", rest),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(DecimalError::NoNumber);
        }
        let fraction = fraction.trim_end_matches('0');
        let mut digits = 0_u64;
        for digit in whole.bytes().chain(fraction.bytes()) {
            digits = digits
                .checked_mul(10)
                .and_then(|tens| tens.checked_add(u64::from(digit - b'0')))
                .ok_or(DecimalError::TooManyDigits)?;
        }
        let (power, rest) = split_exponent(rest);
        let places =
            i32::try_from(fraction.len()).map_or(EXPONENT_LIMIT, |p| p.min(EXPONENT_LIMIT));
        let exponent = power - places;
        Ok((Self { digits, exponent }, rest))
    }

    /// The number times `unit`, as a whole number.
    pub(super) fn times(self, unit: u64, rounding: Rounding) -> Result<u64, ProductError> {
        if self.digits == 0 || unit == 0 {
            return Ok(0);
        }
        let product = u128::from(self.digits) * u128::from(unit);
        let power = 10_u128.checked_pow(self.exponent.unsigned_abs());
        let whole = if self.exponent >= 0 {
            power
                .and_then(|power| product.checked_mul(power))
                .ok_or(ProductError::TooLarge)?
        } else {
            // A power beyond 128 bits is more than twice any product, which then rounds to
            // nothing.
            let (quotient, rest, half) = match power {
                Some(power) => (product / power, product % power, power.div_ceil(2)),
                None => (0, product, u128::MAX),
            };
            match rounding {
                Rounding::Exact if rest != 0 => return Err(ProductError::TooFine),
                Rounding::Nearest => quotient + u128::from(rest >= half),
                Rounding::Up => quotient + u128::from(rest != 0),
                Rounding::Exact => quotient,
            }
        };
        if whole == 0 {
            return Err(ProductError::TooFine);
        }
        u64::try_from(whole).map_err(|_| ProductError::TooLarge)
    }

    /// The nearest float; infinite where it is too large.
    pub(super) fn to_f64(self) -> f64 {
        // The standard library's reader is correctly rounded on every machine.
        format!("{}e{}", self.digits, self.exponent)
            .parse()
            .unwrap_or(f64::INFINITY)
    }
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at(end)
}

fn split_exponent(text: &str) -> (i32, &str) {
    let Some(after_e) = text.strip_prefix(['e', 'E']) else {
        return (0, text);
    };
    let negative = after_e.starts_with('-');
    let (power, rest) = split_digits(after_e.strip_prefix(['+', '-']).unwrap_or(after_e));
    if power.is_empty() {
        return (0, text);
    }
    let power = power
        .parse()
        .map_or(EXPONENT_LIMIT, |power: i32| power.min(EXPONENT_LIMIT));
    (if negative { -power } else { power }, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(text: &str, unit: u64, rounding: Rounding) -> Result<u64, ProductError> {
        let (number, rest) = Decimal::read(text).unwrap();
        assert_eq!(rest, "");
        number.times(unit, rounding)
    }

    #[test]
    fn an_exponent_needs_digits_and_the_rest_is_left() {
        let rest = |text| Decimal::read(text).unwrap().1;
        assert_eq!(rest("1E"), "E");
        assert_eq!(rest("1Ei"), "Ei");
        assert_eq!(rest("1e+"), "e+");
        assert_eq!(rest("1e3s"), "s");
        assert_eq!(rest("1.5.5"), ".5");
        assert_eq!(Decimal::read("").unwrap_err(), DecimalError::NoNumber);
        assert_eq!(Decimal::read(".").unwrap_err(), DecimalError::NoNumber);
        assert_eq!(Decimal::read("inf").unwrap_err(), DecimalError::NoNumber);
        assert_eq!(Decimal::read("-1").unwrap_err(), DecimalError::Negative);
        assert_eq!(
            Decimal::read("99999999999999999999").unwrap_err(),
            DecimalError::TooManyDigits
        );
    }

    #[test]
    fn products_are_exact_or_rounded_as_asked() {
        assert_eq!(product("0.1", 1000, Rounding::Exact), Ok(100));
        assert_eq!(
            product("0.0001", 1000, Rounding::Exact),
            Err(ProductError::TooFine)
        );
        assert_eq!(product("1.5", 1, Rounding::Nearest), Ok(2));
        assert_eq!(product("1.4999", 1, Rounding::Nearest), Ok(1));
        assert_eq!(
            product("0.3", 1, Rounding::Nearest),
            Err(ProductError::TooFine)
        );
        assert_eq!(product("1.1", 1 << 30, Rounding::Up), Ok(1_181_116_007));
        assert_eq!(product("1e-9999", 5, Rounding::Up), Ok(1));
        assert_eq!(
            product("1e-9999", 5, Rounding::Nearest),
            Err(ProductError::TooFine)
        );
        assert_eq!(product("0e99999999999", 5, Rounding::Exact), Ok(0));
        assert_eq!(
            product("1e99999999999", 5, Rounding::Exact),
            Err(ProductError::TooLarge)
        );
        assert_eq!(
            product("18446744073709551615", 1, Rounding::Exact),
            Ok(u64::MAX)
        );
        assert_eq!(
            product("18446744073709551615", 2, Rounding::Up),
            Err(ProductError::TooLarge)
        );
        // Trailing zeros of a fraction cost no digits.
        assert_eq!(
            product("2.50000000000000000000000000", 2, Rounding::Exact),
            Ok(5)
        );
    }
}
