//! Numbers the way Go reads and prints them.

use crate::Value;
use serde_json::Number;

impl Value {
    /// The number as it is after a trip through JSON: written with the fewest digits that name it, and an integer
    /// again if those are a whole number of 64 bits. `None` for infinities and NaN.
    pub(crate) fn from_float(number: f64) -> Option<Self> {
        if number.fract() == 0.0
            && let Ok(integer) = number.to_string().parse()
        {
            return Some(Self::Integer(integer));
        }
        number.is_finite().then_some(Self::Float(number))
    }

    /// The JSON number as Kubernetes keeps it.
    pub(crate) fn from_number(number: &Number) -> Option<Self> {
        number.as_i64().map(Self::Integer).or_else(|| number.as_f64().and_then(Self::from_float))
    }
}

/// Go's `strconv.FormatFloat(number, 'g', -1, …)`, given the shortest digits in Rust's `{:e}` form, such as `1.5e3`.
/// Text that is not of that form comes back unchanged.
pub(crate) fn general(scientific: &str) -> String {
    parts(scientific).unwrap_or_else(|| scientific.to_owned())
}

fn parts(scientific: &str) -> Option<String> {
    let (mantissa, exponent) = scientific.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    if !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return Some(format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs()));
    }
    let (sign, digits) = mantissa.strip_prefix('-').map_or(("", mantissa), |digits| ("-", digits));
    let digits = digits.replace('.', "");
    let Ok(point) = usize::try_from(exponent + 1) else {
        let zeros = usize::try_from(-exponent - 1).ok()?;
        return Some(format!("{sign}0.{}{digits}", "0".repeat(zeros)));
    };
    if point == 0 {
        return Some(format!("{sign}0.{digits}"));
    }
    let whole = format!("{digits:0<point$}");
    let (whole, fraction) = whole.split_at_checked(point)?;
    Some(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_go() {
        for (number, text) in [
            (0.0, "0"),
            (1000.0, "1000"),
            (1e6, "1e+06"),
            (-1.5, "-1.5"),
            (0.25, "0.25"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1_234_567.5, "1.2345675e+06"),
            (123.456, "123.456"),
        ] {
            assert_eq!(general(&format!("{number:e}")), text);
        }
    }
}
