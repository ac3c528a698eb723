//! Reading what people type.

/// Why a quantity could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct UnitError {
    /// A lower-case fragment: what is wrong and what is allowed.
    pub message: String,
}

/// Reads an amount of money.
///
/// # Errors
/// If it is no number.
pub fn parse_money(text: &str) -> Result<f64, UnitError> {
    text.parse().map_err(|_| UnitError {
        message: format!("`{text}` is not a number"),
    })
}
